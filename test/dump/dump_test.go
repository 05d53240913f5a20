package dump_test

import (
	"path/filepath"
	"testing"
)

func TestDraft(t *testing.T) {
	w := inhabited(t, people())
	l := w.sort(t, filepath.Join(w.dir, "netid.db"))
	total := 0
	for i, a := range l.kinds {
		t.Log(a.name, len(a.units))
		for _, b := range l.kinds[i+1:] {
			if a.side == b.side {
				continue
			}
			found, tried := match(a, b)
			total += tried
			for _, f := range found {
				t.Log(f)
			}
		}
	}
	t.Log("tried", total)
}
