package status_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"netid/internal/act/publish"
	"netid/internal/fault"
	"netid/internal/protocol/status"
)

// lists are one list, number 7.
type lists struct{ err error }

func (l lists) Lists() ([]string, error) { return []string{"https://netid.example/status/7"}, l.err }

func (l lists) List(number uint32, form string) (publish.Signed, error) {
	if l.err != nil {
		return publish.Signed{}, l.err
	}
	if number != 7 {
		return publish.Signed{}, fault.New("lists", fault.NotFound, "status_list_unknown")
	}
	return publish.Signed{Body: []byte("signed " + form), Tag: "tag", Issued: time.Unix(1764000000, 0)}, nil
}

func ask(t *testing.T, l lists, target string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	mux := http.NewServeMux()
	status.New(l, nil).Register(mux)
	r := httptest.NewRequest("GET", target, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, r)
	return w
}

func TestForms(t *testing.T) {
	const jwt, cwt = "application/statuslist+jwt", "application/statuslist+cwt"
	for accept, want := range map[string]string{
		"": jwt, jwt: jwt, cwt: cwt, "*/*": jwt, "application/*;q=0.1": jwt, cwt + ", " + jwt: jwt, jwt + ";q=0, " + cwt: cwt, "text/html, " + cwt: cwt, ";;, " + cwt: cwt,
		"text/html": "", jwt + ";q=0": "",
	} {
		var header []string
		if accept != "" {
			header = []string{"Accept", accept}
		}
		w := ask(t, lists{}, "/status/7", header...)
		if want == "" {
			if w.Code != http.StatusNotAcceptable {
				t.Errorf("%q: %d", accept, w.Code)
			}
			continue
		}
		form := want[len(want)-3:]
		if w.Code != 200 || w.Header().Get("Content-Type") != want || w.Body.String() != "signed "+form || w.Header().Get("ETag") != `W/"tag-`+form+`"` {
			t.Errorf("%q: %d %v %q", accept, w.Code, w.Header(), w.Body)
		}
		if w.Header().Get("Cache-Control") != "public, max-age=20" || w.Header().Get("Vary") != "Accept" || w.Header().Get("Access-Control-Allow-Origin") != "*" || w.Header().Get("Set-Cookie") != "" {
			t.Errorf("%q: nobody may keep it: %v", accept, w.Header())
		}
	}
}

func TestWhoHasItGetsItNotAgain(t *testing.T) {
	for tag, want := range map[string]int{`W/"tag-jwt"`: 304, `"tag-jwt"`: 304, `"x", W/"tag-jwt"`: 304, "*": 304, `W/"tag-cwt"`: 200, `"x"`: 200, "": 200} {
		if w := ask(t, lists{}, "/status/7", "If-None-Match", tag); w.Code != want || want == 304 && (w.Body.Len() > 0 || w.Header().Get("ETag") == "") {
			t.Errorf("%s: %d", tag, w.Code)
		}
	}
}

func TestRefusals(t *testing.T) {
	for target, want := range map[string]int{
		"/status/8": 404, "/status/07": 404, "/status/+7": 404, "/status/-1": 404, "/status/x": 404, "/status/4294967303": 404, "/status/7?time=1764000000": 501, "/status/": 404,
	} {
		if w := ask(t, lists{}, target); w.Code != want || want != 404 && w.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d", target, w.Code)
		}
	}
	for err, want := range map[error]int{
		fault.New("x", fault.Unavailable, "status_stale"): 503, fault.New("x", fault.Internal, ""): 500,
	} {
		for _, target := range []string{"/status", "/status/7"} {
			if w := ask(t, lists{err}, target); w.Code != want || w.Header().Get("Cache-Control") != "no-store" {
				t.Errorf("%v at %s: %d", err, target, w.Code)
			}
		}
	}
}

func TestAllListsAreNamed(t *testing.T) {
	w := ask(t, lists{}, "/status")
	var all struct {
		Lists []string `json:"status_lists"`
	}
	if err := json.Unmarshal(w.Body.Bytes(), &all); err != nil || len(all.Lists) != 1 || w.Header().Get("Content-Type") != "application/json" {
		t.Error(w.Body, err)
	}
}

// FuzzAsk: whatever is asked, the door answers one of what it can.
func FuzzAsk(f *testing.F) {
	f.Add("7", "application/statuslist+cwt", `W/"tag-jwt"`)
	f.Fuzz(func(t *testing.T, list, accept, match string) {
		mux := http.NewServeMux()
		status.New(lists{}, nil).Register(mux)
		r := httptest.NewRequest("GET", "/status/7", nil)
		r.URL.Path = "/status/" + list
		r.Header["Accept"], r.Header["If-None-Match"] = []string{accept}, []string{match}
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, r)
		switch w.Code {
		case 200:
			if list != "7" {
				t.Errorf("the list %q", list)
			}
		case 301, 307, 304, 404, 406:
		default:
			t.Errorf("%q %q %q: %d", list, accept, match, w.Code)
		}
	})
}
