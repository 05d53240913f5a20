package storetest

import (
	"bytes"
	"context"
	"sync"
	"testing"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/store"
	"netid/internal/suite"
)

// consents keeps standing consents in links, and ends them in every way.
func consents(t *testing.T, open Open) {
	ctx := context.Background()
	s, p := enrolled(t, open)
	commit := func(v ...identity.Verb) error { return s.Commit(ctx, identity.Change{Entry: Entry(), Verbs: v}) }
	stands := func(index, body []byte) {
		t.Helper()
		got, err := s.Consent(ctx, index)
		if body == nil {
			refused(t, err, fault.NotFound, "consent_over")
			refused(t, commit(identity.GuardConsent{Index: index}), fault.Conflict, "consent_over") // nor is nothing a consent
			return
		}
		if err != nil || !bytes.Equal(got, body) {
			t.Fatal("consent", err)
		}
		ok(t, commit(identity.GuardConsent{Index: index, Body: body}))
	}
	link := func(index []byte, want uint64) {
		t.Helper()
		n, err := s.Link(ctx, index)
		if err != nil || n != want {
			t.Fatal("link", n, err)
		}
		ok(t, commit(identity.GuardLink{Index: index, Generation: want}))
		refused(t, commit(identity.GuardLink{Index: index, Generation: want + 1}), fault.Conflict, "link_changed")
	}
	keep := func(index []byte, generation uint64, body string, until time.Time) identity.KeepConsent {
		return identity.KeepConsent{Index: index, Owner: p.LinkOwn, Generation: generation, Until: until, Body: []byte(body)}
	}
	fresh, later := suite.Random(32), epoch.Add(time.Hour)

	// Where no link was, one that counts as none.
	stands(fresh, nil)
	ok(t, commit(keep(fresh, 0, "one", later)))
	link(fresh, 0)
	stands(fresh, []byte("one"))
	ok(t, commit(keep(fresh, 0, "two", later))) // in its place
	stands(fresh, []byte("two"))
	refused(t, commit(identity.GuardConsent{Index: fresh, Body: []byte("one")}), fault.Conflict, "consent_over")
	refused(t, commit(identity.EndConsent{Index: fresh, Body: []byte("one")}), fault.Conflict, "consent_over")
	refused(t, commit(keep(fresh, 1, "three", later)), fault.Conflict, "link_changed")
	alone := keep(fresh, 0, "alone", later)
	alone.Alone = true
	refused(t, commit(alone), fault.Conflict, "consent_there")
	stands(fresh, []byte("two"))
	ok(t, commit(identity.EndConsent{Index: fresh, Body: []byte("two")}))
	ok(t, commit(alone))
	ok(t, commit(identity.EndConsent{Index: fresh, Body: []byte("alone")}))
	stands(fresh, nil)
	refused(t, commit(identity.EndConsent{Index: fresh, Body: []byte("two")}), fault.Conflict, "consent_over")
	link(fresh, 0)

	// Withdrawing takes the consent with it, also the first time.
	ok(t, commit(keep(fresh, 0, "four", later)))
	refused(t, commit(identity.CutLink{Index: fresh, Owner: p.LinkOwn, From: 1}), fault.Conflict, "link_changed")
	ok(t, commit(identity.CutLink{Index: fresh, Owner: p.LinkOwn}))
	stands(fresh, nil)
	link(fresh, 1)
	refused(t, commit(keep(p.Link, 0, "of before", later)), fault.Conflict, "link_changed")
	ok(t, commit(keep(p.Link, 1, "five", later)))
	ok(t, commit(identity.CutLink{Index: p.Link, Owner: p.LinkOwn, From: 1}))
	stands(p.Link, nil)
	link(p.Link, 2)

	// All of a person's, and nobody else's.
	other := suite.Random(32)
	ok(t, commit(keep(p.Link, 2, "six", later), keep(fresh, 1, "seven", later), identity.KeepConsent{Index: other, Owner: other, Until: later, Body: []byte("another's")}))
	ok(t, commit(identity.EndConsents{Owner: p.LinkOwn}))
	stands(p.Link, nil)
	stands(fresh, nil)
	stands(other, []byte("another's"))

	// Swept when it is over, and the link for which it was there alone; what was withdrawn stays.
	single := suite.Random(32)
	ok(t, commit(keep(p.Link, 2, "eight", epoch), keep(single, 0, "nine", epoch)))
	ok(t, s.Sweep(ctx, epoch.Add(-time.Microsecond)))
	stands(p.Link, []byte("eight"))
	stands(single, []byte("nine"))
	ok(t, s.Sweep(ctx, epoch))
	stands(p.Link, nil)
	stands(single, nil)
	stands(other, []byte("another's"))
	link(p.Link, 2)

	// A store that was put back knows of none, nor does one whose person left.
	ok(t, commit(keep(p.Link, 2, "ten", later)))
	is, err := s.Epoch(ctx)
	ok(t, err)
	ok(t, commit(identity.RaiseEpoch{From: is.Number, Nonce: suite.Random(16), At: epoch}))
	stands(p.Link, nil)
	stands(other, nil)
	ok(t, commit(keep(p.Link, 2, "eleven", later)))
	Tombstone(t, s, p)
	stands(p.Link, nil)
	Check(t, s)
}

// consentsEnd races answers on a consent against its end: in the ledger's
// order no answer comes after the end.
func consentsEnd(t *testing.T, open Open) {
	ctx := context.Background()
	s := open(t)
	for round := range Rounds(t) {
		index := suite.Random(32)
		body := suite.Random(64)
		ok(t, s.Commit(ctx, identity.Change{Entry: Entry(), Verbs: []identity.Verb{identity.KeepConsent{Index: index, Owner: index, Until: epoch, Body: body}}}))
		ends := []identity.Verb{identity.EndConsent{Index: index, Body: body}, identity.EndConsents{Owner: index}, identity.CutLink{Index: index, Owner: index}}
		end := Entry()
		answers := make([]identity.Entry, 8)
		errs := make([]error, len(answers))
		var start, done sync.WaitGroup
		start.Add(1)
		for i := range answers {
			answers[i] = Entry()
			done.Go(func() {
				start.Wait()
				errs[i] = s.Commit(ctx, identity.Change{Entry: answers[i], Verbs: []identity.Verb{identity.GuardConsent{Index: index, Body: body}}})
			})
		}
		done.Go(func() {
			start.Wait()
			ok(t, s.Commit(ctx, identity.Change{Entry: end, Verbs: ends[round%len(ends) : round%len(ends)+1]}))
		})
		start.Done()
		done.Wait()
		over := at(t, s, end)
		for i, e := range answers {
			if errs[i] != nil {
				refused(t, errs[i], fault.Conflict, "consent_over")
			} else if at(t, s, e) > over {
				t.Fatalf("round %d: answered after the end", round)
			}
		}
	}
}

func at(t *testing.T, s *store.Store, e identity.Entry) uint64 {
	t.Helper()
	row, err := s.Entry(context.Background(), e.EntryKey)
	ok(t, err)
	return row.Index
}
