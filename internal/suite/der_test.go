package suite_test

import (
	"bytes"
	"testing"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
)

func TestSM2DER(t *testing.T) {
	s, err := suite.NewSM2(identity.NewSecret(identity.SM, [32]byte{31: 7}))
	if err != nil {
		t.Fatal(err)
	}
	for range 50 { // short and long integers
		sig, err := s.Sign([]byte("head"))
		if err != nil {
			t.Fatal(err)
		}
		der, err := suite.SM2DER(sig)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := suite.ReadSM2DER(der); err != nil || !bytes.Equal(back, sig) {
			t.Fatalf("%x, %v", der, err)
		}
		if err := suite.VerifySM2(s.PublicJWK(), []byte("head"), sig); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := suite.SM2DER(make([]byte, 63)); !fault.Because(err, "signature_invalid") {
		t.Error(err)
	}
	for name, der := range map[string][]byte{
		"nothing":         nil,
		"a byte more":     {0x30, 6, 2, 1, 1, 2, 1, 1, 0},
		"three integers":  {0x30, 9, 2, 1, 1, 2, 1, 1, 2, 1, 1},
		"one integer":     {0x30, 3, 2, 1, 1},
		"a zero":          {0x30, 6, 2, 1, 0, 2, 1, 1},
		"a negative":      {0x30, 6, 2, 1, 0x81, 2, 1, 1},
		"a leading zero":  {0x30, 7, 2, 2, 0, 1, 2, 1, 1},
		"a long length":   {0x30, 0x81, 6, 2, 1, 1, 2, 1, 1},
		"264 bits":        append([]byte{0x30, 38, 2, 33, 1}, append(make([]byte, 32), 2, 1, 1)...),
		"another tag":     {0x31, 6, 2, 1, 1, 2, 1, 1},
		"r||s, not a DER": bytes.Repeat([]byte{1}, 64),
	} {
		if sig, err := suite.ReadSM2DER(der); !fault.Because(err, "signature_invalid") {
			t.Errorf("%s: %x %v", name, sig, err)
		}
	}
}

func FuzzReadSM2DER(f *testing.F) {
	f.Add([]byte{0x30, 6, 2, 1, 1, 2, 1, 1})
	f.Add([]byte{0x30, 7, 2, 2, 0, 0x81, 2, 1, 1})
	f.Fuzz(func(t *testing.T, der []byte) {
		sig, err := suite.ReadSM2DER(der)
		if err != nil {
			return
		}
		if again, err := suite.SM2DER(sig); err != nil || !bytes.Equal(again, der) {
			t.Fatalf("%x has another form: %x %v", der, again, err)
		}
	})
}
