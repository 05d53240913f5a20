package ledger_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/ledger"
)

func TestHead(t *testing.T) {
	k := newKeeper()
	if err := k.Ready(); err != nil {
		t.Fatal(err)
	}
	tree := grown(300).tree
	signed, err := k.Head(tree, noon())
	if err != nil {
		t.Fatal(err)
	}
	size, root, err := k.CheckHead(signed)
	if err != nil || size != 300 || root != tree.Root() {
		t.Fatalf("%d %x, %v", size, root, err)
	}
	// the note package alone reads it, with the public key
	v, err := note.NewVerifier(k.VerifierKey())
	if err != nil {
		t.Fatal(err)
	}
	n, err := note.Open(signed, note.VerifierList(v))
	want := origin + "\n300\n" + base64.StdEncoding.EncodeToString(root[:]) + "\ntime 2026-03-01T04:00:00Z\n"
	if err != nil || n.Text != want {
		t.Errorf("%v, text\n%s", err, n.Text)
	}
}

func TestCheckHeadRefuses(t *testing.T) {
	k := newKeeper()
	good, _ := k.Head(grown(300).tree, noon())
	sign := func(text string) []byte {
		b, err := note.Sign(&note.Note{Text: text}, noteOf(t, newEd(3)))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	root := base64.StdEncoding.EncodeToString(make([]byte, 32))
	if _, _, err := k.CheckHead(sign(origin + "\n5\n" + root + "\n")); err != nil {
		t.Fatalf("control: %v", err)
	}
	other, _ := ledger.NewKeeper(secret(1), secret(2), newEd(4), origin).Head(ledger.Tree{}, noon())
	renamed, _ := ledger.NewKeeper(secret(1), secret(2), newEd(3), "id.example/other").Head(ledger.Tree{}, noon())
	for name, signed := range map[string][]byte{
		"nothing":         nil,
		"no signature":    good[:bytes.LastIndex(good, []byte("\n\n"))+2],
		"one digit":       bytes.Replace(good, []byte("\n300\n"), []byte("\n301\n"), 1),
		"other time":      bytes.Replace(good, []byte("2026"), []byte("2027"), 1),
		"other key":       other,
		"other name":      renamed,
		"other origin":    sign("id.example/other\n5\n" + root + "\n"),
		"leading zero":    sign(origin + "\n05\n" + root + "\n"),
		"negative":        sign(origin + "\n-5\n" + root + "\n"),
		"too large":       sign(origin + "\n18446744073709551615\n" + root + "\n"),
		"short root":      sign(origin + "\n5\nAAAA\n"),
		"no root":         sign(origin + "\n5\n"),
		"empty extension": sign(origin + "\n5\n" + root + "\n\nx\n"),
		"too long":        sign(origin + "\n5\n" + root + "\n" + strings.Repeat("x", 9000) + "\n"),
	} {
		if _, _, err := k.CheckHead(signed); !fault.Because(err, "head_invalid") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// noteOf is the note package's own signer over the same key.
func noteOf(t testing.TB, e ed) note.Signer {
	v, err := note.NewVerifier(newKeeper().VerifierKey())
	if err != nil {
		t.Fatal(err)
	}
	return plainSigner{v, e}
}

type plainSigner struct {
	note.Verifier
	ed ed
}

func (s plainSigner) Sign(msg []byte) ([]byte, error) { return s.ed.Sign(msg) }

// es256 is a signer of the wrong kind.
type es256 struct{ ed }

func (es256) Alg() string { return "ES256" }

// wrongKey says EdDSA and shows an EC key.
type wrongKey struct{ ed }

func (wrongKey) PublicJWK() []byte {
	k, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	x := base64.RawURLEncoding.EncodeToString(k.X.FillBytes(make([]byte, 32)))
	return []byte(`{"kty":"EC","crv":"P-256","x":"` + x + `"}`)
}

type shortKey struct{ ed }

func (shortKey) PublicJWK() []byte { return []byte(`{"kty":"OKP","crv":"Ed25519","x":"AAAA"}`) }

func TestNewKeeperRefuses(t *testing.T) {
	for name, k := range map[string]*ledger.Keeper{
		"no row key":     ledger.NewKeeper(identity.Secret{}, secret(2), newEd(3), origin),
		"no erase key":   ledger.NewKeeper(secret(1), identity.Secret{}, newEd(3), origin),
		"no signer":      ledger.NewKeeper(secret(1), secret(2), nil, origin),
		"other alg":      ledger.NewKeeper(secret(1), secret(2), es256{newEd(3)}, origin),
		"other key":      ledger.NewKeeper(secret(1), secret(2), wrongKey{newEd(3)}, origin),
		"short key":      ledger.NewKeeper(secret(1), secret(2), shortKey{newEd(3)}, origin),
		"origin":         ledger.NewKeeper(secret(1), secret(2), newEd(3), "a b"),
		"no origin":      ledger.NewKeeper(secret(1), secret(2), newEd(3), ""),
		"plus in origin": ledger.NewKeeper(secret(1), secret(2), newEd(3), "a+b"),
	} {
		if k.Ready() == nil {
			t.Errorf("%s: ready", name)
		}
		if _, err := k.Head(ledger.Tree{}, noon()); !fault.Is(err, fault.Internal) {
			t.Errorf("%s signs: %v", name, err)
		}
		if _, _, err := k.CheckHead(nil); !fault.Is(err, fault.Internal) {
			t.Errorf("%s checks: %v", name, err)
		}
		if _, err := ledger.Verify(t.Context(), newMemory(), k); !fault.Is(err, fault.Internal) {
			t.Errorf("%s verifies: %v", name, err)
		}
		if _, err := k.Resume(t.Context(), newMemory()); !fault.Is(err, fault.Internal) {
			t.Errorf("%s resumes: %v", name, err)
		}
	}
}

func TestMACBindsEveryColumn(t *testing.T) {
	k := newKeeper()
	row := identity.EntryRow{Index: 1, EntryKey: identity.EntryKey{ID: []byte{1, 2}, Day: 3}, Bucket: 4, Owner: []byte{5}, Leaf: leaf(6), Body: []byte{7, 8}, State: identity.EntrySealed}
	want := k.MAC(row)
	for name, change := range map[string]func(*identity.EntryRow){
		"index":  func(r *identity.EntryRow) { r.Index++ },
		"id":     func(r *identity.EntryRow) { r.ID = []byte{1, 3} },
		"day":    func(r *identity.EntryRow) { r.Day = -3 },
		"bucket": func(r *identity.EntryRow) { r.Bucket++ },
		"owner":  func(r *identity.EntryRow) { r.Owner = nil },
		"leaf":   func(r *identity.EntryRow) { r.Leaf[31] ^= 1 },
		"body":   func(r *identity.EntryRow) { r.Body = []byte{7} },
		"state":  func(r *identity.EntryRow) { r.State = identity.EntryPublic },
		"cut":    func(r *identity.EntryRow) { r.ID, r.Owner = []byte{1}, []byte{2, 5} },
	} {
		r := row
		change(&r)
		if bytes.Equal(k.MAC(r), want) {
			t.Errorf("%s is not bound", name)
		}
	}
	row.MAC = want
	if !bytes.Equal(k.MAC(row), want) {
		t.Error("the hash covers itself")
	}
}

func TestSets(t *testing.T) {
	k := newKeeper()
	ab, ba := k.Set([][32]byte{leaf(1), leaf(2)}), k.Set([][32]byte{leaf(2), leaf(1)})
	if ab.Count != 2 || !bytes.Equal(ab.Sum, ba.Sum) || len(ab.Sum) != 32 {
		t.Errorf("%v, %v", ab, ba)
	}
	if aa := k.Set([][32]byte{leaf(1), leaf(1)}); bytes.Equal(aa.Sum, ledger.EmptySet().Sum) || bytes.Equal(aa.Sum, ab.Sum) {
		t.Error("an element cancels itself")
	}
	other := ledger.NewKeeper(secret(1), secret(9), newEd(3), origin)
	if bytes.Equal(other.SetElement(leaf(1)), k.SetElement(leaf(1))) {
		t.Error("the element is not keyed")
	}
	ones := bytes.Repeat([]byte{0xff}, 32) // -1
	one := append(make([]byte, 31), 1)
	wrapped := ledger.AddToSet(ledger.AddToSet(ledger.EmptySet(), ones), one)
	if wrapped.Count != 2 || !bytes.Equal(wrapped.Sum, make([]byte, 32)) {
		t.Errorf("-1 + 1 = %x", wrapped.Sum)
	}
	carried := ledger.AddToSet(ledger.AddToSet(ledger.EmptySet(), append(make([]byte, 24), ones[:8]...)), one)
	if carried.Sum[23] != 1 || carried.Sum[31] != 0 {
		t.Errorf("the carry is lost: %x", carried.Sum)
	}
}

func FuzzCheckHead(f *testing.F) {
	k := newKeeper()
	good, _ := k.Head(grown(3).tree, noon())
	f.Add(good)
	f.Add([]byte(origin + "\n0\n\n\n— x AAAAAAA=\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, _, err := k.CheckHead(b); err == nil && !bytes.HasPrefix(b, good[:bytes.Index(good, []byte("\n\n"))]) {
			t.Fatalf("%q passes", b)
		}
	})
}

func BenchmarkHead(b *testing.B) {
	k, tree := newKeeper(), grown(1000).tree
	for b.Loop() {
		if _, err := k.Head(tree, noon()); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkMAC(b *testing.B) {
	k := newKeeper()
	row := identity.EntryRow{EntryKey: identity.EntryKey{ID: make([]byte, 16)}, Owner: make([]byte, 32), Body: make([]byte, 1052), State: identity.EntrySealed}
	for b.Loop() {
		k.MAC(row)
	}
}
