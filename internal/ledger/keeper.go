package ledger

import (
	"encoding/binary"
	"math/bits"
	"sync"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
)

// Keeper holds the ledger's own keys: one that binds every column of a row,
// one that hides which rows an erasure dropped, and those that sign heads.
type Keeper struct {
	row    identity.Secret
	code   identity.Secret // of rows outside the ledger, from row
	erase  identity.Secret
	origin string
	lines  []Line
	cache  sync.Map // public JWK to *noteKey
	err    error    // why heads can be neither signed nor checked
}

// NewKeeper takes the keys and the origin: the ledger's name, a schema-less
// URL such as "id.example/ledger", without spaces and plus signs. The signer's
// algorithm is EdDSA (Ed25519). Whether they fit, Ready says.
func NewKeeper(rowKey, eraseKey identity.Secret, signer suite.Signer, origin string) *Keeper {
	return NewRotatingKeeper(rowKey, eraseKey, origin, Line{Alg: "EdDSA", Signers: func() []suite.Signer { return []suite.Signer{signer} }})
}

// NewRotatingKeeper signs and demands a signature of each line, the first of
// which is EdDSA; the keys of a line may change while it is used.
func NewRotatingKeeper(rowKey, eraseKey identity.Secret, origin string, lines ...Line) *Keeper {
	k := &Keeper{row: rowKey, erase: eraseKey, origin: origin, lines: lines}
	if k.err = k.accept(); k.err == nil {
		k.code = suite.Derive(rowKey, "netid/store/code/v1")
	}
	return k
}

// Ready reports, for a start that refuses early, whether the keeper can sign.
func (k *Keeper) Ready() error { return k.err }

func (k *Keeper) accept() error {
	const op = "ledger.NewKeeper"
	if k.row.Zero() || k.erase.Zero() || len(k.lines) == 0 || k.lines[0].Alg != "EdDSA" {
		return fault.Newf(op, fault.Internal, "internal", "a key is missing or of the wrong kind")
	}
	for _, l := range k.lines {
		keys, err := k.live(l)
		if err == nil && len(keys) == 0 {
			err = fault.Newf(op, fault.Internal, "internal", "no key signs %s", l.Alg)
		}
		if err == nil {
			_, err = k.past(l)
		}
		if err != nil {
			return fault.At(op, err)
		}
	}
	return nil
}

// VerifierKey is the Ed25519 key that checks heads, in the note format
// "origin+hash+base64", for client and for anybody who keeps heads.
func (k *Keeper) VerifierKey() string {
	if k.err != nil {
		return ""
	}
	keys, err := k.live(k.lines[0])
	if err != nil || len(keys) == 0 {
		return ""
	}
	return keys[0].text
}

// MAC binds every column of a row, its place included, under the row key, 16
// bytes: an edit made with access to the store alone names its row.
//
// An entry under this label was recorded by a program that gives a code to every row outside
// of the ledger too: see Coded.
func (k *Keeper) MAC(r identity.EntryRow) []byte {
	m := k.mac("netid/ledger/row/v2", r)
	return m[:suite.TagSize]
}

// Fits reports whether a row carries its own keyed hash, of whichever program.
func (k *Keeper) Fits(r identity.EntryRow) bool { return k.Coded(r) || k.Uncoded(r) }

// Coded reports whether a row is as MAC makes it.
func (k *Keeper) Coded(r identity.EntryRow) bool { return suite.Equal(k.MAC(r), r.MAC) }

// Uncoded reports whether a row was recorded by a program of before there were
// codes. Nothing makes such a hash any more, so nobody can pass a store of today for one of then.
func (k *Keeper) Uncoded(r identity.EntryRow) bool {
	m := k.mac("netid/ledger/row/v1", r)
	return suite.Equal(m[:], r.MAC)
}

func (k *Keeper) mac(label string, r identity.EntryRow) [32]byte {
	var n [8 + 4 + 2 + 1]byte
	binary.BigEndian.PutUint64(n[0:], r.Index)
	binary.BigEndian.PutUint32(n[8:], uint32(r.Day))
	binary.BigEndian.PutUint16(n[12:], r.Bucket)
	n[14] = byte(r.State)
	m := suite.MAC(k.row, label, n[:], r.ID, r.Owner, r.Leaf[:], r.Body)
	return m
}

// SetElement is what a leaf adds to an erased set: a keyed hash, 32 bytes, so
// that the sum in a public tombstone cannot be tried against guessed rows.
func (k *Keeper) SetElement(leaf [32]byte) []byte {
	m := suite.MAC(k.erase, "netid/ledger/erased/v1", leaf[:])
	return m[:]
}

// Code vouches for a row outside of the ledger, given as bytes that say what it is, 16 bytes.
func (k *Keeper) Code(row []byte) []byte { return suite.Tag(k.code, "netid/store/code/v1", row) }

// Set commits to the bodies of these leaves in any order.
func (k *Keeper) Set(leaves [][32]byte) identity.ErasedSet {
	set := EmptySet()
	for _, leaf := range leaves {
		set = k.Add(set, leaf)
	}
	return set
}

// Add is Set for one more.
func (k *Keeper) Add(set identity.ErasedSet, leaf [32]byte) identity.ErasedSet {
	return AddToSet(set, k.SetElement(leaf))
}

// EmptySet commits to nothing.
func EmptySet() identity.ErasedSet { return identity.ErasedSet{Sum: make([]byte, 32)} }

// AddToSet adds one element: the count, and the sum modulo 2^256 (big-endian).
func AddToSet(set identity.ErasedSet, element []byte) identity.ErasedSet {
	return identity.ErasedSet{Count: set.Count + 1, Sum: add(set.Sum, element)}
}

// add is x + y modulo 2^256; what is not 32 bytes counts as zero, which no
// honest sum equals.
func add(x, y []byte) []byte {
	a, b := limbs(x), limbs(y)
	var carry uint64
	for i := 3; i >= 0; i-- {
		a[i], carry = bits.Add64(a[i], b[i], carry)
	}
	return join(a)
}

// sub is x - y modulo 2^256.
func sub(x, y []byte) []byte {
	a, b := limbs(x), limbs(y)
	var borrow uint64
	for i := 3; i >= 0; i-- {
		a[i], borrow = bits.Sub64(a[i], b[i], borrow)
	}
	return join(a)
}

func limbs(b []byte) (n [4]uint64) {
	if len(b) == 32 {
		for i := range n {
			n[i] = binary.BigEndian.Uint64(b[8*i:])
		}
	}
	return n
}

func join(n [4]uint64) []byte {
	b := make([]byte, 0, 32)
	for _, v := range n {
		b = binary.BigEndian.AppendUint64(b, v)
	}
	return b
}
