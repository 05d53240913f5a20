package suite

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"

	"github.com/emmansun/gmsm/sm4"

	"netid/internal/fault"
	"netid/internal/identity"
)

// Overhead is what sealing adds in either suite: the nonce before and the tag behind.
const Overhead = nonceSize + tagSize

const (
	nonceSize = 12
	tagSize   = 16
)

// Seal is AES-256-GCM, or SM4-GCM under a key of the suite sm, with a random
// 12-byte nonce before the ciphertext. aad is authenticated, not carried. One
// key may seal at most 2^32 messages (SP 800-38D §8.3): whoever seals more
// under one secret derives a key for each row, or uses a Box.
func Seal(key identity.Secret, plaintext, aad []byte) []byte {
	out := make([]byte, nonceSize, len(plaintext)+Overhead)
	rand.Read(out) // can't fail: see Random
	return gcm(key).Seal(out, out, plaintext, aad)
}

// Open undoes Seal. Whatever is wrong (key, aad, one bit), it fails alike with
// Invalid "sealed_invalid". A zero key is a key that was never set: it opens
// nothing (Internal), so that a mistake in the wiring shows at its first use.
func Open(key identity.Secret, sealed, aad []byte) ([]byte, error) {
	const op = "suite.Open"
	if key.Zero() {
		return nil, fault.Newf(op, fault.Internal, "internal", "the key was never set")
	}
	if len(sealed) < Overhead {
		return nil, fault.Newf(op, fault.Invalid, "sealed_invalid", "%d bytes", len(sealed))
	}
	plaintext, err := gcm(key).Open(nil, sealed[:nonceSize], sealed[nonceSize:], aad)
	return plaintext, fault.Wrap(op, fault.Invalid, "sealed_invalid", err)
}

// Wrap seals a key under another. What is wrapped belongs to the suite of the
// key that wraps it, so no row says which suite its key is of.
func Wrap(key, inner identity.Secret, aad []byte) []byte {
	k := inner.Key()
	return Seal(key, k[:], aad)
}

// Unwrap undoes Wrap. Fails as Open does.
func Unwrap(key identity.Secret, sealed, aad []byte) (identity.Secret, error) {
	b, err := Open(key, sealed, aad)
	if err != nil {
		return identity.Secret{}, err
	}
	if len(b) != 32 {
		return identity.Secret{}, fault.Newf("suite.Unwrap", fault.Invalid, "sealed_invalid", "%d bytes are no key", len(b))
	}
	return identity.NewSecret(key.Suite(), [32]byte(b)), nil
}

// gcm has no error to give: the constructors fail on sizes alone. SM4's key is
// 16 bytes of a MAC under the secret, not a part of the secret itself.
func gcm(key identity.Secret) cipher.AEAD {
	if key.Suite() == identity.SM {
		short := MAC(key, "netid/sm4-gcm/v1")
		return sm4GCM([sm4.BlockSize]byte(short[:]))
	}
	k := key.Key()
	block, _ := aes.NewCipher(k[:])
	aead, _ := cipher.NewGCM(block)
	return aead
}

func sm4GCM(key [sm4.BlockSize]byte) cipher.AEAD {
	block, _ := sm4.NewCipher(key[:])
	aead, _ := cipher.NewGCM(block)
	return aead
}
