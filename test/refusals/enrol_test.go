package refusals_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"netid/test/visitor"
)

// documents: every card of the drawer that is not good.
func (w *world) documents(t *testing.T) {
	for card, c := range map[string]struct {
		status int
		reason string
	}{
		"wrong-digit-card": {400, "id_number_invalid"},
		"expired-card":     {400, "document_expired"},
		"expired-passport": {400, "document_expired"},
		"altered-passport": {400, "document_data_mismatch"},
		"foreign-passport": {400, "document_signature_invalid"},
		"cloned-passport":  {400, "chip_not_authentic"},
		"copied-passport":  {400, "chip_downgraded"},
		"at-home-passport": {400, "document_not_listed"},
		"lost-card":        {400, "document_not_valid"},
		"child-card":       {403, "guardian_needed"},
		"youth-card":       {403, "guardian_needed"},
	} {
		t.Run(card, func(t *testing.T) {
			w.unchanged(t, func() {
				who := w.at(t, card, "card")
				a, err := who.Step("card")
				want(t, a, err, c.status, c.reason)
				if due := next(t, who); due != "card" {
					t.Errorf("after a refused card the next step is %q", due)
				}
			})
		})
	}
}

// evidence: what a reader sends, altered on its way or brought again.
func (w *world) evidence(t *testing.T) {
	flip := func(member string) func(*testing.T, string) string {
		return func(t *testing.T, evidence string) string {
			var m map[string][]byte
			if err := json.Unmarshal([]byte(evidence), &m); err != nil || len(m[member]) == 0 {
				t.Fatalf("no %s in the evidence: %v", member, err)
			}
			m[member][len(m[member])/2] ^= 1
			b, err := json.Marshal(m)
			if err != nil {
				t.Fatal(err)
			}
			return string(b)
		}
	}
	without := func(members ...string) func(*testing.T, string) string {
		return func(t *testing.T, evidence string) string {
			var m map[string][]byte
			if err := json.Unmarshal([]byte(evidence), &m); err != nil {
				t.Fatal(err)
			}
			for _, name := range members {
				delete(m, name)
			}
			b, err := json.Marshal(m)
			if err != nil {
				t.Fatal(err)
			}
			return string(b)
		}
	}
	same := func(evidence string) func(*testing.T, string) string {
		return func(*testing.T, string) string { return evidence }
	}
	for _, c := range []struct {
		name, card string
		alter      func(*testing.T, string) string
		status     int
		reason     string
	}{
		{"altered DG1", "overseas-passport", flip("dg1"), 400, "document_data_mismatch"},
		{"altered key", "overseas-passport", flip("dg15"), 400, "document_data_mismatch"},
		{"altered signature of the chip", "overseas-passport", flip("signature"), 400, "chip_authentication_failed"},
		{"a copy that says that its chip has no key", "overseas-passport", without("dg15", "signature"), 400, "chip_downgraded"},
		{"altered transcript", "trial-1-card", flip("transcript"), 400, "chip_authentication_failed"},
		{"a member too many", "trial-1-card", func(_ *testing.T, e string) string { return strings.Replace(e, "{", `{"name":"AA==",`, 1) }, 400, "document_malformed"},
		{"a member twice", "trial-1-card", func(_ *testing.T, e string) string { return strings.Replace(e, "{", `{"transcript":"AA==",`, 1) }, 400, "document_malformed"},
		{"no JSON", "trial-1-card", same("card"), 400, "document_malformed"},
		{"nothing", "trial-1-card", same(""), 400, "card_missing"},
		{"another kind of document", "trial-1-card", same(`{"sod":"AA==","dg1":"AA=="}`), 400, "document_malformed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w.unchanged(t, func() {
				who := w.at(t, c.card, "card")
				evidence, err := who.Evidence()
				if err != nil {
					t.Fatal(err)
				}
				a, err := who.Post("/enrol/card", url.Values{"evidence": {c.alter(t, evidence)}})
				want(t, a, err, c.status, c.reason)
				if due := next(t, who); due != "card" {
					t.Errorf("the next step is %q", due)
				}
			})
		})
	}
	t.Run("replayed", func(t *testing.T) {
		w.unchanged(t, func() {
			who := w.at(t, "overseas-passport", "card")
			first, err := who.Evidence()
			if err != nil {
				t.Fatal(err)
			}
			if _, err := who.Evidence(); err != nil { // another challenge takes its place
				t.Fatal(err)
			}
			a, err := who.Post("/enrol/card", url.Values{"evidence": {first}})
			want(t, a, err, 400, "chip_authentication_failed")
			a, err = who.Post("/enrol/card", url.Values{"evidence": {first}})
			want(t, a, err, http.StatusGone, "challenge_expired")
			other := w.at(t, "overseas-passport", "card")
			if _, err := other.Evidence(); err != nil {
				t.Fatal(err)
			}
			a, err = other.Post("/enrol/card", url.Values{"evidence": {first}})
			want(t, a, err, 400, "chip_authentication_failed")
		})
	})
	t.Run("challenges of a wrong length", func(t *testing.T) {
		w.unchanged(t, func() {
			for _, n := range []int{0, 7, 9, 4096} {
				a, err := w.browser().Call(http.MethodPost, "/sandbox/drawer/adult-card", `{"challenge":"`+base64.RawURLEncoding.EncodeToString(make([]byte, n))+`"}`)
				if err != nil || a.Status < 400 || a.Status > 413 {
					t.Errorf("%d bytes: %v %v", n, a, err)
				}
			}
			for _, body := range []string{"", "{", "[]", `{"challenge":"AAAAAAAAAAA","more":1}`, `{"challenge":"AAAAAAAAAAB"}`} {
				a, err := w.browser().Call(http.MethodPost, "/sandbox/drawer/adult-card", body)
				if err != nil || a.Status != 400 || !strings.Contains(a.Body, "form_invalid") {
					t.Errorf("%q: %v", body, err)
				}
			}
			a, err := w.browser().Call(http.MethodPost, "/sandbox/drawer/nobodys-card", `{"challenge":"AAAAAAAAAAA"}`)
			if err != nil || a.Status != 404 || !strings.Contains(a.Body, "card_unknown") {
				t.Errorf("an unknown card: %v", err)
			}
		})
	})
}

