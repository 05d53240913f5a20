// Package tally is the act that counts for everybody what the service does
// (obligations X-1, C1, C8): how many were enrolled, answered, refused, erased.
//
// It owns the figures, from the moment when something happened to the month's
// publication in the ledger. It refuses to know whom or which party a figure is
// about: it is told a word, and adds one.
//
// Invariant: a verification costs no write more for being counted. What was
// counted stands in one sealed row, of one size, which is written once a minute
// and goes when its month is published: from then on only what is rounded is
// anywhere. A process that is killed loses what it counted in its last minute.
//
// Decisions: docs/adr/0060-the-public-page.md.
package tally

import (
	"context"
	"strings"
	"sync"
	"time"

	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/ledger"
)

// Store keeps the row of the month that runs, and finds the months that are published.
type Store interface {
	Draft(ctx context.Context, id []byte) (identity.DraftRow, error)
	Jot(ctx context.Context, notes ...identity.Note) error
	Entry(ctx context.Context, key identity.EntryKey) (identity.EntryRow, error)
	Party(ctx context.Context, id identity.PartyID) (identity.Party, error)
	Parties(ctx context.Context) ([]identity.Party, error)
}

// Box seals the row.
type Box interface {
	Seal(v any) (string, error)
	Open(s string, v any) error
}

// Act counts and publishes.
type Act struct {
	Store   Store
	Figures Box
	Place   func(month string) []byte // names a month's row
	Digest  func(parts ...[]byte) [32]byte
	Book    *ledger.Book
	Law     *law.Book
	Live    bool // the month that runs is shown too: in a sandbox, where everybody is synthetic
	Now     func() time.Time

	mu     sync.Mutex // guards all below
	counts map[figure]int
	plain  map[disclosed]int // whose ground is looked up when they are kept
	report *Report
	fresh  time.Time // until when the report is given out as it is
}

// figure is what is counted: a line of the page and, where the line is divided, by what.
type figure struct{ name, of string }

func (f figure) String() string {
	if f.of == "" {
		return f.name
	}
	return f.name + ":" + f.of
}

func parse(s string) figure {
	name, of, _ := strings.Cut(s, ":")
	return figure{name, of}
}

// disclosed is plain text that a party got. The party is forgotten within the minute.
type disclosed struct {
	party identity.PartyID
	item  string
}

// Happened counts an event that is on disk.
func (a *Act) Happened(e identity.Event) {
	name, ok := lineOf[e.Kind]
	if !ok {
		return
	}
	f := figure{name: name}
	if e.Kind == identity.Declined {
		f.of = reasonOf(e.Detail)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.add(f, 1)
	if e.Kind != identity.Verified {
		return
	}
	for _, given := range e.Given {
		if item, plain := strings.CutSuffix(given, "=plaintext"); plain {
			if a.plain == nil {
				a.plain = map[disclosed]int{}
			}
			a.plain[disclosed{e.Party, item}]++
		}
	}
}

// Refused counts a refusal by a rule of the law's; others are no figure of this page.
func (a *Act) Refused(reason string) {
	if _, ok := law.Reasons()[reason]; !ok {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.add(figure{"refused", reason}, 1)
}

// Took counts how long an erasure took, from the citizen's word to the destroyed key.
func (a *Act) Took(d time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.add(figure{"erasure", spanOf(d)}, 1)
}

func (a *Act) add(f figure, n int) {
	if a.counts == nil {
		a.counts = map[figure]int{}
	}
	a.counts[f] += n
}

// taken empties the memory, for the row.
func (a *Act) taken() (map[figure]int, map[disclosed]int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	counts, plain := a.counts, a.plain
	a.counts, a.plain = nil, nil
	return counts, plain
}

// back puts into memory again what could not be kept.
func (a *Act) back(counts map[figure]int, plain map[disclosed]int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for f, n := range counts {
		a.add(f, n)
	}
	for d, n := range plain {
		if a.plain == nil {
			a.plain = map[disclosed]int{}
		}
		a.plain[d] += n
	}
}
