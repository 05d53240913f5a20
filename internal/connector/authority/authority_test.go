package authority_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"netid/internal/connector/authority"
	"netid/internal/fault"
	"netid/internal/identity"
)

// state answers every question with one status and body.
type state struct {
	status int
	body   string
	asked  []byte
	path   string
	auth   string
}

func (s *state) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.asked, _ = io.ReadAll(r.Body)
	s.path, s.auth = r.Method+" "+r.URL.Path, r.Header.Get("Authorization")
	if s.status == http.StatusFound {
		w.Header().Set("Location", "/elsewhere")
	}
	w.WriteHeader(s.status)
	io.WriteString(w, s.body)
}

func sit(t *testing.T) (*state, *authority.Client) {
	t.Helper()
	s := &state{status: http.StatusOK}
	srv := httptest.NewServer(s)
	t.Cleanup(srv.Close)
	return s, authority.New(srv.URL+"/", "token-of-the-test")
}

func card() identity.Document {
	return identity.Document{Kind: identity.ResidentCard, Number: "990101198605040010", Name: "沙盒·林一", Birth: identity.Date{Year: 1986, Month: 5, Day: 4}, Long: true,
		Origin: identity.DecodedElsewhere}
}

func TestQuestionsAndAnswers(t *testing.T) {
	s, c := sit(t)
	answer := func(v any) {
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		s.body = string(b)
	}
	answer(authority.About{Name: identity.Text{EN: "register"}, Simulator: true})
	if a, err := c.About(t.Context()); err != nil || !a.Simulator || a.Name.EN != "register" || s.path != "GET /v1/about" || s.auth != "Bearer token-of-the-test" {
		t.Errorf("%+v %v %s %s", a, err, s.path, s.auth)
	}
	answer(authority.Decoded{Document: card(), Person: "handle-of-the-test"})
	doc, p, err := c.Decode(t.Context(), []byte{1}, []byte{2})
	if err != nil || doc != card() || p != "handle-of-the-test" || s.path != "POST /v1/decode" || string(s.asked) != `{"transcript":"AQ==","challenge":"Ag=="}` {
		t.Errorf("%+v %v %s", doc, err, s.asked)
	}
	answer(authority.Resolved{Person: "handle-of-the-test"})
	if err := c.Still(t.Context(), card(), "handle-of-the-test"); err != nil {
		t.Error(err)
	}
	answer(authority.Resolved{Person: "handle-of-the-test"})
	if err := c.Still(t.Context(), card(), "handle-of-another"); !fault.Because(err, "document_not_valid") {
		t.Errorf("a document that is another's by now: %v", err)
	}
	answer(authority.Resolved{Person: "handle-of-the-test"})
	if p, err := c.Resolve(t.Context(), card()); err != nil || p != "handle-of-the-test" || s.path != "POST /v1/resolve" || strings.Contains(string(s.asked), "沙盒") {
		t.Errorf("%s %v %s", p, err, s.asked)
	}
	for _, want := range []bool{true, false} {
		answer(authority.OnFile{OnFile: want})
		if got, err := c.PhoneOnFile(t.Context(), "handle-of-the-test", "10000000001"); err != nil || got != want || s.path != "POST /v1/phone" {
			t.Errorf("%v %v", got, err)
		}
	}
}

