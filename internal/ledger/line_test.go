package ledger_test

import (
	"bytes"
	"encoding/base64"
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/ledger"
	"netid/internal/suite"
)

// keys is a line whose keys a test changes: newest first.
type keys struct {
	alg       string
	live      []suite.Signer
	handovers []suite.Handover
}

func edSigner(seed byte) suite.Signer { return suite.NewEdDSA(secret(seed)) }

func smSigner(t testing.TB, scalar byte) suite.Signer {
	t.Helper()
	s, err := suite.NewSM2(identity.NewSecret(identity.SM, [32]byte{31: scalar}))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (k *keys) line() ledger.Line {
	return ledger.Line{Alg: k.alg, Signers: func() []suite.Signer { return k.live }, Handovers: func() []suite.Handover { return k.handovers }}
}

// succeed makes a key the newest, at noon and so many hours.
func (k *keys) succeed(t testing.TB, next suite.Signer, hours int) {
	t.Helper()
	record, err := ledger.Successor(origin)(k.live[0], next, noon().Add(time.Duration(hours)*time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	k.live, k.handovers = append([]suite.Signer{next}, k.live...), append(k.handovers, suite.Handover{Record: record})
}

// retire ends the oldest live key, at noon and so many hours.
func (k *keys) retire(hours int, compromised bool) {
	h := &k.handovers[len(k.handovers)-len(k.live)+1]
	h.Retired, h.Compromised = noon().Add(time.Duration(hours)*time.Hour), compromised
	k.live = slices.Clone(k.live[:len(k.live)-1])
}

// dual is a ledger with both algorithms.
func dual(t testing.TB) (*ledger.Keeper, *keys, *keys) {
	t.Helper()
	e, s := &keys{alg: "EdDSA", live: []suite.Signer{edSigner(3)}}, &keys{alg: suite.AlgSM2, live: []suite.Signer{smSigner(t, 3)}}
	k := ledger.NewRotatingKeeper(secret(1), secret(2), origin, e.line(), s.line())
	if err := k.Ready(); err != nil {
		t.Fatal(err)
	}
	return k, e, s
}

func head(t testing.TB, k *ledger.Keeper, hours int) []byte {
	t.Helper()
	b, err := k.Head(grown(5).tree, noon().Add(time.Duration(hours)*time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// lines cuts a head into its text and its signature lines.
func lines(signed []byte) (text string, sigs []string) {
	text, rest, _ := strings.Cut(string(signed), "\n\n")
	return text + "\n\n", strings.SplitAfter(strings.TrimSuffix(rest, "\n"), "\n")
}

func TestHeadsCarryTwoSignatures(t *testing.T) {
	k, _, _ := dual(t)
	signed := head(t, k, 0)
	if size, _, err := k.CheckHead(signed); err != nil || size != 5 {
		t.Fatal(size, err)
	}
	// whoever has the Ed25519 key alone reads it as any note
	v, err := note.NewVerifier(k.VerifierKey())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := note.Open(signed, note.VerifierList(v)); err != nil {
		t.Error(err)
	}
	text, sigs := lines(signed)
	if len(sigs) != 2 || len(k.KeysOf(signed)) != 2 || k.KeysOf(signed)[0] != k.VerifierKey() || !k.Complete(signed) {
		t.Errorf("%q %q", sigs, k.KeysOf(signed))
	}
	for name, forged := range map[string]string{
		"Ed25519 alone": text + sigs[0] + "\n",
		"SM2 alone":     text + sigs[1],
		"none":          text,
		"the SM2 signature of another head": func() string {
			_, other := lines(head(t, k, 1))
			return text + sigs[0] + other[1]
		}(),
	} {
		if _, _, err := k.CheckHead([]byte(forged)); !fault.Because(err, "head_invalid") {
			t.Errorf("%s: %v", name, err)
		}
		if _, _, err := k.CheckRemembered([]byte(forged)); !fault.Because(err, "head_invalid") {
			t.Errorf("%s, remembered: %v", name, err)
		}
		if k.Complete([]byte(forged)) {
			t.Errorf("%s is complete", name)
		}
	}
	if _, _, err := newKeeper().CheckHead(signed); err != nil {
		t.Errorf("a line that the profile does not know: %v", err)
	}
	if _, _, err := k.CheckHead(append(bytes.Clone(signed), []byte("— witness.example/w1 AAAAAAAA\n")...)); err != nil {
		t.Errorf("a witness's line: %v", err)
	}
}

func TestTwoLineKeepersRefuse(t *testing.T) {
	e, s := &keys{alg: "EdDSA", live: []suite.Signer{edSigner(3)}}, &keys{alg: suite.AlgSM2, live: []suite.Signer{smSigner(t, 3)}}
	none, swapped := &keys{alg: suite.AlgSM2}, &keys{alg: suite.AlgSM2, live: e.live}
	stray := &keys{alg: "EdDSA", live: e.live, handovers: []suite.Handover{{Record: "no record"}}}
	elsewhere := &keys{alg: "EdDSA", live: e.live}
	record, err := ledger.Successor("id.example/other")(edSigner(4), edSigner(3), noon())
	if err != nil {
		t.Fatal(err)
	}
	elsewhere.handovers = []suite.Handover{{Record: record}}
	for name, k := range map[string]*ledger.Keeper{
		"no lines":              ledger.NewRotatingKeeper(secret(1), secret(2), origin),
		"SM2 alone":             ledger.NewRotatingKeeper(secret(1), secret(2), origin, s.line()),
		"no SM2 key":            ledger.NewRotatingKeeper(secret(1), secret(2), origin, e.line(), none.line()),
		"Ed25519 in SM2's line": ledger.NewRotatingKeeper(secret(1), secret(2), origin, e.line(), swapped.line()),
		"a record that is none": ledger.NewRotatingKeeper(secret(1), secret(2), origin, stray.line()),
		"another's record":      ledger.NewRotatingKeeper(secret(1), secret(2), origin, elsewhere.line()),
	} {
		if k.Ready() == nil || k.VerifierKey() != "" {
			t.Errorf("%s: ready", name)
		}
	}
}

func TestHeadsAcrossRotations(t *testing.T) {
	k, e, s := dual(t)
	first := k.VerifierKey()
	before := head(t, k, 0)
	for _, line := range []*keys{e, s} {
		next := edSigner(4)
		if line == s {
			next = smSigner(t, 4)
		}
		line.succeed(t, next, 1)
	}
	if k.Complete(before) || slices.Contains(k.KeysOf(before), k.VerifierKey()) || k.KeysOf(before)[0] != first {
		t.Error("a head of before is signed by the new key")
	}
	if _, _, err := k.CheckHead(before); err != nil {
		t.Error("of before, the key live:", err)
	}
	during := head(t, k, 2)
	if _, sigs := lines(during); len(sigs) != 4 || !k.Complete(during) || k.KeysOf(during)[0] != k.VerifierKey() || k.VerifierKey() == first {
		t.Errorf("%q", sigs)
	}
	if listing := k.Keys(before); listing != strings.Join(k.KeysOf(before), "\n")+"\n" {
		t.Error("the listing leads to keys that have not signed yet:", listing)
	}
	v, err := note.NewVerifier(first)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := note.Open(during, note.VerifierList(v)); err != nil {
		t.Error("who holds the former key:", err)
	}
	if without := k.Without(e.live[1].KeyID()); without.Ready() != nil {
		t.Error(without.Ready())
	} else if _, _, err := without.CheckHead(before); !fault.Because(err, "head_invalid") {
		t.Error("before hangs by the former key, and passes without it:", err)
	} else if _, _, err := without.CheckHead(during); err != nil {
		t.Error(err)
	}
	listing := k.Keys(during)
	if strings.Count(listing, "netid-succession/1\n") != 2 || !strings.HasPrefix(listing, strings.Join(k.KeysOf(during), "\n")+"\n") {
		t.Error(listing)
	}
	for _, compromised := range []bool{false, true} {
		k, e, s := dual(t)
		e.succeed(t, edSigner(4), 1)
		during := head(t, k, 2)
		early, late := func() (a, b []byte) { // as a thief of the former key would sign, who also has the SM2 key
			only, _, _ := dual(t)
			return head(t, only, 2), head(t, only, 50)
		}()
		e.retire(10, compromised)
		after := head(t, k, 11)
		if _, sigs := lines(after); len(sigs) != 2 {
			t.Errorf("a retired key signs: %q", sigs)
		}
		for name, c := range map[string]struct {
			head            []byte
			own, remembered bool
		}{
			"after":                             {after, true, true},
			"during":                            {during, true, true},
			"before":                            {before, !compromised, true},
			"by the former key, dated early":    {early, !compromised, true},
			"by the former key, dated too late": {late, false, false},
		} {
			if _, _, err := k.CheckHead(c.head); (err == nil) != c.own {
				t.Errorf("compromised %v, %s: %v", compromised, name, err)
			}
			if _, _, err := k.CheckRemembered(c.head); (err == nil) != c.remembered {
				t.Errorf("compromised %v, %s, remembered: %v", compromised, name, err)
			}
		}
		if len(s.live) != 1 || !strings.Contains(k.Keys(after), "old "+first) {
			t.Error("the record is gone with the key")
		}
	}
}

// A head without a time says nothing about when a retired key signed it.
func TestARetiredKeyNeedsATime(t *testing.T) {
	e := &keys{alg: "EdDSA", live: []suite.Signer{newEd(3)}}
	k := ledger.NewRotatingKeeper(secret(1), secret(2), origin, e.line())
	text := origin + "\n5\n" + base64.StdEncoding.EncodeToString(make([]byte, 32)) + "\n"
	heads := map[string]bool{text: false, text + "time soon\n": false, text + "time 2026-03-01T04:00:00Z\ntime 2026-03-01T04:00:00Z\n": false, text + "time 2026-03-01T04:00:00Z\n": true}
	signed := map[string][]byte{}
	for text := range heads {
		b, err := note.Sign(&note.Note{Text: text}, noteOf(t, newEd(3)))
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := k.CheckHead(b); err != nil {
			t.Fatalf("control: %v", err)
		}
		signed[text] = b
	}
	e.succeed(t, edSigner(4), 1)
	e.retire(2, false)
	for text, good := range heads {
		if _, _, err := k.CheckHead(signed[text]); (err == nil) != good {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// A live key that was there before the head and has not signed it was taken
// out of it, or was never taken over; one that came since is no matter.
func TestVerifyMissesAKeyInForce(t *testing.T) {
	k, e, s := dual(t)
	m := newMemory()
	m.keeper = k
	m.filler(5)
	verify := func() ledger.Report {
		t.Helper()
		r, err := ledger.Verify(t.Context(), m, k)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	if r := verify(); !r.OK() {
		t.Fatalf("control: %+v", r)
	}
	e.succeed(t, edSigner(4), 0) // at the head's own time
	s.succeed(t, smSigner(t, 4), 1)
	if r := verify(); !r.OK() {
		t.Errorf("keys that came since: %+v", r)
	}
	var err error
	if m.head, err = k.Head(m.tree, noon().Add(2*time.Hour)); err != nil {
		t.Fatal(err)
	}
	if r := verify(); !r.OK() {
		t.Errorf("signed by all: %+v", r)
	}
	text, sigs := lines(m.head)
	if len(sigs) != 4 {
		t.Fatal(sigs)
	}
	for i := range sigs {
		rest := slices.Delete(slices.Clone(sigs), i, i+1)
		m.head = []byte(strings.TrimSuffix(text+strings.Join(rest, ""), "\n") + "\n")
		if p, bad := verify().First(); !bad || p.Index != -1 || !strings.Contains(p.What, "lacks the signature") {
			t.Errorf("line %d taken away: %+v", i, p)
		}
		if k.Complete(m.head) {
			t.Errorf("line %d taken away: complete", i)
		}
	}
}

// A stolen former key, still live, must not sign alone by leaving the time out.
func TestVerifyMissesAKeyThatAHeadWithoutATimeLacks(t *testing.T) {
	e := &keys{alg: "EdDSA", live: []suite.Signer{newEd(3)}}
	k := ledger.NewRotatingKeeper(secret(1), secret(2), origin, e.line())
	m := newMemory()
	m.keeper = k
	m.filler(5)
	root := m.tree.Root()
	e.succeed(t, edSigner(4), 1)
	for _, stamp := range []string{"", "time soon\n", "time 2026-03-01T07:00:00Z\n"} {
		var err error
		m.head, err = note.Sign(&note.Note{Text: origin + "\n5\n" + base64.StdEncoding.EncodeToString(root[:]) + "\n" + stamp}, noteOf(t, newEd(3)))
		if err != nil {
			t.Fatal(err)
		}
		r, err := ledger.Verify(t.Context(), m, k)
		if err != nil {
			t.Fatal(err)
		}
		if p, bad := r.First(); !bad || p.Index != -1 || !strings.Contains(p.What, "lacks the signature") {
			t.Errorf("%q: %+v", stamp, r.Problems)
		}
	}
}

// A head has one form: the note package reads bits of a signature's base64 that
// stand for nothing.
func TestAHeadHasOneForm(t *testing.T) {
	k := newKeeper()
	good := head(t, k, 0)
	at := len(good) - len("=\n") - 1
	const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	other := bytes.Clone(good)
	other[at] = digits[strings.IndexByte(digits, good[at])^1]
	v, err := note.NewVerifier(k.VerifierKey())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := note.Open(other, note.VerifierList(v)); err != nil {
		t.Fatal("control:", err)
	}
	if _, _, err := k.CheckHead(other); !fault.Because(err, "head_invalid") {
		t.Error(err)
	}
}

// OpenSSL reads the SM2 line: key, identifier, DER.
func TestOpenSSLChecksTheSM2Line(t *testing.T) {
	tool, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("no openssl on this machine")
	}
	k, _, _ := dual(t)
	text, sigs := lines(head(t, k, 0))
	sig, err := base64.StdEncoding.DecodeString(strings.Fields(sigs[1])[2])
	if err != nil {
		t.Fatal(err)
	}
	public, err := base64.StdEncoding.DecodeString(strings.SplitN(k.KeysOf(head(t, k, 0))[1], "+", 3)[2])
	if err != nil {
		t.Fatal(err)
	}
	point := public[len(public)-65:]
	// SubjectPublicKeyInfo: id-ecPublicKey, the curve 1.2.156.10197.1.301, the point
	spki := append([]byte("\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x81\x1c\xcf\x55\x01\x82\x2d\x03\x42\x00"), point...)
	dir := t.TempDir()
	file := func(name string, b []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	key := file("key.pem", pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: spki}))
	for message, good := range map[string]bool{strings.TrimSuffix(text, "\n"): true, text: false} {
		out, err := exec.Command(tool, "pkeyutl", "-verify", "-pubin", "-inkey", key, "-rawin", "-digest", "sm3", "-pkeyopt", "distid:1234567812345678",
			"-in", file("text", []byte(message)), "-sigfile", file("sig", sig[4:])).CombinedOutput()
		if (err == nil) != good {
			t.Errorf("%q: %v %s", message, err, out)
		}
	}
}

func FuzzCheckHeadOfTwoLines(f *testing.F) {
	k, _, _ := dual(f)
	good := head(f, k, 0)
	f.Add(good)
	f.Add([]byte(origin + "\n0\n\n\n— " + origin + " AAAAAAA=\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, _, err := k.CheckHead(b); err == nil && !bytes.HasPrefix(b, good[:bytes.Index(good, []byte("\n\n"))]) {
			t.Fatalf("%q passes", b)
		}
	})
}

// Signing by both algorithms, and by a former key of each beside it, against
// BenchmarkHead.
func BenchmarkHeadOfTwoLines(b *testing.B) {
	k, e, s := dual(b)
	for _, name := range []string{"1 key each", "2 keys each"} {
		if name == "2 keys each" {
			e.succeed(b, edSigner(4), 0)
			s.succeed(b, smSigner(b, 4), 0)
		}
		tree := grown(1000).tree
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := k.Head(tree, noon()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkCheckHeadOfTwoLines(b *testing.B) {
	k, _, _ := dual(b)
	signed := head(b, k, 0)
	for b.Loop() {
		if _, _, err := k.CheckHead(signed); err != nil {
			b.Fatal(err)
		}
	}
}
