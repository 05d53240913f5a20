package suite

import (
	"golang.org/x/crypto/argon2"

	"netid/internal/identity"
)

// argon2id at RFC 9106 §4's second recommendation: 64 MiB, three passes, four
// lanes. Nothing that is read from a file chooses a cost.
const (
	passphraseMemory = 64 << 10 // KiB
	passphrasePasses = 3
	passphraseLanes  = 4
)

// PassphraseSalt is the size of a passphrase's salt, bytes.
const PassphraseSalt = 16

// FromPassphrase stretches what an operator types at a start into a secret:
// some 150 ms and 64 MiB, a key of the suite. The salt is random and kept beside what it seals.
func FromPassphrase(s identity.Suite, passphrase, salt []byte) identity.Secret {
	return identity.NewSecret(s, [32]byte(argon2.IDKey(passphrase, salt, passphrasePasses, passphraseMemory, passphraseLanes, 32)))
}
