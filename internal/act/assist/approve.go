package assist

import (
	"context"
	"slices"
	"strings"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
)

// Officer is who holds which of the quorum's keys.
type Officer struct {
	ID     string `json:"officer"`
	Name   string `json:"name"`
	Person string `json:"person,omitempty"` // where two of the console said who it is (law.Hand)
}

func (o Officer) hand() law.Hand { return law.Hand{Name: o.Name, Person: o.Person} }

// Name says who holds an officer's key, once for each key: nobody is two officers, and so
// nobody approves twice (N02). The public ledger has it.
func (a *Act) Name(ctx context.Context, o Officer) error {
	const op = "assist.Name"
	all, version, err := a.nameable(ctx, o)
	if err != nil {
		return fault.At(op, err)
	}
	kept, err := a.Dossiers.Keep(officers, named, version, append(all, o))
	if err != nil {
		return fault.At(op, err)
	}
	_, err = a.Book.RecordPublic(ctx, identity.Event{Kind: identity.OfficerNamed, Detail: o.ID + " " + o.Name, Grounds: []identity.Ground{}}, kept)
	return fault.At(op, err)
}

// Nameable says why somebody is not named as who holds a key; nil where they may be.
func (a *Act) Nameable(ctx context.Context, o Officer) error {
	_, _, err := a.nameable(ctx, o)
	return fault.At("assist.Nameable", err)
}

func (a *Act) nameable(ctx context.Context, o Officer) (all []Officer, version uint64, err error) {
	const op = "assist.nameable"
	if !readable(o.Name, maxName) {
		return nil, 0, fault.New(op, fault.Invalid, "assistance_text_invalid")
	}
	if ids, _ := a.Quorum.Officers(); !slices.Contains(ids, o.ID) {
		return nil, 0, fault.New(op, fault.NotFound, "officer_unnamed")
	}
	all, version, err = a.officers(ctx)
	if err == nil && slices.ContainsFunc(all, func(k Officer) bool { return k.ID == o.ID || k.hand().Is(o.hand()) }) {
		err = fault.New(op, fault.Conflict, "officer_named")
	}
	return all, version, err
}

// Officers are those of the quorum who have a name here.
func (a *Act) Officers(ctx context.Context) ([]Officer, error) {
	all, err := a.serving(ctx)
	for i := range all {
		all[i].Person = ""
	}
	return all, fault.At("assist.Officers", err)
}

func (a *Act) serving(ctx context.Context) ([]Officer, error) {
	all, _, err := a.officers(ctx)
	ids, _ := a.Quorum.Officers()
	return slices.DeleteFunc(all, func(o Officer) bool { return !slices.Contains(ids, o.ID) }), err
}

// Nameless are the ids of the quorum's keys of which nobody said who holds them.
func (a *Act) Nameless(ctx context.Context) ([]string, error) {
	all, err := a.serving(ctx)
	ids, _ := a.Quorum.Officers()
	return slices.DeleteFunc(slices.Clone(ids), func(id string) bool {
		return slices.ContainsFunc(all, func(o Officer) bool { return o.ID == id })
	}), fault.At("assist.Nameless", err)
}

func (a *Act) officers(ctx context.Context) (all []Officer, version uint64, err error) {
	version, err = a.Dossiers.Read(ctx, officers, named, &all)
	if fault.Is(err, fault.NotFound) {
		err = nil
	}
	return all, version, err
}

// Paper is what an officer reads, and what their key must open to say yes to it.
type Paper struct {
	Reference string `json:"reference"`
	Officer   string `json:"officer"`
	Text      string `json:"text"`
	Sealed    []byte `json:"sealed"` // to the officer's key, bound to the text
}

// yes is inside of a paper's seal: it comes back only from who has the key.
type yes struct {
	Reference string   `json:"r"`
	Officer   string   `json:"o"`
	Digest    [32]byte `json:"d"` // of the text
}

// Paper gives an officer what they are asked to approve.
func (a *Act) Paper(ctx context.Context, ref, officer string) (p Paper, err error) {
	const op = "assist.Paper"
	r, err := a.Read(ctx, ref)
	if err != nil {
		return p, err
	}
	if _, err := a.officer(ctx, officer); err != nil {
		return p, fault.At(op, err)
	}
	text := a.text(r)
	word, err := a.Words.Seal(yes{ref, officer, a.Digest([]byte(text))})
	if err != nil {
		return p, fault.At(op, err)
	}
	sealed, err := a.Quorum.SealToOfficer(officer, text, []byte(word))
	return Paper{ref, officer, text, sealed}, fault.At(op, err)
}

// text is all that is approved. A byte of it that changes makes the yes another's.
func (a *Act) text(r Request) string {
	key, _ := a.Key(r.Key) // it was read when the request came
	lines := []string{"netid-assistance/1", r.Reference, r.Asked.Format(time.RFC3339), "by " + r.By, "authority " + r.Authority, "law " + r.Citation, "key " + key, string(r.Help), string(r.Way)}
	if r.Way == law.ByNumber {
		lines = append(lines, "number "+string(r.Number))
	}
	if r.Way == law.ByPseudonym {
		lines = append(lines, "pseudonym "+string(r.Pseudonym), "at "+string(r.Party)+" sector "+r.Sector)
	}
	if !r.From.IsZero() {
		lines = append(lines, "days "+r.From.Format(time.DateOnly)+" "+r.To.Format(time.DateOnly))
	}
	if r.Secret != nil {
		lines = append(lines, "kept from the person until "+r.Secret.Until.Format(time.RFC3339), "by "+r.Secret.Citation)
	}
	return strings.Join(lines, "\n")
}

func (a *Act) officer(ctx context.Context, id string) (Officer, error) {
	all, err := a.serving(ctx)
	if err != nil {
		return Officer{}, err
	}
	i := slices.IndexFunc(all, func(o Officer) bool { return o.ID == id })
	if i < 0 {
		return Officer{}, fault.New("assist.officer", fault.Forbidden, "officer_unnamed")
	}
	return all[i], nil
}

// Approve takes an officer's yes: the word that their key alone takes out of the paper
// (N01, N02). It says how many officers approved by now.
func (a *Act) Approve(ctx context.Context, ref, word string) (n int, err error) {
	const op = "assist.Approve"
	var y yes
	if err := a.Words.Open(word, &y); err != nil || y.Reference != ref {
		return 0, fault.New(op, fault.Forbidden, "approval_invalid")
	}
	o, err := a.officer(ctx, y.Officer) // of today: who was replaced approves nothing
	if err != nil {
		return 0, fault.At(op, err)
	}
	err = a.change(ctx, op, ref, func(r *Request) error {
		if a.Digest([]byte(a.text(*r))) != y.Digest {
			return fault.New(op, fault.Forbidden, "approval_invalid")
		}
		if err := because(op, r.law().Approves(o.hand(), a.now())); err != nil {
			return err
		}
		r.Approvals = append(r.Approvals, Approval{o.ID, o.Name, o.Person, a.now()})
		n = len(r.Approvals)
		return nil
	}, func(_ Request, kept identity.KeepDossier) error { return a.Store.Jot(ctx, kept) })
	return n, err
}

func because(op, reason string) error {
	switch reason {
	case "":
		return nil
	case "assistance_over":
		return fault.New(op, fault.Gone, "assistance_over")
	case "requester_approves":
		return fault.New(op, fault.Forbidden, "requester_approves")
	case "assistance_decided":
		return fault.New(op, fault.Conflict, "assistance_decided")
	}
	return fault.New(op, fault.Forbidden, "approver_same")
}
