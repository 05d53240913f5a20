package operator_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"netid/internal/act/staff"
	"netid/internal/gauge"
	"netid/internal/identity"
	"netid/internal/law"
)

// burden is what the service bears, as a test says.
type burden struct {
	gauge.Levels
	amounts []gauge.Amount
	checks  []gauge.Check
}

func (b *burden) Amounts(context.Context) ([]gauge.Amount, error) { return b.amounts, nil }
func (b *burden) Checks(context.Context) []gauge.Check            { return b.checks }

// read has a reader of a role, whom two invited.
func (d *desk) reader(t *testing.T, system, security *person, role law.Role, ref string) *person {
	t.Helper()
	i := staff.Invitation{Name: "R", Role: role, Reference: ref}
	if role == law.Sector {
		i.Sector = "health"
	}
	body := system.want(200, "")(system.do("POST", "/operator/staff/invite", "name", i.Name, "role", string(role), "sector", i.Sector, "reference", ref))
	secret := system.find(`id="secret">([^<]*)<`, body)
	_, at := system.do("POST", "/operator/proposals", "sealed", system.find(`name="sealed" value="([^"]*)"`, body), "signature", system.sign("sign", body))
	body = security.want(200, `id="approve"`)(security.do("GET", at))
	security.want(303, at)(security.do("POST", at, "word", "approve", "signature", security.sign("approve", body)))
	return d.joins(secret, security.code(at), "en")
}

// What the service bears is plotted below its limit, for who works inside it; a supervisor
// sees how it answers and no more.
func TestCapacityIsPlotted(t *testing.T) {
	d := open(t)
	system, security := d.founders()
	d.bear.amounts = []gauge.Amount{{Name: "queue", Now: 64, Most: 256}, {Name: "disk", Now: 90e9, Most: 100e9, Bytes: true}, {Name: "dead"}}
	d.bear.Note(d.k.Now().Add(-time.Minute), "queue", 128)
	body := system.want(200, "64 now. The limit is 256.")(system.do("GET", "/operator/load"))
	for _, has := range []string{`data-plot="queue"`, "90.0 GB now. The limit is 100.0 GB.", `data-limit=""`, `x="590" y="90" width="8" height="30"`, `x="580" y="60" width="8" height="60"`, "<td>128</td>", "<td>–</td>"} {
		if !strings.Contains(body, has) {
			t.Errorf("no %s on\n%s", has, body)
		}
	}
	security.want(200, "现在 64。上限 256。")(security.do("GET", "/operator/load"))
	sector := d.reader(t, system, security, law.Sector, "p-9")
	if body := sector.want(200, "")(sector.do("GET", "/operator/load")); strings.Contains(body, `data-plot="queue"`) {
		t.Error("a supervisor reads the service's insides")
	}
	sector.want(403, "role_refused")(sector.do("GET", "/operator/health"))
}

// What is wrong comes first and says what to do; the rest is in order.
func TestHealthInWords(t *testing.T) {
	d := open(t)
	system, security := d.founders()
	d.bear.checks = []gauge.Check{{Name: "ready"}, {Name: "deliveries", Bad: true, Count: 3}, {Name: "officers", Bad: true, Count: 1}}
	body := system.want(200, "3 could not be delivered")(system.do("GET", "/operator/health"))
	if strings.Index(body, `data-check="ready"`) < strings.Index(body, `data-check="officers"`) || !strings.Contains(body, "Hold the ceremony of months") || strings.Count(body, "in order") != 1 {
		t.Error(body)
	}
	security.want(200, "3 条未能送出")(security.do("GET", "/operator/health"))
}

// Enrolments, verifications and refusals are plotted as they were published: rounded, and
// divided by reason.
func TestPublishedFiguresArePlotted(t *testing.T) {
	d := open(t)
	system, _ := d.founders()
	system.want(200, "first whole month")(system.do("GET", "/operator/figures"))
	for range 23 {
		d.k.Tally.Happened(identity.Event{Kind: identity.Enrolled})
	}
	for range 14 {
		d.k.Tally.Happened(identity.Event{Kind: identity.Declined, Detail: "guardian"})
	}
	for range 4 {
		d.k.Tally.Happened(identity.Event{Kind: identity.Verified})
	}
	for range 31 {
		d.k.Tally.Refused("plaintext_not_allowed")
	}
	if err := d.k.Tally.Keep(t.Context()); err != nil {
		t.Fatal(err)
	}
	d.k.Advance(9 * 24 * time.Hour) // into the next month, and no account is away for too long
	if err := d.k.Tally.Publish(t.Context()); err != nil {
		t.Fatal(err)
	}
	system.do("POST", "/operator/signout")
	_, gate := system.do("GET", "/operator")
	system.want(303, "/operator")(system.do("POST", "/operator/signin", "challenge", system.find(`name="challenge" value="([^"]*)"`, gate), "certificate", system.id, "signature", system.sign("signin", gate)))
	body := system.want(200, `data-plot="enrolled" data-all="20"`)(system.do("GET", "/operator/figures"))
	for _, has := range []string{`data-plot="declined" data-all="10"`, `data-plot="refused" data-all="30"`, `data-plot="verified" data-all="0"`, "<td>at least 20</td>", "<td>fewer than 10</td>"} {
		if !strings.Contains(body, has) {
			t.Errorf("no %s on\n%s", has, body)
		}
	}
	for _, exact := range []string{">23<", ">14<", ">31<", ">4<"} {
		if strings.Contains(body, exact) {
			t.Errorf("%s: staff read more than everybody", exact)
		}
	}
}
