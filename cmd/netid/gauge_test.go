package main

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"netid/internal/gauge"
)

// What is answered is counted by how it ended; a node's health is not.
func TestWhatIsAnsweredIsCounted(t *testing.T) {
	h := built(t, true)
	ask := func(next http.Handler, path string) {
		defer func() { recover() }()
		next.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", path, nil))
	}
	ask(h.server, "/")
	ask(h.server, "/nowhere-at-all")
	ask(h.server, "/healthz")
	ask(h.gauged(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("x") })), "/")
	ask(h.gauged(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(103)
		w.WriteHeader(503)
		w.WriteHeader(200)
	})), "/")
	var sum gauge.Minute
	for _, m := range h.gauge.Hour(h.Now()) {
		sum.Asked, sum.Refused, sum.Failed = sum.Asked+m.Asked, sum.Refused+m.Refused, sum.Failed+m.Failed
	}
	if sum.Asked != 4 || sum.Refused != 1 || sum.Failed != 2 {
		t.Errorf("%+v", sum)
	}
}

// Figures of machines and their insides are served at no listener, whoever asks (N16).
func TestN16NothingForMachinesToScrape(t *testing.T) {
	for _, sandbox := range []bool{true, false} {
		h := built(t, sandbox)
		door, err := h.openOperatorDoor()
		if err != nil {
			t.Fatal(err)
		}
		door.Close()
		for name, at := range map[string]http.Handler{"public": h.server, "machines": forMachines(h.server), "operator": door.Handler} {
			for _, path := range []string{"/metrics", "/metrics/", "/debug/pprof/", "/debug/pprof/heap", "/debug/vars", "/debug/requests"} {
				for _, method := range []string{"GET", "POST"} {
					w := httptest.NewRecorder()
					at.ServeHTTP(w, httptest.NewRequest(method, path, nil))
					if w.Code != http.StatusNotFound && w.Code != http.StatusMethodNotAllowed {
						t.Errorf("%s: %s %s: %d", name, method, path, w.Code)
					}
				}
			}
		}
	}
}
