package staff_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"netid/internal/act/staff"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/test/kit"
)

// What is over goes when the law says so, each of its kind at its own time, and not a
// day before; what is not carried or not looked at stays.
func TestTidy(t *testing.T) {
	o := open(t)
	ctx := t.Context()
	audit := o.hire("Xu", law.AuditRole, "p-3", "") // one proposal that was decided
	stuck := true
	o.Staff.Kinds = map[law.Action]staff.Kind{law.UseBreakGlass: {Pages: true,
		Check: func(context.Context, staff.Proposal) (identity.Text, error) {
			return identity.Text{ZH: "破窗", EN: "Break glass"}, nil
		},
		After: func(context.Context, staff.Proposal) error {
			if stuck {
				return errors.New("down")
			}
			return fault.New("test", fault.Gone, "party_removed")
		}}}
	n, err := o.propose(o.security, law.UseBreakGlass, "case 7", []byte(`{}`))
	must(t, err)
	if o.approve(o.system, n) == nil {
		t.Fatal("carried")
	}
	late, err := o.propose(o.system, law.ChangeSetting, "idle", staff.SettingBody(law.IdleMinutes, 3))
	must(t, err)
	paged, err := o.Staff.Alerts(ctx, audit.Member)
	if err != nil || len(paged) != 2 {
		t.Fatal(paged, err)
	}
	must(t, o.Staff.Looked(ctx, audit.Member, paged[0].Name))
	body, secret, err := o.Staff.InviteBody(staff.Invitation{Name: "Never", Role: law.AuditRole, Reference: "p-9"})
	must(t, err)
	in, err := o.propose(o.system, law.InviteStaff, "Never", body)
	must(t, err)
	must(t, o.approve(o.security, in))
	left := func(when string, dropped, proposals, alerts int) {
		t.Helper()
		got, err := o.Staff.Tidy(ctx)
		all, err2 := o.Staff.Proposals(ctx)
		seen, err3 := o.Staff.Alerts(ctx, audit.Member)
		if errors.Join(err, err2, err3) != nil || got != dropped || len(all) != proposals || len(seen) != alerts {
			t.Errorf("%s: dropped %d, left %d and %d: %v", when, got, len(all), len(seen), errors.Join(err, err2, err3))
		}
	}
	left("at once", 0, 4, 2)
	o.Advance(24 * time.Hour)
	left("after the invitation", 1, 4, 2)
	_, _, err = o.Staff.Invited(ctx, secret)
	refused(t, "an invitation that went", err, fault.Gone, "invitation_over")
	if n, err := o.Staff.Tidy(ctx); n != 0 || err != nil {
		t.Error("again", n, err)
	}
	p, err := o.Staff.Proposal(ctx, late)
	must(t, err)
	o.Advance(p.Expires.AddDate(0, 6, 0).Sub(o.Now()) - time.Second)
	left("six months less a second after one ran out", 0, 4, 2)
	o.Advance(time.Second)
	left("six months after", 1, 3, 2)
	o.Advance(paged[0].Time.AddDate(3, 0, 0).Sub(o.Now()))
	left("three years after two decided", 3, 1, 1) // both decided, and the alert that was seen; not what is not carried, nor the alert that nobody saw
	stuck = false
	refused(t, "carried at last", o.Staff.Carry(ctx, n), fault.Gone, "party_removed")
	left("what failed in the end", 1, 0, 2) // the auditors read that it failed
}

// Two agreed and it was not done: the auditors read so, once, in the commit that gives it
// up; what is only late is no failure, and what is tried again alarms nobody.
func TestAFailureIsBeforeTheAuditors(t *testing.T) {
	o := open(t)
	ctx := t.Context()
	audit := o.hire("Xu", law.AuditRole, "p-3", "")
	no := fault.New("op", fault.Unavailable, "store_unavailable")
	o.Staff.Kinds = map[law.Action]staff.Kind{law.SuspendParty: {
		Check: func(context.Context, staff.Proposal) (identity.Text, error) {
			return identity.Text{ZH: "停", EN: "Stop"}, nil
		},
		After: func(context.Context, staff.Proposal) error { return no }}}
	n, err := o.propose(o.security, law.SuspendParty, "shop", []byte(`{}`))
	must(t, err)
	if err := o.approve(o.system, n); err == nil {
		t.Error("what failed is said to be done")
	}
	alerts := func(want int) []staff.Alert {
		t.Helper()
		all, err := o.Staff.Alerts(ctx, audit.Member)
		if err != nil || len(all) != want {
			t.Errorf("%d alerts, want %d: %+v %v", len(all), want, all, err)
		}
		return all
	}
	alerts(0)
	no = fault.New("op", fault.Gone, "party_removed")
	must(t, o.Staff.Resume(ctx))
	for range 2 { // it is given up, and stays so
		must(t, o.Staff.Carry(ctx, n))
		must(t, o.Staff.Resume(ctx))
	}
	if p, err := o.Staff.Proposal(ctx, n); err != nil || p.State != staff.Failed {
		t.Error(p.State, err)
	}
	if all := alerts(1); len(all) == 1 && (all[0].What != "failed party-suspend" || all[0].Ref != n || all[0].Who != "") {
		t.Errorf("%+v", all)
	}
}

// A founder's invitation that ran out and was dropped is given again.
func TestAFoundersInvitationThatWasDropped(t *testing.T) {
	o := &office{Kit: kit.New(t, law.New()), t: t}
	i := staff.Invitation{Name: "Lin", Role: law.SystemRole, Reference: "p-1"}
	_, err := o.Staff.Found(t.Context(), i)
	must(t, err)
	o.Advance(24 * time.Hour)
	if n, err := o.Staff.Tidy(t.Context()); n != 1 || err != nil {
		t.Error(n, err)
	}
	o.found("Lin", law.SystemRole, "p-1", "")
}

// Who never took an invitation may be invited again, also when it is dropped already.
func TestInvitedAgain(t *testing.T) {
	o := open(t)
	ctx := t.Context()
	i := staff.Invitation{Name: "Late", Role: law.AuditRole, Reference: "p-8"}
	body, _, err := o.Staff.InviteBody(i)
	must(t, err)
	n, err := o.propose(o.system, law.InviteStaff, "Late", body)
	must(t, err)
	must(t, o.approve(o.security, n))
	o.Advance(24 * time.Hour)
	if n, err := o.Staff.Tidy(ctx); n != 1 || err != nil {
		t.Error(n, err)
	}
	for _, h := range []hand{o.system, o.security} {
		_, err := o.in(h)
		must(t, err)
	}
	o.hire("Late", law.AuditRole, "p-8", "")
	if n, err := o.Staff.Tidy(ctx); n != 0 || err != nil {
		t.Error(n, err)
	}
}
