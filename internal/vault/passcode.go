package vault

import (
	"netid/internal/identity"
	"netid/internal/suite"
)

// NewVerifier is what the profile keeps of a passcode (suite.PasscodeVerifier),
// under the newest pepper; PasscodeMatches checks under the one that it names.
func (v *Vault) NewVerifier(p identity.Passcode) []byte {
	v.turns <- struct{}{}
	defer func() { <-v.turns }()
	return suite.PasscodeVerifier(v.stretch, v.secrets.Pepper.Now(), p)
}

// PasscodeMatches reports whether p is the person's passcode. Counting tries is the caller's.
func (v *Vault) PasscodeMatches(o identity.Opened, p identity.Passcode) bool {
	v.turns <- struct{}{}
	defer func() { <-v.turns }()
	return suite.PasscodeMatches(v.stretch, v.secrets.Pepper, o.Profile.Verifier, p)
}

// Unstretched makes passcodes cost nothing from here on (suite.Unstretched).
func (v *Vault) Unstretched() { v.stretch = suite.Unstretched }
