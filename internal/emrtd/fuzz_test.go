package emrtd_test

import (
	"crypto"
	"crypto/rsa"
	"crypto/x509"
	"strings"
	"testing"
	"time"

	"netid/internal/emrtd"
	"netid/internal/fault"
	"netid/internal/identity"
)

// The fuzz targets go in by the door: Check reads bytes from outside, and
// whatever they are it must answer with a kind and a reason, never more than
// it was given.

func desk(root *x509.Certificate) *emrtd.Anchors {
	a, err := emrtd.NewAnchors(root.Raw)
	if err != nil {
		return nil
	}
	return a
}

func present(t testing.TB, d *emrtd.Anchors, e evidence, now func() time.Time) (emrtd.Zone, error) {
	doc, err := d.Check(e.Files, "CN", challenge, e.Signature, now())
	if err != nil && (fault.Of(err) != fault.Invalid && !fault.Because(err, emrtd.ListOver) || fault.Public(err) == "internal") {
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
	want, err := present(f, d, good, clock)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, sod []byte) {
		e := good
		e.SOD = sod // ECDSA has two encodings of one signature, so a second file may be good; a second document may not
		if doc, err := present(t, d, e, clock); err == nil && doc != want {
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
		if doc, err := present(t, d, b.evidence(t), clock); err == nil && (!doc.Birth.Valid() || doc.Number == "" || doc.Name == "" || len(dg1) != 93 && len(dg1) != 95) {
			t.Fatalf("accepted %x", dg1)
		}
	})
}

func FuzzMRZ(f *testing.F) {
	b := newBooklet(f, kinds()[3])
	d := desk(b.state.root)
	f.Add(testZone("EI9900001", "860504", "310101"))
	f.Add("I<UTOD23145890<7349<<<<<<<<<<<3407127M9507122UTO<<<<<<<<<<<2STEVENSON<<PETER<JOHN<<<<<<<<<")
	f.Fuzz(func(t *testing.T, zone string) {
		b := b
		b.dg1 = dg1Of(zone)
		b.object = ldsObject(t, 0, crypto.SHA256, map[int][]byte{1: b.dg1, 15: b.dg15})
		doc, err := present(t, d, b.evidence(t), clock)
		at := map[int]int{88: 44, 90: 5}[len(zone)] // where the number begins
		if err == nil && (at == 0 || !strings.HasPrefix(zone[at:], doc.Number[:min(9, len(doc.Number))]) || identity.Today(testNow).Before(doc.Birth)) {
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
		e := evidence{emrtd.Files{SOD: b.sod(t), DG1: b.dg1, DG15: dg15}, signature}
		present(t, d, e, clock) // a key of the fuzzer's own may answer; a panic or a reason that is none may not happen
	})
}

func BenchmarkPassport(b *testing.B) {
	for _, k := range kinds() {
		b.Run(k.name, func(b *testing.B) {
			book := newBooklet(b, k)
			d, e := desk(book.state.root), book.evidence(b)
			for b.Loop() {
				if _, err := present(b, d, e, clock); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("chip-rsa-1024", func(b *testing.B) {
		key := rsaKey(b, 1024).(*rsa.PrivateKey)
		book := withChip(b, key)
		e := evidence{emrtd.Files{SOD: book.sod(b), DG1: book.dg1, DG15: book.dg15}, power(key, representative(128, sum256, []byte{0x34, 0xCC}, challenge))}
		d := desk(book.state.root)
		for b.Loop() {
			if _, err := present(b, d, e, clock); err != nil {
				b.Fatal(err)
			}
		}
	})
}
