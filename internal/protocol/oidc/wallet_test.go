package oidc_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"netid/internal/identity"
	"netid/internal/protocol/oidc"
	"netid/internal/suite"
	"netid/internal/token/attestation"
	"netid/test/wallet"
)

// walleted serves credentials, and believes the provider of purse.
func walleted(t testing.TB) *service {
	return serveIn(t, issuer, suite.International, func(s *service, c *oidc.Config) {
		s.provider = wallet.NewProvider(s.now)
		roots, err := suite.ParseRoots(s.provider.Root())
		if err != nil {
			t.Fatal(err)
		}
		c.Credentials = []string{"person", "age", "age-attested"}
		c.Wallets = attestation.Trust{{Name: "simulator", Roots: roots, Wallets: []identity.PartyID{"purse"}}}
	})
}

// purse is an attested wallet at the door.
type purse struct {
	*service
	instance, key wallet.Key
	challenge     string
	nonce         string
}

// post sends a form with the wallet's headers; an answer brings what the next one needs.
func (p *purse) post(t *testing.T, path string, form url.Values, said, shown string) (int, map[string]any) {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("OAuth-Client-Attestation", said)
	r.Header.Set("OAuth-Client-Attestation-PoP", shown)
	r.Header.Set("DPoP", p.key.Sign("dpop+jwt", map[string]any{"jwk": p.key.JWK()}, map[string]any{
		"jti": identity.NewHandle().Text(), "htm": "POST", "htu": issuer + path, "iat": p.now.Unix(), "nonce": p.nonce}))
	w := httptest.NewRecorder()
	p.mux.ServeHTTP(w, r)
	if n := w.Header().Get("DPoP-Nonce"); n != "" {
		p.nonce = n
	}
	if c := w.Header().Get("OAuth-Client-Attestation-Challenge"); c != "" {
		p.challenge = c
	}
	var m map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &m); err != nil {
		t.Fatal(w.Code, w.Body, err)
	}
	return w.Code, m
}

func (p *purse) shows(id string, change map[string]any) string {
	return p.instance.Proof("purse", issuer, id, p.challenge, p.now, change)
}

func comes(t *testing.T) *purse {
	t.Helper()
	p := &purse{service: walleted(t), instance: wallet.NewKey(), key: wallet.NewKey()}
	w := httptest.NewRecorder()
	p.mux.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/challenge", nil))
	var m map[string]string
	if err := json.Unmarshal(w.Body.Bytes(), &m); err != nil || m["attestation_challenge"] == "" {
		t.Fatal(w.Code, w.Body)
	}
	p.challenge = m["attestation_challenge"]
	p.post(t, "/par", url.Values{}, p.provider.Wallet("purse", p.instance, p.now, nil), p.shows("0", nil)) // for the nonce of DPoP
	return p
}

func asks() url.Values {
	return url.Values{"response_type": {"code"}, "client_id": {"purse"}, "redirect_uri": {"https://shop.example/cb"}, "scope": {"age-attested"}, "state": {"s"},
		"code_challenge": {suite.PKCE(verifier)}, "code_challenge_method": {"S256"}}
}

// The whole of HAIP's way through this door: pushed, bound, attested twice.
func TestAnAttestedWalletAtTheDoor(t *testing.T) {
	p := comes(t)
	said := p.provider.Wallet("purse", p.instance, p.now, nil)
	status, m := p.post(t, "/par", asks(), said, p.shows("1", nil))
	if status != http.StatusCreated {
		t.Fatal(status, m)
	}
	w := httptest.NewRecorder()
	p.mux.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/authorize?client_id=purse&request_uri="+url.QueryEscape(m["request_uri"].(string)), nil))
	if saw := p.acts.saw(); w.Code != http.StatusSeeOther || saw["kinds"] != "age-attested" || saw["jkt"] == "" || saw["pushed"] != "true" {
		t.Fatal(w.Code, saw)
	}
	code := url.Values{"grant_type": {"authorization_code"}, "code": {"code-of-purse"}, "redirect_uri": {"https://shop.example/cb"}, "code_verifier": {verifier}}
	status, m = p.post(t, "/token", code, said, p.shows("2", nil))
	details, _ := json.Marshal(m["authorization_details"])
	if status != http.StatusOK || m["token_type"] != "DPoP" || m["id_token"] != nil || m["sub"] != nil ||
		string(details) != `[{"credential_configuration_id":"person","credential_identifiers":["person"],"type":"openid_credential"},{"credential_configuration_id":"age","credential_identifiers":["age"],"type":"openid_credential"}]` {
		t.Fatal(status, m)
	}
	if status, m = p.post(t, "/token", code, said, p.shows("2", nil)); status == http.StatusOK {
		t.Fatal("a proof a second time: ", m)
	}
}

// Modules of the plan oid4vci-1_0-issuer-haip-test-plan that end at the pushed
// request, under their names in the suite.
func TestModulesOfAttestedWallets(t *testing.T) {
	type change = map[string]any
	for name, c := range map[string]func(p *purse) (said, shown string){
		"oid4vci-1_0-issuer-fail-client-attestation-exp-in-past": func(p *purse) (string, string) {
			return p.provider.Wallet("purse", p.instance, p.now, change{"exp": p.now.Add(-10 * time.Minute).Unix()}), p.shows("1", nil)
		},
		"oid4vci-1_0-issuer-fail-client-attestation-no-sub": func(p *purse) (string, string) {
			return p.provider.Wallet("purse", p.instance, p.now, change{"sub": nil}), p.shows("1", nil)
		},
		"oid4vci-1_0-issuer-fail-client-attestation-pop-wrong-aud": func(p *purse) (string, string) {
			return p.provider.Wallet("purse", p.instance, p.now, nil), p.shows("1", change{"aud": "https://other.example"})
		},
		"oid4vci-1_0-issuer-fail-mismatched-client-attestation-pop-key": func(p *purse) (string, string) {
			said := p.provider.Wallet("purse", p.instance, p.now, nil)
			p.instance = wallet.NewKey()
			return said, p.shows("1", nil)
		},
		"oid4vci-1_0-issuer-fail-invalid-client-attestation-signature": func(p *purse) (string, string) {
			return spoilt(p.provider.Wallet("purse", p.instance, p.now, nil)), p.shows("1", nil)
		},
		"oid4vci-1_0-issuer-fail-invalid-client-attestation-pop-signature": func(p *purse) (string, string) {
			return p.provider.Wallet("purse", p.instance, p.now, nil), spoilt(p.shows("1", nil))
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := comes(t)
			said, shown := c(p)
			if status, m := p.post(t, "/par", asks(), said, shown); status != http.StatusBadRequest || m["error"] != "invalid_client_attestation" {
				t.Errorf("%d %v", status, m)
			}
		})
	}
}

// spoilt has another signature.
func spoilt(text string) string {
	i := strings.LastIndexByte(text, '.') + 1
	c := "A"
	if text[i] == 'A' {
		c = "B"
	}
	return text[:i] + c + text[i+1:]
}
