package suite_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/big"
	"strings"
	"testing"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
)

func rsaJWK(n, e *big.Int) string {
	enc := base64.RawURLEncoding.EncodeToString
	return fmt.Sprintf(`{"kty":"RSA","n":"%s","e":"%s"}`, enc(n.Bytes()), enc(e.Bytes()))
}

// What each kind of key verifies, and nothing else does.
func TestPublicKeysVerify(t *testing.T) {
	message := []byte("what was signed")
	d := sha256.Sum256(message)
	ec, err := suite.NewES256Secret()
	if err != nil {
		t.Fatal(err)
	}
	es, err := suite.NewES256(ec)
	if err != nil {
		t.Fatal(err)
	}
	gmSecret, err := suite.NewSM2Secret()
	if err != nil {
		t.Fatal(err)
	}
	gm, err := suite.NewSM2(gmSecret)
	if err != nil {
		t.Fatal(err)
	}
	ed := suite.NewEdDSA(suite.NewSecret(identity.ES256))
	own, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	pss := func(salt int) []byte {
		sig, err := rsa.SignPSS(rand.Reader, own, crypto.SHA256, d[:], &rsa.PSSOptions{SaltLength: salt})
		if err != nil {
			t.Fatal(err)
		}
		return sig
	}
	plain, err := rsa.SignPKCS1v15(rand.Reader, own, crypto.SHA256, d[:])
	if err != nil {
		t.Fatal(err)
	}
	sign := func(s suite.Signer) []byte {
		sig, err := s.Sign(message)
		if err != nil {
			t.Fatal(err)
		}
		return sig
	}
	rsaKey := rsaJWK(own.N, big.NewInt(int64(own.E)))
	for name, c := range map[string]struct {
		jwk, alg string
		sig      []byte
		ok       bool
	}{
		"ES256":               {string(es.PublicJWK()), "ES256", sign(es), true},
		"EdDSA":               {string(ed.PublicJWK()), "EdDSA", sign(ed), true},
		"SM2":                 {string(gm.PublicJWK()), suite.AlgSM2, sign(gm), true},
		"PS256":               {rsaKey, "PS256", pss(32), true},
		"salt of another":     {rsaKey, "PS256", pss(20), false},
		"RS256":               {rsaKey, "PS256", plain, false},
		"EdDSA cut short":     {string(ed.PublicJWK()), "EdDSA", sign(ed)[:63], false},
		"EdDSA of nothing":    {string(ed.PublicJWK()), "EdDSA", nil, false},
		"PS256 of nothing":    {rsaKey, "PS256", nil, false},
		"ES256 by an Ed25519": {string(ed.PublicJWK()), "EdDSA", sign(es), false},
	} {
		k, err := suite.ParsePublicKey([]byte(c.jwk))
		if err != nil || k.Alg() != c.alg {
			t.Errorf("%s: %q %v", name, k.Alg(), err)
			continue
		}
		if err := k.Verify(message, c.sig); (err == nil) != c.ok || err != nil && !fault.Because(err, "signature_invalid") {
			t.Errorf("%s: %v", name, err)
		}
		if c.ok && k.Verify(append(message, '!'), c.sig) == nil {
			t.Errorf("%s: another message passes", name)
		}
		if again, err := suite.ParsePublicKey(k.JWK()); err != nil || again.Thumbprint() != k.Thumbprint() {
			t.Errorf("%s: its canonical form is another key: %v", name, err)
		}
	}
	if (suite.PublicKey{}).Verify(message, sign(es)) == nil {
		t.Error("no key verifies")
	}
}

// RFC 8037 appendix A.3 and RFC 7638 §3.1.
func TestThumbprintsOfTheStandards(t *testing.T) {
	for jwk, want := range map[string]string{
		`{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`: "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k",
		`{"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw","e":"AQAB","alg":"RS256","kid":"2011-04-29"}`: "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs",
	} {
		k, err := suite.ParsePublicKey([]byte(jwk))
		if err != nil || k.Thumbprint() != want {
			t.Errorf("%s %v", k.Thumbprint(), err)
		}
	}
}

