package acts_test

import (
	"context"
	"errors"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/test/kit"
)

// unborn is a child of nine whose guardian is enrolled, up to the last step but one.
func unborn(ctx context.Context, s *scene) error {
	if err := signedIn(ctx, s); err != nil {
		return err
	}
	s.guardian = s.Citizen
	s.Citizen = s.Person(9, identity.Date{Year: 2017, Month: 3, Day: 7}).Of(s.guardian)
	return s.Until(ctx, "confirm")
}

// minor is such a child, enrolled.
func minor(ctx context.Context, s *scene) error {
	if err := unborn(ctx, s); err != nil {
		return err
	}
	return errors.Join(askGuardian(ctx, s), says(identity.GuardianYes)(ctx, s), hearGuardian(ctx, s), s.Finish(ctx))
}

func askGuardian(ctx context.Context, s *scene) error { return s.Kit.Enrol.AskGuardian(ctx, s.Draft) }

func hearGuardian(ctx context.Context, s *scene) error {
	return s.Kit.Enrol.HearGuardian(ctx, s.Draft)
}

// says is the guardian's answer to what waits.
func says(answer identity.GuardianAnswer) func(context.Context, *scene) error {
	return func(ctx context.Context, s *scene) error { return s.guardian.Answer(ctx, answer) }
}

// noted remembers what waits, so that a second try answers the same.
func noted(ctx context.Context, s *scene) error {
	all, err := s.Guard.Waiting(ctx, s.guardian.Session)
	if err == nil && len(all) == 1 {
		s.matter = all[0]
	}
	return err
}

// about turns the scene to the guardian, whose own records an answer goes to.
func about(_ context.Context, s *scene) error {
	s.Citizen, s.guardian = s.guardian, s.Citizen
	return nil
}

// answers is the answer of the person the scene is about.
func answers(answer identity.GuardianAnswer) func(context.Context, *scene) error {
	return func(ctx context.Context, s *scene) error { return s.AnswerTo(ctx, s.matter, answer) }
}

// wants is a child's signed approval, which waits.
func wants(ctx context.Context, s *scene) (err error) {
	if s.sealed == "" {
		if err := asked(ctx, s); err != nil {
			return err
		}
	}
	in, err := s.Signed(ctx, s.sealed)
	if err == nil {
		_, s.waits, err = s.Authorize.ApproveGuarded(ctx, s.Session, s.sealed, kit.Browser, in)
	}
	return err
}

func resume(ctx context.Context, s *scene) error {
	a, err := s.Resume(ctx, s.waits)
	if err == nil && a.Code == "" && a.Error == "" {
		err = errWaits
	}
	return err
}

var errWaits = errors.New("it waits still")

// forChild is what the guardian does for the child.
func forChild(do func(ctx context.Context, s *scene, ref string) error) func(context.Context, *scene) error {
	return func(ctx context.Context, s *scene) error { return do(ctx, s, s.ref) }
}

// named finds the child on the guardian's page.
func named(ctx context.Context, s *scene) error {
	children, err := s.Guard.Children(ctx, s.guardian.Session)
	if err == nil && len(children) == 1 {
		s.ref = children[0].Ref
	}
	return err
}

func freezes(ctx context.Context, s *scene, ref string) error {
	return s.Guard.Freeze(ctx, s.guardian.Session, ref)
}

// gathered has the guardian agree to two children before this one.
func gathered(ctx context.Context, s *scene) error {
	one := identity.Count{Index: s.Vault.CounterIndex("guardian-wards", s.Session.Person[:]), Limit: 9, Window: 24 * time.Hour, Now: s.Now()}
	return errors.Join(s.Store.Jot(ctx, one), s.Store.Jot(ctx, one))
}

// looked is a yes that a person has to look at first.
func looked(ctx context.Context, s *scene) error {
	err := answers(identity.GuardianYes)(ctx, s)
	if fault.Because(err, "guardian_review") {
		return nil
	}
	return errors.Join(errors.New("nobody looks"), err)
}

