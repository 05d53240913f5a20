package kit

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"netid/internal/act/admit"
	"netid/internal/act/incident"
	"netid/internal/act/staff"
	"netid/internal/identity"
	"netid/internal/law"
)

// T is the kit's test.
func (k *Kit) T() testing.TB { return k.t }

// Colleague is somebody who works at the operator's console, with their passkey.
type Colleague struct {
	staff.Member
	Key Device
}

// Colleagues are the first two of a console: system and security.
func Colleagues(t testing.TB, a *staff.Act) (system, security Colleague) {
	t.Helper()
	var two [2]Colleague
	for i, of := range []staff.Invitation{{Name: "Lin", Role: law.SystemRole, Reference: "k-1"}, {Name: "吴", Role: law.SecurityRole, Reference: "k-2"}} {
		secret, err := a.Found(t.Context(), of)
		must(t, err)
		two[i] = joins(t, a, secret, "")
	}
	return two[0], two[1]
}

func joins(t testing.TB, a *staff.Act, secret, code string) Colleague {
	t.Helper()
	m, text, err := a.Invited(t.Context(), secret)
	must(t, err)
	c := Colleague{m, NewDevice()}
	c.Key.Passkey = true
	_, err = a.Join(t.Context(), secret, code, c.Key.JWK, c.Key.Sign([]byte(text)))
	must(t, err)
	return c
}

// Hire has the two invite a third.
func Hire(t testing.TB, a *staff.Act, system, security Colleague, i staff.Invitation) Colleague {
	t.Helper()
	body, secret, err := a.InviteBody(i)
	must(t, err)
	n, err := system.Propose(t.Context(), a, law.InviteStaff, i.Name, body)
	must(t, err)
	must(t, security.Decide(t.Context(), a, n, "approve"))
	p, err := a.Proposal(t.Context(), n)
	must(t, err)
	code, err := a.Code(t.Context(), security.Member, p)
	must(t, err)
	return joins(t, a, secret, code)
}

// Propose prepares and signs a proposal.
func (c Colleague) Propose(ctx context.Context, a *staff.Act, action law.Action, subject string, body []byte) (number string, err error) {
	sealed, text, _, err := a.Prepare(ctx, c.Member, action, subject, body)
	if err != nil {
		return "", err
	}
	return a.Propose(ctx, c.Member, sealed, c.Key.Sign([]byte(text)))
}

// Decide says yes ("approve") or no to one.
func (c Colleague) Decide(ctx context.Context, a *staff.Act, number, word string) error {
	p, err := a.Proposal(ctx, number)
	if err != nil {
		return err
	}
	sig := c.Key.Sign([]byte(a.DecideText(p, word, c.Member)))
	if word == "approve" {
		return a.Approve(ctx, c.Member, number, sig)
	}
	return a.Refuse(ctx, c.Member, number, sig)
}

// ReadsParties has the console's act know the proposals that approve a party, as the
// program does.
func ReadsParties(people *staff.Act, parties *admit.Act) {
	of := func(p staff.Proposal) (b struct {
		Record string
		Join   bool
	}) {
		_ = json.Unmarshal(p.Body, &b) // else no record is read
		return b
	}
	if people.Kinds == nil {
		people.Kinds = map[law.Action]staff.Kind{}
	}
	people.Kinds[law.ApproveParty] = staff.Kind{
		Check: func(ctx context.Context, p staff.Proposal) (identity.Text, error) {
			return parties.Approving(ctx, identity.PartyID(p.Subject), of(p).Record, of(p).Join)
		},
		After: func(ctx context.Context, p staff.Proposal) error {
			_, err := parties.Countersign(ctx, identity.PartyID(p.Subject), people.Endorsements(p), of(p).Join)
			return err
		}}
}

// RecordBody is the body of a proposal to approve a party as it was read.
func RecordBody(r admit.Reading) []byte {
	return []byte(`{"record":"` + r.Digest + `"}`)
}

// ActsByTwo has the console's act know the proposals that return a party, and those that
// review and close an incident, as the program does.
func ActsByTwo(people *staff.Act, parties *admit.Act, incidents *incident.Act) {
	said := func(p staff.Proposal) incident.Step {
		var b struct{ Reason string }
		_ = json.Unmarshal(p.Body, &b) // else it says nothing, and is refused
		s := incident.Step{By: incident.Hand(string(p.By)), What: b.Reason}
		if p.Decided != nil {
			s.Second = incident.Hand(string(p.Decided.By))
		}
		return s
	}
	kind := func(says func(context.Context, string, incident.Step) (identity.Text, error), do func(context.Context, string, incident.Step) error) staff.Kind {
		return staff.Kind{Check: func(ctx context.Context, p staff.Proposal) (identity.Text, error) {
			return says(ctx, p.Subject, said(p))
		}, After: func(ctx context.Context, p staff.Proposal) error { return do(ctx, p.Subject, said(p)) }}
	}
	if people.Kinds == nil {
		people.Kinds = map[law.Action]staff.Kind{}
	}
	halt := func(p staff.Proposal) (h struct {
		Scope incident.Scope
		What  string
		At    time.Time
	}) {
		_ = json.Unmarshal(p.Body, &h) // else it says nothing, and is refused
		return h
	}
	people.Kinds[law.StopIssuance] = staff.Kind{Check: func(ctx context.Context, p staff.Proposal) (identity.Text, error) {
		return incidents.Stopping(ctx, p.Subject, halt(p).Scope)
	}, After: func(ctx context.Context, p staff.Proposal) error {
		return incidents.Stop(ctx, p.Subject, halt(p).Scope, incident.Step{By: said(p).By, What: halt(p).What})
	}}
	people.Kinds[law.LiftStop] = staff.Kind{Check: func(ctx context.Context, p staff.Proposal) (identity.Text, error) {
		return incidents.Lifting(ctx, halt(p).Scope, halt(p).At)
	}, After: func(ctx context.Context, p staff.Proposal) error {
		return incidents.Lift(ctx, halt(p).Scope, halt(p).At, said(p).By, said(p).Second, halt(p).What)
	}}
	people.Kinds[law.ReviewIncident] = kind(incidents.Examining, incidents.Examine)
	people.Kinds[law.CloseIncident] = kind(incidents.Closing, incidents.Close)
	people.Kinds[law.ReviewGlass] = kind(func(ctx context.Context, ref string, s incident.Step) (identity.Text, error) {
		return incidents.Inspecting(ctx, ref, s.By, s.What)
	}, func(ctx context.Context, ref string, s incident.Step) error {
		return incidents.Inspect(ctx, ref, s.By, s.What)
	})
	people.Kinds[law.ReturnParty] = kind(func(ctx context.Context, id string, s incident.Step) (identity.Text, error) {
		return parties.Returning(ctx, identity.PartyID(id), s.What)
	}, func(ctx context.Context, id string, s incident.Step) error {
		_, err := parties.Return(ctx, identity.PartyID(id), s.What)
		return err
	})
}
