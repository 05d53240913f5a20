package keys_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"netid/client"
	sandboxtest "netid/test/sandbox"
	"netid/test/visitor"
)

// fetch gets a resource of a ledger.
func fetch(prefix string) client.Fetch {
	c := &http.Client{Timeout: 10 * time.Second}
	return func(ctx context.Context, path string) ([]byte, error) {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, prefix+path, nil)
		if err != nil {
			return nil, err
		}
		answer, err := c.Do(r)
		if err != nil {
			return nil, err
		}
		defer answer.Body.Close()
		b, err := io.ReadAll(answer.Body)
		if err == nil && answer.StatusCode != http.StatusOK {
			err = fmt.Errorf("%s: %s", path, answer.Status)
		}
		return b, err
	}
}

// startWitness runs a witness beside the server and gives its address and what
// it prints.
func startWitness(t *testing.T, s *sandboxtest.Sandbox, args ...string) (prefix string, logged func() string) {
	t.Helper()
	dir := t.TempDir()
	cmd := exec.Command(sandboxtest.Binary(t), append([]string{"witness", "--log", s.URL + "/ledger", "--key", filepath.Join(dir, "key"),
		"--state", filepath.Join(dir, "state"), "--name", "witness.example/w1", "--listen", "127.0.0.1:0", "--poll", "50ms"}, args...)...)
	var mu sync.Mutex // guards log
	var log strings.Builder
	cmd.Stderr = writer(func(b []byte) { mu.Lock(); defer mu.Unlock(); log.Write(b) })
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Signal(syscall.SIGTERM); cmd.Wait() })
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if address, ok := strings.CutPrefix(lines.Text(), "witness: "); ok {
			return address + "/", func() string { mu.Lock(); defer mu.Unlock(); return log.String() }
		}
	}
	t.Fatalf("the witness does not start: %s", log.String())
	return "", nil
}

type writer func([]byte)

func (w writer) Write(b []byte) (int, error) { w(b); return len(b), nil }

// follower checks the public ledger again and again, as somebody who trusts
// the first key, somebody who starts afresh, and somebody who remembers a head.
type follower struct {
	log    client.Log
	last   client.Head
	checks int
	keys   map[string]bool
}

func (f *follower) round(ctx context.Context) error {
	if _, _, err := f.log.Head(ctx); err != nil {
		return fmt.Errorf("by the first key: %w", err)
	}
	listing, err := f.log.Fetch(ctx, "keys")
	if err != nil {
		return err
	}
	fresh, err := client.ParseKeys(string(listing))
	if err != nil {
		return fmt.Errorf("afresh: %w", err)
	}
	newest, _, err := client.Log{Key: fresh.Newest().String(), Fetch: f.log.Fetch}.Head(ctx)
	if err != nil {
		return fmt.Errorf("afresh, by %s: %w", fresh.Newest(), err)
	}
	named, err := f.log.Fetch(ctx, "key")
	if err != nil {
		return err
	}
	head, err := f.log.Fetch(ctx, "head")
	if err != nil {
		return err
	}
	if _, err := client.CheckHead(head, strings.TrimSpace(string(named))); err != nil {
		return fmt.Errorf("by the key that is named, %s: %w", named, err)
	}
	followed, _, _, err := f.log.Follow(ctx, f.last)
	if err != nil {
		return fmt.Errorf("from %d entries: %w", f.last.Size, err)
	}
	if newest.Size > f.last.Size {
		f.last = followed
	}
	f.keys[strings.TrimSpace(fresh.Newest().String())] = true
	f.checks++
	return nil
}

