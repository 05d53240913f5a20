package client_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"netid/client"
)

const origin = "id.example/ledger"

// log is a ledger by RFC 6962 §2.1 word for word, signed by a note key.
type log struct {
	leaves [][32]byte
	signer note.Signer
	key    string
}

func newLog(t testing.TB, seed byte, name string) *log {
	secret, key, err := note.GenerateKey(bytes.NewReader(bytes.Repeat([]byte{seed}, 64)), name)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(secret)
	if err != nil {
		t.Fatal(err)
	}
	return &log{signer: signer, key: key}
}

func (l *log) grow(n int) {
	for range n {
		l.leaves = append(l.leaves, sha256.Sum256(fmt.Appendf(nil, "leaf %d", len(l.leaves))))
	}
}

func hashOf(parts ...[]byte) []byte {
	h := sha256.Sum256(slices.Concat(parts...))
	return h[:]
}

func split(n int) int {
	k := 1
	for 2*k < n {
		k *= 2
	}
	return k
}

func root(d [][32]byte) []byte {
	switch len(d) {
	case 0:
		return hashOf()
	case 1:
		return hashOf([]byte{0}, d[0][:])
	}
	k := split(len(d))
	return hashOf([]byte{1}, root(d[:k]), root(d[k:]))
}

// path is PATH(m, D[n]) of §2.1.1.
func path(m int, d [][32]byte) [][]byte {
	if len(d) == 1 {
		return nil
	}
	if k := split(len(d)); m < k {
		return append(path(m, d[:k]), root(d[k:]))
	} else {
		return append(path(m-k, d[k:]), root(d[:k]))
	}
}

// subproof is SUBPROOF(m, D[n], b) of §2.1.2.
func subproof(m int, d [][32]byte, whole bool) [][]byte {
	switch k := split(len(d)); {
	case m == len(d) && whole:
		return nil
	case m == len(d):
		return [][]byte{root(d)}
	case m <= k:
		return append(subproof(m, d[:k], whole), root(d[k:]))
	default:
		return append(subproof(m-k, d[k:], false), root(d[:k]))
	}
}

func (l *log) text(n int) string {
	return fmt.Sprintf("%s\n%d\n%s\n", l.signer.Name(), n, base64.StdEncoding.EncodeToString(root(l.leaves[:n])))
}

