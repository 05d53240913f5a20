package vault_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"testing"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
	"netid/internal/vault"
)

func TestPersonOpensAsMade(t *testing.T) {
	s := newScene(t)
	m := s.enrol(t, 0, "1990-01-01")
	row := s.rows.persons[m.opened.ID]
	row.Standing, row.Epoch = identity.FrozenByOwner, 7
	s.rows.persons[m.opened.ID] = row
	got, err := s.Open(ctx, m.opened.ID)
	if err != nil {
		t.Fatal(err)
	}
	want := m.opened
	want.Standing, want.Epoch = identity.FrozenByOwner, 7
	if !reflect.DeepEqual(got, want) {
		t.Errorf("opened %+v %+v", got, got.Profile)
	}
	p, err := s.Identity(ctx, got)
	if err != nil || !reflect.DeepEqual(p, m.person) {
		t.Errorf("identity: %v", err)
	}
	c, err := s.OpenCertificate(s.rows.certs[m.cert.ID])
	if err != nil || !reflect.DeepEqual(c, m.cert) {
		t.Errorf("certificate %+v: %v", c, err)
	}
	for _, index := range s.indexesOf(p, got) {
		if id, err := s.Find(ctx, index); err != nil || id != got.ID {
			t.Errorf("find: %v", err)
		}
	}
}

func TestNewPersonIsActiveAndHasKeysOfTheirOwn(t *testing.T) {
	s := newScene(t)
	seen := map[identity.Secret]bool{}
	for range 3 {
		o, _, err := s.Create(identity.NewPersonID())
		if err != nil || o.Standing != identity.Active || o.Epoch != 1 || o.Slot == 0 {
			t.Fatalf("%+v %v", o, err)
		}
		for _, k := range []identity.Secret{o.Keys.Identity, o.Keys.Subject, o.Keys.Record, o.Lookup} {
			if k.Zero() || seen[k] {
				t.Error("a key is zero or was seen before")
			}
			seen[k] = true
		}
	}
}

func TestUnknown(t *testing.T) {
	s := newScene(t)
	m := s.enrol(t, 0, "1990-01-01")
	_, err := s.Open(ctx, identity.NewPersonID())
	if !fault.Is(err, fault.NotFound) || !fault.Because(err, "person_unknown") {
		t.Error(err)
	}
	if _, err := s.Find(ctx, s.HandleIndex("nobody")); !fault.Is(err, fault.NotFound) || !fault.Because(err, "person_unknown") {
		t.Error(err)
	}
	if _, err := s.Visit(ctx, identity.Session{Person: identity.NewPersonID()}); !fault.Is(err, fault.Unauthenticated) || !fault.Because(err, "session_over") {
		t.Error(err)
	}
	if _, err := s.Visit(ctx, identity.Session{Person: m.opened.ID, Epoch: 2}); !fault.Is(err, fault.Unauthenticated) || !fault.Because(err, "session_over") {
		t.Error(err)
	}
	if o, err := s.Visit(ctx, identity.Session{Person: m.opened.ID, Epoch: 1}); err != nil || o.ID != m.opened.ID {
		t.Error(err)
	}
}

// What a request read of its person answers for the session that it was read for, and
// for none that went on since or is of somebody else; no cookie carries it.
func TestVisitOfWhoWasRead(t *testing.T) {
	s := newScene(t)
	m := s.enrol(t, 0, "1990-01-01")
	read := m.opened
	read.Slot++ // not what the row says
	session := identity.Session{Person: m.opened.ID, Epoch: 1, Found: &read}
	if o, err := s.Visit(ctx, session); err != nil || o.Slot != read.Slot {
		t.Error("read again", err)
	}
	if b, err := json.Marshal(session); err != nil || bytes.Contains(b, []byte("Slot")) {
		t.Errorf("%s: %v", b, err)
	}
	session.Epoch = 2
	if _, err := s.Visit(ctx, session); !fault.Because(err, "session_over") {
		t.Error("another epoch", err)
	}
	session.Person, session.Epoch = identity.NewPersonID(), 1
	if _, err := s.Visit(ctx, session); !fault.Because(err, "session_over") {
		t.Error("another person", err)
	}
}

