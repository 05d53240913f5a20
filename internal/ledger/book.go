package ledger

import (
	"bytes"
	"context"
	"math/rand/v2"
	"slices"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/pack"
)

// Store commits a change and gives the head of a person's own numbering.
type Store interface {
	Commit(ctx context.Context, c identity.Change) error
	// Chain gives the person's last number and the leaf that has it: 0, nil, nil
	// when there is none yet.
	Chain(ctx context.Context, index []byte) (seq uint64, head []byte, err error)
	// EntryKey is the keeper's.
	EntryKey(id identity.EventID) identity.EntryKey
}

// Escrow leaves to the officers' quorum what stays readable to them alone once
// the person is erased.
type Escrow interface {
	// Class says for how long law makes the service keep such an event.
	Class(kind identity.EventKind) (identity.Class, error)
	// Leave gives the verb that leaves a person's key of a period and the index of
	// their entries; nil when both are there already. done is called once it is committed.
	Leave(who identity.Opened, p identity.Period, key identity.Secret, owner []byte) (verb identity.Verb, done func(), err error)
}

// Book is where acts write what happened, together with what it changes.
type Book struct {
	store  Store
	escrow Escrow
	now    func() time.Time
	turns  turns
	packer *pack.Packer
	told   func(identity.Event)
	hold   Hold
}

// Hold is what keeps kinds of events from being recorded at all for a time, on every
// node at once: it is a guard of their commit, so none comes after it began.
type Hold interface {
	Guards(kind identity.EventKind) []identity.Verb
	// Stopped says why such an event is not recorded now; nil: nothing is known
	// against it.
	Stopped(ctx context.Context, kind identity.EventKind) error
}

// Hold has every record about a person held to it. It is said before the first is written.
func (b *Book) Hold(h Hold) { b.hold = h }

// held adds the guards of a kind.
func (b *Book) held(kind identity.EventKind, verbs []identity.Verb) []identity.Verb {
	if b.hold == nil {
		return verbs
	}
	return append(slices.Clip(verbs), b.hold.Guards(kind)...)
}

// Stopped says why an event of this kind is not recorded now, for what is told without one;
// nil where nothing stops it.
func (b *Book) Stopped(ctx context.Context, kind identity.EventKind) error {
	if b.hold == nil {
		return nil
	}
	return b.hold.Stopped(ctx, kind)
}

// why is the hold's reason where a guard of a dossier failed, which may have been its own.
func (b *Book) why(ctx context.Context, kind identity.EventKind, err error) error {
	if b.hold == nil || !fault.Because(err, "dossier_moved") {
		return err
	}
	if stopped := b.hold.Stopped(ctx, kind); stopped != nil {
		return stopped
	}
	return err
}

// Tell has told of every event once it is on disk: for figures, so it must
// neither wait nor fail. It is said before the first is written.
func (b *Book) Tell(told func(identity.Event)) { b.told = told }

func (b *Book) tell(e identity.Event) {
	if b.told != nil {
		b.told(e)
	}
}

// NewBook writes to s and leaves to e; now gives the time of events that carry
// none. Without an escrow it records nothing about a person.
func NewBook(s Store, e Escrow, now func() time.Time) *Book {
	return &Book{store: s, escrow: e, now: now, turns: turns{waiting: map[string]*turn{}}, packer: pack.New(dictionary)}
}

// EntryKey is where the store keeps an event.
func (b *Book) EntryKey(id identity.EventID) identity.EntryKey { return b.store.EntryKey(id) }

// attempts bounds how often a record is written again after another node
// recorded something about the same person first.
const attempts = 12

// Record writes an event about a person with the verbs that happen with it,
// all or nothing, and returns it as written: ID and Time filled if they were
// empty, Seq and Prev always. When it returns without error the event is on
// disk. A failed guard is returned as the store gave it.
//
// Concurrent records about one person take turns here; what another node
// wrote in between ("chain_moved") is read and the record tried again. When
// that does not end, the answer is Unavailable "try_again" and nothing changed.
func (b *Book) Record(ctx context.Context, who identity.Opened, e identity.Event, verbs ...identity.Verb) (identity.Event, error) {
	const op = "ledger.Record"
	if who.Keys.Record.Zero() || b.escrow == nil {
		return e, fault.Newf(op, fault.Internal, "internal", "no record key, or no escrow")
	}
	key, err := b.begin(&e)
	if err != nil {
		return e, err
	}
	month, left, verbs, err := b.leave(who, e.Kind, key.Day, verbs)
	if err != nil {
		return e, fault.At(op, err)
	}
	verbs = b.held(e.Kind, verbs)
	index := ChainIndex(who.Keys)
	leave, err := b.turns.take(ctx, string(index))
	if err != nil {
		return e, fault.Wrap(op, fault.Unavailable, "try_again", err)
	}
	defer leave()
	for n := range attempts {
		err = b.record(ctx, who, month, key, index, &e, verbs)
		if err == nil {
			left()
			b.tell(e)
		}
		if !fault.Because(err, "chain_moved") {
			return e, fault.At(op, b.why(ctx, e.Kind, err))
		}
		if err := pause(ctx, n); err != nil {
			return e, fault.Wrap(op, fault.Unavailable, "try_again", err)
		}
	}
	return e, fault.Wrap(op, fault.Unavailable, "try_again", err)
}

