package main

import (
	"context"
	"io"
	"net/http"
	"sync"
	"time"

	"netid/internal/fault"
)

const (
	storeAge = 5 * time.Second // after which a store that did not answer counts as away
	askTime  = 4 * time.Second // of one look at it
)

// health is what a balancer asks for: whether requests are to come here.
type health struct {
	mu      sync.Mutex // guards what follows
	ready   time.Time  // of the last look at the store that found all in order
	said    string     // what the last look found otherwise
	leaving bool
}

// look asks the store whether this node can do its work. It runs beside the
// requests, so that asking for health costs the store nothing.
func (h *house) look(ctx context.Context) {
	within, stop := context.WithTimeout(ctx, askTime)
	defer stop()
	err := h.store.Ready(within)
	h.health.mu.Lock()
	defer h.health.mu.Unlock()
	if err == nil {
		h.health.ready, h.health.said = time.Now(), ""
		return
	}
	if said := fault.Public(err); said != h.health.said && ctx.Err() == nil {
		h.health.said = said
		h.Log.Error("this node is not ready", "err", err)
	}
}

// state is "ready", or why requests are better sent elsewhere: the node
// "leaves", or what the store said. A store that is slow to answer is given time;
// a clock that is wrong is wrong at once.
func (s *health) state(now time.Time) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.leaving:
		return "leaving"
	case s.said == "clock_wrong":
		return s.said
	case now.Sub(s.ready) > storeAge:
		return "store_unavailable"
	}
	return "ready"
}

func (h *house) healthz(w http.ResponseWriter, _ *http.Request) {
	state := h.health.state(time.Now())
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	if state != "ready" {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	io.WriteString(w, state+"\n")
}

// drained ends a while after ctx does. In between balancers hear that this node
// leaves, and whatever they send until then is served as ever.
func (h *house) drained(ctx context.Context) context.Context {
	later, end := context.WithCancel(context.WithoutCancel(ctx))
	context.AfterFunc(ctx, func() {
		h.health.mu.Lock()
		h.health.leaving = true
		h.health.mu.Unlock()
		time.Sleep(h.Drain)
		end()
	})
	return later
}
