package suite_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"testing"

	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/sm3"
	"github.com/emmansun/gmsm/sm4"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
)

// The standards' own samples: testdata/vectors/README.md has their sources.

// sm2Sample is a signature; d, id, message, za and k are not in every file.
type sm2Sample struct{ D, X, Y, ID, Message, ZA, E, K, R, S string }

func (v sm2Sample) jwk(t *testing.T) []byte {
	enc := base64.RawURLEncoding.EncodeToString
	return []byte(`{"crv":"` + suite.CurveSM2 + `","kty":"EC","x":"` + enc(unhex(t, v.X)) + `","y":"` + enc(unhex(t, v.Y)) + `"}`)
}

func (v sm2Sample) key(t *testing.T) identity.Secret {
	return identity.NewSecret(identity.SM, [32]byte(unhex(t, v.D)))
}

// coordinates are read without the suite.
func coordinates(t *testing.T, jwk []byte) (x, y *big.Int) {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal(jwk, &m); err != nil {
		t.Fatal(err)
	}
	number := func(name string) *big.Int {
		text, _ := m[name].(string)
		b, err := base64.RawURLEncoding.DecodeString(text)
		if err != nil || len(b) != 32 {
			t.Fatalf("%s of %q: %v", name, jwk, err)
		}
		return new(big.Int).SetBytes(b)
	}
	return number("x"), number("y")
}

func sample(t *testing.T) (v sm2Sample) {
	readVectors(t, "gbt32918_5_sm2.json", &v)
	return v
}

func TestSM2OfGBT32918(t *testing.T) {
	v := sample(t)
	signer, err := suite.NewSM2(v.key(t))
	if err != nil || string(signer.PublicJWK()) != string(v.jwk(t)) {
		t.Fatalf("another public key: %v", err)
	}
	if err := suite.VerifySM2(v.jwk(t), unhex(t, v.Message), unhex(t, v.R+v.S)); err != nil {
		t.Error(err)
	}
	public, err := suite.ReadSM2Key(v.jwk(t))
	if err != nil {
		t.Fatal(err)
	}
	za, err := sm2.CalculateZA(public, []byte(v.ID))
	if err != nil || !bytes.Equal(za, unhex(t, v.ZA)) {
		t.Errorf("ZA: %x %v", za, err)
	}
	if e := sm3.Sum(append(za, unhex(t, v.Message)...)); !bytes.Equal(e[:], unhex(t, v.E)) {
		t.Errorf("e: %x", e)
	}
	// Our signer draws its own k; with the sample's, §6.1's formulas give the sample.
	n, number := sm2.P256().Params().N, func(s string) *big.Int { return new(big.Int).SetBytes(unhex(t, s)) }
	nonce, err := suite.NewSM2(identity.NewSecret(identity.SM, [32]byte(unhex(t, v.K)))) // its public point is [k]G
	if err != nil {
		t.Fatal(err)
	}
	x1, _ := coordinates(t, nonce.PublicJWK())
	r := new(big.Int).Add(number(v.E), x1)
	r.Mod(r, n)
	s := new(big.Int).Mul(r, number(v.D))
	s.Sub(number(v.K), s)
	s.Mul(s, new(big.Int).ModInverse(new(big.Int).Add(number(v.D), big.NewInt(1)), n)).Mod(s, n)
	if r.Cmp(number(v.R)) != 0 || s.Cmp(number(v.S)) != 0 {
		t.Errorf("r %x, s %x", r, s)
	}
}

// gmsm before 0.41.1 dropped a carry and refused this signature, which holds.
func TestSM2OfIssue560(t *testing.T) {
	var v sm2Sample
	readVectors(t, "gmsm_issue_560.json", &v)
	public, err := suite.ReadSM2Key(v.jwk(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := suite.VerifySM2Digest(public, unhex(t, v.E), unhex(t, v.R+v.S)); err != nil {
		t.Error("a good signature is refused:", err)
	}
	for i := range 64 {
		sig := unhex(t, v.R+v.S)
		sig[i] ^= 1
		if err := suite.VerifySM2Digest(public, unhex(t, v.E), sig); !fault.Because(err, "signature_invalid") {
			t.Errorf("byte %d changed: %v", i, err)
		}
	}
}

func TestSM3OfGBT32905(t *testing.T) {
	var v struct {
		Samples []struct{ Message, Digest string }
	}
	readVectors(t, "gbt32905_sm3.json", &v)
	for _, s := range v.Samples {
		if d := sm3.Sum(unhex(t, s.Message)); !bytes.Equal(d[:], unhex(t, s.Digest)) {
			t.Errorf("%s: %x", s.Message, d)
		}
		framedBefore := append([]byte{0, 0, 0, 0, 0, 0, 0, byte(len(s.Message) / 2)}, unhex(t, s.Message)...)
		if suite.DigestIn(identity.SM, unhex(t, s.Message)) != sm3.Sum(framedBefore) {
			t.Error("DigestIn is not SM3 over length-prefixed parts")
		}
	}
	if len(v.Samples) != 2 {
		t.Error(len(v.Samples))
	}
}

func TestSM4OfGBT32907(t *testing.T) {
	var v struct{ Key, Plaintext, Once, Million string }
	readVectors(t, "gbt32907_sm4.json", &v)
	block, err := sm4.NewCipher(unhex(t, v.Key))
	if err != nil {
		t.Fatal(err)
	}
	text := unhex(t, v.Plaintext)
	for round := range 1_000_000 {
		if block.Encrypt(text, text); round == 0 && !bytes.Equal(text, unhex(t, v.Once)) {
			t.Fatalf("once: %x", text)
		}
	}
	if !bytes.Equal(text, unhex(t, v.Million)) {
		t.Errorf("a million times: %x", text)
	}
	for range 1_000_000 {
		block.Decrypt(text, text)
	}
	if !bytes.Equal(text, unhex(t, v.Plaintext)) {
		t.Errorf("and back: %x", text)
	}
}

func TestSM4GCMOfRFC8998(t *testing.T) {
	var v struct{ Key, Nonce, AAD, Plaintext, Ciphertext, Tag string }
	readVectors(t, "rfc8998_sm4_gcm.json", &v)
	aead := suite.SM4GCM([16]byte(unhex(t, v.Key)))
	if got := aead.Seal(nil, unhex(t, v.Nonce), unhex(t, v.Plaintext), unhex(t, v.AAD)); !bytes.Equal(got, unhex(t, v.Ciphertext+v.Tag)) {
		t.Errorf("%x", got)
	}
	if got, err := aead.Open(nil, unhex(t, v.Nonce), unhex(t, v.Ciphertext+v.Tag), unhex(t, v.AAD)); err != nil || !bytes.Equal(got, unhex(t, v.Plaintext)) {
		t.Errorf("%x %v", got, err)
	}
}
