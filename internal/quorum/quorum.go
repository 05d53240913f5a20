// Package quorum is what stays readable after an erasure, and to whom: to some
// of several officers together, for the term that law sets, and then to nobody.
//
// It owns the officers' keys, one key pair a month and class of retention whose
// private half is split among them, the files in which that lies, and the rows
// that leave a person's month to the quorum. It refuses to know what an event
// says, what law asks, and when an officer may look (package assist's business).
//
// Invariant: a process that serves holds public halves alone. The private half
// of a month exists where months are made ahead, for as long as it takes to split
// it, and where enough officers come together; never in between. A month's key
// is destroyed on its printed date, never before, and never made again.
//
// The files are this package's own format, under a MAC of the keyring's use
// "quorum": whoever can write files and has no key cannot put a public half of
// their own there. Decision: docs/adr/0017-officers-quorum.md.
package quorum

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"netid/internal/disk"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
)

// Entry describes the key of one period and gives nothing of it away.
type Entry struct {
	ID        string    `json:"id"` // of the public half
	Month     string    `json:"month"`
	Class     string    `json:"class"`
	Created   time.Time `json:"created"`
	Until     time.Time `json:"until"` // it is destroyed from then on, and not before
	Needed    int       `json:"needed"`
	Of        int       `json:"of"`
	Public    string    `json:"public,omitempty"` // gone once Ended
	Shares    []byte    `json:"shares"`           // digest of the file of sealed shares
	Ended     time.Time `json:"ended,omitzero"`
	Destroyed time.Time `json:"destroyed,omitzero"`
	Settled   time.Time `json:"settled,omitzero"` // what it kept was dropped from the store, and the ledger says so
}

// Period is the month and class that the key is for; zero of an entry that is
// not one of this package's.
func (e Entry) Period() identity.Period {
	m, err := identity.ParseMonth(e.Month)
	c, err2 := identity.ParseClass(e.Class)
	if err != nil || err2 != nil {
		return identity.Period{}
	}
	return identity.Period{Month: m, Class: c}
}

// Quorum is the officers and months of one service, as its files say.
// Goroutines share it.
type Quorum struct {
	dir  string
	key  identity.Secret // of the MAC
	now  func() time.Time
	disk disk.Disk

	mu   sync.Mutex // guards what follows
	m    manifest
	seen os.FileInfo
}

// Open reads what is in dir; where nobody was founded yet it is empty. It
// changes nothing. key is the keyring's "quorum", whose suite all keys here belong to.
func Open(dir string, key identity.Secret, now func() time.Time) (*Quorum, error) {
	q := &Quorum{dir: dir, key: key, now: now, disk: disk.Machine{}}
	return q, fault.At("quorum.Open", q.Refresh())
}

// Refresh takes over what a command changed in the files since. What does not
// check is an error, and leaves what was read before.
func (q *Quorum) Refresh() error {
	const op = "quorum.Refresh"
	q.mu.Lock()
	defer q.mu.Unlock()
	info, err := os.Stat(filepath.Join(q.dir, manifestName))
	if errors.Is(err, fs.ErrNotExist) && q.seen == nil {
		return nil
	}
	if err != nil {
		return fault.Wrap(op, fault.Internal, "internal", err)
	}
	if q.seen != nil && os.SameFile(info, q.seen) && info.ModTime().Equal(q.seen.ModTime()) {
		return nil
	}
	m, err := readManifest(q.dir, q.key)
	if err != nil {
		return fault.At(op, err)
	}
	if m.Generation < q.m.Generation {
		return fault.Newf(op, fault.Internal, "internal", "the quorum's files are older than those in force")
	}
	q.m, q.seen = m, info
	return nil
}

func (q *Quorum) held() manifest {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.m
}

// Founded reports whether there are officers.
func (q *Quorum) Founded() bool { return len(q.held().Officers) > 0 }

// Officers are the present ones, by the ids of their keys, and how many of them
// open a month together.
func (q *Quorum) Officers() (ids []string, needed int) {
	m := q.held()
	for _, text := range m.Officers {
		r, err := suite.ParseRecipient(text)
		if err == nil {
			ids = append(ids, r.ID())
		}
	}
	return ids, m.Needed
}

// Months are all keys there ever were, by month and class.
func (q *Quorum) Months() []Entry { return slices.Clone(q.held().Months) }

// Ready reports whether every class that law makes the service keep has a key
// for the month.
func (q *Quorum) Ready(m identity.Month) bool {
	for _, c := range identity.Classes() {
		if _, err := q.public(identity.Period{Month: m, Class: c}); err != nil {
			return false
		}
	}
	return true
}

// public gives the half that a period is sealed to. None is Unavailable
// "quorum_missing": what cannot be left to the officers does not happen.
func (q *Quorum) public(p identity.Period) (suite.Recipient, error) {
	const op = "quorum.public"
	e, found := q.held().find(p)
	if !found {
		if err := q.Refresh(); err != nil { // months are made beside the server
			return suite.Recipient{}, fault.Wrap(op, fault.Unavailable, "quorum_missing", err)
		}
		e, found = q.held().find(p)
	}
	if !found || e.Public == "" {
		return suite.Recipient{}, fault.Newf(op, fault.Unavailable, "quorum_missing", "no key of the quorum for %s", p)
	}
	r, err := suite.ParseRecipient(e.Public)
	return r, fault.Wrap(op, fault.Internal, "internal", err)
}

// Due are the periods whose term is over at now, oldest first, whatever was
// done about it.
func (q *Quorum) Due(now time.Time) (due []identity.Term) {
	for _, e := range q.Months() {
		if !now.Before(e.Until) {
			due = append(due, identity.Term{Key: e.ID, Period: e.Period(), Settled: !e.Settled.IsZero()})
		}
	}
	return due
}

func (q *Quorum) Format(f fmt.State, _ rune) { io.WriteString(f, "quorum") }
func (q *Quorum) LogValue() slog.Value       { return slog.StringValue("quorum") }
