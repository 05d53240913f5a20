package document_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/json"
	"errors"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"netid/internal/connector/document"
	"netid/internal/emrtd"
	"netid/internal/fault"
	"netid/internal/identity"
)

var testNow = time.Date(2026, 11, 23, 13, 0, 0, 0, time.UTC)

func clock() time.Time { return testNow }

var challenge = []byte{0xF1, 0x73, 0x58, 0x99, 0x74, 0xBF, 0x40, 0xC6}

// register is an authority that knows everybody, or nobody, or says something odd.
type register struct {
	doc    identity.Document
	handle identity.PersonHandle
	err    error
	asked  int
}

func (r *register) Decode(context.Context, []byte, []byte) (identity.Document, identity.PersonHandle, error) {
	r.asked++
	return r.doc, r.handle, r.err
}

func (r *register) Resolve(_ context.Context, d identity.Document) (identity.PersonHandle, error) {
	r.asked++
	r.doc = d
	return r.handle, r.err
}

func (r *register) PhoneOnFile(context.Context, identity.PersonHandle, string) (bool, error) {
	return false, r.err
}

// state is a passport authority with one signer; what else may sign, and what
// must not, is emrtd's to test.
type state struct {
	root, signer *x509.Certificate
	key          *ecdsa.PrivateKey
}

