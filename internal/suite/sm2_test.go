package suite_test

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"io"
	"math/big"
	"slices"
	"strings"
	"testing"
	"testing/cryptotest"
	"testing/iotest"

	"github.com/emmansun/gmsm/sm2"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
)

func join(r, s *big.Int) []byte {
	b := make([]byte, 64)
	r.FillBytes(b[:32])
	s.FillBytes(b[32:])
	return b
}

func split(sig []byte) (r, s *big.Int) {
	return new(big.Int).SetBytes(sig[:32]), new(big.Int).SetBytes(sig[32:])
}

func TestSM2SignerMakesWhatVerifyTakes(t *testing.T) {
	for range 20 { // r and s with leading zeros must keep their 32 bytes
		s := newSigner(t, identity.SM)
		sig, err := s.Sign([]byte("m"))
		if err != nil || len(sig) != 64 || s.Alg() != suite.AlgSM2 || s.KeyID() == "" {
			t.Fatal(len(sig), s.Alg(), err)
		}
		if err := suite.VerifySM2(s.PublicJWK(), []byte("m"), sig); err != nil {
			t.Error(err)
		}
		if err := suite.VerifySM2(s.PublicJWK(), []byte("n"), sig); !fault.Because(err, "signature_invalid") {
			t.Error(err)
		}
	}
}

func TestSM2RefusesWhatIsNoScalar(t *testing.T) {
	n := sm2.P256().Params().N
	least := func(sub int64) identity.Secret {
		var b [32]byte
		new(big.Int).Sub(n, big.NewInt(sub)).FillBytes(b[:])
		return identity.NewSecret(identity.SM, b)
	}
	for name, s := range map[string]identity.Secret{"zero": identity.NewSecret(identity.SM, [32]byte{}), "n-1": least(1), "n": least(0), "max": secretOf(identity.SM, 0xff)} {
		if _, err := suite.NewSM2(s); err == nil {
			t.Errorf("%s makes a signer", name)
		}
	}
	if _, err := suite.NewSM2(least(2)); err != nil {
		t.Error("n-2:", err)
	}
}

func TestAnEmptyMessageIsSigned(t *testing.T) {
	for _, s := range suites {
		signer := newSigner(t, s)
		if sig, err := signer.Sign(nil); err != nil || verifier(s)(signer.PublicJWK(), nil, sig) != nil {
			t.Errorf("%s: %v", s, err)
		}
	}
}

// Somebody else's distinguishing identifier is another signature.
func TestSM2OfAnotherIdentifier(t *testing.T) {
	v := sample(t)
	for id, good := range map[string]bool{"1234567812345678": true, "1234567812345679": false, "123456781234567": false, "12345678123456780": false, "netid": false, "\x00": false} {
		sig, err := suite.SM2As(v.key(t), id, []byte("m"), rand.Reader)
		if err != nil {
			t.Fatal(id, err)
		}
		if err := suite.VerifySM2(v.jwk(t), []byte("m"), sig); (err == nil) != good || err != nil && !fault.Because(err, "signature_invalid") {
			t.Errorf("%q: %v", id, err)
		}
	}
}

