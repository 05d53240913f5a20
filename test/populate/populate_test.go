// Package populate_test lets a small population come, kills it on its way, and
// looks whether everybody is there once and can do what people do.
package populate_test

import (
	"bufio"
	"context"
	"encoding/base64"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	sandboxtest "netid/test/sandbox"
	"netid/test/visitor"
)

const people = 300

func TestCutAndResumed(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "var")
	binary := sandboxtest.Binary(t)
	killed := exec.Command(binary, populate(dir)...)
	out, err := killed.StderrPipe()
	must(t, err)
	must(t, killed.Start())
	if lines := bufio.NewScanner(out); !lines.Scan() || !strings.Contains(lines.Text(), " of 300 people") {
		t.Errorf("%q is no progress", lines.Text())
	}
	must(t, killed.Process.Kill()) // SIGKILL
	killed.Wait()
	refused(t, "is half filled", "sandbox", "--addr", "localhost:0", "--data", dir)
	refused(t, "people are there already", "populate", "--people", "8", "--data", dir)
	if said := ran(t, populate(dir)...); !strings.Contains(said, "300 of 300 people") || !strings.Contains(said, "SANDBOX: 300 synthetic people") {
		t.Fatal(said)
	}
	refused(t, "has a store already", populate(dir)...)
	heap := filepath.Join(dir, "netid.db.heap")
	must(t, os.WriteFile(heap, nil, 0o600)) // cut before it was removed
	ran(t, populate(dir)...)
	if _, err := os.Stat(heap); err == nil {
		t.Fatal("the heap stays")
	}
	if said := ran(t, "ledger", "verify", "--data", dir); !strings.Contains(said, "600 entries") {
		t.Fatalf("two entries of each are not all: %s", said)
	}
	if said := ran(t, "store", "scrub", "--data", dir); !strings.Contains(said, "person: 300\n") || !strings.Contains(said, "certificate: 300\n") || !strings.Contains(said, "blind indexes: 900\n") {
		t.Fatalf("not everybody has their rows: %s", said)
	}
	served(t, dir)
}

// ran is what a command says that must work.
func ran(t *testing.T, args ...string) string {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	said, err := exec.CommandContext(ctx, sandboxtest.Binary(t), args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", args[0], err, said)
	}
	return string(said)
}

// refused is a command that must fail with a reason.
func refused(t *testing.T, why string, args ...string) {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	said, err := exec.CommandContext(ctx, sandboxtest.Binary(t), args...).CombinedOutput()
	if err == nil || !strings.Contains(string(said), why) {
		t.Fatalf("%s: %v\n%s", args[0], err, said)
	}
}

func populate(dir string) []string {
	return []string{"populate", "--people", "300", "--step", "16", "--data", dir}
}

// served lets some from all over sign in, one be verified and leave, and one come again.
func served(t *testing.T, dir string) {
	devices, err := os.ReadFile(filepath.Join(dir, "crowd.devices"))
	must(t, err)
	if len(devices) != 48*people {
		t.Fatalf("%d bytes of devices", len(devices))
	}
	s := sandboxtest.StartIn(t, dir)
	registered, errs, code := s.Run("party", "add", "--server", s.URL, "--id", "load", "--name", "Load", "--redirect-uri", "http://127.0.0.1:9/callback")
	if code != 0 {
		t.Fatal(errs)
	}
	_, secret, _ := strings.Cut(registered, `"client_secret":`)
	party := &visitor.Party{ID: "load", Secret: strings.Trim(strings.Split(secret, ",")[0], " \n\"}"), Redirect: "http://127.0.0.1:9/callback", Browser: visitor.New(s.URL)}
	var one *visitor.Citizen
	for n := 0; n < people; n += 23 { // 23 and 16, how many become durable together, meet nowhere
		b := devices[48*n : 48*n+48]
		one, err = visitor.Holding(s.URL, base64.RawURLEncoding.EncodeToString(b[:16]), b[16:])
		must(t, err)
		if err := one.SignIn(); err != nil {
			t.Fatalf("person %d: %v", n, err)
		}
	}
	at, err := one.Approve(party.Authorize(nil))
	must(t, err)
	if got, err := party.Redeem(at.Query().Get("code"), nil); err != nil || got.ID == "" {
		t.Fatal(err, got)
	}
	if a, err := one.Get("/records"); err != nil || a.Status != http.StatusOK {
		t.Fatal(err, a)
	}
	if a, err := one.Post("/erase", url.Values{"passcode": {one.Passcode}, "confirm": {"erase"}}); err != nil || a.Status != http.StatusOK {
		t.Fatal(err, a)
	}
	if err := one.SignIn(); err == nil {
		t.Fatal("who was erased signs in")
	}
	again, err := visitor.NewCitizen(s.URL, "crowd-7-card", "10000000007")
	must(t, err)
	must(t, again.Enrol())
	if page, err := again.Get("/enrol/done"); err != nil || !strings.Contains(page.Body, "already") {
		t.Fatal("who is there gets another number", err, page)
	}
	ran(t, "ledger", "verify", "--data", dir)
	s.Stop()
	ran(t, "store", "scrub", "--data", dir)
}

// Synthetic people go into a sandbox alone.
func TestRefusesWhatIsNoSandbox(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "var")
	must(t, os.MkdirAll(filepath.Join(dir, "keyring"), 0o700))
	refused(t, "is no sandbox", populate(dir)...)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
