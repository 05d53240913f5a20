package vault_test

import (
	"testing"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
	"netid/internal/vault"
)

// otherShelf gives every slot a secret that was never put there.
type otherShelf struct{ vault.Shelf }

func (otherShelf) Get(uint64) (identity.Secret, error) { return secret(0x77), nil }

// The service's keys and the store, with any other secret than the person's
// own from the shelf: nothing opens. So nothing depends on Get's refusal alone.
func TestWithoutTheOwnSecretNothingOpens(t *testing.T) {
	s := newScene(t)
	m := s.enrol(t, 0, "1990-01-01")
	v := vault.New(secrets(), s.rows, otherShelf{s.shelf}, time.Now)
	if _, err := v.Open(ctx, m.opened.ID); !fault.Is(err, fault.Internal) {
		t.Errorf("person: %v", err)
	}
	if _, err := v.OpenCertificate(s.rows.certs[m.cert.ID]); !fault.Is(err, fault.Internal) {
		t.Errorf("certificate: %v", err)
	}
	for _, index := range s.indexesOf(m.person, m.opened) {
		if _, err := v.Find(ctx, index); !fault.Is(err, fault.Internal) {
			t.Errorf("index: %v", err)
		}
	}
}

// What a row is sealed under, written out: key and {table, row, field,
// version}. Rows outlive releases, so this can only change with the version.
func TestFormatIsPinned(t *testing.T) {
	s := newScene(t)
	m := s.enrol(t, 0, "1990-01-01")
	o, k := m.opened, secrets()
	own, err := s.shelf.Get(o.Slot)
	if err != nil {
		t.Fatal(err)
	}
	lookup := suite.Derive(own, "netid/vault/lookup/v1")
	with := func(shelf, service identity.Secret, table string, row []byte, field string) identity.Secret {
		return identity.NewSecret(identity.ES256, suite.MAC(shelf, "netid/vault/with/v1", service.Bytes(), []byte(table), row, []byte(field)))
	}
	locator := func(table string, row []byte) identity.Secret {
		return suite.Derive(k.Service, "netid/vault/locator/v1", []byte(table), row)
	}
	keep, err := s.SealIdentity(o, m.person)
	if err != nil {
		t.Fatal(err)
	}
	row, cert, index := s.rows.persons[o.ID], s.rows.certs[m.cert.ID], s.HandleIndex(m.person.Handle)[0]
	claim := s.rows.indexes[string(index)]
	for _, c := range []struct {
		table  string
		row    []byte
		field  string
		sealed []byte
		key    identity.Secret
	}{
		{"person_key", o.ID[:], "locator", row.Keys.Locator, locator("person_key", o.ID[:])},
		{"person_key", o.ID[:], "identity", row.Keys.Identity, with(own, k.Identity.Now().Key, "person_key", o.ID[:], "identity")},
		{"person_key", o.ID[:], "subject", row.Keys.Subject, with(own, k.Subject.Now().Key, "person_key", o.ID[:], "subject")},
		{"person_key", o.ID[:], "record", row.Keys.Record, with(own, k.Record.Now().Key, "person_key", o.ID[:], "record")},
		{"person", o.ID[:], "profile", row.Profile, suite.Derive(o.Keys.Subject, "netid/vault/profile/v1")},
		{"vault_identity", keep.Row, "body", keep.Body, suite.Derive(o.Keys.Identity, "netid/vault/identity/v1")},
		{"vault_index", index, "locator", claim[:36], locator("vault_index", index)},
		{"vault_index", index, "person", claim[36:], with(lookup, k.Index.Now().Key, "vault_index", index, "person")},
		{"certificate", cert.ID[:], "locator", cert.Locator, locator("certificate", cert.ID[:])},
		{"certificate", cert.ID[:], "body", cert.Body, with(lookup, k.Subject.Now().Key, "certificate", cert.ID[:], "body")},
	} {
		aad := suite.Digest([]byte("netid/vault/v1"), []byte(c.table), c.row, []byte(c.field))
		if _, err := suite.Open(c.key, c.sealed, aad[:]); err != nil {
			t.Errorf("%s.%s: %v", c.table, c.field, err)
		}
	}
}
