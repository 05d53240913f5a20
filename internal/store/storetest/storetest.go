// Package storetest is the one conformance suite for every database below
// package store: what a change does, what each guard refuses, and what is left
// when a guard, the database or the process fails.
//
// It owns the expectations and refuses to know a driver: a database's own
// tests hand it stores. Nothing in it is a real person's.
//
// Invariant: a store that passes keeps the promises of identity.Change,
// identity.Verb and identity.Note.
package storetest

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/ledger"
	"netid/internal/store"
	"netid/internal/suite"
)

// Open gives a new, empty store that was opened with Keeper. Its test closes it.
type Open func(t *testing.T) *store.Store

// Run is the suite for stores that work.
func Run(t *testing.T, open func(t *testing.T) *store.Store) {
	for _, part := range []struct {
		name string
		test func(*testing.T, Open)
	}{
		{"verbs", verbs},
		{"statuses", statuses},
		{"places", places},
		{"refused verbs leave nothing", refusals},
		{"notes", notes},
		{"refused notes leave nothing", noteRefusals},
		{"entries", entries},
		{"erase", erase},
		{"hold and expire", holding},
		{"escrow", escrows},
		{"days", days},
		{"counters", counters},
		{"a feed", feed},
		{"standing consents", consents},
		{"no answer after the end of a consent", consentsEnd},
		{"wrapping anew", rewraps},
		{"sweep", sweep},
		{"one winner", races},
		{"one order explains every answer", histories},
		{"burden", burden},
		{"outbox", outbox},
		{"outbox is atomic", outboxAtomic},
		{"outbox leases", outboxLeases},
		{"ledger", ledgers},
		{"context", contexts},
		{"close", closing},
	} {
		t.Run(part.name, func(t *testing.T) { part.test(t, open) })
	}
}

