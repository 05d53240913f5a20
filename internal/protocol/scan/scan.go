// Package scan is the door for venues, whose gates check codes.
//
// It owns the paths, the shape of a terminal's question and of its answer. It refuses to
// know who is stopped, how a bundle is made and who shows a code.
//
// Invariants: the bundle that a gate gets is the same for every gate, so that asking tells
// nothing; of a code that is not good a venue is told one thing, whatever the reason.
//
// Decisions: docs/adr/0050-venues.md, docs/adr/0053-online-codes.md.
package scan

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"

	"netid/client"
	"netid/internal/fault"
	"netid/internal/protocol/oauth"
	"netid/internal/token/jose"
)

// Bundles are what gates check by.
type Bundles interface {
	Bundle(context.Context) (string, error)
}

// Config is what the door leans on. Everything but Log is needed.
type Config struct {
	Issuer  string
	Bundles Bundles
	Gate    oauth.Gate
	Scanner Scanner
	Signers func() []jose.Signer // of ID tokens, and so of answers
	Log     *slog.Logger
}

// Door serves venues.
type Door struct {
	Config
	results *jose.Coder
}

// New opens the door.
func New(c Config) (*Door, error) {
	const op = "scan.New"
	if c.Issuer == "" || c.Bundles == nil || c.Gate.Parties == nil || c.Scanner == nil || c.Signers == nil {
		return nil, fault.Wrap(op, fault.Internal, "", errors.New("a part is missing"))
	}
	if c.Log == nil {
		c.Log = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	results, err := jose.NewCoder(jose.ES256, c.Signers, client.ResultType)
	return &Door{c, results}, fault.At(op, err)
}

// Register puts the door's routes on a mux.
func (d *Door) Register(m interface {
	Handle(pattern string, h http.Handler)
}) {
	m.Handle("GET /venue/bundle", http.HandlerFunc(d.bundle))
	m.Handle("POST /scan", http.HandlerFunc(d.scan))
}

// bundle is kept by nobody in between: who was stopped since then would get in.
func (d *Door) bundle(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	text, err := d.Bundles.Bundle(r.Context())
	if err != nil {
		d.Log.Error("no bundle", "reason", fault.Public(err), "cause", err)
		http.Error(w, "not now", http.StatusServiceUnavailable)
		return
	}
	h.Set("Content-Type", "application/jwt")
	_, _ = io.WriteString(w, text) // whoever left has left
}
