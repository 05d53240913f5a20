package signin_test

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"netid/internal/act/admit"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/test/kit"
)

func register(k *kit.Kit, id string) error {
	_, _, err := k.Admit.Register(context.Background(), admit.Application{ID: id, Name: "Shop", RedirectURIs: []string{"https://" + id + ".example/cb"}, Sandbox: true, Leaving: admit.Leaving{BackChannel: "https://" + id + ".example/back"}})
	return err
}

func TestLost(t *testing.T) {
	k, c, ctx := signed(t)
	if err := register(k, "shop"); err != nil {
		t.Fatal(err)
	}
	code, err := c.Approve(ctx, k.Request("shop", identity.ModeCert))
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = k.Signin.Codes(ctx, c.Session, "00000001")
	reason(t, "codes without the passcode", err, fault.Invalid, "passcode_wrong")
	number, codes, err := k.Signin.Codes(ctx, c.Session, c.Passcode)
	if err != nil || len(codes) != 4 || number != c.Grant.Number {
		t.Fatal(len(codes), err)
	}
	if n, _, err := k.Signin.Left(ctx, c.Session); err != nil || n != 4 {
		t.Fatal(n, err)
	}
	slip := []byte(codes[0].Digits()) // two neighbours exchanged, or one character
	if slip[3], slip[4] = slip[4], slip[3]; slip[3] == slip[4] {
		slip[3] = "AB"[slip[3]&1]
	}
	for name, try := range map[string][2]string{
		"no number":        {"", codes[0].Digits()},
		"another's number": {string(identity.NewNumber()), codes[0].Digits()},
		"no code":          {string(number), ""},
		"another code":     {string(number), identity.NewRecoveryCode().Digits()},
		"a slip":           {string(number), string(slip)},
		"the number twice": {string(number), string(number)},
	} {
		reason(t, name, k.Signin.Lost(ctx, try[0], try[1], true), fault.Invalid, "recovery_unknown")
	}
	typed := strings.ToLower(strings.ReplaceAll(codes[0].Grouped(), " ", "-"))
	if err := k.Signin.Lost(ctx, number.Grouped(), typed, false); err != nil {
		t.Fatal(err)
	}
	_, err = k.Signin.Devices(ctx, c.Session)
	reason(t, "the session", err, fault.Unauthenticated, "session_over")
	if _, err := k.Redeem(ctx, "shop", code.Code); err == nil {
		t.Error("a code is redeemed after all was stopped")
	}
	reason(t, "the same code again", k.Signin.Lost(ctx, string(number), codes[0].Digits(), false), fault.Invalid, "recovery_unknown")
	if err := c.SignIn(ctx); err != nil {
		t.Fatal("the phone was found again:", err)
	}
	if n, _, err := k.Signin.Left(ctx, c.Session); err != nil || n != 3 {
		t.Fatal(n, err)
	}
	recs, err := k.Look.Records(ctx, c.Session)
	if err != nil || recs[1].Event.Kind != identity.Frozen || recs[1].Event.Detail != "recovery-code" {
		t.Fatal(err)
	}
	if err := k.Issue.Thaw(ctx, c.Session, c.Passcode); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Approve(ctx, k.Request("shop", identity.ModeCert)); err != nil {
		t.Fatal("after the thaw:", err)
	}
	if d, err := k.Look.Data(ctx, c.Session); err != nil || d.Recovery != nil {
		t.Error("the data page shows digests of codes:", err)
	}
}

// A telephone that is gone for good is put out; who has the document begins again
// and keeps the number.
func TestLostForGood(t *testing.T) {
	k, c, ctx := signed(t)
	number, codes, err := k.Signin.Codes(ctx, c.Session, c.Passcode)
	if err != nil {
		t.Fatal(err)
	}
	second := another(t, c)
	if err := k.Issue.Freeze(ctx, c.Session); err != nil { // frozen already: the devices still go
		t.Fatal(err)
	}
	if err := k.Signin.Lost(ctx, string(number), codes[3].Digits(), true); err != nil {
		t.Fatal(err)
	}
	for _, who := range []*kit.Citizen{c, second} {
		reason(t, "a device that was put out", who.SignIn(ctx), fault.Unauthenticated, "device_unknown")
	}
	fresh := k.Adult(1)
	if err := fresh.Enrol(ctx); err != nil {
		t.Fatal(err)
	}
	if err := fresh.SignIn(ctx); err != nil || fresh.Grant.Number != number {
		t.Fatal("a new telephone with the document:", err)
	}
	if err := k.Issue.Thaw(ctx, fresh.Session, fresh.Passcode); err != nil {
		t.Fatal(err)
	}
	if all, err := k.Signin.Devices(ctx, fresh.Session); err != nil || len(all) != 1 {
		t.Fatal(len(all), err)
	}
}

func TestNewCodesVoidTheOld(t *testing.T) {
	k, c, ctx := signed(t)
	number, old, err := k.Signin.Codes(ctx, c.Session, c.Passcode)
	if err != nil {
		t.Fatal(err)
	}
	_, codes, err := k.Signin.Codes(ctx, c.Session, c.Passcode)
	if err != nil {
		t.Fatal(err)
	}
	reason(t, "a code of the former set", k.Signin.Lost(ctx, string(number), old[0].Digits(), true), fault.Invalid, "recovery_unknown")
	if err := k.Signin.Lost(ctx, string(number), codes[0].Digits(), true); err != nil {
		t.Fatal(err)
	}
}

