package counter_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"netid/internal/act/enrol"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/web/counter"
	"netid/internal/web/shell"
)

const issuer = "https://netid.example"

// hall is one counter with one person before it.
type hall struct {
	slip string
	seen enrol.Case
	over bool
}

func (h *hall) SignIn(_ context.Context, credential string) (string, error) {
	if credential != "hall-1.good" {
		return "", fault.New("hall", fault.Unauthenticated, "counter_unproven")
	}
	return "session 1", nil
}

func (h *hall) Open(_ context.Context, cookie string) (identity.CounterID, string, error) {
	n, ok := strings.CutPrefix(cookie, "session ")
	if !ok || h.over {
		return "", "", fault.New("hall", fault.Unauthenticated, "counter_signed_out")
	}
	return identity.CounterID("hall-" + n), cookie, nil
}

func (h *hall) Case(_ context.Context, slip string) (enrol.Case, error) {
	if slip != h.slip {
		return enrol.Case{}, fault.New("hall", fault.Forbidden, "case_over")
	}
	return h.seen, nil
}

func (h *hall) CaseChallenge(_ context.Context, slip string) ([]byte, error) {
	_, err := h.Case(context.Background(), slip)
	return []byte("8 bytes!"), err
}

func (h *hall) CaseExchange(_ context.Context, slip string, _ []byte) ([]byte, error) {
	_, err := h.Case(context.Background(), slip)
	return []byte(`{"command":"00"}`), err
}

func (h *hall) CasePresent(_ context.Context, by identity.CounterID, _ string, _ []byte) error {
	h.seen.Counter, h.seen.Next = by, enrol.StepPhone
	h.seen.Document = &enrol.Seen{Kind: identity.ResidentCard, Name: "•老", Number: "••••0011"}
	return nil
}

func (h *hall) CaseAgree(_ context.Context, by identity.CounterID, _ string) error {
	if by == h.seen.Counter {
		return fault.New("hall", fault.Forbidden, "second_same")
	}
	h.seen.Second = by
	return nil
}

// clerk is a browser at the door.
type clerk struct {
	t      *testing.T
	at     *httptest.Server
	cookie map[string]string
}

func open(t *testing.T, h *hall) *clerk {
	t.Helper()
	mux := http.NewServeMux()
	counter.New(counter.Config{Shell: shell.New(shell.Config{Issuer: issuer, Sandbox: true}), Clerks: h, Cases: h, Drawer: true}).Register(mux)
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return &clerk{t, s, map[string]string{}}
}

func (c *clerk) do(method, path, kind, body string, header ...string) (int, http.Header, string) {
	c.t.Helper()
	req, err := http.NewRequest(method, c.at.URL+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header.Set("Accept", "text/html")
	req.Header.Set("Content-Type", kind)
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	req.Header.Set("Accept-Language", "en")
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	for n, v := range c.cookie {
		req.Header.Add("Cookie", n+"="+v)
	}
	r, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer r.Body.Close()
	b, _ := io.ReadAll(r.Body)
	for _, k := range r.Cookies() {
		if c.cookie[k.Name] = k.Value; k.MaxAge < 0 {
			delete(c.cookie, k.Name)
		}
		if !k.HttpOnly || !k.Secure || !strings.HasPrefix(k.Name, "__Host-") {
			c.t.Error(k)
		}
	}
	return r.StatusCode, r.Header, string(b)
}

func (c *clerk) post(path string, fields ...string) (int, string) {
	f := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		f.Set(fields[i], fields[i+1])
	}
	status, _, body := c.do(http.MethodPost, path, "application/x-www-form-urlencoded", f.Encode())
	return status, body
}

func (c *clerk) get() string {
	_, _, body := c.do(http.MethodGet, "/counter", "", "")
	return body
}

func want(t *testing.T, status int, body string, code int, has ...string) {
	t.Helper()
	for _, one := range has {
		if status != code || !strings.Contains(body, one) {
			t.Errorf("%d, without %q:\n%s", status, one, body)
		}
	}
}

