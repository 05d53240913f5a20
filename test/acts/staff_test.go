package acts_test

import (
	"context"
	"errors"
	"time"

	"netid/internal/act/staff"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/test/kit"
)

// console is what people at the operator's console carry.
type console struct {
	secret           string
	system, security staff.Member
	keys             [2]kit.Device
	sealed, text     string
	number           string
}

func founds(role law.Role, ref string) func(context.Context, *scene) error {
	return func(ctx context.Context, s *scene) (err error) {
		s.console.secret, err = s.Staff.Found(ctx, staff.Invitation{Name: "X", Role: role, Reference: ref})
		return err
	}
}

func joins(ctx context.Context, s *scene) error {
	m, text, err := s.Staff.Invited(ctx, s.console.secret)
	if err != nil {
		return err
	}
	key := kit.NewDevice()
	key.Passkey = true
	if _, err := s.Staff.Join(ctx, s.console.secret, "", key.JWK, key.Sign([]byte(text))); err != nil {
		return err
	}
	if m.Role == law.SystemRole {
		s.console.system, s.console.keys[0] = m, key
	} else {
		s.console.security, s.console.keys[1] = m, key
	}
	return nil
}

// registered has a kind that does something behind its approval, and pages.
func registered(_ context.Context, s *scene) error {
	s.Staff.Kinds = map[law.Action]staff.Kind{law.UseBreakGlass: {Pages: true,
		Check: func(context.Context, staff.Proposal) (identity.Text, error) {
			return identity.Text{ZH: "破", EN: "break"}, nil
		},
		After: func(context.Context, staff.Proposal) error { return nil }}}
	once := s.Staff.Kinds[law.UseBreakGlass] // one that is over with its commit
	once.After, once.Verbs = nil, func(context.Context, staff.Proposal) ([]identity.Verb, error) { return nil, nil }
	s.Staff.Kinds[law.KeyCeremony] = once
	return nil
}

func prepares(a law.Action) func(context.Context, *scene) error {
	return func(ctx context.Context, s *scene) (err error) {
		if err = registered(ctx, s); err == nil {
			s.console.sealed, s.console.text, _, err = s.Staff.Prepare(ctx, s.console.security, a, "case", []byte(`{}`))
		}
		return err
	}
}

func proposes(ctx context.Context, s *scene) (err error) {
	if err = registered(ctx, s); err != nil {
		return err
	}
	s.console.number, err = s.Staff.Propose(ctx, s.console.security, s.console.sealed, s.console.keys[1].Sign([]byte(s.console.text)))
	return err
}

func decides(word string) func(context.Context, *scene) error {
	return func(ctx context.Context, s *scene) error {
		if err := registered(ctx, s); err != nil {
			return err
		}
		p, err := s.Staff.Proposal(ctx, s.console.number)
		if err != nil {
			return err
		}
		sig := s.console.keys[0].Sign([]byte(s.Staff.DecideText(p, word, s.console.system)))
		if word == "approve" {
			return s.Staff.Approve(ctx, s.console.system, p.Number, sig)
		}
		return s.Staff.Refuse(ctx, s.console.system, p.Number, sig)
	}
}

func looks(ctx context.Context, s *scene) error {
	auditor := staff.Member{ID: "a", Role: law.AuditRole}
	all, err := s.Staff.Alerts(ctx, auditor)
	if err != nil {
		return err
	}
	return s.Staff.Looked(ctx, auditor, all[0].Name)
}

// stuck: it was approved, and what comes after failed.
func stuck(ctx context.Context, s *scene) error {
	if err := registered(ctx, s); err != nil {
		return err
	}
	k := s.Staff.Kinds[law.UseBreakGlass]
	k.After = func(context.Context, staff.Proposal) error { return errors.New("down") }
	s.Staff.Kinds[law.UseBreakGlass] = k
	p, err := s.Staff.Proposal(ctx, s.console.number)
	if err != nil {
		return err
	}
	if s.Staff.Approve(ctx, s.console.system, p.Number, s.console.keys[0].Sign([]byte(s.Staff.DecideText(p, "approve", s.console.system)))) == nil {
		return errors.New("what failed is said to be done")
	}
	return nil
}

func carries(do func(context.Context, *scene) error) func(context.Context, *scene) error {
	return ready(registered, do)
}

