package client_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/emmansun/gmsm/sm2"
	"golang.org/x/mod/sumdb/note"

	"netid/client"
)

// key signs notes for a test and has a verifier key.
type key struct {
	note.Signer
	text string
}

func edKey(t testing.TB, seed byte) key {
	l := newLog(t, seed, origin)
	return key{l.signer, l.key}
}

// sm2Signer is SM2 of the form that ADR 0019 has, written from its text.
type sm2Signer struct {
	private *sm2.PrivateKey
	hash    uint32
	name    string
}

func (s sm2Signer) Name() string    { return s.name }
func (s sm2Signer) KeyHash() uint32 { return s.hash }
func (s sm2Signer) Sign(msg []byte) ([]byte, error) {
	return s.private.Sign(nil, msg, sm2.NewSM2SignerOption(true, []byte("1234567812345678")))
}

func smKey(t testing.TB, seed byte) key {
	private, err := sm2.NewPrivateKeyFromInt(big.NewInt(1000 + int64(seed)))
	if err != nil {
		t.Fatal(err)
	}
	point := append([]byte{4}, append(private.X.FillBytes(make([]byte, 32)), private.Y.FillBytes(make([]byte, 32))...)...)
	b := append([]byte("\xffurn:netid:alg:SM2"), point...)
	sum := sha256.Sum256(append([]byte(origin+"\n"), b...))
	hash := binary.BigEndian.Uint32(sum[:])
	return key{sm2Signer{private, hash, origin}, fmt.Sprintf("%s+%08x+%s", origin, hash, base64.StdEncoding.EncodeToString(b))}
}

// rotated are keys that hand over from each to the next, a day apart.
type rotated []key

func day(n int) time.Time { return time.Date(2026, 3, 1+n, 12, 0, 0, 0, time.UTC) }

func statement(name, from, to string, at time.Time) string {
	return fmt.Sprintf("netid-succession/1\n%s\nold %s\nnew %s\ntime %s\n", name, from, to, at.Format(time.RFC3339))
}

