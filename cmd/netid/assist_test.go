package main

import (
	"encoding/base64"
	"encoding/json"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"netid/internal/identity"
	postgrestest "netid/test/postgres"
)

// assistance is a whole server, an authority's key and the sandbox's officers, two of whom have names.
type assistance struct {
	*flow
	t    *testing.T
	dir  string
	key  string
	ids  []string
	door string
}

func (a *assistance) file(name string) string { return filepath.Join(a.dir, name) }

func (a *assistance) officer(n int) string {
	return filepath.Join(officersDir(a.house.Data), []string{"officer-1.key", "officer-2.key", "officer-3.key"}[n])
}

// run is a command that is to end with a status; it prints its output.
func (a *assistance) run(code int, args ...string) string {
	a.t.Helper()
	out, errs, got := said(append([]string{"assist"}, args...)...)
	if got != code {
		a.t.Fatalf("%v: status %d: %s %s", args, got, out, errs)
	}
	return strings.TrimSpace(out)
}

// at is run, at the operator's door.
func (a *assistance) at(code int, args ...string) string {
	a.t.Helper()
	return a.run(code, append(args, "--server", a.door)...)
}

// approved is a request that two officers said yes to.
func (a *assistance) approved(args ...string) (ref string) {
	a.t.Helper()
	ref = a.at(0, append([]string{"request", "--by", "Ed", "--authority", "an office", "--law", "a law", "--key", a.key}, args...)...)
	a.at(1, "open", ref, "--out", a.file("early"))
	for n, id := range a.ids {
		paper := a.file(ref + id)
		a.at(0, "paper", ref, "--officer", id, "--out", paper)
		a.run(1, "yes", paper, "--key", a.officer(1-n))
		a.at(0, "approve", ref, "--word", a.run(0, "yes", paper, "--key", a.officer(n)))
	}
	return ref
}

func TestAssistCommands(t *testing.T) { assists(t, newFlow(t, "")) }

func TestAssistCommandsPostgreSQL(t *testing.T) {
	server := postgrestest.Ready(t)
	assists(t, newFlow(t, "", func(s *settings) {
		var err error
		s.Site, err = siteOf(s.Data, server.Database(t), server.Database(t))
		must(t, err)
	}))
}

// pseudonym is what the shop was given of the flow's citizen.
func (a *assistance) pseudonym() string {
	a.t.Helper()
	at, err := a.person.Approve(a.party.Authorize(nil))
	must(a.t, err)
	got, err := a.party.Redeem(at.Query().Get("code"), nil)
	must(a.t, err)
	parts := strings.Split(got.ID, ".")
	if len(parts) != 3 {
		a.t.Fatal("no answer", got.Error)
	}
	b, err := base64.RawURLEncoding.DecodeString(parts[1])
	must(a.t, err)
	var claims struct{ Sub string }
	must(a.t, json.Unmarshal(b, &claims))
	return claims.Sub
}

// account is an identity by the pseudonym that a party has; at another party it is nobody's.
func (a *assistance) account(together []string) {
	a.t.Helper()
	sub := a.pseudonym()
	for _, wrong := range [][]string{{"--pseudonym", sub}, {"--pseudonym", sub[:20], "--at", "shop"}, {"--pseudonym", sub, "--at", "nowhere"}, {"--pseudonym", sub, "--at", "shop", "--number", a.person.Number}} {
		if out, errs, code := said(append([]string{"assist", "request", "--server", a.door, "--by", "Ed", "--authority", "an office", "--law", "a law", "--key", a.key, "--help-with", "real-identity"}, wrong...)...); code == 0 {
			a.t.Errorf("%v: %s %s", wrong, out, errs)
		}
	}
	ref := a.approved("--help-with", "real-identity", "--pseudonym", sub, "--at", "bank")
	if _, errs, code := said("assist", "open", ref, "--server", a.door, "--out", a.file("nobody")); code != 1 || !strings.Contains(errs, "assistance_nothing") {
		a.t.Errorf("at another party: %d %s", code, errs)
	}
	ref = a.approved("--help-with", "real-identity", "--pseudonym", sub, "--at", "shop")
	a.at(0, "open", ref, "--out", a.file("account"))
	a.run(0, append([]string{"answer", a.file("account"), "--out", a.file("account-answer")}, together...)...)
	if got := a.run(0, "read", a.file("account-answer"), "--key", a.file("authority.key")); !strings.Contains(got, `"name": "沙盒`) || !strings.Contains(got, sub) || strings.Contains(got, a.person.Number) {
		a.t.Error(got)
	}
	for _, file := range []string{"account", ref + a.ids[0]} {
		if b, err := os.ReadFile(a.file(file)); err != nil || strings.Contains(string(b), a.person.Number) {
			a.t.Errorf("%s has the number behind an account: %v", file, err)
		}
	}
}

