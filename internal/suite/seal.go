package suite

import (
	"crypto/aes"
	"crypto/cipher"

	"netid/internal/fault"
	"netid/internal/identity"
)

// Overhead is what sealing adds: the nonce before and the tag behind.
const Overhead = nonceSize + tagSize

const (
	nonceSize = 12
	tagSize   = 16
)

// Seal is AES-256-GCM with a random 12-byte nonce before the ciphertext. aad
// is authenticated, not carried. One key may seal at most 2^32 messages
// (SP 800-38D §8.3): whoever seals more under one secret derives a key for
// each row, or uses a Box.
func Seal(key identity.Secret, plaintext, aad []byte) []byte {
	out := make([]byte, nonceSize, len(plaintext)+Overhead)
	copy(out, Random(nonceSize))
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

// gcm has no error to give: both constructors fail on sizes alone, and a
// Secret has the size of an AES-256 key.
func gcm(key identity.Secret) cipher.AEAD {
	block, _ := aes.NewCipher(key[:])
	aead, _ := cipher.NewGCM(block)
	return aead
}
