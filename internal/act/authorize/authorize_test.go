package authorize_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"netid/internal/act/admit"
	"netid/internal/act/authorize"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/ledger"
	"netid/test/kit"
)

func scene(t *testing.T) (*kit.Kit, *kit.Citizen, context.Context) {
	t.Helper()
	ctx := context.Background()
	k := kit.New(t, law.New())
	if _, _, err := k.Admit.Register(ctx, admit.Application{ID: "shop", Name: "Shop", RedirectURIs: []string{"https://shop.example/cb"}, Sandbox: true}); err != nil {
		t.Fatal(err)
	}
	c := k.Adult(1)
	if err := c.Enrol(ctx); err != nil {
		t.Fatal(err)
	}
	if err := c.SignIn(ctx); err != nil {
		t.Fatal(err)
	}
	return k, c, ctx
}

func size(t *testing.T, k *kit.Kit) uint64 {
	t.Helper()
	r, err := ledger.Verify(context.Background(), k.Store, k.Keeper)
	if err != nil || !r.OK() {
		t.Fatalf("ledger: %v %+v", err, r.Problems)
	}
	return r.Size
}

// Nothing is chosen before the citizen chooses.
func TestPresentGivesNothing(t *testing.T) {
	k, c, ctx := scene(t)
	sealed, err := k.Authorize.Begin(ctx, c.Request("shop", identity.ModeCert, identity.Over18))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(sealed, "shop") {
		t.Error("the sealed request can be read")
	}
	for range 2 { // a reload is no second use
		p, err := k.Authorize.Present(ctx, sealed, kit.Browser, "en")
		if err != nil || p.Statement.Check() != nil || len(p.Statement.Items) != 2 {
			t.Fatalf("%+v %v", p, err)
		}
		if mark := p.Statement.Items[1]; mark.Given || !mark.Optional {
			t.Errorf("the mark is pre-chosen: %+v", mark)
		}
	}
}

// A decline is in the citizen's records when they are known, leaves nothing
// when they are not, and looks the same to the party.
func TestDecline(t *testing.T) {
	k, c, ctx := scene(t)
	decline := func(s *identity.Session) identity.Answer {
		sealed, err := k.Authorize.Begin(ctx, c.Request("shop", identity.ModeCert, identity.Over18))
		if err != nil {
			t.Fatal(err)
		}
		a, err := k.Authorize.Decline(ctx, s, sealed, kit.Browser)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := k.Authorize.Open(a)
		if err != nil {
			t.Fatal(err)
		}
		return answer
	}
	before := size(t, k)
	stranger := decline(nil)
	if size(t, k) != before {
		t.Error("declining unknown left an entry")
	}
	known := decline(&c.Session)
	if size(t, k) != before+1 {
		t.Error("declining signed in left no entry")
	}
	if stranger.Error != "access_denied" || known.Error != "access_denied" || known.Code != "" || known.State != stranger.State {
		t.Errorf("%+v %+v", stranger, known)
	}
	recs, err := k.Look.Records(ctx, c.Session)
	if err != nil || recs[0].Event.Kind != identity.Declined || strings.Join(recs[0].Event.Withheld, " ") != "result age_over_18" {
		t.Errorf("%+v %v", recs[0].Event, err)
	}
}

// What was sealed for one use opens for no other.
func TestSealedTextsAreNotInterchangeable(t *testing.T) {
	k, c, ctx := scene(t)
	sealed, err := k.Authorize.Begin(ctx, c.Request("shop", identity.ModeCert))
	if err != nil {
		t.Fatal(err)
	}
	answer, err := k.Authorize.Decline(ctx, nil, sealed, kit.Browser)
	if err != nil {
		t.Fatal(err)
	}
	cookie, err := k.Signin.Seal(c.Session)
	if err != nil {
		t.Fatal(err)
	}
	approved, err := c.Approve(ctx, c.Request("shop", identity.ModeCert))
	if err != nil {
		t.Fatal(err)
	}
	for name, foreign := range map[string]string{"answer": answer, "session": cookie, "code": approved.Code, "altered": sealed[:len(sealed)-3] + "AAA", "empty": ""} {
		if _, err := k.Authorize.Present(ctx, foreign, kit.Browser, "en"); !fault.Because(err, "request_invalid") {
			t.Errorf("%s as a request: %v", name, err)
		}
	}
	for name, foreign := range map[string]string{"request": sealed, "session": cookie, "code": approved.Code} {
		if _, err := k.Authorize.Open(foreign); !fault.Because(err, "request_invalid") {
			t.Errorf("%s as an answer: %v", name, err)
		}
	}
	k.Advance(2 * time.Minute)
	if _, err := k.Authorize.Open(answer); !fault.Because(err, "request_expired") {
		t.Errorf("an old answer: %v", err)
	}
}

