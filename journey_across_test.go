package netid_test

import (
	"encoding/json"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"netid/client"
)

// across is a request that begins in a browser where nobody is signed in and is decided
// on the citizen's phone: the number brings the answer back to that browser, and to no other.
func (j *journey) across(persona string) {
	j.t.Helper()
	conf, _ := j.rp()
	verifier := oauth2.GenerateVerifier()
	computer, thief := j.screen(), j.screen()
	_, page, at := computer.get(conf.AuthCodeURL("state-x", oauth2.S256ChallengeOption(verifier)))
	link := regexp.MustCompile(`href="(/request/across\?r=[^"]+)"`).FindStringSubmatch(page)
	if link == nil {
		j.t.Fatalf("%s offers no phone\n%s", at, page)
	}
	here := j.URL + html.UnescapeString(link[1])
	number := ""
	for range 5 { // a code is good for five seconds, and this machine may be slower
		_, page, _ = computer.get(here)
		code := regexp.MustCompile(`data-link="([^"]+)"`).FindStringSubmatch(page)
		if code == nil {
			j.t.Fatalf("no code on\n%s", page)
		}
		done := make(chan struct{})
		go func() { // what the page's script does
			for {
				select {
				case <-done:
					return
				case <-time.After(200 * time.Millisecond):
					computer.get(here)
				}
			}
		}()
		out, errs, status := j.Run("persona", "scan", "--server", j.URL, persona, html.UnescapeString(code[1]))
		done <- struct{}{}
		if status == 0 {
			number = last(out)
			break
		}
		if !strings.Contains(errs, "across_late") {
			j.t.Fatalf("scan: %s%s", out, errs)
		}
	}
	r, _ := url.Parse(here)
	form := url.Values{"r": {r.Query().Get("r")}, "match": {number}}
	if status, page, _ := thief.post("/request/across", form); status != http.StatusForbidden || !strings.Contains(page, "other_browser") {
		j.t.Errorf("another browser with the number: %d", status)
	}
	wrong := url.Values{"r": form["r"], "match": {map[bool]string{true: "12", false: "11"}[number == "11"]}}
	if status, page, _ := computer.post("/request/across", wrong); status != http.StatusBadRequest || !strings.Contains(page, "across_number_wrong") {
		j.t.Errorf("a wrong number: %d", status)
	}
	_, _, final := computer.post("/request/across", form)
	a := j.answer(final)
	if a.Get("state") != "state-x" {
		j.t.Fatalf("%v", a)
	}
	if _, err := conf.Exchange(j.t.Context(), a.Get("code"), oauth2.VerifierOption(verifier)); err != nil {
		j.t.Fatal(err)
	}
	if status, page, _ := computer.post("/request/across", form); status != http.StatusGone || !strings.Contains(page, "request_used") {
		j.t.Errorf("the number a second time: %d", status)
	}
	var file client.Export
	if err := json.Unmarshal([]byte(j.persona("export", persona)), &file); err != nil {
		j.t.Fatal(err)
	}
	said := 0
	for _, e := range file.Events {
		var event struct{ Approval struct{ Statement []byte } }
		if err := json.Unmarshal([]byte(e.Event), &event); err != nil {
			j.t.Fatal(err)
		}
		if st, err := client.ParseStatement(event.Approval.Statement); err == nil && st.Across {
			said++
		}
	}
	if said != 1 {
		j.t.Errorf("%d records say that it was across two devices", said)
	}
}

// screen is a browser without a device key.
type screen struct {
	*journey
	client *http.Client
}

func (j *journey) screen() *screen {
	j.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		j.t.Fatal(err)
	}
	return &screen{j, &http.Client{Jar: jar, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if strings.HasPrefix(r.URL.String(), redirect) {
			return http.ErrUseLastResponse
		}
		return nil
	}}}
}

func (s *screen) get(address string) (status int, page, at string) {
	r, err := http.NewRequest(http.MethodGet, address, nil)
	return s.do(r, err)
}

func (s *screen) post(path string, form url.Values) (status int, page, at string) {
	r, err := http.NewRequest(http.MethodPost, s.URL+path, strings.NewReader(form.Encode()))
	if err == nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", s.URL)
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	return s.do(r, err)
}

// do gives the page, or where the browser leaves for.
func (s *screen) do(r *http.Request, err error) (status int, page, at string) {
	if err != nil {
		s.t.Error(err)
		return 0, "", ""
	}
	r.Header.Set("Accept", "text/html")
	a, err := s.client.Do(r)
	if err != nil {
		s.t.Error(err)
		return 0, "", ""
	}
	defer a.Body.Close()
	b, err := io.ReadAll(a.Body)
	if err != nil {
		s.t.Error(err)
	}
	at = a.Header.Get("Location")
	if at == "" {
		at = a.Request.URL.String()
	}
	return a.StatusCode, string(b), at
}
