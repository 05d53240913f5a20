package incident_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"netid/internal/act/incident"
	"netid/internal/act/staff"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/ledger"
	"netid/test/kit"
)

// ready is somebody whose enrolment stands before one of its steps.
func ready(t *testing.T, c *kit.Citizen, before string) func() error {
	t.Helper()
	for _, s := range c.Steps(t.Context()) {
		if s.Name == before {
			return s.Do
		}
		if err := s.Do(); err != nil {
			t.Fatal(s.Name, err)
		}
	}
	t.Fatal(before)
	return nil
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// stoodAt is when a stop that stands began.
func stoodAt(t *testing.T, k *kit.Kit, scope law.StopScope) time.Time {
	t.Helper()
	all, err := k.Incident.Stops(t.Context())
	must(t, err)
	at := slices.IndexFunc(all, func(s incident.Stop) bool { return s.Scope == scope })
	if at < 0 {
		t.Fatal("it does not stand")
	}
	return all[at].At
}

// While issuance is stopped nobody gets a number, a certificate or another device; who has
// one signs in, freezes and looks. Two lift it, and then what was refused is done.
func TestStopOfIssuance(t *testing.T) {
	k, ref := opened(t)
	ctx, a := t.Context(), k.Incident
	inside, late, later := k.Adult(1), k.Adult(2), k.Adult(3)
	must(t, inside.Enrol(ctx))
	confirm, issue := ready(t, late, "confirm"), ready(t, later, "issue")
	refused(t, "no scope", a.Stop(ctx, ref, "everything", step("Ann")), fault.Invalid, "stop_invalid")
	refused(t, "no incident", a.Stop(ctx, "0", law.StopIssue, step("Ann")), fault.NotFound, "incident_unknown")
	must(t, a.Stop(ctx, ref, law.StopIssue, step("Ann")))
	refused(t, "twice", a.Stop(ctx, ref, law.StopIssue, step("Bo")), fault.Conflict, "stop_stands")
	alerted := func(want int) {
		t.Helper()
		if all, err := k.Staff.Alerts(ctx, staff.Member{Role: law.AuditRole}); err != nil || len(all) != want || all[0].What != "stopped" || all[0].Ref != ref {
			t.Errorf("the auditors read %+v %v", all, err)
		}
	}
	alerted(1) // that one person did it, in the same commit
	by := step(incident.Hand("0123456789abcdef"))
	must(t, a.Stop(ctx, ref, law.StopUse, by))
	alerted(1) // of two at the console their proposal tells
	must(t, a.Lift(ctx, law.StopUse, stoodAt(t, k, law.StopUse), "Ann", "Bo", "over"))
	refused(t, "a number", confirm(), fault.Unavailable, "issuance_stopped")
	refused(t, "a certificate", issue(), fault.Unavailable, "issuance_stopped")
	must(t, inside.SignIn(ctx))
	_, err := inside.Another(ctx, "another")
	refused(t, "a device", err, fault.Unavailable, "issuance_stopped")
	_, _, err = k.Issue.Again(ctx, inside.Session)
	refused(t, "a signature", err, fault.Unavailable, "issuance_stopped")
	must(t, k.Issue.Freeze(ctx, inside.Session))
	closing := step("Bo")
	closing.Second = "Cy"
	refused(t, "closed", a.Close(ctx, ref, closing), fault.Conflict, "incident_stop_stands")
	if _, err := a.Closing(ctx, ref, closing); !fault.Because(err, "incident_stop_stands") {
		t.Error("two would sign what is refused afterwards:", err)
	}

	all, err := a.Stops(ctx)
	if err != nil || len(all) != 1 || all[0].Incident != ref || all[0].By != "Ann" {
		t.Fatal(all, err)
	}
	at := all[0].At
	refused(t, "by one", a.Lift(ctx, law.StopIssue, at, "Ann", "Ann", "over"), fault.Forbidden, "approver_same")
	refused(t, "another", a.Lift(ctx, law.StopIssue, at.Add(time.Second), "Ann", "Bo", "over"), fault.NotFound, "stop_unknown")
	if says, err := a.Lifting(ctx, law.StopIssue, at); err != nil || says.ZH == "" || says.EN == "" {
		t.Error(says, err)
	}
	must(t, a.Lift(ctx, law.StopIssue, at, "Ann", "Bo", "over"))
	refused(t, "again", a.Lift(ctx, law.StopIssue, at, "Ann", "Bo", "over"), fault.NotFound, "stop_unknown")
	must(t, ready(t, k.Adult(4), "confirm")())
	must(t, issue())
}

// A stop of use lets nobody in either, and sign-in goes on once it is lifted.
func TestStopOfUse(t *testing.T) {
	k, ref := opened(t)
	ctx, a := t.Context(), k.Incident
	inside := k.Adult(1)
	must(t, inside.Enrol(ctx))
	must(t, a.Stop(ctx, ref, law.StopUse, step("Ann")))
	refused(t, "sign-in", inside.SignIn(ctx), fault.Unavailable, "use_stopped")
	refused(t, "a certificate", ready(t, k.Adult(2), "confirm")(), fault.Unavailable, "use_stopped")
	all, err := a.Stops(ctx)
	must(t, err)
	by, err := k.Lifts(ctx, law.StopUse)
	must(t, err)
	refused(t, "one operator twice", a.LiftEndorsed(ctx, law.StopUse, by[0], by[0], "over"), fault.Forbidden, "approver_same")
	refused(t, "of another scope", a.LiftEndorsed(ctx, law.StopIssue, by[0], by[1], "over"), fault.NotFound, "stop_unknown")
	forged := by[1]
	forged.Signature = by[0].Signature
	refused(t, "forged", a.LiftEndorsed(ctx, law.StopUse, by[0], forged, "over"), fault.Forbidden, "endorsement_invalid")
	must(t, a.LiftEndorsed(ctx, law.StopUse, by[0], by[1], "over"))
	must(t, inside.SignIn(ctx))
	k.Advance(time.Second)
	must(t, a.Stop(ctx, ref, law.StopUse, step("Ann")))
	refused(t, "signatures over a former stop", a.LiftEndorsed(ctx, law.StopUse, by[0], by[1], "over"), fault.Forbidden, "endorsement_invalid")
	if len(all) != 1 {
		t.Error(all)
	}
}

// Every kind of event that a scope holds still is one that has its guards; no other has any.
func TestWhatAStopHolds(t *testing.T) {
	k, _ := opened(t)
	for _, kind := range []identity.EventKind{identity.Enrolled, identity.Issued, identity.DeviceAdded, identity.Attested} {
		if len(k.Incident.Guards(kind)) != 2 {
			t.Error(kind, "is not held by both scopes")
		}
	}
	for _, kind := range []identity.EventKind{identity.SignedIn, identity.Verified, identity.Refreshed, identity.StandingGiven} {
		if len(k.Incident.Guards(kind)) != 1 {
			t.Error(kind, "is not held by the wider scope alone")
		}
	}
	for _, kind := range []identity.EventKind{identity.Frozen, identity.Thawed, identity.Erased, identity.Withdrawn, identity.Exported, identity.SessionEnded, identity.DeviceRemoved} {
		if len(k.Incident.Guards(kind)) != 0 {
			t.Error(kind, "is nobody's to stop")
		}
	}
}

// 64 are minted while a stop comes: none of them in a commit after its.
func TestMintsAgainstAStop(t *testing.T) {
	k, ref := opened(t)
	ctx := context.Background()
	var mints []func() error
	for n := range 64 {
		mints = append(mints, ready(t, k.Adult(n+1), "issue"))
	}
	var all sync.WaitGroup
	var mu sync.Mutex
	minted, stopped := 0, 0
	for n, mint := range mints {
		all.Go(func() {
			if n == 20 {
				if err := k.Incident.Stop(ctx, ref, law.StopIssue, step("Ann")); err != nil {
					t.Error(err)
				}
			}
			err := mint()
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				minted++
			case fault.Because(err, "issuance_stopped"):
				stopped++
			default:
				t.Error(err)
			}
		})
	}
	all.Wait()
	if minted+stopped != 64 || stopped == 0 {
		t.Errorf("%d minted, %d stopped", minted, stopped)
	}
	rows, err := k.Store.Entries(ctx, 0, 10000)
	must(t, err)
	at := slices.IndexFunc(rows, func(r identity.EntryRow) bool {
		if r.State != identity.EntryPublic {
			return false
		}
		e, _, err := ledger.OpenEntry(identity.Keys{}, r)
		return err == nil && e.Kind == identity.IssuanceStopped
	})
	if at < 0 {
		t.Fatal("no stop in the ledger")
	}
	for _, r := range rows[at+1:] {
		t.Errorf("entry %d came after the stop", r.Index)
	}
}

