package main

import (
	"encoding/json"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"netid/internal/act/tally"
)

// What people did in the served program stands in the figures of everybody's page,
// where it is a sandbox; and a verification costs the same writes as before.
func TestTheServedProgramCounts(t *testing.T) {
	f := newFlow(t, "")
	before := f.house.store.Commits()
	for range 11 {
		f.verify(t)
	}
	per := f.house.store.Commits() - before
	if per != 11 {
		t.Errorf("%d commits for 11 verifications", per)
	}
	f.house.tally.Took(time.Second)
	before = f.house.store.Commits()
	f.house.count(t.Context())
	if n := f.house.store.Commits() - before; n != 1 {
		t.Errorf("%d commits to keep the figures", n)
	}
	w := httptest.NewRecorder()
	f.house.server.ServeHTTP(w, httptest.NewRequest("GET", f.house.Issuer+"/transparency.json", nil))
	var said struct{ Running tally.Month }
	if err := json.Unmarshal(w.Body.Bytes(), &said); err != nil || w.Code != 200 {
		t.Fatalf("%d %v %s", w.Code, err, w.Body)
	}
	line := func(name string) tally.Line {
		i := slices.IndexFunc(said.Running.Lines, func(l tally.Line) bool { return l.Name == name })
		if i < 0 {
			t.Fatalf("no line %s in %+v", name, said.Running)
		}
		return said.Running.Lines[i]
	}
	if l := line("verified"); l.Count != 10 || l.Few {
		t.Errorf("%+v", l)
	}
	if l := line("enrolled"); l.Count != 0 || !l.Few {
		t.Errorf("%+v", l)
	}
	if l := line("party-admitted"); l.Count != 2 || !l.Exact {
		t.Errorf("%+v", l)
	}
}
