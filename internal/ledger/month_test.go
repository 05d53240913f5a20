package ledger_test

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/ledger"
)

// kept is an escrow of nobody, under a law with one class for most.
type kept struct{}

func (kept) Class(kind identity.EventKind) (identity.Class, error) {
	switch kind {
	case identity.Verified:
		return identity.Proofs, nil
	case identity.Declined:
		return identity.Unkept, nil
	}
	return identity.Logs, nil
}

func (kept) Leave(identity.Opened, identity.Period, identity.Secret, []byte) (identity.Verb, func(), error) {
	return nil, func() {}, nil
}

func march(c identity.Class) identity.Period {
	return identity.Period{Month: identity.MonthAt(noon()), Class: c}
}

// escrow remembers what it was given.
type escrow struct {
	kept
	period identity.Period
	key    identity.Secret
	owner  []byte
	fails  error
	done   int
}

func (e *escrow) Leave(_ identity.Opened, p identity.Period, key identity.Secret, owner []byte) (identity.Verb, func(), error) {
	e.period, e.key, e.owner = p, key, owner
	return identity.KeepEscrow{Period: p, Body: key.Bytes()}, func() { e.done++ }, e.fails
}

// seen is a store that looks at the change before it commits.
type seen struct {
	*memory
	last identity.Change
}

func (s *seen) Commit(ctx context.Context, c identity.Change) error {
	s.last = c
	return s.memory.Commit(ctx, c)
}

// An event leaves its month's key to the quorum in its own commit, and with
// that key it opens, held or not, and nothing else does.
func TestAMonthsKeyOpensItsMonthAlone(t *testing.T) {
	s, e := &seen{memory: newMemory()}, &escrow{}
	who, other := person(10), person(20)
	book := ledger.NewBook(s, e, noon)
	write := func(p identity.Opened, kind identity.EventKind, at time.Time) identity.EntryRow {
		t.Helper()
		if _, err := book.Record(t.Context(), p, identity.Event{Kind: kind, Time: at}, identity.GuardParty{}); err != nil {
			t.Fatal(err)
		}
		return s.rows[len(s.rows)-1]
	}
	first := write(who, identity.SignedIn, noon())
	if len(s.last.Verbs) != 2 || s.last.Verbs[1].(identity.KeepEscrow).Period != march(identity.Logs) || e.done != 1 {
		t.Fatalf("%+v, done %d", s.last.Verbs, e.done)
	}
	key := e.key
	if key != ledger.MonthKey(who.Keys, march(identity.Logs)) || !bytes.Equal(e.owner, ledger.Owner(who.Keys)) {
		t.Error("another key, or another owner")
	}
	last := time.Date(2026, 3, 31, 23, 59, 59, 0, time.UTC)
	opens := map[string]identity.EntryRow{"the first": first, "the last of the month": write(who, identity.Frozen, last)}
	closed := map[string]identity.EntryRow{"the next month": write(who, identity.SignedIn, last.Add(time.Second)), "another class": write(who, identity.Verified, noon()),
		"what is not kept": write(who, identity.Declined, noon()), "somebody else": write(other, identity.SignedIn, noon())}
	for name, r := range opens {
		for _, state := range []identity.EntryState{identity.EntrySealed, identity.EntryHeldLog} {
			r.State = state
			if _, _, err := ledger.OpenByMonth(key, r); err != nil {
				t.Errorf("%s does not open: %v", name, err)
			}
		}
	}
	for name, r := range closed {
		if _, _, err := ledger.OpenByMonth(key, r); err == nil {
			t.Errorf("%s opens", name)
		}
		if name != "somebody else" {
			if _, _, err := ledger.OpenEntry(who.Keys, r); err != nil {
				t.Errorf("its person does not open %s: %v", name, err)
			}
		}
	}
	first.State = identity.EntryErased
	if _, _, err := ledger.OpenByMonth(key, first); !fault.Because(err, "record_erased") {
		t.Errorf("erased: %v", err)
	}
}

// What is not kept is left to nobody.
func TestWhatIsNotKeptIsNotLeft(t *testing.T) {
	s, e := &seen{memory: newMemory()}, &escrow{}
	if _, err := ledger.NewBook(s, e, noon).Record(t.Context(), person(10), identity.Event{Kind: identity.Declined}); err != nil || len(s.last.Verbs) != 0 || !e.key.Zero() {
		t.Errorf("%+v, %v", s.last.Verbs, err)
	}
}

// If it cannot be left to the officers, nothing happens; and what did not
// happen is not remembered as left.
func TestNothingHappensWithoutTheQuorum(t *testing.T) {
	m, e := newMemory(), &escrow{fails: fault.New("test", fault.Unavailable, "quorum_missing")}
	if _, err := ledger.NewBook(m, e, noon).Record(t.Context(), person(10), identity.Event{Kind: identity.SignedIn}); !fault.Is(err, fault.Unavailable) || !fault.Because(err, "quorum_missing") || m.commits != 0 {
		t.Errorf("%v, %d commits", err, m.commits)
	}
	e.fails, m.fails = nil, errors.New("disk")
	if _, err := ledger.NewBook(m, e, noon).Record(t.Context(), person(10), identity.Event{Kind: identity.SignedIn}); err == nil || e.done != 0 {
		t.Errorf("%v, done %d", err, e.done)
	}
	if _, err := ledger.NewBook(m, nil, noon).Record(t.Context(), person(10), identity.Event{Kind: identity.SignedIn}); !fault.Is(err, fault.Internal) {
		t.Errorf("without an escrow: %v", err)
	}
}

// Held bodies are no alarm, nor are those that went under an expiry; one that
// is absent without is.
func TestVerifyHeldAndExpired(t *testing.T) {
	m := newMemory()
	m.filler(6)
	hold := func(i int, s identity.EntryState) {
		m.rows[i].State = s
		m.rows[i].MAC = m.keeper.MAC(m.rows[i])
	}
	hold(1, identity.EntryHeldLog)
	hold(2, identity.EntryHeldLog)
	hold(3, identity.EntryHeldProof)
	check := func(name string, want int64) {
		t.Helper()
		r, err := ledger.Verify(t.Context(), m, m.keeper)
		first, bad := r.First()
		if err != nil || bad != (want >= 0) || bad && first.Index != want {
			t.Errorf("%s: %+v, %v", name, r.Problems, err)
		}
	}
	check("held", -1)
	set := m.keeper.Set([][32]byte{m.rows[1].Leaf})
	if _, err := ledger.NewBook(m, kept{}, noon).RecordPublic(t.Context(), identity.Event{Kind: identity.Expired, Set: &set}); err != nil {
		t.Fatal(err)
	}
	check("an expiry whose body stayed", 1)
	m.blank(1)
	check("expired", -1)
	m.blank(2)
	check("one more", 2)
	hold(2, identity.EntryErased) // with its owner gone already
	m.rows[3].Owner = nil
	hold(3, identity.EntryHeldProof)
	check("held by nobody, so that sums accuse nobody else", 3)
	if _, err := ledger.NewBook(m, kept{}, noon).RecordPublic(t.Context(), identity.Event{Kind: identity.Expired}); err != nil {
		t.Fatal(err)
	}
	r, err := ledger.Verify(t.Context(), m, m.keeper)
	if err != nil || len(r.Problems) < 2 {
		t.Errorf("an expiry of no set: %+v, %v", r.Problems, err)
	}
}
