// Package refusals_test brings every wrong thing to the doors of the real
// program, step by step, as a mistaken citizen, a sloppy party or an attacker
// would: each gets the named refusal and changes nothing, and nobody's name,
// number or telephone is left where it does not belong.
package refusals_test

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	_ "modernc.org/sqlite"

	sandboxtest "netid/test/sandbox"
	"netid/test/visitor"
)

// world is one sandbox with all that was seen of it.
type world struct {
	*sandboxtest.Sandbox
	shop, bank, rival *visitor.Party // public, with a secret, with a secret and no age mark
	store             *sql.DB

	mu     sync.Mutex      // guards what follows
	seen   []string        // addresses and cookies
	loose  map[string]bool // answers without the headers that they need
	phones []string        // that were typed
}

// What is refused is refused in both suites, and nothing of the canary shows.
func TestRefusals(t *testing.T) {
	for _, profile := range []string{"international", "guomi"} {
		t.Run(profile, func(t *testing.T) {
			t.Parallel()
			refusals(t, profile)
		})
	}
}

func refusals(t *testing.T, profile string) {
	w := &world{Sandbox: sandboxtest.Start(t, "--profile", profile), loose: map[string]bool{}}
	w.shop, w.bank, w.rival = w.party(t, "refusal-shop", "--public"), w.party(t, "refusal-bank"), w.party(t, "refusal-rival", "--age-mark", "over60=A law")
	var err error
	if w.store, err = sql.Open("sqlite", "file:"+filepath.Join(w.Data, "netid.db")+"?mode=ro"); err != nil {
		t.Fatal(err)
	}
	defer w.store.Close()
	t.Run("documents", w.documents)
	t.Run("evidence", w.evidence)
	t.Run("steps", w.steps)
	t.Run("inputs", w.inputs)
	t.Run("signing in", w.signingIn)
	t.Run("approving", w.approving)
	t.Run("own pages", w.ownPages)
	t.Run("parties", w.parties)
	t.Run("codes", w.codes)
	t.Run("plain text", w.plaintexts)
	t.Run("operator", w.operator)
	t.Run("other sites", w.otherSites)
	t.Run("addresses", w.addresses)
	t.Run("sizes", w.sizes)
	t.Run("races", w.races)
	for where := range w.loose {
		t.Errorf("an answer without its headers: %s", where)
	}
	t.Run("canary", w.canary)
}

// party registers one as its developer would.
func (w *world) party(t *testing.T, id string, flags ...string) *visitor.Party {
	t.Helper()
	redirect := "http://127.0.0.1:9/" + id
	out, errs, code := w.Run(append([]string{"party", "add", "--server", w.URL, "--id", id, "--name", "Party of the Refusals", "--redirect-uri", redirect}, flags...)...)
	var settings struct {
		Secret string `json:"client_secret"`
	}
	if err := json.Unmarshal([]byte(out), &settings); code != 0 || err != nil {
		t.Fatalf("party add: %d %v\n%s%s", code, err, out, errs)
	}
	return &visitor.Party{ID: id, Secret: settings.Secret, Redirect: redirect, Browser: w.browser()}
}

func (w *world) browser() *visitor.Browser {
	b := visitor.New(w.URL)
	b.Watch = w.watch
	return b
}

// citizen is somebody with a card and a telephone that nobody had before.
func (w *world) citizen(t *testing.T, card string) *visitor.Citizen {
	t.Helper()
	w.mu.Lock()
	phone := fmt.Sprintf("1007%07d", 1000000+len(w.phones))
	w.phones = append(w.phones, phone)
	w.mu.Unlock()
	c, err := visitor.NewCitizen(w.URL, card, phone)
	if err != nil {
		t.Fatal(err)
	}
	c.Watch = w.watch
	return c
}

// member is somebody who enrolled and signed in.
func (w *world) member(t *testing.T, card string) *visitor.Citizen {
	t.Helper()
	c := w.citizen(t, card)
	if err := c.Enrol(); err != nil {
		t.Fatal(err)
	}
	if err := c.SignIn(); err != nil {
		t.Fatal(err)
	}
	return c
}

