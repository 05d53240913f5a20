package suite

import (
	"golang.org/x/crypto/argon2"

	"netid/internal/identity"
)

// argon2id at OWASP's floor: 19 MiB, two passes, one lane. Eight digits are
// weak under any cost; what protects them offline is the pepper, which is not
// in the store, and online the count of tries. RFC 9106.
const (
	passcodeMemory = 19 << 10 // KiB
	passcodePasses = 2
	passcodeLanes  = 1
	passcodeSalt   = 16
)

// PasscodeVerifier is what is kept of a passcode: a byte that names the
// pepper's version (its turn and one), salt and argon2id over HMAC(pepper,
// digits), 49 bytes. It takes some 30 ms of a core and 19 MiB, so whoever
// serves many caps how many run at once (the vault does).
func PasscodeVerifier(pepper Version, p identity.Passcode) []byte {
	return passcodeVerifier(pepper, Random(passcodeSalt), p)
}

// PasscodeMatches reports whether the passcode is the verifier's, under the
// version of the pepper that it names.
func PasscodeMatches(peppers Versions, verifier []byte, p identity.Passcode) bool {
	if len(verifier) != 1+passcodeSalt+32 {
		return false
	}
	pepper, live := peppers.Of(int(verifier[0]) - 1)
	return live && Equal(verifier, passcodeVerifier(pepper, verifier[1:1+passcodeSalt], p))
}

func passcodeVerifier(pepper Version, salt []byte, p identity.Passcode) []byte {
	peppered := MAC(pepper.Key, "netid/passcode/v1", []byte(p.Digits()))
	hash := argon2.IDKey(peppered[:], salt, passcodePasses, passcodeMemory, passcodeLanes, 32)
	return append(append([]byte{byte(pepper.Turn + 1)}, salt...), hash...)
}
