package clients_test

import (
	"net"
	"net/http"
	"net/http/cookiejar"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	sandboxtest "netid/test/sandbox"
)

// TestReady saves what `netid ready` prints and signs in with it, as it stands: the key is
// printed by the text itself, and the application registered with it. Go and Node always;
// Authlib where NETID_PYTHON names an interpreter with the libraries.
func TestReady(t *testing.T) {
	t.Parallel()
	s := sandboxtest.Start(t)
	wallets := t.TempDir()
	python := func(*testing.T, string, string) []string { return []string{os.Getenv("NETID_PYTHON"), "app.py"} }
	for _, c := range []struct {
		name, file string
		strict     bool
		run        func(t *testing.T, dir, file string) []string
	}{{"go", "main.go", true, goProgram}, {"node", "app.mjs", true, nodeProgram}, {"authlib", "app.py", false, python}} {
		t.Run(c.name, func(t *testing.T) {
			if c.name == "authlib" && os.Getenv("NETID_PYTHON") == "" {
				t.Skip("NETID_PYTHON names no interpreter")
			}
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			host := l.Addr().String()
			l.Close()
			id, redirect, dir := "ready-"+c.name, "http://"+host+"/netid/back", t.TempDir()
			args := []string{"ready", c.name, "--server", s.URL, "--party", id, "--redirect-uri", redirect, "--key-id", "first"}
			if c.strict {
				args = append(args, "--fapi")
			}
			text, errs, code := s.Run(args...)
			if code != 0 {
				t.Fatal(errs)
			}
			if err := os.WriteFile(filepath.Join(dir, c.file), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			command, public := keyed(t, dir, c.file, c.run)
			flags := []string{"--jwks", public}
			if c.strict {
				flags = append(flags, "--fapi")
			} else {
				command = []string{command[0], "-m", "flask", "--app", "app", "run", "--port", host[strings.LastIndex(host, ":")+1:]}
			}
			register(t, s, id, redirect, flags...)
			start(t, dir, host, "", command)
			signsIn(t, s, "http://"+host, redirect, wallets)
		})
	}
}

// signsIn says yes and then no, each in a browser of its own.
func signsIn(t *testing.T, s *sandboxtest.Sandbox, home, redirect, wallets string) {
	t.Helper()
	p := party{RedirectURI: redirect, Persona: "adult", Wallets: wallets}
	for decision, want := range map[string]struct {
		status int
		body   *regexp.Regexp
	}{"approve": {http.StatusOK, regexp.MustCompile(`^sub=[\w-]{20,}`)}, "decline": {http.StatusForbidden, regexp.MustCompile(`access_denied`)}} {
		browser := visitor(t)
		_, _, to := get(t, browser, home+"/login")
		answer := p.citizen(t, s, decision, to)
		status, body, _ := get(t, browser, redirect+"?"+answer.Encode())
		if status != want.status || !want.body.MatchString(body) {
			t.Errorf("%s: %d %q", decision, status, body)
		}
		if again, text, _ := get(t, browser, redirect+"?"+answer.Encode()); again == http.StatusOK {
			t.Errorf("an answer twice: %s", text)
		}
		if status, body, _ := get(t, visitor(t), redirect+"?"+answer.Encode()); status == http.StatusOK {
			t.Errorf("another browser is signed in: %s", body)
		}
	}
}

// visitor is a browser of its own, which follows nothing by itself.
func visitor(t *testing.T) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}