func TestRefusalsAndNoAnswers(t *testing.T) {
	s, c := sit(t)
	long := `{"person":"` + strings.Repeat("x", 129) + `"}`
	for name, w := range map[string]struct {
		status int
		body   string
		want   string
	}{
		"lost, cancelled, dead":   {422, `{"reason":"document_not_valid"}`, "document_not_valid"},
		"another challenge":       {422, `{"reason":"chip_authentication_failed"}`, "chip_authentication_failed"},
		"malformed":               {422, `{"reason":"document_malformed"}`, "document_malformed"},
		"a reason of its own":     {422, `{"reason":"person_deceased"}`, "authority_unavailable"},
		"no reason":               {422, `no`, "authority_unavailable"},
		"down":                    {503, ``, "authority_unavailable"},
		"our token is old":        {401, `{}`, "authority_unavailable"},
		"moved":                   {302, ``, "authority_unavailable"},
		"yes, and nothing":        {200, ``, "authority_unavailable"},
		"yes, and not JSON":       {200, `<html>`, "authority_unavailable"},
		"yes, and nobody":         {200, `{"person":""}`, "authority_unavailable"},
		"yes, and a short handle": {200, `{"person":"abc"}`, "authority_unavailable"},
		"yes, and a long handle":  {200, long, "authority_unavailable"},
		"yes, and too much":       {200, `{"person":"handle-of-the-test"}` + strings.Repeat(" ", 64<<10), "authority_unavailable"},
		"created":                 {201, `{"person":"handle-of-the-test"}`, "authority_unavailable"},
	} {
		s.status, s.body = w.status, w.body
		kind := fault.Invalid
		if w.want == "authority_unavailable" {
			kind = fault.Unavailable
		}
		for _, ask := range []func() error{
			func() error { p, err := c.Resolve(t.Context(), card()); return unless(p == "" || err == nil, err) },
			func() error {
				d, _, err := c.Decode(t.Context(), nil, nil)
				return unless(d == identity.Document{}, err)
			},
		} {
			err := ask()
			if !fault.Because(err, w.want) || !fault.Is(err, kind) {
				t.Errorf("%s: %v", name, err)
			} else if strings.Contains(err.Error(), "handle-of") || strings.Contains(err.Error(), card().Number) || strings.Contains(err.Error(), "token-of") {
				t.Errorf("%s: the error tells too much: %v", name, err)
			}
		}
		if w.status != 200 {
			if yes, err := c.PhoneOnFile(t.Context(), "handle-of-the-test", "10000000001"); yes || err == nil {
				t.Errorf("%s: a telephone on file: %v", name, err)
			}
		}
	}
}

// unless makes an answer beside a refusal a failure of its own.
func unless(ok bool, err error) error {
	if !ok {
		return io.ErrUnexpectedEOF
	}
	return err
}

func TestNobodyWaitsForever(t *testing.T) {
	held := make(chan struct{})
	srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-held }))
	defer srv.Close()
	defer close(held)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := authority.New(srv.URL, "t").About(ctx); !fault.Because(err, "authority_unavailable") {
		t.Errorf("silence: %v", err)
	}
	if _, err := authority.New("http://127.0.0.1:1", "t").About(t.Context()); !fault.Because(err, "authority_unavailable") {
		t.Errorf("nobody there: %v", err)
	}
}

func TestStart(t *testing.T) {
	sh := "/bin/sh"
	url, stop, err := authority.Start(t.Context(), sh, []string{"-c", `read token; echo "listening http://127.0.0.1:1/$token"; read end; exit 0`}, "secret")
	if err != nil || url != "http://127.0.0.1:1/secret" {
		t.Fatalf("%s %v", url, err)
	}
	stop()
	stop()
	url, stop, err = authority.Start(t.Context(), sh, []string{"-c", `trap "" TERM; echo "listening $$"; while :; do sleep 0.1; done`}, "secret")
	if err != nil {
		t.Fatal(err)
	}
	stop() // who does not end is killed
	if dead := gone(url); !dead {
		t.Errorf("the child %s lives", url)
	}
	short, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	for name, script := range map[string]string{"says something else": "read t; echo hello; read x", "ends": "echo broken >&2; exit 3", "says nothing": "read t; read x"} {
		_, _, err := authority.Start(short, sh, []string{"-c", script}, "secret")
		if err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, _, err := authority.Start(t.Context(), "/nowhere/at/all", nil, "secret"); err == nil {
		t.Error("a program that is none")
	}
	for _, token := range []string{"", "two\nlines"} {
		if _, _, err := authority.Start(t.Context(), sh, nil, token); err == nil {
			t.Errorf("the token %q", token)
		}
	}
}

// gone reports whether a process has ended and been reaped.
func gone(pid string) bool {
	var n int
	for _, r := range pid {
		n = n*10 + int(r-'0')
	}
	p, err := os.FindProcess(n)
	return err != nil || p.Signal(syscall.Signal(0)) != nil
}
