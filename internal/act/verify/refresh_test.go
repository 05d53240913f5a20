package verify_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"netid/internal/act/admit"
	"netid/internal/act/verify"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/store/storetest"
	"netid/test/kit"
)

// lasting is scene with two parties that may be answered again: site proves
// who it is, app does not.
func lasting(t testing.TB) (*kit.Kit, *kit.Citizen, context.Context) {
	t.Helper()
	k, c, ctx := scene(t)
	for id, public := range map[string]bool{"site": false, "app": true} {
		if _, _, err := k.Admit.Register(ctx, admit.Application{ID: id, Name: "The " + id, RedirectURIs: []string{"https://" + id + ".example/cb"}, Public: public, Offline: 30, Sandbox: true}); err != nil {
			t.Fatal(err)
		}
	}
	return k, c, ctx
}

// asks is a request for a lasting answer.
func asks(t testing.TB, c *kit.Citizen, party identity.PartyID, give ...string) string {
	t.Helper()
	r := c.Request(party, identity.ModeCert, identity.Over18)
	r.Offline, r.AuthTime = true, true
	a, err := c.Approve(context.Background(), r, give...)
	if err != nil {
		t.Fatal(err)
	}
	return a.Code
}

// given is what a party has after the citizen agreed.
func given(t testing.TB, c *kit.Citizen, party identity.PartyID, held identity.Confirm) identity.Verification {
	t.Helper()
	v, err := c.Verify.Redeem(context.Background(), verify.Redemption{Code: asks(t, c, party, "age_over_18", "offline_30"), Party: party,
		Redirect: "https://" + string(party) + ".example/cb", Verifier: kit.Verifier, Confirm: held})
	if err != nil || v.Refresh == "" || !v.Offline {
		t.Fatalf("%+v %v", v, err)
	}
	return v
}

func kinds(t testing.TB, c *kit.Citizen) (all []identity.EventKind) {
	t.Helper()
	if err := c.SignIn(t.Context()); err != nil {
		t.Fatal(err)
	}
	records, err := c.Look.Records(t.Context(), c.Session)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range slices.Backward(records) {
		if r.Event.Kind != identity.SignedIn {
			all = append(all, r.Event.Kind)
		}
	}
	return all
}

// A refresh says the result again, and nothing of what else was approved: same
// name, the first approval's time and mode, no nonce (Core §12.2), no mark.
func TestRefresh(t *testing.T) {
	k, c, ctx := lasting(t)
	first := given(t, c, "site", identity.Confirm{})
	if !first.IDToken[identity.Over18] || first.AuthTime == nil {
		t.Fatalf("%+v", first)
	}
	k.Advance(time.Hour)
	for range 3 { // B16: a party that proves itself keeps the one it has
		v, err := k.Verify.Refresh(ctx, verify.Renewal{Token: first.Refresh, Party: "site"})
		if err != nil {
			t.Fatal(err)
		}
		if v.Subject != first.Subject || v.Nonce != "" || v.Refresh != "" || v.Mode != first.Mode || !v.AuthTime.Equal(*first.AuthTime) || len(v.IDToken)+len(v.UserInfo) != 0 ||
			v.Receipt != first.Receipt || !v.Time.Equal(k.Now()) || v.TTL != 5*time.Minute || v.Access == first.Access {
			t.Errorf("%+v", v)
		}
		said, err := k.Verify.Claims(ctx, v.Access)
		if err != nil || len(said.Marks) != 0 || said.Subject != first.Subject {
			t.Errorf("%+v %v", said, err)
		}
	}
	if strings.Contains(first.Refresh, "site") {
		t.Error("the token can be read")
	}
}