// ticketed: the person in charge approved it before.
func ticketed(ctx context.Context, s *scene) error {
	all, err := s.Guard.Queue(ctx)
	if err == nil {
		s.ticket, err = s.Ticket(ctx, all[0].Ref, "allow")
	}
	return err
}

func decided(ctx context.Context, s *scene) error {
	all, err := s.Guard.Queue(ctx)
	if err == nil && len(all) == 1 {
		err = s.Guard.Decide(ctx, all[0].Ref, true, s.ticket)
	}
	return err
}

// byGuardians are the acts of guardians, and those that go on from their answers.
func byGuardians() []act {
	used := []string{"request_used", "request_expired"}
	family := ready(minor, named)
	return []act{
		{name: "enrol.AskGuardian", ready: unborn, do: askGuardian},
		{name: "enrol.Cancel, of a minor", ready: ready(unborn, askGuardian), do: func(ctx context.Context, s *scene) error { return s.Kit.Enrol.Cancel(ctx, s.Draft) }},
		{name: "enrol.HearGuardian", ready: ready(unborn, askGuardian, says(identity.GuardianYes)), do: hearGuardian, heard: []string{"step_order", "draft_moved"}},
		{name: "enrol.Confirm, of a minor", ready: ready(unborn, askGuardian, says(identity.GuardianYes), hearGuardian), do: step("confirm"), heard: []string{"draft_unknown", "guardian_waits", "draft_moved"}},
		{name: "guard.Answer, to an application", ready: ready(unborn, askGuardian, noted, about), do: answers(identity.GuardianYes), heard: used},
		{name: "guard.Answer, to a use", ready: ready(minor, wants, noted, about), do: answers(identity.GuardianAlways), heard: used},
		{name: "guard.Answer, no", ready: ready(minor, wants, noted, about), do: answers(identity.GuardianNo), heard: used},
		{name: "guard.Answer, which a person looks at first", ready: ready(unborn, askGuardian, noted, about, gathered), do: looked},
		{name: "guard.Decide", ready: ready(unborn, askGuardian, noted, about, gathered, looked, ticketed), do: decided, heard: []string{"review_decided"}},
		{name: "guard.Answer, which a person allowed", ready: ready(unborn, askGuardian, noted, about, gathered, looked, ticketed, decided), do: answers(identity.GuardianYes), heard: used},
		{name: "guard.Ask", ready: ready(minor, asked), do: wants},
		{name: "authorize.ApproveGuarded", ready: ready(minor, wants, says(identity.GuardianAlways), resume, asked), do: wants, heard: used},
		{name: "authorize.Resume", ready: ready(minor, wants, says(identity.GuardianYes)), do: resume, heard: used},
		{name: "authorize.Resume, after a no", ready: ready(minor, wants, says(identity.GuardianNo)), do: resume},
		{name: "guard.Freeze", ready: family, do: forChild(freezes)},
		{name: "issue.MoveFor", ready: family, do: forChild(freezes)}, // what guard.Freeze and Thaw do
		{name: "guard.Thaw", ready: ready(family, forChild(freezes)), do: forChild(func(ctx context.Context, s *scene, ref string) error {
			return s.Guard.Thaw(ctx, s.guardian.Session, ref)
		}), heard: []string{"guardian_froze"}},
		{name: "guard.Withdraw", ready: ready(family, wants, says(identity.GuardianAlways), resume),
			do: forChild(func(ctx context.Context, s *scene, ref string) error {
				return s.Guard.Withdraw(ctx, s.guardian.Session, ref, "shop")
			}), twice: "withdrawn"},
		{name: "authorize.WithdrawFor", ready: ready(family, wants, says(identity.GuardianAlways), resume),
			do: forChild(func(ctx context.Context, s *scene, ref string) error {
				return s.Guard.Withdraw(ctx, s.guardian.Session, ref, "shop")
			}), twice: "withdrawn"},
		{name: "erase.EraseWard", ready: family, do: forChild(func(ctx context.Context, s *scene, ref string) error {
			_, err := s.Erase.EraseWard(ctx, s.guardian.Session, ref, s.guardian.Passcode)
			return err
		}), heard: []string{"not_yours", "person_unknown", "person_erased", "person_gone"}},
	}
}
