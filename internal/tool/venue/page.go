package venue

import (
	"context"
	"embed"
	"encoding/json"
	"io"
	"io/fs"
	"net/http"
	"strings"
	"time"

	"netid/client"
)

//go:embed page
var pages embed.FS

const maxQuestion = 2 << 10 // bytes: a code, quoted

// Terminal is the page of a gate, for the browser of this computer alone.
type Terminal struct {
	Host    string // where it listens, as a browser writes it
	Bundles *Bundles
	Online  *Online                      // nil: codes that the service checks are none here
	Gate    client.Gate                  // its bundle is taken anew at each code
	Words   map[string]map[string]string // by language, then by the names of Words
	Now     func() time.Time
}

// Words are the names of the sentences that the page and the command say; each
// refusal is "no." and its reason.
func Words() []string {
	words := []string{"title", "other", "code", "check", "camera", "camera.none", "yes", "over18", "no", "age", "stale", "ready"}
	for _, r := range Reasons() {
		words = append(words, "no."+r)
	}
	return words
}

// Reasons are those of every refusal at a gate.
func Reasons() []string {
	all := []string{"internal", refused, unreached, unproven}
	for _, r := range []client.Reason{client.ErrSlip, client.ErrKey, client.ErrSignature, client.ErrSlipTime, client.ErrSlipLate, client.ErrSlipEarly, client.ErrSlipElsewhere,
		client.ErrSlipFrozen, client.ErrSlipAge, client.ErrSlipUsed, client.ErrOnline, client.ErrToken, client.ErrBundle, client.ErrBundleOld} {
		all = append(all, string(r))
	}
	return all
}

// Answer is what the page reads, and what the command prints as JSON.
type Answer struct {
	Yes     bool   `json:"yes"`
	Over18  bool   `json:"over18"`
	Reason  string `json:"reason,omitempty"`
	Online  bool   `json:"online,omitempty"`  // the service answered; else it was checked here, by the bundle
	Receipt string `json:"receipt,omitempty"` // of an online answer
	Age     int64  `json:"bundle_age"`        // seconds
	Stale   bool   `json:"bundle_stale"`
}

// Ask checks one code by what is held now.
func Ask(g client.Gate, held client.Bundle, code string, now time.Time) Answer {
	g.Bundle = held
	a := Answer{Age: int64(held.Age(now) / time.Second), Stale: held.Stale(now)}
	if held.Issued.IsZero() {
		a.Age = 0
	}
	entry, err := g.Check(code, now)
	if err != nil {
		a.Reason = Reason(err)
		return a
	}
	a.Yes, a.Over18 = true, entry.Over18
	return a
}

// ServeHTTP gives the page, its words, the bundle's age, and the answer to a code.
func (t *Terminal) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	h.Set("Permissions-Policy", "camera=(self)")
	if r.Host != t.Host { // a name that was rebound to this address
		w.WriteHeader(http.StatusForbidden)
		return
	}
	switch r.Method + " " + r.URL.Path {
	case "GET /":
		t.file(w, "page.html", "text/html; charset=utf-8")
	case "GET /page.js":
		t.file(w, "page.js", "text/javascript; charset=utf-8")
	case "GET /page.css":
		t.file(w, "page.css", "text/css; charset=utf-8")
	case "GET /words":
		say(w, t.Words)
	case "GET /state":
		held := t.Bundles.Held()
		say(w, Answer{Age: int64(held.Age(t.Now()) / time.Second), Stale: held.Stale(t.Now()), Yes: !held.Issued.IsZero()})
	case "POST /check":
		t.check(w, r)
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

func (t *Terminal) check(w http.ResponseWriter, r *http.Request) {
	// Another page of this browser could spend a slip; it can't say this origin.
	if r.Header.Get("Origin") != "http://"+t.Host || r.Header.Get("Content-Type") != "text/plain" {
		w.WriteHeader(http.StatusForbidden)
		return
	}
	code, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxQuestion))
	if err != nil {
		w.WriteHeader(http.StatusRequestEntityTooLarge)
		return
	}
	say(w, t.answer(r.Context(), string(code)))
}

// answer takes both kinds of codes. The bundle's age is said beside either, since the
// next code may be of the other kind.
func (t *Terminal) answer(ctx context.Context, code string) Answer {
	if t.Online == nil || !IsOnline(code) {
		return Ask(t.Gate, t.Bundles.Held(), code, t.Now())
	}
	a, held := t.Online.Ask(ctx, code), t.Bundles.Held()
	if !held.Issued.IsZero() {
		a.Age, a.Stale = int64(held.Age(t.Now())/time.Second), held.Stale(t.Now())
	}
	return a
}

// IsOnline reports whether a code is an address: no code of the other kind is.
func IsOnline(code string) bool { return strings.Contains(code, "://") }

func (t *Terminal) file(w http.ResponseWriter, name, kind string) {
	b, err := fs.ReadFile(pages, "page/"+name)
	if err != nil {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", kind)
	w.Write(b)
}

func say(w http.ResponseWriter, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Write(b)
}
