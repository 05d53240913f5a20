package store

import (
	"sync"
	"time"

	"netid/internal/identity"
)

// partyAge is the longest that a change of a party by another process goes
// unnoticed here. Whatever is committed still asks the party's row (GuardParty).
const partyAge = 500 * time.Millisecond

// remembered are parties as they were read a moment ago: every request of a
// verification asks for the same one, and reading it was a tenth of its cost.
type remembered struct {
	mu      sync.RWMutex // guards all below
	parties map[identity.PartyID]seen
	changes uint64 // of parties by this process: what was read before one is not kept
}

type seen struct {
	party identity.Party
	at    time.Time // by the store's clock
}

func (m *remembered) get(id identity.PartyID, now time.Time) (identity.Party, bool) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	s, ok := m.parties[id]
	age := now.Sub(s.at)
	return s.party, ok && age >= 0 && age < partyAge // a clock that was set back remembers nothing
}

// begin marks the moment before a read.
func (m *remembered) begin() uint64 {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.changes
}

// keep takes what was read since begin, unless a party changed meanwhile.
func (m *remembered) keep(since uint64, p identity.Party, now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if since != m.changes {
		return
	}
	if m.parties == nil || len(m.parties) >= 4096 { // more are read each time
		m.parties = map[identity.PartyID]seen{}
	}
	m.parties[p.ID] = seen{p, now}
}

// forget is called when a party's change is on disk, before its caller is answered.
func (m *remembered) forget() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.parties, m.changes = nil, m.changes+1
}
