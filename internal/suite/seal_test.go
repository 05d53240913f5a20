package suite_test

import (
	"bytes"
	"testing"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
)

func TestSealOpens(t *testing.T) {
	for _, s := range suites {
		for _, plain := range [][]byte{nil, []byte("x"), bytes.Repeat([]byte("long"), 5000)} {
			sealed := suite.Seal(secretOf(s, 1), plain, []byte("aad"))
			if len(sealed) != len(plain)+suite.Overhead {
				t.Errorf("%s: %d bytes sealed from %d", s, len(sealed), len(plain))
			}
			got, err := suite.Open(secretOf(s, 1), sealed, []byte("aad"))
			if err != nil || !bytes.Equal(got, plain) {
				t.Errorf("%s, %d bytes: %v", s, len(plain), err)
			}
		}
		if bytes.Equal(suite.Seal(secretOf(s, 1), []byte("x"), nil), suite.Seal(secretOf(s, 1), []byte("x"), nil)) {
			t.Errorf("%s: two seals of one text are alike", s)
		}
	}
}

func TestSealedRefuses(t *testing.T) {
	for _, s := range suites {
		key := secretOf(s, 1)
		sealed := suite.Seal(key, []byte("text"), []byte("aad"))
		for name, c := range map[string]struct {
			key    identity.Secret
			sealed []byte
			aad    string
		}{
			"other key":   {secretOf(s, 2), sealed, "aad"},
			"other suite": {secretOf(other(s), 1), sealed, "aad"},
			"other aad":   {key, sealed, "aae"},
			"no aad":      {key, sealed, ""},
			"cut":         {key, sealed[:len(sealed)-1], "aad"},
			"longer":      {key, append(bytes.Clone(sealed), 0), "aad"},
			"nonce only":  {key, sealed[:12], "aad"},
			"empty":       {key, nil, "aad"},
		} {
			if _, err := suite.Open(c.key, c.sealed, []byte(c.aad)); !fault.Is(err, fault.Invalid) || !fault.Because(err, "sealed_invalid") {
				t.Errorf("%s, %s: %v", s, name, err)
			}
		}
		for i := range sealed {
			bad := bytes.Clone(sealed)
			bad[i] ^= 1
			if _, err := suite.Open(key, bad, []byte("aad")); err == nil {
				t.Errorf("%s: byte %d changed and it opened", s, i)
			}
		}
		for _, n := range []int{0, 31, 33} {
			if _, err := suite.Unwrap(key, suite.Seal(key, make([]byte, n), nil), nil); !fault.Because(err, "sealed_invalid") {
				t.Errorf("%s: %d bytes were unwrapped: %v", s, n, err)
			}
		}
	}
}

func TestZeroKeyOpensNothing(t *testing.T) {
	for _, s := range suites {
		zero := secretOf(s, 0)
		if _, err := suite.Open(zero, suite.Seal(zero, []byte("x"), nil), nil); !fault.Is(err, fault.Internal) {
			t.Error(err)
		}
		if _, err := suite.NewBox(zero, "x").Seal(1); !fault.Is(err, fault.Internal) {
			t.Error(err)
		}
		if err := suite.NewBox(zero, "x").Open("", new(int)); !fault.Is(err, fault.Internal) {
			t.Error(err)
		}
	}
}