func TestTheLedgersKeyRotatesUnderLoad(t *testing.T) {
	t.Parallel()
	s := sandboxtest.Start(t)
	must := func(args ...string) string {
		t.Helper()
		out, errs, code := s.Run(args...)
		if code != 0 {
			t.Fatalf("%v: %s%s", args, out, errs)
		}
		return out
	}
	kept := func(name, text string) string {
		t.Helper()
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	must("party", "add", "--server", s.URL, "--id", "loaded", "--name", "Party under Load", "--redirect-uri", "http://127.0.0.1:4412/callback", "--public")
	provider, err := oidc.NewProvider(oidc.ClientContext(t.Context(), &http.Client{Timeout: 10 * time.Second}), s.URL)
	if err != nil {
		t.Fatal(err)
	}
	l := &load{t: t, verifier: provider.Verifier(&oidc.Config{ClientID: "loaded", SupportedSigningAlgs: []string{oidc.ES256}}),
		party: &visitor.Party{ID: "loaded", Redirect: "http://127.0.0.1:4412/callback", Browser: visitor.New(s.URL)}, kids: map[string]bool{}}
	c, err := visitor.NewCitizen(s.URL, "trial-1-card", "10077700000")
	if err == nil {
		err = c.Enrol()
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := l.round(c); err != nil {
		t.Fatal(err)
	}
	public := fetch(s.URL + "/ledger/")
	b, err := public(t.Context(), "key")
	if err != nil {
		t.Fatal(err)
	}
	first := strings.TrimSpace(string(b))
	oldHead, oldExport := kept("head", must("ledger", "head", "--data", s.Data)), ""
	export := func() string {
		t.Helper()
		a, err := c.Get("/data/export")
		if err != nil || a.Status != http.StatusOK {
			t.Fatal(a, err)
		}
		return kept("export.json", a.Body)
	}
	oldExport = export()
	witness, logged := startWitness(t, s, "--log-key", first)

	stop := make(chan struct{})
	all := l.run([]*visitor.Citizen{c}, stop)
	f := &follower{log: client.Log{Key: first, Fetch: public}, keys: map[string]bool{}}
	all.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
			}
			if err := f.round(t.Context()); err != nil {
				t.Error(err)
				return
			}
		}
	})
	for range 3 {
		must("keys", "rotate", "ledger", "--data", s.Data)
		time.Sleep(1200 * time.Millisecond)
	}
	time.Sleep(3500 * time.Millisecond) // the last one is announced, and then named
	close(stop)
	all.Wait()
	t.Logf("%d answers, %d checks of the ledger under %d keys", l.rounds.Load(), f.checks, len(f.keys))
	if l.rounds.Load() < 5 || f.checks < 20 || len(f.keys) < 3 {
		t.Error("nothing was proven")
	}

	// the first key is stolen: from now on it is worth nothing, and what it signed before still checks
	ids := listed(must("keys", "list", "--data", s.Data), "ledger")
	if len(ids) != 4 {
		t.Fatalf("%q", ids)
	}
	if out, errs, code := s.Run("keys", "retire", ids[0], "--data", s.Data); code == 0 || !strings.Contains(errs, "key_overlap") {
		t.Errorf("retired before its time: %s%s", out, errs)
	}
	must("keys", "retire", ids[0], "--compromised", "--data", s.Data)
	time.Sleep(time.Second)
	if err := l.round(c); err != nil {
		t.Fatal(err)
	}
	if _, _, err := f.log.Head(t.Context()); !errors.Is(err, client.ErrHead) {
		t.Errorf("a retired key signs: %v", err)
	}
	keys, err := f.log.Keys(t.Context())
	if err != nil || keys.Changes() != 3 {
		t.Fatal(keys, err)
	}
	now, _, _, err := client.Log{Key: keys.String(), Fetch: public}.Follow(t.Context(), f.last)
	if err != nil {
		t.Errorf("who trusted the first key is led on: %v", err)
	}
	newExport := export()
	for name, c := range map[string]struct {
		code int
		args []string
	}{
		"verify, a head of the first key":             {0, []string{"ledger", "verify", "--data", s.Data, "--head", oldHead}},
		"an old file, by the key it was taken under":  {0, []string{"ledger", "check", oldExport, "--key", first}},
		"an old file, at the server":                  {0, []string{"ledger", "check", oldExport, "--key", first, "--server", s.URL, "--head", oldHead}},
		"an old file, by today's key, at the server":  {0, []string{"ledger", "check", oldExport, "--key", strings.TrimSpace(keys.Newest().String()), "--server", s.URL}},
		"an old file, by the kept listing":            {0, []string{"ledger", "check", oldExport, "--key", kept("keys", keys.String())}},
		"a new file, by the first key":                {1, []string{"ledger", "check", newExport, "--key", first}},
		"a new file, by the first key, at the server": {0, []string{"ledger", "check", newExport, "--key", first, "--server", s.URL, "--head", oldHead}},
	} {
		if out, errs, code := s.Run(c.args...); code != c.code || code == 0 && strings.Contains(strings.Join(c.args, " "), "--server") && !strings.Contains(out, "key changed (3)") {
			t.Errorf("%s: exit %d\n%s%s", name, code, out, errs)
		}
	}

	// the witness that pinned the first key cosigned all along, and does so now
	b, err = fetch(witness)(t.Context(), "key")
	if err != nil {
		t.Fatal(err)
	}
	seen := func() (h client.Head, err error) {
		signed, err := fetch(witness)(t.Context(), "checkpoint")
		if err == nil {
			h, _, err = client.CheckCosigned(signed, keys.Newest().String(), strings.TrimSpace(string(b)))
		}
		return h, err
	}
	h, err := seen()
	for deadline := time.Now().Add(10 * time.Second); (err != nil || h.Size < now.Size) && time.Now().Before(deadline); h, err = seen() {
		time.Sleep(20 * time.Millisecond)
	}
	if err != nil || h.Size < now.Size {
		t.Errorf("the witness stands at %d of %d: %v\n%s", h.Size, now.Size, err, logged())
	}
	if strings.Contains(logged(), "level=ERROR") || strings.Contains(s.Output(), "level=ERROR") {
		t.Errorf("complaints:\n%s\n%s", logged(), s.Output())
	}
	s.Restart()
	if out, errs, code := s.Run("ledger", "verify", "--data", s.Data, "--head", oldHead); code != 0 {
		t.Errorf("after a restart: %s%s", out, errs)
	}
}

