// Package tlog is the public door to the ledger's tree for those who follow
// it: witnesses, monitors, auditors, a citizen's own program.
//
// It owns the paths and headers of C2SP tlog-tiles, and one path beside them for
// the ledger's keys. It refuses to know what is
// hashed: it serves heads, hashes and leaves, which say nothing about anybody.
//
// Invariant: what is marked immutable never changes: a tile is served only
// when the signed tree has every hash of it.
//
// Specifications: C2SP tlog-tiles (hash tiles, entry bundles) and
// tlog-checkpoint. Decisions: docs/adr/0013-tiles-and-witness.md.
package tlog

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"strconv"

	"netid/internal/fault"
)

// Tree is the ledger as its followers may see it.
type Tree interface {
	Head(ctx context.Context) (note, verifierKey string, err error)
	Keys(ctx context.Context) (string, error)
	Tile(ctx context.Context, level uint8, index uint64, width int) ([]byte, error)
	Bundle(ctx context.Context, index uint64, width int) ([]byte, error)
}

// Door serves the tree under /ledger/.
type Door struct {
	tree Tree
	log  *slog.Logger
}

// New serves the tree; log may be nil.
func New(tree Tree, log *slog.Logger) *Door {
	if log == nil {
		log = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	return &Door{tree, log}
}

// Register puts the door's routes on a mux.
func (d *Door) Register(m interface {
	Handle(pattern string, h http.Handler)
}) {
	m.Handle("GET /ledger/checkpoint", http.HandlerFunc(d.checkpoint))
	m.Handle("GET /ledger/keys", http.HandlerFunc(d.keys))
	m.Handle("GET /ledger/tile/{tile...}", http.HandlerFunc(d.tile))
}

func (d *Door) checkpoint(w http.ResponseWriter, r *http.Request) {
	note, _, err := d.tree.Head(r.Context())
	if err != nil {
		d.refuse(w, err)
		return
	}
	say(w, "text/plain; charset=utf-8", "no-store", []byte(note))
}

// keys is not of tlog-tiles: the verifier keys, one a line, and the record of
// every change of one (docs/adr/0019-heads-by-several-keys.md).
func (d *Door) keys(w http.ResponseWriter, r *http.Request) {
	listing, err := d.tree.Keys(r.Context())
	if err != nil {
		d.refuse(w, err)
		return
	}
	say(w, "text/plain; charset=utf-8", "no-store", []byte(listing))
}

func (d *Door) tile(w http.ResponseWriter, r *http.Request) {
	at, ok := parse(r.PathValue("tile"))
	if !ok {
		d.refuse(w, fault.New("tlog.tile", fault.NotFound, "tile_unknown"))
		return
	}
	var b []byte
	var err error
	if at.entries {
		b, err = d.tree.Bundle(r.Context(), at.index, at.width)
	} else {
		b, err = d.tree.Tile(r.Context(), at.level, at.index, at.width)
	}
	if err != nil {
		d.refuse(w, err)
		return
	}
	say(w, "application/octet-stream", "public, max-age=31536000, immutable", b)
}

func say(w http.ResponseWriter, kind, cache string, b []byte) {
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Cache-Control", cache)
	h.Set("Content-Length", strconv.Itoa(len(b)))
	h.Set("X-Content-Type-Options", "nosniff")
	_, _ = w.Write(b) // whoever left has left
}

// refuse tells nothing but the reason. What is not there now may be there soon.
func (d *Door) refuse(w http.ResponseWriter, err error) {
	status := http.StatusInternalServerError
	switch fault.Of(err) {
	case fault.NotFound:
		status = http.StatusNotFound
	case fault.Unavailable:
		status = http.StatusServiceUnavailable
	}
	if status != http.StatusNotFound {
		d.log.Error("refused", "at", "tlog", "cause", err)
	}
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, fault.Public(err)+"\n")
}
