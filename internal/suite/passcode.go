package suite

import (
	"golang.org/x/crypto/argon2"

	"netid/internal/identity"
)

// argon2id at OWASP's floor: 19 MiB, two passes, one lane. Eight digits are
// weak under any cost; what protects them offline is the pepper, which is not
// in the store, and online the count of tries. RFC 9106.
const (
	passcodeMemory  = 19 << 10 // KiB
	passcodePasses  = 2
	passcodeLanes   = 1
	passcodeSalt    = 16
	passcodeVersion = 1
)

// PasscodeVerifier is what is kept of a passcode: version, salt and argon2id
// over HMAC(pepper, digits), 49 bytes. It takes some 30 ms of a core and 19
// MiB, so whoever serves many caps how many run at once (the vault does).
func PasscodeVerifier(pepper identity.Secret, p identity.Passcode) []byte {
	return passcodeVerifier(pepper, Random(passcodeSalt), p)
}

// PasscodeMatches reports whether the passcode is the verifier's.
func PasscodeMatches(pepper identity.Secret, verifier []byte, p identity.Passcode) bool {
	if len(verifier) != 1+passcodeSalt+32 || verifier[0] != passcodeVersion {
		return false
	}
	return Equal(verifier, passcodeVerifier(pepper, verifier[1:1+passcodeSalt], p))
}

func passcodeVerifier(pepper identity.Secret, salt []byte, p identity.Passcode) []byte {
	peppered := MAC(pepper, "netid/passcode/v1", []byte(p.Digits()))
	hash := argon2.IDKey(peppered[:], salt, passcodePasses, passcodeMemory, passcodeLanes, 32)
	return append(append([]byte{passcodeVersion}, salt...), hash...)
}