func TestSM2Edges(t *testing.T) {
	v, message := sample(t), []byte("message digest")
	good := unhex(t, v.R+v.S)
	n := sm2.P256().Params().N
	r, s := split(good)
	zero, one, top := new(big.Int), big.NewInt(1), new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 256), big.NewInt(1))
	sub := func(a, b *big.Int) *big.Int { return new(big.Int).Sub(a, b) }
	der, err := suite.SM2DER(good)
	if err != nil {
		t.Fatal(err)
	}
	for name, sig := range map[string][]byte{
		"empty":            nil,
		"63 bytes":         good[:63],
		"65 bytes":         append(good[:64:64], 0),
		"leading 0":        append([]byte{0}, good...),
		"r, 0, s":          slices.Concat(good[:32], []byte{0}, good[32:]),
		"der":              der,
		"r = 0":            join(zero, s),
		"s = 0":            join(r, zero),
		"both 0":           join(zero, zero),
		"r = n":            join(n, s),
		"s = n":            join(r, n),
		"r + s = n":        join(r, sub(n, r)),
		"s + r = n":        join(sub(n, s), s),
		"1 + n-1 = n":      join(one, sub(n, one)),
		"s beyond n":       join(r, sub(top, one)),
		"r = n + 1":        join(new(big.Int).Add(n, one), s),
		"r = max":          join(top, s),
		"s = max":          join(r, top),
		"1, 1":             join(one, one),
		"-r":               join(sub(n, r), s),
		"-s, as ECDSA has": join(r, sub(n, s)),
		"swapped":          join(s, r),
	} {
		if err := suite.VerifySM2(v.jwk(t), message, sig); !fault.Is(err, fault.Invalid) || !fault.Because(err, "signature_invalid") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for i := range good {
		bad := bytes.Clone(good)
		bad[i] ^= 0x10
		if suite.VerifySM2(v.jwk(t), message, bad) == nil {
			t.Errorf("byte %d changed and it holds", i)
		}
	}
	if err := suite.VerifySM2(newSigner(t, identity.SM).PublicJWK(), message, good); !fault.Because(err, "signature_invalid") {
		t.Errorf("another key: %v", err)
	}
}

