// Package trust is the public door to what others check the service's word by:
// its roots, the keys that live, and what a party may ask a wallet for.
//
// It owns the paths and the headers. It refuses to know how anything is made or
// signed.
//
// Invariant: everything here is the same for everybody, and says nothing about any person.
//
// Decisions: docs/adr/0049-anchor.md.
package trust

import (
	"context"
	"io"
	"log/slog"
	"net/http"

	"netid/internal/fault"
	"netid/internal/identity"
)

// Word is what the service says.
type Word interface {
	List() (jwt string, err error)
	PEM() ([]byte, error)
	Registration(p identity.Party) (jwt string, err error)
}

// Parties is the register.
type Parties interface {
	Party(ctx context.Context, id identity.PartyID) (identity.Party, error)
}

// Door serves /trust.
type Door struct {
	word    Word
	parties Parties
	log     *slog.Logger
}

// New opens the door; log may be nil.
func New(w Word, p Parties, log *slog.Logger) *Door {
	if log == nil {
		log = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	return &Door{w, p, log}
}

// Register puts the door's routes on a mux.
func (d *Door) Register(m interface {
	Handle(pattern string, h http.Handler)
}) {
	m.Handle("GET /trust", d.say("application/jwt", func(*http.Request) ([]byte, error) {
		text, err := d.word.List()
		return []byte(text), err
	}))
	m.Handle("GET /trust/root.pem", d.say("application/x-pem-file", func(*http.Request) ([]byte, error) { return d.word.PEM() }))
	m.Handle("GET /trust/parties/{id}", d.say("application/jwt", d.statement))
}

// statement is for the party, which hands it to wallets with each request; it
// is as public as those are.
func (d *Door) statement(r *http.Request) ([]byte, error) {
	id, err := identity.ParsePartyID(r.PathValue("id"))
	if err != nil {
		return nil, fault.New("trust.statement", fault.NotFound, "party_unknown")
	}
	p, err := d.parties.Party(r.Context(), id)
	if err != nil {
		return nil, err
	}
	text, err := d.word.Registration(p)
	return []byte(text), err
}

// say answers every origin: no cookie means anything here. Nothing is kept by
// those in between, since a party may be stopped and a key may end.
func (d *Door) say(kind string, what func(*http.Request) ([]byte, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Cache-Control", "no-cache")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Access-Control-Allow-Origin", "*")
		body, err := what(r)
		if err != nil {
			d.refuse(w, err)
			return
		}
		h.Set("Content-Type", kind)
		_, _ = w.Write(body) // whoever left has left
	})
}

// refuse tells nothing but the reason.
func (d *Door) refuse(w http.ResponseWriter, err error) {
	status := http.StatusInternalServerError
	switch fault.Of(err) {
	case fault.NotFound:
		status = http.StatusNotFound
	case fault.Forbidden:
		status = http.StatusForbidden
	case fault.Unavailable:
		status = http.StatusServiceUnavailable
	}
	if status >= 500 {
		d.log.Error("refused", "at", "trust", "cause", err)
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, fault.Public(err)+"\n")
}
