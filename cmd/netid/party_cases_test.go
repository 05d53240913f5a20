package main

import (
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"
	"text/tabwriter"

	"netid/internal/act/redress"
)

// The operator's command reaches the door, and prints numbers alone.
func TestPartyCases(t *testing.T) {
	door := httptest.NewServer(built(t, true).server)
	t.Cleanup(door.Close)
	if out, code := operate("party", "cases", "--server", door.URL); code != 0 || strings.Join(strings.Fields(out), " ") != "PARTY WHAT WHEN PERSONS" {
		t.Errorf("status %d: %s", code, out)
	}
	out, code := operate("party", "cases", "--server", door.URL, "--json")
	var all struct{ Cases []redress.Case }
	if err := json.Unmarshal([]byte(out), &all); code != 0 || err != nil || all.Cases == nil {
		t.Errorf("status %d, %v: %s", code, err, out)
	}
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 1, ' ', 0)
	tellCases(w, []redress.Case{{Party: "shop", Open: 2, Overdue: 1, Reports: []redress.Reports{{Reason: "forced", Month: "2026-11", Persons: 3}}}})
	w.Flush()
	for _, want := range []string{"shop erasure overdue 60 days 1", "shop erasure asked in term 2", "shop reported: forced 2026-11 3"} {
		if !strings.Contains(strings.Join(strings.Fields(b.String()), " "), want) {
			t.Errorf("no %q in %s", want, b.String())
		}
	}
}
