package client_test

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"netid/client"
)

func disclosure() map[string]any {
	return map[string]any{
		"verified_claims": map[string]any{"verification": map[string]any{"trust_framework": "netid"}, "claims": map[string]any{"name": "沙盒·甲", "match_birthdate": false, "colour": "red"}},
		"terms": map[string]any{"consent": "0123456789abcdef0123456789abcdef", "purpose": map[string]any{"en": "To sell", "zh": "销售"}, "bases": map[string]any{"name": "A law"},
			"keep_days": 30, "keep_until": "2026-03-31"}}
}

func sealTo(t testing.TB, alg jose.KeyAlgorithm, enc jose.ContentEncryption, key any, token string) string {
	t.Helper()
	e, err := jose.NewEncrypter(enc, jose.Recipient{Algorithm: alg, Key: key, KeyID: "e"}, (&jose.EncrypterOptions{}).WithContentType("JWT"))
	if err != nil {
		t.Fatal(err)
	}
	o, err := e.Encrypt([]byte(token))
	if err != nil {
		t.Fatal(err)
	}
	s, err := o.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func private(t testing.TB, k jose.JSONWebKey) []byte {
	t.Helper()
	b, err := json.Marshal(k)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestOpenAndCheckPlainText(t *testing.T) {
	d, own := newDevice(t), newDevice(t)
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	token := d.token(header(), with(claims(), disclosure()))
	want := &client.Disclosure{Values: map[string]string{"name": "沙盒·甲"}, Matches: map[string]bool{"match_birthdate": false}, Consent: "0123456789abcdef0123456789abcdef",
		Purpose: map[string]string{"en": "To sell", "zh": "销售"}, Bases: map[string]string{"name": "A law"}, KeepDays: 30, KeepUntil: time.Date(2026, 3, 31, 0, 0, 0, 0, time.UTC)}
	for _, c := range []struct {
		alg jose.KeyAlgorithm
		to  any
		jwk jose.JSONWebKey
	}{
		{jose.ECDH_ES, &own.PublicKey, jose.JSONWebKey{Key: own.PrivateKey}},
		{jose.ECDH_ES_A256KW, &own.PublicKey, jose.JSONWebKey{Key: own.PrivateKey, KeyID: "e"}},
		{jose.RSA_OAEP_256, &key.PublicKey, jose.JSONWebKey{Key: key, Algorithm: "RSA-OAEP-256"}},
	} {
		inner, err := client.Open(sealTo(t, c.alg, jose.A256GCM, c.to, token), private(t, c.jwk))
		if err != nil || inner != token {
			t.Fatalf("%s: %v", c.alg, err)
		}
		got, err := client.CheckAnswer(inner, d.set(), issuer, party, nonce, asked)
		if err != nil || !reflect.DeepEqual(got.Plain, want) {
			t.Errorf("%s: %+v %v", c.alg, got.Plain, err)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	own, other := newDevice(t), newDevice(t)
	key := jose.JSONWebKey{Key: own.PrivateKey, KeyID: "e"}
	good := sealTo(t, jose.ECDH_ES, jose.A256GCM, &own.PublicKey, "a.b.c")
	if _, err := client.Open(good, private(t, key)); err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(good, ".")
	changed := func(n int, s string) string { p := append([]string{}, parts...); p[n] = s; return strings.Join(p, ".") }
	for name, c := range map[string]struct {
		sealed string
		key    []byte
		want   error
	}{
		"signed and not encrypted": {"a.b.c", private(t, key), client.ErrToken},
		"empty":                    {"", private(t, key), client.ErrToken},
		"another party's key":      {good, private(t, jose.JSONWebKey{Key: other.PrivateKey, KeyID: "e"}), client.ErrToken},
		"a key of another name":    {good, private(t, jose.JSONWebKey{Key: own.PrivateKey, KeyID: "f"}), client.ErrToken},
		"a key for something else": {good, private(t, jose.JSONWebKey{Key: own.PrivateKey, Algorithm: "ECDH-ES+A256KW"}), client.ErrToken},
		"a key for signatures":     {good, private(t, jose.JSONWebKey{Key: own.PrivateKey, Algorithm: "ES256"}), client.ErrKey},
		"a public key":             {good, private(t, jose.JSONWebKey{Key: &own.PublicKey}), client.ErrKey},
		"no key":                   {good, []byte("{}"), client.ErrKey},
		"a weaker encryption":      {sealTo(t, jose.ECDH_ES, jose.A128GCM, &own.PublicKey, "a.b.c"), private(t, key), client.ErrToken},
		"CBC":                      {sealTo(t, jose.ECDH_ES, jose.A256CBC_HS512, &own.PublicKey, "a.b.c"), private(t, key), client.ErrToken},
		"a shorter wrap":           {sealTo(t, jose.ECDH_ES_A128KW, jose.A256GCM, &own.PublicKey, "a.b.c"), private(t, key), client.ErrToken},
		"an altered tag":           {changed(4, "AAAAAAAAAAAAAAAAAAAAAA"), private(t, key), client.ErrToken},
		"altered content":          {changed(3, "AAAAAAA"), private(t, key), client.ErrToken},
		"another header":           {changed(0, b64([]byte(`{"alg":"dir","enc":"A256GCM"}`))), private(t, key), client.ErrToken},
	} {
		if got, err := client.Open(c.sealed, c.key); !errors.Is(err, c.want) || got != "" {
			t.Errorf("%s: %q %v", name, got, err)
		}
	}
}

// Plain text without its terms, or with others than there are, is no answer:
// a party would hold it without knowing on what ground.
func TestCheckAnswerRefusesPlainTextWithoutTerms(t *testing.T) {
	d := newDevice(t)
	for name, change := range map[string]func(whole, verified, terms map[string]any){
		"no terms":             func(w, _, _ map[string]any) { delete(w, "terms") },
		"terms alone":          func(w, _, _ map[string]any) { delete(w, "verified_claims") },
		"no object":            func(w, _, _ map[string]any) { w["verified_claims"] = "name" },
		"no claims":            func(_, v, _ map[string]any) { delete(v, "claims") },
		"a number for a name":  func(_, v, _ map[string]any) { v["claims"] = map[string]any{"name": 7} },
		"an empty name":        func(_, v, _ map[string]any) { v["claims"] = map[string]any{"name": ""} },
		"a match that is text": func(_, v, _ map[string]any) { v["claims"] = map[string]any{"match_name": "true"} },
		"no consent":           func(_, _, t map[string]any) { delete(t, "consent") },
		"a consent of words":   func(_, _, t map[string]any) { t["consent"] = "yes" },
		"for no time":          func(_, _, t map[string]any) { t["keep_days"] = 0 },
		"until no day":         func(_, _, t map[string]any) { t["keep_until"] = "for ever" },
		"for no purpose":       func(_, _, t map[string]any) { delete(t, "purpose") },
		"on no basis":          func(_, _, t map[string]any) { t["bases"] = map[string]any{} },
	} {
		whole := disclosure()
		change(whole, whole["verified_claims"].(map[string]any), whole["terms"].(map[string]any))
		if _, err := client.CheckAnswer(d.token(header(), with(claims(), whole)), d.set(), issuer, party, nonce, asked); !errors.Is(err, client.ErrToken) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What opens is what an independent reader opens.
func FuzzOpen(f *testing.F) {
	own := newDevice(f)
	key := private(f, jose.JSONWebKey{Key: own.PrivateKey, KeyID: "e"})
	f.Add(sealTo(f, jose.ECDH_ES, jose.A256GCM, &own.PublicKey, "a.b.c"))
	f.Add("a.b.c.d.e")
	f.Add("....")
	f.Fuzz(func(t *testing.T, s string) {
		got, err := client.Open(s, key)
		if err != nil && !errors.Is(err, client.ErrToken) || err != nil && got != "" {
			t.Fatalf("%q gives %q, %v", s, got, err)
		}
	})
}
