package csca_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"netid/internal/emrtd"
	"netid/internal/emrtd/csca"
	"netid/internal/fault"
)

var testNow = time.Date(2026, 11, 23, 13, 0, 0, 0, time.UTC)

// state is a passport authority.
type state struct {
	root *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func template(country, name string, serial int64) *x509.Certificate {
	return &x509.Certificate{SerialNumber: big.NewInt(serial), Subject: pkix.Name{Country: []string{country}, CommonName: name}, NotBefore: testNow.AddDate(-1, 0, 0), NotAfter: testNow.AddDate(10, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign}
}

func certify(t testing.TB, c, parent *x509.Certificate, public *ecdsa.PublicKey, by *ecdsa.PrivateKey) *x509.Certificate {
	t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, c, parent, public, by)
	if err != nil {
		t.Fatal(err)
	}
	out, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func newState(t testing.TB, country, name string) state {
	t.Helper()
	key := newKey(t)
	c := template(country, name, 1)
	return state{certify(t, c, c, &key.PublicKey, key), key}
}

// link introduces another key of the authority.
func (s state) link(t testing.TB, serial int64) state {
	t.Helper()
	key := newKey(t)
	return state{certify(t, template(s.root.Subject.Country[0], s.root.Subject.CommonName, serial), s.root, &key.PublicKey, s.key), key}
}

func (s state) list(t testing.TB, number int64, next time.Time, revoked ...int64) []byte {
	t.Helper()
	var entries []x509.RevocationListEntry
	for _, n := range revoked {
		entries = append(entries, x509.RevocationListEntry{SerialNumber: big.NewInt(n), RevocationTime: testNow})
	}
	der, err := x509.CreateRevocationList(rand.Reader, &x509.RevocationList{Number: big.NewInt(number), ThisUpdate: testNow.AddDate(0, 0, -1), NextUpdate: next, RevokedCertificateEntries: entries}, s.root, s.key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func bring(t testing.TB, path string, b []byte) (csca.Change, error) {
	t.Helper()
	return csca.Import(path, csca.Source{Bytes: b}, testNow)
}

func pems(all ...*x509.Certificate) (b []byte) {
	for _, c := range all {
		b = append(b, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})...)
	}
	return b
}

func kinds(t testing.TB, path string) string {
	t.Helper()
	all, err := csca.List(path)
	if err != nil {
		t.Fatal(err)
	}
	var s []string
	for _, e := range all {
		s = append(s, e.Kind)
	}
	return strings.Join(s, " ")
}

func TestImport(t *testing.T) {
	path := filepath.Join(t.TempDir(), "csca.pem")
	s, other := newState(t, "CN", "One"), newState(t, "UT", "Other")
	second := s.link(t, 2)
	third := second.link(t, 3)
	next := testNow.AddDate(0, 1, 0)
	refuse := func(what string, b []byte) {
		t.Helper()
		before, _ := os.ReadFile(path)
		if change, err := bring(t, path, b); err == nil {
			t.Errorf("%s: %+v", what, change)
		}
		if after, _ := os.ReadFile(path); !bytes.Equal(before, after) {
			t.Errorf("%s changed the file", what)
		}
	}
	take := func(what string, b []byte, added, known int) {
		t.Helper()
		if change, err := bring(t, path, b); err != nil || len(change.Added) != added || change.Known != known {
			t.Errorf("%s: %+v %v", what, change, err)
		}
	}
	refuse("a link before its root", second.root.Raw)
	refuse("a list before its root", s.list(t, 1, next))
	take("a root", s.root.Raw, 1, 0)
	take("a root again", s.root.Raw, 0, 1)
	refuse("a link that leads nowhere yet", third.root.Raw)
	take("links in the wrong order", pems(third.root, second.root, second.root), 2, 1)
	leaf := template("CN", "Signer", 9)
	leaf.IsCA, leaf.KeyUsage = false, x509.KeyUsageDigitalSignature
	refuse("a document signer", certify(t, leaf, s.root, &other.key.PublicKey, s.key).Raw)
	refuse("one of two", pems(other.root, certify(t, leaf, s.root, &other.key.PublicKey, s.key)))
	refuse("a list by a stranger", other.list(t, 1, next))
	refuse("a list that is over", s.list(t, 1, testNow.Add(-time.Hour)))
	take("a list", s.list(t, 4, next, 7), 1, 0)
	refuse("a list that is older", s.list(t, 3, next))
	refuse("another of the same number", s.list(t, 4, next))
	take("a newer list, by the newest key", third.list(t, 5, next, 7, 8), 1, 0)
	refuse("nothing", nil)
	refuse("text", []byte("csca"))
	refuse("a key", pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: []byte{1}}))
	refuse("a root that is cut", s.root.Raw[:len(s.root.Raw)-1])
	if got := kinds(t, path); got != "root link link list" {
		t.Errorf("in the file: %s", got)
	}
	all, err := csca.List(path)
	if err != nil || all[3].Revokes != 2 || all[0].Country != "CN" || all[0].Name != "C=CN, CN=One" || !all[0].Until.Equal(s.root.NotAfter) {
		t.Errorf("%+v %v", all, err)
	}
	if i, err := os.Stat(path); err != nil || i.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", i.Mode(), err)
	}

	some, err := csca.Import(path, csca.Source{Bytes: pems(other.root, newState(t, "CN", "Two").root), Countries: []string{"cn"}}, testNow)
	if err != nil || len(some.Added) != 1 || some.Others != 1 || some.Added[0].Name != "C=CN, CN=Two" {
		t.Errorf("of one country: %+v %v", some, err)
	}
}

