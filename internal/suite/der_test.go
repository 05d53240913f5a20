package suite_test

import (
	"bytes"
	"encoding/asn1"
	"encoding/hex"
	"math/big"
	"testing"

	"github.com/emmansun/gmsm/sm2"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
)

// encoding/asn1 is the oracle of what DER is.
func derOf(t testing.TB, r, s *big.Int) []byte {
	t.Helper()
	b, err := asn1.Marshal(struct{ R, S *big.Int }{r, s})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestSM2DERThereAndBack(t *testing.T) {
	n := sm2.P256().Params().N
	last := new(big.Int).Sub(n, big.NewInt(1))
	for _, r := range []*big.Int{big.NewInt(1), big.NewInt(0x7f), big.NewInt(0x80), big.NewInt(0x100), new(big.Int).Lsh(big.NewInt(1), 255), new(big.Int).Lsh(big.NewInt(1), 247), last} {
		for _, s := range []*big.Int{big.NewInt(1), big.NewInt(0xff), last} {
			der, err := suite.SM2DER(join(r, s))
			if err != nil || !bytes.Equal(der, derOf(t, r, s)) {
				t.Errorf("%x, %x: %x %v", r, s, der, err)
			}
			if sig, err := suite.ReadSM2DER(der); err != nil || !bytes.Equal(sig, join(r, s)) {
				t.Errorf("%x and back: %x %v", der, sig, err)
			}
		}
	}
	signer := newSigner(t, identity.SM)
	for range 50 {
		sig, err := signer.Sign([]byte("m"))
		if err != nil {
			t.Fatal(err)
		}
		der, err := suite.SM2DER(sig)
		r, s := split(sig)
		if err != nil || !bytes.Equal(der, derOf(t, r, s)) {
			t.Errorf("%x: %x %v", sig, der, err)
		}
	}
}

func TestSM2DERRefused(t *testing.T) {
	n := sm2.P256().Params().N
	good := derOf(t, big.NewInt(0x1234), big.NewInt(0x5678)) // 30 08 02 02 12 34 02 02 56 78
	if _, err := suite.ReadSM2DER(good); err != nil {
		t.Fatal("the control:", err)
	}
	for name, text := range map[string]string{
		"empty":                   "",
		"nothing inside":          "3000",
		"one integer":             "300402021234",
		"three integers":          "300c020212340202567802025678",
		"a byte behind":           "300802021234020256" + "7800",
		"a byte behind, inside":   "3009020212340202567800",
		"cut":                     "3008020212340202" + "56",
		"length in long form":     "30810802021234020256" + "78",
		"integer in long form":    "3009028102123402025678",
		"length without an end":   "3080020212340202567800" + "00",
		"an integer too long":     "300902030012340202" + "5678",
		"a second too long":       "30090202123402030056" + "78",
		"r = 0":                   "3007020100" + "02025678",
		"s = 0":                   "3007020212340201" + "00",
		"r of no bytes":           "3006020002025678",
		"r negative":              "30080202923402025678",
		"s negative":              "300802021234020296" + "78",
		"a set":                   "310802021234020256" + "78",
		"a list":                  "040802021234020256" + "78",
		"octets for an integer":   "300804021234020256" + "78",
		"bits for an integer":     "300802021234030256" + "78",
		"context for an integer":  "300882021234020256" + "78",
		"wrapped once more":       "300a300802021234020256" + "78",
		"33 bytes, then a second": "3026022101" + "0000000000000000000000000000000000000000000000000000000000000000" + "020101",
	} {
		der, err := hex.DecodeString(text)
		if err != nil {
			t.Fatal(name, err)
		}
		if sig, err := suite.ReadSM2DER(der); !fault.Is(err, fault.Invalid) || !fault.Because(err, "signature_invalid") || sig != nil {
			t.Errorf("%s: %x %v", name, sig, err)
		}
	}
	huge := new(big.Int).Lsh(big.NewInt(1), 4000)
	for name, rs := range map[string][2]*big.Int{"r = n": {n, big.NewInt(1)}, "s = n": {big.NewInt(1), n}, "r of 4000 bits": {huge, big.NewInt(1)}, "s of 4000 bits": {big.NewInt(1), huge}} {
		if _, err := suite.ReadSM2DER(derOf(t, rs[0], rs[1])); !fault.Because(err, "signature_invalid") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, sig := range map[string][]byte{
		"none": nil, "63 bytes": make([]byte, 63), "65 bytes": bytes.Repeat([]byte{1}, 65), "zeros": make([]byte, 64), "r = n": join(n, big.NewInt(1)), "s = n": join(big.NewInt(1), n),
		"r = 0": join(new(big.Int), big.NewInt(1)), "s = 0": join(big.NewInt(1), new(big.Int)),
	} {
		if der, err := suite.SM2DER(sig); !fault.Because(err, "signature_invalid") || der != nil {
			t.Errorf("to DER, %s: %v", name, err)
		}
	}
}

// FuzzReadSM2DER: what is taken has one form, and encoding/asn1 reads the same.
func FuzzReadSM2DER(f *testing.F) {
	f.Add(derOf(f, big.NewInt(0x1234), big.NewInt(0x80)))
	f.Add([]byte{0x30, 0x81, 0x06, 0x02, 0x01, 0x01, 0x02, 0x01, 0x01})
	f.Add([]byte{0x30, 0x80, 0x02, 0x01, 0x01, 0x02, 0x01, 0x01, 0, 0})
	f.Fuzz(func(t *testing.T, der []byte) {
		sig, err := suite.ReadSM2DER(der)
		var theirs struct{ R, S *big.Int }
		rest, theirErr := asn1.Unmarshal(der, &theirs)
		n := sm2.P256().Params().N
		fits := theirErr == nil && len(rest) == 0 && theirs.R.Sign() > 0 && theirs.S.Sign() > 0 && theirs.R.Cmp(n) < 0 && theirs.S.Cmp(n) < 0 &&
			bytes.Equal(derOf(t, theirs.R, theirs.S), der)
		if (err == nil) != fits {
			t.Fatalf("%x: %v, and encoding/asn1 says %v (%v)", der, err, fits, theirErr)
		}
		if err != nil {
			return
		}
		if !bytes.Equal(sig, join(theirs.R, theirs.S)) {
			t.Errorf("%x: %x", der, sig)
		}
		if again, err := suite.SM2DER(sig); err != nil || !bytes.Equal(again, der) {
			t.Errorf("%x became %x: %v", der, again, err)
		}
	})
}
