package witness_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"netid/client"
	"netid/internal/tool/witness"
)

const origin = "netid.ledger"

// ledger is a log by the Go module database's own tree code.
type ledger struct {
	t      testing.TB
	signer note.Signer
	key    string
	hashes []tlog.Hash
	sizes  int64
}

func newLedger(t testing.TB, seed byte, name string) *ledger {
	secret, key, err := note.GenerateKey(bytes.NewReader(bytes.Repeat([]byte{seed}, 64)), name)
	must(t, err)
	signer, err := note.NewSigner(secret)
	must(t, err)
	return &ledger{t: t, signer: signer, key: key}
}

func (l *ledger) ReadHashes(at []int64) ([]tlog.Hash, error) {
	all := make([]tlog.Hash, len(at))
	for i, x := range at {
		all[i] = l.hashes[x]
	}
	return all, nil
}

func (l *ledger) grow(to int64, as string) *ledger {
	for ; l.sizes < to; l.sizes++ {
		leaf := sha256.Sum256(fmt.Appendf(nil, "%s %d", as, l.sizes))
		h, err := tlog.StoredHashes(l.sizes, leaf[:], l)
		must(l.t, err)
		l.hashes = append(l.hashes, h...)
	}
	return l
}

func (l *ledger) head(n int64) []byte {
	root, err := tlog.TreeHash(n, l)
	must(l.t, err)
	if n == 0 {
		root = sha256.Sum256(nil)
	}
	return l.sign(fmt.Sprintf("%s\n%d\n%s\ntime 2026-03-01T04:00:00Z\n", l.signer.Name(), n, base64.StdEncoding.EncodeToString(root[:])))
}

func (l *ledger) sign(text string) []byte {
	b, err := note.Sign(&note.Note{Text: text}, l.signer)
	must(l.t, err)
	return b
}

func (l *ledger) proof(from, to int64) (path [][]byte) {
	if from == 0 || from == to {
		return nil
	}
	p, err := tlog.ProveTree(to, from, l)
	must(l.t, err)
	for _, h := range p {
		path = append(path, h[:])
	}
	return path
}

