package vault

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"sync"
	"time"

	"netid/internal/identity"
)

const (
	recentTurn = 30 * time.Second // what was opened is forgotten between one and two of these later
	recentMost = 4096             // persons of one turn; more are opened each time
)

// recent are persons opened a moment ago. Within a verification the same person
// is opened four times, and unwrapping was a third of what that cost, with a
// read of the shelf each time. What is remembered never stands in for the row:
// it is found by the very bytes that were unwrapped, so a person who is gone,
// altered or wrapped anew is not found by them, on whatever node that was done.
type recent struct {
	mu        sync.RWMutex // guards all below
	on        bool
	now, then map[identity.PersonID]*memory // of this turn, of the one before
	shreds    uint64                        // what was opened before one is not kept
}

// memory is one person, never changed once it is kept.
type memory struct {
	keys    identity.WrappedKeys
	profile []byte // sealed
	opened  identity.Opened
	regime  identity.Regime // on that day; "" where nobody asked
	on      identity.Date
}

func (*recent) Format(f fmt.State, _ rune) { io.WriteString(f, "persons") }
func (memory) Format(f fmt.State, _ rune)  { io.WriteString(f, "person") }

// Remember lets the vault keep persons it opened, for a minute at most
// and until the context ends. Without it unwrapped keys live as long as one act.
func (v *Vault) Remember(ctx context.Context) {
	v.recent.turn(true)
	t := time.NewTicker(recentTurn)
	defer t.Stop()
	for {
		select {
		case <-t.C:
			v.recent.turn(true)
		case <-ctx.Done():
			v.recent.turn(false)
			v.recent.turn(false)
			return
		}
	}
}

// turn forgets what two turns ago was opened.
func (r *recent) turn(on bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.on, r.then, r.now = on, r.now, map[identity.PersonID]*memory{}
}

func (r *recent) find(id identity.PersonID) *memory {
	if m := r.now[id]; m != nil {
		return m
	}
	return r.then[id]
}

// get gives the person of a row, as far as it is the one that was opened.
// Standing and epoch are the row's.
func (r *recent) get(row identity.PersonRow) (identity.Opened, bool) {
	r.mu.RLock()
	m := r.find(row.ID)
	r.mu.RUnlock()
	if m == nil || !sameKeys(m.keys, row.Keys) || !bytes.Equal(m.profile, row.Profile) {
		return identity.Opened{}, false
	}
	o := m.opened
	o.Standing, o.Epoch = row.Standing, row.Epoch
	return o, true
}

func sameKeys(a, b identity.WrappedKeys) bool {
	return bytes.Equal(a.Locator, b.Locator) && bytes.Equal(a.Identity, b.Identity) && bytes.Equal(a.Subject, b.Subject) && bytes.Equal(a.Record, b.Record)
}

// begin marks the moment before a person is read.
func (r *recent) begin() uint64 {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.shreds
}

// keep takes what was opened since begin, unless a slot was destroyed meanwhile.
func (r *recent) keep(since uint64, row identity.PersonRow, o identity.Opened) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.on && since == r.shreds && len(r.now) < recentMost {
		r.now[row.ID] = &memory{keys: row.Keys, profile: row.Profile, opened: o}
	}
}

// regime is what was answered about the person on that day, a minute ago at most.
func (r *recent) regime(id identity.PersonID, on identity.Date) (identity.Regime, bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	m := r.find(id)
	if m == nil || m.on != on || m.regime == "" {
		return "", false
	}
	return m.regime, true
}

// keepRegime adds it to what is remembered.
func (r *recent) keepRegime(since uint64, id identity.PersonID, on identity.Date, answer identity.Regime) {
	r.mu.Lock()
	defer r.mu.Unlock()
	m := r.find(id)
	if m == nil || since != r.shreds {
		return
	}
	with := *m
	with.regime, with.on = answer, on
	for _, turn := range []map[identity.PersonID]*memory{r.now, r.then} { // where it is, so that it lives no longer
		if turn[id] == m {
			turn[id] = &with
		}
	}
}

// forget drops the persons that a slot or an id names, at once.
func (r *recent) forget(whose func(identity.Opened) bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.shreds++
	for _, turn := range []map[identity.PersonID]*memory{r.now, r.then} {
		for id, m := range turn {
			if whose(m.opened) {
				delete(turn, id)
			}
		}
	}
}
