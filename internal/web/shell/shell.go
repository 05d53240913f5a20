// Package shell is what every page for people shares: the frame around a page,
// the choice of language, the one catalogue of sentences, cookies, sessions,
// the protection against other sites, and the page that says why something
// did not happen.
//
// It owns how a page is answered and refuses to know what any page is about:
// a door hands it a template, a name and data.
//
// Invariant: every HTML answer carries the same strict headers and no script
// or style of its own; no unsafe method of another site reaches a handler; a
// failure shows a sentence of the catalogue and never an error's text.
//
// Specifications: Content Security Policy Level 3, Trusted Types, Fetch
// Metadata, RFC 6265bis (cookie prefixes), WCAG 2.2 AA.
package shell

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"hash"
	"log/slog"
	"net/http"
	"strings"

	"netid/internal/identity"
)

// Sessions seals and opens the cookie of a citizen who is signed in.
type Sessions interface {
	Seal(identity.Session) (string, error)
	Open(ctx context.Context, cookie string) (identity.Session, error)
}

// Config is what the frame of all pages needs.
type Config struct {
	Issuer   string   // scheme://host[:port] of this service, no slash at the end
	Service  string   // the name under which citizens know the service
	Sandbox  bool     // everybody in it is synthetic, and every page says so
	Sessions Sessions // nil where a door has no signed-in citizens
	Reasons  map[string]identity.Text
	Refused  func(reason string) // told of every refusal, for figures; nil: nobody is
	Log      *slog.Logger        // nil: silent
}

// Shell answers pages.
type Shell struct {
	Config
	catalogue catalogue
	cross     *http.CrossOriginProtection
	made      hash.Hash // of what pages are made of, as far as they have been read
	errors    *Pages    // and the page that hands an answer over
}

// New makes the shell. It panics at start when the embedded templates or
// sentences are broken, which its own tests exclude.
func New(c Config) *Shell {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Service == "" {
		c.Service = "netid"
	}
	s := &Shell{Config: c, catalogue: mustCatalogue(), cross: http.NewCrossOriginProtection(), made: sha256.New()}
	if err := json.NewEncoder(s.made).Encode(s.catalogue); err != nil {
		panic(err)
	}
	if c.Issuer != "" {
		if err := s.cross.AddTrustedOrigin(c.Issuer); err != nil {
			panic(err)
		}
	}
	if layout, err := templates.ReadFile("templates/layout.html"); err == nil {
		s.made.Write(layout)
	}
	s.errors = s.Pages(templates, "templates/error.html", "templates/handover.html")
	return s
}

func (s *Shell) https() bool { return strings.HasPrefix(s.Issuer, "https://") }

// Say is one sentence of the catalogue with its places {0}, {1} … filled.
func (s *Shell) Say(locale, key string, args ...any) string {
	return s.catalogue.say(locale, key, args...)
}

// DeviceMessage is the text message to a telephone whose owner may lose it.
func DeviceMessage(locale string) string { return mustCatalogue().say(locale, "message.device") }

// ChangeMessage tells a telephone what changed about its owner's devices:
// "added", "removed", "stopped", "shown", or their number: "phone"; or about a child's guardians: "guardian.began",
// "guardian.ended". In both languages, since nobody knows in which it is read.
func ChangeMessage(change string) string {
	return mustCatalogue().say(Chinese, "message."+change) + "\n" + mustCatalogue().say(English, "message."+change)
}

// CounterMessage tells a telephone that a counter has just enrolled its owner.
func CounterMessage(locale string, at identity.CounterID) string {
	return mustCatalogue().say(locale, "message.counter", at)
}

// CodeMessage is the text message that carries a one-time code to a telephone.
func CodeMessage(locale, code string) string {
	return mustCatalogue().say(locale, "message.code", code)
}
