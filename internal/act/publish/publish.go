// Package publish is the act that gives certificates the places of their statuses,
// and publishes what the lists say (Arts 4, 14: who freezes is believed by everybody).
//
// It owns which numbers are taken, the lists in memory, and when each is signed
// anew. It refuses to know whose a place is and why a status changed: those who
// change a standing mark it in their own commit, by the store's verbs.
//
// Invariant: no place is given twice; what is revoked stays so; and what a list
// says is never older than Follow's last success, which Ready tells.
//
// Specification: draft-ietf-oauth-status-list-21. Decisions: docs/adr/0047-status.md.
package publish

import (
	"context"
	"slices"
	"strconv"
	"sync"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
)

// How a list lives. Every node signs by itself: what two of them say of one state
// differs in the signature alone, and in a time that both take from the clock's round moments.
const (
	Period = 10 * time.Second // how often the marks are followed
	TTL    = 5 * time.Minute
	Life   = 24 * time.Hour
	anew   = 6 * time.Hour // a list that nobody changes is signed again
	// stale is how long a list is given out that no mark reached since: then it
	// says nothing, for nobody could tell what was frozen in the meantime.
	stale = time.Minute
	page  = 20_000
)

// Store has the marks.
type Store interface {
	Shards(ctx context.Context) ([]uint32, error)
	MarkTurn(ctx context.Context) (uint64, error)
	MarksFrom(ctx context.Context, from identity.Place, limit int) ([]identity.StatusMark, error)
	MarksAfter(ctx context.Context, turn uint64, limit int) ([]identity.StatusMark, error)
}

// List is the statuses of one list.
type List interface {
	Mark(index uint64, s identity.CertificateStatus) error
}

// Forms in which a list is written.
const (
	JWT = "jwt"
	CWT = "cwt"
)

// Signer makes and signs lists.
type Signer[L List] interface {
	New() (L, error)
	Sign(form, uri string, issued, expires time.Time, ttl time.Duration, aggregation string, l L) ([]byte, error)
	// Tag is the same on every node for what a list says, and another for anything else.
	Tag(uri string, turn time.Time, l L) string
}

// Signed is a list as it leaves.
type Signed struct {
	Body   []byte
	Tag    string
	Issued time.Time
}

// Act publishes.
type Act[L List] struct {
	Store  Store
	Signer Signer[L]
	Issuer string
	Now    func() time.Time

	following sync.Mutex // guards the two below
	began     bool
	turn      uint64 // of the last change that was followed

	mu    sync.RWMutex // guards all below, never while somebody waits for the store
	lists map[uint32]*shard[L]
	fresh time.Time // when the marks were last read through
}

// shard is one list and what was signed of it.
type shard[L List] struct {
	mu      sync.Mutex // guards all below
	list    L
	changed time.Time // round, as all are that get into a token
	signed  map[string]Signed
}

// URI is the address of a list, which its certificates call it by.
func URI(issuer string, number uint32) string {
	return aggregation(issuer) + "/" + strconv.FormatUint(uint64(number), 10)
}

func aggregation(issuer string) string { return issuer + "/status" }

// Follow reads the changes since the last time, or everything at first. It is called
// every Period, on each node.
func (a *Act[L]) Follow(ctx context.Context) error {
	const op = "publish.Follow"
	a.following.Lock()
	defer a.following.Unlock()
	now := a.Now()
	if !a.began { // what changes while the lists are loaded comes again with its turn
		turn, err := a.Store.MarkTurn(ctx)
		if err != nil {
			return fault.At(op, err)
		}
		a.began, a.turn = true, turn
	}
	if err := a.meet(ctx, now.Truncate(Period)); err != nil {
		return fault.At(op, err)
	}
	for {
		marks, err := a.Store.MarksAfter(ctx, a.turn, page)
		if err != nil {
			return fault.At(op, err)
		}
		for _, m := range marks {
			if err := a.mark(m, now.Truncate(Period)); err != nil {
				return fault.At(op, err)
			}
			a.turn = m.Turn
		}
		if len(marks) < page {
			a.mu.Lock()
			a.fresh = now
			a.mu.Unlock()
			return nil
		}
	}
}

