package vault_test

import (
	"bytes"
	"context"
	"maps"
	"path/filepath"
	"testing"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
	"netid/internal/vault"
)

var ctx = context.Background()

// rows is a store in memory: what a change writes, and a copy of it at any moment.
type rows struct {
	persons    map[identity.PersonID]identity.PersonRow
	identities map[string][]byte
	indexes    map[string][]byte
	certs      map[identity.CertificateID]identity.CertificateRow
}

func newRows() *rows {
	return &rows{map[identity.PersonID]identity.PersonRow{}, map[string][]byte{}, map[string][]byte{}, map[identity.CertificateID]identity.CertificateRow{}}
}

func (r *rows) copy() *rows {
	return &rows{maps.Clone(r.persons), maps.Clone(r.identities), maps.Clone(r.indexes), maps.Clone(r.certs)}
}

func unknown() error { return fault.New("rows", fault.NotFound, "person_unknown") }

func (r *rows) Person(_ context.Context, id identity.PersonID) (identity.PersonRow, error) {
	p, ok := r.persons[id]
	if !ok {
		return p, unknown()
	}
	return p, nil
}

func (r *rows) Identity(_ context.Context, row []byte) ([]byte, error) {
	b, ok := r.identities[string(row)]
	if !ok {
		return nil, unknown()
	}
	return b, nil
}

func (r *rows) Index(_ context.Context, index []byte) ([]byte, error) {
	b, ok := r.indexes[string(index)]
	if !ok {
		return nil, unknown()
	}
	return b, nil
}

func (r *rows) erase(e identity.ErasePerson) {
	delete(r.persons, e.ID)
	delete(r.identities, string(e.IdentityRow))
	for _, i := range e.Indexes {
		delete(r.indexes, string(i))
	}
	maps.DeleteFunc(r.certs, func(_ identity.CertificateID, c identity.CertificateRow) bool {
		return string(c.Owner) == string(e.CertOwner)
	})
}

func secret(b byte) identity.Secret {
	return identity.NewSecret(identity.ES256, [32]byte(bytes.Repeat([]byte{b}, 32)))
}

func secrets() vault.Secrets {
	return vault.Secrets{Identity: suite.Only(secret(1)), Subject: suite.Only(secret(2)), Record: suite.Only(secret(3)), Index: suite.Only(secret(4)), Service: secret(5), Pepper: suite.Only(secret(6))}
}

// scene is a vault over rows in memory and a shelf in a file.
type scene struct {
	*vault.Vault
	rows  *rows
	shelf *vault.FileShelf
	path  string
}

func newScene(t testing.TB) scene {
	path := filepath.Join(t.TempDir(), "people.shelf")
	shelf := openShelf(t, path)
	r := newRows()
	return scene{vault.New(secrets(), r, shelf, time.Now), r, shelf, path}
}

func openShelf(t testing.TB, path string) *vault.FileShelf {
	t.Helper()
	s, err := vault.OpenShelf(path, suite.Only(secret(9)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func date(t testing.TB, s string) identity.Date {
	d, err := identity.ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// made is everything that enrolment and issuing leave of one synthetic person.
type made struct {
	opened identity.Opened
	person identity.Person
	cert   identity.Certificate
}

func (s scene) enrol(t testing.TB, n byte, birth string) made {
	t.Helper()
	o, keys, err := s.Create(identity.NewPersonID())
	if err != nil {
		t.Fatal(err)
	}
	o.Profile = identity.Profile{Number: identity.NewNumber(), Root: suite.Random(32), Verifier: s.NewVerifier(passcode(t)),
		Enrolled: time.Unix(1_800_000_000, 0).UTC(), Expires: time.Unix(1_900_000_000, 0).UTC(), Sandbox: true}
	p := identity.Person{Handle: identity.PersonHandle([]byte{'h', n}), Name: "测试" + string(rune('甲'+rune(n))), Birth: date(t, birth), Phone: "10000000001", Sandbox: true,
		Documents: []identity.Document{
			{Kind: identity.ResidentCard, Number: "99010119900101000" + string(rune('0'+n)), Name: "测试", Birth: date(t, birth), Long: true, Origin: identity.DecodedElsewhere},
			{Kind: identity.PassportAbroad, Number: "EZ900000" + string(rune('0'+n)), Name: "TEST", Birth: date(t, birth), Expires: date(t, "2035-01-01"), Origin: identity.CheckedHere},
		}}
	keep, err := s.SealIdentity(o, p)
	if err != nil {
		t.Fatal(err)
	}
	s.rows.persons[o.ID] = identity.PersonRow{ID: o.ID, Standing: o.Standing, Epoch: o.Epoch, Keys: keys, Profile: s.SealProfile(o, o.Profile)}
	s.rows.identities[string(keep.Row)] = keep.Body
	for _, index := range s.indexesOf(p, o) {
		c := s.Claim(o, index)
		s.rows.indexes[string(c.Index)] = c.Body
	}
	cert := identity.Certificate{ID: identity.NewCertificateID(), Person: o.ID, Device: []byte(`{"kty":"EC"}`), Issued: o.Profile.Enrolled, Expires: o.Profile.Expires}
	row, err := s.SealCertificate(o, cert)
	if err != nil {
		t.Fatal(err)
	}
	s.rows.certs[cert.ID] = row
	return made{o, p, cert}
}

func (s scene) indexesOf(p identity.Person, o identity.Opened) [][][]byte {
	all := [][][]byte{s.HandleIndex(p.Handle)}
	for _, d := range p.Documents {
		all = append(all, s.DocumentIndex(d.Kind, d.Number))
	}
	return append(all, s.NumberIndex(o.Profile.Number))
}

func passcode(t testing.TB) identity.Passcode {
	p, err := identity.ParsePasscode("40917263")
	if err != nil {
		t.Fatal(err)
	}
	return p
}
