package enrol_test

import (
	"bytes"
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"netid/internal/act/enrol"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/ledger"
	"netid/test/kit"
)

func TestEnrol(t *testing.T) {
	ctx := context.Background()
	for _, face := range []string{"match", "twin"} {
		t.Run(face, func(t *testing.T) {
			k := kit.New(t, law.New())
			c := k.Adult(1)
			c.Face = face
			if err := c.Enrol(ctx); err != nil {
				t.Fatal(err)
			}
			if c.Grant.Again || c.Grant.Number == "" {
				t.Fatalf("grant %+v", c.Grant)
			}
			if _, err := k.Enrol.View(ctx, c.Draft); !fault.Because(err, "draft_unknown") {
				t.Fatalf("the draft outlived its confirmation: %v", err)
			}
		})
	}
}

// Every step taken out of its order is refused and changes nothing (K13).
func TestStepOrder(t *testing.T) {
	ctx := context.Background()
	k := kit.New(t, law.New())
	c := k.Adult(1)
	steps := c.Steps(ctx)
	if err := steps[0].Do(); err != nil {
		t.Fatal(err)
	}
	for due := 1; due < len(steps)-1; due++ {
		for _, early := range steps[1 : len(steps)-1] {
			if early.Name == steps[due].Name || early.Name == "challenge" && steps[due].Name == "card" {
				continue
			}
			before, err := k.Enrol.View(ctx, c.Draft)
			if err != nil {
				t.Fatal(err)
			}
			if early.Name == "phone" && before.Next == enrol.StepCode {
				continue // asking for another code is allowed
			}
			if before.Next != enrol.StepCard && early.Name == "challenge" || before.Next != name(early.Name) {
				if err := early.Do(); err == nil {
					t.Fatalf("%s taken while %s was due", early.Name, before.Next)
				}
			}
			if after, _ := k.Enrol.View(ctx, c.Draft); after.Next != before.Next {
				t.Fatalf("a refused %s moved the draft from %s to %s", early.Name, before.Next, after.Next)
			}
		}
		if err := steps[due].Do(); err != nil {
			t.Fatalf("%s: %v", steps[due].Name, err)
		}
	}
}

func name(step string) string {
	if step == "challenge" {
		return enrol.StepCard
	}
	return step
}

// One person, 64 browsers at once: one number (K11).
func TestParallelEnrolmentsOfOnePerson(t *testing.T) {
	ctx := context.Background()
	k := kit.New(t, law.New())
	const n = 64
	k.Enrol.Pace = enrol.Pace{Hourly: n, Daily: n, Budget: n} // here it is not about how many codes one person may ask for
	var wg sync.WaitGroup
	numbers, errs := make([]identity.Number, n), make([]error, n)
	ready := make([]*kit.Citizen, n)
	for i := range n {
		ready[i] = k.Adult(1)
		ready[i].Telephone = kit.Phone(identity.PersonHandle(fmt.Sprint("telephone", i)))
		for _, s := range ready[i].Steps(ctx)[:10] {
			if err := s.Do(); err != nil {
				t.Fatalf("%d %s: %v", i, s.Name, err)
			}
		}
	}
	for i, c := range ready {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for _, s := range c.Steps(ctx)[10:11] {
				if errs[i] = s.Do(); errs[i] != nil {
					return
				}
			}
			numbers[i] = c.Grant.Number
		}()
	}
	wg.Wait()
	seen := map[identity.Number]bool{}
	for i := range n {
		if errs[i] != nil {
			t.Fatalf("%d: %v", i, errs[i])
		}
		seen[numbers[i]] = true
	}
	if len(seen) != 1 {
		t.Fatalf("one person got %d numbers", len(seen))
	}
}

func TestSecondDocumentKeepsTheNumber(t *testing.T) {
	ctx := context.Background()
	k := kit.New(t, law.New())
	first := k.Adult(1)
	if err := first.Enrol(ctx); err != nil {
		t.Fatal(err)
	}
	second := k.Adult(1)
	second.Document.Kind, second.Document.Number, second.Document.Origin = identity.PassportAbroad, "E90000001", identity.CheckedHere
	if err := second.Enrol(ctx); err != nil {
		t.Fatal(err)
	}
	if second.Grant.Number != first.Grant.Number || !second.Grant.Again {
		t.Fatal("a second document made a second number")
	}
	other := k.Adult(2)
	if err := other.Enrol(ctx); err != nil {
		t.Fatal(err)
	}
	if other.Grant.Number == first.Grant.Number {
		t.Fatal("two persons share a number")
	}
}