// What was not asked, not given or not registered is no refresh token, and the
// sign-in is what it was.
func TestNoRefreshWithoutConsent(t *testing.T) {
	k, c, ctx := lasting(t)
	v, err := k.Redeem(ctx, "site", asks(t, c, "site", "age_over_18"))
	if err != nil || v.Refresh != "" || v.Offline || !v.IDToken[identity.Over18] {
		t.Errorf("kept: %+v %v", v, err)
	}
	p, err := k.Look.Record(ctx, c.Session, v.Receipt)
	if e := p.Record.Event; err != nil || !slices.Contains(e.Withheld, "offline_30") || e.Until != nil {
		t.Errorf("%+v %v", e, err)
	}
	v, err = k.Redeem(ctx, "shop", asks(t, c, "shop", "offline_30"))
	if err != nil || v.Refresh != "" || v.Offline {
		t.Errorf("not registered: %+v %v", v, err)
	}
	v, err = k.Redeem(ctx, "site", approved(t, c, "site", identity.ModeCert, nil, "offline_30").Code)
	if err != nil || v.Refresh != "" || v.Offline {
		t.Errorf("not asked: %+v %v", v, err)
	}
}

// The citizen signed the line, and sees the access, until when, and each day on
// which it was used.
func TestTheCitizenSeesALastingAnswer(t *testing.T) {
	k, c, ctx := lasting(t)
	first := given(t, c, "site", identity.Confirm{})
	p, err := k.Look.Record(ctx, c.Session, first.Receipt)
	if err != nil {
		t.Fatal(err)
	}
	e := p.Record.Event
	if !slices.Contains(e.Given, "offline_30") || e.Until == nil || !e.Until.Equal(kit.Start.AddDate(0, 0, 30)) || !strings.Contains(string(e.Approval.Statement), "30 天内") {
		t.Errorf("%+v", e)
	}
	until := func() time.Time {
		t.Helper()
		if err := c.SignIn(ctx); err != nil {
			t.Fatal(err)
		}
		all, err := k.Look.Parties(ctx, c.Session)
		if err != nil || len(all) != 1 || all[0].Times != 1 {
			t.Fatalf("%+v %v", all, err)
		}
		return all[0].Until
	}
	if !until().Equal(*e.Until) {
		t.Error(until())
	}
	for range 3 { // days
		for range 4 { // times a day
			if _, err := k.Verify.Refresh(ctx, verify.Renewal{Token: first.Refresh, Party: "site"}); err != nil {
				t.Fatal(err)
			}
		}
		k.Advance(24 * time.Hour)
	}
	want := []identity.EventKind{identity.Enrolled, identity.Issued, identity.Verified, identity.Refreshed, identity.Refreshed}
	if got := kinds(t, c); !slices.Equal(got, want) {
		t.Errorf("%v: the day of the verification is its own, each later one has one record", got)
	}
	v, err := k.Verify.Refresh(ctx, verify.Renewal{Token: first.Refresh, Party: "site"})
	if err != nil {
		t.Fatal(err)
	}
	seen, err := k.Look.Record(ctx, c.Session, v.Receipt)
	if err != nil || seen.Record.Event.Kind != identity.Refreshed || seen.Record.Event.Detail != first.Receipt.String() || seen.Record.Event.Party != "site" {
		t.Errorf("the receipt is not the citizen's record: %+v %v", seen.Record.Event, err)
	}
	if err := k.Verify.Revoke(ctx, "site", first.Refresh); err != nil {
		t.Fatal(err)
	}
	if !until().IsZero() {
		t.Error("an access that was given up is shown")
	}
	given(t, c, "site", identity.Confirm{})
	if err := k.Authorize.Withdraw(ctx, c.Session, "site"); err != nil {
		t.Fatal(err)
	}
	if all, err := k.Look.Parties(ctx, c.Session); err != nil || !all[0].Until.IsZero() {
		t.Errorf("an access that was withdrawn is shown: %+v %v", all, err)
	}
	size := len(kinds(t, c))
	if _, err := k.Verify.Refresh(ctx, verify.Renewal{Token: first.Refresh, Party: "site"}); err == nil || len(kinds(t, c)) != size {
		t.Error("what is refused leaves a record")
	}
}