// An SM2 key is read as strictly as a device's: by the same reader.
func TestSM2KeyRefused(t *testing.T) {
	v := sample(t)
	enc := base64.RawURLEncoding.EncodeToString
	kty, crv := `"kty":"EC"`, `"crv":"`+suite.CurveSM2+`"`
	x, y := `"x":"`+enc(unhex(t, v.X))+`"`, `"y":"`+enc(unhex(t, v.Y))+`"`
	with := func(pairs ...string) string { return `{` + strings.Join(pairs, ",") + `}` }
	p := sm2.P256().Params().P.Bytes()
	minus := new(big.Int).Sub(sm2.P256().Params().P, new(big.Int).SetBytes(unhex(t, v.Y))).Bytes()
	other := func(name string, b []byte) string { return `"` + name + `":"` + enc(b) + `"` }
	good := unhex(t, v.R+v.S)
	for name, jwk := range map[string]string{
		"empty":             ``,
		"null":              `null`,
		"array":             `[]`,
		"cut":               with(kty, crv, x, y)[:100],
		"two":               with(kty, crv, x, y) + with(kty, crv, x, y),
		"too long":          with(kty, crv, x, y, `"more":"`+strings.Repeat("x", 1024)+`"`),
		"private":           with(kty, crv, x, y, `"d":"`+enc(unhex(t, v.D))+`"`),
		"private, null":     with(kty, crv, x, y, `"d":null`),
		"symmetric":         with(kty, crv, x, y, `"k":"AA"`),
		"kty twice":         with(kty, kty, crv, x, y),
		"x twice":           with(kty, crv, x, x, y),
		"x twice, escaped":  with(kty, crv, x, `"\u0078":"AA"`, y),
		"Crv":               with(kty, `"Crv":"`+suite.CurveSM2+`"`, x, y),
		"P-256":             with(kty, `"crv":"P-256"`, x, y),
		"no curve":          with(kty, x, y),
		"curve in a list":   with(kty, `"crv":["`+suite.CurveSM2+`"]`, x, y),
		"OKP":               with(`"kty":"OKP"`, crv, x, y),
		"no y":              with(kty, crv, x),
		"x of 31 bytes":     with(kty, crv, other("x", make([]byte, 31)), y),
		"x of 33 bytes":     with(kty, crv, other("x", make([]byte, 33)), y),
		"x padded":          with(kty, crv, x[:len(x)-1]+`="`, y),
		"off the curve":     with(kty, crv, other("x", unhex(t, v.Y)), other("y", unhex(t, v.X))),
		"infinity as zeros": with(kty, crv, other("x", make([]byte, 32)), other("y", make([]byte, 32))),
		"x = p":             with(kty, crv, other("x", p), y),
		"y = p":             with(kty, crv, x, other("y", p)),
	} {
		if err := suite.VerifySM2([]byte(jwk), []byte("message digest"), good); !fault.Is(err, fault.Invalid) || !fault.Because(err, "device_key_invalid") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, jwk := range map[string]string{"another order": with(y, x, crv, kty), "with more": with(kty, crv, x, y, `"kid":"a"`, `"alg":"`+suite.AlgSM2+`"`)} {
		if err := suite.VerifySM2([]byte(jwk), []byte("message digest"), good); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := suite.VerifySM2([]byte(with(kty, crv, x, other("y", minus))), []byte("message digest"), good); !fault.Because(err, "signature_invalid") {
		t.Errorf("the mirrored point: %v", err)
	}
	// A point of either curve is none of the other.
	if _, _, err := suite.ParseDeviceKey([]byte(with(kty, `"crv":"P-256"`, x, y))); !fault.Because(err, "device_key_invalid") {
		t.Errorf("an SM2 point as a device key: %v", err)
	}
	es := strings.Replace(string(newSigner(t, identity.ES256).PublicJWK()), "P-256", suite.CurveSM2, 1)
	if err := suite.VerifySM2([]byte(es), nil, good); !fault.Because(err, "device_key_invalid") {
		t.Errorf("a P-256 point as an SM2 key: %v", err)
	}
}

// Where there is no randomness nothing is signed.
func TestSM2WithoutRandomnessSignsNothing(t *testing.T) {
	for name, r := range map[string]io.Reader{
		"fails": iotest.ErrReader(errors.New("no entropy")), "ends at once": bytes.NewReader(nil), "ends early": bytes.NewReader(make([]byte, 31)),
		"fails midway": io.MultiReader(bytes.NewReader(make([]byte, 16)), iotest.ErrReader(errors.New("no entropy"))),
	} {
		s, err := suite.SM2Drawing(sample(t).key(t), r)
		if err != nil {
			t.Fatal(err)
		}
		if sig, err := s.Sign([]byte("m")); !fault.Is(err, fault.Internal) || sig != nil {
			t.Errorf("%s: %x %v", name, sig, err)
		}
	}
}

// constant gives the same byte for ever: a broken source, or a machine that was copied.
type constant byte

func (c constant) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = byte(c)
	}
	return len(b), nil
}

// Randomness that repeats gives no nonce twice over two messages or two keys,
// which would give the key away: r - e is the nonce's point.
func TestSM2RepeatedRandomnessRepeatsNoNonce(t *testing.T) {
	n := sm2.P256().Params().N
	for _, source := range []io.Reader{constant(0), constant(0xff), constant(7)} {
		seen := map[string]string{}
		for _, key := range []identity.Secret{sample(t).key(t), secretOf(identity.SM, 0x11)} {
			s, err := suite.SM2Drawing(key, source)
			if err != nil {
				t.Fatal(err)
			}
			public, err := suite.ReadSM2Key(s.PublicJWK())
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range []string{"a", "b", "c", strings.Repeat("long", 999)} {
				sig, err := s.Sign([]byte(m))
				if err != nil || suite.VerifySM2(s.PublicJWK(), []byte(m), sig) != nil {
					t.Fatal(err)
				}
				e, err := sm2.CalculateSM2Hash(public, []byte(m), nil)
				if err != nil {
					t.Fatal(err)
				}
				r, _ := split(sig)
				x := r.Sub(r, new(big.Int).SetBytes(e)).Mod(r, n).String()
				if seen[x] != "" {
					t.Errorf("source %v: %.9s and %.9s have one nonce", source, seen[x], m)
				}
				seen[x] = s.KeyID() + m
			}
		}
	}
}

