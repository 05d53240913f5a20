package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"netid/client"
	"netid/internal/act/admit"
	"netid/internal/identity"
	"netid/internal/protocol/vci"
	"netid/internal/suite"
	"netid/internal/token/jose"
	"netid/internal/token/sdjwt"
	"netid/test/holder"
)

// toHouse sends what is for the issuer to a house that does not listen.
type toHouse struct{ h *house }

func (t toHouse) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	r.RequestURI = r.URL.RequestURI()
	t.h.server.ServeHTTP(w, r)
	return w.Result(), nil
}

// attested is an age credential as the house's own key signs one, in a wallet.
func attested(t *testing.T, h *house, over18 bool) holder.Credential {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	jwk, err := json.Marshal(holder.PublicJWK(&key.PublicKey))
	if err != nil {
		t.Fatal(err)
	}
	public, err := suite.ParsePublicKey(jwk)
	if err != nil {
		t.Fatal(err)
	}
	coder, err := jose.NewChainedCoder(jose.ES256, h.ring.Signers("attestation"), sdjwt.TypeCredential, h.anchor.Chains("attestation"))
	if err != nil {
		t.Fatal(err)
	}
	issuer, err := sdjwt.NewIssuer(coder, identity.ES256, 4)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	text, err := issuer.Credential(sdjwt.Credential{Kind: h.Issuer + "/credentials/age", Issuer: h.Issuer, Issued: now.Add(-time.Minute), Expires: now.Add(time.Hour), Holder: public,
		Claims: sdjwt.Object{"real_person": true, "age_over_18": sdjwt.Hidden{Value: over18}, "age_over_60": sdjwt.Hidden{Value: false}}})
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(strings.TrimSuffix(text, "~"), "~")
	c := holder.Credential{Kind: h.Issuer + "/credentials/age", JWT: parts[0], Key: key, Disclosures: parts[1:]}
	for _, d := range c.Disclosures {
		b, err := base64.RawURLEncoding.DecodeString(d)
		var content []any
		if err == nil {
			err = json.Unmarshal(b, &content)
		}
		if err != nil {
			t.Fatal(err)
		}
		c.Names = append(c.Names, content[1].(string))
	}
	return c
}

// A party has netid ask a wallet, of the program as it is served: the request and what the
// party registered are below the root that everybody may have, and so is what the wallet shows.
func TestAPartyHasNetidAskAWallet(t *testing.T) {
	h := built(t, true)
	web := &http.Client{Transport: toHouse{h}}
	_, secret, err := h.admit.Register(t.Context(), admit.Application{ID: "shop", Name: "Shop", RedirectURIs: []string{"https://shop.example/cb"}, AgeMarks: map[string]string{"over18": "Law 1"}, Sandbox: true})
	if err != nil {
		t.Fatal(err)
	}
	get := func(r *http.Request, into any) int {
		t.Helper()
		resp, err := web.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(resp.Body)
		if err == nil {
			err = json.Unmarshal(b, into)
		}
		if err != nil {
			t.Fatalf("%s: %v", b, err)
		}
		return resp.StatusCode
	}
	ask := func(what string) (status int, a struct {
		ID, Link string
		Access   string `json:"access_token"`
	}) {
		r := httptest.NewRequest("POST", h.Issuer+"/vp/requests", strings.NewReader(url.Values{"ask": {what}}.Encode()))
		r.RequestURI = ""
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.SetBasicAuth("shop", url.QueryEscape(secret))
		return get(r, &a), a
	}
	if status, _ := ask("age_over_60"); status != http.StatusForbidden {
		t.Error("what it did not register", status)
	}
	status, a := ask("age_over_18")
	if status != http.StatusCreated {
		t.Fatal(status, a)
	}
	resp, err := web.Get(h.Issuer + "/trust/root.pem")
	if err != nil {
		t.Fatal(err)
	}
	roots, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	wallet := &holder.Wallet{HTTP: web, Now: time.Now, Holds: []holder.Credential{attested(t, h, true)}}
	req, err := wallet.Fetch(a.Link)
	if err != nil {
		t.Fatal(err)
	}
	stated, err := client.CheckRegistration(req.VerifierInfo[0].Data, client.Expect{Roots: roots, Issuer: h.Issuer}, time.Now())
	if err != nil || stated.Party != "shop" {
		t.Errorf("%+v, %v", stated, err)
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(req.VerifierInfo[0].Data, ".")[1])
	var named struct {
		Keys []string `json:"x5t#S256"`
	}
	if err == nil {
		err = json.Unmarshal(payload, &named)
	}
	if err != nil || !slices.Contains(named.Keys, strings.TrimPrefix(req.ClientID, "x509_hash:")) {
		t.Errorf("%s signed the request, and %q are stated, %v", req.ClientID, named.Keys, err)
	}
	if got, err := wallet.Answer(req); err != nil || got.Status != http.StatusOK {
		t.Fatal(got, err)
	}
	r := httptest.NewRequest("GET", h.Issuer+"/vp/requests/"+a.ID, nil)
	r.RequestURI = ""
	r.Header.Set("Authorization", "Bearer "+a.Access)
	var told struct{ Status, Result string }
	if status := get(r, &told); status != http.StatusOK || told.Status != "answered" || strings.Count(told.Result, ".") != 2 {
		t.Fatalf("%d %+v", status, told)
	}
	claims, err := base64.RawURLEncoding.DecodeString(strings.Split(told.Result, ".")[1])
	if err != nil || !strings.Contains(string(claims), `"says":{"age_over_18":true,"real_person":true}`) {
		t.Errorf("%s, %v", claims, err)
	}
}

// Wallets check what the issuer says of itself below the root, as all else (HAIP 1.0 §4.1).
func TestSignedMetadataBringsItsChain(t *testing.T) {
	h := built(t, true)
	r := httptest.NewRequest("GET", h.Issuer+"/.well-known/openid-credential-issuer", nil)
	r.Header.Set("Accept", "application/jwt")
	w := httptest.NewRecorder()
	h.server.ServeHTTP(w, r)
	token, err := jose.Place{Algs: []string{jose.ES256}, Types: []string{vci.TypeMetadata}, Limit: 64 << 10}.Parse(w.Body.String())
	if err != nil {
		t.Fatal(w.Code, err)
	}
	own, between, err := token.Chain()
	if err != nil {
		t.Fatal(err)
	}
	pem, err := h.word.PEM()
	if err != nil {
		t.Fatal(err)
	}
	roots, err := suite.ParseRoots(pem)
	if err != nil {
		t.Fatal(err)
	}
	if err := roots.VerifySigner(own, between, time.Now()); err != nil || !own.Named("uri", h.Issuer) {
		t.Error(err)
	}
	key, _ := own.Key()
	if claims, err := token.VerifyWith(key); err != nil || string(claims["sub"]) != `"`+h.Issuer+`"` {
		t.Errorf("%s, %v", claims, err)
	}
}
