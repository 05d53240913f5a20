package main

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"netid/internal/act/admit"
	"netid/internal/act/incident"
	"netid/internal/act/staff"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/suite"
	"netid/internal/web/operator"
	"netid/test/kit"
	postgrestest "netid/test/postgres"
)

// In each profile, as the program is wired, two passkeys let a party take part, stop it,
// let it go on and remove it; and it starts again with what they signed.
func TestTwoPasskeysAtAProductionServer(t *testing.T) {
	for _, profile := range []suite.Profile{"international", "guomi", "dual"} {
		t.Run(string(profile), func(t *testing.T) { twoPasskeys(t, builtIn(t, false, profile)) })
	}
}

func TestTwoPasskeysPostgreSQL(t *testing.T) {
	server := postgrestest.Ready(t)
	twoPasskeys(t, builtIn(t, false, "", server.Database(t), server.Database(t)))
}

func twoPasskeys(t *testing.T, h *house) {
	t.Helper()
	ctx := t.Context()
	system, security := kit.Colleagues(t, h.staff)
	for _, c := range []kit.Colleague{system, security} {
		challenge, text, err := h.staff.Challenge()
		if err != nil {
			t.Fatal(err)
		}
		cookie, err := h.staff.SignIn(ctx, challenge, c.ID, c.Key.Sign([]byte(text)))
		if err != nil {
			t.Fatal(err)
		}
		if m, _, err := h.staff.Open(ctx, cookie); err != nil || m.ID != c.ID {
			t.Error(m, err)
		}
	}
	in := admit.Application{ID: "shop", Name: "Shop", NameZH: "店", RedirectURIs: []string{"https://shop.example/cb"}, Purpose: "Sign in", PurposeZH: "登录", Otherwise: []identity.Way{{Text: identity.Text{EN: "Counter", ZH: "柜台"}}}}
	if _, _, err := h.admit.Keep(ctx, in); err != nil {
		t.Fatal(err)
	}
	agree := func(first, second kit.Colleague, a law.Action, body any) error {
		t.Helper()
		b, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		n, err := first.Propose(ctx, h.staff, a, "shop", b)
		if err == nil {
			err = second.Decide(ctx, h.staff, n, "approve")
		}
		if err != nil {
			return err
		}
		if p, err := h.staff.Proposal(ctx, n); err != nil || p.State != staff.Done {
			t.Error(a, p.State, err)
		}
		return nil
	}
	stands := func(want identity.PartyStanding) identity.Party {
		t.Helper()
		p, err := h.store.PartyNow(ctx, "shop")
		if err != nil || p.Standing != want {
			t.Error(p.Standing, "want", want, err)
		}
		return p
	}
	why := operator.Reason{Reason: "say which law"}
	steps := []struct {
		a             law.Action
		first, second kit.Colleague
		body          func() any
		want          identity.PartyStanding
	}{
		{law.ReturnParty, system, security, func() any { return why }, identity.PartySuspended},
		{law.ApproveParty, system, security, func() any {
			r, err := h.admit.Read(ctx, "shop")
			if err != nil {
				t.Fatal(err)
			}
			return operator.Endorsed{Record: r.Digest}
		}, identity.PartyActive},
		{law.SuspendParty, security, system, func() any { return why }, identity.PartySuspended},
		{law.ResumeParty, system, security, func() any { return operator.Reason{} }, identity.PartyActive},
		{law.RemoveParty, security, system, func() any { return why }, identity.PartyRemoved},
	}
	for _, s := range steps {
		if s.a == law.ApproveParty { // it was put right in the file
			in.Purpose = "Sign in, as the law says"
			if p, _, err := h.admit.Keep(ctx, in); err != nil || p.Returned != "" {
				t.Fatal(p.Returned, err)
			}
		}
		if err := agree(s.second, s.first, s.a, s.body()); !fault.Because(err, "role_refused") {
			t.Errorf("%s by the other role: %v", s.a, err)
		}
		if err := agree(s.first, s.second, s.a, s.body()); err != nil {
			t.Fatalf("%s: %v", s.a, err)
		}
		p := stands(s.want)
		if s.a == law.ApproveParty {
			if len(p.Endorsed) != 2 || !p.Endorsed[0].AtConsole() {
				t.Errorf("%+v", p.Endorsed)
			}
			if again, _, err := h.admit.Keep(ctx, in); err != nil || again.Standing != identity.PartyActive || len(again.Endorsed) != 2 {
				t.Error("the file that says the same changes what two signed:", err)
			}
		}
	}
	incidentsByTwo(t, h, system, security)
	h.disableDormant(ctx)
	for _, a := range law.Sensitive() { // what is registered is what the law knows
		if k, there := h.staff.Kinds[a]; there && (k.Check == nil || k.Verbs == nil && k.After == nil) {
			t.Error(a, "does nothing")
		}
	}
	if err := h.staff.Resume(context.WithoutCancel(ctx)); err != nil {
		t.Error(err)
	}
}

// incidentsByTwo has two review and close an incident, and review a use of break-glass;
// what was approved and is carried once more is done once.
func incidentsByTwo(t *testing.T, h *house, system, security kit.Colleague) {
	t.Helper()
	ctx := t.Context()
	ref, err := h.incident.Open(ctx, incident.Opening{By: incident.Hand(string(security.ID)), Kind: "leak", Severity: "large", Known: h.Now().Add(-time.Minute), What: "a copy was seen"})
	if err != nil {
		t.Fatal(err)
	}
	by := incident.Step{By: "Ann", What: "it was done"}
	spared := by
	spared.Spared = true
	glass, err := h.incident.Break(ctx, "Ann", "it burned")
	if err := errors.Join(err, h.incident.Report(ctx, ref, by), h.incident.Remove(ctx, ref, by), h.incident.Tell(ctx, ref, spared)); err != nil {
		t.Fatal(err)
	}
	for _, s := range []struct {
		a     law.Action
		about string
	}{{law.ReviewIncident, ref}, {law.CloseIncident, ref}, {law.ReviewGlass, glass}} {
		n, err := system.Propose(ctx, h.staff, s.a, s.about, []byte(`{"reason":"as it should be"}`))
		if err == nil {
			err = security.Decide(ctx, h.staff, n, "approve")
		}
		if err != nil {
			t.Fatalf("%s: %v", s.a, err)
		}
		p, err := h.staff.Proposal(ctx, n)
		if err != nil || p.State != staff.Done {
			t.Error(s.a, p.State, err)
		}
		if err := h.staff.Kinds[s.a].After(ctx, p); err != nil {
			t.Errorf("%s carried again: %v", s.a, err)
		}
		p.By = "0123456789abcdef"
		if err := h.staff.Kinds[s.a].After(ctx, p); !fault.Is(err, fault.Conflict) {
			t.Errorf("%s of somebody else: %v", s.a, err)
		}
	}
	i, err := h.incident.Read(ctx, ref)
	if err != nil || i.Closed.IsZero() || incident.Label(i.Closers[0]) != string(system.ID) || incident.Label(i.Closers[1]) != string(security.ID) {
		t.Errorf("%+v %v", i, err)
	}
}