func TestRefusals(t *testing.T) {
	ctx := context.Background()
	adult := identity.Date{Year: 1990, Month: 3, Day: 7}
	for _, c := range []struct {
		name   string
		birth  identity.Date
		change func(*kit.Citizen)
		until  string // step that is refused
		want   string
	}{
		{"expired document", adult, func(c *kit.Citizen) { c.Document.Expires = identity.Date{Year: 2026, Month: 11, Day: 22} }, "card", "document_expired"},
		{"child alone", identity.Date{Year: 2017, Month: 1, Day: 1}, nil, "card", "guardian_needed"},
		{"ward alone", identity.Date{Year: 2010, Month: 1, Day: 1}, nil, "card", "guardian_needed"},
		{"kind not served", adult, func(c *kit.Citizen) { c.Document.Kind = identity.PermitTaiwan }, "start", "document_kind_not_served"},
		{"kind unknown", adult, func(c *kit.Citizen) { c.Document.Kind = "driving-licence" }, "start", "document_kind_unknown"},
		{"passcode is the birthday", adult, func(c *kit.Citizen) { c.Passcode = "19900307" }, "passcode", "passcode_birthday"},
	} {
		t.Run(c.name, func(t *testing.T) {
			k := kit.New(t, law.New())
			who := k.Person(1, c.birth)
			if c.change != nil {
				c.change(who)
			}
			for _, s := range who.Steps(ctx) {
				err := s.Do()
				if s.Name != c.until {
					if err != nil {
						t.Fatalf("%s: %v", s.Name, err)
					}
					continue
				}
				if !fault.Because(err, c.want) {
					t.Fatalf("%s: %v, want %s", s.Name, err, c.want)
				}
				break
			}
			if report, err := ledger.Verify(ctx, k.Store, k.Keeper); err != nil || report.Size != 0 {
				t.Fatalf("a refusal left %d entries (%v)", report.Size, err)
			}
		})
	}
}

// A challenge is spent by the first answer, whatever that was (K04).
func TestChallengeIsSingleUse(t *testing.T) {
	ctx := context.Background()
	k := kit.New(t, law.New())
	c := k.Adult(1)
	steps := c.Steps(ctx)
	for _, s := range steps[:4] {
		if err := s.Do(); err != nil {
			t.Fatal(err)
		}
	}
	if err := k.Enrol.Present(ctx, c.Draft, []byte("not evidence")); !fault.Because(err, "document_malformed") {
		t.Fatal(err)
	}
	if err := steps[4].Do(); !fault.Because(err, "challenge_expired") {
		t.Fatalf("a spent challenge was taken again: %v", err)
	}
	if err := steps[3].Do(); err != nil {
		t.Fatal(err)
	}
	k.Advance(2*time.Minute + time.Second)
	if err := steps[4].Do(); !fault.Because(err, "challenge_expired") {
		t.Fatalf("an old challenge was taken: %v", err)
	}
	if err := steps[3].Do(); err != nil {
		t.Fatal(err)
	}
	if err := steps[4].Do(); err != nil {
		t.Fatal(err)
	}
}