// The same of ES256, whose randomness is the process's own: r is the nonce's point.
func TestES256RepeatedRandomnessRepeatsNoNonce(t *testing.T) {
	seen := map[string]bool{}
	for _, key := range []byte{1, 2} {
		s, err := suite.NewES256(secretOf(identity.ES256, key))
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range []string{"a", "b", "c"} {
			var first []byte
			for range 2 {
				cryptotest.SetGlobalRandom(t, 560)
				sig, err := s.Sign([]byte(m))
				if err != nil || suite.VerifyES256(s.PublicJWK(), []byte(m), sig) != nil {
					t.Fatal(err)
				}
				if first == nil {
					first = sig
				} else if !bytes.Equal(first, sig) {
					t.Fatal("the randomness does not repeat: the test tests nothing")
				}
			}
			if seen[string(first[:32])] {
				t.Errorf("%s: a nonce twice", m)
			}
			seen[string(first[:32])] = true
		}
	}
}

// One key, one suite, for life: with the same 32 bytes too.
func TestSuitesDoNotMix(t *testing.T) {
	for _, s := range suites {
		key := secretOf(s, 0x21)
		twin := identity.NewSecret(other(s), key.Key())
		if _, err := map[identity.Suite]func(identity.Secret) (suite.Signer, error){identity.ES256: suite.NewES256, identity.SM: suite.NewSM2}[s](twin); !fault.Is(err, fault.Internal) {
			t.Errorf("%s makes a signer of the other suite's key: %v", s, err)
		}
		if _, err := suite.Open(twin, suite.Seal(key, []byte("x"), nil), nil); !fault.Because(err, "sealed_invalid") {
			t.Errorf("sealed under %s, opened under the other: %v", s, err)
		}
		if _, err := suite.Unwrap(twin, suite.Wrap(key, secretOf(s, 3), nil), nil); !fault.Because(err, "sealed_invalid") {
			t.Errorf("wrapped under %s: %v", s, err)
		}
		inner, err := suite.Unwrap(key, suite.Wrap(key, secretOf(other(s), 3), nil), nil)
		if err != nil || inner.Suite() != s {
			t.Errorf("what is wrapped under %s is of %s: %v", s, inner.Suite(), err)
		}
		text, err := suite.NewBox(key, "code").Seal(carried{"x", 7})
		if err != nil {
			t.Fatal(err)
		}
		if err := suite.NewBox(twin, "code").Open(text, &carried{}); !fault.Because(err, "sealed_invalid") {
			t.Errorf("a box of %s opens in the other: %v", s, err)
		}
		h := identity.Handle(key.Key())
		covered, err := suite.Cover{Suite: s}.Seal(h, carried{"x", 7})
		if err != nil {
			t.Fatal(err)
		}
		if err := (suite.Cover{Suite: other(s)}).Open(h, covered, &carried{}); !fault.Because(err, "sealed_invalid") {
			t.Errorf("a cover of %s opens in the other: %v", s, err)
		}
		if suite.MAC(key, "l") == suite.MAC(twin, "l") || suite.Derive(key, "l").Key() == suite.Derive(twin, "l").Key() || suite.Derive(key, "l").Suite() != s {
			t.Error("MAC or Derive")
		}
		signer := newSigner(t, s)
		sig, err := signer.Sign([]byte("m"))
		if err != nil {
			t.Fatal(err)
		}
		if err := verifier(other(s))(signer.PublicJWK(), []byte("m"), sig); !fault.Because(err, "device_key_invalid") {
			t.Errorf("a key of %s is read as the other's: %v", s, err)
		}
	}
	if _, err := suite.NewEdDSA(secretOf(identity.SM, 1)).Sign([]byte("m")); !fault.Is(err, fault.Internal) {
		t.Error("Ed25519 signs with a key of the suite sm:", err)
	}
}
