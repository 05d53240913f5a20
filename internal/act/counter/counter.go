// Package counter is the act by which the operator sets up places at which
// clerks help people to enrol, and by which a clerk signs in there (ADR 0040).
//
// It owns the list of counters, their credentials and their clerks' sessions, and
// refuses to know who is enrolled: what a clerk does in an enrolment is act/enrol's.
//
// Invariants: a credential is shown once and kept as its digest; where two set a counter
// up, each knows half of it and neither is a clerk by it (N02, half.go); it ends after a
// year, or when its counter is removed, and every session made by it with it. Each
// addition and removal is a public event of the ledger, in the commit that makes it.
package counter

import (
	"context"
	"slices"
	"strings"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/ledger"
)

const (
	credentialLife = 365 * 24 * time.Hour
	sessionLife    = 12 * time.Hour
	idle           = 15 * time.Minute // a clerk who left does not leave the counter open
	most           = 500              // counters: their list is one row
)

// Store keeps the list.
type Store interface {
	Draft(ctx context.Context, id []byte) (identity.DraftRow, error)
	Jot(ctx context.Context, notes ...identity.Note) error
}

// Cover seals the list.
type Cover interface {
	ID(identity.Handle) []byte
	Seal(identity.Handle, any) ([]byte, error)
	Open(identity.Handle, []byte, any) error
	Equal(a, b []byte) bool
	Digest(parts ...[]byte) [32]byte
}

// Index names the row of the list under a key of the service.
type Index interface {
	CounterIndex(kind string, parts ...[]byte) []byte
}

// Box seals a clerk's session.
type Box interface {
	Seal(v any) (string, error)
	Open(s string, v any) error
}

// Act keeps counters.
type Act struct {
	Store    Store
	Cover    Cover
	Index    Index
	Sessions Box
	Book     *ledger.Book
	Now      func() time.Time
}

// Counter is one as the operator sees it.
type Counter struct {
	ID    identity.CounterID `json:"id"`
	Added time.Time          `json:"added"`
	Until time.Time          `json:"until"`
}

// entry is one as it is kept.
type entry struct {
	Counter
	Key []byte `json:"k"` // digest of the credential
}

// list is the one row: {version it was read at, counters in the order of their names}.
type list struct {
	Counters []entry `json:"c"`
}

// at is where the list lies: a name and a seal that only the service's key gives.
func (a *Act) at() identity.Handle {
	return a.Cover.Digest([]byte("netid/counters/v1"), a.Index.CounterIndex("counters"))
}

func (a *Act) read(ctx context.Context) (l list, version uint64, err error) {
	row, err := a.Store.Draft(ctx, a.Cover.ID(a.at()))
	if fault.Is(err, fault.NotFound) {
		return l, 0, nil
	}
	if err != nil {
		return l, 0, err
	}
	err = a.Cover.Open(a.at(), row.Body, &l)
	l.Counters = slices.DeleteFunc(l.Counters, func(e entry) bool { return !a.Now().Before(e.Until) })
	return l, row.Version, err
}

// amend changes the list in the commit of the event that says so. Who comes
// second reads again.
func (a *Act) amend(ctx context.Context, op string, id identity.CounterID, kind identity.EventKind, change func(*list) error) error {
	for again := 0; ; again++ {
		l, version, err := a.read(ctx)
		if err != nil {
			return fault.At(op, err)
		}
		if version == 0 {
			if err := a.begin(ctx); err != nil {
				return fault.At(op, err)
			}
			version = 1
		}
		if err := change(&l); err != nil {
			return fault.At(op, err)
		}
		row, err := a.row(l, version+1)
		if err != nil {
			return fault.At(op, err)
		}
		_, err = a.Book.RecordPublic(ctx, identity.Event{Kind: kind, Detail: string(id), Grounds: []identity.Ground{}}, identity.SwapDraft{Draft: row, From: version})
		if !fault.Because(err, "draft_moved") || again == 7 {
			return fault.At(op, err)
		}
	}
}

// begin makes the empty list, of which the first counter is an amendment.
func (a *Act) begin(ctx context.Context) error {
	row, err := a.row(list{}, 1)
	if err != nil {
		return err
	}
	if err := a.Store.Jot(ctx, identity.PutDraft{Draft: row}); !fault.Because(err, "draft_exists") {
		return err
	}
	return nil
}

func (a *Act) row(l list, version uint64) (row identity.DraftRow, err error) {
	row = identity.DraftRow{ID: a.Cover.ID(a.at()), Version: version, Expires: a.Now().Add(credentialLife)}
	row.Body, err = a.Cover.Seal(a.at(), l)
	return row, err
}

