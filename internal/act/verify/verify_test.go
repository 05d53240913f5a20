package verify_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"netid/client"
	"netid/internal/act/admit"
	"netid/internal/act/verify"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/ledger"
	"netid/test/kit"
)

// scene is an enrolled, signed-in adult and two parties.
func scene(t testing.TB) (*kit.Kit, *kit.Citizen, context.Context) {
	t.Helper()
	ctx := context.Background()
	k := kit.New(t, law.New())
	for _, id := range []string{"shop", "bank"} {
		if _, _, err := k.Admit.Register(ctx, admit.Application{ID: id, Name: "The " + id, NameZH: "某" + id, RedirectURIs: []string{"https://" + id + ".example/cb"}, Sandbox: true}); err != nil {
			t.Fatal(err)
		}
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

func approved(t testing.TB, c *kit.Citizen, party identity.PartyID, mode identity.Mode, marks []identity.AgeMark, give ...string) identity.Answer {
	t.Helper()
	a, err := c.Approve(context.Background(), c.Request(party, mode, marks...), give...)
	if err != nil {
		t.Fatal(err)
	}
	if a.Code == "" || a.Error != "" || a.State != "s" {
		t.Fatalf("answer %+v", a)
	}
	return a
}

func TestResultOnlyByDefault(t *testing.T) {
	k, c, ctx := scene(t)
	a := approved(t, c, "shop", identity.ModeCert, nil)
	v, err := k.Redeem(ctx, "shop", a.Code)
	if err != nil {
		t.Fatal(err)
	}
	if v.Subject == "" || v.Mode != identity.ModeCert || v.AuthTime != nil || len(v.IDToken)+len(v.UserInfo) != 0 || v.Nonce != "n" {
		t.Fatalf("more than the result: %+v", v)
	}
	if strings.Contains(string(v.Subject), string(c.Grant.Number)) {
		t.Fatal("the number leaks")
	}
	again, err := k.Redeem(ctx, "shop", approved(t, c, "shop", identity.ModeCert, nil).Code)
	if err != nil || again.Subject != v.Subject || again.Receipt == v.Receipt {
		t.Fatalf("the pseudonym is not stable: %v", err)
	}
	bank, err := k.Redeem(ctx, "bank", approved(t, c, "bank", identity.ModeCert, nil).Code)
	if err != nil || bank.Subject == v.Subject {
		t.Fatalf("two parties share a pseudonym: %v", err)
	}
}

func TestAgeMarkIsABooleanAndOneMayRefuseIt(t *testing.T) {
	k, c, ctx := scene(t)
	marks := []identity.AgeMark{identity.Over18, identity.Over60}
	v, err := k.Redeem(ctx, "shop", approved(t, c, "shop", identity.ModeCert, marks, "age_over_18").Code)
	if err != nil {
		t.Fatal(err)
	}
	if over, there := v.IDToken[identity.Over18]; !there || !over {
		t.Fatal("the approved mark is missing")
	}
	if _, there := v.IDToken[identity.Over60]; there {
		t.Fatal("a refused mark left")
	}
	claimed, err := k.Verify.Claims(ctx, v.Access)
	if err != nil || !claimed.Marks[identity.Over18] || claimed.Subject != v.Subject {
		t.Fatalf("userinfo: %+v %v", claimed, err)
	}
}

func TestModes(t *testing.T) {
	k, c, ctx := scene(t)
	for _, m := range identity.Modes {
		v, err := k.Redeem(ctx, "shop", approved(t, c, "shop", m, nil).Code)
		if err != nil || v.Mode != m {
			t.Errorf("%s reached %s: %v", m, v.Mode, err)
		}
	}
	c.Passcode = "73914629"
	if _, err := c.Approve(ctx, c.Request("shop", identity.ModeCertPwd)); !fault.Because(err, "passcode_wrong") {
		t.Errorf("wrong passcode: %v", err)
	}
	c.Passcode = ""
	if _, err := c.Approve(ctx, c.Request("shop", identity.ModeCertPwd)); !fault.Because(err, "passcode_needed") {
		t.Errorf("no passcode: %v", err)
	}
	c.Passcode = "73914629"
	for i := range 5 {
		_, err := c.Approve(ctx, c.Request("shop", identity.ModeCertPwd))
		if want := map[bool]string{true: "passcode_wrong", false: "too_many_tries"}[i < 4]; !fault.Because(err, want) {
			t.Errorf("try %d: %v", i+2, err)
		}
	}
	if _, err := c.Approve(ctx, c.Request("shop", identity.ModeCert)); err != nil {
		t.Errorf("a bound device is locked out of what needs no passcode: %v", err)
	}
}

// A code is worth one verification (B05), and a replay ends what it gave (B04).
func TestCodeIsSingleUse(t *testing.T) {
	k, c, ctx := scene(t)
	for range 20 {
		code := approved(t, c, "shop", identity.ModeCert, nil).Code
		var wg sync.WaitGroup
		var mu sync.Mutex
		var won []identity.Verification
		for range 64 {
			wg.Add(1)
			go func() {
				defer wg.Done()
				v, err := k.Redeem(ctx, "shop", code)
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					won = append(won, v)
				} else if !fault.Because(err, "code_used") {
					t.Errorf("loser: %v", err)
				}
			}()
		}
		wg.Wait()
		if len(won) != 1 {
			t.Fatalf("%d winners", len(won))
		}
		if _, err := k.Verify.Claims(ctx, won[0].Access); !fault.Because(err, "token_revoked") {
			t.Fatalf("a replayed code's token lives: %v", err)
		}
	}
}

// A party's proof is used up by the record, or not at all: a proof that came before
// records nothing and leaves the code good, and the same request sent again is refused for its proof, which
// ends nothing.
func TestProofsAreTakenWithTheRecord(t *testing.T) {
	k, c, ctx := scene(t)
	come := func(code string, ids ...string) (identity.Verification, error) {
		r := verify.Redemption{Code: code, Party: "shop", Redirect: "https://shop.example/cb", Verifier: kit.Verifier}
		for _, id := range ids {
			r.Takes = append(r.Takes, identity.TakeOnce{ID: []byte(id), Until: k.Now().Add(time.Minute)})
		}
		return k.Verify.Redeem(ctx, r)
	}
	first, second := approved(t, c, "shop", identity.ModeCert, nil).Code, approved(t, c, "shop", identity.ModeCert, nil).Code
	v, err := come(first, "assertion", "proof")
	if err != nil {
		t.Fatal(err)
	}
	for _, ids := range [][]string{{"assertion", "proof"}, {"fresh", "proof"}, {"assertion"}} {
		for _, code := range []string{first, second} {
			if _, err := come(code, ids...); !fault.Because(err, "already_used") {
				t.Fatalf("%v: %v", ids, err)
			}
		}
	}
	if _, err := k.Verify.Claims(ctx, v.Access); err != nil {
		t.Fatalf("a request sent again ended what it had given: %v", err)
	}
	if _, err := come(second, "fresh"); err != nil { // neither it nor the code was taken
		t.Fatal(err)
	}
	if _, err := come(first, "another"); !fault.Because(err, "code_used") {
		t.Fatal(err)
	}
	if _, err := k.Verify.Claims(ctx, v.Access); !fault.Because(err, "token_revoked") {
		t.Fatal(err)
	}
}

// TestADecisionSentTwiceIsOneVerification: the device signed one request.
func TestADecisionSentTwiceIsOneVerification(t *testing.T) {
	k, c, ctx := scene(t)
	sealed, err := k.Authorize.Begin(ctx, c.Request("shop", identity.ModeCert))
	if err != nil {
		t.Fatal(err)
	}
	var answers []identity.Answer
	for range 2 {
		a, err := c.ApproveSealed(ctx, sealed)
		if err != nil {
			t.Fatal(err)
		}
		answers = append(answers, a)
	}
	first, err := k.Redeem(ctx, "shop", answers[1].Code)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.Redeem(ctx, "shop", answers[0].Code); !fault.Because(err, "code_used") {
		t.Errorf("the other code of the same request: %v", err)
	}
	if _, err := k.Verify.Claims(ctx, first.Access); !fault.Because(err, "token_revoked") {
		t.Errorf("a request answered twice, and its token still speaks: %v", err)
	}
}

// A code that comes again after its 60 seconds ends what it gave, too.
func TestLateReplay(t *testing.T) {
	k, c, ctx := scene(t)
	code := approved(t, c, "shop", identity.ModeCert, nil).Code
	v, err := k.Redeem(ctx, "shop", code)
	if err != nil {
		t.Fatal(err)
	}
	k.Advance(time.Minute)
	if _, err := k.Verify.Claims(ctx, v.Access); err != nil {
		t.Fatalf("control: %v", err)
	}
	if _, err := k.Redeem(ctx, "shop", code); !fault.Because(err, "code_expired") {
		t.Errorf("late: %v", err)
	}
	if _, err := k.Verify.Claims(ctx, v.Access); !fault.Because(err, "token_revoked") {
		t.Errorf("after a late replay the token lives: %v", err)
	}
}

func TestCodeIsBound(t *testing.T) {
	k, c, ctx := scene(t)
	code := approved(t, c, "shop", identity.ModeCert, nil).Code
	good := verify.Redemption{Code: code, Party: "shop", Redirect: "https://shop.example/cb", Verifier: kit.Verifier}
	for name, r := range map[string]struct {
		change func(*verify.Redemption)
		want   string
	}{
		"other party":    {func(r *verify.Redemption) { r.Party = "bank" }, "other_party"},
		"other redirect": {func(r *verify.Redemption) { r.Redirect += "/" }, "redirect_mismatch"},
		"no redirect":    {func(r *verify.Redemption) { r.Redirect = "" }, "redirect_mismatch"},
		"wrong verifier": {func(r *verify.Redemption) { r.Verifier += "x" }, "verifier_wrong"},
		"no verifier":    {func(r *verify.Redemption) { r.Verifier = "" }, "verifier_wrong"},
		"altered":        {func(r *verify.Redemption) { r.Code = r.Code[:40] + string('A'+(r.Code[40]-'A'+1)%2) + r.Code[41:] }, "code_invalid"},
		"garbage":        {func(r *verify.Redemption) { r.Code = "x" }, "code_invalid"},
	} {
		bad := good
		r.change(&bad)
		if _, err := k.Verify.Redeem(ctx, bad); !fault.Because(err, r.want) {
			t.Errorf("%s: %v, want %s", name, err, r.want)
		}
	}
	if _, err := k.Verify.Redeem(ctx, good); err != nil {
		t.Fatalf("refusals spent the code: %v", err)
	}
	late := approved(t, c, "shop", identity.ModeCert, nil).Code
	k.Advance(time.Minute)
	if _, err := k.Redeem(ctx, "shop", late); !fault.Because(err, "code_expired") {
		t.Errorf("after 60 s: %v", err)
	}
}

// D09: a code that was asked for with a key is redeemed by that key alone.
func TestD09CodeOfAKey(t *testing.T) {
	k, c, ctx := scene(t)
	answer := approved(t, c, "shop", identity.ModeCert, nil)
	var code identity.Code
	if err := k.Verify.Codes.Open(answer.Code, &code); err != nil {
		t.Fatal(err)
	}
	code.Ask.JKT = "the-key"
	sealed, err := k.Verify.Codes.Seal(code)
	if err != nil {
		t.Fatal(err)
	}
	r := verify.Redemption{Code: sealed, Party: "shop", Redirect: "https://shop.example/cb", Verifier: kit.Verifier}
	for _, jkt := range []string{"", "another-key"} {
		r.JKT = jkt
		if _, err := k.Verify.Redeem(ctx, r); !fault.Because(err, "proof_key_wrong") {
			t.Errorf("%q: %v", jkt, err)
		}
	}
	r.JKT = "the-key"
	if v, err := k.Verify.Redeem(ctx, r); err != nil || v.JKT != "the-key" {
		t.Errorf("%+v %v", v.Confirm, err)
	}
}

// A token remembers what it is bound to, under its seal, and when it ends.
func TestTokensAreBound(t *testing.T) {
	k, c, ctx := scene(t)
	bound := identity.Confirm{JKT: "a-key", X5T: "a-certificate"}
	v, err := k.Verify.Redeem(ctx, verify.Redemption{Code: approved(t, c, "shop", identity.ModeCert, nil).Code, Party: "shop", Redirect: "https://shop.example/cb",
		Verifier: kit.Verifier, Confirm: bound})
	if err != nil || v.Confirm != bound {
		t.Fatalf("%+v %v", v.Confirm, err)
	}
	got, err := k.Verify.Claims(ctx, v.Access)
	if err != nil || got.Confirm != bound || !got.Time.Equal(v.Time) || !got.Expires.Equal(v.Time.Add(v.TTL)) {
		t.Errorf("%+v %v", got, err)
	}
	if strings.Contains(v.Access, "a-key") {
		t.Error("the binding can be read")
	}
}

// B20: a party ends its own tokens, and nobody else's.
func TestB20Revoke(t *testing.T) {
	k, c, ctx := scene(t)
	v, err := k.Redeem(ctx, "shop", approved(t, c, "shop", identity.ModeCert, nil).Code)
	if err != nil {
		t.Fatal(err)
	}
	for party, token := range map[identity.PartyID]string{"bank": v.Access, "shop": "garbage"} {
		if err := k.Verify.Revoke(ctx, party, token); err != nil {
			t.Errorf("%s: %v", party, err)
		}
	}
	if _, err := k.Verify.Claims(ctx, v.Access); err != nil {
		t.Fatalf("somebody else's word ended it: %v", err)
	}
	if err := k.Verify.Revoke(ctx, "shop", v.Access); err != nil {
		t.Fatal(err)
	}
	if _, err := k.Verify.Claims(ctx, v.Access); !fault.Because(err, "token_revoked") {
		t.Errorf("it lives: %v", err)
	}
	if err := k.Verify.Revoke(ctx, "shop", v.Access); err != nil {
		t.Errorf("twice: %v", err)
	}
	k.Advance(time.Hour)
	if err := k.Verify.Revoke(ctx, "shop", v.Access); err != nil {
		t.Errorf("over: %v", err)
	}
}

// What happens between approval and redemption counts.
func TestFactsMustStillHold(t *testing.T) {
	if testing.Short() {
		t.Skip("one thing after another: the race detector, which -short is for, learns nothing")
	}
	for name, between := range map[string]func(context.Context, *kit.Citizen) error{
		"frozen":    func(ctx context.Context, c *kit.Citizen) error { return c.Issue.Freeze(ctx, c.Session) },
		"withdrawn": func(ctx context.Context, c *kit.Citizen) error { return c.Authorize.Withdraw(ctx, c.Session, "shop") },
		"erased": func(ctx context.Context, c *kit.Citizen) error {
			_, err := c.Kit.Erase.Erase(ctx, c.Session, c.Passcode)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			k, c, ctx := scene(t)
			used, err := k.Redeem(ctx, "shop", approved(t, c, "shop", identity.ModeCert, nil).Code)
			if err != nil {
				t.Fatal(err)
			}
			bank, err := k.Redeem(ctx, "bank", approved(t, c, "bank", identity.ModeCert, nil).Code)
			if err != nil {
				t.Fatal(err)
			}
			code := approved(t, c, "shop", identity.ModeCert, nil).Code
			if err := between(ctx, c); err != nil {
				t.Fatal(err)
			}
			if _, err := k.Redeem(ctx, "shop", code); err == nil {
				t.Error("the code still gave an answer")
			}
			if _, err := k.Verify.Claims(ctx, used.Access); !fault.Because(err, "token_revoked") {
				t.Errorf("the token still speaks: %v", err)
			}
			if _, err := k.Verify.Claims(ctx, bank.Access); name == "withdrawn" && err != nil {
				t.Errorf("withdrawing from one party touched another: %v", err)
			}
			if name == "withdrawn" {
				if _, err := k.Redeem(ctx, "shop", approved(t, c, "shop", identity.ModeCert, nil).Code); err != nil {
					t.Errorf("a new approval after withdrawal: %v", err)
				}
			}
		})
	}
}