// assists is an identity and a log, from the request to the answer and the review.
func assists(t *testing.T, f *flow) {
	server := httptest.NewServer(f.house.server)
	t.Cleanup(server.Close)
	a := &assistance{flow: f, t: t, dir: t.TempDir(), door: server.URL}
	a.key = a.run(0, "key", "--plain", "--out", a.file("authority.key"))
	all, _ := f.house.quorum.Officers()
	a.ids = all[:2]
	for n, name := range []string{"Ann", "Bo"} {
		a.at(0, "officer", a.ids[n], name)
	}
	together := []string{"--officer", a.officer(0), "--officer", a.officer(1), "--officer", a.officer(2)}

	ref := a.approved("--help-with", "real-identity", "--number", f.person.Number)
	a.at(0, "open", ref, "--out", a.file("release"))
	a.run(1, append([]string{"answer", a.file("release"), "--out", a.file("short")}, together[:4]...)...)
	a.run(0, append([]string{"answer", a.file("release"), "--out", a.file("answer")}, together...)...)
	if got := a.run(0, "read", a.file("answer"), "--key", a.file("authority.key")); !strings.Contains(got, `"name": "沙盒`) || !strings.Contains(got, `"documents"`) || strings.Contains(got, "10000100000") {
		t.Error(got)
	}
	a.at(1, "open", ref, "--out", a.file("again"))

	day := time.Now().UTC().Format(time.DateOnly)
	ref = a.approved("--help-with", "authentication-log", "--number", f.person.Number, "--from", day, "--to", day)
	a.at(0, "open", ref, "--out", a.file("log"))
	owner := a.run(0, append([]string{"unlock", a.file("log")}, together...)...)
	a.at(0, "rows", ref, "--owner", owner, "--out", a.file("rows"))
	a.run(0, append([]string{"answer", a.file("log"), "--rows", a.file("rows"), "--out", a.file("log-answer")}, together...)...)
	if got := a.run(0, "read", a.file("log-answer"), "--key", a.file("authority.key")); !strings.Contains(got, `"kind": "verified"`) || !strings.Contains(got, `"kind": "signed-in"`) || strings.Contains(got, `"kind": "enrolled"`) || strings.Contains(got, `"documents"`) {
		t.Error(got)
	}
	a.account(together)
	a.at(1, "review", ref, "--by", "Ann", "--what", "it was right")
	a.at(0, "review", ref, "--by", "Di", "--what", "it was right")
	if got := a.at(0, "list"); !strings.Contains(got, "Ann, Bo") || !strings.Contains(got, "Di") || strings.Contains(got, f.person.Number) {
		t.Error(got)
	}
	for _, file := range []string{"release", "log", "rows", "answer", "log-answer"} {
		b, err := os.ReadFile(a.file(file))
		if err != nil || strings.Contains(string(b), "沙盒") || strings.Contains(string(b), string(identity.Verified)) {
			t.Errorf("%s says something in the clear: %v", file, err)
		}
	}
	page, err := f.person.Get("/records")
	must(t, err)
	if strings.Count(page.Body, "data-assisted=") != 3 {
		t.Error("the citizen is not told")
	}
}
