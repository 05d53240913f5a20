package suite_test

import (
	"bytes"
	"testing"

	"netid/internal/identity"
	"netid/internal/suite"
)

// What differs between the suites, for tests that run under both.

var suites = []identity.Suite{identity.ES256, identity.SM}

func other(s identity.Suite) identity.Suite {
	if s == identity.SM {
		return identity.ES256
	}
	return identity.SM
}

func secretOf(s identity.Suite, b byte) identity.Secret {
	return identity.NewSecret(s, [32]byte(bytes.Repeat([]byte{b}, 32)))
}

func newSigner(t testing.TB, s identity.Suite) suite.Signer {
	t.Helper()
	draw, make := suite.NewES256Secret, suite.NewES256
	if s == identity.SM {
		draw, make = suite.NewSM2Secret, suite.NewSM2
	}
	key, err := draw()
	if err != nil {
		t.Fatal(err)
	}
	signer, err := make(key)
	if err != nil {
		t.Fatal(err)
	}
	return signer
}

func verifier(s identity.Suite) func(jwk, message, sig []byte) error {
	if s == identity.SM {
		return suite.VerifySM2
	}
	return suite.VerifyES256
}
