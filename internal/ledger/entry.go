package ledger

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/pack"
	"netid/internal/suite"
)

const (
	grain    = 64        // every sealed body is a multiple of it
	padding  = 320       // of a packed body, one in fact: it says nothing but how many of these it has
	partyPad = 3840      // of a body that names a party, one in fact: names and purposes are as long as a party made them, and its records would tell it by that. With it a row just fits a page of the embedded store.
	maxBody  = 256 << 10 // bytes
	overSeal = 12 + 16   // nonce and tag of suite.Seal
)

// body is what stands behind a leaf. The event is kept as the very characters
// that were hashed, so no later encoder can change them.
type body struct {
	Salt  string `json:"salt"`  // base64url, 32 bytes
	Event string `json:"event"` // canonical JSON
}

// written is one event in every form that a commit needs.
type written struct {
	leaf  [32]byte
	salt  []byte
	event []byte // canonical
}

func write(e identity.Event) (written, error) {
	canonical, err := Canonical(e)
	if err != nil {
		return written{}, err
	}
	salt := suite.Random(saltLength)
	return written{Leaf(salt, canonical), salt, canonical}, nil
}

// plain is the body as anybody may read it.
func (w written) plain() ([]byte, error) {
	b, err := json.Marshal(body{base64.RawURLEncoding.EncodeToString(w.salt), string(w.event)})
	if err != nil || len(b) > maxBody-partyPad {
		return nil, fault.Newf("ledger.plain", fault.Internal, "internal", "event of %d bytes: %v", len(b), err)
	}
	return b, nil
}

// MonthKey is a person's key of one month and class of retention, from which
// nobody gets another month's, or the record key that all come from. The officers'
// quorum gets it, and no more than it, when the first event of the period is written.
func MonthKey(k identity.Keys, p identity.Period) identity.Secret {
	return suite.Derive(k.Record, "netid/record/month/v1", []byte(p.Month.String()), []byte(p.Class.String()))
}

// seal packs the body or not, pads it and seals it under a month's key, bound to the
// entry's id: a body that is moved to another entry does not open there.
func seal(p *pack.Packer, month identity.Secret, id []byte, w written, party bool) ([]byte, error) {
	form, grains := w.plain, partyPad
	if !party {
		form, grains = func() ([]byte, error) { return packEvent(p, w.salt, w.event) }, padding
	}
	b, err := form()
	if err != nil {
		return nil, err
	}
	padded := make([]byte, (4+len(b)+grains-1)/grains*grains)
	binary.BigEndian.PutUint32(padded, uint32(len(b)))
	copy(padded[4:], b)
	return suite.Seal(bodyKey(month), padded, id), nil
}

func unseal(month identity.Secret, id, sealed []byte) ([]byte, error) {
	if len(sealed) > maxBody+overSeal {
		return nil, broken("body too long")
	}
	padded, err := suite.Open(bodyKey(month), sealed, id)
	if err != nil {
		return nil, fault.Wrap("ledger.OpenEntry", fault.Internal, "internal", err)
	}
	if len(padded) < 4 {
		return nil, broken("no padding")
	}
	n := binary.BigEndian.Uint32(padded)
	if uint64(n) > uint64(len(padded)-4) || len(bytes.Trim(padded[4+n:], "\x00")) > 0 {
		return nil, broken("padding")
	}
	return padded[4 : 4+n], nil
}

func bodyKey(month identity.Secret) identity.Secret { return suite.Derive(month, "event") }

// OpenEntry opens an entry's body by its person's own keys and checks that it is
// the one that the leaf commits to, and a sealed one that it was sealed for this
// id. A public entry needs no keys. Fails with Gone "record_erased" when the body was
// dropped, and with Internal when the row is not what was written: a broken ledger
// is never shown as a record.
func OpenEntry(k identity.Keys, r identity.EntryRow) (identity.Event, []byte, error) {
	return open(r, func() ([]byte, error) {
		if k.Record.Zero() {
			return nil, fault.Newf("ledger.OpenEntry", fault.Internal, "internal", "no record key")
		}
		// The row does not say of which class it is.
		var plain []byte
		var err error
		for _, c := range []identity.Class{identity.Proofs, identity.Logs, identity.Unkept} {
			if plain, err = unseal(MonthKey(k, identity.Period{Month: identity.MonthOf(r.Day), Class: c}), r.ID, r.Body); err == nil {
				break
			}
		}
		return plain, err
	})
}

// OpenByMonth opens an entry by the key of its month and class alone, as the
// officers' quorum has it. Fails as OpenEntry does.
func OpenByMonth(month identity.Secret, r identity.EntryRow) (identity.Event, []byte, error) {
	return open(r, func() ([]byte, error) { return unseal(month, r.ID, r.Body) })
}

func open(r identity.EntryRow, take func() ([]byte, error)) (identity.Event, []byte, error) {
	var e identity.Event
	canonical, salt, err := openBody(r, take)
	if err != nil {
		return e, nil, err
	}
	if Leaf(salt, canonical) != r.Leaf {
		return e, nil, broken("body does not hash to the leaf")
	}
	if err := json.Unmarshal(canonical, &e); err != nil {
		return identity.Event{}, nil, broken("event is not JSON")
	}
	if again, err := Canonical(e); err != nil || !bytes.Equal(again, canonical) {
		return identity.Event{}, nil, broken("event is not canonical")
	}
	return e, salt, nil
}

func openBody(r identity.EntryRow, take func() ([]byte, error)) (canonical, salt []byte, err error) {
	plain := r.Body
	switch {
	case r.State == identity.EntryErased:
		return nil, nil, fault.New("ledger.OpenEntry", fault.Gone, "record_erased")
	case r.State == identity.EntrySealed, r.State.Holds():
		if plain, err = take(); err != nil {
			return nil, nil, err
		}
	case r.State == identity.EntryPublic:
	default:
		return nil, nil, broken("unknown state")
	}
	if len(plain) > maxBody {
		return nil, nil, broken("body too long")
	}
	if r.State != identity.EntryPublic && len(plain) > 0 && plain[0] == packed {
		salt, canonical, err = unpackEvent(plain)
		return canonical, salt, err
	}
	var b body
	d := json.NewDecoder(bytes.NewReader(plain))
	d.DisallowUnknownFields()
	if err := d.Decode(&b); err != nil || d.InputOffset() != int64(len(plain)) {
		return nil, nil, broken("body is not JSON")
	}
	salt, err = base64.RawURLEncoding.Strict().DecodeString(b.Salt)
	if err != nil || len(b.Salt) != base64.RawURLEncoding.EncodedLen(saltLength) { // the length: the decoder skips line ends
		return nil, nil, broken("salt")
	}
	return []byte(b.Event), salt, nil
}

func broken(what string) error {
	return fault.Newf("ledger.OpenEntry", fault.Internal, "internal", "entry altered: %s", what)
}