// serve is the log's first n entries as tlog-tiles.
func (l *ledger) serve(n int64) client.Fetch {
	return func(_ context.Context, path string) ([]byte, error) {
		if path == "checkpoint" {
			return l.head(n), nil
		}
		at, err := tlog.ParseTilePath("tile/8/" + strings.TrimPrefix(path, "tile/"))
		if err != nil {
			return nil, err
		}
		return tlog.ReadTileData(at, l)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func now() time.Time { return time.Unix(1_700_000_000, 0) }

type watched struct {
	*witness.Witness
	key  witness.Key
	path string
	open *witness.Memory
}

func watch(t testing.TB, l *ledger) *watched {
	key, err := witness.NewKey("witness.example/w1")
	must(t, err)
	path := filepath.Join(t.TempDir(), "state")
	m, err := witness.NewMemory(path, l.key)
	must(t, err)
	w := &watched{witness.New(key, m, now), key, path, m}
	t.Cleanup(func() { w.open.Close() })
	return w
}

// again is the witness after its process ended at this moment.
func (w *watched) again(t testing.TB) {
	t.Helper()
	w.open.Close()
	m, err := witness.OpenMemory(w.path)
	must(t, err)
	w.open, w.Witness = m, witness.New(w.key, m, now)
}

func body(old int64, proof [][]byte, head []byte) string {
	var b strings.Builder
	fmt.Fprintf(&b, "old %d\n", old)
	for _, h := range proof {
		b.WriteString(base64.StdEncoding.EncodeToString(h) + "\n")
	}
	return b.String() + "\n" + string(head)
}

func (w *watched) post(t testing.TB, body string) *http.Response {
	t.Helper()
	rec := httptest.NewRecorder()
	w.Handler(quiet()).ServeHTTP(rec, httptest.NewRequest("POST", "/add-checkpoint", strings.NewReader(body)))
	return rec.Result()
}

func text(t testing.TB, r *http.Response) string {
	b, err := io.ReadAll(r.Body)
	must(t, err)
	return string(b)
}

func quiet() *slog.Logger { return slog.New(slog.NewTextHandler(io.Discard, nil)) }

// The whole conversation: first head, growth, the same head again, and after
// each the memory on disk is what was signed.
func TestAddCheckpoint(t *testing.T) {
	l := newLedger(t, 1, origin).grow(700, "a")
	w := watch(t, l)
	old := int64(0)
	for _, n := range []int64{0, 3, 3, 256, 257, 700} {
		head := l.head(n)
		r := w.post(t, body(old, l.proof(old, n), head))
		line := text(t, r)
		if r.StatusCode != 200 || strings.Count(line, "\n") != 1 {
			t.Fatalf("%d to %d: %s %q", old, n, r.Status, line)
		}
		h, at, err := client.CheckCosigned(append(head, line...), l.key, w.Key())
		if err != nil || h.Size != uint64(n) || !at.Equal(now()) {
			t.Fatalf("%d: %+v %v %v", n, h, at, err)
		}
		w.again(t)
		if got, note := w.Head(); got != h || string(note) != string(head)+line {
			t.Fatalf("%d: not what is remembered: %+v %q", n, got, note)
		}
		old = n
	}
	rec := httptest.NewRecorder()
	w.Handler(quiet()).ServeHTTP(rec, httptest.NewRequest("GET", "/checkpoint", nil))
	if _, _, err := client.CheckCosigned(rec.Body.Bytes(), l.key, w.Key()); rec.Code != 200 || err != nil {
		t.Errorf("GET /checkpoint: %d %v", rec.Code, err)
	}
}

func TestAddCheckpointRefuses(t *testing.T) {
	l := newLedger(t, 1, origin).grow(700, "a")
	fork := newLedger(t, 1, origin).grow(200, "a").grow(700, "b")
	stranger, other := newLedger(t, 2, origin).grow(700, "a"), newLedger(t, 1, "else.ledger").grow(700, "a")
	w := watch(t, l)
	if r := w.post(t, body(0, nil, l.head(300))); r.StatusCode != 200 {
		t.Fatal(r.Status)
	}
	bad := l.proof(300, 600)
	bad[1] = bytes.Clone(bad[1])
	bad[1][0] ^= 1
	good := body(300, l.proof(300, 600), l.head(600))
	for name, c := range map[string]struct {
		body   string
		status int
	}{
		"old size of another": {body(299, l.proof(299, 600), l.head(600)), 409},
		"old size of nothing": {body(0, nil, l.head(600)), 409},
		"rollback":            {body(300, nil, l.head(200)), 400},
		"rollback, asked so":  {body(200, nil, l.head(200)), 409},
		"fork, same size":     {body(300, nil, fork.head(300)), 409},
		"fork, its own proof": {body(300, fork.proof(300, 600), fork.head(600)), 422},
		"fork, the log's":     {body(300, l.proof(300, 600), fork.head(600)), 422},
		"proof altered":       {body(300, bad, l.head(600)), 422},
		"proof missing":       {body(300, nil, l.head(600)), 422},
		"proof cut":           {body(300, bad[:2], l.head(600)), 422},
		"proof of the same":   {body(300, bad, l.head(300)), 422},
		"another key":         {body(300, l.proof(300, 600), stranger.head(600)), 403},
		"no signature":        {body(300, l.proof(300, 600), bytes.SplitAfter(l.head(600), []byte("\n\n"))[0]), 403},
		"another ledger":      {body(300, l.proof(300, 600), other.head(600)), 404},
		"nothing":             {"", 400},
		"no head":             {"old 300\n", 400},
		"old in words":        {strings.Replace(good, "old 300", "old many", 1), 400},
		"old with zeros":      {strings.Replace(good, "old 300", "old 0300", 1), 400},
		"old with a sign":     {strings.Replace(good, "old 300", "old +300", 1), 400},
		"no old":              {strings.Replace(good, "old 300\n", "", 1), 400},
		"a hash too short":    {strings.Replace(good, "old 300\n", "old 300\nAAAA\n", 1), 400},
		"64 hashes":           {body(300, make64(), l.head(600)), 400},
		"too long":            {good + strings.Repeat("x", 20000) + "\n", 400},
		"no end of line":      {strings.TrimSuffix(good, "\n"), 400},
	} {
		t.Run(name, func(t *testing.T) {
			r := w.post(t, c.body)
			said := text(t, r)
			if r.StatusCode != c.status || strings.Contains(said, "—") {
				t.Fatalf("%s %q, want %d", r.Status, said, c.status)
			}
			if c.status == 409 && (said != "300\n" || r.Header.Get("Content-Type") != "text/x.tlog.size") {
				t.Errorf("409 says %q as %s", said, r.Header.Get("Content-Type"))
			}
			if h, _ := w.Head(); h.Size != 300 {
				t.Errorf("it remembers %d now", h.Size)
			}
		})
	}
	evidence, err := os.ReadFile(w.path + ".fork")
	if err != nil || !bytes.Contains(evidence, fork.head(300)) || !bytes.HasPrefix(evidence, l.head(300)) {
		t.Errorf("the fork of the same size left no evidence: %v", err)
	}
	if r := w.post(t, good); r.StatusCode != 200 {
		t.Errorf("after all that, the honest head: %s", r.Status)
	}
	empty := watch(t, l)
	for name, c := range map[string]struct {
		body   string
		status int
	}{
		"a proof from nothing": {body(0, l.proof(300, 600), l.head(600)), 422},
		"a tree of nothing":    {body(0, nil, l.sign(origin+"\n0\n"+base64.StdEncoding.EncodeToString(make([]byte, 32))+"\n")), 422},
	} {
		if r := empty.post(t, c.body); r.StatusCode != c.status {
			t.Errorf("%s: %s", name, r.Status)
		}
	}
}

func make64() (all [][]byte) {
	for range 64 {
		all = append(all, make([]byte, 32))
	}
	return all
}

// What cannot be remembered is not signed.
func TestRemembersBeforeItSigns(t *testing.T) {
	l := newLedger(t, 1, origin).grow(20, "a")
	w := watch(t, l)
	if r := w.post(t, body(0, nil, l.head(5))); r.StatusCode != 200 {
		t.Fatal(r.Status)
	}
	must(t, os.Mkdir(w.path+".new", 0o700)) // where the new file would be written first
	r := w.post(t, body(5, l.proof(5, 9), l.head(9)))
	if said := text(t, r); r.StatusCode != 500 || strings.Contains(said, "—") {
		t.Fatalf("%s %q", r.Status, said)
	}
	if h, _ := w.Head(); h.Size != 5 {
		t.Errorf("in memory it is at %d", h.Size)
	}
	must(t, os.Remove(w.path+".new"))
	must(t, os.WriteFile(w.path+".new", []byte("{torn"), 0o600)) // a power cut in the middle of writing
	w.again(t)
	if h, _ := w.Head(); h.Size != 5 {
		t.Errorf("on disk it is at %d", h.Size)
	}
	if r := w.post(t, body(5, l.proof(5, 9), l.head(9))); r.StatusCode != 200 {
		t.Errorf("with the disk back: %s", r.Status)
	}
}

// Two histories submitted at once: whichever comes first is the only one.
func TestOneHistoryUnderRace(t *testing.T) {
	l, fork := newLedger(t, 1, origin).grow(60, "a"), newLedger(t, 1, origin).grow(60, "b")
	w := watch(t, l)
	var wait sync.WaitGroup
	codes := make([]int, 40)
	for i := range codes {
		from := []*ledger{l, fork}[i%2]
		wait.Go(func() { codes[i] = w.post(t, body(0, nil, from.head(int64(20+i)))).StatusCode })
	}
	wait.Wait()
	signed := 0
	for _, c := range codes {
		if c == 200 {
			signed++
		} else if c != 409 {
			t.Errorf("an answer of %d", c)
		}
	}
	if signed != 1 {
		t.Errorf("%d first heads were signed", signed)
	}
}

func TestPoll(t *testing.T) {
	l := newLedger(t, 1, origin).grow(700, "a")
	fork := newLedger(t, 1, origin).grow(200, "a").grow(700, "b")
	w := watch(t, l)
	for _, n := range []int64{1, 255, 300, 300} {
		must(t, w.Poll(t.Context(), l.serve(n)))
		w.again(t)
		h, note := w.Head()
		if _, _, err := client.CheckCosigned(note, l.key, w.Key()); err != nil || h.Size != uint64(n) {
			t.Fatalf("%d: %+v %v", n, h, err)
		}
	}
	for name, c := range map[string]struct {
		fetch client.Fetch
		why   error
	}{
		"rollback":        {l.serve(299), client.ErrRollback},
		"fork":            {fork.serve(600), client.ErrFork},
		"fork, same size": {fork.serve(300), client.ErrFork},
		"another key":     {newLedger(t, 2, origin).grow(700, "a").serve(600), client.ErrHead},
		"out of reach":    {func(context.Context, string) ([]byte, error) { return nil, io.ErrUnexpectedEOF }, io.ErrUnexpectedEOF},
	} {
		if err := w.Poll(t.Context(), c.fetch); !errors.Is(err, c.why) {
			t.Errorf("%s: %v", name, err)
		}
		if h, _ := w.Head(); h.Size != 300 {
			t.Fatalf("%s: it signed %d", name, h.Size)
		}
	}
	if _, err := os.Stat(w.path + ".fork"); err != nil {
		t.Errorf("no evidence: %v", err)
	}
	must(t, w.Poll(t.Context(), l.serve(700)))
	if h, _ := w.Head(); h.Size != 700 {
		t.Errorf("the honest ledger is at 700, the witness at %d", h.Size)
	}
}

func TestFollowOverHTTP(t *testing.T) {
	l := newLedger(t, 1, origin).grow(300, "a")
	var mu sync.Mutex
	size := int64(10)
	s := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		b, err := l.serve(size)(r.Context(), strings.TrimPrefix(r.URL.Path, "/ledger/"))
		if err != nil {
			http.Error(out, "none", http.StatusNotFound)
			return
		}
		out.Write(b)
	}))
	defer s.Close()
	w := watch(t, l)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		w.Follow(ctx, witness.Web(s.URL+"/ledger/", s.Client()), 5*time.Millisecond, quiet())
		close(done)
	}()
	for _, n := range []int64{10, 290} {
		mu.Lock()
		size = n
		mu.Unlock()
		for until := time.Now().Add(10 * time.Second); ; time.Sleep(2 * time.Millisecond) {
			if h, _ := w.Head(); h.Size == uint64(n) {
				break
			}
			if time.Now().After(until) {
				t.Fatalf("it never came to %d", n)
			}
		}
	}
	stop()
	<-done
	if _, err := witness.Web(s.URL+"/nowhere", s.Client())(t.Context(), "checkpoint"); err == nil {
		t.Error("a 404 is no answer")
	}
}