// An exchange takes the challenge's place, is asked for once, and its answer is
// taken once; a new challenge ends it (K04).
func TestAnExchangeIsSingleUse(t *testing.T) {
	ctx := context.Background()
	k := kit.New(t, law.New())
	c := k.Adult(1)
	exchange := func() ([]byte, error) { return k.Enrol.Exchange(ctx, c.Draft, c.Evidence()) }
	steps := c.Steps(ctx)
	for i, s := range steps[:4] {
		if i > 0 {
			if _, err := exchange(); err == nil || i == 2 && !fault.Because(err, "step_order") {
				t.Fatalf("an exchange before %s: %v", s.Name, err)
			}
		}
		if err := s.Do(); err != nil {
			t.Fatal(err)
		}
	}
	seed, err := exchange() // the test's desk gives it away
	if err != nil || len(seed) != 72 {
		t.Fatalf("%d bytes, %v", len(seed), err)
	}
	if _, err := exchange(); !fault.Because(err, "challenge_expired") {
		t.Fatalf("a second exchange of one challenge: %v", err)
	}
	if err := k.Enrol.Present(ctx, c.Draft, []byte("not evidence")); !fault.Because(err, "document_malformed") {
		t.Fatal(err)
	}
	if err := steps[4].Do(); !fault.Because(err, "challenge_expired") {
		t.Fatalf("a spent exchange was taken again: %v", err)
	}
	again := func() {
		t.Helper()
		if err := steps[3].Do(); err != nil {
			t.Fatal(err)
		}
		other, err := exchange()
		if err != nil || bytes.Equal(other, seed) {
			t.Fatalf("one seed for two exchanges: %v", err)
		}
	}
	again()
	k.Advance(2*time.Minute + time.Second)
	if err := steps[4].Do(); !fault.Because(err, "challenge_expired") {
		t.Fatalf("an old exchange was taken: %v", err)
	}
	again()
	k.Desk.Refuse = fault.New("test", fault.Invalid, "chip_authentication_failed")
	if err := steps[4].Do(); !fault.Because(err, "chip_authentication_failed") {
		t.Fatal(err)
	}
	k.Desk.Refuse = nil
	again()
	if err := steps[3].Do(); err != nil { // another question: the seed is forgotten
		t.Fatal(err)
	}
	k.Enrol.Desk = unseeded{k.Desk}
	if err := k.Enrol.Present(ctx, c.Draft, []byte("not evidence")); !fault.Because(err, "document_malformed") {
		t.Fatalf("the answer to a challenge is taken for an exchange's: %v", err)
	}
	k.Enrol.Desk = k.Desk
	if err := steps[3].Do(); err != nil {
		t.Fatal(err)
	}
	if _, err := exchange(); err != nil {
		t.Fatal(err)
	}
	if err := steps[4].Do(); err != nil {
		t.Fatal(err)
	}
}

// unseeded is a desk to which nobody comes with the answer to an exchange.
type unseeded struct{ *kit.Desk }

func (unseeded) Finish(context.Context, identity.DocumentKind, []byte, []byte) (identity.Document, identity.PersonHandle, error) {
	return identity.Document{}, "", fault.New("test", fault.Invalid, "chip_downgraded")
}

func TestPhoneCode(t *testing.T) {
	ctx := context.Background()
	k := kit.New(t, law.New())
	c := k.Adult(1)
	for _, s := range c.Steps(ctx)[:8] {
		if err := s.Do(); err != nil {
			t.Fatal(err)
		}
	}
	wrong := "000000"
	if k.Code(c.Phone()) == wrong {
		wrong = "000001"
	}
	for i := range 5 {
		if err := k.Enrol.Code(ctx, c.Draft, wrong); !fault.Because(err, "code_wrong") {
			t.Fatalf("try %d: %v", i, err)
		}
	}
	if err := k.Enrol.Code(ctx, c.Draft, k.Code(c.Phone())); !fault.Because(err, "too_many_tries") {
		t.Fatalf("the right code after five wrong ones: %v", err)
	}
	old := k.Code(c.Phone())
	if err := k.Enrol.Phone(ctx, c.Draft, c.Phone(), "en"); err != nil {
		t.Fatal(err)
	}
	if now := k.Code(c.Phone()); now != old {
		if err := k.Enrol.Code(ctx, c.Draft, old); !fault.Because(err, "code_wrong") {
			t.Fatalf("the replaced code: %v", err)
		}
	}
	k.Advance(10*time.Minute + time.Second)
	if err := k.Enrol.Code(ctx, c.Draft, k.Code(c.Phone())); !fault.Because(err, "code_expired") {
		t.Fatalf("an old code: %v", err)
	}
	for i := range 4 {
		err := k.Enrol.Phone(ctx, c.Draft, c.Phone(), "en")
		if i < 3 && err != nil || i == 3 && !fault.Because(err, "too_many_tries") {
			t.Fatalf("code %d of the hour: %v", i+3, err)
		}
	}
}

