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

// Stretch makes each guess at a passcode dear: 32 bytes of what was peppered,
// and a salt.
type Stretch func(peppered, salt []byte) []byte

// Argon2id is how a passcode is stretched: some 30 ms of a core and 19 MiB, so
// whoever serves many caps how many run at once (the vault does).
func Argon2id(peppered, salt []byte) []byte {
	return argon2.IDKey(peppered, salt, passcodePasses, passcodeMemory, passcodeLanes, 32)
}

// Unstretched costs nothing, to whoever guesses too. It is for tests of what is
// done with passcodes; a house rule keeps it out of the program.
func Unstretched(peppered, salt []byte) []byte {
	d := Digest([]byte("netid/unstretched/v1"), peppered, salt)
	return d[:]
}

// PasscodeVerifier is what is kept of a passcode: a byte that names the
// pepper's version (its turn and one), salt and the stretched HMAC(pepper,
// digits), 49 bytes.
func PasscodeVerifier(stretch Stretch, pepper Version, p identity.Passcode) []byte {
	return passcodeVerifier(stretch, pepper, Random(passcodeSalt), p)
}

// PasscodeMatches reports whether the passcode is the verifier's, under the
// version of the pepper that it names.
func PasscodeMatches(stretch Stretch, peppers Versions, verifier []byte, p identity.Passcode) bool {
	if len(verifier) != 1+passcodeSalt+32 {
		return false
	}
	pepper, live := peppers.Of(int(verifier[0]) - 1)
	return live && Equal(verifier, passcodeVerifier(stretch, pepper, verifier[1:1+passcodeSalt], p))
}

func passcodeVerifier(stretch Stretch, pepper Version, salt []byte, p identity.Passcode) []byte {
	peppered := MAC(pepper.Key, "netid/passcode/v1", []byte(p.Digits()))
	return append(append([]byte{byte(pepper.Turn + 1)}, salt...), stretch(peppered[:], salt)...)
}
