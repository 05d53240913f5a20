package dump_test

import (
	"path/filepath"
	"testing"

	"netid/internal/identity"
	"netid/internal/ledger"
)

func TestDraft2(t *testing.T) {
	w := inhabited(t, people())
	l := w.sort(t, filepath.Join(w.dir, "netid.db"))
	x := l.tables["ledger_event"]
	byID := map[string]cell{}
	for _, c := range x.cells {
		byID[text(c.named(x, "id"))] = c
	}
	count := map[int]map[int]int{}
	for _, v := range w.visits {
		id, err := identity.ParseEventID(v.receipt)
		must(t, err)
		c := byID[string(ledger.EntryID(id))]
		size := len(text(c.named(x, "body")))
		if count[v.party] == nil {
			count[v.party] = map[int]int{}
		}
		count[v.party][size]++
	}
	for p := range 20 {
		t.Log(w.parties[p], count[p])
	}
	all := map[int]int{}
	for _, c := range x.cells {
		if c.named(x, "owner") != nil {
			all[len(text(c.named(x, "body")))]++
		}
	}
	t.Log(all)
}
