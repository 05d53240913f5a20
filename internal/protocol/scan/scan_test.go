package scan_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"netid/internal/fault"
	"netid/internal/protocol/scan"
)

type bundles func() (string, error)

func (b bundles) Bundle(context.Context) (string, error) { return b() }

func TestBundle(t *testing.T) {
	for _, c := range []struct {
		text   string
		err    error
		status int
		kind   string
	}{
		{"a.b.c", nil, http.StatusOK, "application/jwt"},
		{"", fault.Newf("test", fault.Unavailable, "store_busy", "where it lies"), http.StatusServiceUnavailable, "text/plain"},
	} {
		mux, w := http.NewServeMux(), httptest.NewRecorder()
		(&scan.Door{Config: scan.Config{Bundles: bundles(func() (string, error) { return c.text, c.err }), Log: slog.New(slog.DiscardHandler)}}).Register(mux)
		mux.ServeHTTP(w, httptest.NewRequest("GET", "/venue/bundle", nil))
		if w.Code != c.status || !strings.HasPrefix(w.Header().Get("Content-Type"), c.kind) || w.Header().Get("Cache-Control") != "no-store" ||
			!strings.HasPrefix(w.Body.String(), c.text) || strings.Contains(w.Body.String(), "lies") {
			t.Errorf("%d %v %q", w.Code, w.Header(), w.Body)
		}
	}
}