// An incident remembers each stop, by whom it was made and by whom it ended; one of before
// it did is remembered from its end on.
func TestAnIncidentRemembersItsStops(t *testing.T) {
	k, ref := opened(t)
	ctx, a := t.Context(), k.Incident
	for range 2 {
		for _, scope := range law.StopScopes() {
			must(t, a.Stop(ctx, ref, scope, step("Ann")))
		}
		all, err := a.Stops(ctx)
		must(t, err)
		k.Advance(time.Minute)
		for _, s := range all {
			must(t, a.Lift(ctx, s.Scope, s.At, "Bo", "Cy", "over"))
		}
		k.Advance(time.Minute)
	}
	i, err := a.Read(ctx, ref)
	must(t, err)
	if len(i.Held) != 4 {
		t.Fatalf("%+v", i.Held)
	}
	for n, h := range i.Held {
		if h.Scope != law.StopScopes()[n%2] || h.By != "Ann" || h.Lifted.Sub(h.At) != time.Minute || !slices.Equal(h.Lifters, []string{"Bo", "Cy"}) {
			t.Errorf("%+v", h)
		}
	}
	must(t, a.Stop(ctx, ref, law.StopIssue, step("Ann")))
	version, err := a.Dossiers.Read(ctx, "incident", ref, &i)
	must(t, err)
	i.Held = nil
	kept, err := a.Dossiers.Keep("incident", ref, version, i)
	must(t, err)
	must(t, a.Store.Jot(ctx, kept))
	must(t, a.Lift(ctx, law.StopIssue, k.Now().UTC().Truncate(time.Second), "Bo", "Cy", "over"))
	if i, err = a.Read(ctx, ref); err != nil || len(i.Held) != 1 || i.Held[0].By != "Ann" || i.Held[0].Lifted.IsZero() {
		t.Errorf("%+v %v", i.Held, err)
	}
}