// The record keeps the citizen's signed statement, and client checks it
// without us; one changed character fails.
func TestApprovalIsCheckableOffline(t *testing.T) {
	k, c, ctx := scene(t)
	v, err := k.Redeem(ctx, "shop", approved(t, c, "shop", identity.ModeCertPwd, []identity.AgeMark{identity.Over18}, "age_over_18").Code)
	if err != nil {
		t.Fatal(err)
	}
	p, err := k.Look.Record(ctx, c.Session, v.Receipt)
	if err != nil {
		t.Fatal(err)
	}
	a := p.Record.Event.Approval
	st, err := client.CheckApproval(a.Statement, a.Signature, a.Device)
	if err != nil || st.Party != "某shop" || st.Domain != "shop.example" || !st.Items[1].Given {
		t.Fatalf("%+v %v", st, err)
	}
	for i := range a.Statement {
		bad := append([]byte(nil), a.Statement...)
		bad[i] ^= 1
		if _, err := client.CheckApproval(bad, a.Signature, a.Device); err == nil {
			t.Fatalf("a changed byte %d passes", i)
		}
	}
	if err := client.CheckEvent(p.Canonical, p.Salt, p.Record.Index, p.Size, p.Proof, []byte(p.Head), p.VerifierKey); err != nil {
		t.Fatalf("the record is not proven: %v", err)
	}
	if report, err := ledger.Verify(ctx, k.Store, k.Keeper); err != nil || !report.OK() {
		t.Fatalf("ledger: %v %+v", err, report.Problems)
	}
}

