package conformance_test

import (
	"net/http"
	"strings"
	"testing"

	oracle "github.com/go-jose/go-jose/v4"
)

// jkt is the thumbprint of the party's key of proofs, by another implementation.
func (p *party) jkt(t *testing.T) string {
	t.Helper()
	b, err := (&oracle.JSONWebKey{Key: p.holder.Public()}).Thumbprint(5) // crypto.SHA256
	if err != nil {
		t.Fatal(err)
	}
	return b64(b)
}

// badProofs is the suite's list, at UserInfo with a good token: what must be
// refused, what must not, and at the end that the token was good all the while.
func badProofs(t *testing.T, p *party) {
	g := p.flow().whole(t)
	at := p.endpoint("userinfo")
	edit := func(f func(string) string) change {
		return func(a *ask) {
			a.edit = func(r *http.Request) { r.Header.Set("DPoP", f(r.Header.Get("DPoP"))) }
		}
	}
	head := func(name, v string) change { return func(a *ask) { a.head.Set(name, v) } }
	private := jwk(t, p.holder)
	d, err := p.holder.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	private["d"] = b64(d)
	for _, c := range []struct {
		name    string
		good    bool
		changes []change
	}{
		{"the header in capitals", true, []change{func(a *ask) {
			a.edit = func(r *http.Request) { r.Header["DPOP"] = r.Header["Dpop"]; delete(r.Header, "Dpop") }
		}}},
		{"two proofs", false, []change{func(a *ask) { a.edit = func(r *http.Request) { r.Header.Add("DPoP", r.Header.Get("DPoP")) } }}},
		{"no JWT", false, []change{edit(func(s string) string { return strings.ReplaceAll(s, ".", "") })}},
		{"no typ", false, []change{header("typ", nil)}},
		{"no alg", false, []change{header("alg", nil), func(a *ask) { a.proofAlg = "" }}},
		{"no jwk", false, []change{header("jwk", nil)}},
		{"no jti", false, []change{proof("jti", nil)}},
		{"no htm", false, []change{proof("htm", nil)}},
		{"no htu", false, []change{proof("htu", nil)}},
		{"no iat", false, []change{proof("iat", nil)}},
		{"no ath", false, []change{proof("ath", nil)}},
		{"another typ", false, []change{header("typ", "JWT")}},
		{"RS256", false, []change{func(a *ask) { a.proofAlg = "RS256" }}},
		{"none", false, []change{func(a *ask) { a.proofAlg = "none" }}},
		{"a bad signature", false, []change{edit(func(s string) string { return s[:len(s)-8] + "AAAAAAAA" })}},
		{"a private key", false, []change{header("jwk", private)}},
		{"another method", false, []change{proof("htm", "PUT")}},
		{"an address with a query and a fragment", true, []change{proof("htu", at+"?a=b#c")}},
		{"another address", false, []change{proof("htu", p.endpoint("token"))}},
		{"an hour ahead", false, []change{proof("iat", p.now().Unix()+3600)}},
		{"an hour old", false, []change{proof("iat", p.now().Unix()-3600)}},
		{"a jti", true, []change{proof("jti", "reused")}},
		{"the same jti", false, []change{proof("jti", "reused")}},
		{"the hash of another token", false, []change{proof("ath", digest("another"))}},
		{"another key", false, []change{heldBy(t)}},
		{"more in it", true, []change{header("extra", "x"), proof("extra", map[string]any{"a": 1})}},
		{"scheme and host in capitals", true, []change{proof("htu", strings.Replace(at, "https://", "HTTPS://", 1))}},
		{"no proof", false, []change{unheld}},
		{"no proof, as a bearer's", false, []change{unheld, head("Authorization", "Bearer "+g.access)}},
		{"a good one at last", true, nil},
	} {
		a := p.resource(t, g.access, c.changes...)
		if good := a.status == http.StatusOK; good != c.good || !good && (a.status != http.StatusUnauthorized && a.status != http.StatusBadRequest || a.head.Get("WWW-Authenticate") == "") {
			t.Errorf("%s: %d %s", c.name, a.status, a.body)
		}
	}
}
