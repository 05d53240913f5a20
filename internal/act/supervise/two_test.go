package supervise_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"netid/internal/act/supervise"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
)

// An emergency has a law, another person's approval, an end, and 72 hours for the notice;
// one that came late stays late (Art. 11).
func TestEmergencies(t *testing.T) {
	k, _, a := watched(t)
	ctx := t.Context()
	need := supervise.Need{By: "Ann", Approver: "Bo", Citation: "PIPL Article 13", What: "a flood", Affected: 40, Began: k.Now()}
	for what, c := range map[string]struct {
		change func(*supervise.Need)
		kind   fault.Kind
		reason string
	}{
		"by one":           {func(n *supervise.Need) { n.Approver = n.By }, fault.Forbidden, "approver_same"},
		"no approver":      {func(n *supervise.Need) { n.Approver = "" }, fault.Invalid, "supervision_text_invalid"},
		"no law":           {func(n *supervise.Need) { n.Citation = "" }, fault.Invalid, "supervision_text_invalid"},
		"a law in figures": {func(n *supervise.Need) { n.Citation = "13" }, fault.Invalid, "emergency_invalid"},
		"no beginning":     {func(n *supervise.Need) { n.Began = time.Time{} }, fault.Invalid, "emergency_invalid"},
		"to come":          {func(n *supervise.Need) { n.Began = k.Now().Add(time.Minute) }, fault.Invalid, "emergency_invalid"},
		"less than nobody": {func(n *supervise.Need) { n.Affected = -1 }, fault.Invalid, "emergency_invalid"},
		"somebody's":       {func(n *supervise.Need) { n.Approver = "13800138000 Bo" }, fault.Invalid, "supervision_names_somebody"},
	} {
		n := need
		c.change(&n)
		_, err := a.Begin(ctx, n)
		refused(t, what, err, c.kind, c.reason)
	}
	ref, err := a.Begin(ctx, need)
	must(t, err)
	refused(t, "told while it lasts", a.Tell(ctx, ref, done), fault.Conflict, "emergency_lasts")
	k.Advance(100 * day)
	if len(alarms(t, a)) != 0 {
		t.Error("the clock of one that lasts runs")
	}
	must(t, a.End(ctx, ref, done))
	refused(t, "ended twice", a.End(ctx, ref, done), fault.Conflict, "supervision_done")
	k.Advance(72 * time.Hour)
	if got := alarms(t, a); !slices.Equal(got, []string{"emergency soon"}) {
		t.Error(got)
	}
	k.Advance(time.Second)
	if got := alarms(t, a); !slices.Equal(got, []string{"emergency overdue"}) {
		t.Error(got)
	}
	must(t, a.Tell(ctx, ref, done))
	refused(t, "told twice", a.Tell(ctx, ref, done), fault.Conflict, "supervision_done")
	if got := alarms(t, a); !slices.Equal(got, []string{"emergency overdue"}) {
		t.Error("a late notice mends its term: ", got)
	}
	refused(t, "none", a.End(ctx, "none", done), fault.NotFound, "supervision_unknown")
	refused(t, "words", a.End(ctx, ref, supervise.Step{By: "Ann"}), fault.Invalid, "supervision_text_invalid")
	soon, err := a.Begin(ctx, supervise.Need{By: "Ann", Approver: "Bo", Citation: "a law", What: "a fire", Began: k.Now()})
	must(t, err)
	must(t, a.End(ctx, soon, done))
	must(t, a.Tell(ctx, soon, done))
	if all, err := a.Emergencies(ctx); err != nil || len(all) != 2 || all[0].Reference != soon || all[0].Urgency(k.Now()) != law.Told {
		t.Errorf("%+v %v", all, err)
	}
}

