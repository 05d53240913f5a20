package signin_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"netid/internal/act/signin"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/test/kit"
)

func scene(t *testing.T) (*kit.Kit, *kit.Citizen, context.Context) {
	t.Helper()
	ctx := context.Background()
	k := kit.New(t, law.New())
	c := k.Adult(1)
	if err := c.Enrol(ctx); err != nil {
		t.Fatal(err)
	}
	return k, c, ctx
}

func TestProveRefuses(t *testing.T) {
	k, c, ctx := scene(t)
	sign := func(ch string) []byte { return c.Device.Sign([]byte(k.Signin.Text(ch))) }
	ch, err := k.Signin.Challenge()
	if err != nil {
		t.Fatal(err)
	}
	id := c.Certificate.ID.String()
	for name, try := range map[string]func() error{
		"device_unknown": func() error {
			_, err := k.Signin.Prove(ctx, ch, identity.NewCertificateID().String(), sign(ch))
			return err
		},
		"device_unknown ": func() error { _, err := k.Signin.Prove(ctx, ch, "nonsense", sign(ch)); return err },
		"device_unknown  ": func() error {
			_, err := k.Signin.Prove(ctx, ch, id, kit.NewDevice().Sign([]byte(k.Signin.Text(ch))))
			return err
		},
		"device_unknown   ": func() error { _, err := k.Signin.Prove(ctx, ch, id, nil); return err },
		"challenge_expired": func() error { _, err := k.Signin.Prove(ctx, "x", id, sign("x")); return err },
	} {
		want := name
		for want[len(want)-1] == ' ' {
			want = want[:len(want)-1]
		}
		if err := try(); !fault.Because(err, want) || !fault.Is(err, fault.Unauthenticated) {
			t.Errorf("%v, want %s", err, want)
		}
	}
	if _, err := k.Signin.Prove(ctx, ch, id, sign(ch)); err != nil {
		t.Fatalf("refusals spent the challenge: %v", err)
	}
	k.Advance(time.Hour)
	late, _ := k.Signin.Challenge()
	k.Advance(2 * time.Minute)
	if _, err := k.Signin.Prove(ctx, late, id, sign(late)); !fault.Because(err, "challenge_expired") {
		t.Error(err)
	}
}

// A person who cannot be read just now is not unknown, and their answer is good
// once they can be.
func TestProveWithoutTheShelf(t *testing.T) {
	k, c, ctx := scene(t)
	ch, err := k.Signin.Challenge()
	if err != nil {
		t.Fatal(err)
	}
	prove := func() error {
		_, err := k.Signin.Prove(ctx, ch, c.Certificate.ID.String(), c.Device.Sign([]byte(k.Signin.Text(ch))))
		return err
	}
	there := k.Signin.Vault
	for _, v := range []signin.Vault{away{there}, shut{there}} {
		k.Signin.Vault = v
		if err := prove(); !fault.Is(err, fault.Unavailable) || !fault.Because(err, "try_again") {
			t.Errorf("%T: %v", v, err)
		}
	}
	k.Signin.Vault = there
	if err := prove(); err != nil {
		t.Error(err)
	}
}

// away is a vault whose shelf does not answer for a person, shut one whose shelf
// does not for a certificate.
type (
	away struct{ signin.Vault }
	shut struct{ signin.Vault }
)

func (shut) OpenCertificate(identity.CertificateRow) (identity.Certificate, error) {
	return identity.Certificate{}, fault.New("shut.OpenCertificate", fault.Unavailable, "try_again")
}

func (away) Open(context.Context, identity.PersonID) (identity.Opened, error) {
	return identity.Opened{}, fault.New("away.Open", fault.Unavailable, "try_again")
}

func TestChallengeIsSingleUse(t *testing.T) {
	k, c, ctx := scene(t)
	for range 20 {
		ch, err := k.Signin.Challenge()
		if err != nil {
			t.Fatal(err)
		}
		sig := c.Device.Sign([]byte(k.Signin.Text(ch)))
		var won atomic.Int32
		var wg sync.WaitGroup
		for range 64 {
			wg.Add(1)
			go func() {
				defer wg.Done()
				if _, err := k.Signin.Prove(ctx, ch, c.Certificate.ID.String(), sig); err == nil {
					won.Add(1)
				} else if !fault.Because(err, "challenge_used") {
					t.Errorf("loser: %v", err)
				}
			}()
		}
		wg.Wait()
		if won.Load() != 1 {
			t.Fatalf("%d winners", won.Load())
		}
	}
}

func TestSessionEnds(t *testing.T) {
	k, c, ctx := scene(t)
	if err := c.SignIn(ctx); err != nil {
		t.Fatal(err)
	}
	cookie, err := k.Signin.Seal(c.Session)
	if err != nil {
		t.Fatal(err)
	}
	if s, err := k.Signin.Open(ctx, cookie); err != nil || s.Person != c.Session.Person {
		t.Fatal(err)
	}
	other := byte('A')
	if cookie[40] == other {
		other = 'B'
	}
	for name, bad := range map[string]string{"altered": cookie[:40] + string(other) + cookie[41:], "empty": "", "garbage": "abc"} {
		if _, err := k.Signin.Open(ctx, bad); !fault.Because(err, "session_over") {
			t.Errorf("%s: %v", name, err)
		}
	}
	old := c.Session
	old.Epoch++
	if stale, _ := k.Signin.Seal(old); stale != "" {
		if _, err := k.Signin.Open(ctx, stale); !fault.Because(err, "session_over") {
			t.Errorf("another epoch: %v", err)
		}
	}
	k.Advance(12*time.Hour + time.Second)
	if _, err := k.Signin.Open(ctx, cookie); !fault.Because(err, "session_over") {
		t.Errorf("after twelve hours: %v", err)
	}
}
