package main

import (
	"context"
	"io"
	"net/http"
	"sync"
	"time"

	"netid/internal/fault"
	"netid/internal/store"
)

const (
	storeAge = 5 * time.Second // after which a store that did not answer counts as away
	askTime  = 4 * time.Second // of one look at it

	clockWrong = "clock_wrong" // the store's word, see store.Ready
)

// health is what a balancer asks for: whether requests are to come here.
type health struct {
	mu      sync.Mutex // guards what follows
	ready   time.Time  // when a look at the store last found all in order, by a clock that nobody sets
	wall    time.Time  // the same moment by the node's clock
	said    string     // what the last look found otherwise
	leaving bool
}

// look asks the store whether this node can do its work. It runs beside the
// requests, so that asking for health costs the store nothing.
func (h *house) look(ctx context.Context) {
	within, stop := context.WithTimeout(ctx, askTime)
	defer stop()
	ready, wall := time.Now(), h.Now().Round(0)
	err := h.store.Ready(within)
	h.health.mu.Lock()
	defer h.health.mu.Unlock()
	if err == nil {
		h.health.ready, h.health.wall, h.health.said = ready, wall, ""
		return
	}
	if said := fault.Public(err); said != h.health.said && ctx.Err() == nil {
		h.health.said = said
		h.Log.Error("this node is not ready", "err", err)
	}
}

// state is "ready", or why requests are better sent elsewhere: the node
// "leaves", or what the store said. A store that is slow to answer is given time.
// A clock that is wrong is wrong at once, and one that stepped since the last
// look is until the next one.
func (h *house) state() string {
	now, wall, s := time.Now(), h.Now().Round(0), &h.health
	s.mu.Lock()
	defer s.mu.Unlock()
	step := wall.Sub(s.wall) - now.Sub(s.ready)
	switch {
	case s.leaving:
		return "leaving"
	case s.said == clockWrong || step.Abs() > store.Drift && !s.ready.IsZero():
		return clockWrong
	case now.Sub(s.ready) > storeAge:
		return "store_unavailable"
	}
	return "ready"
}

func (h *house) healthz(w http.ResponseWriter, _ *http.Request) {
	state := h.state()
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	if state != "ready" {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	io.WriteString(w, state+"\n")
}

// timely lets nothing in while the clock is wrong: what is fresh would be called
// expired, and what is over would be good again.
func (h *house) timely(next http.Handler, page func(w http.ResponseWriter, r *http.Request, status int, reason string)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/healthz" && h.state() == clockWrong {
			page(w, r, http.StatusServiceUnavailable, clockWrong)
			return
		}
		next.ServeHTTP(w, r)
	})
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
