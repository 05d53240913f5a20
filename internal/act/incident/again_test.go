package incident_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"netid/internal/act/incident"
	"netid/internal/act/recall"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/test/kit"
)

func chosen(a incident.Again) recall.Choice {
	return recall.Choice{From: a.From, Until: a.Until, Reason: "an incident"}
}

// Certificates of the time get another place and another moment, and what was at the
// former place is revoked; id and key are the device's, which signs in as before.
func TestIssuedAgain(t *testing.T) {
	k, ref := opened(t)
	ctx, a := t.Context(), k.Incident
	from := k.Now()
	one, frozen, late := k.Adult(1), k.Adult(2), k.Adult(3)
	must(t, one.Enrol(ctx))
	must(t, frozen.Enrol(ctx))
	must(t, frozen.SignIn(ctx))
	must(t, k.Issue.Freeze(ctx, frozen.Session))
	k.Advance(time.Hour)
	until := k.Now()
	must(t, late.Enrol(ctx))
	_, err := a.Reissue(ctx, ref, step("Ann"), from, until)
	refused(t, "nothing stands still", err, fault.Conflict, "reissue_unstopped")
	must(t, a.Stop(ctx, ref, law.StopIssue, step("Ann")))
	for name, span := range map[string][2]time.Time{"backward": {until, from}, "to come": {from, k.Now().Add(time.Hour)}, "none": {}} {
		_, err = a.Reissue(ctx, ref, step("Ann"), span[0], span[1])
		refused(t, name, err, fault.Invalid, "reissue_invalid")
	}
	again, err := a.Reissue(ctx, ref, step("Ann"), from, until)
	if err != nil || !again.At.After(k.Now()) { // in the second of the stop
		t.Fatal(again, err)
	}
	if same, err := a.Reissue(ctx, ref, step("Bo"), until, until.Add(time.Minute)); err != nil || same != again {
		t.Error(same, err)
	}
	if all, err := a.Unfinished(ctx); err != nil || all[ref] != again {
		t.Error(all, err)
	}
	k.Advance(2 * time.Second)
	_, err = k.Recall.Reissue(ctx, chosen(again), again.At)
	must(t, err)
	must(t, k.RecallFailed())
	if p, err := k.Recall.Reissue(ctx, chosen(again), again.At); err != nil || p != (recall.Progress{Looked: 3, Total: 2, Ended: true}) {
		t.Fatal(p, err)
	}
	is := func(c *kit.Citizen, moved bool, status identity.CertificateStatus) {
		t.Helper()
		row, err := k.Store.Certificate(ctx, c.Certificate.ID)
		must(t, err)
		cert, err := k.Vault.OpenCertificate(row)
		must(t, err)
		if moved != (row.Place != c.Certificate.Place) || moved != cert.Issued.Equal(again.At) || row.Revoked || !cert.Expires.Equal(c.Certificate.Expires) || string(cert.Device) != string(c.Certificate.Device) {
			t.Errorf("moved %v: %+v", moved, cert)
		}
		for at, want := range map[identity.Place]identity.CertificateStatus{row.Place: status, c.Certificate.Place: identity.StatusRevoked} {
			if !moved && at == c.Certificate.Place {
				want = status
			}
			marks, err := k.Store.MarksFrom(ctx, at, 1)
			must(t, err)
			got := identity.StatusValid
			if len(marks) > 0 && marks[0].Place == at {
				got = marks[0].Status
			}
			if got != want {
				t.Errorf("at %d: %v, want %v", at, got, want)
			}
		}
	}
	is(one, true, identity.StatusValid)
	is(frozen, true, identity.StatusFrozen)
	is(late, false, identity.StatusValid)
	must(t, one.SignIn(ctx))
	all, err := a.Stops(ctx)
	must(t, err)
	must(t, a.Lift(ctx, law.StopIssue, all[0].At, "Ann", "Bo", "over"))
	c, token, err := k.Issue.Again(ctx, one.Session)
	if err != nil || token == "" || token == one.Token || c.ID != one.Certificate.ID {
		t.Error(c, token, err)
	}
	_, err = k.Recall.Reissue(ctx, recall.Choice{IDs: []identity.CertificateID{c.ID}, Reason: "r"}, k.Now())
	refused(t, "by ids", err, fault.Invalid, "recall_invalid")
	_, err = k.Recall.Reissue(ctx, chosen(again), again.From)
	refused(t, "in its own time", err, fault.Invalid, "recall_invalid")
}