func TestAnswersAboutAge(t *testing.T) {
	s := newScene(t)
	m := s.enrol(t, 0, "2008-02-29")
	for day, want := range map[string]struct {
		over14, over18 bool
		regime         identity.Regime
	}{
		"2022-02-28": {false, false, identity.Child},
		"2022-03-01": {true, false, identity.Ward},
		"2026-02-28": {true, false, identity.Ward},
		"2026-03-01": {true, true, identity.Adult},
	} {
		a, err := s.Over(ctx, m.opened, 14, date(t, day))
		b, err2 := s.Over(ctx, m.opened, 18, date(t, day))
		r, err3 := s.Regime(ctx, m.opened, date(t, day))
		if a != want.over14 || b != want.over18 || r != want.regime || err != nil || err2 != nil || err3 != nil {
			t.Errorf("%s: %v %v %v", day, a, b, r)
		}
	}
	clear(s.rows.identities)
	if _, err := s.Over(ctx, m.opened, 18, date(t, "2026-03-01")); !fault.Is(err, fault.NotFound) {
		t.Error(err)
	}
	if _, err := s.Regime(ctx, m.opened, date(t, "2026-03-01")); !fault.Is(err, fault.NotFound) {
		t.Error(err)
	}
}

// Accounts at parties hang on this value: it can never change.
func TestSubjectIsPinned(t *testing.T) {
	s := newScene(t)
	root := secret(0x5a)
	o := identity.Opened{Profile: identity.Profile{Root: root.Bytes()}}
	if got := s.Subject(o, "shop.example"); got != "7-MNEMvzq5xdTEPd6ss8XncpOL3X8Vfy29N4pluWgPo" {
		t.Error(got)
	}
	if s.Subject(o, "shop.example") == s.Subject(o, "shop.example2") {
		t.Error("one subject at two sectors")
	}
	for _, bad := range [][]byte{nil, root.Bytes()[:31], append(root.Bytes(), 0)} {
		if got := s.Subject(identity.Opened{Profile: identity.Profile{Root: bad}}, "shop.example"); got != "" {
			t.Errorf("a root of %d bytes gives %s", len(bad), got)
		}
	}
}

func TestIndexesAreKeyedVersionedAndApart(t *testing.T) {
	s := newScene(t)
	other := secrets()
	other.Index = suite.Only(secret(44))
	b := vault.New(other, s.rows, s.shelf, time.Now)
	seen := map[string]string{}
	note := func(name string, index []byte) {
		if len(index) != 1+suite.TagSize || index[0] != 1 {
			t.Errorf("%s: %x", name, index)
		}
		if twin, twice := seen[string(index)]; twice {
			t.Errorf("%s and %s are one index", name, twin)
		}
		seen[string(index)] = name
	}
	for _, v := range []struct {
		name string
		*vault.Vault
	}{{"a", s.Vault}, {"b", b}} {
		note(v.name+" handle", v.HandleIndex("x")[0])
		note(v.name+" number", v.NumberIndex("x")[0])
		note(v.name+" document", v.DocumentIndex("x", "")[0])
		note(v.name+" document, moved", v.DocumentIndex("", "x")[0])
		note(v.name+" counter", v.CounterIndex("x"))
		note(v.name+" counter, parts", v.CounterIndex("x", []byte("y")))
		note(v.name+" counter, joined", v.CounterIndex("xy"))
	}
	if !bytes.Equal(s.HandleIndex("x")[0], s.HandleIndex("x")[0]) {
		t.Error("an index must be found again")
	}
}