func signed(t testing.TB, text string, by ...key) string {
	t.Helper()
	var signers []note.Signer
	for _, k := range by {
		signers = append(signers, k)
	}
	b, err := note.Sign(&note.Note{Text: text}, signers...)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// step is the succession to the i-th key, on day i.
func (r rotated) step(t testing.TB, i int) string {
	return signed(t, statement(origin, r[i-1].text, r[i].text, day(i)), r[i-1], r[i])
}

func (r rotated) chain(t testing.TB) (s string) {
	for i := 1; i < len(r); i++ {
		s += r.step(t, i)
	}
	return s
}

func (l *log) at(n int, t time.Time) string {
	return l.text(n) + "time " + t.Format(time.RFC3339) + "\n"
}

func TestHeadsOfTwoAlgorithms(t *testing.T) {
	l := newLog(t, 1, origin)
	l.grow(5)
	ed, sm := edKey(t, 1), smKey(t, 1)
	both := ed.text + "\n" + sm.text + "\n"
	twice, once, other := signed(t, l.text(5), ed, sm), signed(t, l.text(5), ed), signed(t, l.text(5), ed, smKey(t, 2))
	line := strings.LastIndex(twice, " ") + 1
	sig, err := base64.StdEncoding.DecodeString(strings.TrimSpace(twice[line:]))
	if err != nil {
		t.Fatal(err)
	}
	altered := func(f func([]byte) []byte) string {
		return twice[:line] + base64.StdEncoding.EncodeToString(f(bytes.Clone(sig))) + "\n"
	}
	for name, c := range map[string]struct {
		head, keys string
		good       bool
	}{
		"both":                                  {twice, both, true},
		"both, the other way round":             {twice, sm.text + "\n" + ed.text, true},
		"Ed25519 alone":                         {twice, ed.text, true},
		"SM2 alone":                             {twice, sm.text, true},
		"an unknown line":                       {other, ed.text, true},
		"a witness's line":                      {twice + newCosigner(9).line(l.text(5), 1), both, true},
		"downgraded":                            {once, both, false},
		"downgraded, SM2 wanted":                {once, sm.text, false},
		"signed by another SM2 key":             {other, both, false},
		"Ed25519 taken away":                    {signed(t, l.text(5), sm), both, false},
		"the SM2 signature altered":             {altered(func(b []byte) []byte { b[len(b)-1] ^= 1; return b }), both, false},
		"the SM2 signature altered, SM2 wanted": {altered(func(b []byte) []byte { b[20] ^= 1; return b }), sm.text, false},
		"a byte behind the SM2 signature":       {altered(func(b []byte) []byte { return append(b, 0) }), both, false},
		"an empty SM2 signature":                {altered(func(b []byte) []byte { return b[:4] }), both, false},
	} {
		if h, err := client.CheckHead([]byte(c.head), c.keys); (err == nil) != c.good || err == nil && h.Size != 5 || err != nil && !errors.Is(err, client.ErrHead) {
			t.Errorf("%s: %+v %v", name, h, err)
		}
	}
}

func TestKeysThatAreRefused(t *testing.T) {
	ed, sm := edKey(t, 1), smKey(t, 1)
	again := func(b []byte) string {
		sum := sha256.Sum256(append([]byte(origin+"\n"), b...))
		return fmt.Sprintf("%s+%x+%s", origin, sum[:4], base64.StdEncoding.EncodeToString(b))
	}
	raw, err := base64.StdEncoding.DecodeString(strings.SplitN(sm.text, "+", 3)[2])
	if err != nil {
		t.Fatal(err)
	}
	if again(raw) != sm.text {
		t.Fatal("control")
	}
	off := bytes.Clone(raw)
	off[len(off)-1] ^= 1
	for name, keys := range map[string]string{
		"nothing":                 "",
		"two Ed25519":             ed.text + "\n" + edKey(t, 2).text,
		"the same twice":          sm.text + "\n" + sm.text,
		"of two ledgers":          sm.text + "\n" + newLog(t, 1, "id.example/other").key,
		"another hash":            strings.Replace(sm.text, "+", "+0", 1),
		"a point off the curve":   again(off),
		"a compressed point":      again(append(append([]byte{}, raw[:18]...), append([]byte{2}, raw[19:51]...)...)),
		"a longer point":          again(append(bytes.Clone(raw), 0)),
		"another private name":    again(append([]byte("\xffurn:netid:alg:SM3"), raw[18:]...)),
		"a registered byte alone": again([]byte{0xff}),
		"an unknown byte":         again(append([]byte{0x7f}, raw[18:]...)),
		"a witness's key":         newCosigner(9).vkey(),
	} {
		if _, err := client.ParseKeys(keys); !errors.Is(err, client.ErrKey) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSuccessionsLeadFromAnyTrustedKey(t *testing.T) {
	l := newLog(t, 1, origin)
	l.grow(9)
	for name, r := range map[string]rotated{"Ed25519": {edKey(t, 1), edKey(t, 2), edKey(t, 3)}, "SM2": {smKey(t, 1), smKey(t, 2), smKey(t, 3)}} {
		listing := r[2].text + "\n" + r.chain(t)
		if _, err := client.ParseKeys(strings.TrimSpace(listing)); err != nil {
			t.Error("the last line end was cut:", err)
		}
		for i, pinned := range r {
			k, err := client.ParseKeys(pinned.text)
			if err != nil {
				t.Fatal(err)
			}
			if k, err = k.Follow([]byte(listing)); err != nil {
				t.Fatalf("%s, from key %d: %v", name, i, err)
			}
			if again, err := client.ParseKeys(k.String()); err != nil || again.String() != k.String() || again.String() != listing {
				t.Errorf("%s, from key %d: written and read: %v\n%s", name, i, err, k)
			}
			for head, good := range map[string]bool{
				signed(t, l.at(9, day(0)), r[0]):                                       true, // from before
				signed(t, l.at(9, day(1)), r[0]):                                       true, // while it was being taken over
				signed(t, l.at(9, day(1).Add(2*time.Hour)), r[0]):                      false,
				signed(t, l.at(9, day(1).Add(2*time.Hour)), r[1]):                      true,
				signed(t, l.at(9, day(5)), r[1]):                                       false,
				signed(t, l.at(9, day(5)), r[0], r[1]):                                 false,
				signed(t, l.at(9, day(5)), r[0], r[1], r[2]):                           true,
				signed(t, l.at(9, day(5)), r[2]):                                       true,
				signed(t, l.text(9), r[0]):                                             false, // of no time: then of now
				signed(t, l.text(9), r[2]):                                             true,
				signed(t, l.at(9, day(0)), edKey(t, 7), smKey(t, 7)):                   false,
				signed(t, l.at(9, day(0)), r[2]):                                       true,
				strings.Replace(signed(t, l.at(9, day(0)), r[0]), "\n9\n", "\n8\n", 1): false,
			} {
				if _, err := k.Check([]byte(head)); (err == nil) != good {
					t.Errorf("%s, from key %d: %v\n%s", name, i, err, head)
				}
			}
			newest := k.Newest()
			if newest.String() != r[2].text+"\n" || !k.Knows(r[0].text) || newest.Knows(r[0].text) {
				t.Errorf("%s: the newest is %s", name, newest)
			}
			if _, err := newest.Check([]byte(signed(t, l.at(9, day(0)), r[0]))); !errors.Is(err, client.ErrHead) {
				t.Errorf("%s: the newest key alone takes a former key's head: %v", name, err)
			}
			if later, err := newest.Follow([]byte(listing)); err != nil || later.String() != listing {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

// Each algorithm has a row of its own; who trusts one goes by that alone.
func TestRowsOfTwoAlgorithms(t *testing.T) {
	l := newLog(t, 1, origin)
	l.grow(9)
	ed, sm := rotated{edKey(t, 1), edKey(t, 2)}, rotated{smKey(t, 1), smKey(t, 2), smKey(t, 3)}
	mixed := ed[1].text + "\n" + sm[2].text + "\n" + sm.step(t, 1) + ed.step(t, 1) + sm.step(t, 2)
	k, err := client.ParseKeys(mixed)
	if err != nil {
		t.Fatal(err)
	}
	for head, good := range map[string]bool{
		signed(t, l.at(9, day(0)), ed[0], sm[0]): true,
		signed(t, l.at(9, day(0)), ed[0]):        false,
		signed(t, l.at(9, day(5)), ed[1], sm[2]): true,
		signed(t, l.at(9, day(5)), ed[1], sm[1]): false,
		signed(t, l.at(9, day(5)), ed[0], sm[2]): false,
	} {
		if _, err := k.Check([]byte(head)); (err == nil) != good {
			t.Errorf("%v\n%s", err, head)
		}
	}
	only, err := client.ParseKeys(ed[0].text)
	if err != nil {
		t.Fatal(err)
	}
	if only, err = only.Follow([]byte(mixed)); err != nil || strings.Contains(only.String(), sm[2].text) {
		t.Errorf("%v %s", err, only)
	}
}

func TestForgedSuccessionsAreRefused(t *testing.T) {
	r := rotated{edKey(t, 1), edKey(t, 2), edKey(t, 3), edKey(t, 4)}
	thief, sm := edKey(t, 9), smKey(t, 1)
	whole := r.chain(t)
	if _, err := client.ParseKeys(r[0].text + "\n" + whole); err != nil {
		t.Fatal("control:", err)
	}
	fresh := func(from, to key, at time.Time, by ...key) string {
		return signed(t, statement(origin, from.text, to.text, at), by...)
	}
	elsewhere := func(k key) key {
		l := newLog(t, 1, "id.example/other")
		return key{l.signer, l.key}
	}
	for name, chain := range map[string]string{
		"signed by the new key alone":    fresh(r[0], thief, day(1), thief),
		"signed by the former key alone": fresh(r[0], thief, day(1), r[0]),
		"signed by a third":              fresh(r[0], r[1], day(1), thief, r[1]),
		"not signed":                     statement(origin, r[0].text, r[1].text, day(1)) + "\n",
		"of another ledger":              signed(t, statement("id.example/other", r[0].text, r[1].text, day(1)), r[0], r[1]),
		"to another ledger's key":        signed(t, statement(origin, r[0].text, elsewhere(r[0]).text, day(1)), r[0], elsewhere(r[0])),
		"to another algorithm":           fresh(r[0], sm, day(1), r[0], sm),
		"to itself":                      fresh(r[0], r[0], day(1), r[0]),
		"altered":                        strings.Replace(whole, "time 2026-03-02", "time 2026-03-01", 1),
		"another title":                  strings.ReplaceAll(signed(t, strings.Replace(statement(origin, r[0].text, r[1].text, day(1)), "/1", "/2", 1), r[0], r[1]), "/2", "/1"),
		"one line more":                  signed(t, statement(origin, r[0].text, r[1].text, day(1))+"more\n", r[0], r[1]),
		"a time in another form":         signed(t, strings.Replace(statement(origin, r[0].text, r[1].text, day(1)), "Z", "+00:00", 1), r[0], r[1]),
		"replayed":                       r.step(t, 1) + r.step(t, 1),
		"replayed later":                 whole + r.step(t, 1),
		"in another order":               r.step(t, 2) + r.step(t, 1) + r.step(t, 3),
		"one missing":                    r.step(t, 1) + r.step(t, 3),
		"backwards in time":              fresh(r[0], r[1], day(3), r[0], r[1]) + fresh(r[1], r[2], day(2), r[1], r[2]),
		"a former key comes back":        r.step(t, 1) + fresh(r[1], r[0], day(2), r[0], r[1]),
		"two successors of one":          r.step(t, 1) + fresh(r[0], thief, day(2), r[0], thief),
		"of keys that nobody trusts":     fresh(thief, edKey(t, 8), day(1), thief, edKey(t, 8)),
		"a head for a succession":        r.step(t, 1) + "netid-succession/1\n5\n",
		"too many":                       strings.Repeat(r.step(t, 1), 257),
		"too long":                       strings.Repeat("x", 1<<20),
	} {
		k, err := client.ParseKeys(r[0].text)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := k.Follow([]byte(chain)); !errors.Is(err, client.ErrSuccession) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// who went as far as the third key is led back by nobody
	k, err := client.ParseKeys(r[0].text + "\n" + r.step(t, 1) + r.step(t, 2))
	if err != nil {
		t.Fatal(err)
	}
	for name, chain := range map[string]string{
		"shorter":        r.step(t, 1),
		"nothing":        "",
		"another branch": r.step(t, 1) + fresh(r[1], thief, day(2), r[1], thief),
		"the end alone":  r.step(t, 2) + r.step(t, 3),
	} {
		if _, err := k.Follow([]byte(chain)); !errors.Is(err, client.ErrSuccession) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestExportsAcrossARotation(t *testing.T) {
	x := export(t, 3, nil)
	r := rotated{edKey(t, 1), edKey(t, 2)}
	sm := smKey(t, 1)
	size := len(x.log.leaves)
	check := func(f client.Export, trusted string) error {
		b, err := json.Marshal(f)
		if err != nil {
			t.Fatal(err)
		}
		_, err = client.CheckExport(bytes.NewReader(b), trusted)
		return err
	}
	before, during, after := x.file, x.file, x.file
	before.Head = signed(t, x.log.at(size, day(0)), r[0], sm)
	before.VerifierKeys = []string{r[0].text, sm.text}
	during.Head, during.VerifierKey = signed(t, x.log.at(size, day(2)), r[1], r[0]), r[1].text
	after.Head, after.VerifierKey = signed(t, x.log.at(size, day(9)), r[1]), r[1].text
	stripped, relabelled, unnamed := before, before, before
	stripped.Head = signed(t, x.log.at(size, day(0)), r[0])
	relabelled.VerifierKeys = []string{sm.text, r[0].text}
	unnamed.VerifierKeys = []string{r[0].text, "nonsense"}
	listing := r[1].text + "\n" + r.chain(t)
	for name, c := range map[string]struct {
		file    client.Export
		trusted string
		want    error
	}{
		"before, by the former key":            {before, r[0].text, nil},
		"before, by the SM2 key":               {before, sm.text, nil},
		"before, by both":                      {before, r[0].text + "\n" + sm.text, nil},
		"before, by the new key alone":         {before, r[1].text, client.ErrExport},
		"before, by the listing":               {before, listing, nil},
		"during, by the former key":            {during, r[0].text, nil},
		"during, by the new key":               {during, r[1].text, nil},
		"after, by the former key":             {after, r[0].text, client.ErrExport},
		"after, by the listing":                {after, listing, nil},
		"after, by the former key's followers": {after, r[0].text + "\n" + r.chain(t), nil},
		"the SM2 line was taken away":          {stripped, r[0].text, client.ErrHead},
		"other keys are named first":           {relabelled, r[0].text, client.ErrExport},
		"a name is no key":                     {unnamed, r[0].text, client.ErrExport},
		"no trusted key":                       {before, "", client.ErrKey},
	} {
		if err := check(c.file, c.trusted); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzParseKeys(f *testing.F) {
	r := rotated{smKey(f, 1), smKey(f, 2)}
	e := rotated{edKey(f, 1), edKey(f, 2), edKey(f, 3)}
	f.Add(r[1].text + "\n" + e[0].text + "\n" + r.chain(f) + e.chain(f))
	f.Add(e[1].text)
	f.Add("netid-succession/1\n\nnetid-succession/1\n")
	f.Fuzz(func(t *testing.T, text string) {
		k, err := client.ParseKeys(text)
		if err != nil {
			if !errors.Is(err, client.ErrKey) && !errors.Is(err, client.ErrSuccession) {
				t.Fatal(err)
			}
			return
		}
		again, err := client.ParseKeys(k.String())
		if err != nil || again.String() != k.String() || again.Newest().String() != k.Newest().String() {
			t.Fatalf("%q is written as %q: %v", text, k, err)
		}
	})
}

// Nothing that a fuzzer finds leads a trusted key to one that it did not sign for.
func FuzzFollow(f *testing.F) {
	e := rotated{edKey(f, 1), edKey(f, 2), edKey(f, 3)}
	thief := edKey(f, 9)
	f.Add([]byte(e.chain(f)))
	f.Add([]byte(signed(f, statement(origin, e[0].text, thief.text, day(1)), thief)))
	f.Fuzz(func(t *testing.T, listing []byte) {
		k, err := client.ParseKeys(e[0].text)
		if err != nil {
			t.Fatal(err)
		}
		if k, err = k.Follow(listing); err != nil {
			return
		}
		if last := strings.TrimSpace(k.Newest().String()); last != e[0].text && last != e[1].text && last != e[2].text {
			t.Fatalf("led to %s", last)
		}
	})
}
