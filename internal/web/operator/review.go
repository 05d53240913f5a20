package operator

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"

	"netid/internal/act/admit"
	"netid/internal/act/partner"
	"netid/internal/act/staff"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/web/shell"
)

// Endorsed is the body of a proposal to approve a party: which record was read, and
// whether the party may know people by the names that another of its sector has.
type Endorsed struct {
	Record string `json:"record"`
	Join   bool   `json:"join,omitempty"`
}

// Reviews gives parties as they are read before they take part.
type Reviews interface {
	Read(ctx context.Context, id identity.PartyID) (admit.Reading, error)
}

// Portal is what organisations did there with what they declare; nil of a party that came another way.
type Portal interface {
	Background(ctx context.Context, id identity.PartyID) (*partner.Background, error)
	Lapses(context.Context) ([]partner.Lapse, error)
}

// reviewRow is one of those that were declared and do not take part yet.
type reviewRow struct {
	partyRow
	Changed bool // another record was in force before
}

// review lists the parties that wait to be read, and those that went back.
func (d *Door) review(v *shell.Visit, m staff.Member) error {
	all, err := d.Parties.Parties(v.Context())
	if err != nil {
		return err
	}
	rows := []reviewRow{}
	for _, p := range all {
		if p.Waits() || p.Returned != "" && p.Standing == identity.PartySuspended {
			rows = append(rows, reviewRow{partyRow{Party: p, Locale: v.Locale}, len(p.Before) > 0})
		}
	}
	return v.Show(d.pages, "operator-review", d.page(m, rows))
}

// reading is a party's record in its reader's language.
type reading struct {
	admit.Reading
	Locale  string
	Backers []backer
	Portal  *partner.Background
}

// backer is who stands behind it.
type backer struct {
	admit.Backing
	Name string // a colleague's, where the reader may know it; else what the configuration or the ledger calls them
}

// Called is its name.
func (r reading) Called() string { return r.Name.In(r.Locale) }

// Changed reports whether another record was in force before.
func (r reading) Changed() bool { return len(r.Before) > 0 }

// Ordered are the lines as they are read: what changed first, the old beside the new.
func (r reading) Ordered() []identity.RecordLine {
	rank := map[string]int{"-": 0, "+": 1, " ": 2}
	lines := slices.Clone(r.Lines)
	slices.SortStableFunc(lines, func(x, y identity.RecordLine) int {
		if c := cmp.Compare(rank[x.Mark]/2, rank[y.Mark]/2); c != 0 {
			return c
		}
		return cmp.Or(strings.Compare(x.Name, y.Name), cmp.Compare(rank[x.Mark], rank[y.Mark]))
	})
	return lines
}

func (d *Door) read(v *shell.Visit, id string) (r reading, err error) {
	party, err := identity.ParsePartyID(id)
	if err != nil {
		return r, fault.Wrap("operator.read", fault.NotFound, "party_unknown", err)
	}
	r.Locale = v.Locale
	if r.Reading, err = d.Reviews.Read(v.Context(), party); err == nil && d.Portal != nil {
		r.Portal, err = d.Portal.Background(v.Context(), party)
	}
	return r, err
}

// reviewed is one party's record, line by line, and what may be proposed about it.
func (d *Door) reviewed(v *shell.Visit, m staff.Member) error {
	v.Back("/operator/review")
	r, err := d.read(v, v.R.PathValue("id"))
	if err != nil {
		return err
	}
	names, err := d.names(v, m)
	if err != nil {
		return err
	}
	for _, b := range r.Behind {
		r.Backers = append(r.Backers, backer{b, cmp.Or(names[b.Operator], b.Operator)})
	}
	return v.Show(d.pages, "operator-reviewed", d.page(m, r))
}

// endorse proposes to approve exactly the record that its page showed.
func (d *Door) endorse(v *shell.Visit, m staff.Member) error {
	id := v.R.PathValue("id")
	v.Back("/operator/review/" + id)
	body, err := json.Marshal(Endorsed{v.Form("record"), v.Form("join") == "yes"})
	if err != nil {
		return fault.Wrap("operator.endorse", fault.Internal, "internal", err)
	}
	return d.sign(v, m, law.ApproveParty, id, body)
}

// recordOf is what both read before they sign a proposal to approve a party; nil of any
// other proposal. The record is the proposal's, to the byte, or nobody is shown one.
func (d *Door) recordOf(v *shell.Visit, p staff.Proposal) (*reading, error) {
	if p.Action != law.ApproveParty || p.State != staff.Open {
		return nil, nil
	}
	var of Endorsed
	r, err := d.read(v, p.Subject)
	if err == nil && (json.Unmarshal(p.Body, &of) != nil || of.Record != r.Digest) {
		err = fault.New("operator.recordOf", fault.Conflict, "proposal_changed")
	}
	return &r, err
}