func TestForeignKeysAndBrowsers(t *testing.T) {
	k, c, ctx := scene(t)
	other := k.Adult(2)
	if err := other.Enrol(ctx); err != nil {
		t.Fatal(err)
	}
	if err := other.SignIn(ctx); err != nil {
		t.Fatal(err)
	}
	mixed := *c
	mixed.Device = other.Device
	if _, err := mixed.Approve(ctx, c.Request("shop", identity.ModeCert)); !fault.Because(err, "signature_invalid") {
		t.Errorf("another device's signature: %v", err)
	}
	mixed = *c
	mixed.Certificate = other.Certificate
	mixed.Device = other.Device
	if _, err := mixed.Approve(ctx, c.Request("shop", identity.ModeCert)); !fault.Because(err, "session_over") {
		t.Errorf("another's certificate in this session: %v", err)
	}
	r := c.Request("shop", identity.ModeCert)
	r.Browser = identity.Handle{8}
	if _, err := c.Approve(ctx, r); !fault.Because(err, "other_browser") {
		t.Errorf("begun in another browser: %v", err)
	}
	sealed, err := k.Authorize.Begin(ctx, c.Request("shop", identity.ModeCert))
	if err != nil {
		t.Fatal(err)
	}
	k.Advance(15 * time.Minute)
	if _, err := c.ApproveSealed(ctx, sealed); !fault.Because(err, "request_expired") {
		t.Errorf("an old request: %v", err)
	}
}

