package operator_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"netid/internal/act/admit"
	"netid/internal/act/staff"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/web/operator"
)

// Two of the console stop a party, with a reason, and let it go on; neither does it alone,
// and a supervisor of a sector reads none.
func TestTwoStopAParty(t *testing.T) {
	d := open(t)
	_, _, err := d.k.Admit.Register(t.Context(), admit.Application{ID: "library", Name: "Library", NameZH: "图书馆", RedirectURIs: []string{"https://library.example/cb"}, Purpose: "Lend books", PurposeZH: "借书",
		Bases: map[string]string{"name": "a law on libraries"}, KeepDays: 30, Unsealed: true, Otherwise: []identity.Way{{Text: identity.Text{ZH: "服务台", EN: "The desk"}}}, Sandbox: true})
	if err != nil {
		t.Fatal(err)
	}
	reason := func(p staff.Proposal) (why operator.Reason) {
		if err := json.Unmarshal(p.Body, &why); err != nil {
			t.Error(err)
		}
		return why
	}
	d.k.Staff.Kinds = map[law.Action]staff.Kind{
		law.SuspendParty: {Check: func(ctx context.Context, p staff.Proposal) (identity.Text, error) {
			return d.k.Admit.Halting(ctx, identity.PartyID(p.Subject), reason(p).Reason)
		}, After: func(ctx context.Context, p staff.Proposal) error {
			_, err := d.k.Admit.Suspend(ctx, identity.PartyID(p.Subject), reason(p).Reason)
			return err
		}},
		law.ResumeParty: {Check: func(ctx context.Context, p staff.Proposal) (identity.Text, error) {
			return d.k.Admit.Resuming(ctx, identity.PartyID(p.Subject))
		}, After: func(ctx context.Context, p staff.Proposal) error {
			_, err := d.k.Admit.Resume(ctx, identity.PartyID(p.Subject), false)
			return err
		}},
	}
	system, security := d.founders()
	const at = "/operator/parties/library"
	system.want(200, `data-party="library"`)(system.do("GET", "/operator/parties"))
	if body := system.want(200, "a law on libraries")(system.do("GET", at)); strings.Contains(body, `id="suspend"`) {
		t.Error("who may not propose it is asked to")
	}
	security.want(200, `id="suspend"`)(security.do("GET", at))
	system.want(403, "role_refused")(system.do("POST", at+"/suspend", "reason", "complaints"))
	security.want(400, "reason_invalid")(security.do("POST", at+"/suspend", "reason", ""))
	security.want(404, "party_unknown")(security.do("GET", "/operator/parties/nobody"))
	security.want(404, "party_unknown")(security.do("GET", "/operator/parties/*"))
	system.want(409, "party_stands")(system.do("POST", at+"/resume"))
	together := func(first, second *person, path string, fields ...string) {
		t.Helper()
		body := first.want(200, `data-page="operator-sign"`)(first.do("POST", path, fields...))
		_, to := first.do("POST", "/operator/proposals", "sealed", first.find(`name="sealed" value="([^"]*)"`, body), "signature", first.sign("sign", body))
		body = second.want(200, `id="approve"`)(second.do("GET", to))
		second.want(303, to)(second.do("POST", to, "word", "approve", "signature", second.sign("approve", body)))
		second.want(200, `data-state="done"`)(second.do("GET", to))
	}
	stands := func(want identity.PartyStanding) {
		t.Helper()
		if p, err := d.k.Store.PartyNow(t.Context(), "library"); err != nil || p.Standing != want {
			t.Error(p.Standing, err)
		}
	}
	together(security, system, at+"/suspend", "reason", "complaints")
	stands(identity.PartySuspended)
	system.want(200, "complaints")(system.do("GET", at))
	together(system, security, at+"/resume")
	stands(identity.PartyActive)
	if _, _, err := d.k.Admit.Register(t.Context(), admit.Application{ID: "gone", Name: "Gone", RedirectURIs: []string{"https://gone.example/cb"}, Purpose: "x", PurposeZH: "x", Otherwise: []identity.Way{{Text: identity.Text{ZH: "服务台", EN: "The desk"}}}, Sandbox: true}); err != nil {
		t.Fatal(err)
	}
	if _, err := d.k.Admit.Remove(t.Context(), "gone", "left"); err != nil {
		t.Fatal(err)
	}
	security.want(410, "party_removed")(security.do("POST", "/operator/parties/gone/suspend", "reason", "x"))
}

// A case is found by its whole reference and by nothing else (N04), and answered once.
func TestCasesByTheirReference(t *testing.T) {
	d := open(t)
	system, security := d.founders()
	c, err := d.k.Rights.AskUnknown(t.Context(), "document_not_valid")
	if err != nil {
		t.Fatal(err)
	}
	security.want(200, c.Ref)(security.do("GET", "/operator/cases"))
	at := "/operator/cases/" + c.Ref
	security.want(303, at)(security.do("POST", "/operator/cases", "reference", c.Ref))
	for _, less := range []string{"", "*", "%", c.Ref[:len(c.Ref)-1], strings.ToUpper(c.Ref) + "0", "Lin", "10000000001", "990100199510011005"} {
		security.want(404, "claim_unknown")(security.do("POST", "/operator/cases", "reference", less))
	}
	security.want(200, `id="answer"`)(security.do("GET", at))
	security.want(400, "claim_reason_missing")(security.do("POST", at, "word", "refuse", "note", ""))
	security.want(400, "proposal_invalid")(security.do("POST", at, "word", "perhaps"))
	security.want(303, at)(security.do("POST", at, "word", "refuse", "note", "It was reported lost."))
	system.want(200, "It was reported lost.")(system.do("GET", at))
	system.want(409, "claim_answered")(system.do("POST", at, "word", "grant"))
	for _, pattern := range d.mux.all {
		for _, word := range []string{"person", "citizen", "people", "search", "name"} {
			if strings.Contains(pattern, word) {
				t.Errorf("%s: an address that finds people", pattern)
			}
		}
	}
}
