package main

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"netid/internal/act/admit"
	"netid/internal/identity"
	"netid/internal/suite"
	"netid/test/wallet"
)

// vouchedFor is somebody's wallet, as its provider vouches for it.
type vouchedFor struct {
	t                *testing.T
	f                *flow
	provider         *wallet.Provider
	instance, key    wallet.Key
	challenge, nonce string
	resource         string // the nonce of proofs at the credential endpoint
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// send posts to the server, with the proof of its key, and keeps what the next one needs.
func (a *vouchedFor) send(path, kind, body, access string, proven bool) (int, map[string]any) {
	a.t.Helper()
	r := httptest.NewRequestWithContext(a.t.Context(), http.MethodPost, path, strings.NewReader(body))
	r.Header.Set("Content-Type", kind)
	claims := map[string]any{"jti": identity.NewHandle().Text(), "htm": "POST", "htu": a.f.house.Issuer + path, "iat": time.Now().Unix(), "nonce": a.nonce}
	if access != "" {
		sum := sha256.Sum256([]byte(access))
		claims["ath"], claims["nonce"] = b64(sum[:]), a.resource
		r.Header.Set("Authorization", "DPoP "+access)
	}
	r.Header.Set("DPoP", a.key.Sign("dpop+jwt", map[string]any{"jwk": a.key.JWK()}, claims))
	if proven {
		r.Header.Set("OAuth-Client-Attestation", a.provider.Wallet("purse", a.instance, time.Now(), nil))
		r.Header.Set("OAuth-Client-Attestation-PoP", a.instance.Proof("purse", a.f.house.Issuer, identity.NewHandle().Text(), a.challenge, time.Now(), nil))
	}
	w := httptest.NewRecorder()
	a.f.house.server.ServeHTTP(w, r)
	if n := w.Header().Get("DPoP-Nonce"); n != "" && access != "" {
		a.resource = n
	} else if n != "" {
		a.nonce = n
	}
	if c := w.Header().Get("OAuth-Client-Attestation-Challenge"); c != "" {
		a.challenge = c
	}
	var m map[string]any
	if strings.HasPrefix(w.Header().Get("Content-Type"), "application/jwt") {
		m = map[string]any{"text": w.Body.String()}
	} else if err := json.Unmarshal(w.Body.Bytes(), &m); err != nil && w.Body.Len() > 0 {
		a.t.Fatal(path, w.Code, w.Body)
	}
	if why := m["error"]; why == "use_dpop_nonce" || why == "use_attestation_challenge" {
		return a.send(path, kind, body, access, proven)
	}
	return w.Code, m
}

func (a *vouchedFor) form(path string, form url.Values) (int, map[string]any) {
	a.t.Helper()
	return a.send(path, "application/x-www-form-urlencoded", form.Encode(), "", true)
}

const purseCallback, purseVerifier = "https://purse.example/callback", "a-verifier-of-more-than-forty-three-characters-long"

// openPurse is a sandbox in which one provider is believed, whose wallet the register knows.
func openPurse(t *testing.T) *vouchedFor {
	t.Helper()
	provider := wallet.NewProvider(time.Now())
	roots := filepath.Join(t.TempDir(), "roots.pem")
	must(t, os.WriteFile(roots, provider.Root(), 0o600))
	f := newFlow(t, suite.International, func(s *settings) {
		var err error
		s.Wallets, err = triedWallets(map[string]string{"purse": roots})
		must(t, err)
	})
	_, _, err := f.house.admit.Keep(t.Context(), admit.Application{ID: "purse", Name: "Purse", RedirectURIs: []string{purseCallback}, Details: []string{identity.DetailCredential}, Sandbox: true,
		Proof: admit.Proof{Method: string(identity.AuthWallet)}})
	must(t, err)
	return &vouchedFor{t: t, f: f, provider: provider, instance: wallet.NewKey(), key: wallet.NewKey()}
}

// granted pushes a request for some kinds, has the citizen approve it on the page,
// and redeems the code for a token.
func (a *vouchedFor) granted(scope string) (access string, code url.Values) {
	a.t.Helper()
	status, m := a.form("/par", url.Values{"response_type": {"code"}, "client_id": {"purse"}, "redirect_uri": {purseCallback}, "scope": {scope}, "state": {"s"},
		"code_challenge": {suite.PKCE(purseVerifier)}, "code_challenge_method": {"S256"}})
	if status != http.StatusCreated {
		a.t.Fatal(status, m)
	}
	at, err := a.f.person.Approve("/authorize?client_id=purse&request_uri=" + url.QueryEscape(m["request_uri"].(string)))
	must(a.t, err)
	code = url.Values{"grant_type": {"authorization_code"}, "code": {at.Query().Get("code")}, "redirect_uri": {purseCallback}, "code_verifier": {purseVerifier}}
	status, m = a.form("/token", code)
	access, _ = m["access_token"].(string)
	if status != http.StatusOK || m["token_type"] != "DPoP" || m["scope"] != scope || m["id_token"] != nil {
		a.t.Fatal(status, m)
	}
	return access, code
}

// fresh is a nonce for proofs.
func (a *vouchedFor) fresh() string {
	a.t.Helper()
	_, n := a.send("/nonce", "application/json", "{}", "", false)
	return n["c_nonce"].(string)
}

// proof is a key's over a nonce, with an attestation of the key where there is one.
func (a *vouchedFor) proof(key wallet.Key, nonce, kept string) string {
	header := map[string]any{"jwk": key.JWK()}
	if kept != "" {
		header["key_attestation"] = kept
	}
	return key.Sign("openid4vci-proof+jwt", header, map[string]any{"iss": "purse", "aud": a.f.house.Issuer, "iat": time.Now().Unix(), "nonce": nonce})
}

// ask asks for a kind with proofs as they stand in the request.
func (a *vouchedFor) ask(access, kind, proofs string) (status int, all []any, m map[string]any) {
	a.t.Helper()
	status, m = a.send("/credential", "application/json", `{"credential_identifier":"`+kind+`","proofs":`+proofs+`}`, access, false)
	all, _ = m["credentials"].([]any)
	return status, all, m
}

// HAIP's whole way, over HTTP: pushed, approved by the citizen on the page,
// redeemed by the vouchedFor instance, fetched with its key. A code that comes twice ends the token.
func TestAnAttestedWalletFetchesProofs(t *testing.T) {
	a := openPurse(t)
	access, code := a.granted("age")
	fetch := func() (int, []any, map[string]any) {
		return a.ask(access, "age", `{"jwt":["`+a.proof(wallet.NewKey(), a.fresh(), "")+`"]}`)
	}
	if status, all, m := fetch(); status != http.StatusOK || len(all) != 1 || !strings.HasSuffix(all[0].(map[string]any)["credential"].(string), "~") {
		t.Fatal(status, m)
	}
	if status, m := a.send("/userinfo", "application/json", "", access, false); status != http.StatusUnauthorized {
		t.Errorf("a token for credentials at UserInfo: %d %v", status, m)
	}
	if status, m := a.form("/token", code); status != http.StatusBadRequest || m["error"] != "invalid_grant" {
		t.Errorf("the code a second time: %d %v", status, m)
	}
	if status, _, m := fetch(); status == http.StatusOK {
		t.Errorf("the code came twice, and its token is good still: %v", m)
	}
}

// H06, HAIP 1.0 §4.5.1: a kind for keys that are kept well goes to no other key, in
// either way of showing it.
func TestH06AttestedKeys(t *testing.T) {
	a := openPurse(t)
	access, _ := a.granted("age age-attested")
	provider, nonce := a.provider, a.fresh
	ask := func(kind, proofs string) (status, credentials int, code any) {
		status, all, m := a.ask(access, kind, proofs)
		return status, len(all), m["error"]
	}
	proof := func(key wallet.Key, nonce, kept string) string {
		return `{"jwt":["` + a.proof(key, nonce, kept) + `"]}`
	}
	now, other := time.Now(), wallet.NewProvider(time.Now())
	key, second := wallet.NewKey(), wallet.NewKey()
	n := nonce()
	for name, proofs := range map[string]string{
		"nobody says it":           proof(key, n, ""),
		"somebody nobody believes": proof(key, n, other.Keys(n, now, nil, key)),
		"of another key":           proof(key, n, provider.Keys(n, now, nil, second)),
		"kept in software":         proof(key, n, provider.Keys(n, now, map[string]any{"key_storage": []string{"iso_18045_basic"}}, key)),
		"used by anybody":          proof(key, n, provider.Keys(n, now, map[string]any{"user_authentication": []string{"iso_18045_basic"}}, key)),
		"over another nonce":       proof(key, n, provider.Keys(nonce(), now, nil, key)),
		"over":                     proof(key, n, provider.Keys(n, now, map[string]any{"exp": now.Add(-time.Minute).Unix()}, key)),
		"alone, without a nonce":   `{"attestation":["` + provider.Keys("", now, nil, key) + `"]}`,
		"alone, not believed":      `{"attestation":["` + other.Keys(n, now, nil, key) + `"]}`,
		"alone, in software":       `{"attestation":["` + provider.Keys(n, now, map[string]any{"key_storage": []string{"iso_18045_basic"}}, key) + `"]}`,
		"two of them":              `{"attestation":["` + provider.Keys(n, now, nil, key) + `","` + provider.Keys(n, now, nil, second) + `"]}`,
		"both ways":                strings.TrimSuffix(proof(key, n, provider.Keys(n, now, nil, key)), "}") + `,"attestation":["` + provider.Keys(n, now, nil, key) + `"]}`,
	} {
		if status, _, code := ask("age-attested", proofs); status != http.StatusBadRequest || code != "invalid_proof" {
			t.Errorf("%s: %d %v", name, status, code)
		}
	}
	if status, _, code := ask("age-attested", `{"attestation":["`+provider.Keys("another's nonce", now, nil, key)+`"]}`); status != http.StatusBadRequest || code != "invalid_nonce" {
		t.Errorf("a nonce of somebody else: %d %v", status, code)
	}
	if status, _, code := ask("age", `{"attestation":["`+provider.Keys(n, now, nil, key)+`"]}`); status != http.StatusBadRequest || code != "invalid_proof" {
		t.Errorf("a kind that asks for no attestation, by one: %d %v", status, code)
	}
	if status, got, code := ask("age-attested", proof(key, n, provider.Keys(n, now, nil, key))); status != http.StatusOK || got != 1 {
		t.Errorf("a key that is kept well: %d %v", status, code)
	}
	n = nonce()
	if status, got, code := ask("age-attested", `{"attestation":["`+provider.Keys(n, now, nil, wallet.NewKey(), wallet.NewKey())+`"]}`); status != http.StatusOK || got != 2 {
		t.Errorf("two keys by one attestation: %d %v", status, code)
	}
	if status, _, code := ask("age-attested", `{"attestation":["`+provider.Keys(n, now, nil, wallet.NewKey())+`"]}`); status != http.StatusBadRequest || code != "invalid_nonce" {
		t.Errorf("its nonce a second time: %d %v", status, code)
	}
}