// Add sets up a counter and gives its credential, this once. Adding one that is
// there gives it another credential, and the former is void.
func (a *Act) Add(ctx context.Context, name string) (c Counter, credential string, err error) {
	const op = "counter.Add"
	id, key, credential, err := a.Offer(name)
	if err == nil {
		c, err = a.install(ctx, id, key)
	}
	return c, credential, fault.At(op, err)
}

// Offer makes a credential, or its first half, that opens nothing until a counter is set up
// by its digest, key.
func (a *Act) Offer(name string) (id identity.CounterID, key []byte, credential string, err error) {
	if id, err = identity.ParseCounterID(name); err != nil {
		return "", nil, "", fault.At("counter.Offer", err)
	}
	secret := identity.NewHandle()
	return id, a.digest(id, secret), string(id) + "." + secret.Text(), nil
}

// install sets up a counter under the digest of a credential. What stands under that
// digest already stays as it is: to do it again does nothing.
func (a *Act) install(ctx context.Context, id identity.CounterID, key []byte) (c Counter, err error) {
	const op = "counter.install"
	if _, err := identity.ParseCounterID(string(id)); err != nil || len(key) != 32 {
		return c, fault.New(op, fault.Invalid, "counter_invalid")
	}
	if e, err := a.find(ctx, id); err == nil && a.Cover.Equal(e.Key, key) {
		return e.Counter, nil
	}
	now := a.Now().UTC().Truncate(time.Second)
	c = Counter{ID: id, Added: now, Until: now.Add(credentialLife)}
	err = a.amend(ctx, op, id, identity.CounterAdded, func(l *list) error {
		l.Counters = append(l.without(id), entry{c, key})
		if len(l.Counters) > most {
			return fault.New(op, fault.Conflict, "counters_full")
		}
		slices.SortFunc(l.Counters, func(x, y entry) int { return strings.Compare(string(x.ID), string(y.ID)) })
		return nil
	})
	return c, err
}

// Remove ends a counter: its clerk is signed out, and what was begun there and is not
// finished ends nowhere.
func (a *Act) Remove(ctx context.Context, name string) error {
	const op = "counter.Remove"
	return a.amend(ctx, op, identity.CounterID(name), identity.CounterGone, func(l *list) error {
		left := l.without(identity.CounterID(name))
		if len(left) == len(l.Counters) {
			return fault.New(op, fault.NotFound, "counter_unknown")
		}
		l.Counters = left
		return nil
	})
}

// List gives all counters.
func (a *Act) List(ctx context.Context) ([]Counter, error) {
	l, _, err := a.read(ctx)
	all := make([]Counter, 0, len(l.Counters))
	for _, e := range l.Counters {
		all = append(all, e.Counter)
	}
	return all, fault.At("counter.List", err)
}

// Stands gives the guard under which counters stand as they do now: in a commit it
// fails ("draft_changed") where one was added or removed since. Fails with Forbidden
// "counter_unknown" unless there are all of them, each with the credential that it had at
// that moment: what was begun under one that was taken away ends nowhere.
func (a *Act) Stands(ctx context.Context, since time.Time, ids ...identity.CounterID) (identity.Verb, error) {
	const op = "counter.Stands"
	l, version, err := a.read(ctx)
	for _, id := range ids {
		if err == nil {
			var e entry
			if e, err = l.find(id); err == nil && e.Added.After(since) {
				err = fault.New(op, fault.Forbidden, "counter_unknown")
			}
		}
	}
	return identity.GuardDraft{ID: a.Cover.ID(a.at()), Version: version}, fault.At(op, err)
}

func (a *Act) find(ctx context.Context, id identity.CounterID) (entry, error) {
	l, _, err := a.read(ctx)
	if err != nil {
		return entry{}, err
	}
	return l.find(id)
}

func (l list) find(id identity.CounterID) (entry, error) {
	for _, e := range l.Counters {
		if e.ID == id {
			return e, nil
		}
	}
	return entry{}, fault.New("counter.find", fault.Forbidden, "counter_unknown")
}

func (l list) without(id identity.CounterID) []entry {
	return slices.DeleteFunc(slices.Clone(l.Counters), func(e entry) bool { return e.ID == id })
}

func (a *Act) digest(id identity.CounterID, key identity.Handle) []byte {
	d := a.Cover.Digest([]byte("netid/counter/key/v1"), []byte(id), key[:])
	return d[:]
}