func TestMemoryRefuses(t *testing.T) {
	l := newLedger(t, 1, origin).grow(5, "a")
	path := filepath.Join(t.TempDir(), "state")
	if _, err := witness.NewMemory(path, "no key"); err == nil {
		t.Error("a memory about no ledger")
	}
	m, err := witness.NewMemory(path, l.key)
	must(t, err)
	if !m.Empty() || m.LogKey() != l.key {
		t.Error("a new memory remembers something")
	}
	if _, err := witness.OpenMemory(path); err == nil {
		t.Error("two witnesses with one memory")
	}
	must(t, m.Close())
	if _, err := witness.NewMemory(path, l.key); err == nil {
		t.Error("a memory was made over another")
	}
	whole, err := os.ReadFile(path)
	must(t, err)
	for name, b := range map[string]string{
		"nothing": "", "torn": string(whole[:len(whole)/2]), "unknown member": strings.Replace(string(whole), `{`, `{"x":1,`, 1),
		"another key": `{"log":"x","head":""}`, "unsigned head": strings.Replace(string(whole), `"head":""`, `"head":"x\n1\n"`, 1),
	} {
		must(t, os.WriteFile(path, []byte(b), 0o600))
		if m, err := witness.OpenMemory(path); err == nil {
			m.Close()
			t.Errorf("%s: opened", name)
		}
	}
	if _, err := witness.OpenMemory(path + "none"); err == nil {
		t.Error("a memory that is not there")
	}
}

