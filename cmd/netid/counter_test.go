package main

import (
	"bytes"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"netid/internal/identity"
)

// The operator hears of a counter that enrols unusually many, and of no other.
func TestACounterThatEnrolsMany(t *testing.T) {
	h := built(t, true)
	door := httptest.NewServer(h.server)
	t.Cleanup(door.Close)
	for _, name := range []string{"busy", "quiet"} {
		if out, code := operate("counter", "add", name, "--server", door.URL); code != 0 || !strings.Contains(out, name+".") {
			t.Fatal(out)
		}
	}
	if out, code := operate("counter", "add", "No Counter", "--server", door.URL); code == 0 || !strings.Contains(out, "small letters") {
		t.Error(out)
	}
	var said bytes.Buffer
	watch := &house{settings: settings{Log: slog.New(slog.NewTextHandler(&said, nil))}, counters: h.counters, helped: h.helped}
	watch.warnOfCounters(t.Context())
	if said.Len() > 0 {
		t.Error("before anybody came:", said.String())
	}
	helped := make([]identity.Note, 80)
	for i := range helped {
		helped[i] = identity.Count{Index: h.helped.Vault.CounterIndex("counter-day", []byte("busy")), Limit: 100, Window: 24 * time.Hour, Now: time.Now()}
	}
	if err := h.store.Jot(t.Context(), helped...); err != nil {
		t.Fatal(err)
	}
	watch.warnOfCounters(t.Context())
	if told := said.String(); strings.Count(told, "unusually many") != 1 || !strings.Contains(told, "counter=busy") {
		t.Error(told)
	}
	if out, _ := operate("counter", "list", "--server", door.URL); strings.Count(out, "unusually many") != 1 {
		t.Error(out)
	}
	if out, code := operate("counter", "remove", "busy", "--server", door.URL); code != 0 {
		t.Error(out)
	}
	if out, _ := operate("counter", "list", "--server", door.URL); strings.Contains(out, "busy") || !strings.Contains(out, "quiet") {
		t.Error(out)
	}
}
