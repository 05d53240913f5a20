package law_test

import (
	"testing"

	"netid/internal/law"
)

// N10: no role both proposes and approves an action; audit and supervisors do neither;
// what nobody knows, nobody may.
func TestStaffMatrix(t *testing.T) {
	for _, a := range law.Actions() {
		var proposers, approvers, readers int
		for _, r := range append(law.StaffRoles(), law.OperatorRole, law.OfficerRole, law.AuditorRole, "root", "") {
			p, s := law.MayStaff(r, a, law.Propose), law.MayStaff(r, a, law.Approve)
			if p && s || (p || s) && r != law.SystemRole && r != law.SecurityRole {
				t.Error(r, a, "proposes", p, "approves", s)
			}
			for _, at := range []*int{&proposers, &approvers} {
				if at == &proposers && p || at == &approvers && s {
					*at++
				}
			}
			if law.MayStaff(r, a, law.Look) {
				readers++
			}
			if law.MayStaff(r, "citizens", law.Look) || law.MayStaff(r, a, "do") {
				t.Error(r, "may what is nowhere")
			}
		}
		if first, second := law.SignedBy(a); (first == "") != (proposers == 0) || first != "" && (!law.MayStaff(first, a, law.Propose) || !law.MayStaff(second, a, law.Approve)) {
			t.Error(a, "is signed by", first, second)
		}
		sensitive := false
		for _, s := range law.Sensitive() {
			sensitive = sensitive || s == a
		}
		if readers == 0 || sensitive != (proposers == 1 && approvers == 1) || !sensitive && proposers+approvers != 0 {
			t.Error(a, proposers, approvers, readers)
		}
	}
	if !law.MayStaff(law.AuditRole, law.SeeAlerts, law.Look) || law.MayStaff(law.SystemRole, law.SeeAlerts, law.Look) || law.MayStaff(law.Sector, law.SeeStaff, law.Look) || law.MayStaff(law.AuditRole, law.WriteIncident, law.Look) || law.MayStaff(law.PublicSecurity, law.WriteIncident, law.Look) {
		t.Error("who reads what")
	}
}

func TestSeconds(t *testing.T) {
	first := law.Signatory{Account: "a", Reference: "1", Above: []string{"8", "9"}, Role: law.SystemRole, Stands: true}
	second := law.Signatory{Account: "b", Reference: "2", Role: law.SecurityRole, Stands: true}
	if why := law.Seconds(law.ApproveParty, first, second); why != "" {
		t.Error(why)
	}
	for what, c := range map[string]struct {
		twist func(f, s *law.Signatory)
		want  string
	}{
		"one account":       {func(f, s *law.Signatory) { s.Account = "a" }, "approver_same"},
		"one person":        {func(f, s *law.Signatory) { s.Reference = "1" }, "approver_same"},
		"nobody":            {func(f, s *law.Signatory) { f.Account, f.Reference = "", "" }, "approver_same"},
		"his chief":         {func(f, s *law.Signatory) { s.Reference = "8" }, "approver_line"},
		"his chief's chief": {func(f, s *law.Signatory) { s.Reference = "9" }, "approver_line"},
		"whom he leads":     {func(f, s *law.Signatory) { s.Above = []string{"1"} }, "approver_line"},
		"first gone":        {func(f, s *law.Signatory) { f.Stands = false }, "staff_disabled"},
		"second gone":       {func(f, s *law.Signatory) { s.Stands = false }, "staff_disabled"},
		"his own role":      {func(f, s *law.Signatory) { s.Role = law.SystemRole }, "role_refused"},
		"an auditor":        {func(f, s *law.Signatory) { s.Role = law.AuditRole }, "role_refused"},
		"first's new role":  {func(f, s *law.Signatory) { f.Role = law.AuditRole }, "role_refused"},
	} {
		f, s := first, second
		c.twist(&f, &s)
		if why := law.Seconds(law.ApproveParty, f, s); why != c.want {
			t.Errorf("%s: %q, want %q", what, why, c.want)
		}
	}
	if law.Proposes(law.ApproveParty, first) != "" || law.Proposes(law.ApproveParty, second) != "role_refused" {
		t.Error("who proposes")
	}
	if first.Stands = false; law.Proposes(law.ApproveParty, first) != "staff_disabled" {
		t.Error("who is gone proposes")
	}
}

func TestSettingsHaveAFloor(t *testing.T) {
	for _, s := range law.Settings() {
		if law.Loosest(s) < 1 || !law.MaySet(s, law.Loosest(s)) || !law.MaySet(s, 1) || law.MaySet(s, 0) || law.MaySet(s, law.Loosest(s)+1) {
			t.Error(s)
		}
	}
	if law.MaySet("dual-control", 1) {
		t.Error("dual control is a setting")
	}
}
