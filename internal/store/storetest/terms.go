package storetest

import (
	"context"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"netid/internal/identity"
	"netid/internal/suite"
)

// term is how the rows of a table end.
type term struct {
	said string                      // a word of docs/privacy.md, in the cell that says how long
	end  func(x *lasting, just bool) // does what ends them: a moment too early, then in time; nil: they stay, or are replaced
}

// Terms walks through docs/privacy.md: the rows of each table that it names are
// there until their term is over, and not after it.
func Terms(t *testing.T, fresh NewDatabase, path string) {
	text, err := os.ReadFile(path)
	ok(t, err)
	said := howLong(string(text))
	terms := endings()
	for table, cells := range said {
		if strings.HasPrefix(table, "shelf_") { // the shelf's own suites
			continue
		}
		one, known := terms[table]
		switch {
		case !known:
			t.Errorf("docs/privacy.md names %s: nobody shows here that it ends", table)
		case !slices.ContainsFunc(cells, func(c string) bool { return strings.Contains(c, one.said) }):
			t.Errorf("%s: nothing of it is kept %q: %q", table, one.said, cells)
		}
	}
	for table, one := range terms {
		if said[table] == nil {
			t.Errorf("docs/privacy.md does not name %s", table)
		}
		if one.end == nil {
			continue
		}
		t.Run(table, func(t *testing.T) {
			x := populated(t, fresh)
			before := x.count(table)
			if before == 0 {
				t.Fatal("nothing is there that could end")
			}
			if one.end(x, true); x.count(table) != before {
				t.Fatal("rows are gone before their term")
			}
			if one.end(x, false); x.count(table) >= before || x.mine(table) > 0 {
				t.Fatalf("rows are there after their term: %d of %d", x.count(table), before)
			}
			Check(t, x.s)
		})
	}
}

// howLong reads of each table what its cells say.
func howLong(text string) map[string][]string {
	said := map[string][]string{}
	for line := range strings.Lines(text) {
		cells := strings.Split(line, " | ")
		if len(cells) < 4 || !strings.HasPrefix(line, "| ") {
			continue
		}
		for _, c := range columns(cells[0] + " | ") {
			table, _, _ := strings.Cut(c, ".")
			said[table] = append(said[table], cells[3])
		}
	}
	return said
}

// endings is by table. What has no end is replaced, or stays as its cell says.
func endings() map[string]term {
	sweep := func(x *lasting, just bool) {
		now := epoch
		if just {
			now = now.Add(-time.Microsecond)
		}
		ok(x, x.s.Sweep(context.Background(), now))
	}
	leave := func(x *lasting, just bool) {
		if !just {
			Tombstone(x, x.s, x.p)
		}
	}
	return map[string]term{
		"person": {"until erasure", leave}, "person_key": {"until erasure", leave}, "vault_identity": {"until erasure", leave}, "vault_index": {"until erasure", leave},
		"certificate": {"until erasure", leave}, "party_link": {"until erasure", leave}, "person_chain": {"until erasure", leave},
		"escrow": {"until the term of the month is over", func(x *lasting, just bool) {
			p := x.period
			if just {
				p.Month--
			}
			ok(x, x.s.DropEscrow(context.Background(), p))
		}},
		"ledger_event": {"three years after its month", func(x *lasting, just bool) {
			first := identity.Month(24322).FirstDay() // its day is 20780, in November
			if just {
				any, err := x.s.Outdated(context.Background(), first)
				ok(x, err)
				if any {
					x.Error("of a month that is not over")
				}
				return
			}
			forget(x, x.s, identity.Month(24323).FirstDay())
		}},
		"draft": {"30 minutes", sweep}, "once": {"until it would have expired", sweep}, "counter": {"24 hours", sweep},
		"revoked_verification": {"minutes", sweep}, "status_mark": {"until all certificates of its list are over", sweep}, "outbox": {"7 days for one that died", sweep}, "pushed_request": {"at most 17 minutes", sweep},
		"refresh_turn": {"90 days at most", sweep},
		"pending_shred": {"seconds", func(x *lasting, just bool) {
			if !just {
				ok(x, x.s.Jot(context.Background(), identity.Shredded{Slot: 77}))
			}
		}},
		"ledger_past": {"for good", nil}, "ledger_floor": {"replaced each month", nil}, "ledger_tile": {"for good", nil}, "ledger_head": {"replaced", nil},
		"party": {"always", nil}, "dossier": {"until its act drops it", nil}, "single_use": {"always", nil}, "rewrap": {"until the next", nil},
	}
}

// lasting is a store with one thing of each sort that ends at epoch, and another
// hand that counts.
type lasting struct {
	rig
	p      *Person
	period identity.Period
}

func populated(t *testing.T, fresh NewDatabase) *lasting {
	t.Helper()
	ctx := context.Background()
	open := fresh(t)
	x := &lasting{rig: rig{T: t, s: served(t, open()), db: open()}, p: NewPerson(7), period: identity.Period{Month: 24322, Class: identity.Logs}}
	t.Cleanup(func() { x.db.Close() })
	ok(t, x.s.Commit(ctx, identity.Change{Entry: x.p.Entry(), Verbs: append(x.p.Open(), identity.KeepEscrow{Index: suite.Random(32), Period: x.period, Body: suite.Random(145)})}))
	gone := NewPerson(77)
	for i := range gone.Certs {
		gone.Certs[i].Place = identity.PlaceIn(1, uint64(i))
	}
	ok(t, x.s.Commit(ctx, identity.Change{Entry: gone.Entry(), Verbs: gone.Open()}))
	Tombstone(t, x.s, gone)
	dead := delivery("")
	ok(t, x.s.Jot(ctx, dead, identity.BuryDelivery{ID: dead.ID, Attempts: 1, Due: epoch, Body: suite.Random(1400)},
		identity.TakeOnce{ID: suite.Random(16), Until: epoch}, identity.RevokeVerification{ID: suite.Random(16), Until: epoch},
		identity.TurnRefresh{ID: suite.Random(16), Turn: 1, Until: epoch},
		identity.TakePlaces{From: identity.ShardSize, To: identity.ShardSize + identity.PlacesTaken, Until: epoch}, // of the list in which the erased person's certificates were
		identity.PutDraft{Draft: identity.DraftRow{ID: suite.Random(32), Version: 1, Expires: epoch, Body: []byte("b")}},
		identity.PutPushed{Row: identity.PushedRow{ID: suite.Random(32), Until: epoch, Body: []byte("b")}},
		identity.Count{Index: suite.Random(32), Limit: 3, Window: time.Hour, Now: epoch.Add(-time.Hour)}))
	return x
}

func (x *lasting) count(table string) int { return len(x.lines(table)) }

// mine counts what must be gone when a table's term is over.
func (x *lasting) mine(table string) (n int) {
	for _, l := range x.lines(table) {
		if table == "counter" && l.values[3] == int64(math.MaxInt64) { // what no sweep ends: places taken, turns of marks
			continue
		}
		if table != "ledger_event" || l.values[slices.Index(l.columns, "public")] == int64(0) {
			n++
		}
	}
	return n
}
