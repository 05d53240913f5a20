package staff_test

import (
	"context"
	"slices"
	"testing"

	"netid/internal/act/staff"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
)

// lastly are all, those who may approve the action at the end: the others try while it is open.
func lastly(all []hand, a law.Action) []hand {
	out := slices.Clone(all)
	slices.SortStableFunc(out, func(x, y hand) int {
		may := func(h hand) int {
			if law.MayStaff(h.Role, a, law.Approve) {
				return 1
			}
			return 0
		}
		return may(x) - may(y)
	})
	return out
}

// TestRoleActionMatrix has somebody of every role try every sensitive action, and
// everybody approve each that was proposed: what came of it is the matrix and nothing
// more, and none is one person's (N02, N10).
func TestRoleActionMatrix(t *testing.T) {
	o := open(t)
	ctx := t.Context()
	all := []hand{o.system, o.security}
	all = append(all, o.hire("S2", law.SystemRole, "p-12", ""), o.hire("C2", law.SecurityRole, "p-13", ""))
	for _, r := range law.StaffRoles()[2:] {
		all = append(all, o.hire("Of "+string(r), r, "p-"+string(r), ""))
	}
	plain := staff.Kind{Check: func(context.Context, staff.Proposal) (identity.Text, error) {
		return identity.Text{ZH: "做", EN: "do"}, nil
	},
		Verbs: func(context.Context, staff.Proposal) ([]identity.Verb, error) { return nil, nil }}
	o.Staff.Kinds = map[law.Action]staff.Kind{}
	bodies := map[law.Action][]byte{}
	for _, a := range law.Sensitive() {
		o.Staff.Kinds[a], bodies[a] = plain, []byte(`{}`)
	}
	bodies[law.ChangeSetting] = staff.SettingBody(law.DormantDays, 30)
	bodies[law.RemoveStaff] = staff.AccountBody(all[4].ID)
	own := []law.Action{law.InviteStaff, law.EnableStaff, law.RemoveStaff} // tried to the end in tests of their own
	for _, a := range law.Sensitive() {
		var proposers, seconds []law.Role
		for _, by := range all {
			if slices.Contains(own, a) && law.MayStaff(by.Role, a, law.Propose) {
				proposers = append(proposers, by.Role)
				continue
			}
			n, err := o.propose(by, a, "x", bodies[a])
			if !law.MayStaff(by.Role, a, law.Propose) {
				refused(t, string(a)+" proposed by "+string(by.Role), err, fault.Forbidden, "role_refused")
				continue
			}
			must(t, err)
			proposers = append(proposers, by.Role)
			for _, second := range lastly(all, a) {
				err := o.approve(second, n)
				switch {
				case second.ID == by.ID:
					refused(t, string(a)+" by one", err, fault.Forbidden, "approver_same")
				case !law.MayStaff(second.Role, a, law.Approve):
					refused(t, string(a)+" approved by "+string(second.Role), err, fault.Forbidden, "role_refused")
				case err == nil:
					seconds = append(seconds, second.Role)
				default:
					refused(t, string(a)+" approved again", err, fault.Gone, "proposal_over")
				}
			}
			if p, err := o.Staff.Proposal(ctx, n); err != nil || p.State != staff.Done || p.Decided.By == p.By {
				t.Error(a, p.State, err)
			}
		}
		if len(proposers) == 0 || !slices.Contains(own, a) && len(seconds) != len(proposers) {
			t.Error(a, "proposed by", proposers, "and approved by", seconds)
		}
		for _, r := range seconds {
			if slices.Contains(proposers, r) {
				t.Error(a, "is proposed and approved by", r)
			}
		}
	}
}