func TestTwinNeedsThePhoneOnFile(t *testing.T) {
	ctx := context.Background()
	k := kit.New(t, law.New())
	c := k.Adult(1)
	c.Face = "twin"
	for _, s := range c.Steps(ctx)[:7] {
		if err := s.Do(); err != nil {
			t.Fatal(err)
		}
	}
	if err := k.Enrol.Phone(ctx, c.Draft, kit.Phone("somebody else"), "en"); !fault.Because(err, "phone_not_on_file") {
		t.Fatal(err)
	}
	for _, bad := range []string{"", "1380013800", "13800138000", "100000000x1", "+44 1000000000"} {
		if err := k.Enrol.Phone(ctx, c.Draft, bad, "en"); err == nil {
			t.Errorf("%q accepted in a sandbox", bad)
		}
	}
}

// Leaving at any step leaves nothing (A4-2); a draft ends by itself.
func TestCancelLeavesNothing(t *testing.T) {
	ctx := context.Background()
	for at := 1; at <= 10; at++ {
		t.Run(fmt.Sprint(at), func(t *testing.T) {
			k := kit.New(t, law.New())
			c := k.Adult(1)
			for _, s := range c.Steps(ctx)[:at] {
				if err := s.Do(); err != nil {
					t.Fatal(err)
				}
			}
			if err := k.Enrol.Cancel(ctx, c.Draft); err != nil {
				t.Fatal(err)
			}
			if _, err := k.Enrol.View(ctx, c.Draft); !fault.Is(err, fault.NotFound) {
				t.Fatal("still there")
			}
			if err := k.Enrol.Cancel(ctx, c.Draft); err != nil {
				t.Fatal("cancelling twice is no error")
			}
		})
	}
	k := kit.New(t, law.New())
	c := k.Adult(1)
	if err := c.Steps(ctx)[0].Do(); err != nil {
		t.Fatal(err)
	}
	k.Advance(enrol.Lifetime)
	if _, err := k.Enrol.View(ctx, c.Draft); !fault.Because(err, "draft_expired") {
		t.Fatal(err)
	}
}

// A confirmation signed by another key, or for another draft, is refused.
func TestConfirmNeedsTheKey(t *testing.T) {
	ctx := context.Background()
	k := kit.New(t, law.New())
	c := k.Adult(1)
	for _, s := range c.Steps(ctx)[:10] {
		if err := s.Do(); err != nil {
			t.Fatal(err)
		}
	}
	v, err := k.Enrol.View(ctx, c.Draft)
	if err != nil {
		t.Fatal(err)
	}
	other := kit.NewDevice()
	if _, err := k.Enrol.Confirm(ctx, c.Draft, c.Device.JWK, other.Sign([]byte(v.Proof))); !fault.Because(err, "signature_invalid") {
		t.Fatalf("another key: %v", err)
	}
	if _, err := k.Enrol.Confirm(ctx, c.Draft, c.Device.JWK, c.Device.Sign([]byte(v.Proof+"x"))); !fault.Because(err, "signature_invalid") {
		t.Fatalf("another text: %v", err)
	}
	if _, err := k.Enrol.Confirm(ctx, c.Draft, []byte(`{"kty":"RSA"}`), nil); !fault.Because(err, "device_key_invalid") {
		t.Fatalf("not a device key: %v", err)
	}
}

// Whoever found somebody's card does not learn their telephone by trying,
// however many drafts they open (K14).
func TestTelephoneOnFileIsNotGuessed(t *testing.T) {
	ctx := context.Background()
	k := kit.New(t, law.New())
	tried := 0
	for draft := range 3 {
		c := k.Adult(1)
		c.Face = "twin"
		for _, s := range c.Steps(ctx)[:7] {
			if err := s.Do(); err != nil {
				t.Fatal(s.Name, err)
			}
		}
		for range 5 {
			want := "phone_not_on_file"
			if tried >= 10 {
				want = "too_many_tries"
			}
			phone := fmt.Sprintf("1000000%04d", tried)
			if err := k.Enrol.Phone(ctx, c.Draft, phone, "en"); !fault.Because(err, want) {
				t.Errorf("draft %d, try %d: %v", draft, tried+1, err)
			}
			tried++
		}
	}
}