// Keeper is the keeper of test ledgers, the same in every process. Its signing
// key is the Ed25519 key of an all-zero seed: everybody's.
func Keeper() *ledger.Keeper {
	s, err := note.NewSigner("PRIVATE+KEY+" + origin + "+9c56808f+AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
	if err != nil {
		s = nil // the keeper then refuses to sign, and every test fails with its reason
	}
	return ledger.NewKeeper(identity.NewSecret(identity.ES256, [32]byte{1}), identity.NewSecret(identity.ES256, [32]byte{2}), signer{s}, origin)
}

const origin = "storetest.invalid/ledger"

type signer struct{ note note.Signer }

func (signer) KeyID() string { return "storetest" }
func (signer) Alg() string   { return "EdDSA" }
func (signer) PublicJWK() []byte {
	return []byte(`{"kty":"OKP","crv":"Ed25519","x":"O2onvM62pC1io6jQKm8Nc2UyFXcd4kOmOsBIoYtZ2ik"}`)
}

func (s signer) Sign(message []byte) ([]byte, error) {
	if s.note == nil {
		return nil, errors.New("no test key")
	}
	return s.note.Sign(message)
}

// Person is an invented person as the store sees one: random bytes.
type Person struct {
	ID       identity.PersonID
	Keys     identity.WrappedKeys
	Profile  []byte
	Row      []byte // of the vault
	Identity []byte
	Indexes  [][]byte
	Bodies   [][]byte // behind the indexes
	Certs    []identity.CertificateRow
	Link     []byte
	Owner    []byte // of entries
	Chain    []byte
	CertOwn  []byte
	LinkOwn  []byte
	Slot     uint64

	Seq    uint64 // of the person's own numbering
	Head   []byte
	Events [][]byte // sealed bodies
	Past   [][]byte // what later values replaced
}

// NewPerson invents a person. Sizes vary, so that rows of all lengths meet on a page.
func NewPerson(slot uint64) *Person {
	p := &Person{
		ID:      identity.NewPersonID(),
		Keys:    identity.WrappedKeys{Locator: sized(36), Identity: sized(60), Subject: sized(60), Record: sized(60)},
		Profile: sized(200), Row: suite.Random(32), Identity: suite.Random(1024 + 28),
		Link: suite.Random(32), Owner: suite.Random(32), Chain: suite.Random(32),
		CertOwn: suite.Random(32), LinkOwn: suite.Random(32), Slot: slot,
	}
	for range 3 {
		p.Indexes = append(p.Indexes, suite.Random(32))
		p.Bodies = append(p.Bodies, sized(90))
	}
	for range 2 {
		p.Certs = append(p.Certs, identity.CertificateRow{ID: identity.NewCertificateID(), Owner: p.CertOwn, Locator: sized(36), Body: sized(300), Place: somewhere()})
	}
	return p
}

// somewhere is a place that no other person here has.
func somewhere() identity.Place {
	n := binary.BigEndian.Uint64(suite.Random(8))
	return identity.PlaceIn(1+uint32(n>>41), n)
}

// sized is at least least random bytes, sometimes many more.
func sized(least int) []byte {
	extra := suite.Random(2)
	n := int(extra[0]) % 64
	if extra[1] < 24 {
		n *= 24
	}
	return suite.Random(least + n)
}

// Entry is the person's next entry, of one to three units of padding; it moves
// the person's own numbering as if it were committed.
func (p *Person) Entry() identity.Entry {
	e := Entry()
	e.Bucket, e.Owner = 513, p.Owner
	e.Chain = &identity.ChainStep{Index: p.Chain, FromSeq: p.Seq, FromHead: p.Head, ToSeq: p.Seq + 1, ToHead: e.Leaf[:]}
	p.Seq, p.Head = p.Seq+1, e.Leaf[:]
	p.Events = append(p.Events, e.Body)
	return e
}

// Open is the verbs of an enrolment with certificates and a link that was cut.
func (p *Person) Open() []identity.Verb {
	v := []identity.Verb{
		identity.OpenPerson{ID: p.ID, Keys: p.Keys, Profile: p.Profile},
		identity.KeepIdentity{Row: p.Row, Body: p.Identity},
		identity.CutLink{Index: p.Link, Owner: p.LinkOwn},
	}
	for i := range p.Indexes {
		v = append(v, identity.ClaimIndex{Index: p.Indexes[i], Body: p.Bodies[i]})
	}
	for _, c := range p.Certs {
		v = append(v, identity.BindCertificate{Certificate: c, Standing: identity.Active})
	}
	return v
}

// Erase is the verb that leaves nothing of the person.
func (p *Person) Erase() identity.ErasePerson {
	return identity.ErasePerson{
		ID: p.ID, IdentityRow: p.Row, Indexes: p.Indexes, EventOwner: p.Owner, Events: uint64(len(p.Events)),
		ChainIndex: p.Chain, CertOwner: p.CertOwn, LinkOwner: p.LinkOwn, Slot: p.Slot,
	}
}

// Entry is a sealed entry of nobody in particular.
func Entry() identity.Entry {
	units := 1 + int(suite.Random(1)[0])%3
	return identity.Entry{
		EntryKey: identity.EntryKey{ID: suite.Random(16), Day: 20780}, Bucket: 513, Owner: suite.Random(32),
		Leaf: [32]byte(suite.Random(32)), Body: suite.Random(1024*units + 28),
	}
}

// Tombstone is the public change that erases p: its event commits to the set
// of bodies that go.
func Tombstone(t testing.TB, s *store.Store, p *Person) {
	t.Helper()
	rows, err := s.EntriesOf(context.Background(), p.Owner)
	ok(t, err)
	var leaves [][32]byte
	for _, r := range rows {
		leaves = append(leaves, r.Leaf)
	}
	set := Keeper().Set(leaves)
	book := ledger.NewBook(s, nil, time.Now)
	_, err = book.RecordPublic(context.Background(), identity.Event{Kind: identity.Erased, Grounds: []identity.Ground{}, Set: &set}, p.Erase())
	ok(t, err)
}

// Check fails unless the whole ledger verifies, and gives its size.
func Check(t testing.TB, s *store.Store, remembered ...[]byte) uint64 {
	t.Helper()
	var report ledger.Report
	err := s.Snapshot(context.Background(), func(rows ledger.Rows) (err error) {
		report, err = ledger.Verify(context.Background(), rows, Keeper(), remembered...)
		return err
	})
	ok(t, err)
	for _, p := range report.Problems {
		t.Errorf("entry %d: %s", p.Index, p.What)
	}
	return report.Size
}

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// refused fails unless err is of the kind and gives the reason.
func refused(t testing.TB, err error, kind fault.Kind, reason string) {
	t.Helper()
	if !fault.Is(err, kind) || !fault.Because(err, reason) {
		t.Fatalf("got %v, want %v (%s)", err, kind, reason)
	}
}

// Spellings are the forms in which bytes could be found in a file.
func Spellings(b []byte) map[string][]byte {
	const digits, capitals = "0123456789abcdef", "0123456789ABCDEF"
	lower, upper := make([]byte, 0, 2*len(b)), make([]byte, 0, 2*len(b))
	for _, c := range b {
		lower = append(lower, digits[c>>4], digits[c&15])
		upper = append(upper, capitals[c>>4], capitals[c&15])
	}
	whole := b[:len(b)/3*3] // a part of three bytes reads the same whatever follows
	return map[string][]byte{
		"raw": b, "hex": lower, "HEX": upper,
		"base64":    []byte(base64.StdEncoding.EncodeToString(whole)),
		"base64url": []byte(base64.URLEncoding.EncodeToString(whole)),
	}
}