func TestOwnIndexesDieWithTheSubjectKey(t *testing.T) {
	s := newScene(t)
	a, b := s.enrol(t, 0, "1990-01-01").opened, s.enrol(t, 1, "1990-01-01").opened
	seen := map[string]bool{}
	for _, o := range []identity.Opened{a, b} {
		for _, i := range [][]byte{s.CertOwner(o), s.LinkOwner(o), s.LinkIndex(o, "shop"), s.LinkIndex(o, "other")} {
			if len(i) != suite.TagSize || seen[string(i)] {
				t.Errorf("%x", i)
			}
			seen[string(i)] = true
		}
	}
	changed := a
	changed.Keys.Subject = secret(77)
	if bytes.Equal(s.CertOwner(a), s.CertOwner(changed)) || bytes.Equal(s.LinkOwner(a), s.LinkOwner(changed)) || bytes.Equal(s.LinkIndex(a, "shop"), s.LinkIndex(changed, "shop")) {
		t.Error("an index does not depend on the subject key")
	}
}

func TestLengthsTellNothing(t *testing.T) {
	s := newScene(t)
	o := s.enrol(t, 0, "1990-01-01").opened
	long := func(n int) (name string) {
		for r := range n {
			name += string(rune('一' + 97*r)) // each another, so that none is packed
		}
		return name
	}
	document := func(kind identity.DocumentKind, number string) identity.Document {
		return identity.Document{Kind: kind, Number: number, Name: "阿依古丽·买买提", Birth: date(t, "1990-01-01"), Expires: date(t, "2031-05-06"), Origin: identity.CheckedHere}
	}
	some := []identity.Document{document(identity.PassportAbroad, "E99712345"), document(identity.ResidenceHK, "990200199001010012"), document(identity.PermitHongKong, "H99712345")}
	for name, p := range map[string]identity.Person{
		"none": {}, "short": {Name: "王"}, "long": {Name: long(60)},
		"three documents": {Handle: "sandbox-1bf92752d104aaf7d757bb87e623b281", Name: "阿依古丽·买买提", Phone: "10000000000", Documents: some},
		"another telephone and codes": {Handle: "sandbox-1bf92752d104aaf7d757bb87e623b281", Name: "阿依古丽·买买提", Phone: "13907551234", Documents: some[:2],
			Next: &identity.NextPhone{Phone: "15826410937", From: time.Unix(1795870123, 0).UTC()}, Recovery: suite.Random(32)},
	} {
		p.Birth = date(t, "1990-01-01")
		k, err := s.SealIdentity(o, p)
		if err != nil || len(k.Body) != 304+suite.Overhead {
			t.Errorf("%s: %d bytes, %v", name, len(k.Body), err)
		}
	}
	k, err := s.SealIdentity(o, identity.Person{Name: long(200), Birth: date(t, "1990-01-01")})
	if err != nil || len(k.Body) == 304+suite.Overhead || (len(k.Body)-suite.Overhead)%304 != 0 {
		t.Errorf("%d bytes, %v", len(k.Body), err)
	}
	for _, p := range []identity.Profile{{}, o.Profile} {
		if n := len(s.SealProfile(o, p)); n != 160+suite.Overhead {
			t.Errorf("a profile of %d bytes", n)
		}
	}
}

// Documents without an end are known to carry the year 9999, whose last
// instant is in the year 10000 here.
func TestProfileOfADocumentWithoutEnd(t *testing.T) {
	s := newScene(t)
	m := s.enrol(t, 0, "1990-01-01")
	p := m.opened.Profile
	p.Expires, p.Enrolled = date(t, "9999-12-31").End(), time.Time{}
	row := s.rows.persons[m.opened.ID]
	row.Profile = s.SealProfile(m.opened, p)
	s.rows.persons[m.opened.ID] = row
	o, err := s.Open(ctx, m.opened.ID)
	if err != nil || !o.Profile.Expires.Equal(p.Expires) || !o.Profile.Enrolled.IsZero() {
		t.Errorf("%v %v", o.Profile.Expires, err)
	}
}

func TestPasscode(t *testing.T) {
	s := newScene(t)
	o := s.enrol(t, 0, "1990-01-01").opened
	wrong, _ := identity.ParsePasscode("40917264")
	if !s.PasscodeMatches(o, passcode(t)) || s.PasscodeMatches(o, wrong) {
		t.Error("passcode")
	}
	other := secrets()
	other.Pepper = suite.Only(secret(66))
	if vault.New(other, s.rows, s.shelf, time.Now).PasscodeMatches(o, passcode(t)) {
		t.Error("the store alone is enough to try passcodes")
	}
	if !suite.PasscodeMatches(suite.Argon2id, secrets().Pepper, o.Profile.Verifier, passcode(t)) {
		t.Error("a passcode that is not stretched")
	}
}

