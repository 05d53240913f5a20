// Package ledger is who did what on what ground, so that nobody can change it
// afterwards without being seen: the leaf of an event, the tree over the
// leaves, the signed head, the proofs, and the check of a whole store.
//
// It owns what is hashed, in which order and under which key. It refuses to
// know how rows are stored, what an act means and who a person is: a leaf is a
// salted hash, a body is sealed under a key of its month that comes from the
// person's own record key, and both are found by keyed indexes that die with that
// key. What law keeps of the erased opens by the months' keys alone, which the
// officers' quorum has.
//
// Invariant: an entry that was acknowledged cannot be edited, removed, moved
// or left out of its person's numbering without Verify naming it; erasing a
// person takes the body and the salt and leaves the tree provable.
//
// Specifications: RFC 6962 §2.1 (tree hash, proofs), C2SP tlog-checkpoint and
// signed-note v1 (heads, Ed25519). Decisions: docs/adr/0004-ledger.md, docs/adr/0017-officers-quorum.md.
package ledger

import (
	"encoding/binary"
	"encoding/json"

	"github.com/transparency-dev/merkle/rfc6962"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
)

const (
	leafDomain = "netid/ledger/v1\n"
	saltLength = 32
	idLength   = 16
)

// Leaf is SHA-256("netid/ledger/v1\n" || salt || canonical): the commitment to
// one event. The salt, 32 random bytes, keeps a guessed event from being
// confirmed by its leaf once the body is gone.
func Leaf(salt, canonical []byte) [32]byte {
	h := rfc6962.DefaultHasher.New() // plain SHA-256, the tree's own whatever the suite
	h.Write([]byte(leafDomain))
	h.Write(salt)
	h.Write(canonical)
	return [32]byte(h.Sum(nil))
}

// Canonical is the form of an event that is hashed: its JSON, fields in the
// order of the type, no spaces, time in UTC and whole seconds.
func Canonical(e identity.Event) ([]byte, error) {
	b, err := json.Marshal(e)
	return b, fault.Wrap("ledger.Canonical", fault.Internal, "internal", err)
}

// EntryKey is where the store keeps an event: its day, and of its id 16 bytes of a keyed hash. A
// receipt's id is known to its party; with a plain hash whoever has a dump and
// the logs of two parties would find the same person in both.
func (k *Keeper) EntryKey(id identity.EventID) identity.EntryKey {
	m := suite.MAC(suite.Derive(k.row, "netid/ledger/id/v1"), "netid/ledger/id/v1", id[:])
	return identity.EntryKey{Day: id.Day(), ID: m[:idLength]}
}

// Owner is the keyed index under which a person's entries are found, 16 bytes.
func Owner(k identity.Keys) []byte {
	return suite.Tag(suite.Derive(k.Record, "netid/ledger/owner/v1"), "netid/ledger/owner/v1")
}

// bucket is the partition of a person's entries, the first 10 bits of their
// owner: it says nothing that the owner does not. The person's own bucket stands
// in the clear in the person's id, and would lead from there to the records.
func bucket(owner []byte) uint16 { return binary.BigEndian.Uint16(owner) >> 6 }

// ChainIndex is the keyed index of the head of a person's own numbering, 32
// bytes. It is another index than Owner: the two tables cannot be joined by it.
func ChainIndex(k identity.Keys) []byte {
	return suite.Tag(suite.Derive(k.Record, "netid/ledger/chain/v1"), "netid/ledger/chain/v1")
}