// meddled are the records of a service in which something else happens in between.
type meddled struct {
	incident.Dossiers
	kind  string
	reads int // of this kind, after which it happens; below zero: as one is written
	do    func()
}

func (m *meddled) meanwhile() {
	if do := m.do; do != nil {
		m.do = nil
		do()
	}
}

func (m *meddled) Read(ctx context.Context, kind, name string, into any) (uint64, error) {
	if kind == m.kind && m.reads >= 0 {
		if m.reads--; m.reads < 0 {
			m.meanwhile()
		}
	}
	return m.Dossiers.Read(ctx, kind, name, into)
}

func (m *meddled) Keep(kind, name string, from uint64, v any) (identity.KeepDossier, error) {
	if kind == m.kind && m.reads < 0 {
		m.meanwhile()
	}
	return m.Dossiers.Keep(kind, name, from, v)
}

// A stop that is lifted while certificates are chosen, and one for another incident in its
// place, is not the stop under which they would be issued again.
func TestIssuedAgainUnderItsOwnStopAlone(t *testing.T) {
	for what, reads := range map[string]int{"before the incident is read again": 1, "before it is written": -1} {
		k, ref := opened(t)
		ctx, a := t.Context(), k.Incident
		other, err := a.Open(ctx, opening(k.Now()))
		must(t, err)
		must(t, a.Stop(ctx, ref, law.StopIssue, step("Ann")))
		from := k.Now().Add(-time.Hour)
		k.Advance(time.Minute)
		good := a.Dossiers
		a.Dossiers = &meddled{good, "incident", reads, func() {
			a.Dossiers = good
			all, err := a.Stops(ctx)
			must(t, err)
			must(t, a.Lift(ctx, law.StopIssue, all[0].At, "Ann", "Bo", "over"))
			must(t, a.Stop(ctx, other, law.StopIssue, step("Ann")))
		}}
		_, err = a.Reissue(ctx, ref, step("Ann"), from, k.Now().Add(-time.Second))
		refused(t, what, err, fault.Conflict, "reissue_unstopped")
		a.Dossiers = good
		if i, err := a.Read(ctx, ref); err != nil || i.Again != nil {
			t.Error(what, i.Again, err)
		}
	}
}

// A drill is whole, or is none; it is written down with its times.
func TestDrilled(t *testing.T) {
	k, _ := opened(t)
	ctx := t.Context()
	d := incident.Drill{By: "Ann", What: "a key that was said to be out", People: 3000}
	for n, s := range incident.DrillSteps() {
		d.Took = append(d.Took, incident.Took{Step: s, MS: int64(n)})
	}
	for name, change := range map[string]func(*incident.Drill){
		"a step less": func(d *incident.Drill) { d.Took = d.Took[1:] }, "another order": func(d *incident.Drill) { d.Took = append(d.Took[1:], d.Took[0]) }, "nobody": func(d *incident.Drill) { d.People = 0 },
		"a time below zero": func(d *incident.Drill) { d.Took = append([]incident.Took{{Step: "stop", MS: -1}}, d.Took[1:]...) }, "one more": func(d *incident.Drill) { d.Took = append(d.Took, d.Took[0]) },
	} {
		bad := d
		bad.Took = append([]incident.Took{}, d.Took...)
		change(&bad)
		_, err := k.Incident.Drilled(ctx, bad)
		refused(t, name, err, fault.Invalid, "drill_invalid")
	}
	ref, err := k.Incident.Drilled(ctx, d)
	must(t, err)
	all, err := k.Incident.Drills(ctx)
	if err != nil || len(all) != 1 || all[0].Reference != ref || all[0].People != 3000 || len(all[0].Took) != len(d.Took) {
		t.Error(all, err)
	}
	// An incident that is tried says so, wherever it is read.
	o := opening(k.Now())
	o.Drill = true
	tried, err := k.Incident.Open(ctx, o)
	must(t, err)
	doc, err := k.Incident.Document(ctx, tried)
	if err != nil || !doc.Incident.Drill || !strings.Contains(doc.Text.ZH, "演练") || !strings.Contains(doc.Text.EN, "A DRILL") {
		t.Error(doc.Text, err)
	}
	if said := incident.Said(incident.Incident{Drill: true}, incident.Glass{}); !strings.Contains(said[0], "drill") {
		t.Error(said)
	}
}
