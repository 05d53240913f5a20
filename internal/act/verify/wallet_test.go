package verify_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"netid/internal/act/admit"
	"netid/internal/act/authorize"
	"netid/internal/act/look"
	"netid/internal/act/verify"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/test/kit"
)

// purse registers a wallet, and gives a request of it.
func purse(t testing.TB, k *kit.Kit, kinds ...string) authorize.Request {
	t.Helper()
	if _, _, err := k.Admit.Register(context.Background(), admit.Application{ID: "purse", Name: "Purse", NameZH: "钱包", RedirectURIs: []string{"https://purse.example/cb"},
		Public: true, Details: []string{identity.DetailCredential}, Sandbox: true}); err != nil && !fault.Because(err, "party_exists") {
		t.Fatal(err)
	}
	r := k.Request("purse", identity.ModeCert)
	r.Kinds = kinds
	return r
}

// granted opens what a wallet's access token says.
func granted(t testing.TB, a *verify.Act, token string) (g identity.CredentialGrant) {
	t.Helper()
	if err := a.Grants.Open(token, &g); err != nil {
		t.Fatal(err)
	}
	return g
}

// A wallet is given what the citizen agreed to, by a token that is for nothing
// else, and no name for the citizen; what was refused is not in it. The citizen sees both.
func TestAWalletIsGivenWhatItMayFetch(t *testing.T) {
	k, c, ctx := scene(t)
	r := purse(t, k, "person", "age", "age-attested")
	for _, give := range [][]string{nil, {"attest_age"}} {
		a, err := c.Approve(ctx, r, give...)
		if err != nil {
			t.Fatal(err)
		}
		held := identity.Confirm{JKT: "a-key"}
		v, err := k.Verify.Redeem(ctx, verify.Redemption{Code: a.Code, Party: "purse", Redirect: r.Redirect, Verifier: kit.Verifier, Confirm: held})
		if err != nil {
			t.Fatal(err)
		}
		want, said, kept := []string{"person"}, []string{"attest_person"}, []string{"attest_age"}
		if give != nil {
			want, said, kept = []string{"person", "age", "age-attested"}, []string{"attest_person", "attest_age"}, nil
		}
		if !slices.Equal(v.Kinds, want) || v.Subject != "" || v.SID != "" || v.Refresh != "" || v.Nonce != "" || len(v.IDToken)+len(v.UserInfo) != 0 || v.Plain != nil {
			t.Fatalf("%+v", v)
		}
		g := granted(t, k.Verify, v.Access)
		if g.Person != c.Session.Person || g.Certificate != c.Certificate.ID || g.Client != "purse" || !slices.Equal(g.Kinds, want) || g.Confirm != held || g.Receipt != v.Receipt || !g.Until.Equal(v.Time.Add(v.TTL)) || v.TTL > time.Hour {
			t.Errorf("%+v", g)
		}
		if _, err := k.Verify.Claims(ctx, v.Access); err == nil {
			t.Error("a token for credentials tells claims")
		}
		if _, err := k.Redeem(ctx, "purse", a.Code); !fault.Because(err, "code_used") {
			t.Errorf("a second time: %v", err)
		}
		entries, err := c.Look.Records(ctx, c.Session)
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(entries, func(e look.Record) bool { return e.Event.ID == v.Receipt.String() })
		if i < 0 || !slices.Equal(entries[i].Event.Given, said) || !slices.Equal(entries[i].Event.Withheld, kept) || entries[i].Event.Approval == nil {
			t.Errorf("the citizen reads %+v", entries)
		}
	}
}

// What stands in the way of any answer stands in the way of a wallet's.
func TestAWalletIsRefused(t *testing.T) {
	k, c, ctx := scene(t)
	r := purse(t, k, "age")
	other := k.Request("shop", identity.ModeCert)
	other.Kinds = []string{"age"}
	if _, err := c.Approve(ctx, other); !fault.Because(err, "wallet_unregistered") {
		t.Errorf("a party that is no wallet: %v", err)
	}
	quiet := r
	quiet.Quiet = true
	if _, err := k.Authorize.Begin(ctx, quiet); !fault.Because(err, "standing_not_possible") {
		t.Errorf("without a page: %v", err)
	}
	a, err := c.Approve(ctx, r)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.Redeem(ctx, "shop", a.Code); !fault.Because(err, "other_party") {
		t.Errorf("another party: %v", err)
	}
	if err := k.Issue.Freeze(ctx, c.Session); err != nil {
		t.Fatal(err)
	}
	if _, err := k.Redeem(ctx, "purse", a.Code); err == nil {
		t.Error("the citizen froze, and a wallet is given proofs")
	}
}