func TestRemove(t *testing.T) {
	path := filepath.Join(t.TempDir(), "csca.pem")
	s, other := newState(t, "CN", "One"), newState(t, "UT", "Other")
	second := s.link(t, 2)
	if _, err := bring(t, path, slices.Concat(pems(s.root, second.root, other.root), pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: second.list(t, 1, testNow.AddDate(0, 1, 0))}))); err != nil {
		t.Fatal(err)
	}
	all, err := csca.List(path)
	if err != nil || len(all) != 4 {
		t.Fatal(all, err)
	}
	for _, f := range []string{"", all[0].Fingerprint[:7], strings.Repeat("0", 64), all[0].Fingerprint + "0"} {
		if gone, err := csca.Remove(path, f); err == nil || gone != nil {
			t.Errorf("%q removed %v", f, gone)
		}
	}
	root := all[slices.IndexFunc(all, func(e csca.Entry) bool { return e.Name == "C=CN, CN=One" && e.Kind == "root" })]
	gone, err := csca.Remove(path, strings.ToUpper(root.Fingerprint[:12]))
	if err != nil || len(gone) != 3 || kinds(t, path) != "root" {
		t.Errorf("%+v %v, left %s", gone, err, kinds(t, path))
	}
	if _, err := csca.Open(path); err != nil {
		t.Error(err)
	}
}

// TestReadAgain: what a running server trusts is what is in the file now.
func TestReadAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "csca.pem")
	if _, err := csca.Open(path); err == nil {
		t.Error("no file is trusted")
	}
	s := newState(t, "CN", "One")
	if _, err := bring(t, path, s.root.Raw); err != nil {
		t.Fatal(err)
	}
	store, err := csca.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	count := func() int {
		t.Helper()
		a, err := store.Anchors()
		if err != nil {
			t.Fatal(err)
		}
		return len(a.Certificates())
	}
	first, err := store.Anchors()
	if again, _ := store.Anchors(); err != nil || again != first {
		t.Error("the file is read again, and it did not change")
	}
	if _, err := bring(t, path, newState(t, "CN", "Two").root.Raw); err != nil || count() != 2 {
		t.Errorf("after an import: %d %v", count(), err)
	}
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{
		"a sandbox root": append(bytes.Clone(good), pems(newState(t, "CN", "SANDBOX CSCA").root)...), "a link by hand": pems(s.link(t, 2).root),
		"a list by hand": append(bytes.Clone(good), pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: newState(t, "UT", "X").list(t, 1, testNow.AddDate(0, 1, 0))})...),
		"nothing":        {}, "too much": make([]byte, 16<<20+1),
	} {
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		if a, err := store.Anchors(); !fault.Is(err, fault.Unavailable) || !fault.Because(err, "trust_unavailable") || a != nil {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := csca.Open(path); err == nil {
			t.Errorf("%s: a server starts with it", name)
		}
	}
	if err := os.WriteFile(path, good, 0o600); err != nil || count() != 2 {
		t.Errorf("put right: %v", err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Anchors(); !fault.Is(err, fault.Unavailable) {
		t.Errorf("the file is gone: %v", err)
	}
}

func sequence(tag int, parts ...[]byte) []byte {
	class, compound := asn1.ClassUniversal, true
	if tag >= 1000 {
		class, tag = asn1.ClassContextSpecific, tag-1000
	}
	b, err := asn1.Marshal(asn1.RawValue{Class: class, Tag: tag, IsCompound: compound, Bytes: slices.Concat(parts...)})
	if err != nil {
		return nil
	}
	return b
}

func encoded(t testing.TB, v any) []byte {
	t.Helper()
	b, err := asn1.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// masterList is a list by a signer of this authority (9303-12 §9).
func (s state) masterList(t testing.TB, listed ...[]byte) []byte {
	t.Helper()
	key := newKey(t)
	c := template(s.root.Subject.Country[0], "Signer of lists", 5)
	c.IsCA, c.KeyUsage, c.UnknownExtKeyUsage = false, x509.KeyUsageDigitalSignature, []asn1.ObjectIdentifier{{2, 23, 136, 1, 1, 3}}
	signer := certify(t, c, s.root, &key.PublicKey, s.key)
	const seq, set = asn1.TagSequence, asn1.TagSet
	kind, sha := encoded(t, asn1.ObjectIdentifier{2, 23, 136, 1, 1, 2}), sequence(seq, encoded(t, asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}))
	content := sequence(seq, encoded(t, 0), sequence(set, listed...))
	h := sha256.Sum256(content)
	attributes := slices.Concat(sequence(seq, encoded(t, asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 3}), sequence(set, kind)),
		sequence(seq, encoded(t, asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 4}), sequence(set, encoded(t, h[:]))))
	d := sha256.Sum256(sequence(set, attributes))
	signature, err := ecdsa.SignASN1(rand.Reader, key, d[:])
	if err != nil {
		t.Fatal(err)
	}
	info := sequence(seq, encoded(t, 1), sequence(seq, signer.RawIssuer, encoded(t, 5)), sha, sequence(1000, attributes), sequence(seq, encoded(t, asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2})), encoded(t, signature))
	data := sequence(seq, encoded(t, 3), sequence(set, sha), sequence(seq, kind, sequence(1000, encoded(t, content))), sequence(1000, signer.Raw), sequence(set, info))
	return sequence(seq, encoded(t, asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}), sequence(1000, data))
}

