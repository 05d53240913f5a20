package main

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"netid/internal/act/staff"
	"netid/internal/act/supervise"
	"netid/internal/evidence"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/ledger"
	postgrestest "netid/test/postgres"
)

// The operator's commands write duties and emergencies down, do them, list and remind.
func TestSuperviseCommands(t *testing.T) { supervisesAll(t, built(t, true)) }

func TestSuperviseCommandsPostgreSQL(t *testing.T) {
	server := postgrestest.Ready(t)
	supervisesAll(t, builtIn(t, true, "", server.Database(t), server.Database(t)))
}

func supervisesAll(t *testing.T, h *house) {
	t.Helper()
	door := httptest.NewServer(h.server)
	t.Cleanup(door.Close)
	run := func(want string, code int, args ...string) string {
		t.Helper()
		out, got := operate(append(append([]string{"supervise"}, args...), "--server", door.URL)...)
		if got != code || !strings.Contains(out, want) {
			t.Errorf("%v: status %d, no %q: %s", args, got, want, out)
		}
		return strings.TrimSpace(out)
	}
	said := func(args ...string) []string { return append(args, "--by", "Ann", "--what", "it was done") }
	run("REFERENCE", 0, "list")
	run("REFERENCE", 0, "remind")
	today := identity.Today(h.Now())
	ref := run("", 0, said("record", "--duty", "impact", "--due", today.String())...)
	run("soon", 0, "remind")
	run("must be one of", 1, said("record", "--duty", "methods")...)
	run("date_invalid", 1, said("record", "--duty", "risk", "--due", "2027-02-30")...)
	run("supervision_document_missing", 1, said("done", ref)...)
	run("", 0, said("done", ref, "--number", "No. 7", "--sha256", strings.Repeat("0a", 32))...)
	run(today.AddMonths(12).String(), 0, "list")
	emergency := run("", 0, said("emergency", "begin", "--approver", "Bo", "--citation", "a law", "--affected", "3")...)
	run("approv", 1, said("emergency", "begin", "--approver", "Ann", "--citation", "a law")...)
	run("lasting", 0, "list")
	run("", 0, said("emergency", "ended", emergency)...)
	run("to-tell", 0, "list")
	run("", 0, said("emergency", "told", emergency, "--number", "L-7")...)
	run("told", 0, "list")
	must(t, h.store.Jot(t.Context(), aTicket(t, h)))
	must(t, h.store.Jot(t.Context(), passed(t, h)))
	run("export", 0, "list")
	run("good until", 0, "list")
}

func aTicket(t *testing.T, h *house) identity.Note {
	t.Helper()
	p := staff.Proposal{Number: "0123456789abcdef", Subject: "0a1b2c3d", Body: []byte(`{"do":"allow","why":"the mother came"}`), By: "a", Decided: &staff.Signed{By: "b"}}
	return verbOf(t, h, law.OpenMinor, p)
}

func passed(t *testing.T, h *house) identity.Note {
	t.Helper()
	body, err := json.Marshal(supervise.Passage{Record: "2026-17", Office: "an office", Until: identity.Today(h.Now()).AddMonths(1), What: "signals"})
	must(t, err)
	return verbOf(t, h, law.LetOut, staff.Proposal{Subject: "US", Body: body, By: "a", Decided: &staff.Signed{By: "b"}})
}

// verbOf is what the program's own kind does, once two signed it; by one it does nothing.
func verbOf(t *testing.T, h *house, a law.Action, p staff.Proposal) identity.Note {
	t.Helper()
	kind := h.staff.Kinds[a]
	if says, err := kind.Check(t.Context(), p); err != nil || says.ZH == "" || says.EN == "" {
		t.Fatal(says, err)
	}
	alone := p
	alone.Decided = nil
	if _, err := kind.Verbs(t.Context(), alone); !fault.Because(err, "approver_same") {
		t.Errorf("%s by one: %v", a, err)
	}
	v, err := kind.Verbs(t.Context(), p)
	must(t, err)
	return v[0].(identity.Note)
}

// What is near and what is overdue is said once each, and an alarm ends with a status that a
// timer can hear.
func TestWhatIsDueIsSaidOnce(t *testing.T) {
	h := built(t, true)
	var b bytes.Buffer
	now, past := h.Now(), *h.supervise
	past.Now = func() time.Time { return now.Add(-100 * time.Hour) }
	ref, err := past.Begin(t.Context(), supervise.Need{By: "Ann", Approver: "Bo", Citation: "a law", What: "a flood", Began: past.Now()})
	must(t, err)
	_, err = h.supervise.Open(t.Context(), supervise.Opening{By: "Ann", Duty: law.AssessRisk, What: "x", Due: identity.Today(now)})
	must(t, err)
	other := &house{settings: settings{Log: slog.New(slog.NewTextHandler(&b, nil))}, supervise: h.supervise} // h's own upkeep runs beside
	warned := map[supervise.Alarm]bool{}
	other.supervises(t.Context(), warned)
	must(t, past.End(t.Context(), ref, supervise.Step{By: "Ann", What: "the water fell"}))
	other.supervises(t.Context(), warned)
	other.supervises(t.Context(), warned)
	if log := b.String(); strings.Count(log, "due soon") != 1 || strings.Count(log, "level=WARN msg=\"overdue") != 1 || strings.Contains(log, "Ann") {
		t.Error(log)
	}
	door := httptest.NewServer(h.server)
	t.Cleanup(door.Close)
	if out, code := operate("supervise", "remind", "--server", door.URL); code != 1 || !strings.Contains(out, "1 overdue") {
		t.Error(code, out)
	}
}