// A ticket is another person's approval, for one thing about one case, once and for a day.
func TestTickets(t *testing.T) {
	k, _, a := watched(t)
	ctx := t.Context()
	body := func(do, why string) []byte {
		b, err := json.Marshal(supervise.Wish{Do: do, Why: why})
		must(t, err)
		return b
	}
	for _, b := range [][]byte{body("read", "x"), body("", "x"), body("allow", ""), body("allow", "call 13800138000"), []byte(`{"do":"allow","why":"x","more":1}`), []byte(`{}{}`), []byte(`x`)} {
		if _, err := a.Ticketing("0a1b2c3d", b); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", b, err)
		}
	}
	_, err := a.Ticketing("", body("allow", "x"))
	refused(t, "about nothing", err, fault.Invalid, "ticket_invalid")
	if says, err := a.Ticketing("0a1b2c3d", body("allow", "the mother came")); err != nil || !strings.Contains(says.EN, "0a1b2c3d") || !strings.Contains(says.ZH, "the mother came") {
		t.Error(says, err)
	}
	for _, by := range [][2]string{{"Ann", "Ann"}, {"Ann", ""}, {"", "Bo"}} {
		_, err := a.Give("n", "0a1b2c3d", body("allow", "x"), by[0], by[1])
		refused(t, "by one", err, fault.Forbidden, "approver_same")
	}
	number, err := k.Ticket(ctx, "0a1b2c3d", "allow")
	must(t, err)
	k.Advance(day - time.Second)
	spent, err := a.Spend(ctx, number, "0a1b2c3d", "allow")
	must(t, err)
	again, err := a.Spend(ctx, number, "0a1b2c3d", "allow") // read before the first is on disk
	must(t, err)
	must(t, k.Store.Jot(ctx, spent.(identity.Note)))
	if err := k.Store.Jot(ctx, again.(identity.Note)); !fault.Because(err, "dossier_moved") {
		t.Errorf("one ticket is used twice: %v", err)
	}
	_, err = a.Spend(ctx, number, "0a1b2c3d", "allow")
	refused(t, "used", err, fault.Conflict, "ticket_used")
	k.Advance(time.Hour)
	late, err := k.Ticket(ctx, "0a1b2c3d", "allow")
	must(t, err)
	_, err = a.Spend(ctx, late, "0a1b2c3d", "refuse")
	refused(t, "for another thing", err, fault.Forbidden, "ticket_other")
	k.Advance(day)
	_, err = a.Spend(ctx, late, "0a1b2c3d", "allow")
	refused(t, "a day later", err, fault.Gone, "ticket_over")
	for _, none := range []string{"", "none"} {
		_, err = a.Spend(ctx, none, "0a1b2c3d", "allow")
		refused(t, "none", err, fault.Forbidden, "ticket_missing")
	}
	if all, err := a.Tickets(ctx); err != nil || len(all) != 2 || all[1].Used.IsZero() || all[1].Given != "Bo" {
		t.Errorf("%+v %v", all, err)
	}
}

// Home is no export; whatever else goes where two put an assessment on record, until it ends.
func TestTheGate(t *testing.T) {
	k, _, a := watched(t)
	ctx := t.Context()
	today := identity.Today(k.Now())
	body := func(p supervise.Passage) []byte {
		b, err := json.Marshal(p)
		must(t, err)
		return b
	}
	whole := supervise.Passage{Record: "2026-17", Office: "the cyberspace administration", Until: today.AddMonths(1), What: "signals without content"}
	for what, change := range map[string]func(*supervise.Passage){
		"no record": func(p *supervise.Passage) { p.Record = "" }, "no office": func(p *supervise.Passage) { p.Office = "" }, "over": func(p *supervise.Passage) { p.Until = today.Yesterday() },
		"no end": func(p *supervise.Passage) { p.Until = identity.Date{} }, "of nothing": func(p *supervise.Passage) { p.What = "" },
	} {
		p := whole
		change(&p)
		if _, err := a.Exporting("US", body(p)); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", what, err)
		}
	}
	for _, region := range []string{"", "CN", "us", "USA", "*"} {
		_, err := a.Exporting(region, body(whole))
		refused(t, "to "+region, err, fault.Invalid, "export_invalid")
	}
	_, err := a.Pass(ctx, "US", body(whole), "Ann", "Ann")
	refused(t, "by one", err, fault.Forbidden, "approver_same")
	for _, region := range []string{"", "US", "CN-GD"} {
		refused(t, "to "+region, a.Leaves(ctx, region), fault.Forbidden, "export_unassessed")
	}
	must(t, a.Leaves(ctx, "CN"))
	for _, by := range []string{"2067290641435901", "Ann"} { // a newer one takes its place; chance makes a label of digits alone
		v, err := a.Pass(ctx, "US", body(whole), by, "Bo")
		must(t, err)
		must(t, k.Store.Jot(ctx, v.(identity.Note)))
	}
	must(t, a.Leaves(ctx, "US"))
	refused(t, "elsewhere", a.Leaves(ctx, "SG"), fault.Forbidden, "export_unassessed")
	if all, err := a.Exports(ctx); err != nil || len(all) != 1 || all[0].Given != "Bo" {
		t.Errorf("%+v %v", all, err)
	}
	k.Advance(33 * day)
	refused(t, "after its end", a.Leaves(ctx, "US"), fault.Forbidden, "export_unassessed")
}
