package erase_test

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"netid/internal/act/erase"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/ledger"
	"netid/test/kit"
)

// monthOver is the first instant at which nothing of the kit's month is kept.
func monthOver() time.Time { return law.Ends(november(identity.Proofs)) }

// aged is a kit in the last second of its month's term: of somebody who stays
// and somebody who left, with the bodies that are still there and what was gone before.
func aged(t *testing.T) (k *kit.Kit, staying *kit.Citizen, bodies []identity.EntryRow) {
	t.Helper()
	k = kit.New(t, law.New())
	shop(t, k)
	staying = enrolled(t, k, 2)
	used(t, staying)
	left(t, k)
	k.Advance(monthOver().Sub(k.Now()) - time.Second)
	for _, r := range rows(t, k) {
		if r.State != identity.EntryPublic && r.Body != nil {
			bodies = append(bodies, r)
		}
	}
	return k, staying, bodies
}

func rows(t *testing.T, k *kit.Kit) []identity.EntryRow {
	t.Helper()
	all, err := k.Store.Entries(t.Context(), 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func forget(t *testing.T, k *kit.Kit) {
	t.Helper()
	if err := k.Erase.Forget(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// A second before the month's term nothing goes; with it everything does, of
// the living and of the erased, under one public event that commits to exactly the bodies
// that went, whether the erased's went by their own term first or not.
func TestAMonthIsForgotten(t *testing.T) {
	for name, expired := range map[string]bool{"bodies of the erased with it": false, "bodies of the erased before it": true} {
		t.Run(name, func(t *testing.T) {
			k, _, bodies := aged(t)
			was := len(rows(t, k))
			forget(t, k)
			if now := rows(t, k); len(now) != was || len(bodies) != 8 { // 4 of each
				t.Fatalf("a second too early: %d rows of %d, %d bodies", len(now), was, len(bodies))
			}
			k.Advance(time.Second)
			if expired {
				if err := k.Erase.Expire(t.Context()); err != nil {
					t.Fatal(err)
				}
				bodies = slices.DeleteFunc(bodies, func(r identity.EntryRow) bool { return r.State.Holds() })
			}
			forget(t, k)
			var leaves [][32]byte
			for _, r := range bodies {
				leaves = append(leaves, r.Leaf)
			}
			if n := states(t, k); len(n) != 1 || n[identity.EntryPublic] == 0 {
				t.Errorf("there is more than events about nobody: %v", n)
			}
			e, want := last(t, k), k.Keeper.Set(leaves)
			if e.Kind != identity.Expired || e.Set == nil || e.Set.Count != want.Count || string(e.Set.Sum) != string(want.Sum) || len(e.Grounds) != 1 || e.Detail != "records from before 2026-12-01" {
				t.Errorf("it says %+v of %d bodies", e, len(bodies))
			}
			holds(t, k)
			if err := k.Erase.Expire(t.Context()); err != nil { // the other order is harmless too
				t.Fatal(err)
			}
			holds(t, k)
		})
	}
}

// Whoever lived through it is verified, freezes, thaws, reads and leaves as ever.
func TestLifeGoesOnAfterRecordsWent(t *testing.T) {
	ctx := t.Context()
	k, c, _ := aged(t)
	k.Advance(time.Second)
	forget(t, k)
	if err := c.Enrol(ctx); err != nil { // the certificate is over, the number is not
		t.Fatal(err)
	}
	if err := c.SignIn(ctx); err != nil {
		t.Fatal(err)
	}
	used(t, c)
	if err := k.Issue.Freeze(ctx, c.Session); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Approve(ctx, c.Request("shop", identity.ModeCert)); !fault.Because(err, "certificate_frozen") {
		t.Errorf("frozen: %v", err)
	}
	if err := k.Issue.Thaw(ctx, c.Session, c.Passcode); err != nil {
		t.Fatal(err)
	}
	recs, err := k.Look.Records(ctx, c.Session)
	if err != nil || len(recs) != 6 || recs[5].Event.Seq != 5 {
		t.Fatalf("%+v %v", recs, err)
	}
	holds(t, k)
	r, err := k.Erase.Erase(ctx, c.Session, c.Passcode)
	if err != nil || len(r.Held) != 2 || r.Held[0].Records != 4 || r.Held[1].Records != 2 {
		t.Fatalf("%+v %v", r, err)
	}
	holds(t, k)
	k.Advance(threeYears)
	if err := k.Erase.Expire(ctx); err != nil {
		t.Fatal(err)
	}
	forget(t, k)
	if n := states(t, k); len(n) != 1 {
		t.Errorf("%v", n)
	}
	holds(t, k)
}

// What goes without the event that says so is missing, by a day or by years.
func TestARecordThatGoesWithoutAWordIsMissing(t *testing.T) {
	for name, query := range map[string]string{
		"a body": "UPDATE ledger_event SET body = NULL WHERE seq = ?",
		"a row":  "DELETE FROM ledger_event WHERE seq = ?",
	} {
		t.Run(name, func(t *testing.T) {
			k, _, bodies := aged(t)
			db, err := sql.Open("sqlite", filepath.Join(k.Dir, "netid.db"))
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			holds(t, k) // the control
			if _, err := db.ExecContext(t.Context(), query, int64(bodies[1].Index)); err != nil {
				t.Fatal(err)
			}
			missing := func(when string) {
				t.Helper()
				r, err := ledger.Verify(t.Context(), k.Store, k.Keeper)
				if p, bad := r.First(); err != nil || !bad || p.Index != int64(bodies[1].Index) {
					t.Errorf("%s: %+v, %v", when, r.Problems, err)
				}
			}
			missing("before the term")
			k.Advance(time.Second)
			forget(t, k)
			missing("after it")
		})
	}
}

// cutDays fails behind the n-th step of an end of days, and at all after it.
type cutDays struct {
	erase.Store
	left int
}

func (c *cutDays) step(do func() error) error {
	c.left--
	switch {
	case c.left >= 0:
		return do()
	case c.left == -1: // it happens, and nobody hears of it
		return errors.Join(errCut, do())
	}
	return errCut
}

func (c *cutDays) Floor(ctx context.Context) (f identity.Floor, code []byte, err error) {
	err = c.step(func() error { f, code, err = c.Store.Floor(ctx); return err })
	return f, code, err
}

func (c *cutDays) Outdated(ctx context.Context, before int32) (any bool, err error) {
	err = c.step(func() error { any, err = c.Store.Outdated(ctx, before); return err })
	return any, err
}

func (c *cutDays) Jot(ctx context.Context, notes ...identity.Note) error {
	return c.step(func() error { return c.Store.Jot(ctx, notes...) })
}

func (c *cutDays) PackDays(ctx context.Context, before int32, each func([32]byte)) error {
	return c.step(func() error { return c.Store.PackDays(ctx, before, each) })
}

func (c *cutDays) DropDays(ctx context.Context, before int32) error {
	return c.step(func() error { return c.Store.DropDays(ctx, before) })
}

func (c *cutDays) Settle(ctx context.Context) error {
	return c.step(func() error { return c.Store.Settle(ctx) })
}

type cutBook struct {
	ledger.Store
	days *cutDays
}

func (c cutBook) Commit(ctx context.Context, change identity.Change) error {
	return c.days.step(func() error { return c.Store.Commit(ctx, change) })
}

// An end of days that is cut behind any step leaves a ledger that holds; the
// next call ends it, and says it once.
func TestAnEndOfDaysCutAnywhereIsFinished(t *testing.T) {
	if testing.Short() {
		t.Skip("one thing after another: the race detector, which -short is for, learns nothing")
	}
	for n := 0; ; n++ {
		k, _, _ := aged(t)
		k.Advance(time.Second)
		whole := *k.Erase
		c := &cutDays{Store: whole.Store, left: n}
		k.Erase.Store, k.Erase.Book = c, ledger.NewBook(cutBook{k.Store, c}, nil, k.Now)
		err := k.Erase.Forget(t.Context())
		*k.Erase = whole
		if err == nil {
			if n < 8 {
				t.Errorf("only %d steps", n)
			}
			return
		}
		if !errors.Is(err, errCut) {
			t.Fatal(err)
		}
		holds(t, k)
		forget(t, k)
		holds(t, k)
		if s := states(t, k); len(s) != 1 {
			t.Errorf("cut %d: %v", n, s)
		}
		said := 0
		for _, r := range rows(t, k) {
			if e, _, err := ledger.OpenEntry(identity.Keys{}, r); err == nil && e.Kind == identity.Expired {
				said++
			}
		}
		if said != 1 {
			t.Errorf("cut %d: it is said %d times", n, said)
		}
		k.Close()
	}
}

// A reader who holds the days up is no error, and they go the next time.
func TestABusyStoreForgetsLater(t *testing.T) {
	k, _, _ := aged(t)
	k.Advance(time.Second)
	whole := *k.Erase
	k.Erase.Store = busy{k.Store}
	forget(t, k)
	if s := states(t, k); s[identity.EntrySealed] == 0 {
		t.Fatal("nothing was held up")
	}
	holds(t, k)
	*k.Erase = whole
	forget(t, k)
	if s := states(t, k); len(s) != 1 {
		t.Errorf("%v", s)
	}
	holds(t, k)
}

type busy struct{ erase.Store }

func (busy) DropDays(context.Context, int32) error {
	return fault.New("test", fault.Unavailable, "store_busy")
}
