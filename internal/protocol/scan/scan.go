// Package scan is the door for venues, whose gates check codes.
//
// It owns the path and the headers. It refuses to know who is stopped and how a
// bundle is made.
//
// Invariant: what a gate gets is the same for every gate, so that asking tells nothing.
//
// Decisions: docs/adr/0050-venues.md.
package scan

import (
	"context"
	"io"
	"log/slog"
	"net/http"

	"netid/internal/fault"
)

// Bundles are what gates check by.
type Bundles interface {
	Bundle(context.Context) (string, error)
}

// Door serves /venue.
type Door struct {
	bundles Bundles
	log     *slog.Logger
}

// New opens the door; log may be nil.
func New(b Bundles, log *slog.Logger) *Door {
	if log == nil {
		log = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	return &Door{b, log}
}

// Register puts the door's routes on a mux.
func (d *Door) Register(m interface {
	Handle(pattern string, h http.Handler)
}) {
	m.Handle("GET /venue/bundle", http.HandlerFunc(d.bundle))
}

// bundle is kept by nobody in between: who was stopped since then would get in.
func (d *Door) bundle(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	text, err := d.bundles.Bundle(r.Context())
	if err != nil {
		d.log.Error("no bundle", "reason", fault.Public(err), "cause", err)
		http.Error(w, "not now", http.StatusServiceUnavailable)
		return
	}
	h.Set("Content-Type", "application/jwt")
	_, _ = io.WriteString(w, text) // whoever left has left
}