func TestImportOfAMasterList(t *testing.T) {
	path := filepath.Join(t.TempDir(), "csca.pem")
	publisher, one, two := newState(t, "UN", "Publisher"), newState(t, "CN", "One"), newState(t, "UT", "Two")
	list := publisher.masterList(t, one.link(t, 2).root.Raw, one.root.Raw, two.root.Raw, newState(t, "CN", "Gone").link(t, 2).root.Raw, sequence(asn1.TagSequence))
	by := func(s state) *emrtd.Anchors {
		a, err := emrtd.NewAnchors(s.root.Raw)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	if _, err := bring(t, path, list); err == nil || !strings.Contains(err.Error(), "publisher") {
		t.Errorf("a list that nobody stands for: %v", err)
	}
	if _, err := csca.Import(path, csca.Source{Bytes: list, Publishers: by(two)}, testNow); err == nil {
		t.Error("a list that another stands for")
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("a refused list left a file")
	}
	change, err := csca.Import(path, csca.Source{Bytes: list, Publishers: by(publisher), Countries: []string{"CN"}}, testNow)
	if err != nil || len(change.Added) != 2 || change.Others != 1 || change.Refused != 2 || kinds(t, path) != "root link" {
		t.Errorf("%+v %v", change, err)
	}
	if _, err := csca.Import(path, csca.Source{Bytes: list, Publishers: by(publisher)}, testNow); err != nil || kinds(t, path) != "root link root" {
		t.Errorf("the others after: %v, %s", err, kinds(t, path))
	}
	file := filepath.Join(t.TempDir(), "publisher.pem")
	if err := os.WriteFile(file, pems(publisher.root), 0o600); err != nil {
		t.Fatal(err)
	}
	if a, err := csca.Publishers(file); err != nil || len(a.Certificates()) != 1 {
		t.Errorf("%v", err)
	}
}

// FuzzImport: whatever an operator brings, the file is whole afterwards.
func FuzzImport(f *testing.F) {
	s := newState(f, "CN", "One")
	f.Add(s.root.Raw)
	f.Add(pems(s.root, s.link(f, 2).root))
	f.Add(s.list(f, 1, testNow.AddDate(0, 1, 0)))
	f.Add([]byte("-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		path := filepath.Join(t.TempDir(), "csca.pem")
		if _, err := bring(t, path, b); err != nil {
			return
		}
		if _, err := os.Stat(path); err == nil {
			if _, err := csca.List(path); err != nil {
				t.Fatal(err)
			}
		}
	})
}