func TestAClerkReadsADocument(t *testing.T) {
	h := &hall{slip: "ABCD", seen: enrol.Case{Kind: identity.ResidentCard, Next: enrol.StepCard, Expires: time.Unix(1_800_000_000, 0)}}
	c := open(t, h)
	want(t, 200, c.get(), 200, `data-page="counter-signin"`)
	status, body := c.post("/counter/case", "slip", "ABCD")
	want(t, status, body, 401, `data-page="counter-signin"`, "counter_signed_out")
	status, body = c.post("/counter/signin", "credential", "hall-1.bad")
	want(t, status, body, 401, "counter_unproven")
	if status, _ := c.post("/counter/signin", "credential", "hall-1.good"); status != 303 {
		t.Fatal(status)
	}
	want(t, 200, c.get(), 200, `data-page="counter-desk"`, `data-counter="hall-1"`)
	status, body = c.post("/counter/case", "slip", "WXYZ")
	want(t, status, body, 403, `data-page="counter-desk"`, "case_over")
	status, body = c.post("/counter/case", "slip", "ABCD")
	want(t, status, body, 200, `data-page="counter-case"`, `data-next="card"`, `data-at="/counter"`)
	status, _, body = c.do(http.MethodPost, "/counter/challenge", "application/json", `{"slip":"ABCD"}`, "Accept", "application/json")
	want(t, status, body, 200, `"challenge"`)
	status, _, body = c.do(http.MethodPost, "/counter/challenge", "application/json", `{"slip":"WXYZ"}`, "Accept", "application/json")
	want(t, status, body, 403, "case_over")
	status, body = c.post("/counter/exchange", "slip", "ABCD", "evidence", "{}")
	want(t, status, body, 200, `"command"`)
	status, body = c.post("/counter/exchange", "slip", "WXYZ", "evidence", "{}")
	want(t, status, body, 403, "case_over")
	status, body = c.post("/counter/read", "slip", "ABCD", "evidence", "{}")
	want(t, status, body, 400, "person_unseen")
	status, body = c.post("/counter/read", "slip", "ABCD", "present", "yes")
	want(t, status, body, 400, "card_missing")
	status, body = c.post("/counter/read", "slip", "ABCD", "present", "yes", "evidence", "{}")
	want(t, status, body, 200, `data-next="phone"`, "••••0011")
	h.seen.Asked = true
	status, body = c.post("/counter/agree", "slip", "ABCD")
	want(t, status, body, 403, "second_same")
	if strings.Contains(body, `action="/counter/agree"`) {
		t.Error("the clerk who read the document is asked to agree")
	}
	c.cookie[shell.CookieClerk] = "session 2"
	status, body = c.post("/counter/case", "slip", "ABCD")
	want(t, status, body, 200, `action="/counter/agree"`)
	status, body = c.post("/counter/agree", "slip", "ABCD")
	want(t, status, body, 200, "hall-2")
	h.over = true
	want(t, 401, c.get(), 401, "counter_signed_out")
}

// Who asks as a script hears of it as a script, and no other site asks at all.
func TestTheDoorIsShut(t *testing.T) {
	h := &hall{slip: "ABCD"}
	c := open(t, h)
	status, _, body := c.do(http.MethodPost, "/counter/challenge", "application/json", `{"slip":"ABCD"}`, "Accept", "application/json")
	want(t, status, body, 401, "counter_signed_out")
	c.cookie[shell.CookieClerk] = "session 1"
	status, _, body = c.do(http.MethodPost, "/counter/agree", "application/x-www-form-urlencoded", "slip=ABCD", "Sec-Fetch-Site", "cross-site")
	want(t, status, body, 403, "cross_site")
	c.cookie[shell.CookieDraft] = "somebody's"
	want(t, 403, c.get(), 403, "counter_shared")
	delete(c.cookie, shell.CookieDraft)
	c.post("/counter/signout")
	if c.cookie[shell.CookieClerk] != "" {
		t.Error("signed in still")
	}
}

func FuzzReadSlip(f *testing.F) {
	f.Add(`{"slip":"ABCD"}`)
	f.Add(`{"slip":"ABCD","slip":1} {}`)
	f.Fuzz(func(t *testing.T, s string) {
		if slip, err := counter.ReadSlip(strings.NewReader(s)); err == nil && len(slip) > 3*len(s) {
			t.Errorf("%q", s)
		}
	})
}
