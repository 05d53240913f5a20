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

// enrolled is a person with a device, and a thief who has their document and
// their telephone's messages, and not their passcode.
func enrolled(t *testing.T) (k *kit.Kit, owner, thief *kit.Citizen) {
	t.Helper()
	k = kit.New(t, law.New())
	owner, thief = k.Adult(1), k.Adult(1)
	thief.Passcode = "86420975"
	if err := owner.Enrol(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := owner.SignIn(t.Context()); err != nil {
		t.Fatal(err)
	}
	return k, owner, thief
}

func mustWait(t *testing.T, c *kit.Citizen) {
	t.Helper()
	if err := c.Enrol(t.Context()); !fault.Because(err, "device_waits") || !fault.Is(err, fault.Forbidden) {
		t.Fatalf("%v, want device_waits", err)
	}
}

// asked are the records of claims that the owner sees.
func asked(t *testing.T, c *kit.Citizen) (n int) {
	t.Helper()
	if err := c.SignIn(t.Context()); err != nil {
		t.Fatal("the device that stands:", err)
	}
	recs, err := c.Look.Records(t.Context(), c.Session)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range recs {
		if r.Event.Kind == identity.DeviceAsked {
			n++
		}
	}
	return n
}

// L10, L13: the document and the telephone are not enough to change anything at once.
func TestANewDeviceWaits(t *testing.T) {
	ctx := context.Background()
	k, owner, thief := enrolled(t)
	mustWait(t, thief)
	k.Advance(enrol.Wait - time.Minute)
	mustWait(t, thief)
	if n := asked(t, owner); n != 1 {
		t.Errorf("%d records of one claim", n)
	}
	if _, err := k.Deliver.Round(ctx); err != nil {
		t.Fatal(err)
	}
	if w := k.Warned(); !slices.Equal(w, []string{"warned " + owner.Phone()}) {
		t.Error("warned:", w)
	}
	if err := k.Issue.Freeze(ctx, owner.Session); err != nil {
		t.Fatal(err)
	}
	if err := k.Issue.Thaw(ctx, owner.Session, owner.Passcode); err != nil {
		t.Error("a claim changed the passcode:", err)
	}
	if _, at, err := k.Signin.Left(ctx, owner.Session); err != nil || at.IsZero() {
		t.Error("the owner sees no claim:", err)
	}
	k.Advance(time.Minute)
	if err := thief.Enrol(ctx); err != nil {
		t.Fatal("nobody refused for 72 hours:", err)
	}
	if err := thief.SignIn(ctx); err != nil {
		t.Fatal(err)
	}
	if _, at, err := k.Signin.Left(ctx, thief.Session); err != nil || !at.IsZero() {
		t.Error("the claim stands still:", at, err)
	}
}

func TestARefusedClaimBeginsAnew(t *testing.T) {
	ctx := context.Background()
	k, owner, thief := enrolled(t)
	mustWait(t, thief)
	k.Advance(time.Hour)
	if err := owner.SignIn(ctx); err != nil {
		t.Fatal(err)
	}
	for range 2 { // again is no error
		if err := k.Signin.Refuse(ctx, owner.Session); err != nil {
			t.Fatal(err)
		}
	}
	k.Advance(enrol.Wait)
	mustWait(t, thief)
	k.Advance(enrol.Wait + 14*24*time.Hour)
	mustWait(t, thief) // too late: the wait begins anew
	if n := asked(t, owner); n != 3 {
		t.Errorf("%d records of three claims", n)
	}
}

func TestWhoNeedNotWait(t *testing.T) {
	ctx := context.Background()
	t.Run("all three known", func(t *testing.T) {
		k, _, _ := enrolled(t)
		again := k.Adult(1)
		if err := again.Enrol(ctx); err != nil || !again.Grant.Again {
			t.Fatal(err)
		}
	})
	t.Run("another telephone", func(t *testing.T) {
		_, owner, thief := enrolled(t)
		thief.Passcode, thief.Telephone = owner.Passcode, kit.Phone("another")
		mustWait(t, thief)
	})
	t.Run("no device that could refuse", func(t *testing.T) {
		k, owner, thief := enrolled(t)
		number, codes, err := k.Signin.Codes(ctx, owner.Session, owner.Passcode)
		if err != nil {
			t.Fatal(err)
		}
		if err := k.Signin.Lost(ctx, string(number), codes[0].Digits(), true); err != nil {
			t.Fatal(err)
		}
		if err := thief.Enrol(ctx); err != nil { // here the owner with a new passcode
			t.Fatal(err)
		}
	})
	t.Run("who guesses for a month", func(t *testing.T) {
		k, owner, thief := enrolled(t)
		for range 10 {
			for _, s := range thief.Steps(ctx)[:10] { // the passcode is the last
				if err := s.Do(); err != nil {
					t.Fatal(s.Name, err)
				}
			}
			k.Advance(13 * time.Hour)
		}
		thief.Passcode = owner.Passcode
		mustWait(t, thief)
	})
}
