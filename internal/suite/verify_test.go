package suite_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"math/big"
	"slices"
	"testing"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
)

func TestES256OfRFC7515(t *testing.T) { // appendix A.3.1
	const input = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
	sig, err := base64.RawURLEncoding.DecodeString("DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q")
	if err != nil {
		t.Fatal(err)
	}
	if err := suite.VerifyES256([]byte(jwk), []byte(input), sig); err != nil {
		t.Error(err)
	}
	if err := suite.VerifyES256([]byte(jwk), []byte(input+"x"), sig); !fault.Because(err, "signature_invalid") {
		t.Error(err)
	}
}

func TestES256Edges(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := key.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	signer, err := suite.NewES256(identity.NewSecret(identity.ES256, [32]byte(secret)))
	if err != nil {
		t.Fatal(err)
	}
	message := []byte("statement")
	good, err := signer.Sign(message)
	if err != nil || len(good) != 64 {
		t.Fatal(len(good), err)
	}
	digest := sha256.Sum256(message)
	der, err := ecdsa.SignASN1(rand.Reader, key, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	n := elliptic.P256().Params().N
	r, s := new(big.Int).SetBytes(good[:32]), new(big.Int).SetBytes(good[32:])
	join := func(r, s *big.Int) []byte {
		b := make([]byte, 64)
		r.FillBytes(b[:32])
		s.FillBytes(b[32:])
		return b
	}
	zero, one, top := new(big.Int), big.NewInt(1), new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 256), big.NewInt(1))
	for name, sig := range map[string][]byte{
		"empty":     nil,
		"63 bytes":  good[:63],
		"65 bytes":  append(good[:64:64], 0),
		"leading 0": append([]byte{0}, good...),
		"r, 0, s":   slices.Concat(good[:32], []byte{0}, good[32:]),
		"der":       der,
		"r = 0":     join(zero, s),
		"s = 0":     join(r, zero),
		"both 0":    join(zero, zero),
		"r = n":     join(n, s),
		"s = n":     join(r, n),
		"r = n + 1": join(new(big.Int).Add(n, one), s),
		"r = max":   join(top, s),
		"s = max":   join(r, top),
		"both n":    join(n, n),
		"1, 1":      join(one, one),
		"-r":        join(new(big.Int).Sub(n, r), s),
		"swapped":   join(s, r),
		"96 bytes":  make([]byte, 96),
	} {
		if err := suite.VerifyES256(signer.PublicJWK(), message, sig); !fault.Is(err, fault.Invalid) || !fault.Because(err, "signature_invalid") {
			t.Errorf("%s: %v", name, err)
		}
	}
	// The standard lets n-s stand for s (SEC 1 §4.1.4): browsers make either.
	for name, sig := range map[string][]byte{"good": good, "n-s": join(r, new(big.Int).Sub(n, s))} {
		if err := suite.VerifyES256(signer.PublicJWK(), message, sig); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for i := range good {
		bad := append([]byte(nil), good...)
		bad[i] ^= 0x10
		if suite.VerifyES256(signer.PublicJWK(), message, bad) == nil {
			t.Errorf("byte %d changed and it holds", i)
		}
	}
	if err := suite.VerifyES256([]byte(jwk), message, good); !fault.Because(err, "signature_invalid") {
		t.Errorf("another device's key: %v", err)
	}
}

func FuzzVerifyES256(f *testing.F) {
	f.Add(make([]byte, 64))
	f.Add([]byte{0x30, 0x06, 0x02, 0x01, 0x01, 0x02, 0x01, 0x01})
	f.Fuzz(func(t *testing.T, sig []byte) {
		if suite.VerifyES256([]byte(jwk), []byte("nobody signed this"), sig) == nil {
			t.Errorf("holds: %x", sig)
		}
	})
}
