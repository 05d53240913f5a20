package citizen_test

import (
	"encoding/hex"
	"slices"
	"strings"
	"testing"
	"time"

	"netid/internal/act/guard"
	"netid/internal/fault"
	"netid/internal/identity"
)

// A child's approval waits on a page of its own, and goes where a guardian's answer leads.
func TestAChildWaits(t *testing.T) {
	w := newWorld()
	b := newBrowser(t, w).signIn().bind()
	w.fail["Approve"] = fault.New("x", fault.Forbidden, "guardian_needed")
	page := approve(b, true).expect(t, 200, "")
	if page.data("data-page") != "wait" || !strings.Contains(page.body, "waits for a guardian") {
		t.Fatal(page.body)
	}
	if again := b.post("/request/wait", "r", "sealed", "w", "waits for a guardian", "name", "Shop").expect(t, 200, ""); again.data("data-page") != "wait" || !strings.Contains(again.body, `role="status"`) {
		t.Error(again.body)
	}
	w.resumed = "/x"
	b.post("/request/wait", "r", "sealed", "w", "waits for a guardian").leads(t, "/authorize/answer?a=%2Fx")
	b.post("/request/wait", "w", "another's").expect(t, 400, "request_invalid")
	for _, why := range []string{"child_once", "guardian_needed", "too_many_tries"} {
		w.fail["Approve"] = fault.New("x", fault.Forbidden, "guardian_needed")
		w.fail["ApproveGuarded"] = fault.New("x", fault.Forbidden, why)
		approve(b, true).expect(t, 403, why)
	}
	newBrowser(t, w).bind().post("/request/wait", "w", "waits for a guardian").expect(t, 401, "session_over")
}

// Whose next application a person looks at first reads it, with the reference.
func TestAGuardianReadsThatAPersonLooks(t *testing.T) {
	w := newWorld()
	b := newBrowser(t, w).signIn()
	b.locale = "en"
	if page := b.get("/children").expect(t, 200, ""); strings.Contains(page.body, "data-review") {
		t.Error("a look that nobody asked for")
	}
	for verdict, says := range map[string]string{"": "A person has to look", "allowed": "The operator has allowed it", "refused": "has not allowed it"} {
		w.family.review = guard.Review{Ref: "0a1b2c3d", Verdict: verdict, Until: time.Date(2026, 11, 30, 8, 0, 0, 0, time.UTC)}
		if page := b.get("/children").expect(t, 200, ""); !strings.Contains(page.body, "<strong data-ref>0a1b2c3d</strong>") || !strings.Contains(page.body, says) {
			t.Errorf("%q: %s", verdict, page.body)
		}
	}
	key := hex.EncodeToString(w.family.matters[0].Key)
	w.fail["Answer"] = fault.New("x", fault.Conflict, "guardian_review")
	b.post("/children/asked", "key", key, "answer", "yes", "certificate", "c", "signature", "c2ln").expect(t, 409, "guardian_review")
}

// A guardian's answer is taken as the page sends it; what was refused is shown again.
func TestAGuardianAnswers(t *testing.T) {
	w := newWorld()
	b := newBrowser(t, w).signIn()
	b.locale = "en"
	key := hex.EncodeToString(w.family.matters[2].Key)
	page := b.get("/children/asked/"+key).expect(t, 200, "")
	if got := strings.Join(page.lines(), "\n"); got != string(w.family.matters[2].Text) {
		t.Errorf("the page has other words than the child signed: %q", got)
	}
	if strings.Contains(page.body, " checked") {
		t.Error("an answer is chosen before the guardian chose")
	}
	apply := b.get("/children/asked/"+hex.EncodeToString(w.family.matters[0].Key)).expect(t, 200, "")
	if !strings.HasPrefix(apply.data("data-text"), "netid-guardian/1\n") || strings.Contains(apply.body, `value="always"`) {
		t.Error(apply.body)
	}
	b.post("/children/asked", "key", key, "answer", "no").leads(t, "/children?answered=1")
	b.post("/children/asked", "key", key, "answer", "always", "certificate", "c", "signature", "c2ln").leads(t, "/children?answered=1")
	if said := b.get("/children?answered=1").expect(t, 200, ""); !strings.Contains(said.body, "data-answered") || strings.Contains(b.get("/children").body, "data-answered") {
		t.Error(said.body)
	}
	if r := w.family.replies; len(r) != 2 || r[0].Answer != identity.GuardianNo || r[1].Answer != identity.GuardianAlways || string(r[1].Signature) != "sig" || r[1].Certificate != "c" {
		t.Errorf("%+v", r)
	}
	b.post("/children/asked", "key", key, "answer", "yes", "signature", "!").expect(t, 400, "signature_invalid")
	b.post("/children/asked", "key", "00", "answer", "no").expect(t, 410, "matter_over")
	w.fail["Answer"] = fault.New("x", fault.Forbidden, "guardian_not_verified")
	b.post("/children/asked", "key", key, "answer", "yes").expect(t, 403, "guardian_not_verified")
	w.fail["Waiting"] = fault.New("x", fault.Unavailable, "authority_unavailable")
	b.get("/children").expect(t, 503, "authority_unavailable")
	newBrowser(t, w).post("/children/asked", "key", key, "answer", "no").expect(t, 401, "session_over")
}

