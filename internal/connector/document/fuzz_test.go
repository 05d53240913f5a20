package document_test

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"testing"

	"netid/internal/connector/document"
	"netid/internal/fault"
	"netid/internal/identity"
)

// The fuzz targets go in by the door: the desk reads bytes from outside, and
// whatever they are it must answer with a kind and a reason, never more than
// it was given.

func desk(root *x509.Certificate) *document.Desk {
	return document.NewDesk([]*x509.Certificate{root}, &register{handle: "handle-of-the-test"}, false, clock)
}

func present(t testing.TB, d *document.Desk, e document.Evidence) (identity.Document, error) {
	j, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	doc, _, err := d.Read(context.Background(), identity.PassportAbroad, j, challenge)
	if err != nil && (fault.Of(err) != fault.Invalid || fault.Public(err) == "internal") {
		t.Fatalf("no reason: %v", err)
	}
	return doc, err
}

func FuzzSOD(f *testing.F) {
	b := newBooklet(f, kinds()[3])
	good := b.evidence(f)
	f.Add(good.SOD)
	rsa := newBooklet(f, kinds()[2])
	f.Add(rsa.sod(f))
	f.Add(app(23, nil))
	d := desk(b.state.root)
	want, err := present(f, d, good)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, sod []byte) {
		e := good
		e.SOD = sod // ECDSA has two encodings of one signature, so a second file may be good; a second document may not
		if doc, err := present(t, d, e); err == nil && doc != want {
			t.Fatalf("another document: %x", sod)
		}
	})
}

// FuzzDG1 signs whatever it is given, so that the zone's own reader sees it.
func FuzzDG1(f *testing.F) {
	b := newBooklet(f, kinds()[3])
	d := desk(b.state.root)
	f.Add(b.dg1)
	f.Add(dg1Of("P<UTO"))
	f.Fuzz(func(t *testing.T, dg1 []byte) {
		b := b
		b.dg1 = dg1
		b.object = ldsObject(t, 0, crypto.SHA256, map[int][]byte{1: dg1, 15: b.dg15})
		if doc, err := present(t, d, b.evidence(t)); err == nil && (!doc.Birth.Valid() || doc.Number == "" || doc.Name == "" || len(dg1) != 93) {
			t.Fatalf("accepted %x", dg1)
		}
	})
}

func FuzzMRZ(f *testing.F) {
	b := newBooklet(f, kinds()[3])
	d := desk(b.state.root)
	f.Add(testZone("EI9900001", "860504", "310101"))
	f.Fuzz(func(t *testing.T, zone string) {
		b := b
		b.dg1 = dg1Of(zone)
		b.object = ldsObject(t, 0, crypto.SHA256, map[int][]byte{1: b.dg1, 15: b.dg15})
		doc, err := present(t, d, b.evidence(t))
		if err == nil && (len(zone) != 88 || doc.Number+digit(zone[44:53]) != zone[44:44+len(doc.Number)]+zone[53:54] || today().Before(doc.Birth)) {
			t.Fatalf("accepted %q as %+v", zone, doc)
		}
	})
}

func FuzzDG15(f *testing.F) {
	b := newBooklet(f, kinds()[3])
	d := desk(b.state.root)
	f.Add(b.dg15, make([]byte, 64))
	f.Add(dg15Of(f, rsaKey(f, 1024).Public()), make([]byte, 128))
	f.Fuzz(func(t *testing.T, dg15, signature []byte) {
		b := b
		b.dg15 = dg15
		b.object = ldsObject(t, 0, crypto.SHA256, map[int][]byte{1: b.dg1, 15: dg15})
		e := document.Evidence{SOD: b.sod(t), DG1: b.dg1, DG15: dg15, Signature: signature}
		present(t, d, e) // a key of the fuzzer's own may answer; a panic or a reason that is none may not happen
	})
}

func FuzzEvidence(f *testing.F) {
	f.Add([]byte(cardEvidence))
	f.Add([]byte(`{"sod":"AAAA","dg1":"AAAA","dg15":"","signature":""}`))
	b := newBooklet(f, kinds()[3])
	d := desk(b.state.root)
	f.Fuzz(func(t *testing.T, j []byte) {
		for _, k := range d.Kinds() {
			_, _, err := d.Read(context.Background(), k, j, challenge)
			if err == nil || fault.Of(err) == fault.Internal {
				t.Fatalf("%s %q: %v", k, j, err)
			}
		}
	})
}

func BenchmarkPassport(b *testing.B) {
	for _, k := range kinds() {
		b.Run(k.name, func(b *testing.B) {
			book := newBooklet(b, k)
			d, e := desk(book.state.root), book.evidence(b)
			for b.Loop() {
				if _, err := present(b, d, e); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("chip-rsa-1024", func(b *testing.B) {
		key := rsaKey(b, 1024).(*rsa.PrivateKey)
		book := withChip(b, key)
		e := document.Evidence{SOD: book.sod(b), DG1: book.dg1, DG15: book.dg15, Signature: power(key, representative(128, sum256, []byte{0x34, 0xCC}, challenge))}
		d := desk(book.state.root)
		for b.Loop() {
			if _, err := present(b, d, e); err != nil {
				b.Fatal(err)
			}
		}
	})
}
