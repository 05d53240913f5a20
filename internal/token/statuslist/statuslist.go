// Package statuslist writes and reads lists of the statuses of many tokens (Token
// Status List, draft-ietf-oauth-status-list-21): packed, compressed, signed as a
// JWT or a CWT, and the aggregation that names them all.
//
// It owns the bits, their encodings, how old a list may be, and which place in a
// list the n-th token gets. It refuses to know which token a place belongs to,
// where a list is kept or fetched, and why a status changes. The JWTs are those
// of package jose, and no cryptography is its own.
//
// Invariant: revoked is for ever. No list is believed past its time, older than
// one that was seen, for another address than its own, or about a place that it does not
// have; and reading one takes no more memory than its reader allows.
//
// Decisions: docs/adr/0042-credentials.md.
package statuslist

import (
	"bytes"
	"compress/zlib"
	"io"
	"slices"

	"netid/internal/fault"
	"netid/internal/identity"
)

// Status is what a list says of a token (§7.1). Other values are an application's own.
type Status = identity.CertificateStatus

// The statuses of netid's lists.
const (
	Valid   = identity.StatusValid
	Revoked = identity.StatusRevoked // INVALID: not undone
	Frozen  = identity.StatusFrozen  // SUSPENDED
)

// Size is how many places a list of netid's has, and Bits for each (§4.1): a crowd
// of a million to hide in, and 256 KB before compression.
const (
	Size = identity.ShardSize
	Bits = 2
)

// maxPacked is the most bytes that a list of somebody else may have when it is
// unpacked, where its reader sets no other bound.
const maxPacked = 16 << 20

// List is the statuses of many tokens, packed. Not safe for concurrent use while one writes.
type List struct {
	bits   int
	packed []byte
}

// New makes a list of so many places, all valid: how many of them are taken
// does not show.
func New(bits, size int) (*List, error) {
	if !sized(bits) || size < 1 || size > maxPacked*8/bits {
		return nil, fault.Newf("statuslist.New", fault.Internal, "", "%d places of %d bits", size, bits)
	}
	return &List{bits, make([]byte, (size*bits+7)/8)}, nil
}

func sized(bits int) bool { return bits == 1 || bits == 2 || bits == 4 || bits == 8 }

// Len is how many places there are, those included that fill the last byte.
func (l *List) Len() int { return len(l.packed) * 8 / l.bits }

// Get is the status at a place (§4.1: from the least significant bit up). A place
// that is not there has none. Reason "status_unknown".
func (l *List) Get(index uint64) (Status, error) {
	if index >= uint64(l.Len()) {
		return 0, unknown("statuslist.Get", "no such place")
	}
	at, shift := l.where(index)
	return Status(l.packed[at] >> shift & l.mask()), nil
}

// Mark sets the status at a place. What is revoked stays so: asking for another is
// refused with Conflict "status_final", and asking for the same changes nothing.
func (l *List) Mark(index uint64, s Status) error {
	const op = "statuslist.Mark"
	old, err := l.Get(index)
	if err != nil {
		return fault.At(op, err)
	}
	if s > Status(l.mask()) {
		return fault.Newf(op, fault.Internal, "", "%d does not fit into %d bits", s, l.bits)
	}
	if old == Revoked && s != Revoked {
		return fault.New(op, fault.Conflict, "status_final")
	}
	at, shift := l.where(index)
	l.packed[at] = l.packed[at]&^(l.mask()<<shift) | byte(s)<<shift
	return nil
}

func (l *List) where(index uint64) (at uint64, shift uint) {
	bit := index * uint64(l.bits)
	return bit / 8, uint(bit % 8)
}

func (l *List) mask() byte { return byte(1<<l.bits - 1) }

// Clone is a list of its own, for whoever publishes one while another is written.
func (l *List) Clone() *List { return &List{l.bits, slices.Clone(l.packed)} }

// pack compresses as hard as zlib can (§4.1 step 4, RFC 1950): a list is packed once and read often.
func (l *List) pack() ([]byte, error) {
	const op = "statuslist.pack"
	var out bytes.Buffer
	w, err := zlib.NewWriterLevel(&out, zlib.BestCompression)
	if err != nil {
		return nil, fault.Wrap(op, fault.Internal, "", err)
	}
	_, err = w.Write(l.packed)
	if closed := w.Close(); err == nil {
		err = closed
	}
	return out.Bytes(), fault.Wrap(op, fault.Internal, "", err)
}

// unpack reads what zlib made, up to most bytes, with its checksum and nothing
// behind it. Memory grows with what is there, never with what a header promises.
func unpack(bits int, packed []byte, most int) (*List, error) {
	const op = "statuslist.unpack"
	if !sized(bits) {
		return nil, unknown(op, "bits that are not 1, 2, 4 or 8")
	}
	in := bytes.NewReader(packed)
	r, err := zlib.NewReader(in)
	if err != nil {
		return nil, fault.Wrap(op, fault.Invalid, "status_unknown", err)
	}
	var out bytes.Buffer
	n, err := io.Copy(&out, io.LimitReader(r, int64(most)+1))
	if err != nil {
		return nil, fault.Wrap(op, fault.Invalid, "status_unknown", err)
	}
	if n == 0 || n > int64(most) || in.Len() > 0 {
		return nil, unknown(op, "empty, too large, or not all of it a list")
	}
	return &List{bits, out.Bytes()}, nil
}

func unknown(op, why string) error {
	return fault.Newf(op, fault.Invalid, "status_unknown", "%s", why)
}
