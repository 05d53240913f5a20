package operator_test

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"netid/internal/act/counter"
	"netid/internal/act/guard"
	"netid/internal/act/staff"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/web/operator"
)

// waiting are applications of guardians, by their references, with what was decided.
type waiting map[string]string

func (w waiting) Queue(context.Context) (all []guard.Review, err error) {
	for ref, verdict := range w {
		all = append(all, guard.Review{Ref: ref, Why: "many", Verdict: verdict, Asked: time.Now(), Until: time.Now().Add(time.Hour)})
	}
	return all, nil
}

func (w waiting) Decide(_ context.Context, ref string, allow bool, ticket string) error {
	switch verdict, there := w[ref]; {
	case ticket != "ticket of "+ref:
		return fault.New("test", fault.Forbidden, "ticket_missing")
	case !there:
		return fault.New("test", fault.NotFound, "review_unknown")
	case verdict != "":
		return fault.New("test", fault.Conflict, "review_decided")
	}
	if w[ref] = "refused"; allow {
		w[ref] = "allowed"
	}
	return nil
}

func (d *desk) excepting() {
	d.k.Staff.Kinds = map[law.Action]staff.Kind{law.GrantExcept: operator.ExceptionKind(d.k.Counter)}
}

// Two set up a counter: who proposes is shown the first half of its credential, who approved
// the second, and neither is a clerk by it (N02); two remove it.
func TestTwoSetUpACounter(t *testing.T) {
	d := open(t)
	d.excepting()
	system, security := d.founders()
	const at = "/operator/exceptions"
	if body := security.want(200, `id="find"`)(security.do("GET", at)); strings.Contains(body, `id="add"`) {
		t.Error("who may not propose it is asked to")
	}
	security.want(403, "role_refused")(security.do("POST", at, "do", "counter-add", "of", "hall-1"))
	system.want(400, "counter_invalid")(system.do("POST", at, "do", "counter-add", "of", "Hall 1"))
	system.want(404, "counter_unknown")(system.do("POST", at, "do", "counter-remove", "of", "hall-1"))
	system.want(400, "exception_invalid")(system.do("POST", at, "do", "open-all", "of", "hall-1"))
	body := system.want(200, `data-page="operator-sign"`)(system.do("POST", at, "do", "counter-add", "of", "hall-1"))
	system.want(200, "First half of the counter&#39;s credential")(200, body) // and no invitation of anybody
	first := system.find(`id="secret">([^<]*)<`, body)
	_, to := system.do("POST", "/operator/proposals", "sealed", system.find(`name="sealed" value="([^"]*)"`, body), "signature", system.sign("sign", body))
	if _, err := d.k.Counter.SignIn(t.Context(), first); !fault.Because(err, "counter_unproven") {
		t.Error("before the second agreed:", err)
	}
	system.want(403, "approver_same")(system.do("POST", to, "word", "approve", "signature", system.sign("sign", body)))
	body = security.want(200, "设立服务点 hall-1")(security.do("GET", to))
	if strings.Contains(body, first[len("hall-1."):]) || strings.Contains(body, `id="half"`) {
		t.Error("who is to approve reads the credential")
	}
	security.want(303, to)(security.do("POST", to, "word", "approve", "signature", security.sign("approve", body)))
	second := security.find(`id="half">([^<]*)<`, security.want(200, `id="half"`)(security.do("GET", to)))
	if body := system.want(200, `data-state="done"`)(system.do("GET", to)); strings.Contains(body, second) {
		t.Error("who proposed reads both halves")
	}
	credential := first + " " + second
	for _, not := range []string{first, "hall-1." + second, "hall-1 " + second, second, first + " " + second[:len(second)-1], first + " AAAA-AAAA-AAAA-AAAA", first + first[len("hall-1"):]} {
		if _, err := d.k.Counter.SignIn(t.Context(), not); !fault.Because(err, "counter_unproven") {
			t.Errorf("%q opens it: %v", not, err)
		}
	}
	for _, typed := range []string{credential, first + "." + second, " " + first + "  " + strings.ToLower(strings.ReplaceAll(second, "-", " ")) + " "} {
		if _, err := d.k.Counter.SignIn(t.Context(), typed); err != nil {
			t.Errorf("%q: %v", typed, err)
		}
	}
	p, err := d.k.Staff.Proposal(t.Context(), strings.TrimPrefix(to, "/operator/proposals/"))
	if err != nil {
		t.Fatal(err)
	}
	before, err := d.k.Counter.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	d.k.Advance(time.Minute)
	if err := d.k.Staff.Kinds[law.GrantExcept].After(t.Context(), p); err != nil {
		t.Error(err)
	}
	if again, err := d.k.Counter.List(t.Context()); err != nil || len(again) != 1 || again[0] != before[0] {
		t.Error("carried again:", again, err)
	}
	system.want(200, `data-counter="hall-1"`)(system.do("GET", at))
	signed(t, system, security, at, "do", "counter-remove", "of", "hall-1")
	if _, err := d.k.Counter.SignIn(t.Context(), credential); !fault.Because(err, "counter_unproven") {
		t.Error(err)
	}
	if body := security.want(200, `data-state="done"`)(security.do("GET", to)); strings.Contains(body, `id="half"`) {
		t.Error("half of what opens nothing is shown")
	}
}

