package main

import (
	"bytes"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"netid/internal/act/incident"
)

// The operator's commands open an incident, work through its checklist and print its report.
func TestIncidentCommands(t *testing.T) {
	h := built(t, true)
	door := httptest.NewServer(h.server)
	t.Cleanup(door.Close)
	run := func(want string, code int, args ...string) string {
		t.Helper()
		out, got := operate(append(append([]string{"incident", args[0], "--server", door.URL}, args[1:]...), "--by", "Bo", "--what", "it was done")...)
		if got != code || !strings.Contains(out, want) {
			t.Errorf("%v: status %d: %s", args, got, out)
		}
		return strings.TrimSpace(out)
	}
	show := func(want string, args ...string) {
		t.Helper()
		if out, code := operate(append(args, "--server", door.URL)...); code != 0 || !strings.Contains(out, want) {
			t.Errorf("%v: status %d: %s", args, code, out)
		}
	}
	notice := filepath.Join(t.TempDir(), "notice.json")
	x := `{"zh":"说明","en":"words"}`
	if err := os.WriteFile(notice, []byte(`{"kinds":`+x+`,"cause":`+x+`,"harm":`+x+`,"measures":`+x+`,"yourself":`+x+`,"contact":"12345"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	ref, err := h.incident.Open(t.Context(), incident.Opening{By: "Ann", Kind: "leak", Severity: "large", Known: h.Now(), Affected: 3, What: "a copy was seen"})
	if err != nil {
		t.Fatal(err)
	}
	run("", 0, "open", "--kind", "key", "--severity", "major")
	run("kind", 1, "open", "--kind", "other", "--severity", "major")
	run("", 0, "note", ref, "--affected", "7")
	show("7", "incident", "list")
	run("", 0, "reported", ref)
	run("incident_step_done", 1, "reported", ref)
	run("", 0, "removed", ref)
	run("--notice", 1, "told", ref)
	run("", 0, "told", ref, "--notice", notice)
	run("incident_unreviewed", 1, "close", ref, "--second", "Cy")
	run("", 0, "review", ref)
	run("approver_same", 1, "close", ref, "--second", "Bo")
	run("", 0, "close", ref, "--second", "Cy")
	show("closed", "incident", "list")
	show("个人信息泄露", "incident", "report", ref)
	show(`"affected":7`, "incident", "report", ref, "--json")
	glass := run("", 0, "break")
	run("reviewer_same", 1, "inspect", glass)
	show("break-glass", "incident", "list")
}

// What is overdue is said once, by its reference alone.
func TestOverdueIncidentsAreSaidOnce(t *testing.T) {
	h := built(t, true)
	ref, err := h.incident.Open(t.Context(), incident.Opening{By: "Ann", Kind: "leak", Severity: "large", Known: h.Now().Add(-25 * time.Hour), What: "a copy was seen"})
	if err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	own := &house{incident: h.incident} // the other's upkeep says it too, once
	own.Log = slog.New(slog.NewTextHandler(&said, nil))
	warned := map[incident.Alarm]bool{}
	for range 3 {
		own.remindOfIncidents(t.Context(), warned)
	}
	if out := said.String(); strings.Count(out, "WARN") != 1 || !strings.Contains(out, ref) || strings.Contains(out, "copy") {
		t.Error(out)
	}
}