// What a child gave up stands on the guardian's page as withdrawn, with nothing to answer.
func TestAGuardianReadsThatItWasWithdrawn(t *testing.T) {
	w := newWorld()
	m := w.family.matters[0]
	m.GivenUp = w.now()
	w.family.matters, w.family.stopped = w.family.matters[1:], []identity.Matter{m}
	b := newBrowser(t, w).signIn()
	key := hex.EncodeToString(m.Key)
	for locale, want := range map[string]string{"en": "Who applied has withdrawn this.", "zh-CN": "这项申请已由申请人撤回，您不用再答复。"} {
		b.locale = locale
		if page := b.get("/children").expect(t, 200, ""); !strings.Contains(page.body, "data-stopped") || !strings.Contains(page.body, want) || strings.Contains(page.body, "/children/asked/"+key) {
			t.Error(page.body)
		}
	}
	b.get("/children/asked/"+key).expect(t, 410, "matter_given_up")
	b.post("/children/asked", "key", key, "answer", "no").expect(t, 410, "matter_given_up")
	if len(w.family.replies) != 0 {
		t.Error("what was withdrawn is answered")
	}
	w.fail["Stopped"] = fault.New("x", fault.Unavailable, "store_unavailable")
	b.get("/children").expect(t, 503, "store_unavailable")
}

func TestForAChild(t *testing.T) {
	w := newWorld()
	b := newBrowser(t, w).signIn()
	ref := w.family.children[0].Ref
	b.post("/children/freeze", "ref", ref).leads(t, "/children/of/"+ref)
	b.post("/children/thaw", "ref", ref).leads(t, "/children/of/"+ref)
	b.post("/children/withdraw", "ref", ref, "party", "demo-shop").leads(t, "/children/of/"+ref)
	if want := []string{"freeze " + ref, "thaw " + ref, "withdraw " + ref + " demo-shop"}; !slices.Equal(w.family.done, want) {
		t.Errorf("%v", w.family.done)
	}
	b.post("/children/withdraw", "ref", ref, "party", "?").expect(t, 404, "party_id_invalid")
	w.fail["ThawWard"] = fault.New("x", fault.Conflict, "guardian_froze")
	b.post("/children/thaw", "ref", ref).expect(t, 409, "guardian_froze")
	w.fail["FreezeWard"] = fault.New("x", fault.NotFound, "not_yours")
	b.post("/children/freeze", "ref", "another's").expect(t, 404, "not_yours")
	b.get("/children/of/another").expect(t, 404, "not_yours")
	b.post("/children/erase", "ref", ref, "passcode", "24681357").expect(t, 400, "erase_unconfirmed")
	b.post("/children/erase", "ref", ref, "confirm", "erase", "passcode", "11112222").expect(t, 400, "passcode_wrong")
	page := b.post("/children/erase", "ref", ref, "confirm", "erase", "passcode", "24681357").expect(t, 200, "")
	if page.data("data-page") != "receipt" || strings.Contains(page.body, "data-key-gone") {
		t.Error("the guardian's own key is thrown away with the child's identity")
	}
	b.get("/children").expect(t, 200, "") // and the guardian is signed in still
}

// A minor's list of steps has one more; the guardian's answer leads to the last.
func TestAMinorsSteps(t *testing.T) {
	w := newWorld()
	b := newBrowser(t, w)
	b.post("/enrol", "kind", string(identity.ResidentCard)).leads(t, "/enrol")
	for _, d := range w.drafts {
		d.Minor, d.Next = true, "guardian"
	}
	if list := b.get("/enrol").expect(t, 200, ""); !strings.Contains(list.body, "/enrol/guardian") {
		t.Error(list.body)
	}
	b.get("/enrol/guardian").expect(t, 200, "")
	for _, why := range []string{"guardian_waits", "guardian_refused"} {
		w.fail["HearGuardian"] = fault.New("x", fault.Forbidden, why)
		if page := b.post("/enrol/guardian").expect(t, 403, why); page.data("data-page") != "guardian" || strings.Contains(page.body, `role="alert"`) == (why == "guardian_waits") {
			t.Error(page.body)
		}
	}
	b.post("/enrol/guardian").leads(t, "/enrol/confirm")
	for _, d := range w.drafts {
		d.Minor, d.Next = false, "notice"
	}
	if list := b.get("/enrol").expect(t, 200, ""); strings.Contains(list.body, "guardian") {
		t.Error("an adult is shown a guardian's step")
	}
}

// What a birthday changed is told to the young person and to the guardian.
func TestBirthdaysAreTold(t *testing.T) {
	w := newWorld()
	b := newBrowser(t, w).signIn()
	for _, turned := range []identity.Regime{"", identity.Ward, identity.Adult} {
		w.family.turned = turned
		if got := b.get("/").expect(t, 200, "").data("data-turned"); got != string(turned) {
			t.Errorf("%q and not %q", got, turned)
		}
	}
	page := b.get("/children").expect(t, 200, "")
	for _, want := range []string{`data-turned="ward"`, `data-turned="adult"`, "/children/of/" + w.family.children[0].Ref} {
		if !strings.Contains(page.body, want) {
			t.Errorf("%s is not there", want)
		}
	}
	if strings.Contains(page.body, "/children/of/"+w.family.children[1].Ref) {
		t.Error("a door to the uses of a young person")
	}
}