// listed gives the ids of a use, oldest first.
func listed(list, use string) (ids []string) {
	for _, line := range strings.Split(list, "\n") {
		if f := strings.Fields(line); len(f) > 1 && f[1] == use {
			ids = append(ids, f[0])
		}
	}
	return ids
}

// A key is not retired while the newest head hangs by it: the server was
// stopped, so nobody has signed with the new one yet.
func TestAKeyThatTheHeadHangsByStays(t *testing.T) {
	t.Parallel()
	s := sandboxtest.Start(t)
	if out, errs, code := s.Run("party", "add", "--server", s.URL, "--id", "p", "--name", "p", "--redirect-uri", "http://127.0.0.1:4412/callback", "--public"); code != 0 {
		t.Fatal(out, errs)
	}
	s.Stop()
	if out, errs, code := s.Run("keys", "rotate", "ledger", "--data", s.Data); code != 0 {
		t.Fatal(out, errs)
	}
	out, _, _ := s.Run("keys", "list", "--data", s.Data)
	first := listed(out, "ledger")[0]
	for _, id := range []string{first, first[:8]} {
		if out, errs, code := s.Run("keys", "retire", id, "--compromised", "--data", s.Data); code != 1 || !strings.Contains(errs, "not yet signed by the key that follows") {
			t.Errorf("%d %s%s", code, out, errs)
		}
	}
	if out, errs, code := s.Run("ledger", "verify", "--data", s.Data); code != 0 { // the new key is younger than the head
		t.Error(out, errs)
	}
	s.Restart()
	if out, errs, code := s.Run("keys", "retire", first, "--compromised", "--data", s.Data); code != 0 {
		t.Error(out, errs)
	}
	s.Restart()
	if out, errs, code := s.Run("ledger", "verify", "--data", s.Data); code != 0 {
		t.Error(out, errs)
	}
}
