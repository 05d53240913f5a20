package emrtd_test

import (
	"crypto"
	"crypto/elliptic"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"testing"
	"time"

	"netid/internal/emrtd"
	"netid/internal/fault"
)

// p256 signs most of what is tested here: what is signed counts, not how.
func p256() kind { return kinds()[3] }

func certificates(t testing.TB, all ...*x509.Certificate) *emrtd.Anchors {
	t.Helper()
	var der [][]byte
	for _, c := range all {
		der = append(der, c.Raw)
	}
	a, err := emrtd.NewAnchors(der...)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// crl is a revocation list, whose parts a test can change.
type crl struct {
	number     int64
	from, next time.Time
	revoked    []int64
	version    int
	extra      [][]byte // extensions
	entry      []byte   // extensions of each entry
	alg        []byte   // outside, instead of the one inside
	noNext     bool
	noNumber   bool
}

func goodCRL(revoked ...int64) crl {
	return crl{number: 5, from: testNow.AddDate(0, 0, -1), next: testNow.AddDate(0, 0, 1), revoked: revoked, version: 1}
}

func (c crl) der(t testing.TB, k kind, issuer *x509.Certificate, key crypto.Signer) []byte {
	t.Helper()
	var entries []byte
	for _, n := range c.revoked {
		entries = append(entries, seq(der(t, big.NewInt(n)), der(t, c.from.UTC()), c.entry)...)
	}
	var list []byte
	if entries != nil {
		list = seq(entries)
	}
	extensions := [][]byte{seq(der(t, oid(2, 5, 29, 35)), octets(seq(raw(2, 0, false, issuer.SubjectKeyId))))}
	if !c.noNumber {
		extensions = append(extensions, seq(der(t, oid(2, 5, 29, 20)), octets(der(t, big.NewInt(c.number)))))
	}
	next := der(t, c.next.UTC())
	if c.noNext {
		next = nil
	}
	alg := c.alg
	if alg == nil {
		alg = k.alg(t)
	}
	tbs := seq(der(t, c.version), k.alg(t), issuer.RawSubject, der(t, c.from.UTC()), next, list, ctx(0, seq(append(extensions, c.extra...)...)))
	signature := k.sign(t, key, tbs)
	return seq(tbs, alg, der(t, asn1.BitString{Bytes: signature, BitLength: 8 * len(signature)}))
}

func lists(t testing.TB, a *emrtd.Anchors, all ...[]byte) *emrtd.Anchors {
	t.Helper()
	for _, b := range all {
		l, err := emrtd.ParseRevocationList(b)
		if err != nil {
			t.Fatal(err)
		}
		a = a.With(nil, []*emrtd.RevocationList{l})
	}
	return a
}

func TestRevokedSigners(t *testing.T) {
	k := p256()
	s := newStateOf(t, k)
	b := newBookletOf(t, k, s)
	e := b.evidence(t)
	stranger := newStateOf(t, k)
	newKey := k.key(t)
	link := mint(t, k, linkTemplate(s, newKey), s.root, k.public(t, newKey.Public()), s.rootKey)
	a := certificates(t, s.root)
	old, future := goodCRL(), goodCRL()
	old.next = testNow.Add(-time.Second)
	future.from, future.next = testNow.Add(time.Second), testNow.AddDate(0, 0, 1)
	oldAndNamed := goodCRL(7)
	oldAndNamed.next = old.next
	noUsage := newStateOf(t, k)
	template := rootTemplate()
	template.KeyUsage = x509.KeyUsageCertSign
	noUsage.root = mint(t, k, template, nil, k.public(t, noUsage.rootKey.Public()), noUsage.rootKey)
	noUsage.signer = mint(t, k, signerTemplate(), noUsage.root, k.public(t, noUsage.key.Public()), noUsage.rootKey)
	for _, c := range []struct {
		name string
		list []byte
		want string
	}{
		{"named", goodCRL(3, 7).der(t, k, s.root, s.rootKey), emrtd.Revoked},
		{"others named", goodCRL(3, 8).der(t, k, s.root, s.rootKey), ""},
		{"nobody named", goodCRL().der(t, k, s.root, s.rootKey), ""},
		{"the list is over", old.der(t, k, s.root, s.rootKey), emrtd.ListOver},
		{"the list has not begun", future.der(t, k, s.root, s.rootKey), emrtd.ListOver},
		{"named on a list that is over", oldAndNamed.der(t, k, s.root, s.rootKey), emrtd.Revoked},
		{"the root itself is named", goodCRL(1).der(t, k, s.root, s.rootKey), emrtd.Revoked},
		{"on a list that a stranger signed in its name", goodCRL(7).der(t, k, s.root, stranger.rootKey), ""},
	} {
		z, err := present(t, lists(t, a, c.list), e, clock)
		if c.want == "" && err != nil || c.want != "" && (!fault.Because(err, c.want) || z != emrtd.Zone{}) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if _, err := present(t, lists(t, certificates(t, s.root, link), goodCRL(7).der(t, k, link, newKey)), e, clock); !fault.Because(err, emrtd.Revoked) {
		t.Errorf("by the list of the authority's newer key: %v", err)
	}
	loose := mint(t, k, linkTemplate(s, newKey), s.root, k.public(t, newKey.Public()), stranger.rootKey)
	if _, err := present(t, lists(t, certificates(t, s.root, loose), goodCRL(7).der(t, k, loose, newKey)), e, clock); err != nil {
		t.Errorf("by the list of a key that nobody introduced: %v", err)
	}
	before := goodCRL(7)
	before.from = testNow.AddDate(-2, 0, 0)
	if _, err := present(t, lists(t, a, before.der(t, k, s.root, s.rootKey)), e, clock); err != nil {
		t.Errorf("by a list from before the root's time: %v", err)
	}
	if a := lists(t, certificates(t, noUsage.root), goodCRL(7).der(t, k, noUsage.root, noUsage.rootKey)); a.Vouches(a.Lists()[0]) {
		t.Error("a root that may sign no lists vouches for one")
	}
}

// linkTemplate introduces a key under the authority's name.
func linkTemplate(s state, key crypto.Signer) *x509.Certificate {
	c := rootTemplate()
	c.SerialNumber, c.SubjectKeyId, c.RawSubject = big.NewInt(2), []byte{8, 8}, s.root.RawSubject
	return c
}

func TestLinks(t *testing.T) {
	k := p256()
	s := newStateOf(t, k)
	newKey := k.key(t)
	make := func(do func(*x509.Certificate), by crypto.Signer) (*x509.Certificate, evidence) {
		template := linkTemplate(s, newKey)
		do(template)
		link := mint(t, k, template, s.root, k.public(t, newKey.Public()), by)
		later := s
		later.signer = mint(t, k, signerTemplate(), link, k.public(t, s.key.Public()), newKey)
		return link, newBookletOf(t, k, later).evidence(t)
	}
	link, e := make(func(*x509.Certificate) {}, s.rootKey)
	if _, err := present(t, certificates(t, s.root, link), e, clock); err != nil {
		t.Errorf("signed by the new key, which the old one introduced: %v", err)
	}
	if _, err := present(t, certificates(t, link, s.root), e, clock); err != nil {
		t.Errorf("in another order: %v", err)
	}
	if _, err := present(t, certificates(t, link), e, clock); !fault.Because(err, emrtd.Unsigned) {
		t.Errorf("a link without what it stands on: %v", err)
	}
	if _, err := present(t, certificates(t, s.root), e, clock); !fault.Because(err, emrtd.Unsigned) {
		t.Errorf("the old key alone: %v", err)
	}
	forged, e2 := make(func(*x509.Certificate) {}, newKey)
	if _, err := present(t, certificates(t, s.root, forged), e2, clock); !fault.Because(err, emrtd.Unsigned) {
		t.Errorf("a link that the old key did not sign: %v", err)
	}
	early, e3 := make(func(c *x509.Certificate) { c.NotBefore = testNow.AddDate(-2, 0, 0) }, s.rootKey)
	if _, err := present(t, certificates(t, s.root, early), e3, clock); !fault.Because(err, emrtd.Unsigned) {
		t.Errorf("a link from before the old key's time: %v", err)
	}
	// The old root is over when the passport is shown; what it introduced is not.
	over := newStateOf(t, k)
	template := rootTemplate()
	template.NotAfter = testNow.Add(-time.Hour)
	over.root = mint(t, k, template, nil, k.public(t, over.rootKey.Public()), over.rootKey)
	s = over
	link, e = make(func(c *x509.Certificate) { c.NotBefore = testNow.Add(-2 * time.Hour) }, over.rootKey)
	if _, err := present(t, certificates(t, over.root, link), e, clock); err != nil {
		t.Errorf("a link of an authority whose first key is over: %v", err)
	}
}

// TestSigningTime: where a signer says when it signed, its certificate and its
// key were in use then.
func TestSigningTime(t *testing.T) {
	k := p256()
	for name, c := range map[string]struct {
		at       time.Time
		from, to time.Time // of the key's use
		ok       bool
	}{
		"in time":             {at: testNow.AddDate(0, -1, 0), ok: true},
		"before it was valid": {at: testNow.AddDate(-2, 0, 0)},
		"after its end":       {at: testNow.AddDate(11, 0, 0)},
		"in the key's use":    {at: testNow.AddDate(0, -1, 0), from: testNow.AddDate(0, -2, 0), to: testNow, ok: true},
		"before the key":      {at: testNow.AddDate(0, -3, 0), from: testNow.AddDate(0, -2, 0), to: testNow},
		"after the key":       {at: testNow.AddDate(0, 0, 1), from: testNow.AddDate(0, -2, 0), to: testNow},
	} {
		s := newStateOf(t, k)
		template := signerTemplate()
		if !c.from.IsZero() {
			stamp := func(n int, at time.Time) []byte { return raw(2, n, false, []byte(at.UTC().Format("20060102150405Z"))) }
			template.ExtraExtensions = []pkix.Extension{{Id: oid(2, 5, 29, 16), Value: seq(stamp(0, c.from), stamp(1, c.to))}}
		}
		s.signer = mint(t, k, template, s.root, k.public(t, s.key.Public()), s.rootKey)
		b := newBookletOf(t, k, s)
		b.attributes = [][]byte{contentTypeAttr(t, oid(2, 23, 136, 1, 1, 1)), seq(der(t, oid(1, 2, 840, 113549, 1, 9, 5)), setOf(der(t, c.at.UTC()))), digestAttr(t, k.hash, b.object)}
		if _, err := read(t, s.root, b.evidence(t), clock); c.ok != (err == nil) || !c.ok && !fault.Because(err, emrtd.Unsigned) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestExplicitCurves changes one number of a curve at a time. With another
// base point whoever likes can make a key that fits a root's (CVE-2020-0601).
func TestExplicitCurves(t *testing.T) {
	k := kinds()[3]
	key := ecKey(t, elliptic.P256())
	const a, b = "FFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFC", "5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B"
	p := elliptic.P256().Params()
	one := big.NewInt(1)
	for name, c := range map[string]struct {
		do func(*curveParts)
		ok bool
	}{
		"as they are":          {func(*curveParts) {}, true},
		"a compressed base":    {func(c *curveParts) { c.g = append([]byte{2 | c.g[64]&1}, c.g[1:33]...) }, true},
		"the other root":       {func(c *curveParts) { c.g = append([]byte{3 ^ c.g[64]&1}, c.g[1:33]...) }, false},
		"another p":            {func(c *curveParts) { c.p = new(big.Int).Add(p.P, one) }, false},
		"another a":            {func(c *curveParts) { c.a[31] ^= 1 }, false},
		"another b":            {func(c *curveParts) { c.b[31] ^= 1 }, false},
		"another base":         {func(c *curveParts) { c.g[64] ^= 1 }, false},
		"another base's x":     {func(c *curveParts) { c.g[32] ^= 1 }, false},
		"another order":        {func(c *curveParts) { c.n = new(big.Int).Sub(p.N, one) }, false},
		"another cofactor":     {func(c *curveParts) { c.h = big.NewInt(2) }, false},
		"no cofactor":          {func(c *curveParts) { c.h = nil }, false},
		"a key as base":        {func(c *curveParts) { c.g = point(key) }, false},
		"a base cut short":     {func(c *curveParts) { c.g = c.g[:64] }, false},
		"a p below nothing":    {func(c *curveParts) { c.p = new(big.Int).Neg(p.P) }, false},
		"a base of no bytes":   {func(c *curveParts) { c.g = nil }, false},
		"numbers of brainpool": {func(c *curveParts) { c.a, c.b = unhex(t, a256), unhex(t, b256) }, false},
	} {
		spki := ecPublic(t, key.Public(), explicitCurve(t, p, a, b, c.do))
		der := mint(t, k, rootTemplate(), nil, spki, key).Raw
		if _, err := emrtd.ParseCertificate(der); c.ok != (err == nil) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, params := range map[string][]byte{"a curve of no list": der(t, oid(1, 3, 132, 0, 10)), "a twisted one of brainpool": der(t, oid(1, 3, 36, 3, 3, 2, 8, 1, 1, 8)), "nothing": nil, "NULL": asn1.NullBytes} {
		if _, err := emrtd.ParseCertificate(mint(t, k, rootTemplate(), nil, ecPublic(t, key.Public(), params), key).Raw); err == nil {
			t.Errorf("%s is a curve", name)
		}
	}
}

func point(key crypto.Signer) []byte {
	k, _ := key.Public().(interface{ Bytes() ([]byte, error) })
	b, _ := k.Bytes()
	return b
}

func TestListsThatAreNone(t *testing.T) {
	k := p256()
	s := newStateOf(t, k)
	critical := seq(der(t, oid(2, 5, 29, 28)), der(t, true), octets(seq())) // issuingDistributionPoint: a part of a list
	good := goodCRL(7).der(t, k, s.root, s.rootKey)
	for name, c := range map[string]func(*crl){
		"version 1": func(c *crl) { c.version = 0 }, "a part": func(c *crl) { c.extra = [][]byte{critical} }, "no number": func(c *crl) { c.noNumber = true },
		"no next": func(c *crl) { c.noNext = true }, "next before it began": func(c *crl) { c.next = c.from.Add(-time.Hour) },
		"a critical extension of an entry": func(c *crl) { c.entry = seq(critical) }, "two algorithms": func(c *crl) { c.alg = ecdsaAlgorithm(t, 3) },
		"a number twice": func(c *crl) { c.extra = [][]byte{seq(der(t, oid(2, 5, 29, 20)), octets(der(t, 9)))} },
	} {
		l := goodCRL(7)
		c(&l)
		if _, err := emrtd.ParseRevocationList(l.der(t, k, s.root, s.rootKey)); err == nil {
			t.Errorf("%s: a list", name)
		}
	}
	for name, b := range map[string][]byte{"nothing": nil, "cut": good[:len(good)-1], "longer": append(good[:len(good):len(good)], 0), "a certificate": s.root.Raw, "too long": make([]byte, emrtd.MaxList+1)} {
		if _, err := emrtd.ParseRevocationList(b); err == nil {
			t.Errorf("%s: a list", name)
		}
	}
	if l, err := emrtd.ParseRevocationList(good); err != nil || l.Revokes() != 1 || l.Country() != "CN" || !l.Until().Equal(testNow.AddDate(0, 0, 1)) {
		t.Errorf("%+v %v", l, err)
	}
}

// masterList is a forgery of the kind that holds certificates.
func masterList(t testing.TB, s state, k kind, content []byte) forgery {
	kind := oid(2, 23, 136, 1, 1, 2)
	return forgery{state: s, kind: k, object: content, contentType: kind, attributes: [][]byte{contentTypeAttr(t, kind), digestAttr(t, k.hash, content)}}
}

func listTemplate() *x509.Certificate {
	c := signerTemplate()
	c.Subject.CommonName, c.UnknownExtKeyUsage = "Test MLS", []asn1.ObjectIdentifier{oid(2, 23, 136, 1, 1, 3)}
	return c
}

func TestMasterLists(t *testing.T) {
	k := p256()
	publisher := newStateOf(t, k)
	publisher.signer = mint(t, k, listTemplate(), publisher.root, k.public(t, publisher.key.Public()), publisher.rootKey)
	others := []state{newStateOf(t, k), newStateOf(t, moreKinds()[3]), newStateOf(t, moreKinds()[5])}
	var all []byte
	for _, s := range others {
		all = append(all, s.root.Raw...)
	}
	content := seq(der(t, 0), setOf(all, seq(), publisher.root.Raw)) // one of them is nothing
	read := func(b []byte, by *emrtd.Anchors) ([]*emrtd.Certificate, int, error) {
		return emrtd.ParseMasterList(b, by, testNow)
	}
	trusted := certificates(t, publisher.root)
	f := masterList(t, publisher, k, content)
	got, unread, err := read(f.contentInfo(t), trusted)
	if err != nil || len(got) != 4 || unread != 1 {
		t.Fatalf("%d certificates, %d unread, %v", len(got), unread, err)
	}
	f.certs = [][]byte{publisher.signer.Raw, publisher.root.Raw}
	if _, _, err := read(f.contentInfo(t), trusted); err != nil {
		t.Errorf("with its authority's certificate beside: %v", err)
	}
	if _, _, err := read(f.contentInfo(t), certificates(t, others[0].root)); err == nil {
		t.Error("a list by somebody whom nobody named")
	}
	if _, _, err := read(f.contentInfo(t), lists(t, trusted, goodCRL(7).der(t, k, publisher.root, publisher.rootKey))); !fault.Because(err, emrtd.Revoked) {
		t.Errorf("a list by a signer that was revoked: %v", err)
	}
	for name, do := range map[string]func(*forgery){
		"changed after signing":   func(f *forgery) { f.eContent = seq(der(t, 0), setOf(others[0].root.Raw)) },
		"signed by another key":   func(f *forgery) { f.state.key = k.key(t) },
		"of a passport's content": func(f *forgery) { f.contentType = oid(2, 23, 136, 1, 1, 1) },
		"of version 1": func(f *forgery) {
			f.object = seq(der(t, 1), setOf(all))
			f.attributes = masterList(t, publisher, k, f.object).attributes
		},
		"that goes on": func(f *forgery) {
			f.object = append(seq(der(t, 0), setOf(all)), 5, 0)
			f.attributes = masterList(t, publisher, k, f.object).attributes
		},
		"by a document signer": func(f *forgery) {
			f.state.signer = mint(t, k, signerTemplate(), publisher.root, k.public(t, publisher.key.Public()), publisher.rootKey)
			f.certs = nil
		},
		"by a signer that is over": func(f *forgery) {
			c := listTemplate()
			c.NotAfter = testNow.Add(-time.Second)
			f.state.signer = mint(t, k, c, publisher.root, k.public(t, publisher.key.Public()), publisher.rootKey)
			f.certs = nil
		},
		"by the authority itself": func(f *forgery) {
			f.state.signer, f.state.key = publisher.root, publisher.rootKey
			f.certs = nil
		},
	} {
		f := f
		do(&f)
		if _, _, err := read(f.contentInfo(t), trusted); err == nil {
			t.Errorf("%s: believed", name)
		}
	}
	if _, _, err := read(make([]byte, emrtd.MaxMasterList+1), trusted); err == nil {
		t.Error("a list that is too long")
	}
	b := newBookletOf(t, k, publisher)
	if _, err := present(t, trusted, b.evidence(t), clock); !fault.Because(err, emrtd.Unsigned) {
		t.Errorf("a passport by a signer of lists: %v", err)
	}
}

func FuzzMasterList(f *testing.F) {
	k := p256()
	s := newStateOf(f, k)
	s.signer = mint(f, k, listTemplate(), s.root, k.public(f, s.key.Public()), s.rootKey)
	trusted := certificates(f, s.root)
	f.Add(s.root.Raw)
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, listed []byte) { // signed as it comes, so that what is inside is read
		b := masterList(t, s, k, seq(der(t, 0), setOf(listed))).contentInfo(t)
		all, unread, err := emrtd.ParseMasterList(b, trusted, testNow)
		if err == nil && len(listed) > 0 && len(all)+unread == 0 {
			t.Fatalf("%x is a list of nothing", listed)
		}
		emrtd.ParseMasterList(listed, trusted, testNow)
	})
}

func FuzzRevocationList(f *testing.F) {
	k := p256()
	s := newStateOf(f, k)
	a := certificates(f, s.root)
	f.Add(goodCRL(7).der(f, k, s.root, s.rootKey))
	f.Add(goodCRL().der(f, k, s.root, s.rootKey))
	f.Fuzz(func(t *testing.T, b []byte) {
		l, err := emrtd.ParseRevocationList(b)
		if err != nil {
			return
		}
		if string(l.Raw()) != string(b) {
			t.Fatalf("another list than %x", b)
		}
		a.Vouches(l)
	})
}

func FuzzCertificate(f *testing.F) {
	for _, k := range append(kinds()[3:], moreKinds()...) {
		f.Add(newStateOf(f, k).root.Raw)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := emrtd.ParseCertificate(b)
		if err != nil {
			return
		}
		if string(c.Raw()) != string(b) || len(c.Fingerprint()) != 64 {
			t.Fatalf("another certificate than %x", b)
		}
		c.Link()
	})
}
