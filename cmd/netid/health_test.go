package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestHealth(t *testing.T) {
	h := built(t, true)
	h.stop(nil) // no upkeep: this test does the looking
	asked := func(status int, state string) {
		t.Helper()
		w := httptest.NewRecorder()
		h.server.ServeHTTP(w, httptest.NewRequest("GET", "https://netid.example/healthz", nil))
		if w.Code != status || strings.TrimSpace(w.Body.String()) != state || w.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%d %q, and %d %q was due", w.Code, w.Body, status, state)
		}
	}
	asked(http.StatusOK, "ready")
	h.health.mu.Lock()
	h.health.ready, h.health.wall = h.health.ready.Add(-time.Minute), h.health.wall.Add(-time.Minute)
	h.health.mu.Unlock()
	asked(http.StatusServiceUnavailable, "store_unavailable") // nobody looked for a while

	// Whoever's clock stepped answers nobody until it was compared.
	var off atomic.Int64
	h.Now = func() time.Time { return time.Now().Add(time.Duration(off.Load())) }
	for _, step := range []time.Duration{time.Hour, -time.Hour} {
		h.look(context.Background())
		asked(http.StatusOK, "ready")
		off.Add(int64(step))
		asked(http.StatusServiceUnavailable, "clock_wrong")
		w := httptest.NewRecorder()
		h.server.ServeHTTP(w, httptest.NewRequest("GET", "https://netid.example/jwks", nil))
		if w.Code != http.StatusServiceUnavailable {
			t.Errorf("a clock that stepped %v, and it answers %d", step, w.Code)
		}
	}
	h.look(context.Background()) // the embedded store has no other clock
	asked(http.StatusOK, "ready")

	// Whoever leaves says so before it ends.
	h.Drain = 200 * time.Millisecond
	ctx, stop := context.WithCancel(context.Background())
	serving := h.drained(ctx)
	stop()
	for h.state() != "leaving" {
		time.Sleep(time.Millisecond)
	}
	if serving.Err() != nil {
		t.Error("it ended when it said that it would")
	}
	asked(http.StatusServiceUnavailable, "leaving")
	<-serving.Done()

	h.store.Close()
	h.health.leaving, h.health.ready = false, time.Time{}
	h.look(context.Background())
	asked(http.StatusServiceUnavailable, "store_unavailable")
}
