// Package shop is a demonstration relying party: a small shop whose customers
// sign in with netid or another way, and buy wine when they are old enough.
//
// It owns its customers' sessions and its pages, and knows netid only over
// HTTP, through a public OpenID library, as any relying party would (OpenID
// Connect Core 1.0, RFC 7636, RFC 9207). It stores nothing on disk.
//
// Invariants: whoever does not use netid gets the same goods at the same
// price (Art. 7); the page shows every claim that arrived, so that a customer
// sees exactly what the shop learned.
package shop

import (
	"embed"
	"net/http"
	"net/url"
	"strings"
	"time"
)

//go:embed assets pages
var files embed.FS

// Config is how the shop knows its identity provider and itself.
type Config struct {
	Issuer       string // of netid: scheme://host[:port]
	ClientID     string
	ClientSecret string
	BaseURL      string           // of the shop: scheme://host[:port]; its redirect URI is BaseURL/callback
	Now          func() time.Time // nil: the clock
}

// shop serves customers.
type shop struct {
	Config
	sessions *sessions
	provider *provider
	pages    pages
}

// New makes the shop. It asks nothing of the provider until a customer comes,
// so that either may start first.
func New(c Config) http.Handler {
	if c.Now == nil {
		c.Now = time.Now
	}
	s := &shop{Config: c, sessions: newSessions(c.Now, strings.HasPrefix(c.BaseURL, "https:")), provider: newProvider(c)}
	s.pages = loadPages()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.home)
	mux.HandleFunc("GET /account", s.account)
	mux.HandleFunc("GET /wine", s.wine)
	mux.HandleFunc("POST /signin", s.begin(false))
	mux.HandleFunc("POST /buy", s.begin(true))
	mux.HandleFunc("GET /callback", s.callback)
	mux.HandleFunc("GET /other", s.other)
	mux.HandleFunc("POST /other", s.otherMail)
	mux.HandleFunc("GET /other/code", s.otherCode)
	mux.HandleFunc("POST /other/code", s.otherProve)
	mux.HandleFunc("POST /counter", s.counter)
	mux.HandleFunc("POST /signout", s.signOut)
	mux.HandleFunc("POST /backchannel", s.notified)
	mux.HandleFunc("POST /erasure", s.erasure)
	mux.HandleFunc("POST /language", s.language)
	mux.HandleFunc("GET /assets/{name}", asset)
	mux.HandleFunc("/", s.missing)
	// A form of another site may neither sign anybody in nor out.
	return headers(c.Issuer, http.NewCrossOriginProtection().Handler(mux))
}

// headers lets a page do nothing but show itself and send its own forms. The
// forms that begin a sign-in are redirected to the provider, which browsers
// count as the form's target.
func headers(issuer string, next http.Handler) http.Handler {
	target := "'self'"
	if u, err := url.Parse(issuer); err == nil && u.Host != "" {
		target += " " + u.Scheme + "://" + u.Host
	}
	policy := "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action " + target
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
		h.Set("Cache-Control", "no-store")
		r.Body = http.MaxBytesReader(w, r.Body, 8<<10)
		next.ServeHTTP(w, r)
	})
}

var kinds = map[string]string{"shop.css": "text/css; charset=utf-8", "peach.svg": "image/svg+xml", "wine.svg": "image/svg+xml", "tea.svg": "image/svg+xml", "comb.svg": "image/svg+xml"}

func asset(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	b, err := files.ReadFile("assets/" + name)
	if kinds[name] == "" || err != nil {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", kinds[name])
	w.Header().Set("Cache-Control", "public, max-age=300")
	w.Write(b)
}

func seeOther(w http.ResponseWriter, r *http.Request, to string) {
	http.Redirect(w, r, to, http.StatusSeeOther)
}