// at is somebody who stands at a step of their enrolment.
func (w *world) at(t *testing.T, card, step string) *visitor.Citizen {
	t.Helper()
	c := w.citizen(t, card)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	if err := c.Until(step); err != nil {
		t.Fatal(err)
	}
	return c
}

// watch holds every answer to the headers that it must carry.
func (w *world) watch(r *http.Request, a *visitor.Answer) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.seen = append(w.seen, r.URL.String(), a.Leads())
	w.seen = append(w.seen, a.Header.Values("Set-Cookie")...)
	miss := func(header, want string) {
		if !strings.Contains(strings.Join(a.Header.Values(header), "\n"), want) {
			w.loose[fmt.Sprintf("%s %s (%d): %s lacks %q", r.Method, r.URL.Path, a.Status, header, want)] = true
		}
	}
	public := strings.HasPrefix(r.URL.Path, "/assets/") || strings.HasPrefix(r.URL.Path, "/.well-known/") || r.URL.Path == "/jwks"
	if !public {
		miss("Cache-Control", "no-store")
	}
	miss("X-Content-Type-Options", "nosniff")
	if strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") {
		for _, part := range []string{"default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "require-trusted-types-for 'script'"} {
			miss("Content-Security-Policy", part)
		}
		miss("X-Frame-Options", "DENY")
		miss("Referrer-Policy", "no-referrer")
		miss("Cross-Origin-Opener-Policy", "same-origin")
		miss("Permissions-Policy", "camera=()")
	}
	for _, cookie := range a.Header.Values("Set-Cookie") {
		if !strings.HasPrefix(cookie, "__Host-netid-") || !strings.Contains(cookie, "Secure") || !strings.Contains(cookie, "HttpOnly") || !strings.Contains(cookie, "SameSite=Lax") {
			name, _, _ := strings.Cut(cookie, "=")
			w.loose["the cookie "+name+" is not bound as it must be"] = true
		}
	}
	if a.Status >= http.StatusInternalServerError {
		w.loose[fmt.Sprintf("%s %s answers %d", r.Method, r.URL.Path, a.Status)] = true
	}
}

// state is everything lasting that a refusal must not touch: the ledger's size
// and root, and how many rows there are of each kind.
func (w *world) state(t *testing.T) string {
	t.Helper()
	out, errs, code := w.Run("ledger", "head", "--data", w.Data)
	lines := strings.Split(out, "\n")
	if code != 0 || len(lines) < 3 {
		t.Fatalf("ledger head: %d %s%s", code, out, errs)
	}
	state := "ledger " + lines[1] + " " + lines[2]
	for _, table := range []string{"person", "certificate", "vault_identity", "vault_index", "party", "party_link", "ledger_event"} {
		var rows int
		if err := w.store.QueryRow("SELECT count(*) FROM " + table).Scan(&rows); err != nil {
			t.Fatal(err)
		}
		state += fmt.Sprintf(" %s %d", table, rows)
	}
	return state
}

// unchanged runs what must be refused and holds the world to what it was.
func (w *world) unchanged(t *testing.T, do func()) {
	t.Helper()
	before := w.state(t)
	do()
	if after := w.state(t); before != after {
		t.Errorf("a refusal changed something:\n%s\n%s", before, after)
	}
}

// next is the step of the enrolment that is due in this browser.
func next(t *testing.T, c *visitor.Citizen) string {
	t.Helper()
	a, err := c.Get("/enrol")
	if err != nil {
		t.Fatal(err)
	}
	return a.Data("data-next")
}

// want holds an answer to a status and a stable reason.
func want(t *testing.T, a *visitor.Answer, err error, status int, reason string) {
	t.Helper()
	if err != nil {
		t.Errorf("no answer: %v", err)
		return
	}
	if a.Status != status || a.Reason() != reason {
		t.Errorf("%s answers %d %q, want %d %q", a.At.Path, a.Status, a.Reason(), status, reason)
	}
}
