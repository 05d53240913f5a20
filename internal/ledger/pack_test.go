package ledger_test

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"strings"
	"testing"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/ledger"
	"netid/internal/suite"
)

// An enrolment and a sign-in have one length: neither kind nor consents show.
func TestBodiesAboutNobodyElseHaveOneLength(t *testing.T) {
	m, who := newMemory(), person(10)
	ground := identity.Ground{Rule: "a9-separate-consent", Version: "2025-07-15", Articles: []int{9, 11}}
	e := identity.Event{Kind: identity.Enrolled, Detail: "resident-id-card/authority-decoded/face-match"}
	for _, subject := range []string{"notice", "document", "face"} {
		e.Consents = append(e.Consents, identity.Consent{Subject: subject, Version: "2026-11-27", Digest: suite.Random(32), Locale: "zh-CN", Given: true, Time: noon()})
	}
	for range 9 {
		e.Grounds = append(e.Grounds, ground)
	}
	if _, err := ledger.NewBook(m, kept{}, noon).Record(t.Context(), who, e); err != nil {
		t.Fatal(err)
	}
	record(t, m, who, identity.SignedIn)
	if len(m.rows[0].Body) != len(m.rows[1].Body) || len(m.rows[1].Body) != 320+28 {
		t.Errorf("%d and %d bytes", len(m.rows[0].Body), len(m.rows[1].Body))
	}
}

// What is packed is one thing exactly: nothing lies behind it, and it does not
// grow beyond what a body may be.
func TestOpenEntryRefusesPacking(t *testing.T) {
	m, who := newMemory(), person(10)
	record(t, m, who, identity.SignedIn)
	good, key := m.rows[0], suite.Derive(ledger.MonthKey(who.Keys, march(identity.Logs)), "event")
	padded, err := suite.Open(key, good.Body, good.ID)
	if err != nil {
		t.Fatal(err)
	}
	n := binary.BigEndian.Uint32(padded)
	one := padded[4 : 4+n]
	var bomb bytes.Buffer
	bomb.WriteByte(1)
	w, _ := flate.NewWriter(&bomb, 9)
	w.Write([]byte(strings.Repeat("x", 1<<20)))
	w.Close()
	for name, body := range map[string][]byte{
		"as it was": one, "something behind": append(bytes.Clone(one), 0), "cut": one[:n-1], "nothing": one[:1],
		"a megabyte": bomb.Bytes(), "too short for a salt": {1, 1, 0, 0, 0xff, 0xff},
	} {
		r := good
		full := binary.BigEndian.AppendUint32(nil, uint32(len(body)))
		full = append(append(full, body...), make([]byte, 320*6-4-len(body))...)
		r.Body = suite.Seal(key, full, r.ID)
		if _, _, err := ledger.OpenEntry(who.Keys, r); name == "as it was" && err != nil || name != "as it was" && !fault.Is(err, fault.Internal) {
			t.Errorf("%s: %v", name, err)
		} else if name != "as it was" && !strings.Contains(err.Error(), "packing") { // refused before it is hashed
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Bytes that stand in a packed body are anybody's who can write rows.
func FuzzUnpack(f *testing.F) {
	m, who := newMemory(), person(10)
	book := ledger.NewBook(m, kept{}, noon)
	if _, err := book.Record(f.Context(), who, identity.Event{Kind: identity.SignedIn}); err != nil {
		f.Fatal(err)
	}
	good, key := m.rows[0], suite.Derive(ledger.MonthKey(who.Keys, march(identity.Logs)), "event")
	padded, err := suite.Open(key, good.Body, good.ID)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(padded[5 : 4+binary.BigEndian.Uint32(padded)])
	f.Add([]byte{3, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		r := good
		full := append(binary.BigEndian.AppendUint32(nil, uint32(1+len(b))), 1)
		r.Body = suite.Seal(key, append(full, b...), r.ID)
		e, salt, err := ledger.OpenEntry(who.Keys, r)
		if err != nil {
			return
		}
		canonical, _ := ledger.Canonical(e)
		if ledger.Leaf(salt, canonical) != r.Leaf {
			t.Fatalf("%x opened", b)
		}
	})
}
