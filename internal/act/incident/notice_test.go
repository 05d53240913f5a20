package incident_test

import (
	"testing"
	"time"

	"netid/internal/act/admit"
	"netid/internal/act/incident"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/test/kit"
)

func saying() incident.Step {
	s := step("Ann")
	s.Notice = notice()
	return s
}

func reads(t *testing.T, k *kit.Kit, c *kit.Citizen, want ...string) []incident.Told {
	t.Helper()
	all, err := k.Incident.Notices(t.Context(), c.Session)
	var got []string
	for _, one := range all {
		got = append(got, one.Reference+"/"+one.Child)
	}
	if err != nil || len(got) != len(want) {
		t.Fatalf("%q %v, want %q", got, err, want)
	}
	for n := range want {
		if got[n] != want[n] {
			t.Errorf("%q, want %q", got, want)
		}
	}
	return all
}

// Who had a certificate of the time reads it until they say so, also when theirs was
// issued again; who had none never does. How many read it is a count.
func TestNoticesByCertificate(t *testing.T) {
	k, ref := opened(t)
	ctx, a := t.Context(), k.Incident
	early, one, two := k.Adult(1), k.Adult(2), k.Adult(3)
	must(t, early.Enrol(ctx))
	k.Advance(time.Hour)
	w := incident.Whom{From: k.Now()}
	must(t, one.Enrol(ctx))
	must(t, two.Enrol(ctx))
	k.Advance(time.Hour)
	w.Until = k.Now()
	must(t, a.Stop(ctx, ref, "issuance", step("Ann")))
	k.Advance(time.Minute)
	again, err := a.Reissue(ctx, ref, step("Ann"), w.From, w.Until)
	must(t, err)
	for range 2 {
		_, err = k.Recall.Reissue(ctx, chosen(again), again.At)
		must(t, err)
		must(t, k.RecallFailed())
	}
	must(t, a.Notify(ctx, ref, saying(), w))
	refused(t, "twice", a.Notify(ctx, ref, saying(), w), fault.Conflict, "incident_step_done")
	for _, c := range []*kit.Citizen{early, one, two} {
		must(t, c.SignIn(ctx))
	}
	reads(t, k, early)
	all := reads(t, k, one, ref+"/")
	refused(t, "another's", a.Seen(ctx, two.Session, all[0].Mark), fault.NotFound, "incident_unknown")
	must(t, a.Seen(ctx, one.Session, all[0].Mark))
	reads(t, k, one)
	reads(t, k, two, ref+"/")
	refused(t, "read already", a.Seen(ctx, one.Session, all[0].Mark), fault.NotFound, "incident_unknown")
	if n, err := a.Readers(ctx, ref); err != nil || n != 1 {
		t.Error(n, err)
	}
	_, err = a.Readers(ctx, "0")
	refused(t, "no incident", err, fault.NotFound, "incident_unknown")
	k.Advance(366 * 24 * time.Hour)
	if all, err := a.Notices(ctx, two.Session); err == nil && len(all) > 0 {
		t.Error("told for ever")
	}
}

// A child's guardian reads it too, each for themselves.
func TestNoticesToChildAndGuardian(t *testing.T) {
	k, ref := opened(t)
	ctx, a := t.Context(), k.Incident
	guardian := k.Adult(1)
	must(t, guardian.Enrol(ctx))
	must(t, guardian.SignIn(ctx))
	child := k.Person(2, identity.Date{Year: 2016, Month: 3, Day: 7}).Of(guardian)
	must(t, child.EnrolMinor(ctx, guardian))
	must(t, child.SignIn(ctx))
	must(t, guardian.SignIn(ctx))
	must(t, a.Notify(ctx, ref, saying(), incident.Whom{All: true}))
	reads(t, k, child, ref+"/")
	k.Advance(time.Hour)
	later := k.Adult(3)
	must(t, later.Enrol(ctx))
	must(t, later.SignIn(ctx))
	reads(t, k, later) // who comes afterwards is not concerned
	must(t, guardian.SignIn(ctx))
	must(t, child.SignIn(ctx))
	all := reads(t, k, guardian, ref+"/", ref+"/"+identity.MaskName(child.Document.Name))
	must(t, a.Seen(ctx, guardian.Session, all[1].Mark))
	reads(t, k, guardian, ref+"/")
	reads(t, k, child, ref+"/")
}

// Users of a party read it, and nobody else.
func TestNoticesByParty(t *testing.T) {
	k, ref := opened(t)
	ctx, a := t.Context(), k.Incident
	user, other := k.Adult(1), k.Adult(2)
	for _, c := range []*kit.Citizen{user, other} {
		must(t, c.Enrol(ctx))
		must(t, c.SignIn(ctx))
	}
	const p = identity.PartyID("shop")
	_, _, err := k.Admit.Register(ctx, admit.Application{ID: string(p), Name: "Shop", RedirectURIs: []string{"https://shop.example/cb"}, Sandbox: true})
	must(t, err)
	answer, err := user.Approve(ctx, k.Request(p, identity.ModeCert))
	must(t, err)
	_, err = k.Redeem(ctx, p, answer.Code)
	must(t, err)
	must(t, a.Notify(ctx, ref, saying(), incident.Whom{Parties: []identity.PartyID{p}}))
	reads(t, k, user, ref+"/")
	reads(t, k, other)
}

// Whom a notice is about is one question.
func TestWhomANoticeIsAbout(t *testing.T) {
	k, ref := opened(t)
	now := k.Now()
	for name, w := range map[string]incident.Whom{
		"nobody": {}, "two": {All: true, Parties: []identity.PartyID{"x"}}, "a time backward": {From: now, Until: now.Add(-1)}, "a time without an end": {From: now}, "too many parties": {Parties: make([]identity.PartyID, 51)},
	} {
		refused(t, name, k.Incident.Notify(t.Context(), ref, saying(), w), fault.Invalid, "incident_whom_invalid")
	}
	refused(t, "no notice", k.Incident.Notify(t.Context(), ref, step("Ann"), incident.Whom{All: true}), fault.Invalid, "incident_notice_invalid")
}