// leave gives the key of the event's month, and adds to the verbs what leaves it
// to the quorum, in the commit of the event itself: what law makes the service keep
// is never only half there.
func (b *Book) leave(who identity.Opened, kind identity.EventKind, day int32, verbs []identity.Verb) (month identity.Secret, done func(), all []identity.Verb, err error) {
	class, err := b.escrow.Class(kind)
	if err != nil {
		return month, nil, nil, err
	}
	p := identity.Period{Month: identity.MonthOf(day), Class: class}
	month = MonthKey(who.Keys, p)
	if class == identity.Unkept {
		return month, func() {}, verbs, nil
	}
	verb, done, err := b.escrow.Leave(who, p, month, Owner(who.Keys))
	if err == nil && verb != nil {
		verbs = append(slices.Clip(verbs), verb)
	}
	return month, done, verbs, err
}

func (b *Book) record(ctx context.Context, who identity.Opened, month identity.Secret, key identity.EntryKey, index []byte, e *identity.Event, verbs []identity.Verb) error {
	seq, head, err := b.store.Chain(ctx, index)
	if err != nil {
		return err
	}
	e.Seq, e.Prev = seq+1, bytes.Clone(head)
	w, err := write(*e)
	if err != nil {
		return err
	}
	sealed, err := seal(b.packer, month, key.ID, w, e.Party != "")
	if err != nil {
		return err
	}
	owner := Owner(who.Keys)
	return b.store.Commit(ctx, identity.Change{
		Entry: identity.Entry{
			EntryKey: key, Bucket: bucket(owner), Owner: owner,
			Leaf: w.leaf, Body: sealed,
			Chain: &identity.ChainStep{Index: index, FromSeq: seq, FromHead: head, ToSeq: e.Seq, ToHead: w.leaf[:]},
		},
		Verbs: verbs,
	})
}

// RecordPublic writes an event about nobody. Its body is plain: anybody who
// has the store can read it.
func (b *Book) RecordPublic(ctx context.Context, e identity.Event, verbs ...identity.Verb) (identity.Event, error) {
	const op = "ledger.RecordPublic"
	key, err := b.begin(&e)
	if err != nil {
		return e, err
	}
	e.Seq, e.Prev = 0, nil
	w, err := write(e)
	if err != nil {
		return e, err
	}
	plain, err := w.plain()
	if err != nil {
		return e, err
	}
	err = b.store.Commit(ctx, identity.Change{
		Entry: identity.Entry{EntryKey: key, Leaf: w.leaf, Body: plain, Public: true},
		Verbs: verbs,
	})
	if err == nil {
		b.tell(e)
	}
	return e, fault.At(op, err)
}

// begin fills the id and the time and returns the entry's key. The day is the
// id's, never that of the moment: an approval that comes twice, before midnight and
// after, must meet its first record. An id of another day than this one or
// those beside it was not made here.
func (b *Book) begin(e *identity.Event) (key identity.EntryKey, err error) {
	const op = "ledger.begin"
	if e.Time.IsZero() {
		e.Time = b.now()
	}
	e.Time = e.Time.UTC().Truncate(time.Second)
	if e.ID == "" {
		e.ID = identity.NewEventID(e.Time).String()
	}
	id, err := identity.ParseEventID(e.ID)
	if err != nil {
		return key, fault.Wrap(op, fault.Internal, "internal", err)
	}
	if d := id.Day() - identity.DayOf(e.Time); d < -1 || d > 1 {
		return key, fault.Newf(op, fault.Invalid, "record_unknown", "an id of %d days from its event", d)
	}
	return b.EntryKey(id), nil
}

// pause waits a random time that grows with each attempt, at most 64 ms, so
// that two nodes do not keep meeting.
func pause(ctx context.Context, attempt int) error {
	longest := time.Millisecond << min(attempt+1, 6)
	t := time.NewTimer(rand.N(longest))
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