// An incident whose record is full of words holds nothing still: the stop ends, and the
// ledger says so.
func TestAFullRecordIsLifted(t *testing.T) {
	k, ref := opened(t)
	ctx, a := t.Context(), k.Incident
	must(t, a.Stop(ctx, ref, law.StopIssue, step("Ann")))
	wide := func(n int) string { return "a" + strings.Repeat("<", n-1) } // six bytes each, as they are kept
	x := identity.Text{ZH: wide(500), EN: wide(500)}
	s := step("Ann")
	s.Notice = &law.IncidentNotice{Kinds: x, Cause: x, Harm: x, Measures: x, Yourself: x, Contact: "12345"}
	must(t, a.Tell(ctx, ref, s))
	var full error
	for full == nil {
		full = a.Note(ctx, ref, incident.Step{By: "Ann", What: wide(400)})
	}
	refused(t, "a word more", full, fault.Invalid, "dossier_large")
	for n := 399; n > 1; n-- { // up to the last byte
		for a.Note(ctx, ref, incident.Step{By: "Ann", What: wide(n)}) == nil {
		}
	}
	must(t, a.Lift(ctx, law.StopIssue, k.Now().UTC().Truncate(time.Second), "Bo", "Cy", "it is over"))
	if all, err := a.Stops(ctx); err != nil || len(all) != 0 {
		t.Error(all, err)
	}
}