// A guardian's application is found by the whole reference that they say, is never listed,
// and goes on by a ticket that two signed (supervision_test.go).
func TestAGuardianGoesOnByATicket(t *testing.T) {
	d := open(t)
	d.excepting()
	system, security := d.founders()
	d.wait["0a1b2c3d"], d.wait["11112222"] = "", ""
	const at = "/operator/exceptions"
	body := system.want(200, `data-waiting="2"`)(system.do("GET", at))
	if strings.Contains(body, "0a1b2c3d") {
		t.Error("applications are listed")
	}
	system.want(303, at+"/0a1b2c3d")(system.do("POST", at+"/find", "reference", "0a1b2c3d"))
	for _, less := range []string{"", "*", "0a1b", "0A1B2C3D", "王芳"} {
		security.want(404, "review_unknown")(security.do("POST", at+"/find", "reference", less))
	}
	if body := security.want(200, `data-page="operator-guardian"`)(security.do("GET", at+"/0a1b2c3d")); strings.Contains(body, `id="decide"`) {
		t.Error("who may not propose it is asked to")
	}
	body = system.want(200, `id="decide"`)(system.do("GET", at+"/0a1b2c3d"))
	if !strings.Contains(body, `action="/operator/supervision/ticket"`) || !strings.Contains(body, `name="about" value="0a1b2c3d"`) {
		t.Error("no way to the ticket on", body)
	}
	security.want(403, "role_refused")(security.do("POST", at+"/0a1b2c3d", "word", "allow", "ticket", "ticket of 0a1b2c3d"))
	system.want(403, "ticket_missing")(system.do("POST", at+"/0a1b2c3d", "word", "allow", "ticket", ""))
	system.want(403, "ticket_missing")(system.do("POST", at+"/0a1b2c3d", "word", "allow", "ticket", "ticket of 11112222"))
	kept, err := d.k.Staff.Dossiers.Keep("staff-proposal", "00ff00ff00ff00ff", 0, staff.Proposal{Number: "00ff00ff00ff00ff", Action: law.OpenMinor, Subject: "0a1b2c3d", By: "a colleague"})
	if err == nil {
		err = d.k.Store.Jot(t.Context(), kept)
	}
	if err != nil {
		t.Fatal(err)
	}
	system.want(403, "ticket_other")(system.do("POST", at+"/0a1b2c3d", "word", "allow", "ticket", "00ff00ff00ff00ff"))
	system.want(400, "exception_invalid")(system.do("POST", at+"/0a1b2c3d", "word", "perhaps", "ticket", "ticket of 0a1b2c3d"))
	system.want(303, at)(system.do("POST", at+"/0a1b2c3d", "word", "allow", "ticket", "ticket of 0a1b2c3d"))
	system.want(303, at)(system.do("POST", at+"/11112222", "word", "refuse", "ticket", "ticket of 11112222"))
	if d.wait["0a1b2c3d"] != "allowed" || d.wait["11112222"] != "refused" {
		t.Error(d.wait)
	}
	if body := system.want(200, `data-verdict="allowed"`)(system.do("GET", at+"/0a1b2c3d")); strings.Contains(body, `id="decide"`) {
		t.Error("what was decided is decided again")
	}
}

