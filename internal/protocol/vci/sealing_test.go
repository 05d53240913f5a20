package vci_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"

	oracle "github.com/go-jose/go-jose/v4"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
)

// sealing is a wallet's side of §10, by another library.
type sealing struct {
	*desk
	to  oracle.JSONWebKey // of the issuer's metadata
	own *ecdsa.PrivateKey
}

func newSealing(t testing.TB, d *desk) sealing {
	t.Helper()
	var m struct {
		Request struct {
			JWKS     oracle.JSONWebKeySet `json:"jwks"`
			Enc      []string             `json:"enc_values_supported"`
			Required *bool                `json:"encryption_required"`
		} `json:"credential_request_encryption"`
		Response struct {
			Alg      []string `json:"alg_values_supported"`
			Enc      []string `json:"enc_values_supported"`
			Required *bool    `json:"encryption_required"`
		} `json:"credential_response_encryption"`
	}
	w := d.send("GET", "/.well-known/openid-credential-issuer", "", "")
	if err := json.Unmarshal(w.Body.Bytes(), &m); err != nil {
		t.Fatal(err)
	}
	if m.Request.Required == nil || *m.Request.Required || m.Response.Required == nil || *m.Response.Required || len(m.Response.Alg) != 1 || len(m.Request.JWKS.Keys) != 1 ||
		strings.Join(m.Request.Enc, " ") != "A128GCM A256GCM" || strings.Join(m.Response.Enc, " ") != "A128GCM A256GCM" {
		t.Fatalf("%s", w.Body)
	}
	own, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return sealing{d, m.Request.JWKS.Keys[0], own}
}