// readers are two at the console who signed that the party of the scene may take part.
func readers(ctx context.Context, s *scene) error {
	kit.ReadsParties(s.Staff, s.Admit)
	system, security := kit.Colleagues(s.T(), s.Staff)
	r, err := s.Admit.Read(ctx, s.registered)
	if err != nil {
		return err
	}
	n, err := system.Propose(ctx, s.Staff, law.ApproveParty, string(s.registered), kit.RecordBody(r))
	if err != nil {
		return err
	}
	stops := s.Staff.Kinds[law.ApproveParty] // before what comes after the approval
	stops.After = func(context.Context, staff.Proposal) error { return errors.New("down") }
	s.Staff.Kinds[law.ApproveParty] = stops
	if security.Decide(ctx, s.Staff, n, "approve") == nil {
		return errors.New("what failed is said to be done")
	}
	s.console.number = n
	return nil
}

func countersigned(ctx context.Context, s *scene) error {
	p, err := s.Staff.Proposal(ctx, s.console.number)
	if err == nil {
		_, err = s.Admit.Countersign(ctx, s.registered, s.Staff.Endorsements(p), false)
	}
	return err
}

// atConsole are the acts of who works at the console.
func atConsole() []act {
	two := ready(founds(law.SystemRole, "p-1"), joins, founds(law.SecurityRole, "p-2"), joins)
	made, lasting := ready(two, prepares(law.KeyCeremony), proposes), ready(two, prepares(law.UseBreakGlass), proposes)
	return []act{
		{name: "staff.Found", do: founds(law.SystemRole, "p-1"), heard: []string{"invitation_waits"}},
		{name: "staff.FoundAgain", ready: founds(law.SystemRole, "p-1"), do: func(ctx context.Context, s *scene) (err error) {
			s.console.secret, err = s.Staff.FoundAgain(ctx, staff.Invitation{Name: "X", Role: law.SystemRole, Reference: "p-1"})
			return err
		}, twice: string(identity.StaffInvited)}, // an invitation that was lost is given again
		{name: "staff.Join", ready: founds(law.SystemRole, "p-1"), do: joins, heard: []string{"invitation_over"}},
		{name: "staff.SignIn", ready: two, do: func(ctx context.Context, s *scene) error {
			c, text, err := s.Staff.Challenge()
			if err == nil {
				_, err = s.Staff.SignIn(ctx, c, s.console.system.ID, s.console.keys[0].Sign([]byte(text)))
			}
			return err
		}},
		{name: "staff.SignOut", ready: ready(two, func(ctx context.Context, s *scene) error {
			c, text, err := s.Staff.Challenge()
			if err == nil {
				s.word, err = s.Staff.SignIn(ctx, c, s.console.system.ID, s.console.keys[0].Sign([]byte(text)))
			}
			return err
		}), do: func(ctx context.Context, s *scene) error { return s.Staff.SignOut(ctx, s.word) }},
		{name: "staff.Propose", ready: ready(two, prepares(law.KeyCeremony)), do: proposes, heard: []string{"dossier_exists"}},
		{name: "staff.Approve", ready: made, do: decides("approve"), heard: []string{"proposal_over"}},
		{name: "staff.Refuse", ready: made, do: decides("refuse"), heard: []string{"proposal_over"}},
		{name: "staff.Opened", ready: two, do: func(ctx context.Context, s *scene) error { return s.Staff.Opened(ctx, s.console.system, "case", true) }},
		{name: "staff.Carry", ready: ready(lasting, stuck), do: carries(func(ctx context.Context, s *scene) error { return s.Staff.Carry(ctx, s.console.number) })},
		{name: "staff.Resume", ready: ready(lasting, stuck), do: carries(func(ctx context.Context, s *scene) error { return s.Staff.Resume(ctx) })},
		{name: "staff.Looked", ready: made, do: looks},
		{name: "staff.Tidy", ready: ready(lasting, decides("refuse"), looks, func(_ context.Context, s *scene) error { s.Advance(4 * 366 * 24 * time.Hour); return nil }),
			do: func(ctx context.Context, s *scene) error { _, err := s.Staff.Tidy(ctx); return err }},
		{name: "staff.Sweep", ready: ready(founds(law.SystemRole, "p-1"), joins, func(_ context.Context, s *scene) error { s.Advance(31 * 24 * time.Hour); return nil }),
			do: func(ctx context.Context, s *scene) error { _, err := s.Staff.Sweep(ctx); return err }},
	}
}