// steps: from each step, every other one is skipped to or done again.
func (w *world) steps(t *testing.T) {
	forms := map[string]url.Values{"notice": {"consent": {"agree"}}, "document-consent": {"consent": {"agree"}}, "card": {"evidence": {`{"transcript":"AA=="}`}},
		"face-consent": {"consent": {"agree"}}, "face": {"assertion": {"match"}}, "phone": {"phone": {"10070000001"}}, "code": {"code": {"000000"}},
		"passcode": {"passcode": {"73914628"}, "again": {"73914628"}}, "confirm": {"device": {"{}"}, "signature": {"AA"}}}
	w.unchanged(t, func() {
		who := w.citizen(t, "trial-1-card")
		for _, other := range visitor.Steps() { // no draft at all
			a, err := who.Post("/enrol/"+other, forms[other])
			want(t, a, err, http.StatusGone, "draft_unknown")
		}
		if err := who.Start(); err != nil {
			t.Fatal(err)
		}
		for _, step := range visitor.Steps() {
			for _, other := range visitor.Steps() {
				back := step == "code" && other == "phone" // another telephone may be named
				if other == step || back {
					continue
				}
				a, err := who.Post("/enrol/"+other, forms[other])
				want(t, a, err, http.StatusConflict, "step_order")
				if due := next(t, who); due != step {
					t.Fatalf("at %s, %s leads to %q", step, other, due)
				}
			}
			if step == "confirm" {
				break
			}
			if a, err := who.Step(step); err != nil || a.Status != http.StatusSeeOther {
				t.Fatalf("%s: %v", step, err)
			}
		}
	})
}