func (s sealing) seal(t testing.TB, enc string, request map[string]any) string {
	t.Helper()
	e, err := oracle.NewEncrypter(oracle.ContentEncryption(enc), oracle.Recipient{Algorithm: oracle.KeyAlgorithm(s.to.Algorithm), Key: s.to.Key, KeyID: s.to.KeyID}, nil)
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(request)
	if err != nil {
		t.Fatal(err)
	}
	o, err := e.Encrypt(b)
	if err != nil {
		t.Fatal(err)
	}
	text, err := o.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func (s sealing) answered(enc string) map[string]any {
	return map[string]any{"jwk": oracle.JSONWebKey{Key: s.own.Public(), KeyID: "own", Algorithm: "ECDH-ES", Use: "enc"}, "enc": enc}
}

func (s sealing) post(path, text string) *httptest.ResponseRecorder {
	return s.send("POST", path, "application/jwt", text, "Authorization", "Bearer access")
}

func (s sealing) open(t testing.TB, w *httptest.ResponseRecorder, enc string) (o map[string]any) {
	t.Helper()
	if w.Header().Get("Content-Type") != "application/jwt" || w.Header().Get("Cache-Control") != "no-store" {
		t.Fatal(w.Code, w.Header(), w.Body)
	}
	read, err := oracle.ParseEncryptedCompact(w.Body.String(), []oracle.KeyAlgorithm{oracle.ECDH_ES}, []oracle.ContentEncryption{oracle.ContentEncryption(enc)})
	if err != nil || read.Header.KeyID != "own" {
		t.Fatal(w.Body, err)
	}
	plain, err := read.Decrypt(s.own)
	if err != nil || json.Unmarshal(plain, &o) != nil {
		t.Fatal(string(plain), err)
	}
	return o
}

func (s sealing) request(t testing.TB, more ...any) map[string]any {
	r := of(s.proof(t, signer(t)))
	for i := 0; i < len(more); i += 2 {
		r[more[i].(string)] = more[i+1]
	}
	return r
}

func TestH14SealedAnswers(t *testing.T) {
	d := newDesk(t)
	s := newSealing(t, d)
	for _, enc := range []string{"A128GCM", "A256GCM"} {
		w := s.post("/credential", s.seal(t, enc, s.request(t)))
		if w.Code != 200 || w.Header().Get("Content-Type") != "application/json" { // nothing was said of the answer
			t.Error(w.Code, w.Header(), w.Body)
		}
		w = s.post("/credential", s.seal(t, enc, s.request(t, "credential_response_encryption", s.answered(enc))))
		if o := s.open(t, w, enc); w.Code != 200 || len(o["credentials"].([]any)) != 1 || o["notification_id"] == "" {
			t.Error(w.Code, o)
		}
	}
	const bad = "invalid_encryption_parameters"
	before := len(d.orders)
	told(t, d.ask(t, "access", s.request(t, "credential_response_encryption", s.answered("A128GCM"))), 400, bad) // in the clear, anybody between could put their key there
	for name, asked := range map[string]any{
		"nothing":     nil,
		"no object":   "x",
		"no key":      map[string]any{"enc": "A128GCM"},
		"no enc":      map[string]any{"jwk": s.answered("")["jwk"]},
		"another enc": s.answered("A128CBC-HS256"),
		"another alg": map[string]any{"enc": "A128GCM", "jwk": oracle.JSONWebKey{Key: s.own.Public(), KeyID: "own", Algorithm: "ECDH-ES+A256KW"}},
		"compressed":  map[string]any{"enc": "A128GCM", "zip": "DEF", "jwk": s.answered("")["jwk"]},
		"private":     map[string]any{"enc": "A128GCM", "jwk": oracle.JSONWebKey{Key: s.own, KeyID: "own", Algorithm: "ECDH-ES"}},
	} {
		if told(t, s.post("/credential", s.seal(t, "A128GCM", s.request(t, "credential_response_encryption", asked))), 400, bad); t.Failed() {
			t.Fatal(name)
		}
	}
	text := s.seal(t, "A128GCM", s.request(t))
	told(t, s.post("/credential", text[:len(text)-4]+"AAAA"), 400, bad)
	told(t, s.post("/credential", `{}`), 400, bad)
	told(t, s.post("/credential", strings.Repeat("x", 200<<10)), 413, "invalid_credential_request")
	told(t, s.post("/notification", s.seal(t, "A128GCM", map[string]any{})), 415, "invalid_notification_request")
	if len(d.orders) != before {
		t.Errorf("%d orders of requests that were refused", len(d.orders)-before)
	}
	// What is wrong is said in the clear, also to whoever wanted answers sealed (§8.3.1).
	d.fails = fault.New("desk", fault.Forbidden, "standing_changed")
	told(t, s.post("/credential", s.seal(t, "A128GCM", s.request(t, "credential_response_encryption", s.answered("A128GCM")))), 400, "credential_request_denied")
}

// A request sealed to the key before is read for as long as that one lives, and the metadata names the new one.
func TestSealsRotate(t *testing.T) {
	d := newDesk(t)
	secrets := []identity.Secret{suite.NewSecret(identity.ES256)}
	d.Nonces.Secrets = func() []identity.Secret { return secrets }
	d.nonces.Secrets = d.Nonces.Secrets
	s := newSealing(t, d)
	text := s.seal(t, "A128GCM", s.request(t))
	former := secrets[0]
	secrets = []identity.Secret{suite.NewSecret(identity.ES256), former}
	if w := s.post("/credential", text); w.Code != 200 {
		t.Error(w.Code, w.Body)
	}
	if next := newSealing(t, d); next.to.KeyID == s.to.KeyID {
		t.Error("the metadata names the former key")
	}
	secrets = secrets[:1]
	told(t, s.post("/credential", text), 400, "invalid_encryption_parameters")
}

// FuzzSealedRequest: whatever is in it, it is answered in the protocol's words.
func FuzzSealedRequest(f *testing.F) {
	d := newDesk(f)
	s := newSealing(f, d)
	f.Add(s.seal(f, "A128GCM", s.request(f)))
	f.Add("e30.....")
	f.Fuzz(func(t *testing.T, text string) {
		if w := s.post("/credential", text); w.Code != 200 && w.Code != 400 && w.Code != 403 && w.Code != 413 {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	})
}
