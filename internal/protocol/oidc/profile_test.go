package oidc_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"netid/client"
	"netid/internal/identity"
	"netid/internal/protocol/oidc"
	"netid/internal/suite"
	"netid/internal/token/jose"
)

func newSM(t testing.TB) suite.Signer {
	t.Helper()
	secret, err := suite.NewSM2Secret()
	if err != nil {
		t.Fatal(err)
	}
	s, err := suite.NewSM2(secret)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *service) get(path string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	s.mux.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
	return w
}

// redeemed is the token endpoint's answer to a party, by member.
func (s *service) redeemed(t *testing.T, party, code string) (int, map[string]json.RawMessage) {
	t.Helper()
	q := &request{method: "POST", path: "/token", params: url.Values{}, head: http.Header{}}
	s.good(q)
	q.params.Set("code", code)
	s.as(q, party)
	w := httptest.NewRecorder()
	s.mux.ServeHTTP(w, s.request(t, q))
	var m map[string]json.RawMessage
	if err := json.Unmarshal(w.Body.Bytes(), &m); err != nil {
		t.Fatal(err, w.Body)
	}
	return w.Code, m
}

func idTokenOf(t *testing.T, m map[string]json.RawMessage) (s string) {
	t.Helper()
	if err := json.Unmarshal(m["id_token"], &s); err != nil {
		t.Fatalf("%s", m)
	}
	return s
}

// What each profile serves: SM2 to whom it was registered for and to nobody
// else, a receipt in dual alone, and the same discovery everywhere.
func TestProfiles(t *testing.T) {
	plain := serve(t).get("/.well-known/openid-configuration").Body.String()
	if strings.Contains(plain, "SM2") || strings.Contains(plain, "jwks-sm") {
		t.Error("discovery offers what nobody asked for")
	}
	for _, profile := range []suite.Profile{suite.International, suite.Guomi, suite.Dual} {
		t.Run(string(profile), func(t *testing.T) {
			s := serveIn(t, issuer, profile)
			if s.get("/.well-known/openid-configuration").Body.String() != plain {
				t.Error("discovery differs by profile")
			}
			jwks, jwksSM := s.get("/jwks"), s.get("/jwks-sm")
			if strings.Contains(jwks.Body.String(), "SM2") || strings.Count(jwks.Body.String(), `"kid"`) != 1 {
				t.Errorf("/jwks: %s", jwks.Body)
			}
			if want := map[bool]int{true: 200, false: 404}[profile.SM()]; jwksSM.Code != want {
				t.Errorf("/jwks-sm: %d", jwksSM.Code)
			}
			status, m := s.redeemed(t, "shop", codeOnce)
			if status != http.StatusOK {
				t.Fatal(status, m)
			}
			if _, err := client.CheckAnswer(idTokenOf(t, m), jwks.Body.Bytes(), issuer, "shop", "nonce-1", start); err != nil {
				t.Error("a party that did not ask:", err)
			}
			if !profile.Twice() {
				if m["receipt"] != nil {
					t.Errorf("a receipt that nobody should get: %s", m["receipt"])
				}
				return
			}
			a, err := client.CheckReceipt(m["receipt"], jwks.Body.Bytes(), jwksSM.Body.Bytes(), issuer, "shop", "nonce-1", start)
			if err != nil || a.Subject != "pairwise-1" {
				t.Errorf("%+v %v", a, err)
			}
		})
	}
}

// Plain text is inside the encryption alone: the receipt, which travels beside
// it, says the rest and is checked like any other.
func TestTheReceiptHasNoPlainText(t *testing.T) {
	s := serveIn(t, issuer, suite.Dual)
	status, m := s.redeemed(t, "learns", "code-with-name")
	if status != http.StatusOK || m["receipt"] == nil {
		t.Fatal(status, m)
	}
	a, err := client.CheckReceipt(m["receipt"], s.get("/jwks").Body.Bytes(), s.get("/jwks-sm").Body.Bytes(), issuer, "learns", "nonce-1", start)
	if err != nil || a.Plain != nil || a.Receipt == "" {
		t.Errorf("%+v %v", a, err)
	}
	if s.claims(t, idTokenOf(t, m))["verified_claims"] == "" {
		t.Error("and the token has none either")
	}
}