// The signature is over the choice: a page that shows "withheld" cannot be
// turned into "given" on its way, nor the language changed.
func TestTheChoiceIsSigned(t *testing.T) {
	k, c, ctx := scene(t)
	sealed, err := k.Authorize.Begin(ctx, c.Request("shop", identity.ModeCert, identity.Over18))
	if err != nil {
		t.Fatal(err)
	}
	p, err := k.Authorize.Present(ctx, sealed, kit.Browser, "zh-CN")
	if err != nil {
		t.Fatal(err)
	}
	withheld := c.Device.Sign(p.Statement.Bytes())
	for name, in := range map[string]authorize.Approval{
		"given after all":  {Locale: "zh-CN", Give: []string{"age_over_18"}},
		"another language": {Locale: "en"},
		"no language":      {},
		"nothing signed":   {Locale: "zh-CN", Signature: []byte("x")},
	} {
		in.Certificate = c.Certificate.ID.String()
		if in.Signature == nil {
			in.Signature = withheld
		}
		if _, err := k.Authorize.Approve(ctx, c.Session, sealed, kit.Browser, in); !fault.Because(err, "signature_invalid") {
			t.Errorf("%s: %v", name, err)
		}
	}
	in := authorize.Approval{Locale: "zh-CN", Signature: withheld, Certificate: c.Certificate.ID.String()}
	if _, err := k.Authorize.Approve(ctx, c.Session, sealed, kit.Browser, in); err != nil {
		t.Errorf("as signed: %v", err)
	}
}

func TestWithdrawFromAStranger(t *testing.T) {
	k, c, ctx := scene(t)
	if err := k.Authorize.Withdraw(ctx, c.Session, "nobody"); !fault.Because(err, "party_unknown") {
		t.Error(err)
	}
	if err := k.Authorize.Withdraw(ctx, identity.Session{Person: identity.NewPersonID()}, "shop"); !fault.Because(err, "session_over") {
		t.Error(err)
	}
}

// A party sees how long a code is, and learns nothing from it: neither the
// citizen's language nor their kind of device nor how often they withdrew.
func TestLengthOfCodes(t *testing.T) {
	k, c, ctx := scene(t)
	passkey, err := c.WithPasskey(ctx, "")
	if err != nil {
		t.Fatal(err)
	}
	who := c
	length := func(locale string) int {
		t.Helper()
		sealed, err := k.Authorize.Begin(ctx, c.Request("shop", identity.ModeCert))
		if err != nil {
			t.Fatal(err)
		}
		shown, err := k.Authorize.Present(ctx, sealed, kit.Browser, locale)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := k.Authorize.Approve(ctx, who.Session, sealed, kit.Browser, authorize.Approval{Locale: locale,
			Certificate: who.Certificate.ID.String(), Signature: who.Device.Sign(shown.Statement.Bytes())})
		if err != nil {
			t.Fatal(err)
		}
		a, err := k.Authorize.Open(answer)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := k.Redeem(ctx, "shop", a.Code); err != nil {
			t.Errorf("%s: %v", locale, err)
		}
		return len(a.Code)
	}
	want := length("zh-CN")
	who = passkey
	if n := length("zh-CN"); n != want {
		t.Errorf("by a passkey %d characters, by a browser's key %d", n, want)
	}
	who = c
	if n := length("en"); n != want {
		t.Errorf("in English %d characters, in Chinese %d", n, want)
	}
	for range 11 {
		if err := k.Authorize.Withdraw(ctx, c.Session, "shop"); err != nil {
			t.Fatal(err)
		}
	}
	if n := length("zh-CN"); n != want {
		t.Errorf("after eleven withdrawals %d characters, before %d", n, want)
	}
}

// A party that asks to sign in anew is not answered from an older session,
// whichever way the approval comes in.
func TestFreshNeedsANewSignIn(t *testing.T) {
	k, c, ctx := scene(t)
	k.Advance(time.Minute)
	r := c.Request("shop", identity.ModeCert)
	r.Fresh = true
	sealed, err := k.Authorize.Begin(ctx, r)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.ApproveSealed(ctx, sealed); !fault.Because(err, "session_over") {
		t.Errorf("an older session: %v", err)
	}
	if err := c.SignIn(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := c.ApproveSealed(ctx, sealed); err != nil {
		t.Errorf("signed in anew: %v", err)
	}
}

// One request is decided once: sent twice a decline is one record, and what was
// approved in another window is then no longer redeemed.
func TestADeclinedRequestIsNeverRedeemed(t *testing.T) {
	k, c, ctx := scene(t)
	sealed, err := k.Authorize.Begin(ctx, c.Request("shop", identity.ModeCert))
	if err != nil {
		t.Fatal(err)
	}
	a, err := c.ApproveSealed(ctx, sealed)
	if err != nil {
		t.Fatal(err)
	}
	before := size(t, k)
	for range 2 {
		if _, err := k.Authorize.Decline(ctx, &c.Session, sealed, kit.Browser); err != nil {
			t.Fatal(err)
		}
	}
	if size(t, k) != before+1 {
		t.Error("a decline that was sent twice is not one record")
	}
	if _, err := k.Redeem(ctx, "shop", a.Code); !fault.Because(err, "code_used") {
		t.Errorf("declined, and the redemption comes to %v", err)
	}
}
