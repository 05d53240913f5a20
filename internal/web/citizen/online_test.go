package citizen_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"netid/client"
	"netid/internal/act/authorize"
	"netid/internal/fault"
	"netid/internal/identity"
)

// drawn is the code of the world.
var drawn = identity.OnlineCode{0xab, 15: 1}

func (w asker) Offer(_ context.Context, _ identity.Session, over18 bool, locale string) (authorize.Offered, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.adult = over18
	return authorize.Offered{Request: "offered", Statement: w.statement(locale, nil)}, w.failing("Offer")
}

func (w asker) Draw(_ context.Context, _ identity.Session, request string, in authorize.Approval) (authorize.Drawn, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.failing("Draw"); err != nil || request != "offered" {
		return authorize.Drawn{}, fault.Wrap("world", fault.Invalid, "request_invalid", err)
	}
	if _, err := client.CheckApproval(w.statement(in.Locale, in.Give).Bytes(), in.Signature, w.device); err != nil {
		return authorize.Drawn{}, fault.Wrap("world", fault.Unauthenticated, "signature_invalid", err)
	}
	receipt, err := identity.ParseEventID(w.events[0].ID)
	return authorize.Drawn{Code: drawn, Receipt: receipt, Until: w.now().Add(time.Minute)}, err
}

func (w looker) Happened(_ context.Context, _ identity.Session, id identity.EventID) (identity.Event, error) {
	for _, e := range w.events {
		if e.ID == id.String() {
			return e, w.failing("Happened")
		}
	}
	return identity.Event{}, fault.New("world", fault.NotFound, "record_unknown")
}

// A code is drawn in two steps; the page learns of its use without an address that names it.
func TestOnlineCodeIsDrawn(t *testing.T) {
	w := newWorld()
	b := newBrowser(t, w).signIn()
	b.locale = "en"
	post := func(path string, f url.Values) answer {
		return b.do(http.MethodPost, path, f, http.Header{"Accept": {"application/json"}})
	}
	var ask struct {
		Request, Locale, Certificate string
		Statement                    []string
	}
	read(t, post("/qr/online/ask", url.Values{"marks": {"18"}}), &ask)
	if !w.adult || ask.Request != "offered" || ask.Locale != "en" || ask.Certificate != w.cert.ID.String() || len(ask.Statement) < 5 {
		t.Fatalf("%+v", ask)
	}
	form := url.Values{"request": {ask.Request}, "locale": {"en"}, "certificate": {ask.Certificate}, "signature": {b.sign(strings.Join(ask.Statement, "\n"))}}
	var code struct {
		Code, Text, Receipt string
		Until               time.Time
	}
	read(t, post("/qr/online", form), &code)
	if got, err := client.ParseOnline(code.Text, issuer); err != nil || got != drawn.Text() || code.Code != issuer+"/Q/"+got || strings.ToUpper(code.Text) != code.Text || code.Until.IsZero() {
		t.Fatalf("%+v %v", code, err)
	}
	var state struct {
		Used          bool
		Venue, Record string
		Given         []string
	}
	read(t, post("/qr/online/state", url.Values{"receipt": {strings.Repeat("0", 32)}}), &state)
	if state.Used {
		t.Error("used before anybody asked")
	}
	read(t, post("/qr/online/state", url.Values{"receipt": {code.Receipt}}), &state)
	if !state.Used || state.Record != "/records/"+code.Receipt {
		t.Errorf("%+v", state)
	}
	form.Set("signature", "AAAA")
	for name, a := range map[string]answer{"a wrong signature": post("/qr/online", form), "a mark that is none": post("/qr/online/ask", url.Values{"marks": {"60"}}),
		"no receipt": post("/qr/online/state", nil)} {
		if a.StatusCode < 400 || !strings.Contains(a.body, `"error"`) {
			t.Errorf("%s: %d %s", name, a.StatusCode, a.body)
		}
	}
	b = newBrowser(t, w)
	for _, path := range []string{"/qr/online/ask", "/qr/online", "/qr/online/state"} {
		if a := post(path, nil); a.StatusCode != 401 {
			t.Errorf("%s signed out: %d", path, a.StatusCode)
		}
	}
}

func read(t *testing.T, a answer, into any) {
	t.Helper()
	if err := json.Unmarshal([]byte(a.body), into); a.StatusCode != 200 || err != nil {
		t.Fatalf("%d %s", a.StatusCode, a.body)
	}
}

// Q12: an ordinary camera opens a page that is the same for every code, there or
// not, and that asks nobody.
func TestGatePageTellsNothing(t *testing.T) {
	w := newWorld()
	b := newBrowser(t, w)
	b.locale = "en"
	look := func(code string) string {
		a := b.get("/Q/"+code).expect(t, 200, "")
		if a.data("data-page") != "gate" {
			t.Errorf("%s", a.body)
		}
		return strings.ReplaceAll(a.body, code, "") // the page's own address, to come back to in another language
	}
	first := look(drawn.Text())
	for _, code := range []string{identity.NewOnlineCode().Text(), "nothing-like-it"} {
		if look(code) != first {
			t.Errorf("%s: another page", code)
		}
	}
}
