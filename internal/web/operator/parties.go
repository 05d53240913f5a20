package operator

import (
	"context"
	"encoding/json"
	"strings"

	"netid/internal/act/staff"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/web/shell"
)

// Parties are read here; what becomes of one is proposed.
type Parties interface {
	Parties(context.Context) ([]identity.Party, error)
	Party(context.Context, identity.PartyID) (identity.Party, error)
}

// partyRow is one in its reader's language.
type partyRow struct {
	identity.Party
	Locale string
	Lapsed string // its domains whose proof is over, while it takes part
}

func (p partyRow) Called() string { return p.Name.In(p.Locale) }
func (p partyRow) Why() string    { return p.Purpose.Text.In(p.Locale) }

func (d *Door) parties(v *shell.Visit, m staff.Member) error {
	all, err := d.Parties.Parties(v.Context())
	if err != nil {
		return err
	}
	lapsed, err := d.lapsed(v.Context())
	if err != nil {
		return err
	}
	rows := make([]partyRow, 0, len(all))
	for _, p := range all {
		rows = append(rows, partyRow{p, v.Locale, lapsed[p.ID]})
	}
	heads := []string{v.Say("operator.party"), v.Say("operator.number"), v.Say("operator.domain"), v.Say("operator.state"), v.Say("operator.reason")}
	s, sent, err := sheetOf(d, v, "parties", heads, rows, func(p partyRow) []string {
		state := v.Say("operator.standing." + string(p.Standing))
		if p.Lapsed != "" {
			state += " · " + v.Say("operator.portal.over") + " " + p.Lapsed
		}
		return []string{p.Called(), string(p.ID), p.Domain, state, p.Reason}
	})
	if sent || err != nil {
		return err
	}
	return v.Show(d.pages, "operator-parties", d.page(m, s))
}

// lapsed are the domains whose proof is over, of each party that takes part all the same.
func (d *Door) lapsed(ctx context.Context) (map[identity.PartyID]string, error) {
	hosts := map[identity.PartyID]string{}
	if d.Portal == nil {
		return hosts, nil
	}
	all, err := d.Portal.Lapses(ctx)
	for _, l := range all {
		hosts[l.Party] = strings.TrimSpace(hosts[l.Party] + " " + l.Host)
	}
	return hosts, err
}

func (d *Door) party(v *shell.Visit, m staff.Member) error {
	v.Back("/operator/parties")
	id, err := identity.ParsePartyID(v.R.PathValue("id"))
	if err != nil {
		return fault.Wrap("operator.party", fault.NotFound, "party_unknown", err)
	}
	p, err := d.Parties.Party(v.Context(), id)
	if err != nil {
		return err
	}
	lapsed, err := d.lapsed(v.Context())
	if err != nil {
		return err
	}
	return v.Show(d.pages, "operator-party", d.page(m, partyRow{p, v.Locale, lapsed[p.ID]}))
}

// Reason is the body of a proposal that says why, and nothing else.
type Reason struct {
	Reason string `json:"reason,omitempty"`
}

// ofParty proposes what becomes of a party.
func (d *Door) ofParty(a law.Action) Handler {
	return func(v *shell.Visit, m staff.Member) error {
		id := v.R.PathValue("id")
		v.Back("/operator/parties/" + id)
		body, err := json.Marshal(Reason{v.Form("reason")})
		if err != nil {
			return fault.Wrap("operator.ofParty", fault.Internal, "internal", err)
		}
		return d.sign(v, m, a, id, body)
	}
}