func TestCertificateOfAnotherPersonIsNotSealed(t *testing.T) {
	s := newScene(t)
	a, b := s.enrol(t, 0, "1990-01-01"), s.enrol(t, 1, "1990-01-01")
	if _, err := s.SealCertificate(a.opened, b.cert); !fault.Is(err, fault.Internal) {
		t.Error(err)
	}
	row := s.rows.certs[a.cert.ID]
	row.Revoked = true
	if c, err := s.OpenCertificate(row); err != nil || !c.Revoked {
		t.Error(c.Revoked, err)
	}
}

func TestAKeyThatWasNeverSetMakesNobody(t *testing.T) {
	s := newScene(t)
	for i := range reflect.TypeFor[vault.Secrets]().NumField() {
		bad := secrets()
		reflect.ValueOf(&bad).Elem().Field(i).SetZero()
		if _, _, err := vault.New(bad, s.rows, s.shelf, time.Now).Create(identity.NewPersonID()); !fault.Is(err, fault.Internal) {
			t.Errorf("%s: %v", reflect.TypeFor[vault.Secrets]().Field(i).Name, err)
		}
	}
}

func TestOtherKeysOpenNothing(t *testing.T) {
	s := newScene(t)
	m := s.enrol(t, 0, "1990-01-01")
	for field, set := range map[string]func(*vault.Secrets){
		"Identity": func(k *vault.Secrets) { k.Identity = suite.Only(secret(99)) }, "Subject": func(k *vault.Secrets) { k.Subject = suite.Only(secret(99)) },
		"Record": func(k *vault.Secrets) { k.Record = suite.Only(secret(99)) }, "Service": func(k *vault.Secrets) { k.Service = secret(99) },
	} {
		other := secrets()
		set(&other)
		if _, err := vault.New(other, s.rows, s.shelf, time.Now).Open(ctx, m.opened.ID); !fault.Is(err, fault.Internal) {
			t.Errorf("another %s key: %v", field, err)
		}
	}
	other := secrets()
	other.Index = suite.Only(secret(99))
	index := s.HandleIndex(m.person.Handle)
	if _, err := vault.New(other, s.rows, s.shelf, time.Now).Find(ctx, index); !fault.Is(err, fault.Internal) {
		t.Error(err)
	}
}

func TestVaultPrintsNothing(t *testing.T) {
	s := newScene(t)
	m := s.enrol(t, 0, "1990-01-01")
	k := secrets()
	for name, v := range map[string]any{"vault": s.Vault, "value": *s.Vault, "secrets": k, "shelf": s.shelf, "keys": m.opened.Keys,
		"inside": struct{ V *vault.Vault }{s.Vault}, "shelves": []vault.Shelf{s.shelf}} {
		var text bytes.Buffer
		for _, verb := range []string{"%v", "%+v", "%#v", "%x", "%X", "%s", "%d", "%q"} {
			fmt.Fprintf(&text, verb+"\n", v)
		}
		if b, err := json.Marshal(v); err == nil {
			text.Write(b)
		}
		slog.New(slog.NewJSONHandler(&text, nil)).Info("x", "v", v)
		slog.New(slog.NewTextHandler(&text, nil)).Info("x", "v", v)
		for _, key := range []identity.Secret{k.Identity.Now().Key, k.Pepper.Now().Key, k.Service, secret(9), m.opened.Keys.Identity, m.opened.Keys.Record, m.opened.Lookup} {
			for _, form := range []string{"%x", "%X", "%v", "%#v", "%s"} {
				leak := strings.TrimPrefix(fmt.Sprintf(form, key.Bytes()[:6]), "[]byte")
				if strings.Contains(text.String(), strings.Trim(leak, "[]{}")) {
					t.Errorf("%s prints a key:\n%s", name, text.String())
				}
			}
		}
	}
}
