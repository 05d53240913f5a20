package tlog_test

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"netid/internal/fault"
	"netid/internal/protocol/tlog"
)

// tree answers with what it was asked for.
type tree struct{ err error }

func (t tree) Head(context.Context) (string, string, error) { return "origin\n3\nroot\n", "key", t.err }
func (t tree) Keys(context.Context) (string, error)         { return "key\nkey of another algorithm\n", t.err }
func (t tree) Tile(_ context.Context, level uint8, index uint64, width int) ([]byte, error) {
	return bytes.Repeat([]byte{level, byte(index)}, width*16), t.err
}
func (t tree) Bundle(_ context.Context, index uint64, width int) ([]byte, error) {
	return bytes.Repeat([]byte{0xee, byte(index)}, width*17), t.err
}

func get(t *testing.T, tr tree, method, path string) *httptest.ResponseRecorder {
	t.Helper()
	mux := http.NewServeMux()
	tlog.New(tr, nil).Register(mux)
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, httptest.NewRequest(method, path, nil))
	return w
}

func TestServes(t *testing.T) {
	for path, want := range map[string]struct {
		kind, cache string
		body        []byte
	}{
		"/ledger/checkpoint":             {"text/plain; charset=utf-8", "no-store", []byte("origin\n3\nroot\n")},
		"/ledger/keys":                   {"text/plain; charset=utf-8", "no-store", []byte("key\nkey of another algorithm\n")},
		"/ledger/tile/0/000":             {"application/octet-stream", "public, max-age=31536000, immutable", bytes.Repeat([]byte{0, 0}, 4096)},
		"/ledger/tile/1/002.p/3":         {"application/octet-stream", "public, max-age=31536000, immutable", bytes.Repeat([]byte{1, 2}, 48)},
		"/ledger/tile/entries/004.p/100": {"application/octet-stream", "public, max-age=31536000, immutable", bytes.Repeat([]byte{0xee, 4}, 1700)},
	} {
		w := get(t, tree{}, "GET", path)
		if w.Code != 200 || w.Header().Get("Content-Type") != want.kind || w.Header().Get("Cache-Control") != want.cache || !bytes.Equal(w.Body.Bytes(), want.body) {
			t.Errorf("%s: %d %v, %d bytes", path, w.Code, w.Header(), w.Body.Len())
		}
	}
}

// A refusal must not be kept: what is not there now may be there soon.
func TestRefuses(t *testing.T) {
	for _, c := range []struct {
		err    error
		path   string
		status int
		said   string
	}{
		{nil, "/ledger/tile/0/0", 404, "tile_unknown"},
		{nil, "/ledger/tile/", 404, "tile_unknown"},
		{nil, "/ledger/tile/0/000.p/256", 404, "tile_unknown"},
		{fault.New("x", fault.NotFound, "tile_unknown"), "/ledger/tile/0/000", 404, "tile_unknown"},
		{fault.New("x", fault.NotFound, "head_unknown"), "/ledger/checkpoint", 404, "head_unknown"},
		{fault.New("x", fault.NotFound, "head_unknown"), "/ledger/keys", 404, "head_unknown"},
		{fault.New("x", fault.Unavailable, "store_unavailable"), "/ledger/tile/entries/000", 503, "store_unavailable"},
		{fault.Newf("x", fault.Internal, "internal", "a secret detail"), "/ledger/tile/0/000", 500, "internal"},
	} {
		w := get(t, tree{c.err}, "GET", c.path)
		if w.Code != c.status || strings.TrimSpace(w.Body.String()) != c.said || w.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d %q %v", c.path, w.Code, w.Body, w.Header())
		}
	}
	if w := get(t, tree{}, "POST", "/ledger/checkpoint"); w.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d", w.Code)
	}
}