// inputs: what may be typed or chosen wrongly at each step.
func (w *world) inputs(t *testing.T) {
	birthday := "19951001"
	for _, c := range []struct {
		step   string
		form   url.Values
		status int
		reason string
	}{
		{"notice", url.Values{}, 400, "choice_missing"},
		{"document-consent", url.Values{"consent": {"perhaps"}}, 400, "choice_missing"},
		{"face", url.Values{"assertion": {"no-match"}}, 400, "face_no_match"},
		{"face", url.Values{"assertion": {"of course"}}, 400, "face_invalid"},
		{"face", url.Values{}, 400, "choice_missing"},
		{"phone", url.Values{"phone": {"13812345678"}}, 400, "sandbox_phone_only"},
		{"phone", url.Values{"phone": {"1007"}}, 400, "phone_invalid"},
		{"phone", url.Values{"phone": {"10070000001\r\nBcc: x"}}, 400, "phone_invalid"},
		{"code", url.Values{"code": {"wrong!"}}, 400, "code_wrong"},
		{"code", url.Values{}, 400, "code_wrong"},
		{"passcode", url.Values{"passcode": {"12345678"}, "again": {"12345678"}}, 400, "passcode_run"},
		{"passcode", url.Values{"passcode": {"44444444"}, "again": {"44444444"}}, 400, "passcode_repeated"},
		{"passcode", url.Values{"passcode": {birthday}, "again": {birthday}}, 400, "passcode_birthday"},
		{"passcode", url.Values{"passcode": {"7391"}, "again": {"7391"}}, 400, "passcode_format"},
		{"passcode", url.Values{"passcode": {"73914628"}, "again": {"73914629"}}, 400, "passcode_differs"},
		{"confirm", url.Values{"device": {`{"kty":"EC"}`}, "signature": {strings.Repeat("A", 86)}}, 400, "device_key_invalid"},
		{"confirm", url.Values{"device": {`{}`}, "signature": {"==="}}, 400, "signature_invalid"},
	} {
		t.Run(c.step+" "+c.reason, func(t *testing.T) {
			w.unchanged(t, func() {
				who := w.at(t, "trial-1-card", c.step)
				a, err := who.Post("/enrol/"+c.step, c.form)
				want(t, a, err, c.status, c.reason)
				if due := next(t, who); due != c.step {
					t.Errorf("the next step is %q", due)
				}
			})
		})
	}
	t.Run("kind", func(t *testing.T) {
		w.unchanged(t, func() {
			for kind, reason := range map[string]string{"": "kind_missing", "library-card": "document_kind_unknown"} {
				a, err := w.browser().Post("/enrol", url.Values{"kind": {kind}})
				want(t, a, err, 400, reason)
			}
		})
	})
	t.Run("guessed codes", func(t *testing.T) {
		w.unchanged(t, func() {
			who := w.at(t, "trial-1-card", "code")
			right, err := who.Code()
			if err != nil {
				t.Fatal(err)
			}
			for range 5 {
				a, err := who.Post("/enrol/code", url.Values{"code": {"wrong!"}})
				want(t, a, err, 400, "code_wrong")
			}
			a, err := who.Post("/enrol/code", url.Values{"code": {right}})
			want(t, a, err, http.StatusTooManyRequests, "too_many_tries")
		})
	})
	t.Run("another's signature", func(t *testing.T) {
		w.unchanged(t, func() {
			who := w.at(t, "trial-1-card", "confirm")
			form, err := who.Proof()
			if err != nil {
				t.Fatal(err)
			}
			if err := who.NewKey(); err != nil {
				t.Fatal(err)
			}
			device, err := who.Device()
			if err != nil {
				t.Fatal(err)
			}
			form.Set("device", device)
			a, err := who.Post("/enrol/confirm", form)
			if err != nil || a.Reason() != "signature_invalid" || !slices.Contains([]int{400, 401}, a.Status) {
				t.Errorf("%d %s %v", a.Status, a.Reason(), err)
			}
			if due := next(t, who); due != "confirm" {
				t.Errorf("the next step is %q", due)
			}
		})
	})
}
