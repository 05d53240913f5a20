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
	for range 2 { // the second time there is nothing to do
		ctx, stop := context.WithTimeout(t.Context(), time.Minute)
		defer stop()
		said, err := exec.CommandContext(ctx, binary, populate(dir)...).CombinedOutput()
		if err != nil && !strings.Contains(string(said), "has a store already") {
			t.Fatalf("%v\n%s", err, said)
		}
	}
	if said, err := exec.Command(binary, "ledger", "verify", "--data", dir).CombinedOutput(); err != nil || !strings.Contains(string(said), "600 entries") {
		t.Fatalf("two entries of each, and all hold: %v\n%s", err, said)
	}
	served(t, dir)
}

func populate(dir string) []string {
	return []string{"populate", "--people", "300", "--step", "16", "--data", dir}
}

// served lets everybody sign in, one be verified and leave, and one come again.
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
	for n := range people {
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
	if said, errs, code := s.Run("ledger", "verify", "--data", dir); code != 0 {
		t.Fatal(said, errs)
	}
}

// Synthetic people go into a sandbox alone.
func TestRefusesWhatIsNoSandbox(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "var")
	must(t, os.MkdirAll(filepath.Join(dir, "keyring"), 0o700))
	said, err := exec.Command(sandboxtest.Binary(t), populate(dir)...).CombinedOutput()
	if err == nil || !strings.Contains(string(said), "is no sandbox") {
		t.Fatalf("%v\n%s", err, said)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
