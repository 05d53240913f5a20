package jose_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	oracle "github.com/go-jose/go-jose/v4"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
	"netid/internal/token/jose"
)

func agreement(t testing.TB, s identity.Suite) suite.Agreement {
	t.Helper()
	k, err := suite.NewAgreement(suite.NewSecret(s), "test")
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// sealedTo is what somebody else's library makes of the published key.
func sealedTo(t testing.TB, k suite.Agreement, enc, kid, plain string, opts *oracle.EncrypterOptions) string {
	t.Helper()
	to := published(t, k)
	if kid == "" {
		kid = to.KeyID
	}
	e, err := oracle.NewEncrypter(oracle.ContentEncryption(enc), oracle.Recipient{Algorithm: oracle.ECDH_ES, Key: to.Key, KeyID: kid}, opts)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := e.Encrypt([]byte(plain))
	if err != nil {
		t.Fatal(err)
	}
	text, err := sealed.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// What another library seals to a published key is opened, in either suite.
func TestUnsealOpensWhatOthersSeal(t *testing.T) {
	for _, s := range []identity.Suite{identity.ES256, identity.SM} {
		k, other := agreement(t, s), agreement(t, s)
		for _, enc := range jose.ContentAlgs() {
			text := sealedTo(t, k, enc, "", `{"a":1}`, nil)
			if plain, err := jose.Unseal(text, 4096, []suite.Agreement{other, k}); err != nil || string(plain) != `{"a":1}` {
				t.Errorf("%s: %s %v", enc, plain, err)
			}
			if _, err := jose.Unseal(text, 4096, []suite.Agreement{other}); !fault.Because(err, "sealed_invalid") {
				t.Error("another key opens it", err)
			}
			if _, err := jose.Unseal(text, len(text)-1, []suite.Agreement{k}); !fault.Because(err, "sealed_invalid") {
				t.Error("longer than the limit", err)
			}
		}
	}
}

// What is not plainly ECDH-ES to a key that its kid names stays closed.
func TestUnsealRefuses(t *testing.T) {
	k := agreement(t, identity.ES256)
	good := sealedTo(t, k, jose.A128GCM, "", `{"a":1}`, nil)
	parts := strings.Split(good, ".")
	raw, err := base64.RawURLEncoding.DecodeString(parts[0])
	if err != nil {
		t.Fatal(err)
	}
	header := func(change func(map[string]any)) string {
		var h map[string]any
		if err := json.Unmarshal(raw, &h); err != nil {
			t.Fatal(err)
		}
		change(h)
		b, err := json.Marshal(h)
		if err != nil {
			t.Fatal(err)
		}
		return base64.RawURLEncoding.EncodeToString(b) + "." + strings.Join(parts[1:], ".")
	}
	zipped := sealedTo(t, k, jose.A128GCM, "", strings.Repeat("a", 100<<10), &oracle.EncrypterOptions{Compression: oracle.DEFLATE})
	wrapping, err := oracle.NewEncrypter(oracle.A128GCM, oracle.Recipient{Algorithm: oracle.ECDH_ES_A128KW, Key: published(t, k).Key, KeyID: k.KeyID()}, nil)
	if err != nil {
		t.Fatal(err)
	}
	w, err := wrapping.Encrypt([]byte("{}"))
	if err != nil {
		t.Fatal(err)
	}
	wrapped, err := w.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"nothing":         "",
		"four parts":      strings.Join(parts[:4], "."),
		"no header":       "." + strings.Join(parts[1:], "."),
		"compressed":      zipped,
		"wrapped":         wrapped,
		"no kid":          header(func(h map[string]any) { delete(h, "kid") }),
		"another kid":     sealedTo(t, k, jose.A128GCM, "another", "{}", nil),
		"critical":        header(func(h map[string]any) { h["crit"] = []string{"exp"} }),
		"another content": sealedTo(t, k, "A128CBC-HS256", "", "{}", nil),
		"a changed enc":   header(func(h map[string]any) { h["enc"] = "A256GCM" }),
		"alg none":        header(func(h map[string]any) { h["alg"] = "none" }),
		"alg dir":         header(func(h map[string]any) { h["alg"] = "dir" }),
		"no epk":          header(func(h map[string]any) { delete(h, "epk") }),
		"off its curve":   header(func(h map[string]any) { h["epk"].(map[string]any)["x"] = strings.Repeat("A", 43) }),

		"apu no text":     header(func(h map[string]any) { h["apu"] = 1 }),
		"header changed":  header(func(h map[string]any) { h["more"] = 1 }),
		"a wrapped key":   parts[0] + ".AAAA." + strings.Join(parts[2:], "."),
		"content changed": strings.Join(parts[:3], ".") + ".AAAA." + parts[4],
		"tag cut":         good[:len(good)-2],
	} {
		if plain, err := jose.Unseal(text, 256<<10, []suite.Agreement{k}); !fault.Because(err, "sealed_invalid") {
			t.Errorf("%s: %s %v", name, plain, err)
		}
	}
}

func published(t testing.TB, k suite.Agreement) oracle.JSONWebKey {
	t.Helper()
	b, err := jose.PublishSealing(k)
	var set oracle.JSONWebKeySet
	if err != nil || json.Unmarshal(b, &set) != nil || len(set.Keys) != 1 || set.Keys[0].Use != "enc" || set.Keys[0].Algorithm != "ECDH-ES" || set.Keys[0].KeyID != k.KeyID() {
		t.Fatalf("%s %v", b, err)
	}
	return set.Keys[0]
}

// An answer is sealed to the key that came, under its kid, and to keys that say so alone.
func TestRecipient(t *testing.T) {
	own, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	jwk := func(change func(map[string]any)) []byte {
		b, err := oracle.JSONWebKey{Key: own.Public(), KeyID: "w", Use: "enc", Algorithm: "ECDH-ES"}.MarshalJSON()
		var o map[string]any
		if err != nil || json.Unmarshal(b, &o) != nil {
			t.Fatal(err)
		}
		change(o)
		b, err = json.Marshal(o)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	for _, enc := range jose.ContentAlgs() {
		r, err := jose.ParseRecipient(jwk(func(map[string]any) {}), enc)
		if err != nil {
			t.Fatal(err)
		}
		text, err := r.Seal([]byte(`{"a":1}`))
		if err != nil {
			t.Fatal(err)
		}
		read, err := oracle.ParseEncryptedCompact(text, []oracle.KeyAlgorithm{oracle.ECDH_ES}, []oracle.ContentEncryption{oracle.ContentEncryption(enc)})
		if err != nil || read.Header.KeyID != "w" {
			t.Fatal(err)
		}
		if plain, err := read.Decrypt(own); err != nil || string(plain) != `{"a":1}` {
			t.Error(string(plain), err)
		}
	}
	for name, change := range map[string]func(map[string]any){
		"no alg":       func(o map[string]any) { delete(o, "alg") },
		"another alg":  func(o map[string]any) { o["alg"] = "ECDH-ES+A256KW" },
		"to sign with": func(o map[string]any) { o["use"] = "sig" },
		"private":      func(o map[string]any) { o["d"] = "AA" },
		"another kind": func(o map[string]any) { o["kty"] = "oct" },
	} {
		if _, err := jose.ParseRecipient(jwk(change), jose.A128GCM); err == nil {
			t.Error(name)
		}
	}
	for _, enc := range []string{"", "A128CBC-HS256", "A192GCM"} {
		if _, err := jose.ParseRecipient(jwk(func(map[string]any) {}), enc); !fault.Because(err, "encryption_alg_not_served") {
			t.Error(enc, err)
		}
	}
}

// FuzzUnseal: what is opened is shorter than what came; the rest has one reason.
func FuzzUnseal(f *testing.F) {
	k := agreement(f, identity.ES256)
	f.Add(sealedTo(f, k, jose.A128GCM, "", `{"a":1}`, nil))
	f.Add(sealedTo(f, k, jose.A256GCM, "", `{}`, &oracle.EncrypterOptions{Compression: oracle.DEFLATE}))
	f.Add("....")
	f.Fuzz(func(t *testing.T, text string) {
		plain, err := jose.Unseal(text, 4096, []suite.Agreement{k})
		if err == nil && len(plain) >= len(text) {
			t.Errorf("%d of %d", len(plain), len(text))
		}
		if err != nil && !fault.Because(err, "sealed_invalid") {
			t.Error(err)
		}
	})
}
