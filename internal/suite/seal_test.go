package suite_test

import (
	"bytes"
	"testing"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
)

func TestSealOpens(t *testing.T) {
	for _, plain := range [][]byte{nil, []byte("x"), bytes.Repeat([]byte("long"), 5000)} {
		sealed := suite.Seal(secret(1), plain, []byte("aad"))
		if len(sealed) != len(plain)+suite.Overhead {
			t.Errorf("%d bytes sealed from %d", len(sealed), len(plain))
		}
		got, err := suite.Open(secret(1), sealed, []byte("aad"))
		if err != nil || !bytes.Equal(got, plain) {
			t.Errorf("%d bytes: %v", len(plain), err)
		}
	}
	if bytes.Equal(suite.Seal(secret(1), []byte("x"), nil), suite.Seal(secret(1), []byte("x"), nil)) {
		t.Error("two seals of one text are alike")
	}
}

func TestSealedRefuses(t *testing.T) {
	sealed := suite.Seal(secret(1), []byte("text"), []byte("aad"))
	for name, c := range map[string]struct {
		key    identity.Secret
		sealed []byte
		aad    string
	}{
		"other key":  {secret(2), sealed, "aad"},
		"other aad":  {secret(1), sealed, "aae"},
		"no aad":     {secret(1), sealed, ""},
		"cut":        {secret(1), sealed[:len(sealed)-1], "aad"},
		"longer":     {secret(1), append(bytes.Clone(sealed), 0), "aad"},
		"nonce only": {secret(1), sealed[:12], "aad"},
		"empty":      {secret(1), nil, "aad"},
	} {
		if _, err := suite.Open(c.key, c.sealed, []byte(c.aad)); !fault.Is(err, fault.Invalid) || !fault.Because(err, "sealed_invalid") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for i := range sealed {
		bad := bytes.Clone(sealed)
		bad[i] ^= 1
		if _, err := suite.Open(secret(1), bad, []byte("aad")); err == nil {
			t.Errorf("byte %d changed and it opened", i)
		}
	}
}

func TestZeroKeyOpensNothing(t *testing.T) {
	var zero identity.Secret
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