// meet forgets lists that are over and reads those that are new here.
func (a *Act[L]) meet(ctx context.Context, at time.Time) error {
	lives, err := a.Store.Shards(ctx)
	if err != nil {
		return err
	}
	all := map[uint32]*shard[L]{}
	for _, number := range lives {
		s := a.lists[number] // nobody but Follow writes the map
		if s == nil {
			if s, err = a.load(ctx, number); err != nil {
				return err
			}
			s.changed = at
		}
		all[number] = s
	}
	a.mu.Lock()
	a.lists = all
	a.mu.Unlock()
	return nil
}

// load reads a list's marks; what changes meanwhile comes again with its turn.
func (a *Act[L]) load(ctx context.Context, number uint32) (*shard[L], error) {
	list, err := a.Signer.New()
	if err != nil {
		return nil, err
	}
	for from := identity.PlaceIn(number, 0); ; {
		marks, err := a.Store.MarksFrom(ctx, from, page)
		if err != nil {
			return nil, err
		}
		for _, m := range marks {
			if err := put(list, m); err != nil {
				return nil, err
			}
			from = m.Place + 1
		}
		if len(marks) < page || from.Shard() != number {
			return &shard[L]{list: list}, nil
		}
	}
}

func (a *Act[L]) mark(m identity.StatusMark, at time.Time) error {
	s := a.lists[m.Place.Shard()]
	if s == nil { // its list is over
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.changed, s.signed = at, nil
	return put(s.list, m)
}

// put marks a place. A store that was put back, or whose row of a revocation was
// taken away, cannot make valid here what once was revoked.
func put(l List, m identity.StatusMark) error {
	err := l.Mark(m.Place.Index(), m.Status)
	if fault.Because(err, "status_final") {
		return nil
	}
	return err
}

// Ready fails while the lists are not known to be new enough: "status_stale".
func (a *Act[L]) Ready() error {
	a.mu.RLock()
	defer a.mu.RUnlock()
	return a.ready()
}

func (a *Act[L]) ready() error {
	if a.fresh.IsZero() || a.Now().Sub(a.fresh) > stale {
		return fault.New("publish.ready", fault.Unavailable, "status_stale")
	}
	return nil
}

// Lists are the addresses of all lists that live.
func (a *Act[L]) Lists() (uris []string, err error) {
	a.mu.RLock()
	defer a.mu.RUnlock()
	if err := a.ready(); err != nil {
		return nil, err
	}
	uris = []string{}
	for _, number := range sorted(a.lists) {
		uris = append(uris, URI(a.Issuer, number))
	}
	return uris, nil
}

// List is one, signed: once for all who ask until something changes. None, or one
// that is over, is NotFound "status_list_unknown".
func (a *Act[L]) List(number uint32, form string) (Signed, error) {
	const op = "publish.List"
	a.mu.RLock()
	defer a.mu.RUnlock()
	if err := a.ready(); err != nil {
		return Signed{}, fault.At(op, err)
	}
	s := a.lists[number]
	if s == nil {
		return Signed{}, fault.New(op, fault.NotFound, "status_list_unknown")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	turn := a.Now().UTC().Truncate(anew)
	issued := s.changed.UTC()
	if issued.Before(turn) {
		issued = turn
	}
	if is, there := s.signed[form]; there && is.Issued.Equal(issued) {
		return is, nil
	}
	uri := URI(a.Issuer, number)
	body, err := a.Signer.Sign(form, uri, issued, issued.Add(Life), TTL, aggregation(a.Issuer), s.list)
	if err != nil {
		return Signed{}, fault.At(op, err)
	}
	is := Signed{body, a.Signer.Tag(uri, turn, s.list), issued}
	if s.signed == nil {
		s.signed = map[string]Signed{}
	}
	s.signed[form] = is
	return is, nil
}

func sorted[L List](lists map[uint32]*shard[L]) (all []uint32) {
	for number := range lists {
		all = append(all, number)
	}
	slices.Sort(all)
	return all
}