func must[T any](t testing.TB) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func newState(t testing.TB) state {
	t.Helper()
	rootKey := must[*ecdsa.PrivateKey](t)(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	key := must[*ecdsa.PrivateKey](t)(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	certify := func(c, parent *x509.Certificate, public *ecdsa.PublicKey) *x509.Certificate {
		c.NotBefore, c.NotAfter = testNow.AddDate(-1, 0, 0), testNow.AddDate(10, 0, 0)
		return must[*x509.Certificate](t)(x509.ParseCertificate(must[[]byte](t)(x509.CreateCertificate(rand.Reader, c, parent, public, rootKey))))
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{Country: []string{"CN"}, CommonName: "Test CSCA"}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	root := certify(template, template, &rootKey.PublicKey)
	signer := certify(&x509.Certificate{SerialNumber: big.NewInt(7), Subject: pkix.Name{Country: []string{"CN"}, CommonName: "Test DS"}, KeyUsage: x509.KeyUsageDigitalSignature}, root, &key.PublicKey)
	return state{root, signer, key}
}

func raw(class, tag int, compound bool, parts ...[]byte) []byte {
	b, err := asn1.Marshal(asn1.RawValue{Class: class, Tag: tag, IsCompound: compound, Bytes: slices.Concat(parts...)})
	if err != nil {
		return nil // no test builds such a thing
	}
	return b
}

func seq(parts ...[]byte) []byte   { return raw(0, asn1.TagSequence, true, parts...) }
func setOf(parts ...[]byte) []byte { return raw(0, asn1.TagSet, true, parts...) }
func octets(b []byte) []byte       { return raw(0, asn1.TagOctetString, false, b) }
func app(n int, b []byte) []byte   { return raw(asn1.ClassApplication, n, true, b) }
func oid(t testing.TB, n ...int) []byte {
	return must[[]byte](t)(asn1.Marshal(asn1.ObjectIdentifier(n)))
}
func number(t testing.TB, n int) []byte { return must[[]byte](t)(asn1.Marshal(n)) }

// sign is an EF.SOD over these files.
func (s state) sign(t testing.TB, dg1, dg15 []byte) []byte { return s.signGroups(t, dg1, 15, dg15) }

func (s state) signGroups(t testing.TB, dg1 []byte, group int, file []byte) []byte {
	t.Helper()
	hash := func(b []byte) []byte { h := sha256.Sum256(b); return octets(h[:]) }
	sha, ecdsaSHA, lds := seq(oid(t, 2, 16, 840, 1, 101, 3, 4, 2, 1)), seq(oid(t, 1, 2, 840, 10045, 4, 3, 2)), oid(t, 2, 23, 136, 1, 1, 1)
	object := seq(number(t, 0), sha, seq(seq(number(t, 1), hash(dg1)), seq(number(t, group), hash(file))))
	attributes := [][]byte{seq(oid(t, 1, 2, 840, 113549, 1, 9, 3), setOf(lds)), seq(oid(t, 1, 2, 840, 113549, 1, 9, 4), setOf(hash(object)))}
	h := sha256.Sum256(setOf(attributes...))
	signature := must[[]byte](t)(ecdsa.SignASN1(rand.Reader, s.key, h[:]))
	info := seq(number(t, 1), seq(s.signer.RawIssuer, number(t, 7)), sha, raw(2, 0, true, attributes...), ecdsaSHA, octets(signature))
	data := seq(number(t, 3), setOf(sha), seq(lds, raw(2, 0, true, octets(object))), raw(2, 0, true, s.signer.Raw), setOf(info))
	return app(23, seq(oid(t, 1, 2, 840, 113549, 1, 7, 2), raw(2, 0, true, data)))
}

// zone is of TD3, from the parts that a test changes.
func zone(issuer, nationality, number, birth, expires string) string {
	l1 := "PO" + issuer + "SANDBOX<<ERIKA<MARIA"
	l1 += strings.Repeat("<", 44-len(l1))
	digit := func(s string) string { return string(emrtd.CheckDigit(s)) }
	n, b, e := number+digit(number), birth+digit(birth), expires+digit(expires)
	personal := strings.Repeat("<", 15)
	return l1 + n + nationality + b + "F" + e + personal + digit(n+b+e+personal)
}

func (s state) passport(t testing.TB, zone string) document.Evidence {
	t.Helper()
	chip := must[*ecdsa.PrivateKey](t)(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	dg1, dg15 := app(1, raw(1, 31, false, []byte(zone))), app(15, must[[]byte](t)(x509.MarshalPKIXPublicKey(&chip.PublicKey)))
	h := sha256.Sum256(challenge)
	r, v, err := ecdsa.Sign(rand.Reader, chip, h[:])
	if err != nil {
		t.Fatal(err)
	}
	return document.Evidence{SOD: s.sign(t, dg1, dg15), DG1: dg1, DG15: dg15, Signature: append(r.FillBytes(make([]byte, 32)), v.FillBytes(make([]byte, 32))...)}
}

func (s state) trust() (*emrtd.Anchors, error) { return emrtd.NewAnchors(s.root.Raw) }

func show(t testing.TB, d *document.Desk, e document.Evidence) (identity.Document, identity.PersonHandle, error) {
	t.Helper()
	return d.Read(t.Context(), identity.PassportAbroad, must[[]byte](t)(json.Marshal(e)), challenge)
}

func TestPassports(t *testing.T) {
	s := newState(t)
	for name, c := range map[string]struct {
		issuer, nationality, number string
		want                        string
	}{
		"good":                             {"CHN", "CHN", "EI9900001", ""},
		"another state's":                  {"UTO", "CHN", "EI9900001", "document_not_listed"},
		"of another state's citizen":       {"CHN", "UTO", "EI9900001", "document_not_listed"},
		"of a real series, in the sandbox": {"CHN", "CHN", "E99000010", "sandbox_document_refused"},
	} {
		r := &register{handle: "handle-of-the-test"}
		doc, handle, err := show(t, document.NewDesk(s.trust, r, false, clock), s.passport(t, zone(c.issuer, c.nationality, c.number, "860504", "310101")))
		if c.want != "" {
			if !fault.Because(err, c.want) || !fault.Is(err, fault.Invalid) || r.asked != 0 || handle != "" || doc != (identity.Document{}) {
				t.Errorf("%s: %+v %v", name, doc, err)
			}
			continue
		}
		want := identity.Document{Kind: identity.PassportAbroad, Number: "EI9900001", Name: "SANDBOX ERIKA MARIA", Birth: identity.Date{Year: 1986, Month: 5, Day: 4},
			Expires: identity.Date{Year: 2031, Month: 1, Day: 1}, Origin: identity.CheckedHere, Active: true}
		if err != nil || doc != want || r.doc != want || handle != r.handle {
			t.Errorf("%s: %+v %v", name, doc, err)
		}
	}
}

func TestAPassportThatEmrtdRefuses(t *testing.T) {
	s := newState(t)
	good := s.passport(t, zone("CHN", "CHN", "EI9900001", "860504", "310101"))
	r := &register{handle: "handle-of-the-test"}
	for name, c := range map[string]struct {
		want string
		do   func(*document.Evidence)
	}{
		"signed by nobody": {emrtd.Unsigned, func(e *document.Evidence) { e.SOD = newState(t).sign(t, e.DG1, e.DG15) }},
		"DG1 of another": {emrtd.Mismatch, func(e *document.Evidence) {
			e.DG1 = s.passport(t, zone("CHN", "CHN", "EI9900002", "860504", "310101")).DG1
		}},
		"another chip's reply": {emrtd.WrongAnswer, func(e *document.Evidence) {
			e.Signature = s.passport(t, zone("CHN", "CHN", "EI9900001", "860504", "310101")).Signature
		}},
	} {
		e := good
		c.do(&e)
		if doc, handle, err := show(t, document.NewDesk(s.trust, r, false, clock), e); !fault.Because(err, c.want) || r.asked != 0 || handle != "" || doc != (identity.Document{}) {
			t.Errorf("%s: %+v %v", name, doc, err)
		}
	}
	card := "I<CHNEI9900001" + string(emrtd.CheckDigit("EI9900001")) + strings.Repeat("<", 15) + "8605043F3101012CHN" + strings.Repeat("<", 11)
	card += string(emrtd.CheckDigit(card[5:30]+card[30:37]+card[38:45]+card[48:59])) + "SANDBOX<<ERIKA<MARIA" + strings.Repeat("<", 10)
	if _, _, err := show(t, document.NewDesk(s.trust, r, false, clock), s.passport(t, card)); !fault.Because(err, emrtd.Mismatch) {
		t.Errorf("a card in a passport's place: %v", err)
	}
	none := func() (*emrtd.Anchors, error) { return nil, fault.New("x", fault.Unavailable, "trust_unavailable") }
	if _, _, err := show(t, document.NewDesk(none, r, false, clock), good); !fault.Is(err, fault.Unavailable) {
		t.Errorf("anchors that cannot be read: %v", err)
	}
}

// TestOnTheDay: a document is good through its last day in Shanghai.
func TestOnTheDay(t *testing.T) {
	s := newState(t)
	e := s.passport(t, zone("CHN", "CHN", "EI9900001", "860504", "261124"))
	end := identity.Date{Year: 2026, Month: 11, Day: 24}.End()
	r := &register{handle: "handle-of-the-test"}
	if _, _, err := show(t, document.NewDesk(s.trust, r, false, func() time.Time { return end.Add(-time.Second) }), e); err != nil {
		t.Errorf("the last second: %v", err)
	}
	if _, _, err := show(t, document.NewDesk(s.trust, r, false, func() time.Time { return end }), e); !fault.Because(err, "document_expired") {
		t.Errorf("the first after: %v", err)
	}
}

func TestRealPassportsInProduction(t *testing.T) {
	s := newState(t)
	e := s.passport(t, zone("CHN", "CHN", "E99000010", "860504", "310101"))
	if _, _, err := show(t, document.NewDesk(s.trust, &register{handle: "handle"}, true, clock), e); err != nil {
		t.Errorf("in production: %v", err)
	}
	if _, _, err := show(t, document.NewDesk(s.trust, &register{}, true, clock), e); !fault.Is(err, fault.Unavailable) {
		t.Errorf("a register that names nobody: %v", err)
	}
	down := &register{err: fault.Wrap("x", fault.Unavailable, "authority_unavailable", errors.New("down"))}
	if _, _, err := show(t, document.NewDesk(s.trust, down, true, clock), e); !fault.Because(err, "authority_unavailable") {
		t.Errorf("a register that is down: %v", err)
	}
}

func FuzzEvidence(f *testing.F) {
	f.Add([]byte(cardEvidence))
	f.Add([]byte(`{"sod":"AAAA","dg1":"AAAA","dg15":"","signature":""}`))
	s := newState(f)
	d := document.NewDesk(s.trust, &register{handle: "handle-of-the-test"}, false, clock)
	f.Fuzz(func(t *testing.T, j []byte) {
		for _, k := range d.Kinds() {
			_, _, err := d.Read(context.Background(), k, j, challenge)
			if err == nil || fault.Of(err) == fault.Internal {
				t.Fatalf("%s %q: %v", k, j, err)
			}
			if _, _, err := d.Finish(context.Background(), k, j, seed(1)); err == nil || fault.Of(err) == fault.Internal {
				t.Fatalf("%s %q: %v", k, j, err)
			}
		}
	})
}