// Nothing goes to a push service abroad before two put an assessment on record, nor after it
// ends; home is free, a region that nobody named is abroad, and a sandbox's people are made up.
func TestSignalsPassTheGate(t *testing.T) {
	h := built(t, true)
	var b bytes.Buffer
	gate := *h.supervise
	abroad := &house{settings: settings{Log: slog.New(slog.NewTextHandler(&b, nil)), Sandbox: true, Push: []string{"push.example", "*.notify.example", "other.example", "unsaid.example"},
		Regions: map[string]string{"push.example": "CN", "*.notify.example": "US", "other.example": "SG"}}, supervise: &gate}
	var went []string
	post := func(_ context.Context, to string, _ http.Header) (int, error) {
		went = append(went, to)
		return 201, nil
	}
	send := func(host string) error {
		_, err := abroad.outward(post)(t.Context(), "https://"+host+"/x", nil)
		return err
	}
	must(t, send("unsaid.example")) // a sandbox
	abroad.Sandbox = false
	for host, goes := range map[string]bool{"push.example": true, "a.notify.example": false, "notify.example": false, "other.example": false, "unsaid.example": false} {
		if err := send(host); goes != (err == nil) || !goes && !fault.Because(err, "export_unassessed") {
			t.Errorf("%s: %v", host, err)
		}
	}
	abroad.shutOut(t.Context())
	if log := b.String(); strings.Count(log, "no signal goes") != 3 || strings.Contains(log, "host=push.example") {
		t.Error(log)
	}
	must(t, h.store.Jot(t.Context(), passed(t, h)))
	must(t, send("a.notify.example"))
	if err := send("other.example"); !fault.Because(err, "export_unassessed") {
		t.Errorf("an assessment of one region opens another: %v", err)
	}
	gate.Now = func() time.Time { return time.Now().AddDate(0, 2, 0) }
	if err := send("a.notify.example"); !fault.Because(err, "export_unassessed") {
		t.Errorf("it goes after the assessment's end: %v", err)
	}
	if _, err := abroad.outward(post)(t.Context(), "https://\x7f/", nil); err == nil || strings.Contains(err.Error(), "https") {
		t.Errorf("an address that is none: %v", err)
	}
	if len(went) != 3 {
		t.Error(went)
	}
	if h.pushServices().Post == nil {
		t.Error("nothing is asked")
	}
}

func TestRegionsInAConfiguration(t *testing.T) {
	address := state(t, false)
	for regions, why := range map[string]string{"{push.example: US}": "", "{push.example: us}": "push_regions", "{other.example: US}": "push_regions", "{push.example: \"\"}": "push_regions"} {
		c, err := readConfig(written(t, address, "csca:", "push: [push.example]\npush_regions: "+regions+"\ncsca:"))
		if why == "" && (err != nil || c.Regions["push.example"] != "US") || why != "" && (err == nil || !strings.Contains(err.Error(), why)) {
			t.Errorf("%s: %v", regions, err)
		}
	}
}

// An evidence pack has what was kept for supervision, and nobody's name.
func TestThePackHasSupervision(t *testing.T) {
	h := built(t, true)
	ref, err := h.supervise.Open(t.Context(), supervise.Opening{By: "Ann Writer", Duty: law.AuditMinors, What: "this year"})
	must(t, err)
	must(t, h.supervise.Do(t.Context(), ref, supervise.Step{By: "Ann Writer", What: "audited", Number: "A-7"}))
	_, err = h.supervise.Begin(t.Context(), supervise.Need{By: "Ann Writer", Approver: "Bo", Citation: "a law", What: "a flood", Affected: 3, Began: h.Now()})
	must(t, err)
	v := aTicket(t, h)
	must(t, h.store.Jot(t.Context(), v, passed(t, h)))
	dir := filepath.Join(t.TempDir(), "pack")
	if out, errs, code := said("compliance", "export", "--data", h.Data, "--out", dir); code != 0 {
		t.Fatal(out, errs)
	}
	var in evidence.Supervised
	b := packed(t, filepath.Join(dir, "supervision.json"))
	must(t, json.Unmarshal(b, &in))
	if len(in.Duties) != 1 || in.Duties[0].Steps[1].Number != "A-7" || len(in.Emergencies) != 1 || in.Emergencies[0].People != "<10" || len(in.Exports) != 1 || in.Tickets.Given != "<10" || bytes.Contains(b, []byte("Ann Writer")) {
		t.Errorf("%s", b)
	}
}

func packed(t *testing.T, file string) []byte {
	t.Helper()
	b, err := os.ReadFile(file)
	must(t, err)
	return b
}

// How many people there are is what was published of them, less those who left.
func TestEnrolledIsWhatWasPublished(t *testing.T) {
	h := built(t, true)
	now := h.Now()
	clock := func() time.Time { return now }
	counts := tallyOf(h.ring, h.store, vaultOf(h.ring, h.store, h.shelf, clock), ledger.NewBook(h.store, nil, clock), clock) // h's own runs beside
	n, err := enrolled(counts)(t.Context())
	if err != nil || n != 0 {
		t.Error(n, err)
	}
	for range 25 {
		counts.Happened(identity.Event{Kind: identity.Enrolled})
	}
	for range 12 {
		counts.Took(time.Second)
		counts.Happened(identity.Event{Kind: identity.Erased})
	}
	must(t, counts.Keep(t.Context()))
	now = now.AddDate(0, 2, 0)
	must(t, counts.Publish(t.Context()))
	if n, err = enrolled(counts)(t.Context()); err != nil || n != 10 { // 20 and 10, each rounded down
		t.Error(n, err)
	}
}
