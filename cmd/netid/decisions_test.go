package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"netid/internal/act/staff"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/test/kit"
)

// Whoever checks a store offline reads that two good signatures stand behind each decision;
// a proposal that somebody wrote anew, with the store's own keys, is named by its entry.
func TestLedgerVerifyChecksDecisions(t *testing.T) {
	h := built(t, true)
	ctx := t.Context()
	system, security := kit.Colleagues(t, h.staff)
	kit.Hire(t, h.staff, system, security, staff.Invitation{Name: "Xu", Role: law.AuditRole, Reference: "k-3"})
	n, err := system.Propose(ctx, h.staff, law.ChangeSetting, "idle", staff.SettingBody(law.IdleMinutes, 9))
	if err != nil {
		t.Fatal(err)
	}
	verify := func(args ...string) (string, int) {
		var out bytes.Buffer
		code := run(ctx, append([]string{"ledger", "verify", "--data", h.Data}, args...), nil, &out, &out)
		return out.String(), code
	}
	if out, code := verify(); code != 0 || !strings.Contains(out, "decided by two: 1, each with two good signatures; 0 older") {
		t.Fatal(out, code)
	}
	if err := security.Decide(ctx, h.staff, n, "approve"); err != nil {
		t.Fatal(err)
	}
	if out, code := verify(); code != 0 || !strings.Contains(out, "decided by two: 2,") {
		t.Fatal(out, code)
	}
	if out, code := verify("--json"); code != 0 || strings.Contains(out, "decided") {
		t.Error(out, code)
	}
	unsigned := func(want string) {
		t.Helper()
		var out bytes.Buffer
		dir := filepath.Join(t.TempDir(), "pack")
		if code := run(ctx, []string{"compliance", "export", "--data", h.Data, "--out", dir}, nil, &out, &out); code != 0 {
			t.Fatal(out.String())
		}
		b, err := os.ReadFile(filepath.Join(dir, "figures.json"))
		if err != nil || !strings.Contains(string(b), `"decisions_by_two_without_two_good_signatures": `+want) {
			t.Errorf("%s, %v", b, err)
		}
		if b, err = os.ReadFile(filepath.Join(dir, "report.en.md")); err != nil || !strings.Contains(string(b), "| Decisions by two without two good signatures | "+want+" |") {
			t.Errorf("the report does not say %s: %v", want, err)
		}
	}
	unsigned("0")
	var p staff.Proposal
	version, err := h.desk.Read(ctx, "staff-proposal", n, &p)
	if err != nil {
		t.Fatal(err)
	}
	p.Body = staff.SettingBody(law.IdleMinutes, 2)
	kept, err := h.desk.Keep("staff-proposal", n, version, p)
	if err == nil {
		err = h.store.Jot(ctx, identity.Note(kept))
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{nil, {"--json"}} {
		if out, code := verify(args...); code != 1 || !strings.Contains(out, "proposal "+n+": a signature is not good") || !strings.Contains(out, "index ") {
			t.Error(out, code)
		}
	}
	unsigned("1") // and the pack says so to its reader
}