// A party that registered for SM2 gets its ID token so, and never another.
func TestAPartyThatAskedForSM2(t *testing.T) {
	for _, profile := range []suite.Profile{suite.Guomi, suite.Dual} {
		s := serveIn(t, issuer, profile)
		status, m := s.redeemed(t, "asks", "code-of-asks")
		if status != http.StatusOK {
			t.Fatal(status, m)
		}
		jwks, jwksSM := s.get("/jwks").Body.Bytes(), s.get("/jwks-sm").Body.Bytes()
		a, err := client.CheckAnswerSM(idTokenOf(t, m), jwksSM, issuer, "asks", "nonce-1", start)
		if err != nil || a.Subject != "pairwise-1" {
			t.Errorf("%+v %v", a, err)
		}
		if _, err := client.CheckAnswer(idTokenOf(t, m), jwks, issuer, "asks", "nonce-1", start); err == nil {
			t.Error("it is an ES256 token too")
		}
		if _, err := client.CheckReceipt(m["receipt"], jwks, jwksSM, issuer, "asks", "nonce-1", start); (err == nil) != profile.Twice() {
			t.Errorf("%s: receipt: %v", profile, err)
		}
	}
	for party, profile := range map[string]suite.Profile{"asks": suite.International, "odd": suite.Dual} {
		if status, m := serveIn(t, issuer, profile).redeemed(t, party, "code-of-"+party); status != http.StatusInternalServerError || m["id_token"] != nil {
			t.Errorf("%s in %s is given another algorithm than it was admitted for: %d %s", party, profile, status, m)
		}
	}
}

// Keys of both sets rotate: the first signs, all are published.
func TestTheReceiptFollowsTheKeys(t *testing.T) {
	s := serveIn(t, issuer, suite.Dual)
	s.signers, s.sm = append([]suite.Signer{newSigner(t)}, s.signers...), append([]suite.Signer{newSM(t)}, s.sm...)
	_, m := s.redeemed(t, "shop", codeOnce)
	jwks, jwksSM := s.get("/jwks").Body.Bytes(), s.get("/jwks-sm").Body.Bytes()
	if strings.Count(string(jwksSM), `"kid"`) != 2 {
		t.Errorf("%s", jwksSM)
	}
	if _, err := client.CheckReceipt(m["receipt"], jwks, jwksSM, issuer, "shop", "nonce-1", start); err != nil {
		t.Error(err)
	}
	old, err := jose.Publish(jose.SM2, s.sm[1])
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.CheckReceipt(m["receipt"], jwks, old, issuer, "shop", "nonce-1", start); err == nil {
		t.Error("signed by the former key")
	}
}

func TestADoorWithMisplacedKeysIsNotMade(t *testing.T) {
	s := serve(t)
	es, sm := func() []suite.Signer { return s.signers }, func() []suite.Signer { return []suite.Signer{newSM(t)} }
	for name, c := range map[string]oidc.Config{
		"SM2 for everybody":     {Signers: sm},
		"ES256 for who asks":    {Signers: es, SignersSM: es},
		"twice with one's keys": {Signers: es, Twice: true},
	} {
		c.Issuer, c.Authorizer, c.Verifier, c.Parties, c.Once, c.Now = issuer, s.acts, s.acts, s.acts, s.acts.take, s.acts.now
		c.Keys = func(context.Context, identity.Party, func(jose.Set) bool) (jose.Set, error) { return jose.Set{}, nil }
		c.Nonces.Secrets = func() []identity.Secret { return nil }
		c.Page = func(http.ResponseWriter, *http.Request, int, string) {}
		c.Handover = func(http.ResponseWriter, *http.Request, string, url.Values) {}
		if _, err := oidc.New(c); err == nil {
			t.Error(name)
		}
	}
}
