package refusals_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"netid/test/visitor"
)

func (w *world) signingIn(t *testing.T) {
	who, other := w.member(t, "crowd-8-card"), w.member(t, "elder-card")
	w.unchanged(t, func() {
		for name, c := range map[string]struct {
			change func(url.Values)
			reason string
		}{
			"another's certificate":   {func(f url.Values) { f.Set("certificate", other.Certificate) }, "device_unknown"},
			"no certificate":          {func(f url.Values) { f.Del("certificate") }, "device_unknown"},
			"an unknown certificate":  {func(f url.Values) { f.Set("certificate", strings.Repeat("0", len(who.Certificate))) }, "device_unknown"},
			"no signature":            {func(f url.Values) { f.Del("signature") }, "device_unknown"},
			"a signature of nothing":  {func(f url.Values) { f.Set("signature", strings.Repeat("A", 86)) }, "device_unknown"},
			"padding":                 {func(f url.Values) { f.Set("signature", f.Get("signature")+"=") }, "device_unknown"},
			"no challenge":            {func(f url.Values) { f.Del("challenge") }, "challenge_expired"},
			"an altered challenge":    {func(f url.Values) { f.Set("challenge", altered(f.Get("challenge"))) }, "challenge_expired"},
			"a cookie as a challenge": {func(f url.Values) { f.Set("challenge", who.Cookie("__Host-netid-session")) }, "challenge_expired"},
		} {
			b := who.Again()
			form, err := b.Knock()
			if err != nil {
				t.Fatal(err)
			}
			c.change(form)
			a, err := b.Post("/signin", form)
			want(t, a, err, http.StatusUnauthorized, c.reason)
			if b.Cookie("__Host-netid-session") != "" {
				t.Errorf("%s signs in", name)
			}
		}
	})
	b := who.Again()
	form, err := b.Knock()
	if err != nil {
		t.Fatal(err)
	}
	if a, err := b.Post("/signin", form); err != nil || a.Status != http.StatusSeeOther {
		t.Fatalf("the control does not sign in: %v", err)
	}
	w.unchanged(t, func() {
		a, err := w.browser().Post("/signin", form)
		want(t, a, err, http.StatusUnauthorized, "challenge_used")
	})
}

// altered changes one character in the middle.
func altered(s string) string {
	i := len(s) / 2
	c := "A"
	if s[i] == 'A' {
		c = "B"
	}
	return s[:i] + c + s[i+1:]
}

func (w *world) approving(t *testing.T) {
	who := w.member(t, "overseas-passport")
	ask := w.shop.Authorize(url.Values{"acr_values": {"urn:netid:acr:cert-pwd"}, "claims": {`{"id_token":{"age_over_18":null}}`}})
	sealed, err := who.Ask(ask)
	if err != nil {
		t.Fatal(err)
	}
	stolen, err := who.Consent(sealed)
	if err != nil {
		t.Fatal(err)
	}
	w.unchanged(t, func() {
		for _, c := range []struct {
			name   string
			change func(url.Values)
			status int
			reason string
		}{
			{"an item undecided", func(f url.Values) { f.Del("choice-age_over_18") }, 400, "choice_missing"},
			{"an item decided otherwise than signed", func(f url.Values) { f.Set("choice-age_over_18", "withhold") }, 401, "signature_invalid"},
			{"another language than signed", func(f url.Values) { f.Set("locale", "zh-CN") }, 401, "signature_invalid"},
			{"no language", func(f url.Values) { f.Set("locale", "xx") }, 401, "signature_invalid"},
			{"no signature", func(f url.Values) { f.Del("signature") }, 401, "signature_invalid"},
			{"no passcode", func(f url.Values) { f.Del("passcode") }, 400, "passcode_needed"},
			{"a wrong passcode", func(f url.Values) { f.Set("passcode", "90817263") }, 400, "passcode_wrong"},
			{"an altered request", func(f url.Values) { f.Set("r", altered(f.Get("r"))) }, 400, "request_invalid"},
			{"no request", func(f url.Values) { f.Del("r") }, 400, "request_invalid"},
			{"a session as a request", func(f url.Values) { f.Set("r", who.Cookie("__Host-netid-session")) }, 400, "request_invalid"},
			{"another certificate", func(f url.Values) { f.Set("certificate", strings.Repeat("0", 32)) }, 401, "session_over"}, // last: it ends the session
		} {
			form, err := who.Consent(sealed)
			if err != nil {
				t.Fatal(err)
			}
			form.Set("passcode", who.Passcode)
			c.change(form)
			a, err := who.Post("/request/approve", form)
			if err == nil && (a.Status != c.status || a.Reason() != c.reason) {
				t.Errorf("%s: %d %q, want %d %q", c.name, a.Status, a.Reason(), c.status, c.reason)
			}
			if err != nil || a.Leads() != "" {
				t.Errorf("%s: leads to %q %v", c.name, a.Leads(), err)
			}
		}
	})
	// The same request in another browser of the same person, and of nobody.
	elsewhere := who.Again()
	for _, c := range []*visitor.Citizen{elsewhere, who} {
		if err := c.SignIn(); err != nil {
			t.Fatal(err)
		}
	}
	w.unchanged(t, func() {
		for _, b := range []*visitor.Browser{elsewhere.Browser, w.browser()} {
			a, err := b.Get("/request?r=" + url.QueryEscape(sealed))
			want(t, a, err, http.StatusForbidden, "other_browser")
			a, err = b.Post("/request/decline", url.Values{"r": {sealed}})
			want(t, a, err, http.StatusForbidden, "other_browser")
			stolen.Set("passcode", who.Passcode)
			a, err = b.Post("/request/approve", stolen)
			want(t, a, err, http.StatusForbidden, "other_browser")
		}
		a, err := who.Get("/request?r=" + url.QueryEscape(altered(sealed)))
		want(t, a, err, 400, "request_invalid")
		a, err = who.Get("/authorize/answer?a=" + url.QueryEscape(sealed))
		want(t, a, err, 400, "request_invalid")
		a, err = who.Get("/authorize/answer")
		want(t, a, err, 400, "request_invalid")
	})
	// One passcode try too many, even with the right one.
	for range 4 { // one try was counted above
		form := w.consent(t, who, sealed)
		form.Set("passcode", "90817263")
		if a, err := who.Post("/request/approve", form); err != nil || a.Reason() != "passcode_wrong" {
			t.Fatalf("%v %v", a, err)
		}
	}
	form := w.consent(t, who, sealed)
	form.Set("passcode", who.Passcode)
	a, err := who.Post("/request/approve", form)
	want(t, a, err, http.StatusTooManyRequests, "too_many_tries")
}