// A body that says another thing than its subject, or more than is read, is no exception.
func TestExceptionsAreReadStrictly(t *testing.T) {
	d := open(t)
	k := operator.ExceptionKind(d.k.Counter)
	for _, body := range []string{`{"do":"counter-add","of":"hall-2"}`, `{"do":"counter-add","of":"hall-1","quietly":true}`, `{"do":"counter-add","of":"hall-1"}{}`, `[]`, `{"do":"counter-add","of":"hall-1","key":"AAAA"}`} {
		if !json.Valid([]byte(strings.TrimSuffix(body, "{}"))) {
			t.Fatal(body)
		}
		if _, err := k.Check(t.Context(), staff.Proposal{Subject: "hall-1", Body: []byte(body)}); !fault.Because(err, "exception_invalid") {
			t.Errorf("%s: %v", body, err)
		}
	}
	if _, err := d.k.Counter.Grant(t.Context(), "hall-1", []byte("short")); !fault.Because(err, "counter_invalid") {
		t.Error(err)
	}
	if _, err := d.k.Counter.Grant(t.Context(), identity.CounterID("Hall 1"), make([]byte, 32)); !fault.Because(err, "counter_invalid") {
		t.Error(err)
	}
}

// N05: who opens case after case, or guesses references, is before the auditors at once,
// once an hour; who works as usual is not; and no reference stands in what they read.
func TestN05WhoBrowsesIsSeen(t *testing.T) {
	d := open(t)
	system, security := d.founders()
	auditor := d.reader(t, system, security, law.AuditRole, "p-7")
	seen := func() int {
		return strings.Count(auditor.want(200, `data-page="operator-alerts"`)(auditor.do("GET", "/operator/alerts")), `name="name"`)
	}
	for range 5 {
		system.want(404, "claim_unknown")(system.do("POST", "/operator/cases", "reference", "ffff"))
	}
	if seen() != 0 {
		t.Error("a slip of the pen alarms")
	}
	system.want(404, "review_unknown")(system.do("POST", "/operator/exceptions/find", "reference", "ffff"))
	body := auditor.want(200, "tried references within an hour")(auditor.do("GET", "/operator/alerts"))
	if seen() != 1 || !strings.Contains(body, system.id) || strings.Contains(body, "ffff") {
		t.Error(body)
	}
	for range 10 {
		system.do("POST", "/operator/cases", "reference", "ffff")
	}
	if seen() != 1 {
		t.Error("told again within the hour")
	}
	for range 15 {
		system.do("POST", "/operator/cases", "reference", "ffff")
	}
	d.wait["00000001"] = ""
	system.want(429, "too_many_tries")(system.do("POST", "/operator/exceptions/find", "reference", "00000001")) // who guessed so often opens nothing, right or wrong
	system.want(429, "too_many_tries")(system.do("POST", "/operator/exceptions/find", "reference", "00000002"))
	for i := range 21 {
		c := "0000000" + string(rune('a'+i))
		d.wait[c] = ""
		security.want(303, c)(security.do("POST", "/operator/exceptions/find", "reference", c))
		if i == 19 && seen() != 1 {
			t.Error("twenty in an hour alarm")
		}
	}
	if seen() != 2 {
		t.Error("who opens case after case is not seen")
	}
	auditor.want(200, "opened unusually many cases")(auditor.do("GET", "/operator/alerts"))
	system.want(403, "role_refused")(system.do("GET", "/operator/alerts"))
}

// places is one counter.
type places struct{ operator.Counters }

func (places) List(context.Context) ([]counter.Counter, error) {
	return []counter.Counter{{ID: "hall-1"}}, nil
}

// To answer what there is not is to guess, as to look for it is (N05): the auditors hear of it.
func TestAnswersToGuessesAreTold(t *testing.T) {
	for _, at := range []string{"/operator/exceptions/", "/operator/cases/"} {
		d := open(t)
		d.excepting()
		system, _ := d.founders()
		for n := range 6 {
			system.do("POST", at+"guess-"+strconv.Itoa(n), "word", map[bool]string{true: "allow", false: "grant"}[at == "/operator/exceptions/"], "ticket", "none")
		}
		all, err := d.k.Staff.Alerts(t.Context(), staff.Member{Role: law.AuditRole})
		if err != nil || !slices.ContainsFunc(all, func(a staff.Alert) bool { return a.What == "guessed-references" }) {
			t.Errorf("%s: %+v %v", at, all, err)
		}
	}
}