// B15: a refresh token is its party's, and its key's where the party proves nothing else.
func TestB15RefreshIsBound(t *testing.T) {
	k, c, ctx := lasting(t)
	site, key := given(t, c, "site", identity.Confirm{JKT: "one-key"}), given(t, c, "app", identity.Confirm{JKT: "one-key"})
	cert := given(t, c, "app", identity.Confirm{X5T: "one-certificate"})
	for name, r := range map[string]struct {
		verify.Renewal
		why string
	}{
		"another party":       {verify.Renewal{Token: site.Refresh, Party: "app"}, "other_party"},
		"another key":         {verify.Renewal{Token: key.Refresh, Party: "app", Confirm: identity.Confirm{JKT: "another"}}, "proof_key_wrong"},
		"no key":              {verify.Renewal{Token: key.Refresh, Party: "app"}, "proof_key_wrong"},
		"another certificate": {verify.Renewal{Token: cert.Refresh, Party: "app", Confirm: identity.Confirm{X5T: "another"}}, "certificate_wrong"},
		"an access token":     {verify.Renewal{Token: site.Access, Party: "site"}, "refresh_invalid"},
		"garbage":             {verify.Renewal{Token: "x", Party: "site"}, "refresh_invalid"},
		"altered":             {verify.Renewal{Token: site.Refresh[:40] + string('A'+(site.Refresh[40]-'A'+1)%2) + site.Refresh[41:], Party: "site"}, "refresh_invalid"},
	} {
		if _, err := k.Verify.Refresh(ctx, r.Renewal); !fault.Because(err, r.why) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := k.Verify.Claims(ctx, site.Refresh); !fault.Because(err, "token_invalid") {
		t.Errorf("a refresh token is no access token: %v", err)
	}
	for range 2 { // none of these is good once alone, and none was ended by a stranger's try
		v, err := k.Verify.Refresh(ctx, verify.Renewal{Token: key.Refresh, Party: "app", Confirm: identity.Confirm{JKT: "one-key"}})
		if err != nil || v.JKT != "one-key" || v.Refresh != "" {
			t.Errorf("%+v %v", v, err)
		}
	}
	// RFC 9449 §5: a party that proves itself may take another key.
	v, err := k.Verify.Refresh(ctx, verify.Renewal{Token: site.Refresh, Party: "site", Confirm: identity.Confirm{JKT: "a-new-key"}})
	if err != nil || v.JKT != "a-new-key" {
		t.Errorf("%+v %v", v, err)
	}
	if said, err := k.Verify.Claims(ctx, v.Access); err != nil || said.JKT != "a-new-key" {
		t.Errorf("%+v %v", said, err)
	}
}

// B17: of a party that proves nothing each token is good once; the second use of
// one ends all that came of the verification.
func TestB17Reuse(t *testing.T) {
	k, c, ctx := lasting(t)
	first := given(t, c, "app", identity.Confirm{})
	other := given(t, c, "app", identity.Confirm{})
	turn := func(token string) (identity.Verification, error) {
		return k.Verify.Refresh(ctx, verify.Renewal{Token: token, Party: "app"})
	}
	second, err := turn(first.Refresh)
	if err != nil || second.Refresh == "" || second.Refresh == first.Refresh {
		t.Fatalf("%+v %v", second, err)
	}
	k.Advance(26 * time.Hour) // the next is recorded with its turn
	third, err := turn(second.Refresh)
	if err != nil || third.Receipt == first.Receipt {
		t.Fatalf("%+v %v", third, err)
	}
	for name, old := range map[string]string{"the newest but one": second.Refresh, "the first": first.Refresh} {
		if _, err := turn(old); !fault.Because(err, "refresh_reused") && !fault.Because(err, "verification_over") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := turn(third.Refresh); !fault.Because(err, "verification_over") {
		t.Errorf("the family lives: %v", err)
	}
	if _, err := k.Verify.Claims(ctx, third.Access); !fault.Because(err, "token_revoked") {
		t.Errorf("its access token lives: %v", err)
	}
	if _, err := turn(other.Refresh); err != nil {
		t.Errorf("another verification of the same person at the same party: %v", err)
	}
	k.Advance(20 * 24 * time.Hour)
	if err := k.Store.Sweep(ctx, k.Now()); err != nil {
		t.Fatal(err)
	}
	if _, err := turn(third.Refresh); !fault.Because(err, "verification_over") {
		t.Errorf("weeks later the family lives again: %v", err)
	}
}

// B18: whatever ends an answer ends its being given again, and a term is a term.
func TestB18WhatEndsARefresh(t *testing.T) {
	if testing.Short() {
		t.Skip("one thing after another: the race detector, which -short is for, learns nothing")
	}
	suspend := func(ctx context.Context, k *kit.Kit, change func(*identity.Party)) error {
		p, err := k.Store.Party(ctx, "site")
		if err != nil {
			return err
		}
		change(&p)
		k.Advance(time.Second)
		return k.Store.Commit(ctx, identity.Change{Entry: storetest.Entry(), Verbs: []identity.Verb{identity.AmendParty{Party: p}}})
	}
	for name, end := range map[string]struct {
		do  func(context.Context, *kit.Citizen, identity.Verification) error
		why string
	}{
		"frozen": {func(ctx context.Context, c *kit.Citizen, _ identity.Verification) error {
			return c.Issue.Freeze(ctx, c.Session)
		}, "verification_over"},
		"frozen, and thawed": {func(ctx context.Context, c *kit.Citizen, _ identity.Verification) error {
			if err := c.Issue.Freeze(ctx, c.Session); err != nil {
				return err
			}
			return c.Issue.Thaw(ctx, c.Session, c.Passcode)
		}, "verification_over"},
		"withdrawn": {func(ctx context.Context, c *kit.Citizen, _ identity.Verification) error {
			return c.Authorize.Withdraw(ctx, c.Session, "site")
		}, "link_changed"},
		"erased": {func(ctx context.Context, c *kit.Citizen, _ identity.Verification) error {
			_, err := c.Kit.Erase.Erase(ctx, c.Session, c.Passcode)
			return err
		}, "person_gone"},
		"the party is suspended": {func(ctx context.Context, c *kit.Citizen, _ identity.Verification) error {
			return suspend(ctx, c.Kit, func(p *identity.Party) { p.Standing = identity.PartySuspended })
		}, "party_suspended"},
		"its registration is taken back": {func(ctx context.Context, c *kit.Citizen, _ identity.Verification) error {
			return suspend(ctx, c.Kit, func(p *identity.Party) { p.Offline = 0 })
		}, "refresh_expired"},
		"it proves itself no more": {func(ctx context.Context, c *kit.Citizen, _ identity.Verification) error {
			return suspend(ctx, c.Kit, func(p *identity.Party) { p.Auth = identity.AuthNone })
		}, "refresh_invalid"},
		"its term is made shorter": {func(ctx context.Context, c *kit.Citizen, _ identity.Verification) error {
			c.Advance(8 * 24 * time.Hour)
			return suspend(ctx, c.Kit, func(p *identity.Party) { p.Offline = 7 })
		}, "refresh_expired"},
		"it was revoked": {func(ctx context.Context, c *kit.Citizen, v identity.Verification) error {
			return c.Verify.Revoke(ctx, "site", v.Refresh)
		}, "verification_over"},
		"its access token was revoked": {func(ctx context.Context, c *kit.Citizen, v identity.Verification) error {
			return c.Verify.Revoke(ctx, "site", v.Access)
		}, "verification_over"},
		"the access token of a refresh was revoked": {func(ctx context.Context, c *kit.Citizen, v identity.Verification) error {
			again, err := c.Verify.Refresh(ctx, verify.Renewal{Token: v.Refresh, Party: "site"})
			if err != nil {
				return err
			}
			return c.Verify.Revoke(ctx, "site", again.Access)
		}, "verification_over"},
		"the term is over": {func(_ context.Context, c *kit.Citizen, _ identity.Verification) error {
			c.Advance(30 * 24 * time.Hour)
			return nil
		}, "refresh_expired"},
	} {
		t.Run(name, func(t *testing.T) {
			k, c, ctx := lasting(t)
			v := given(t, c, "site", identity.Confirm{})
			if err := end.do(ctx, c, v); err != nil {
				t.Fatal(err)
			}
			_, err := k.Verify.Refresh(ctx, verify.Renewal{Token: v.Refresh, Party: "site"})
			if !fault.Because(err, end.why) {
				t.Errorf("%v, not %s", err, end.why)
			}
			if _, err := k.Verify.Lasting(ctx, "site", v.Refresh); !fault.Is(err, fault.Unauthenticated) {
				t.Errorf("introspection: %v", err)
			}
		})
	}
}

// Certificates are not revoked one by one yet, and epochs of persons do not
// move: tokens that name others show that both are asked.
func TestRefreshNamesItsCertificateAndEpoch(t *testing.T) {
	k, c, ctx := lasting(t)
	v := given(t, c, "site", identity.Confirm{})
	for field, why := range map[string]string{"d": "certificate_gone", "e": "standing_changed"} {
		var token map[string]any
		if err := k.Verify.Refreshes.Open(v.Refresh, &token); err != nil {
			t.Fatal(err)
		}
		switch was := token[field].(type) {
		case string:
			token[field] = strings.Repeat("A", len(was))
		case float64:
			token[field] = was + 1
		}
		other, err := k.Verify.Refreshes.Seal(token)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := k.Verify.Refresh(ctx, verify.Renewal{Token: other, Party: "site"}); !fault.Because(err, why) {
			t.Errorf("%s: %v", field, err)
		}
	}
}

// B04 with a lasting answer: a replayed code ends it for as long as it would have lived.
func TestB04ReplayEndsTheRefresh(t *testing.T) {
	k, c, ctx := lasting(t)
	code := asks(t, c, "site", "offline_30")
	v, err := k.Redeem(ctx, "site", code)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.Redeem(ctx, "site", code); !fault.Because(err, "code_used") {
		t.Fatal(err)
	}
	for _, later := range []time.Duration{0, time.Hour, 29 * 24 * time.Hour} {
		k.Advance(later)
		if err := k.Store.Sweep(ctx, k.Now()); err != nil {
			t.Fatal(err)
		}
		if _, err := k.Verify.Refresh(ctx, verify.Renewal{Token: v.Refresh, Party: "site"}); !fault.Because(err, "verification_over") {
			t.Errorf("after %v: %v", later, err)
		}
	}
}

// A lasting answer does not outlive the certificate that it was approved with.
func TestRefreshEndsWithTheCertificate(t *testing.T) {
	k, c, ctx := lasting(t)
	k.Advance(c.Certificate.Expires.Sub(k.Now()) - 48*time.Hour)
	if err := c.SignIn(ctx); err != nil {
		t.Fatal(err)
	}
	v := given(t, c, "site", identity.Confirm{})
	k.Advance(48*time.Hour - time.Minute)
	last, err := k.Verify.Refresh(ctx, verify.Renewal{Token: v.Refresh, Party: "site"})
	if err != nil || last.TTL > time.Minute {
		t.Fatalf("%+v %v", last, err)
	}
	k.Advance(time.Minute)
	if _, err := k.Verify.Refresh(ctx, verify.Renewal{Token: v.Refresh, Party: "site"}); !fault.Because(err, "refresh_expired") {
		t.Error(err)
	}
}

// What a party is told of its own refresh token, and nobody of another's.
func TestLasting(t *testing.T) {
	k, c, ctx := lasting(t)
	v := given(t, c, "site", identity.Confirm{})
	said, err := k.Verify.Lasting(ctx, "site", v.Refresh)
	if err != nil || said.Subject != v.Subject || said.Party != "site" || !said.Expires.Equal(kit.Start.AddDate(0, 0, 30)) || !said.Time.Equal(v.Time) {
		t.Errorf("%+v %v", said, err)
	}
	for party, token := range map[identity.PartyID]string{"shop": v.Refresh, "site": v.Access} {
		if _, err := k.Verify.Lasting(ctx, party, token); !fault.Is(err, fault.Unauthenticated) {
			t.Errorf("%s: %v", party, err)
		}
	}
	if err := k.Verify.Revoke(ctx, "shop", v.Refresh); err != nil {
		t.Fatal(err)
	}
	if _, err := k.Verify.Lasting(ctx, "site", v.Refresh); err != nil {
		t.Errorf("ended by another: %v", err)
	}
}

// A record of a lasting answer, and of a day on which it was given again, is as
// long as any that names a party.
func TestLastingRecordsHaveOneLength(t *testing.T) {
	k, c, ctx := lasting(t)
	plain, err := k.Redeem(ctx, "site", approved(t, c, "site", identity.ModeCert, nil).Code)
	if err != nil {
		t.Fatal(err)
	}
	v := given(t, c, "site", identity.Confirm{})
	k.Advance(24 * time.Hour)
	again, err := k.Verify.Refresh(ctx, verify.Renewal{Token: v.Refresh, Party: "site"})
	if err != nil {
		t.Fatal(err)
	}
	lengths := map[int]bool{}
	for _, id := range []identity.EventID{plain.Receipt, v.Receipt, again.Receipt} {
		e, err := k.Store.Entry(ctx, k.Store.EntryKey(id))
		if err != nil {
			t.Fatal(err)
		}
		lengths[len(e.Body)] = true
	}
	if len(lengths) != 1 {
		t.Error(lengths)
	}
}

// BenchmarkRefresh is a refresh without the wire: its guards, and nothing written.
func BenchmarkRefresh(b *testing.B) {
	k, c, ctx := lasting(b)
	v := given(b, c, "site", identity.Confirm{})
	b.ReportAllocs()
	for b.Loop() {
		if _, err := k.Verify.Refresh(ctx, verify.Renewal{Token: v.Refresh, Party: "site"}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkRefreshTurn is one of a token that is good once: one row, durable.
func BenchmarkRefreshTurn(b *testing.B) {
	k, c, ctx := lasting(b)
	token := given(b, c, "app", identity.Confirm{}).Refresh
	b.ReportAllocs()
	for b.Loop() {
		v, err := k.Verify.Refresh(ctx, verify.Renewal{Token: token, Party: "app"})
		if err != nil {
			b.Fatal(err)
		}
		token = v.Refresh
	}
}

// 64 uses of one token at once, by whoever has copies of it: one is answered,
// and because the others came, all is over.
func TestRefreshOnce(t *testing.T) {
	k, c, ctx := lasting(t)
	for n := range 4 {
		v := given(t, c, "app", identity.Confirm{})
		if n%2 == 1 { // the first of a day has a record
			k.Advance(24 * time.Hour)
			if err := c.SignIn(ctx); err != nil {
				t.Fatal(err)
			}
		}
		var start, done sync.WaitGroup
		var mu sync.Mutex
		var won []identity.Verification
		start.Add(1)
		for range 64 {
			done.Go(func() {
				start.Wait()
				got, err := k.Verify.Refresh(ctx, verify.Renewal{Token: v.Refresh, Party: "app"})
				mu.Lock()
				defer mu.Unlock()
				switch {
				case err == nil:
					won = append(won, got)
				case !fault.Because(err, "refresh_reused") && !fault.Because(err, "verification_over"):
					t.Error(err)
				}
			})
		}
		start.Done()
		done.Wait()
		if len(won) != 1 {
			t.Fatalf("%d winners", len(won))
		}
		if _, err := k.Verify.Refresh(ctx, verify.Renewal{Token: won[0].Refresh, Party: "app"}); !fault.Because(err, "verification_over") {
			t.Errorf("the family lives: %v", err)
		}
		if _, err := k.Verify.Claims(ctx, won[0].Access); !fault.Because(err, "token_revoked") {
			t.Errorf("the winner's access token lives: %v", err)
		}
	}
}

// 64 uses at once of one that is bound: all are answered, and the day has one record.
func TestRefreshAtOnce(t *testing.T) {
	k, c, ctx := lasting(t)
	v := given(t, c, "site", identity.Confirm{})
	k.Advance(24 * time.Hour)
	var done sync.WaitGroup
	var won atomic.Int32
	for range 64 {
		done.Go(func() {
			if _, err := k.Verify.Refresh(ctx, verify.Renewal{Token: v.Refresh, Party: "site"}); err != nil {
				t.Error(err)
			} else {
				won.Add(1)
			}
		})
	}
	done.Wait()
	if got := kinds(t, c); won.Load() != 64 || len(got) != 4 {
		t.Errorf("%d answers, %v", won.Load(), got)
	}
}
