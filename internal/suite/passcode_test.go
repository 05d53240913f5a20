package suite_test

import (
	"bytes"
	"testing"

	"netid/internal/identity"
	"netid/internal/suite"
)

func passcode(t testing.TB, s string) identity.Passcode {
	p, err := identity.ParsePasscode(s)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestPasscode(t *testing.T) {
	for name, stretch := range map[string]suite.Stretch{"argon2id": suite.Argon2id, "unstretched": suite.Unstretched} {
		t.Run(name, func(t *testing.T) { testPasscode(t, stretch) })
	}
	p, peppers := passcode(t, "40917263"), suite.Only(secret(1))
	if suite.PasscodeMatches(suite.Argon2id, peppers, suite.PasscodeVerifier(suite.Unstretched, peppers.Now(), p), p) {
		t.Error("what was not stretched is accepted where it must be")
	}
}

func testPasscode(t *testing.T, stretch suite.Stretch) {
	p := passcode(t, "40917263")
	v := suite.PasscodeVerifier(stretch, suite.Version{Key: secret(1)}, p)
	if len(v) != 49 || bytes.Equal(v, suite.PasscodeVerifier(stretch, suite.Version{Key: secret(1)}, p)) || bytes.Contains(v, []byte(p.Digits())) {
		t.Errorf("verifier %x", v)
	}
	if !suite.PasscodeMatches(stretch, suite.Only(secret(1)), v, p) {
		t.Error("its own passcode is refused")
	}
	if suite.PasscodeMatches(stretch, suite.Only(secret(1)), v, passcode(t, "40917264")) || suite.PasscodeMatches(stretch, suite.Only(secret(2)), v, p) {
		t.Error("another passcode or pepper is accepted")
	}
	for name, bad := range map[string][]byte{"none": nil, "cut": v[:48], "longer": append(v[:49:49], 0), "version": append([]byte{2}, v[1:]...),
		"salt": append([]byte{1, v[1] ^ 1}, v[2:]...), "hash": append(bytes.Clone(v[:48]), v[48]^1)} {
		if suite.PasscodeMatches(stretch, suite.Only(secret(1)), bad, p) {
			t.Errorf("%s: accepted", name)
		}
	}
}
