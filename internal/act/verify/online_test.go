package verify_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"netid/client"
	"netid/internal/act/admit"
	"netid/internal/act/authorize"
	"netid/internal/act/verify"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
	"netid/test/kit"
)

// gates registers venues; "cinema" may ask for over 18, "park" for nothing.
func gates(t testing.TB, k *kit.Kit) {
	t.Helper()
	for id, marks := range map[string]map[string]string{"cinema": {"over18": "Law of films"}, "park": {"over60": "Law of parks"}} {
		if _, _, err := k.Admit.Keep(context.Background(), admit.Application{ID: id, Name: "The " + id, NameZH: "某" + id, RedirectURIs: []string{"https://" + id + ".example/"}, AgeMarks: marks,
			JWKS: toSign(t), Details: []string{identity.DetailVenue}, Sandbox: true}); err != nil {
			t.Fatal(err)
		}
	}
}

// toSign is a key set of a new key.
func toSign(t testing.TB) []byte {
	t.Helper()
	secret, err := suite.NewES256Secret()
	if err != nil {
		t.Fatal(err)
	}
	s, err := suite.NewES256(secret)
	if err != nil {
		t.Fatal(err)
	}
	return []byte(`{"keys":[` + string(s.PublicJWK()) + `]}`)
}

func drawn(t testing.TB, c *kit.Citizen, over18 bool) authorize.Drawn {
	t.Helper()
	d, err := c.Draw(context.Background(), over18)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// Q12: one code, one answer, about nobody in particular; the citizen's record
// says which venue it was, beside the statement that their device signed.
func TestOnlineCode(t *testing.T) {
	k, c, ctx := scene(t)
	gates(t, k)
	d := drawn(t, c, true)
	if _, err := k.Look.Happened(ctx, c.Session, d.Receipt); !fault.Is(err, fault.NotFound) {
		t.Fatalf("before anybody asked: %v", err)
	}
	v, err := k.Scan(ctx, "cinema", d.Code, identity.Over18)
	if err != nil {
		t.Fatal(err)
	}
	if v.Subject != "" || v.Access != "" || v.Refresh != "" || v.SID != "" || v.Plain != nil || v.Receipt != d.Receipt || len(v.IDToken) != 1 || !v.IDToken[identity.Over18] {
		t.Errorf("more or less than a yes: %+v", v)
	}
	if _, err := k.Scan(ctx, "cinema", d.Code); !fault.Because(err, "code_invalid") {
		t.Errorf("a second time: %v", err)
	}
	e, err := k.Look.Happened(ctx, c.Session, d.Receipt)
	if err != nil || e.Kind != identity.Verified || e.Party != "cinema" || e.Name.EN != "The cinema" || strings.Join(e.Given, " ") != "result age_over_18=true" || len(e.Grounds) < 4 {
		t.Fatalf("%+v %v", e, err)
	}
	st, err := client.CheckApproval(e.Approval.Statement, e.Approval.Signature, e.Approval.Device)
	if err != nil || st.Party != "任何一家已登记的场所" || st.Domain != "netid.example" || st.Transaction != d.Receipt.String() || !st.Items[1].Given {
		t.Errorf("what was signed: %+v %v", st, err)
	}
	relations, err := k.Look.Parties(ctx, c.Session)
	if err != nil || len(relations) != 1 || relations[0].Party != "cinema" {
		t.Errorf("the platforms: %+v %v", relations, err)
	}
	other := k.Adult(2)
	if err := errors.Join(other.Enrol(ctx), other.SignIn(ctx)); err != nil {
		t.Fatal(err)
	}
	if _, err := k.Look.Happened(ctx, other.Session, d.Receipt); !fault.Is(err, fault.NotFound) {
		t.Errorf("somebody else sees it: %v", err)
	}
}

// A mark leaves where the gate asks, the venue registered it and the citizen
// chose it; nothing that was not chosen is even known to have been withheld by age.
func TestOnlineMarks(t *testing.T) {
	k, c, ctx := scene(t)
	gates(t, k)
	for name, one := range map[string]struct {
		venue identity.PartyID
		chose bool
		asks  []identity.AgeMark
		given string
		kept  string
	}{
		"not asked":  {"cinema", true, nil, "result", ""},
		"not chosen": {"cinema", false, []identity.AgeMark{identity.Over18}, "result", "age_over_18"},
		"another":    {"park", true, []identity.AgeMark{identity.Over60}, "result", "age_over_60"},
	} {
		d := drawn(t, c, one.chose)
		v, err := k.Scan(ctx, one.venue, d.Code, one.asks...)
		if err != nil || len(v.IDToken) != 0 {
			t.Fatalf("%s: %+v %v", name, v, err)
		}
		e, err := k.Look.Happened(ctx, c.Session, d.Receipt)
		if err != nil || strings.Join(e.Given, " ") != one.given || strings.Join(e.Withheld, " ") != one.kept {
			t.Errorf("%s: %+v %v", name, e, err)
		}
	}
	d := drawn(t, c, true)
	if _, err := k.Scan(ctx, "park", d.Code, identity.Over18); err == nil || fault.Because(err, "code_invalid") {
		t.Errorf("a mark without a law: %v", err)
	}
	if _, err := k.Scan(ctx, "park", d.Code); err != nil {
		t.Errorf("a refused question used the code up: %v", err)
	}
}

// Nobody but a registered venue, within a minute, of who stands, by a device that
// is there; each guard is in the commit.
func TestOnlineRefused(t *testing.T) {
	for name, one := range map[string]struct {
		between func(t *testing.T, k *kit.Kit, c *kit.Citizen) error
		venue   identity.PartyID
		want    string
	}{
		"no venue":      {nil, "shop", "venue_unregistered"},
		"unknown party": {nil, "nobody", "party_unknown"},
		"late": {func(_ *testing.T, k *kit.Kit, _ *kit.Citizen) error {
			k.Advance(authorize.OnlineLife)
			return nil
		}, "cinema", "code_expired"},
		"frozen": {func(_ *testing.T, k *kit.Kit, c *kit.Citizen) error {
			return k.Issue.Freeze(context.Background(), c.Session)
		}, "cinema", "standing_changed"},
		"device removed": {func(_ *testing.T, k *kit.Kit, c *kit.Citizen) error { return removed(k, c) }, "cinema", "certificate_gone"},
		"erased": {func(_ *testing.T, k *kit.Kit, c *kit.Citizen) error {
			_, err := k.Erase.Erase(context.Background(), c.Session, c.Passcode)
			return err
		}, "cinema", "person_gone"},
		"suspended": {func(_ *testing.T, k *kit.Kit, _ *kit.Citizen) error {
			_, err := k.Admit.Suspend(context.Background(), "cinema", "for a reason")
			return err
		}, "cinema", "party_suspended"},
	} {
		t.Run(name, func(t *testing.T) {
			k, c, ctx := scene(t)
			gates(t, k)
			d := drawn(t, c, false)
			if one.between != nil {
				if err := one.between(t, k, c); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := k.Scan(ctx, one.venue, d.Code); !fault.Because(err, one.want) {
				t.Errorf("%v", err)
			}
		})
	}
}

// meanwhile is a store in which something happens after the act has looked at the venue.
type meanwhile struct {
	verify.Store
	happens func()
}

func (m meanwhile) Pushed(ctx context.Context, id []byte) (identity.PushedRow, error) {
	m.happens()
	return m.Store.Pushed(ctx, id)
}

// M10: a venue that is suspended while its terminal asks gets nothing, and the code stays good.
func TestOnlineSuspendedMeanwhile(t *testing.T) {
	k, c, ctx := scene(t)
	gates(t, k)
	d, before := drawn(t, c, false), k.Verify.Store
	k.Verify.Store = meanwhile{before, func() {
		if _, err := k.Admit.Suspend(ctx, "cinema", "for a reason"); err != nil {
			t.Error(err)
		}
	}}
	if _, err := k.Scan(ctx, "cinema", d.Code); !fault.Because(err, "party_suspended") {
		t.Errorf("%v", err)
	}
	k.Verify.Store = before
	if _, err := k.Scan(ctx, "park", d.Code); err != nil {
		t.Errorf("a refusal used the code up: %v", err)
	}
}

// removed revokes the device's certificate and nothing else: what alone stands against the answer.
func removed(k *kit.Kit, c *kit.Citizen) error {
	o, err := k.Vault.Visit(context.Background(), c.Session)
	if err != nil {
		return err
	}
	_, err = k.Verify.Book.Record(context.Background(), o, identity.Event{Kind: identity.DeviceRemoved}, identity.RevokeCertificate{ID: c.Certificate.ID})
	return err
}

// Sixty-four terminals ask about one code, and one gets an answer; the same
// statement drawn twice is one answer too.
func TestOnlineOnce(t *testing.T) {
	k, c, ctx := scene(t)
	gates(t, k)
	d := drawn(t, c, false)
	var yes atomic.Int32
	var wg sync.WaitGroup
	for range 64 {
		wg.Go(func() {
			switch _, err := k.Scan(ctx, "cinema", d.Code); {
			case err == nil:
				yes.Add(1)
			case !fault.Because(err, "code_used") && !fault.Because(err, "code_invalid"):
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if yes.Load() != 1 {
		t.Errorf("%d answers", yes.Load())
	}
	o, err := k.Authorize.Offer(ctx, c.Session, false, "en")
	if err != nil {
		t.Fatal(err)
	}
	in := authorize.Approval{Locale: "en", Certificate: c.Certificate.ID.String(), Signature: c.Device.Sign(o.Statement.Bytes())}
	one, err1 := k.Authorize.Draw(ctx, c.Session, o.Request, in)
	two, err2 := k.Authorize.Draw(ctx, c.Session, o.Request, in)
	if err := errors.Join(err1, err2); err != nil || one.Code == two.Code || one.Receipt != two.Receipt {
		t.Fatalf("%v", err)
	}
	if _, err := k.Scan(ctx, "cinema", two.Code); err != nil {
		t.Fatal(err)
	}
	if _, err := k.Scan(ctx, "park", one.Code); !fault.Because(err, "code_used") {
		t.Errorf("signed once, answered twice: %v", err)
	}
}

// What the venue's proof uses up goes with the record, and a proof that was used
// before takes no code along.
func TestOnlineTakesTheProof(t *testing.T) {
	k, c, ctx := scene(t)
	gates(t, k)
	proof := identity.TakeOnce{ID: []byte("proof-of-a-terminal-proof-of-a-t"), Until: k.Now().Add(time.Minute)}
	if _, err := k.Verify.Scan(ctx, verify.Scan{Code: drawn(t, c, false).Code, Party: "cinema", Takes: []identity.TakeOnce{proof}}); err != nil {
		t.Fatal(err)
	}
	d := drawn(t, c, false)
	if _, err := k.Verify.Scan(ctx, verify.Scan{Code: d.Code, Party: "cinema", Takes: []identity.TakeOnce{proof}}); !fault.Because(err, "already_used") {
		t.Errorf("%v", err)
	}
	if _, err := k.Scan(ctx, "cinema", d.Code); err != nil {
		t.Errorf("the replay used the code up: %v", err)
	}
}

// A venue whose terminals ask for what there is not is told to wait, and nobody else.
func TestOnlineWrongCodes(t *testing.T) {
	if testing.Short() {
		t.Skip("one thing after another: the race detector, which -short is for, learns nothing")
	}
	k, c, ctx := scene(t)
	gates(t, k)
	for range 600 {
		if _, err := k.Scan(ctx, "cinema", identity.NewOnlineCode()); !fault.Because(err, "code_invalid") {
			t.Fatal(err)
		}
	}
	d := drawn(t, c, false)
	if _, err := k.Scan(ctx, "cinema", d.Code); !fault.Is(err, fault.TooMany) {
		t.Errorf("%v", err)
	}
	if _, err := k.Scan(ctx, "park", d.Code); err != nil {
		t.Errorf("another venue: %v", err)
	}
	k.Advance(time.Minute)
	if _, err := k.Scan(ctx, "cinema", drawn(t, c, false).Code); err != nil {
		t.Errorf("a minute later: %v", err)
	}
}

// Neither kind of row is taken for the other.
func TestOnlineCodesAreNoRequests(t *testing.T) {
	k, c, ctx := scene(t)
	gates(t, k)
	d := drawn(t, c, false)
	if _, err := k.Authorize.Recall(ctx, "", d.Code.Handle()); !fault.Because(err, "request_uri_unknown") && err != nil {
		t.Errorf("%v", err)
	} else if err == nil {
		t.Error("a code was recalled as a request")
	}
	sealed, err := k.Authorize.Begin(ctx, c.Request("shop", identity.ModeCert))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.Authorize.Draw(ctx, c.Session, sealed, authorize.Approval{}); !fault.Because(err, "request_invalid") {
		t.Errorf("a party's request was drawn: %v", err)
	}
	o, err := k.Authorize.Offer(ctx, c.Session, false, "en")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.Authorize.Present(ctx, o.Request, kit.Browser, "en"); err == nil {
		t.Error("the citizen's own offer passes for a party's request")
	}
}

// A secret, or nothing, is no proof for gates.
func TestVenuesHaveKeys(t *testing.T) {
	k, _, ctx := scene(t)
	for name, change := range map[string]func(*admit.Application){
		"a secret": func(*admit.Application) {},
		"nothing":  func(a *admit.Application) { a.Public = true },
	} {
		in := admit.Application{ID: "gate", Name: "Gate", NameZH: "门", RedirectURIs: []string{"https://gate.example/"}, Details: []string{identity.DetailVenue}, Sandbox: true}
		change(&in)
		if _, _, err := k.Admit.Register(ctx, in); !fault.Because(err, "venue_needs_key") {
			t.Errorf("%s: %v", name, err)
		}
	}
	gates(t, k)
	p, err := k.Store.Party(ctx, "cinema")
	if err != nil || !p.Venue() || !slices.Contains(p.Details, identity.DetailVenue) {
		t.Errorf("%+v %v", p, err)
	}
}

// BenchmarkOnline is a code drawn and answered, without the wire.
func BenchmarkOnline(b *testing.B) {
	k, c, ctx := scene(b)
	gates(b, k)
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		if n%50 == 49 {
			b.StopTimer()
			k.Advance(11 * time.Minute)
			if err := c.SignIn(ctx); err != nil {
				b.Fatal(err)
			}
			b.StartTimer()
		}
		if _, err := k.Scan(ctx, "cinema", drawn(b, c, true).Code, identity.Over18); err != nil {
			b.Fatal(err)
		}
	}
}