func TestKeys(t *testing.T) {
	k, err := witness.NewKey("witness.example/w1")
	must(t, err)
	again, err := witness.ParseKey(k.Bytes())
	if err != nil || again.Verifier() != k.Verifier() {
		t.Errorf("%v", err)
	}
	if s := fmt.Sprintf("%v %+v %#v %s", k, k, k, k); strings.Count(s, "[witness key]") != 4 {
		t.Errorf("a key prints %q", s)
	}
	for _, name := range []string{"", "a b", "a+b", "a\nb"} {
		if _, err := witness.NewKey(name); err == nil {
			t.Errorf("%q is a name", name)
		}
	}
	for _, b := range []string{"", "PRIVATE+KEY+x+00000000+AAAA", string(k.Bytes()[:40]), k.Verifier()} {
		if _, err := witness.ParseKey([]byte(b)); err == nil {
			t.Errorf("%q is a key", b)
		}
	}
}

func FuzzAddCheckpoint(f *testing.F) {
	l := newLedger(f, 1, origin).grow(20, "a")
	f.Add(body(0, nil, l.head(5)))
	f.Add(body(5, l.proof(5, 9), l.head(9)))
	w := watch(f, l)
	f.Fuzz(func(t *testing.T, s string) {
		before, _ := w.Head()
		r := w.post(t, s)
		after, note := w.Head()
		if r.StatusCode == 200 {
			if _, _, err := client.CheckCosigned(note, l.key, w.Key()); err != nil || after.Size < before.Size {
				t.Fatalf("%v, %d after %d", err, after.Size, before.Size)
			}
		} else if after != before {
			t.Fatal("a refusal moved the memory")
		}
	})
}