// C20: keys that are no keys.
func TestPublicKeysThatAreNone(t *testing.T) {
	own, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	e := big.NewInt(65537)
	small := new(big.Int).Rsh(own.N, 1025)
	refused := map[string]string{
		"RSA of 1024 bits":    rsaJWK(small.SetBit(small, 0, 1), e),
		"RSA of 8192 bits":    rsaJWK(new(big.Int).SetBit(new(big.Int).Lsh(own.N, 6144), 0, 1), e),
		"even modulus":        rsaJWK(new(big.Int).Add(own.N, big.NewInt(1)), e),
		"e = 1":               rsaJWK(own.N, big.NewInt(1)),
		"e = 3":               rsaJWK(own.N, big.NewInt(3)),
		"e even":              rsaJWK(own.N, big.NewInt(65538)),
		"e of 64 bits":        rsaJWK(own.N, new(big.Int).Lsh(e, 40)),
		"no n":                `{"kty":"RSA","e":"AQAB"}`,
		"a private RSA":       strings.TrimSuffix(rsaJWK(own.N, e), "}") + `,"d":"AQ"}`,
		"powers of 65537":     rsaJWK(weak(t), e),
		"Ed448":               `{"kty":"OKP","crv":"Ed448","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`,
		"X25519":              `{"kty":"OKP","crv":"X25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`,
		"Ed25519 cut short":   `{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHUQ"}`,
		"Ed25519 as an EC":    `{"kty":"EC","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`,
		"a private Ed25519":   `{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","d":"AA"}`,
		"symmetric":           `{"kty":"oct","k":"AAAA"}`,
		"nothing":             `{}`,
		"SM2 off its curve":   `{"kty":"EC","crv":"urn:netid:crv:SM2","x":"` + strings.Repeat("A", 43) + `","y":"` + strings.Repeat("A", 43) + `"}`,
		"P-256 at infinity":   `{"kty":"EC","crv":"P-256","x":"` + strings.Repeat("A", 43) + `","y":"` + strings.Repeat("A", 43) + `"}`,
		"a kind in two cases": `{"kty":"OKP","KTY":"RSA","kty":"RSA"}`,
	}
	for i, y := range smallOrder() {
		for _, sign := range []byte{0, 0x80} {
			b := append([]byte(nil), y...)
			b[31] |= sign
			refused[fmt.Sprintf("small order %d %x", i, sign)] = `{"kty":"OKP","crv":"Ed25519","x":"` + base64.RawURLEncoding.EncodeToString(b) + `"}`
		}
	}
	for name, jwk := range refused {
		if _, err := suite.ParsePublicKey([]byte(jwk)); !fault.Because(err, "device_key_invalid") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Each of them is one for which anybody makes a signature; otherwise there
// would be no reason to refuse it.
func TestSmallOrderKeysProveNothing(t *testing.T) {
	for i, y := range smallOrder() {
		forged := false
		sig := make([]byte, 64)
		sig[0] = 1 // R is the neutral element, S is zero
		for n := range 64 {
			forged = forged || ed25519.Verify(ed25519.PublicKey(y), fmt.Append(nil, n), sig)
		}
		if !forged {
			t.Errorf("%d: %x is as good as others", i, y)
		}
	}
}

func smallOrder() [][]byte {
	var all [][]byte
	for _, s := range suite.SmallOrder() {
		b, err := hex.DecodeString(s)
		if err == nil {
			all = append(all, b)
		}
	}
	return all
}

// weak is a modulus with the mark of CVE-2017-15361: k·M + (65537^a mod M).
func weak(t *testing.T) *big.Int {
	t.Helper()
	m := big.NewInt(1)
	for p := int64(2); p <= 167; p++ {
		if big.NewInt(p).ProbablyPrime(10) {
			m.Mul(m, big.NewInt(p))
		}
	}
	n := new(big.Int).Exp(big.NewInt(65537), big.NewInt(123456), m)
	n.Add(n, new(big.Int).Mul(m, new(big.Int).Lsh(big.NewInt(1), uint(2047-m.BitLen()+1))))
	if n.BitLen() < 2048 || n.Bit(0) == 0 {
		t.Fatalf("%d bits", n.BitLen())
	}
	return n
}

func FuzzPublicKey(f *testing.F) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		f.Fatal(err)
	}
	point, err := key.PublicKey.Bytes()
	if err != nil {
		f.Fatal(err)
	}
	enc := base64.RawURLEncoding.EncodeToString
	f.Add([]byte(`{"kty":"EC","crv":"P-256","x":"` + enc(point[1:33]) + `","y":"` + enc(point[33:]) + `"}`))
	f.Add([]byte(`{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`))
	f.Add([]byte(`{"kty":"RSA","n":"AQAB","e":"AQAB"}`))
	f.Fuzz(func(t *testing.T, jwk []byte) {
		k, err := suite.ParsePublicKey(jwk)
		if err != nil {
			return
		}
		again, err := suite.ParsePublicKey(k.JWK())
		if err != nil || again.Alg() != k.Alg() || again.Thumbprint() != k.Thumbprint() {
			t.Fatalf("%s becomes another key: %v", jwk, err)
		}
		if k.Verify([]byte("m"), make([]byte, 64)) == nil {
			t.Fatalf("%s verifies zeros", jwk)
		}
	})
}