func (l *log) sign(t testing.TB, text string) []byte {
	b, err := note.Sign(&note.Note{Text: text}, l.signer)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func (l *log) head(t testing.TB, n int) client.Head {
	h, err := client.CheckHead(l.sign(t, l.text(n)), l.key)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestCheckHead(t *testing.T) {
	l := newLog(t, 1, origin)
	l.grow(5)
	h, err := client.CheckHead(l.sign(t, l.text(5)+"time 2026-03-01T12:00:00+08:00\nsomething else\n"), l.key)
	if err != nil || h.Origin != origin || h.Size != 5 || !bytes.Equal(h.Root[:], root(l.leaves)) || !h.Time.Equal(asked) {
		t.Fatalf("%+v, %v", h, err)
	}
	if h := l.head(t, 0); h.Size != 0 || !h.Time.IsZero() {
		t.Errorf("%+v", h)
	}
}

func TestCheckHeadRefuses(t *testing.T) {
	l := newLog(t, 1, origin)
	l.grow(5)
	good := l.sign(t, l.text(5))
	hash := base64.StdEncoding.EncodeToString(root(l.leaves))
	for name, head := range map[string][]byte{
		"nothing":         nil,
		"unsigned":        []byte(l.text(5)),
		"other key":       newLog(t, 2, origin).sign(t, l.text(5)),
		"other name":      newLog(t, 1, "id.example/other").sign(t, l.text(5)),
		"size changed":    bytes.Replace(good, []byte("\n5\n"), []byte("\n6\n"), 1),
		"other origin":    l.sign(t, "x\n5\n"+hash+"\n"),
		"leading zero":    l.sign(t, origin+"\n05\n"+hash+"\n"),
		"plus":            l.sign(t, origin+"\n+5\n"+hash+"\n"),
		"too large":       l.sign(t, origin+"\n9223372036854775808\n"+hash+"\n"),
		"short root":      l.sign(t, origin+"\n5\nAAAA\n"),
		"root in hex":     l.sign(t, origin+"\n5\n"+fmt.Sprintf("%x", root(l.leaves))+"\n"),
		"no root":         l.sign(t, origin+"\n5\n"),
		"empty extension": l.sign(t, origin+"\n5\n"+hash+"\n\nx\n"),
		"no time":         l.sign(t, origin+"\n5\n"+hash+"\ntime soon\n"),
		"two times":       l.sign(t, origin+"\n5\n"+hash+"\ntime 2026-03-01T12:00:00Z\ntime 2026-03-01T12:00:01Z\n"),
		"too long":        l.sign(t, l.text(5)+strings.Repeat("x", 9000)+"\n"),
	} {
		if _, err := client.CheckHead(head, l.key); !errors.Is(err, client.ErrHead) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, key := range map[string]string{"nothing": "", "words": "not a key", "hash": strings.Replace(l.key, "+", "+0", 1), "one letter": l.key[:len(l.key)-2] + "A="} {
		if _, err := client.CheckHead(good, key); !errors.Is(err, client.ErrKey) {
			t.Errorf("key of %s: %v", name, err)
		}
	}
}

func TestCheckInclusionAndConsistency(t *testing.T) {
	l := newLog(t, 1, origin)
	l.grow(70)
	for n := 1; n <= 70; n++ {
		h := l.head(t, n)
		for m := range n {
			p := path(m, l.leaves[:n])
			if err := client.CheckInclusion(l.leaves[m], uint64(m), p, h); err != nil {
				t.Fatalf("%d in %d: %v", m, n, err)
			}
			if err := client.CheckInclusion(l.leaves[(m+1)%70], uint64(m), p, h); !errors.Is(err, client.ErrProof) {
				t.Fatalf("another leaf at %d in %d: %v", m, n, err)
			}
			if err := client.CheckInclusion(l.leaves[m], uint64(m+1), p, h); !errors.Is(err, client.ErrProof) {
				t.Fatalf("leaf %d elsewhere in %d: %v", m, n, err)
			}
		}
		for m := 1; m <= n; m++ {
			if err := client.CheckConsistency(l.head(t, m), h, subproof(m, l.leaves[:n], true)); err != nil {
				t.Fatalf("%d to %d: %v", m, n, err)
			}
		}
	}
}

func TestProofsRefuse(t *testing.T) {
	l := newLog(t, 1, origin)
	l.grow(70)
	p, h := path(33, l.leaves), l.head(t, 70)
	for name, bad := range map[string][][]byte{
		"nothing": nil,
		"shorter": p[1:],
		"longer":  append(slices.Clone(p), p[0]),
		"cut":     append(slices.Clone(p[:len(p)-1]), p[len(p)-1][:31]),
		"swapped": append([][]byte{p[1], p[0]}, p[2:]...),
	} {
		if err := client.CheckInclusion(l.leaves[33], 33, bad, h); !errors.Is(err, client.ErrProof) {
			t.Errorf("inclusion, %s: %v", name, err)
		}
	}
	for name, index := range map[string]uint64{"beyond": 70, "far beyond": 1 << 63} {
		if err := client.CheckInclusion(l.leaves[33], index, p, h); !errors.Is(err, client.ErrProof) {
			t.Errorf("inclusion, %s: %v", name, err)
		}
	}
	old, c := l.head(t, 33), subproof(33, l.leaves, true)
	if err := client.CheckConsistency(old, h, c); err != nil {
		t.Fatal(err)
	}
	rewritten := newLog(t, 1, origin)
	rewritten.grow(70)
	rewritten.leaves[10][0] ^= 1
	elsewhere := h
	elsewhere.Origin = "id.example/other"
	noTree := client.Head{Origin: origin, Root: [32]byte{1}}
	for name, x := range map[string]struct {
		from, to client.Head
		proof    [][]byte
	}{
		"a rewrite":           {old, rewritten.head(t, 70), subproof(33, rewritten.leaves, true)},
		"a rewrite, our path": {old, rewritten.head(t, 70), c},
		"backwards":           {h, old, c},
		"no proof":            {old, h, nil},
		"one less":            {old, h, c[1:]},
		"cut":                 {old, h, append(slices.Clone(c[:len(c)-1]), c[len(c)-1][:31])},
		"same size, not same": {rewritten.head(t, 70), h, nil},
		"another ledger":      {old, elsewhere, c},
		"from no tree":        {noTree, h, nil},
	} {
		if err := client.CheckConsistency(x.from, x.to, x.proof); !errors.Is(err, client.ErrProof) {
			t.Errorf("consistency, %s: %v", name, err)
		}
	}
	if err := client.CheckConsistency(l.head(t, 0), h, nil); err != nil {
		t.Errorf("from the empty tree: %v", err)
	}
}

func TestCheckEvent(t *testing.T) {
	l := newLog(t, 1, origin)
	l.grow(40)
	event, salt := []byte(`{"id":"x","kind":"verified"}`), bytes.Repeat([]byte{5}, 32)
	l.leaves[20] = client.Leaf(event, salt)
	if want := sha256.Sum256(slices.Concat([]byte("netid/ledger/v1\n"), salt, event)); l.leaves[20] != want {
		t.Fatal("the leaf is another")
	}
	head, p := l.sign(t, l.text(40)), path(20, l.leaves)
	if err := client.CheckEvent(event, salt, 20, 40, p, head, l.key); err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{
		"event": client.CheckEvent(bytes.Replace(event, []byte("x"), []byte("y"), 1), salt, 20, 40, p, head, l.key),
		"salt":  client.CheckEvent(event, bytes.Repeat([]byte{6}, 32), 20, 40, p, head, l.key),
		"index": client.CheckEvent(event, salt, 21, 40, p, head, l.key),
		"size":  client.CheckEvent(event, salt, 20, 41, p, head, l.key),
		// a byte moved from event to salt hashes to the same leaf
		"boundary": client.CheckEvent(event[1:], append(bytes.Clone(salt), event[0]), 20, 40, p, head, l.key),
	} {
		if !errors.Is(err, client.ErrProof) {
			t.Errorf("other %s: %v", name, err)
		}
	}
	if err := client.CheckEvent(event, salt, 20, 40, p, newLog(t, 2, origin).sign(t, l.text(40)), l.key); !errors.Is(err, client.ErrHead) {
		t.Errorf("other signer: %v", err)
	}
	if err := client.CheckEvent(event, salt, 20, 40, p, head, "x"); !errors.Is(err, client.ErrKey) {
		t.Errorf("no key: %v", err)
	}
}

func FuzzCheckHead(f *testing.F) {
	l := newLog(f, 1, origin)
	l.grow(5)
	f.Add(l.text(5))
	f.Add(l.text(5) + "time 2026-03-01T12:00:00Z\n")
	f.Add(origin + "\n0\n\n")
	f.Fuzz(func(t *testing.T, text string) {
		signed, err := note.Sign(&note.Note{Text: text}, l.signer)
		if err != nil {
			return
		}
		h, err := client.CheckHead(signed, l.key)
		if err != nil {
			return
		}
		want := fmt.Sprintf("%s\n%d\n%s\n", origin, h.Size, base64.StdEncoding.EncodeToString(h.Root[:]))
		if !strings.HasPrefix(text, want) || h.Time.After(time.Date(10000, 1, 2, 0, 0, 0, 0, time.UTC)) {
			t.Fatalf("%q reads as %+v", text, h)
		}
		if _, err := client.CheckHead([]byte(text), l.key); err == nil && !bytes.Contains([]byte(text), []byte("— ")) {
			t.Fatal("it passes unsigned")
		}
	})
}

func BenchmarkCheckEvent(b *testing.B) {
	l := newLog(b, 1, origin)
	l.grow(1000)
	event, salt := []byte(`{"id":"x","kind":"verified"}`), make([]byte, 32)
	l.leaves[500] = client.Leaf(event, salt)
	head, p := l.sign(b, l.text(1000)), path(500, l.leaves)
	for b.Loop() {
		if err := client.CheckEvent(event, salt, 500, 1000, p, head, l.key); err != nil {
			b.Fatal(err)
		}
	}
}
