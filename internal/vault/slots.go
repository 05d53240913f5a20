package vault

import (
	"encoding/binary"

	"netid/internal/identity"
	"netid/internal/suite"
)

// A slot is 64 bytes, on every kind of shelf. Slot 0 is the head: a magic
// word, then the sealed random id of the shelf (it shows a wrong key at once).
// Slot n is a tag, then the person's secret sealed under the shelf's key, bound
// to shelf and number. In a file all zero is destroyed, and 64 divides every
// sector, so that a slot is never torn in two. Each slot and the head are sealed
// under some live version of the key; which one, trying tells.
const (
	slotSize   = 64
	shelfMagic = "netid shelf v1\r\n"
	shelfID    = slotSize - len(shelfMagic) - suite.Overhead
	slotTag    = "pk\x00\x01" // no slot that holds a secret is all zero
)

// Slots seals and opens the slots of one shelf, wherever they lie.
type Slots struct {
	keys suite.Versions
	id   []byte
}

// NewSlots is the head of a new shelf.
func NewSlots(kek identity.Secret) (head []byte) { return sealHead(kek, suite.Random(shelfID)) }

// OpenSlots reads the head. It fails when the shelf belongs to another key.
func OpenSlots(keys suite.Versions, head []byte) (Slots, error) {
	id, _, err := openHead(keys, head)
	return Slots{keys, id}, err
}

// Same reports whether both are slots of one shelf: sealed slots of the one open
// on the other.
func (s Slots) Same(other Slots) bool { return string(s.id) == string(other.id) }

// Seal gives the 64 bytes of a slot, under the newest version of the key.
func (s Slots) Seal(slot uint64, secret identity.Secret) []byte {
	return s.seal(s.keys.Now().Key, slot, secret)
}

// Open gives the secret of a slot that was not destroyed. A slot that was
// copied to another number, or into another shelf, does not open.
func (s Slots) Open(slot uint64, b []byte) (identity.Secret, error) {
	secret, _, err := s.secret(slot, b)
	return secret, err
}

// Anew is the slot (0: the head) under the newest version of the key; nil when
// it is so already, or opens under none.
func (s Slots) Anew(slot uint64, b []byte) []byte {
	key := s.keys.Now()
	if slot == 0 {
		if _, under, err := openHead(s.keys, b); err != nil || under == key {
			return nil
		}
		return sealHead(key.Key, s.id)
	}
	secret, under, err := s.secret(slot, b)
	if err != nil || under == key {
		return nil
	}
	return s.seal(key.Key, slot, secret)
}

// Newest reports whether the slot (0: the head) opens under the newest version.
func (s Slots) Newest(slot uint64, b []byte) bool { return s.Under(slot, b, s.keys.Now().Turn) }

// Under reports whether the slot (0: the head) opens under that version.
func (s Slots) Under(slot uint64, b []byte, turn int) bool {
	var under suite.Version
	var err error
	if slot == 0 {
		_, under, err = openHead(s.keys, b)
	} else {
		_, under, err = s.secret(slot, b)
	}
	return err == nil && under.Turn == turn
}

func (s Slots) seal(key identity.Secret, slot uint64, secret identity.Secret) []byte {
	return append([]byte(slotTag), suite.Wrap(key, secret, s.place(key, slot))...)
}

// secret opens a slot's bytes and tells the version that opened them.
func (s Slots) secret(slot uint64, b []byte) (secret identity.Secret, under suite.Version, err error) {
	if len(b) != slotSize || string(b[:len(slotTag)]) != slotTag {
		return secret, under, broken("vault.Shelf.secret", "slot has another form", nil)
	}
	err = errNoKey
	for _, under = range s.keys.Live() {
		if secret, err = suite.Unwrap(under.Key, b[len(slotTag):], s.place(under.Key, slot)); err == nil {
			return secret, under, nil
		}
	}
	return identity.Secret{}, suite.Version{}, broken("vault.Shelf.secret", "slot does not open", err)
}

// place is the associated data of a slot.
func (s Slots) place(key identity.Secret, slot uint64) []byte {
	d := suite.DigestIn(key.Suite(), []byte("netid/shelf/v1"), s.id, binary.BigEndian.AppendUint64(nil, slot))
	return d[:]
}

// openHead gives the shelf's id and the version that the head is under.
func openHead(keys suite.Versions, b []byte) (id []byte, under suite.Version, err error) {
	const op = "vault.openHead"
	if len(b) != slotSize || string(b[:len(shelfMagic)]) != shelfMagic {
		return nil, under, broken(op, "not a shelf, or of another version", nil)
	}
	err = errNoKey
	for _, under = range keys.Live() {
		if id, err = suite.Open(under.Key, b[len(shelfMagic):], headPlace(under.Key.Suite())); err == nil {
			return id, under, nil
		}
	}
	return nil, suite.Version{}, broken(op, "the shelf belongs to another key", err)
}

func sealHead(kek identity.Secret, id []byte) []byte {
	return append([]byte(shelfMagic), suite.Seal(kek, id, headPlace(kek.Suite()))...)
}

func headPlace(s identity.Suite) []byte {
	d := suite.DigestIn(s, []byte("netid/shelf/v1"), []byte("header"))
	return d[:]
}
