package shell

import (
	"encoding/csv"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// No cell of a table runs in a spreadsheet, whatever was typed into it, and the rows that
// were handed over stay as they were.
func TestTablesRunNothing(t *testing.T) {
	v := &Visit{W: httptest.NewRecorder(), shell: New(Config{Issuer: "https://netid.example"})}
	rows := [][]string{{"name"}, {"=1+1"}, {"＝1"}, {"@x"}, {"\tx"}, {"-1"}, {"a \"b\", c"}, {""}}
	if err := v.Table("netid-x", time.Date(2026, 11, 29, 23, 0, 0, 0, time.UTC), rows); err != nil {
		t.Fatal(err)
	}
	w := v.W.(*httptest.ResponseRecorder)
	if got := w.Header().Get("Content-Disposition"); got != `attachment; filename="netid-x-2026-11-29.csv"` {
		t.Error(got)
	}
	if got := w.Header().Get("Cache-Control"); !strings.Contains(got, "no-store") {
		t.Error(got)
	}
	all, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(w.Body.String(), "\ufeff"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"name", "'=1+1", "'＝1", "'@x", "'\tx", "'-1", `a "b", c`} {
		if all[i][0] != want {
			t.Errorf("%q, want %q", all[i][0], want)
		}
	}
	if rows[1][0] != "=1+1" {
		t.Error("the caller's rows were changed")
	}
}
