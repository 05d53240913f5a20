// Package suite is every cryptographic primitive of netid behind one name:
// digest, MAC, derivation, sealing, signing and checking, agreement, and the
// passcode's verifier.
//
// It owns algorithms, their parameters and the strict reading of keys and
// signatures. It refuses to know what is signed or sealed, and where a key is
// kept (that is keyring).
//
// Invariant: the caller chooses a purpose, never an algorithm; nothing that
// arrives from outside (a JWK, a token, a sealed text) chooses one either. A
// key belongs to one suite for its whole life (identity.Secret carries it), what
// is derived from it belongs to the same, and it has one use. What holds a key
// prints nothing.
//
// Two suites. es256: ES256 and Ed25519, SHA-256, HMAC, HKDF (RFC 5869),
// AES-256-GCM (SP 800-38D). sm: SM2 (GB/T 32918), SM3 (GB/T 32905), HMAC and HKDF
// over it, SM4-GCM (GB/T 32907, RFC 8998 §2). Both: argon2id (RFC 9106).
// Decisions: docs/adr/0003-two-suites.md, docs/adr/0016-sm-and-profiles.md.
package suite

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"hash"

	"github.com/emmansun/gmsm/sm3"

	"netid/internal/identity"
)

// Digest is SHA-256 over the parts, each behind its length (8 bytes,
// big-endian), so that no two lists of parts share an input. It is for what
// parties, devices and auditors compute too; inside, DigestIn.
func Digest(parts ...[]byte) [32]byte {
	if length(parts) > small {
		return streamed(sha256.New(), parts)
	}
	var room [small]byte
	return sha256.Sum256(framed(room[:0], parts))
}

// DigestIn is Digest with the hash of a suite: SHA-256 or SM3.
func DigestIn(s identity.Suite, parts ...[]byte) [32]byte {
	if s != identity.SM {
		return Digest(parts...)
	}
	if length(parts) > small {
		return streamed(sm3.New(), parts)
	}
	var room [small]byte
	return sm3.Sum(framed(room[:0], parts))
}

// HashOf is SHA-256 or SM3 over the text alone, unframed: for formats that others
// define and that hash one text (SD-JWT, RFC 9901 §4.2.3). Inside, DigestIn.
func HashOf(s identity.Suite, text []byte) [32]byte { return digest(s, text) }

// small is what a digest frames without asking for memory; what is longer is
// not copied.
const small = 256

// MAC is HMAC, with the hash of the key's suite, over the label and the parts,
// each behind its length. The label separates the uses of one key.
func MAC(key identity.Secret, label string, parts ...[]byte) [32]byte {
	k := key.Key()
	if 8+len(label)+length(parts) > small {
		return macLong(key.Suite(), bytes.Clone(k[:]), labelled(nil, label, parts))
	}
	var room [small]byte
	return mac(key.Suite(), k[:], labelled(room[:0], label, parts))
}

// TagSize is the length of a tag: 16 bytes.
const TagSize = 16

// Tag is the first TagSize bytes of MAC: the name of a row or the code that vouches
// for one. Half a MAC (RFC 2104 §5) is nothing that could be tried, and among
// 2^40 rows two of one name have a chance of 2^-49; there are many of both.
func Tag(key identity.Secret, label string, parts ...[]byte) []byte {
	m := MAC(key, label, parts...)
	return m[:TagSize]
}

// Derive is HKDF (RFC 5869) with the hash of the key's suite, without salt, for
// one block of output: the info is the label and the context, each behind its
// length. What comes out is a key of the same suite.
func Derive(key identity.Secret, label string, context ...[]byte) identity.Secret {
	k := key.Key()
	var room [small]byte
	return identity.NewSecret(key.Suite(), hkdf(key.Suite(), nil, k[:], labelled(room[:0], label, context)))
}

// Equal compares in a time that tells nothing but the lengths.
func Equal(a, b []byte) bool { return subtle.ConstantTimeCompare(a, b) == 1 }

// Random draws n bytes. It can't fail: crypto/rand ends the process instead.
func Random(n int) []byte {
	b := make([]byte, n)
	rand.Read(b)
	return b
}

// NewSecret draws a key of a suite.
func NewSecret(s identity.Suite) identity.Secret {
	return identity.NewSecret(s, [32]byte(Random(32)))
}

// PKCE is the S256 challenge of a verifier (RFC 7636 §4.2): base64url of its
// SHA-256. Whether the verifier is one (§4.1), the door checks.
func PKCE(verifier string) string {
	d := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(d[:])
}

// mac is HMAC (RFC 2104 §2) of a message of at most small bytes and one more. A verification
// computes some ninety of them, of two blocks each: crypto/hmac asks for memory nine
// times where this asks for none. Longer ones are its own (macLong), and
// tests hold the two against each other.
func mac(s identity.Suite, key, message []byte) [32]byte {
	if len(key) > hashBlock || len(message) > small+1 {
		return macLong(s, bytes.Clone(key), bytes.Clone(message))
	}
	var inner [hashBlock + small + 1]byte
	var outer [hashBlock + sha256.Size]byte
	copy(inner[:], key)
	for i := range hashBlock {
		inner[i], outer[i] = inner[i]^0x36, inner[i]^0x5c
	}
	sum := digest(s, inner[:hashBlock+copy(inner[hashBlock:], message)])
	copy(outer[hashBlock:], sum[:])
	return digest(s, outer[:])
}

// hashBlock is what SHA-256 and SM3 take at a time.
const hashBlock = sha256.BlockSize

func digest(s identity.Suite, b []byte) [32]byte {
	if s == identity.SM {
		return sm3.Sum(b)
	}
	return sha256.Sum256(b)
}

func macLong(s identity.Suite, key, message []byte) (sum [32]byte) {
	var h hash.Hash
	if s == identity.SM {
		h = hmac.New(sm3.New, key)
	} else {
		h = hmac.New(sha256.New, key)
	}
	h.Write(message)
	h.Sum(sum[:0])
	return sum
}

// hkdf is the first block of RFC 5869's output. One block needs no more than
// two HMACs, and so can't fail. info may be written behind.
func hkdf(s identity.Suite, salt, key, info []byte) [32]byte {
	var zeros [sha256.Size]byte // §2.2: a salt that is not provided is HashLen zeros; SM3's length is the same
	if len(salt) == 0 {
		salt = zeros[:]
	}
	prk := mac(s, salt, key)
	return mac(s, prk[:], append(info, 1)) // §2.3: T(1)
}

// labelled frames a label and parts behind b.
func labelled(b []byte, label string, parts [][]byte) []byte {
	b = binary.BigEndian.AppendUint64(b, uint64(len(label)))
	return framed(append(b, label...), parts)
}

func framed(b []byte, parts [][]byte) []byte {
	for _, p := range parts {
		b = append(binary.BigEndian.AppendUint64(b, uint64(len(p))), p...)
	}
	return b
}

// length is that of framed parts.
func length(parts [][]byte) (n int) {
	for _, p := range parts {
		n += 8 + len(p)
	}
	return n
}

// streamed hashes framed parts without putting them together.
func streamed(h hash.Hash, parts [][]byte) (sum [32]byte) {
	var frame [8]byte
	for _, p := range parts {
		binary.BigEndian.PutUint64(frame[:], uint64(len(p)))
		h.Write(frame[:])
		h.Write(p)
	}
	h.Sum(sum[:0])
	return sum
}
