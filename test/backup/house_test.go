// Package backup_test backs the real program up while it serves, puts it back,
// and asks whether anything lives again that must not.
package backup_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"golang.org/x/oauth2"
	_ "modernc.org/sqlite"

	sandboxtest "netid/test/sandbox"
)

// world is a sandbox, a party and an operator with an age key.
type world struct {
	*sandboxtest.Sandbox
	t        *testing.T
	dir      string // of archives and keys
	key      string // age identity file
	to       string // its public key
	conf     *oauth2.Config
	verifier string
}

const redirect = "http://127.0.0.1:1/callback" // never called: the command line stops before it

func found(t *testing.T, args ...string) *world {
	t.Helper()
	w := &world{Sandbox: sandboxtest.Start(t, args...), t: t, dir: t.TempDir(), verifier: oauth2.GenerateVerifier()}
	w.key, w.to = keyFile(t, filepath.Join(w.dir, "age.key"))
	var party struct {
		ClientID     string `json:"client_id"`
		ClientSecret string `json:"client_secret"`
	}
	if err := json.Unmarshal([]byte(w.must("party", "add", "--server", w.URL, "--id", "shop", "--name", "shop", "--redirect-uri", redirect)), &party); err != nil {
		t.Fatal(err)
	}
	w.conf = &oauth2.Config{ClientID: party.ClientID, ClientSecret: party.ClientSecret, RedirectURL: redirect, Scopes: []string{"openid"},
		Endpoint: w.endpoint()}
	return w
}

func (w *world) endpoint() oauth2.Endpoint {
	w.t.Helper()
	r, err := http.Get(w.URL + "/.well-known/openid-configuration")
	if err != nil {
		w.t.Fatal(err)
	}
	defer r.Body.Close()
	var d struct {
		Authorize string `json:"authorization_endpoint"`
		Token     string `json:"token_endpoint"`
	}
	if err := json.NewDecoder(r.Body).Decode(&d); err != nil {
		w.t.Fatal(err)
	}
	return oauth2.Endpoint{AuthURL: d.Authorize, TokenURL: d.Token}
}

func keyFile(t *testing.T, path string) (file, public string) {
	t.Helper()
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(id.String()+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path, id.Recipient().String()
}

// must runs a command that has to succeed.
func (w *world) must(args ...string) string {
	w.t.Helper()
	out, errs, code := w.Run(args...)
	if code != 0 {
		w.t.Fatalf("netid %s: status %d\n%s%s", strings.Join(args, " "), code, out, errs)
	}
	return out
}

// refuse runs a command that has to fail and say so.
func (w *world) refuse(want string, args ...string) {
	w.t.Helper()
	out, errs, code := w.Run(args...)
	if code == 0 || !strings.Contains(out+errs, want) {
		w.t.Errorf("netid %s: status %d, %q is missing:\n%s%s", strings.Join(args, " "), code, want, out, errs)
	}
}

// code has the citizen approve, and gives the code without using it.
func (w *world) code(persona string) string {
	w.t.Helper()
	out := strings.TrimSpace(w.must("persona", "approve", "--server", w.URL, persona, w.conf.AuthCodeURL("s", oauth2.S256ChallengeOption(w.verifier))))
	u, err := url.Parse(out[strings.LastIndex(out, "\n")+1:])
	if err != nil || u.Query().Get("code") == "" {
		w.t.Fatalf("no code: %s", out)
	}
	return u.Query().Get("code")
}

func (w *world) redeem(code string) error {
	_, err := w.conf.Exchange(context.Background(), code, oauth2.VerifierOption(w.verifier))
	return err
}

// signIn is one whole verification.
func (w *world) signIn(persona string) {
	w.t.Helper()
	if err := w.redeem(w.code(persona)); err != nil {
		w.t.Fatalf("%s: %v", persona, err)
	}
}

func (w *world) file(name string) string { return filepath.Join(w.dir, name) }

// count counts rows in a store that nobody serves.
func (w *world) count(data, query string) (n int) {
	w.t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(data, "netid.db")+"?mode=ro")
	if err != nil {
		w.t.Fatal(err)
	}
	defer db.Close()
	if err := db.QueryRow(query).Scan(&n); err != nil {
		w.t.Fatal(err)
	}
	return n
}

func absent(t *testing.T, path string) {
	t.Helper()
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("%s is there: %v", path, err)
	}
}

// kill runs a command and ends it, as a power cut would, after some ten
// milliseconds a step. It reports whether the command was still at it.
func (w *world) kill(step int, args ...string) bool {
	w.t.Helper()
	cmd := exec.Command(sandboxtest.Binary(w.t), args...)
	if err := cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	time.AfterFunc(time.Duration(step)*12*time.Millisecond, func() { cmd.Process.Kill() })
	cmd.Wait()
	return !cmd.ProcessState.Exited()
}
