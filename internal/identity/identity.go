// Package identity holds the words of the project as types: the net number,
// the legal identity documents, the relying party, what it may ask, and the
// values that cross a commit.
//
// It owns names and invariants and refuses to know how anything is stored,
// signed, sealed or served. It imports nothing but fault.
//
// Invariant: a value of these types that was made by its Parse or New is
// well formed; secrets print nothing.
package identity

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"time"

	"netid/internal/fault"
)

// Suite is a family of algorithms that a key belongs to for its whole life
// (Art. 13). Package suite knows which they are.
type Suite uint8

const (
	ES256 Suite = 0 // what every OpenID library speaks
	SM    Suite = 1 // the national commercial cryptography
)

func (s Suite) String() string {
	if s == SM {
		return "sm"
	}
	return "es256"
}

// Secret is 32 bytes of key material and the suite that it is a key of. It
// prints nothing, in any verb, JSON or log.
type Secret struct {
	key   [32]byte
	suite Suite
}

// NewSecret makes a key of 32 bytes.
func NewSecret(s Suite, key [32]byte) Secret { return Secret{key, s} }

// Bytes are a copy of the key, for whoever wraps it or computes with it.
func (s Secret) Bytes() []byte { return append([]byte(nil), s.key[:]...) }

// Key is the key by value, for whoever computes with it on the spot.
func (s Secret) Key() [32]byte { return s.key }

// Suite is the family whose algorithms this key is used with, and no others.
func (s Secret) Suite() Suite { return s.suite }

func (Secret) String() string               { return "secret" }
func (Secret) GoString() string             { return "secret" }
func (Secret) Format(f fmt.State, _ rune)   { io.WriteString(f, "secret") }
func (Secret) LogValue() slog.Value         { return slog.StringValue("secret") }
func (Secret) MarshalText() ([]byte, error) { return []byte("secret"), nil }

// Zero reports whether the secret was never set or has been destroyed.
func (s Secret) Zero() bool { return s.key == [32]byte{} }

// PersonID names one natural person inside netid and nowhere else: 16 random
// bytes whose first 10 bits are the person's bucket. It never leaves unsealed.
type PersonID [16]byte

// NewPersonID draws a random person id.
func NewPersonID() PersonID { return PersonID(random(16)) }

// Bucket is the 10-bit partition of the person, 0 to 1023. The person's entries
// in the ledger have another: one bucket in the clear on both sides would join them.
func (p PersonID) Bucket() uint16 { return uint16(p[0])<<2 | uint16(p[1])>>6 }

func (p PersonID) String() string       { return "person" }
func (p PersonID) LogValue() slog.Value { return slog.StringValue("person") }

// CertificateID names one net certificate: 16 random bytes, base64url outside.
type CertificateID [16]byte

func NewCertificateID() CertificateID { return CertificateID(random(16)) }

func (c CertificateID) String() string { return base64.RawURLEncoding.EncodeToString(c[:]) }

// ParseCertificateID reads the 22 base64url characters of a certificate id.
func ParseCertificateID(s string) (CertificateID, error) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil || len(b) != 16 {
		return CertificateID{}, fault.New("identity.ParseCertificateID", fault.Invalid, "certificate_unknown")
	}
	return CertificateID(b), nil
}

// EventID is the public handle of one ledger entry: its day in two bytes, then 14
// random ones. The store keeps only a hash of it. A verification's EventID is its
// receipt id, made with the request: whoever presents an approval twice, on
// either side of midnight, presents the same day, so {day, id} is used once as the id is.
type EventID [16]byte

// NewEventID makes the handle of what happens, or is asked, at a moment.
func NewEventID(at time.Time) EventID {
	e := EventID(random(16))
	binary.BigEndian.PutUint16(e[:], uint16(DayOf(at))) // until 2149
	return e
}

// On is the handle of the same thing on another day.
func (e EventID) On(at time.Time) EventID {
	binary.BigEndian.PutUint16(e[:], uint16(DayOf(at)))
	return e
}

// Day is the entry's, in days since 1970-01-01 UTC.
func (e EventID) Day() int32 { return int32(binary.BigEndian.Uint16(e[:])) }

// DayOf is the day of an instant, in days since 1970-01-01 UTC.
func DayOf(t time.Time) int32 { return int32(t.Unix() / (24 * 60 * 60)) }

func (e EventID) String() string { return hex.EncodeToString(e[:]) }

// ParseEventID reads 32 lower-case hexadecimal digits.
func ParseEventID(s string) (EventID, error) {
	b, err := hex.DecodeString(s)
	if err != nil || len(b) != 16 || hex.EncodeToString(b) != s {
		return EventID{}, fault.New("identity.ParseEventID", fault.Invalid, "record_unknown")
	}
	return EventID(b), nil
}

// Handle is a random single-purpose secret handed to a caller (a draft, a
// browser binding): 32 bytes, base64url outside, stored only as its hash.
type Handle [32]byte

func NewHandle() Handle { return Handle(random(32)) }

// Text is the form that travels; String prints nothing.
func (h Handle) Text() string         { return base64.RawURLEncoding.EncodeToString(h[:]) }
func (h Handle) String() string       { return "handle" }
func (h Handle) LogValue() slog.Value { return slog.StringValue("handle") }

// ParseHandle reads 43 base64url characters.
func ParseHandle(s string) (Handle, error) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil || len(b) != 32 {
		return Handle{}, fault.New("identity.ParseHandle", fault.Invalid, "handle_unknown")
	}
	return Handle(b), nil
}

// The ids travel inside sealed or public JSON as text.

func (p PersonID) MarshalText() ([]byte, error)       { return encode(p[:]) }
func (p *PersonID) UnmarshalText(b []byte) error      { return decode(p[:], b) }
func (c CertificateID) MarshalText() ([]byte, error)  { return encode(c[:]) }
func (c *CertificateID) UnmarshalText(b []byte) error { return decode(c[:], b) }
func (e EventID) MarshalText() ([]byte, error)        { return encode(e[:]) }
func (e *EventID) UnmarshalText(b []byte) error       { return decode(e[:], b) }
func (h Handle) MarshalText() ([]byte, error)         { return encode(h[:]) }
func (h *Handle) UnmarshalText(b []byte) error        { return decode(h[:], b) }

func encode(b []byte) ([]byte, error) {
	return base64.RawURLEncoding.AppendEncode(nil, b), nil
}

func decode(into, text []byte) error {
	b, err := base64.RawURLEncoding.Strict().AppendDecode(nil, text)
	if err != nil || len(b) != len(into) {
		return fault.New("identity", fault.Invalid, "id_invalid")
	}
	copy(into, b)
	return nil
}

func random(n int) []byte {
	b := make([]byte, n)
	rand.Read(b) // never fails: crypto/rand aborts the process instead (Go 1.24)
	return b
}
