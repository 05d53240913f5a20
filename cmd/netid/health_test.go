package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestHealth(t *testing.T) {
	h := built(t, true)
	asked := func(status int, state string) {
		t.Helper()
		w := httptest.NewRecorder()
		h.server.ServeHTTP(w, httptest.NewRequest("GET", "https://netid.example/healthz", nil))
		if w.Code != status || strings.TrimSpace(w.Body.String()) != state || w.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%d %q, and %d %q was due", w.Code, w.Body, status, state)
		}
	}
	asked(http.StatusOK, "ready")
	now := time.Now()
	if s := h.health.state(now.Add(storeAge + time.Second)); s != "store_unavailable" {
		t.Error("nobody looked for a while, and it is", s)
	}
	h.health.mu.Lock()
	h.health.said = "clock_wrong"
	h.health.mu.Unlock()
	asked(http.StatusServiceUnavailable, "clock_wrong")
	h.look(context.Background())
	asked(http.StatusOK, "ready")

	// Whoever leaves says so before it ends.
	h.Drain = 200 * time.Millisecond
	ctx, stop := context.WithCancel(context.Background())
	serving := h.drained(ctx)
	stop()
	for h.health.state(now) != "leaving" {
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
