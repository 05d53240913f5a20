// Package dump_test holds what a thief learns who has every byte of the store
// and no key: the matcher in this package tries to pair people's rows on one
// side of the house with those on another, and people with parties, and must
// do no better than luck; with one thing planted that joins, it must succeed.
//
// What the store tells all the same, and docs/privacy.md says:
//   - the records of one person lie together under one owner, with their days:
//     whoever also has a party's log can look for the owner who was there on
//     the same days (TestDump measures it);
//   - whether a record names a party, by its length, and not which;
//   - the n-th slot of the shelf belongs to the n-th owner of records: both are
//     numbered by enrolment; neither names anybody, and the shelf is no part of the store;
//   - the log of a running service holds the last changes as they went
//     together, until it is emptied, which happens every minute.
package dump_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"netid/internal/identity"
	"netid/internal/store/sqlite"
)

// joined are the pairs that may be: slots and records by the order in which
// they came, and by nothing else.
func joined(f finding) bool {
	a, b := sides[f.a], sides[f.b]
	return (a == "shelf" && b == "records" || a == "records" && b == "shelf") &&
		(strings.HasPrefix(f.join, "rank") || strings.HasPrefix(f.join, "halves") || strings.HasPrefix(f.join, "page"))
}

func TestDump(t *testing.T) {
	w := inhabited(t, people())
	path := filepath.Join(w.dir, "netid.db")
	copied := filepath.Join(memory(t), "copy.db")
	must(t, sqlite.Copy(t.Context(), path, copied))
	for name, path := range map[string]string{"stopped": path, "backup": copied} {
		t.Run(name, func(t *testing.T) {
			l := w.sort(t, path)
			w.pairsNobody(t, l)
			w.tellsNoParty(t, l)
		})
	}
	t.Run("nothing in the clear", w.nothingInTheClear)
	l := w.sort(t, path)
	users, alone, right, candidates := w.knows(l)
	t.Logf("with one party's log: %d of %d users are left with one owner, half have at least %d candidates", alone, users, candidates[len(candidates)/2])
	if right != users {
		t.Errorf("the matcher loses %d of %d users whose days it was told: it measures nothing", users-right, users)
	}
	w.logIsShort(t)
	t.Run("planted", w.planted)
}

func (w *town) pairsNobody(t *testing.T, l *loot) {
	total, pairs, nearest := 0, 0, finding{luck: 1}
	for i, a := range l.kinds {
		if len(a.units) < len(w.truths)/20 {
			t.Fatalf("only %d of %s: nothing is matched", len(a.units), a.name)
		}
		for _, b := range l.kinds[i+1:] {
			if a.side == b.side {
				continue
			}
			found, near, tried := match(a, b)
			total, pairs = total+tried, pairs+1
			if near.luck < nearest.luck && !joined(near) {
				nearest = near
			}
			for _, f := range found {
				if !joined(f) {
					t.Error(f)
				}
			}
		}
	}
	t.Logf("%d joins of %d pairs of kinds tried; the nearest to a finding: %v", total, pairs, nearest)
}

func (w *town) tellsNoParty(t *testing.T, l *loot) {
	rows := w.visited(t, l, w.entry)
	var once []row
	for i, r := range rows {
		if !slices.ContainsFunc(rows[:i], func(earlier row) bool { return earlier.person == r.person }) {
			once = append(once, r)
		}
	}
	for feature := range rows[0].seen {
		rows := rows
		if strings.Contains(feature, "owner") || feature == "bucket" { // people return to the same parties: one visit each
			rows = once
		}
		sigmas, right, chance := tells(rows, feature)
		if feature == "bytes" {
			t.Logf("%d visits, by the length of the record: %d parties guessed, %d by naming the busiest always", len(rows), right, chance)
		}
		if sigmas > 8 {
			t.Errorf("%s of a record tells its party: %.0f standard deviations; %d of %d guessed, %d by chance", feature, sigmas, right, len(rows), chance)
		}
	}
}

// logIsShort is the limit that the log sets: who enrolled since it was emptied
// stands in it with their records, and nobody else.
func (w *town) logIsShort(t *testing.T) {
	running, err := os.ReadFile(w.running + "-wal")
	must(t, err)
	before, err := os.ReadFile(w.running)
	must(t, err)
	settled, err := os.ReadFile(w.settled + "-wal")
	must(t, err)
	paired := w.together(before, running)
	t.Logf("in the log of the running service: %d of %d people paired, %d enrolled since it was emptied", paired, len(w.truths), w.lately)
	// In a large town the server copied and began the log anew meanwhile.
	if paired < w.lately*9/10 && len(w.truths) <= 300 {
		t.Error("the matcher cannot read the log")
	}
	if paired > w.lately || w.together(before, settled) > 0 || len(settled) > 0 {
		t.Errorf("the log keeps what it should have forgotten: %d paired, then %d in %d bytes", paired, w.together(before, settled), len(settled))
	}
}

// secrets are everything of people that must stand nowhere, and all that a
// party knows of its users.
func (w *town) secrets(t *testing.T) needles {
	n := needles{}
	for _, x := range w.truths {
		for _, s := range append(x.secrets, x.ids...) {
			n.add(s, []byte(s))
		}
	}
	for _, v := range w.visits {
		id, err := identity.ParseEventID(v.receipt)
		must(t, err)
		n.add("receipt "+v.receipt, id[:])
		n.add("receipt "+v.receipt, []byte(v.receipt))
		n.add("subject "+v.subject, []byte(v.subject))
	}
	return n
}

func (w *town) nothingInTheClear(t *testing.T) {
	places := map[string][]byte{}
	must(t, filepath.WalkDir(w.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		places[path[len(w.dir):]], err = os.ReadFile(path)
		return err
	}))
	for _, suffix := range []string{"", "-wal"} {
		b, err := os.ReadFile(w.running + suffix)
		must(t, err)
		places["running"+suffix] = b
	}
	if len(places["running-wal"]) == 0 {
		t.Error("no log to look in")
	}
	if len(places) < 10 {
		t.Fatalf("only %d files", len(places))
	}
	n := w.secrets(t)
	if found := n.search(places); len(found) > 0 {
		t.Errorf("%d things found, the first: %v", len(found), found[:min(9, len(found))])
	}
	// The same search finds each form that is there.
	var planted []byte
	want := map[string]bool{}
	for _, list := range n {
		for _, x := range list {
			if x.whose == w.truths[0].secrets[0] || x.whose == w.truths[0].secrets[2] {
				planted = append(append(planted, "some "...), x.b...)
				want["planted: "+x.whose+" as "+x.form] = true
			}
		}
	}
	for _, f := range n.search(map[string][]byte{"planted": planted}) {
		delete(want, f)
	}
	if len(planted) < 1000 || len(want) > 0 {
		t.Errorf("there and not found: %v", want)
	}
}
