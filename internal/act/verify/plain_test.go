package verify_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"netid/client"
	"netid/internal/act/admit"
	"netid/internal/act/authorize"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
	"netid/test/kit"
)

// learner is a party that registered for plain text.
func learner(t testing.TB, k *kit.Kit, id string, change func(*admit.Application)) {
	t.Helper()
	in := admit.Application{ID: id, Name: "The " + id, NameZH: "某" + id, RedirectURIs: []string{"https://" + id + ".example/cb"}, Sandbox: true, Proof: admit.Proof{Method: "client_secret_basic"},
		Bases: map[string]string{"name": "Law of names", "document_number": "Law of numbers", "birthdate": "Law of days"}, KeepDays: 30, Sealed: "ECDH-ES", JWKS: toSeal(t)}
	if change != nil {
		change(&in)
	}
	if _, _, err := k.Admit.Keep(t.Context(), in); err != nil {
		t.Fatal(err)
	}
}

func toSeal(t testing.TB) []byte {
	t.Helper()
	secret, err := suite.NewES256Secret()
	if err != nil {
		t.Fatal(err)
	}
	s, err := suite.NewES256(secret)
	if err != nil {
		t.Fatal(err)
	}
	var key map[string]any
	if err := json.Unmarshal(s.PublicJWK(), &key); err != nil {
		t.Fatal(err)
	}
	key["use"], key["kid"] = "enc", "e"
	b, err := json.Marshal(map[string]any{"keys": []any{key}})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func asksPlain(c *kit.Citizen, party identity.PartyID, items ...identity.PlainAsk) authorize.Request {
	r := c.Request(party, identity.ModeCert)
	r.Plain = items
	return r
}

func value(item identity.Item) identity.PlainAsk { return identity.PlainAsk{Item: item} }

func match(item identity.Item, value string) identity.PlainAsk {
	return identity.PlainAsk{Item: item, Match: true, Value: identity.Plain(value)}
}

// Each item leaves on its own consent; what was kept back is absent and the
// sign-in goes on. The consent is a record of its own before anything leaves, and
// the verification names it.
func TestPlainTextItemByItem(t *testing.T) {
	k, c, ctx := scene(t)
	learner(t, k, "learner", nil)
	a, err := c.Approve(ctx, asksPlain(c, "learner", value(identity.ItemName), value(identity.ItemBirth), value(identity.ItemNumber)), "name", "document_number")
	if err != nil {
		t.Fatal(err)
	}
	before, err := k.Look.Records(ctx, c.Session)
	if err != nil || before[0].Event.Kind != identity.Consented {
		t.Fatalf("the consent is not on record before the answer: %+v %v", before[0].Event, err)
	}
	v, err := k.Redeem(ctx, "learner", a.Code)
	if err != nil {
		t.Fatal(err)
	}
	d := v.Plain
	if d == nil || len(d.Values) != 2 || string(d.Values[identity.ItemName]) != c.Document.Name || string(d.Values[identity.ItemNumber]) != c.Document.Number || len(d.Matches) != 0 {
		t.Fatalf("%+v", d)
	}
	if d.Days != 30 || len(d.Bases) != 2 || d.Bases[identity.ItemNumber] != "Law of numbers" || d.Purpose.EN == "" || d.Consent.String() != before[0].Event.ID {
		t.Errorf("terms %+v", d)
	}
	records, err := k.Look.Records(ctx, c.Session)
	if err != nil {
		t.Fatal(err)
	}
	told, agreed := records[0].Event, records[1].Event
	if strings.Join(told.Given, " ") != "result name=plaintext document_number=plaintext" || strings.Join(told.Withheld, " ") != "birthdate" || told.Detail != agreed.ID {
		t.Errorf("record %+v", told)
	}
	rules := func(e identity.Event) (all []string) {
		for _, g := range e.Grounds {
			all = append(all, g.Rule)
		}
		return all
	}
	for _, e := range []identity.Event{told, agreed} {
		if !slices.Contains(rules(e), "a8-separate-consent") || !slices.Contains(rules(e), "a8-sealed") {
			t.Errorf("%s stands on %v", e.Kind, rules(e))
		}
	}
	if len(agreed.Consents) != 2 || agreed.Consents[0].Subject != "name" || !agreed.Consents[0].Given || agreed.Consents[1].Subject != "document_number" || agreed.Party != "learner" || agreed.Purpose == nil {
		t.Errorf("consent %+v", agreed)
	}
	st, err := client.CheckApproval(agreed.Approval.Statement, agreed.Approval.Signature, agreed.Approval.Device)
	if err != nil || !st.Items[1].Given || st.Items[1].Basis != "Law of names" || st.Items[1].Days != 30 || st.Items[2].Given {
		t.Errorf("what the device signed: %+v %v", st, err)
	}
	b, err := json.Marshal([]identity.Event{told, agreed})
	if err != nil || strings.Contains(string(b), c.Document.Number) || strings.Contains(string(b), c.Document.Name) {
		t.Errorf("the value stands in the record: %v", err)
	}
}

// Nothing was chosen: a result, no consent, no plain text.
func TestPlainTextRefusedIsAResult(t *testing.T) {
	k, c, ctx := scene(t)
	learner(t, k, "learner", nil)
	a, err := c.Approve(ctx, asksPlain(c, "learner", value(identity.ItemName), match(identity.ItemBirth, "1990-03-07")))
	if err != nil {
		t.Fatal(err)
	}
	v, err := k.Redeem(ctx, "learner", a.Code)
	if err != nil || v.Plain != nil || v.Subject == "" {
		t.Fatalf("%+v %v", v, err)
	}
	records, err := k.Look.Records(ctx, c.Session)
	if err != nil || records[0].Event.Kind != identity.Verified || strings.Join(records[0].Event.Withheld, " ") != "name match_birthdate" || records[0].Event.Detail != "" || records[1].Event.Kind == identity.Consented {
		t.Errorf("%+v %v", records[0].Event, err)
	}
}

// M01: what a party lacks refuses the request before any citizen sees it.
func TestPlainTextNobodyMayAsk(t *testing.T) {
	k, c, ctx := scene(t)
	learner(t, k, "learner", nil)
	learner(t, k, "keyless", func(a *admit.Application) { a.Sealed, a.JWKS = "", nil })
	yesterday, today := identity.Today(k.Now().Add(-24*time.Hour)).String(), identity.Today(k.Now()).String()
	learner(t, k, "late", func(a *admit.Application) {
		a.BasesUntil = map[string]string{"name": yesterday, "birthdate": today}
	})
	learner(t, k, "trial", func(a *admit.Application) { a.Sealed, a.JWKS, a.Unsealed = "", nil, true })
	for name, r := range map[string]struct {
		request authorize.Request
		want    string
	}{
		"no basis at all":               {asksPlain(c, "shop", value(identity.ItemName)), "plaintext_not_allowed"},
		"a basis for another item":      {asksPlain(c, "learner", value(identity.ItemPhone)), "plaintext_not_allowed"},
		"one of two":                    {asksPlain(c, "learner", value(identity.ItemName), value(identity.ItemPhone)), "plaintext_not_allowed"},
		"a match needs the same":        {asksPlain(c, "learner", match(identity.ItemPhone, "10012345678")), "plaintext_not_allowed"},
		"no key":                        {asksPlain(c, "keyless", value(identity.ItemName)), "plaintext_not_sealed"},
		"no key, and only a yes or no":  {asksPlain(c, "keyless", match(identity.ItemName, "x")), "plaintext_not_sealed"},
		"a basis that has ended":        {asksPlain(c, "late", value(identity.ItemName)), "basis_over"},
		"one that ended, beside others": {asksPlain(c, "late", value(identity.ItemBirth), match(identity.ItemName, "x")), "basis_over"},
		"a basis on its last day":       {asksPlain(c, "late", value(identity.ItemBirth)), ""},
		"one without a last day":        {asksPlain(c, "late", value(identity.ItemNumber)), ""},
		"a sandbox that was told so":    {asksPlain(c, "trial", value(identity.ItemName)), ""},
		"everything that there must be": {asksPlain(c, "learner", value(identity.ItemName)), ""},
	} {
		_, err := k.Authorize.Begin(ctx, r.request)
		if r.want == "" && err != nil || r.want != "" && !fault.Because(err, r.want) {
			t.Errorf("%s: %v, want %q", name, err, r.want)
		}
	}
}

// Whatever goes between the approval and its redemption, nothing leaves.
func TestPlainTextNoLongerAllowed(t *testing.T) {
	if testing.Short() {
		t.Skip("one thing after another: the race detector, which -short is for, learns nothing")
	}
	for name, c := range map[string]struct {
		meanwhile func(*kit.Kit, *kit.Citizen, context.Context) error
		want      string
	}{
		"the basis went": {func(k *kit.Kit, _ *kit.Citizen, ctx context.Context) error {
			learner(t, k, "learner", func(a *admit.Application) { delete(a.Bases, "name") })
			return nil
		}, "plaintext_not_consented"},
		"the basis ended": {func(k *kit.Kit, _ *kit.Citizen, ctx context.Context) error {
			learner(t, k, "learner", func(a *admit.Application) {
				a.BasesUntil = map[string]string{"name": identity.Today(k.Now().Add(-24 * time.Hour)).String()}
			})
			return nil
		}, "basis_over"},
		"another law is cited": {func(k *kit.Kit, _ *kit.Citizen, ctx context.Context) error {
			learner(t, k, "learner", func(a *admit.Application) { a.Bases["name"] = "Another law" })
			return nil
		}, "party_changed"},
		"it would keep it longer": {func(k *kit.Kit, _ *kit.Citizen, ctx context.Context) error {
			learner(t, k, "learner", func(a *admit.Application) { a.KeepDays = 31 })
			return nil
		}, "party_changed"},
		"the key went": {func(k *kit.Kit, _ *kit.Citizen, ctx context.Context) error {
			learner(t, k, "learner", func(a *admit.Application) { a.Sealed, a.JWKS = "", nil })
			return nil
		}, "plaintext_not_sealed"},
		"withdrawn": {func(k *kit.Kit, c *kit.Citizen, ctx context.Context) error {
			return k.Authorize.Withdraw(ctx, c.Session, "learner")
		}, "link_changed"},
		"frozen": {func(k *kit.Kit, c *kit.Citizen, ctx context.Context) error { return k.Issue.Freeze(ctx, c.Session) }, "standing_changed"},
		"erased": {func(k *kit.Kit, c *kit.Citizen, ctx context.Context) error {
			_, err := k.Erase.Erase(ctx, c.Session, c.Passcode)
			return err
		}, "person_gone"},
		"too late": {func(k *kit.Kit, _ *kit.Citizen, _ context.Context) error { k.Advance(time.Minute); return nil }, "code_expired"},
	} {
		t.Run(name, func(t *testing.T) {
			k, who, ctx := scene(t)
			learner(t, k, "learner", nil)
			a, err := who.Approve(ctx, asksPlain(who, "learner", value(identity.ItemName)), "name")
			if err != nil {
				t.Fatal(err)
			}
			if err := c.meanwhile(k, who, ctx); err != nil {
				t.Fatal(err)
			}
			if v, err := k.Redeem(ctx, "learner", a.Code); !fault.Because(err, c.want) || v.Plain != nil {
				t.Errorf("%v, want %s", err, c.want)
			}
		})
	}
}

// M03: a page that was opened on a basis' last day is decided on after it. Nothing
// is consented to, and no code is made.
func TestABasisEndsWhileTheCitizenReads(t *testing.T) {
	k, c, ctx := scene(t)
	learner(t, k, "learner", func(a *admit.Application) {
		a.BasesUntil = map[string]string{"name": identity.Today(k.Now()).String()}
	})
	sealed, err := k.Authorize.Begin(ctx, asksPlain(c, "learner", value(identity.ItemName)))
	if err != nil {
		t.Fatal(err)
	}
	learner(t, k, "learner", func(a *admit.Application) {
		a.BasesUntil = map[string]string{"name": identity.Today(k.Now().Add(-24 * time.Hour)).String()}
	})
	if a, err := c.ApproveSealed(ctx, sealed, "name"); !fault.Because(err, "basis_over") || a.Code != "" {
		t.Errorf("%+v %v", a, err)
	}
	records, err := k.Look.Records(ctx, c.Session)
	if err != nil || records[0].Event.Kind == identity.Consented {
		t.Errorf("%+v %v", records[0].Event, err)
	}
}

// A request is consented to once, however often its decision is sent, and its
// plain text leaves once.
func TestPlainTextOnce(t *testing.T) {
	k, c, ctx := scene(t)
	learner(t, k, "learner", nil)
	sealed, err := k.Authorize.Begin(ctx, asksPlain(c, "learner", value(identity.ItemName)))
	if err != nil {
		t.Fatal(err)
	}
	var codes []string
	together(64, func() func() {
		a, err := c.ApproveSealed(ctx, sealed, "name")
		return func() {
			if err == nil {
				codes = append(codes, a.Code)
			} else if !fault.Because(err, "request_used") {
				t.Errorf("a loser: %v", err)
			}
		}
	})
	if len(codes) != 1 {
		t.Fatalf("%d codes", len(codes))
	}
	var told int
	together(64, func() func() {
		v, err := k.Redeem(ctx, "learner", codes[0])
		return func() {
			if err == nil && v.Plain != nil {
				told++
			} else if !fault.Because(err, "code_used") {
				t.Errorf("a loser: %v", err)
			}
		}
	})
	if told != 1 {
		t.Errorf("told %d times", told)
	}
}

// together runs do n times at once; what each gives back runs one at a time.
func together(n int, do func() func()) {
	var wg sync.WaitGroup
	var mu sync.Mutex
	start := make(chan struct{})
	for range n {
		wg.Go(func() {
			<-start
			then := do()
			mu.Lock()
			defer mu.Unlock()
			then()
		})
	}
	close(start)
	wg.Wait()
}

// M05: ten values a day are held against one person's, whoever asks. The eleventh
// ends as if the citizen had said no, and their record says what it was.
func TestMatchIsCapped(t *testing.T) {
	k, c, ctx := scene(t)
	learner(t, k, "learner", nil)
	learner(t, k, "other", nil)
	other := k.Adult(2)
	if err := other.Enrol(ctx); err != nil {
		t.Fatal(err)
	}
	if err := other.SignIn(ctx); err != nil {
		t.Fatal(err)
	}
	// Sixteen approvals at once, each of two values, half of them at either party.
	var passed, refused int
	var n int
	var mu sync.Mutex
	together(16, func() func() {
		mu.Lock()
		n++
		party := []identity.PartyID{"learner", "other"}[n%2]
		mu.Unlock()
		a, err := c.Approve(ctx, asksPlain(c, party, match(identity.ItemName, "x"), match(identity.ItemBirth, "1990-03-07")), "match_name", "match_birthdate")
		return func() {
			switch {
			case err != nil:
				t.Error(err)
			case a.Error == "access_denied" && a.Code == "":
				refused++
			case a.Code != "" && a.Error == "":
				passed++
			}
		}
	})
	if passed != 5 || refused != 11 {
		t.Fatalf("%d passed and %d were refused", passed, refused)
	}
	records, err := k.Look.Records(ctx, c.Session)
	var stopped, consented int
	for _, r := range records {
		if e := r.Event; e.Kind == identity.Declined && e.Detail == "match-cap" && strings.Join(e.Withheld, " ") == "result match_name match_birthdate" {
			stopped++
		} else if e.Kind == identity.Consented {
			consented++
		}
	}
	if err != nil || stopped != 11 || consented != 5 {
		t.Errorf("%d stopped, %d consented: %v", stopped, consented, err)
	}
	// What is not a match, or was not agreed to, or is another's, is not capped.
	for name, try := range map[string]func() (identity.Answer, error){
		"the value itself": func() (identity.Answer, error) {
			return c.Approve(ctx, asksPlain(c, "learner", value(identity.ItemName)), "name")
		},
		"refused": func() (identity.Answer, error) {
			return c.Approve(ctx, asksPlain(c, "learner", match(identity.ItemName, "x")))
		},
		"somebody else": func() (identity.Answer, error) {
			return other.Approve(ctx, asksPlain(other, "learner", match(identity.ItemName, "x")), "match_name")
		},
	} {
		if a, err := try(); err != nil || a.Code == "" {
			t.Errorf("%s: %+v %v", name, a, err)
		}
	}
	k.Advance(24 * time.Hour)
	if err := c.SignIn(ctx); err != nil {
		t.Fatal(err)
	}
	if a, err := c.Approve(ctx, asksPlain(c, "learner", match(identity.ItemName, "x")), "match_name"); err != nil || a.Code == "" {
		t.Errorf("a day later: %+v %v", a, err)
	}
}

// A match says yes or no, of what people write in more than one way, and its
// value is not in the record either.
func TestMatch(t *testing.T) {
	k, c, ctx := scene(t)
	learner(t, k, "learner", nil)
	for sent, want := range map[identity.PlainAsk]bool{
		match(identity.ItemName, c.Document.Name):                                   true,
		match(identity.ItemName, " "+strings.ReplaceAll(c.Document.Name, "·", "•")): true,
		match(identity.ItemName, c.Document.Name+"x"):                               false,
		match(identity.ItemNumber, c.Document.Number):                               true,
		match(identity.ItemNumber, c.Document.Number[1:]):                           false,
		match(identity.ItemBirth, "1990-03-07"):                                     true,
		match(identity.ItemBirth, "1990-03-08"):                                     false,
	} {
		a, err := c.Approve(ctx, asksPlain(c, "learner", sent), sent.Name())
		if err != nil {
			t.Fatal(err)
		}
		v, err := k.Redeem(ctx, "learner", a.Code)
		if err != nil || v.Plain == nil || len(v.Plain.Values) != 0 || len(v.Plain.Matches) != 1 || v.Plain.Matches[sent.Name()] != want {
			t.Errorf("%s: %+v %v", sent.Name(), v.Plain, err)
		}
		records, err := k.Look.Records(ctx, c.Session)
		if err != nil || records[0].Event.Given[1] != fmt.Sprintf("%s=%t", sent.Name(), want) {
			t.Errorf("%v %v", records[0].Event.Given, err)
		}
		if b, err := json.Marshal(records); err != nil || strings.Contains(string(b), string(sent.Value)) && sent.Item != identity.ItemBirth {
			t.Errorf("%s: the value is in a record: %v", sent.Name(), err)
		}
	}
}
