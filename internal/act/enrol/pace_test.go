package enrol_test

import (
	"context"
	"testing"
	"time"

	"netid/internal/fault"
	"netid/internal/law"
	"netid/test/kit"
)

// asking is the n-th person, before the step of the telephone.
func asking(t *testing.T, k *kit.Kit, n int) *kit.Citizen {
	t.Helper()
	c := k.Adult(n)
	for _, s := range c.Steps(t.Context())[:7] {
		if err := s.Do(); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

// L04: whatever strangers use up of a telephone's messages, its owner enrols with
// it, and whoever holds a bound device does not need one.
func TestL04StrangersUseUpNobodysTelephone(t *testing.T) {
	ctx := context.Background()
	k := kit.New(t, law.New())
	bound, owner := k.Adult(1), asking(t, k, 2)
	if err := bound.Enrol(ctx); err != nil {
		t.Fatal(err)
	}
	for _, victim := range []*kit.Citizen{bound, owner} {
		shut := false
		for n := 10; n < 16; n++ { // each is a person with a document of their own
			stranger := asking(t, k, n)
			for range 3 {
				if err := k.Enrol.Phone(ctx, stranger.Draft, victim.Phone(), "en"); fault.Because(err, "too_many_tries") {
					shut = true
				} else if err != nil {
					t.Fatal(err)
				}
			}
		}
		if !shut {
			t.Fatal("the flood goes on")
		}
		k.Advance(time.Minute)
	}
	if err := bound.SignIn(ctx); err != nil {
		t.Errorf("a bound device: %v", err)
	}
	if err := owner.Enrol(ctx); err != nil { // from the first step on, over the message
		t.Errorf("the owner of the telephone: %v", err)
	}
}

// L04, L09: the owner's own share is a share: what goes to a telephone stays bounded.
func TestL09ATelephoneIsNotFloodedByItsOwner(t *testing.T) {
	ctx := context.Background()
	k := kit.New(t, law.New())
	owner, got := asking(t, k, 1), 0
	for n := 10; n < 13; n++ {
		stranger := asking(t, k, n)
		for range 5 {
			_ = k.Enrol.Phone(ctx, stranger.Draft, owner.Phone(), "en")
		}
	}
	for range 20 {
		switch err := k.Enrol.Phone(ctx, owner.Draft, owner.Phone(), "en"); {
		case err == nil:
			got++
		case !fault.Because(err, "too_many_tries"):
			t.Fatal(err)
		}
	}
	if got != 5 {
		t.Errorf("%d messages of the owner's own in an hour", got)
	}
}

// L09: one person floods no telephones one after the other.
func TestL09OnePersonManyTelephones(t *testing.T) {
	ctx := context.Background()
	k := kit.New(t, law.New())
	pumping, sent := asking(t, k, 1), 0
	for n := range 40 {
		switch err := k.Enrol.Phone(ctx, pumping.Draft, k.Adult(100+n).Phone(), "en"); {
		case err == nil:
			sent++
		case !fault.Because(err, "too_many_tries"):
			t.Fatal(err)
		}
	}
	if sent != 5 {
		t.Errorf("%d messages to as many telephones", sent)
	}
}

// L09: many persons and many telephones have one budget. When it is used up no
// code goes out, the refusal says no more than that none does, and an hour later
// it is whole again.
func TestL09ABudgetOverAllTelephones(t *testing.T) {
	ctx := context.Background()
	k := kit.New(t, law.New())
	k.Enrol.Pace.Budget = 3
	for n := range 5 {
		c := asking(t, k, 1+n)
		err := k.Enrol.Phone(ctx, c.Draft, c.Phone(), "en")
		if n < 3 && err != nil || n >= 3 && (!fault.Because(err, "sms_unavailable") || fault.Of(err) != fault.Unavailable) {
			t.Errorf("message %d: %v", n, err)
		}
		if said := k.Code(c.Phone()) != ""; said != (n < 3) {
			t.Errorf("message %d went out: %v", n, said)
		}
	}
	if n, most, err := k.Enrol.Sent(ctx); n != 3 || most != 3 || err != nil {
		t.Errorf("%d of %d: %v", n, most, err)
	}
	k.Advance(time.Hour + time.Second)
	if n, _, err := k.Enrol.Sent(ctx); n != 0 || err != nil {
		t.Errorf("%d in a new hour: %v", n, err)
	}
	c := asking(t, k, 9)
	if err := k.Enrol.Phone(ctx, c.Draft, c.Phone(), "en"); err != nil {
		t.Error(err)
	}
}
