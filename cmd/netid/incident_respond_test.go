package main

import (
	"context"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"netid/internal/act/incident"
	"netid/internal/act/staff"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
)

// The operator's commands stop issuance, issue again, tell people and try it all on a copy.
func TestResponseCommands(t *testing.T) {
	h := built(t, true)
	door := httptest.NewServer(h.server)
	t.Cleanup(door.Close)
	ref, err := h.incident.Open(t.Context(), incident.Opening{By: "Ann", Kind: "key", Severity: "large", Known: h.Now(), What: "a key was seen"})
	if err != nil {
		t.Fatal(err)
	}
	run := func(want string, code int, args ...string) {
		t.Helper()
		out, got := operate(append([]string{"incident", args[0], "--server", door.URL}, args[1:]...)...)
		if got != code || !strings.Contains(out, want) {
			t.Errorf("%v: status %d: %s", args, got, out)
		}
	}
	said := []string{"--by", "Bo", "--what", "it was done"}
	with := func(args ...string) []string { return append(args, said...) }
	notice := filepath.Join(t.TempDir(), "notice.json")
	x := `{"zh":"说明","en":"words"}`
	if err := os.WriteFile(notice, []byte(`{"kinds":`+x+`,"cause":`+x+`,"harm":`+x+`,"measures":`+x+`,"yourself":`+x+`,"contact":"12345"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	from := time.Now().Add(-time.Hour).Format(time.RFC3339)
	run("nothing of this scope", 1, "lift", "issuance")
	run("reissue_unstopped", 1, with("reissue", ref, "--from", from)...)
	run("", 0, with("stop", ref)...)
	run("stop_stands", 1, with("stop", ref)...)
	run("issuance", 0, "stops")
	run("whose signature", 1, "lift", "issuance")
	run("0 certificates are issued again", 0, with("reissue", ref, "--from", from)...)
	run("incident_whom_invalid", 1, with("notice", ref, "--notice", notice)...)
	run("", 0, with("notice", ref, "--notice", notice, "--all")...)
	run("fetch", 0, with("drill", "--people", "30")...)
	run("DRILL", 0, "drills")
}

// What two decide at the console stops and lifts; done again after a cut it is done once.
func TestProposalsOfStops(t *testing.T) {
	h := built(t, true)
	ctx := t.Context()
	ref, err := h.incident.Open(ctx, incident.Opening{By: "Ann", Kind: "key", Severity: "large", Known: h.Now(), What: "a key was seen"})
	if err != nil {
		t.Fatal(err)
	}
	kinds := h.staff.Kinds
	stop := staff.Proposal{Number: "p1", Action: law.StopIssuance, Subject: ref, Body: []byte(`{"scope":"issuance","what":"stop it"}`), By: "aa"}
	if says, err := kinds[law.StopIssuance].Check(ctx, stop); err != nil || !strings.HasSuffix(says.ZH, "：stop it") || !strings.HasSuffix(says.EN, ": stop it") {
		t.Error("who approves does not read what both write down:", says, err)
	}
	wordless := stop
	wordless.Body = []byte(`{"scope":"issuance","what":" "}`)
	if _, err := kinds[law.StopIssuance].Check(ctx, wordless); !fault.Because(err, "incident_text_invalid") {
		t.Error("words that no incident keeps are signed:", err)
	}
	check := func(p staff.Proposal, reason string) {
		t.Helper()
		if _, err := kinds[p.Action].Check(ctx, p); reason == "" && err != nil || reason != "" && !fault.Because(err, reason) {
			t.Error(p.Action, err)
		}
	}
	bad := stop
	bad.Body = []byte(`[`)
	check(bad, "proposal_invalid")
	bad.Body = []byte(`{"scope":"x"}`)
	check(bad, "stop_invalid")
	check(stop, "")
	for range 2 {
		if err := kinds[law.StopIssuance].After(ctx, stop); err != nil {
			t.Fatal(err)
		}
	}
	check(stop, "stop_stands")
	all, err := h.incident.Stops(ctx)
	if err != nil || len(all) != 1 {
		t.Fatal(all, err)
	}
	lift := staff.Proposal{Number: "p2", Action: law.LiftStop, Subject: "issuance", Body: []byte(`{"scope":"issuance","what":"over","at":"` + all[0].At.Format(time.RFC3339) + `"}`), By: "aa", Decided: &staff.Signed{By: "aa"}}
	check(lift, "")
	if err := kinds[law.LiftStop].After(ctx, lift); !fault.Because(err, "approver_same") {
		t.Error("one lifts it alone:", err)
	}
	lift.Decided.By = "bb"
	for range 2 {
		if err := kinds[law.LiftStop].After(ctx, lift); err != nil {
			t.Fatal(err)
		}
	}
	check(lift, "stop_unknown")
	if err := h.incident.Stopped(context.Background(), identity.Issued); err != nil {
		t.Error(err)
	}
}