// L12: a recovery code is used once, by 64 at a time.
func TestARecoveryCodeIsUsedOnce(t *testing.T) {
	k, c, ctx := signed(t)
	number, codes, err := k.Signin.Codes(ctx, c.Session, c.Passcode)
	if err != nil {
		t.Fatal(err)
	}
	for i, code := range codes[:2] {
		var won atomic.Int32
		var wg sync.WaitGroup
		for range 64 {
			wg.Go(func() {
				if err := k.Signin.Lost(ctx, string(number), code.Digits(), i == 1); err == nil {
					won.Add(1)
				} else if !fault.Because(err, "recovery_unknown") {
					t.Errorf("loser: %v", err)
				}
			})
		}
		wg.Wait()
		if won.Load() != 1 {
			t.Fatalf("%d winners", won.Load())
		}
	}
}

// The document alone stops everything and puts no device out; who is not enrolled
// is answered alike, and neither can be asked about often.
func TestTheDocumentStopsEverything(t *testing.T) {
	k, c, ctx := signed(t)
	if err := register(k, "shop"); err != nil {
		t.Fatal(err)
	}
	code, err := c.Approve(ctx, k.Request("shop", identity.ModeCert))
	if err != nil {
		t.Fatal(err)
	}
	for _, who := range []identity.PersonHandle{c.Handle, "handle-nobody"} {
		for n := range 4 {
			err := k.Signin.Shown(ctx, who)
			if n < 3 && err != nil || n == 3 && !fault.Is(err, fault.TooMany) {
				t.Errorf("%s, report %d: %v", who, n+1, err)
			}
		}
	}
	if _, err := k.Redeem(ctx, "shop", code.Code); err == nil {
		t.Error("what was approved before is redeemed")
	}
	_, err = k.Signin.Devices(ctx, c.Session)
	reason(t, "a session from before", err, fault.Unauthenticated, "session_over")
	if err := c.SignIn(ctx); err != nil {
		t.Fatal("the device was put out by a document:", err)
	}
	_, err = c.Approve(ctx, k.Request("shop", identity.ModeCert))
	reason(t, "a frozen number", err, fault.Forbidden, "certificate_frozen")
	if err := k.Issue.Thaw(ctx, c.Session, c.Passcode); err != nil {
		t.Fatal(err)
	}
	recs, err := k.Look.Records(ctx, c.Session)
	if err != nil || recs[0].Event.Kind != identity.Thawed || recs[2].Event.Kind != identity.Frozen || recs[2].Event.Detail != "document" {
		t.Fatal(err)
	}
	if _, err := k.Deliver.Round(ctx); err != nil {
		t.Fatal(err)
	}
	if heard := k.Warned(); len(heard) == 0 || heard[0] != "shown "+c.Phone() {
		t.Errorf("the telephone heard %q", heard)
	}
	fresh := k.Adult(1)
	for _, s := range fresh.Steps(ctx)[:4] {
		if err := s.Do(); err != nil {
			t.Fatal(s.Name, err)
		}
	}
	_, err = k.Enrol.Shown(ctx, fresh.Draft)
	reason(t, "before the document was read", err, fault.Conflict, "step_order")
	if err := fresh.Steps(ctx)[4].Do(); err != nil {
		t.Fatal(err)
	}
	if who, err := k.Enrol.Shown(ctx, fresh.Draft); err != nil || who != c.Handle {
		t.Error(who, err)
	}
}

// L04: whoever guesses at codes from outside takes nothing from the citizen.
func TestGuessingAtCodesLocksNobodyOut(t *testing.T) {
	k, c, ctx := signed(t)
	number, codes, err := k.Signin.Codes(ctx, c.Session, c.Passcode)
	if err != nil {
		t.Fatal(err)
	}
	for range 200 {
		reason(t, "a guess", k.Signin.Lost(ctx, string(number), identity.NewRecoveryCode().Digits(), true), fault.Invalid, "recovery_unknown")
	}
	if err := c.SignIn(ctx); err != nil {
		t.Fatal(err)
	}
	if err := k.Signin.Lost(ctx, string(number), codes[0].Digits(), false); err != nil {
		t.Fatal(err)
	}
}

// L03: of many guesses at once no more are looked at than of one after another.
func TestGuessesAtOnceAreCounted(t *testing.T) {
	k, c, ctx := signed(t)
	var looked atomic.Int32
	var wg sync.WaitGroup
	for range 64 {
		wg.Go(func() {
			switch _, _, err := k.Signin.Codes(ctx, c.Session, "00000001"); {
			case fault.Because(err, "passcode_wrong"):
				looked.Add(1)
			case !fault.Because(err, "too_many_tries"):
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if looked.Load() != 5 {
		t.Errorf("%d guesses were looked at", looked.Load())
	}
	if err := c.SignIn(ctx); err != nil {
		t.Error("who holds the device is locked out:", err)
	}
}