func TestPartiesMayNotAsk(t *testing.T) {
	k, c, ctx := scene(t)
	r := c.Request("shop", identity.ModeCert)
	r.Plain = []identity.PlainAsk{{Item: "name"}}
	if _, err := k.Authorize.Begin(ctx, r); !fault.Because(err, "plaintext_not_allowed") {
		t.Errorf("plaintext without a basis: %v", err)
	}
	r = c.Request("shop", identity.ModeCert)
	r.Redirect = "https://evil.example/cb"
	if _, err := k.Authorize.Begin(ctx, r); !fault.Because(err, "redirect_uri_unregistered") {
		t.Errorf("unregistered redirect: %v", err)
	}
	if _, err := k.Authorize.Begin(ctx, c.Request("nobody", identity.ModeCert)); !fault.Because(err, "party_unknown") {
		t.Errorf("unknown party: %v", err)
	}
}

// BenchmarkVerification is one whole verification without the wire: request,
// signed approval, code, one durable commit, answer.
func BenchmarkVerification(b *testing.B) {
	k, c, ctx := scene(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := k.Redeem(ctx, "shop", approved(b, c, "shop", identity.ModeCert, nil).Code); err != nil {
			b.Fatal(err)
		}
	}
}

// Whoever found a device does not guess on for ever: a hundred tries without a
// success, and the passcode of that device rests, while what needs none works.
func TestGuessingEnds(t *testing.T) {
	if testing.Short() {
		t.Skip("one thing after another: the race detector, which -short is for, learns nothing")
	}
	k, c, ctx := scene(t)
	right := c.Passcode
	c.Passcode = "73914629"
	for i := range 100 {
		if i%5 == 0 {
			k.Advance(16 * time.Minute)
			if err := c.SignIn(ctx); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := c.Approve(ctx, c.Request("shop", identity.ModeCertPwd)); !fault.Because(err, "passcode_wrong") {
			t.Fatalf("try %d: %v", i+1, err)
		}
	}
	k.Advance(24 * time.Hour)
	if err := c.SignIn(ctx); err != nil {
		t.Fatal(err)
	}
	c.Passcode = right
	if _, err := c.Approve(ctx, c.Request("shop", identity.ModeCertPwd)); !fault.Because(err, "too_many_tries") {
		t.Errorf("the right one after a hundred wrong ones: %v", err)
	}
	if _, err := c.Approve(ctx, c.Request("shop", identity.ModeCert)); err != nil {
		t.Errorf("what needs no passcode: %v", err)
	}
}

// Where no face step is served, the word of a device about a face is none.
func TestNoFaceWhereNoneIsServed(t *testing.T) {
	k, c, ctx := scene(t)
	k.Authorize.Faces = nil
	if _, err := c.Approve(ctx, c.Request("shop", identity.ModeCertFace)); !fault.Because(err, "passcode_needed") {
		t.Errorf("a face that nobody compares: %v", err)
	}
	v, err := k.Redeem(ctx, "shop", approved(t, c, "shop", identity.ModeCertPwdFace, nil).Code)
	if err != nil || v.Mode != identity.ModeCertPwd {
		t.Errorf("the twin reached %s: %v", v.Mode, err)
	}
}
