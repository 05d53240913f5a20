// Package vault keeps who a person is: their keys, the sealed real identity,
// the profile behind their pseudonyms, and the blind indexes that find them
// again. Of all that it answers least: a boolean, a regime, a pseudonym.
//
// It owns how a person's keys come to be, open and die, and refuses to know
// why somebody asks, who may (an act asks the law) and how rows are stored.
//
// Invariant: everything about a person opens only with three things together:
// the store's rows, the service's keys, and the person's own secret on the
// shelf, which lies outside the store. Destroying that secret ends the person
// in every copy of the store there is. Every sealed body is bound to {table,
// row, field, version}: moved to another place it does not open. Unwrapped
// keys live as long as one act or, in a server that says so, a minute (Remember),
// and never longer on the node that destroys their secret.
//
// Algorithms are those of package suite. Decision: docs/adr/0002-person-keys-on-a-shelf.md.
package vault

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"runtime"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/pack"
	"netid/internal/suite"
)

// Rows are the reads that the vault needs. None is fault.NotFound, "person_unknown".
type Rows interface {
	Person(ctx context.Context, id identity.PersonID) (identity.PersonRow, error)
	Identity(ctx context.Context, row []byte) ([]byte, error)
	Index(ctx context.Context, index []byte) ([]byte, error)
}

// Shelf keeps one secret a person, outside the store. A slot is never used twice.
type Shelf interface {
	Put(identity.Secret) (slot uint64, err error) // durable when it returns
	Get(slot uint64) (identity.Secret, error)     // fault.Gone "person_erased" once destroyed
	Destroy(slot uint64) error                    // durable when it returns; again is no error
}

// Secrets are the service's own keys that the vault works with, one use each.
// How each changes: docs/adr/0018-keys-that-are-rewrapped.md.
type Secrets struct {
	Identity suite.Versions  // with the shelf's secret: wraps a person's identity key
	Subject  suite.Versions  // the same for the subject key and the certificates
	Record   suite.Versions  // the same for the record key
	Index    suite.Versions  // blind indexes, and with the shelf's secret: their bodies
	Service  identity.Secret // row names and locators; it does not change
	Pepper   suite.Versions  // of passcodes
}

// Vault opens persons. It may be used by many goroutines.
type Vault struct {
	secrets Secrets
	rows    Rows
	shelf   Shelf
	stretch suite.Stretch // of passcodes
	turns   chan struct{} // one passcode a core: each takes 19 MiB while it runs
	recent  *recent
	packer  *pack.Packer // of identities
	now     func() time.Time

	Origin string // of the service: what its passkeys are for (https://host[:port])
}

// New makes a vault over the rows of a store and the shelf beside it.
func New(s Secrets, rows Rows, shelf Shelf, now func() time.Time) *Vault {
	return &Vault{secrets: s, rows: rows, shelf: shelf, stretch: suite.Argon2id, turns: make(chan struct{}, runtime.GOMAXPROCS(0)), recent: &recent{}, packer: pack.New(identityWords), now: now}
}

// ready refuses to make anybody under a key that was never set; to open
// anybody, package suite refuses.
func (v *Vault) ready() error {
	s := v.secrets
	for _, k := range []identity.Secret{s.Identity.Now().Key, s.Subject.Now().Key, s.Record.Now().Key, s.Index.Now().Key, s.Service, s.Pepper.Now().Key} {
		if k.Zero() {
			return broken("vault.ready", "a key of the vault was never set", nil)
		}
	}
	return nil
}

func (v Vault) Format(f fmt.State, _ rune) { io.WriteString(f, "vault") }
func (v Vault) LogValue() slog.Value       { return slog.StringValue("vault") }

// Tables as they stand in what is bound to a ciphertext. The words are part of
// the format: a table may be renamed, these may not.
const (
	personKeys   = "person_key"
	persons      = "person"
	identities   = "vault_identity"
	indexes      = "vault_index"
	certificates = "certificate"
	links        = "party_link"
	matters      = "matter"
	signals      = "signal"
)

// place is the associated data of one sealed field: {table, row, field,
// version}, digested in the suite of the key that seals it.
func place(key identity.Secret, table string, row []byte, field string) []byte {
	d := suite.DigestIn(key.Suite(), []byte("netid/vault/v1"), []byte(table), row, []byte(field))
	return d[:]
}

// sealAt and openAt seal one field in its place.
func sealAt(key identity.Secret, plain []byte, table string, row []byte, field string) []byte {
	return suite.Seal(key, plain, place(key, table, row, field))
}

func openAt(key identity.Secret, sealed []byte, table string, row []byte, field string) ([]byte, error) {
	return suite.Open(key, sealed, place(key, table, row, field))
}

// with is the key that needs both a service key and something of the shelf's
// secret: HMAC keyed by the second over the first, so that who lacks either has
// nothing. The row makes it a key of its own for each row, far from the 2^32
// messages that one key may seal.
func with(shelf, service identity.Secret, table string, row []byte, field string) identity.Secret {
	return identity.NewSecret(service.Suite(), suite.MAC(shelf, "netid/vault/with/v1", service.Bytes(), []byte(table), row, []byte(field)))
}

// lookup is what of a slot's secret an opened person carries, to seal what
// leads to them. The wrapping keys need the slot's secret itself.
func lookup(slotSecret identity.Secret) identity.Secret {
	return suite.Derive(slotSecret, "netid/vault/lookup/v1")
}

// broken says that a row or a slot is not what this vault wrote: altered,
// moved, or under other keys. It is ours to repair and says nothing outside.
func broken(op, what string, err error) error {
	if err == nil {
		return fault.Newf(op, fault.Internal, "internal", "%s", what)
	}
	return fault.Newf(op, fault.Internal, "internal", "%s: %w", what, err)
}
