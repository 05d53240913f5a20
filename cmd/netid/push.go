package main

import (
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"

	"netid/internal/connector/egress"
	"netid/internal/connector/webpush"
	"netid/internal/web/citizen"
)

// pushServices are those of browsers' makers, asked through the guard.
func (h *house) pushServices() *webpush.Service {
	guard := egress.New(h.Loopback)
	return &webpush.Service{Listed: h.Push, Contact: webpush.Contact(h.Operator.Contact), Signers: h.ring.Signers("push"), Form: guard.Check, Post: h.outward(guard.Knock), Count: h.makers.count, Now: h.Now}
}

// signals are the citizen's pages of them; nil where the operator lists no push service.
func (h *house) signals(a acts) citizen.Signaller {
	if len(h.Push) == 0 {
		return nil
	}
	return a.signal
}

// listedHosts refuses what could be read as more than it says.
func listedHosts(hosts []string) error {
	for _, host := range hosts {
		if !webpush.Pattern(host) {
			return fmt.Errorf("push: %q is no host name, nor *. and one", host)
		}
	}
	return nil
}

// makers counts what was asked of each push service since it was last told: all
// that leaves for one is countable, and nothing else of it is kept.
type makers struct {
	mu   sync.Mutex // guards what follows
	took map[string]int
	not  map[string]int
}

func (m *makers) count(host string, took bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.took == nil {
		m.took, m.not = map[string]int{}, map[string]int{}
	}
	if m.took[host] += 0; took {
		m.took[host]++
	} else {
		m.not[host]++
	}
}

// tell logs the counts, for the operator, and begins anew.
func (m *makers) tell(log *slog.Logger) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, host := range slices.Sorted(maps.Keys(m.took)) {
		log.Info("signals", "host", host, "taken", m.took[host], "not_taken", m.not[host])
	}
	m.took, m.not = nil, nil
}