func (w *world) consent(t *testing.T, who *visitor.Citizen, sealed string) url.Values {
	t.Helper()
	form, err := who.Consent(sealed)
	if err != nil {
		t.Fatal(err)
	}
	return form
}

// ownPages: what is one citizen's is nobody else's.
func (w *world) ownPages(t *testing.T) {
	who, other := w.member(t, "trial-2-card"), w.member(t, "trial-3-card")
	page, err := who.Get("/records")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(page.Body, `href="/records/`)
	id, _, _ := strings.Cut(rest, `"`)
	if a, err := who.Get("/records/" + id); err != nil || a.Status != http.StatusOK {
		t.Fatalf("the control: %v", err)
	}
	w.unchanged(t, func() {
		a, err := other.Get("/records/" + id)
		want(t, a, err, http.StatusNotFound, a.Reason())
		if !slices.Contains([]string{"record_unknown", "not_yours"}, a.Reason()) {
			t.Errorf("another's record: %q", a.Reason())
		}
		unknown, err := other.Get("/records/" + strings.Repeat("0", 32))
		want(t, unknown, err, http.StatusNotFound, a.Reason()) // nobody can tell which exist
		nobody := w.browser()
		for _, path := range []string{"/records", "/records/" + id, "/platforms", "/data", "/data/export", "/erase"} {
			a, err := nobody.Get(path)
			if err != nil || a.Status != http.StatusSeeOther || !strings.HasPrefix(a.Leads(), "/signin?") {
				t.Errorf("%s to a stranger: %v", path, err)
			}
		}
		for _, path := range []string{"/platforms/withdraw", "/certificate/freeze", "/certificate/thaw", "/erase"} {
			a, err := nobody.Post(path, url.Values{"party": {"refusal-shop"}, "confirm": {"erase"}, "passcode": {who.Passcode}})
			want(t, a, err, http.StatusUnauthorized, "session_over")
		}
		nobody.SetCookie("__Host-netid-session", altered(who.Cookie("__Host-netid-session")))
		a, err = nobody.Post("/certificate/freeze", nil)
		want(t, a, err, http.StatusUnauthorized, "session_over")
		nobody.SetCookie("__Host-netid-session", who.Cookie("__Host-netid-browser"))
		a, err = nobody.Post("/certificate/freeze", nil)
		want(t, a, err, http.StatusUnauthorized, "session_over")
		a, err = who.Post("/erase", url.Values{"passcode": {who.Passcode}})
		want(t, a, err, 400, "erase_unconfirmed")
		a, err = who.Post("/erase", url.Values{"passcode": {"90817263"}, "confirm": {"erase"}})
		want(t, a, err, 400, "passcode_wrong")
		a, err = who.Post("/platforms/withdraw", url.Values{"party": {"../demo-shop"}})
		want(t, a, err, http.StatusNotFound, "party_id_invalid")
		a, err = who.Post("/platforms/withdraw", url.Values{"party": {"nobody-here"}})
		want(t, a, err, http.StatusNotFound, "party_unknown")
	})
	if a, err := who.Post("/certificate/freeze", nil); err != nil || a.Status != http.StatusSeeOther {
		t.Fatalf("freeze: %v", err)
	}
	w.unchanged(t, func() {
		a, err := who.Post("/certificate/thaw", url.Values{"passcode": {"90817263"}})
		want(t, a, err, 400, "passcode_wrong")
		if _, err := who.Approve(w.shop.Authorize(nil)); err == nil || !strings.Contains(err.Error(), "certificate_frozen") {
			t.Errorf("a frozen citizen approves: %v", err)
		}
	})
}
