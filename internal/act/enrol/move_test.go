package enrol_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"netid/internal/act/enrol"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/test/kit"
)

// moved takes an owner up to the step that is named, of a change to another telephone.
func moved(t *testing.T, c *kit.Citizen, phone, to string) {
	t.Helper()
	for _, s := range c.Moving(t.Context(), phone) {
		if s.Name == to {
			return
		}
		if err := s.Do(); err != nil {
			t.Fatalf("%s: %v", s.Name, err)
		}
	}
}

func in(t *testing.T, c *kit.Citizen) {
	t.Helper()
	if err := c.SignIn(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func kindsOf(t *testing.T, c *kit.Citizen) (all []identity.EventKind) {
	t.Helper()
	recs, err := c.Look.Records(t.Context(), c.Session)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range recs {
		all = append(all, r.Event.Kind)
	}
	return all
}

// The telephone that was stays for 72 hours to the second, both hear of it, and
// then the other one is the person's without anything being done.
func TestAnotherTelephoneWaits(t *testing.T) {
	k := kit.New(t, law.New())
	c, fresh := home(t, k, 1), kit.Phone("another")
	moved(t, c, fresh, "")
	if p := data(t, c); p.Phone != c.Phone() || p.Next == nil || p.Next.Phone != fresh {
		t.Fatalf("%+v", p)
	}
	if _, err := k.Deliver.Round(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, phone := range []string{c.Phone(), fresh} {
		if !slices.Contains(k.Warned(), "phone "+phone) {
			t.Errorf("%s heard nothing: %v", phone, k.Warned())
		}
	}
	if kindsOf(t, c)[0] != identity.PhoneAsked {
		t.Error("no record")
	}
	if _, err := k.Enrol.Move(t.Context(), c.Session); !fault.Because(err, "phone_waits") {
		t.Errorf("a second one beside it: %v", err)
	}
	k.Advance(data(t, c).Next.From.Sub(k.Now()) - time.Second)
	in(t, c)
	if p := data(t, c); p.Phone != c.Phone() || p.Next == nil {
		t.Errorf("a second too early: %+v", p)
	}
	k.Advance(time.Second)
	if p := data(t, c); p.Phone != fresh || p.Next != nil {
		t.Errorf("after the wait: %+v", p)
	}
	if err := k.Signin.RefusePhone(t.Context(), c.Session); err != nil || kindsOf(t, c)[0] == identity.PhoneRefused {
		t.Errorf("undone when it was over: %v", err)
	}
	// Whoever enrols again with the telephone that was waits like a stranger.
	again := *c
	again.Device = kit.NewDevice()
	mustWait(t, &again)
}

func TestAnotherTelephoneIsUndone(t *testing.T) {
	ctx := context.Background()
	for name, undo := range map[string]func(k *kit.Kit, c *kit.Citizen) error{
		"by another device": func(k *kit.Kit, c *kit.Citizen) error {
			other, err := c.Another(ctx, "other")
			if err != nil {
				return err
			}
			return k.Signin.RefusePhone(ctx, other.Session)
		},
		"by the document":    func(k *kit.Kit, c *kit.Citizen) error { return k.Signin.Shown(ctx, c.Handle) },
		"by enrolling again": func(k *kit.Kit, c *kit.Citizen) error { again := *c; return again.Enrol(ctx) },
	} {
		t.Run(name, func(t *testing.T) {
			k := kit.New(t, law.New())
			c := home(t, k, 1)
			moved(t, c, kit.Phone("another"), "")
			if err := undo(k, c); err != nil {
				t.Fatal(err)
			}
			k.Advance(identity.PhoneWait)
			in(t, c)
			if p := data(t, c); p.Phone != c.Phone() || p.Next != nil {
				t.Errorf("%+v", p)
			}
			if name == "by another device" && !slices.Contains(kindsOf(t, c), identity.PhoneRefused) {
				t.Error("no record")
			}
		})
	}
}

func TestAnotherTelephoneRefused(t *testing.T) {
	ctx := context.Background()
	k := kit.New(t, law.New())
	c, other, fresh := home(t, k, 1), home(t, k, 2), kit.Phone("another")
	refused := func(what string, err error, want string) {
		t.Helper()
		if !fault.Because(err, want) {
			t.Errorf("%s: %v, want %s", what, err, want)
		}
	}
	_, err := k.Enrol.Move(ctx, identity.Session{})
	refused("nobody signed in", err, "session_over")
	moved(t, c, fresh, "phone")
	refused("no telephone", k.Enrol.KeepPhone(ctx, c.Session, c.Draft, c.Passcode), "step_order")
	refused("a landline", k.Enrol.Phone(ctx, c.Draft, "0755", "en"), "phone_invalid")
	if err := k.Enrol.Phone(ctx, c.Draft, fresh, "en"); err != nil {
		t.Fatal(err)
	}
	refused("a wrong code", k.Enrol.Code(ctx, c.Draft, "no code"), "code_wrong")
	refused("no code", k.Enrol.KeepPhone(ctx, c.Session, c.Draft, c.Passcode), "step_order")
	if err := k.Enrol.Code(ctx, c.Draft, k.Code(fresh)); err != nil {
		t.Fatal(err)
	}
	if v, err := k.Enrol.View(ctx, c.Draft); err != nil || v.Next != enrol.StepMove || !v.Moves || v.Adds {
		t.Errorf("%+v %v", v, err)
	}
	refused("a wrong passcode", k.Enrol.KeepPhone(ctx, c.Session, c.Draft, "86420975"), "passcode_wrong")
	refused("another's draft", k.Enrol.KeepPhone(ctx, other.Session, c.Draft, other.Passcode), "draft_unknown")
	refused("as an enrolment", k.Enrol.Passcode(ctx, c.Draft, c.Passcode, c.Passcode), "step_order")
	_, err = k.Enrol.Keep(ctx, c.Session, c.Draft, c.Passcode)
	refused("as a document", err, "step_order")
	_, err = k.Enrol.Shown(ctx, c.Draft)
	refused("as a document that was shown", err, "step_order")

	second := *c
	moved(t, &second, kit.Phone("a third"), "keep") // both are under way before either ends
	if err := k.Enrol.KeepPhone(ctx, c.Session, c.Draft, c.Passcode); err != nil {
		t.Fatal(err)
	}
	refused("twice", k.Enrol.KeepPhone(ctx, c.Session, c.Draft, c.Passcode), "draft_unknown")
	refused("two at once", k.Enrol.KeepPhone(ctx, second.Session, second.Draft, second.Passcode), "phone_waits")
	if p := data(t, c); p.Next == nil || p.Next.Phone != fresh {
		t.Errorf("%+v", p)
	}

	moved(t, other, other.Phone(), "keep")
	refused("the same", k.Enrol.KeepPhone(ctx, other.Session, other.Draft, other.Passcode), "phone_same")
	third := home(t, k, 3)
	moved(t, third, kit.Phone("a fourth"), "keep")
	if err := k.Issue.Freeze(ctx, third.Session); err != nil {
		t.Fatal(err)
	}
	in(t, third)
	refused("frozen meanwhile", k.Enrol.KeepPhone(ctx, third.Session, third.Draft, third.Passcode), "certificate_frozen")
	_, err = k.Enrol.Move(ctx, third.Session)
	refused("frozen", err, "certificate_frozen")
}

// The device may be put out between what was read and the commit, and the number stopped.
func TestAnotherTelephoneHoldsItsGuards(t *testing.T) {
	ctx := context.Background()
	k := kit.New(t, law.New())
	c := home(t, k, 1)
	moved(t, c, kit.Phone("another"), "keep")
	k.Enrol.Vault = raised{k.Vault}
	if err := k.Enrol.KeepPhone(ctx, c.Session, c.Draft, c.Passcode); !fault.Because(err, "try_again") {
		t.Error(err)
	}
}
