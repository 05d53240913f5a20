package admin_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"netid/internal/act/counter"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/protocol/admin"
)

// halls knows one counter.
type halls struct{}

func (halls) Add(_ context.Context, name string) (counter.Counter, string, error) {
	id, err := identity.ParseCounterID(name)
	return counter.Counter{ID: id}, name + ".told-once", err
}

func (halls) List(context.Context) ([]counter.Counter, error) {
	return []counter.Counter{{ID: "hall-1"}}, nil
}

func (halls) Remove(_ context.Context, name string) error {
	if name != "hall-1" {
		return fault.New("halls", fault.NotFound, "counter_unknown")
	}
	return nil
}

func (halls) HelpedAt(context.Context, identity.CounterID) (int, bool, error) { return 81, true, nil }

func TestCountersAtTheDoor(t *testing.T) {
	mux := http.NewServeMux()
	admin.New(admin.Config{Token: "t", Sandbox: true, Counters: halls{}, Helped: halls{}}).Register(mux)
	for _, c := range []struct {
		method, path, body string
		status             int
		want               string
	}{
		{"POST", "/admin/counters", `{"id":"hall-1"}`, 201, `"credential":"hall-1.told-once"`},
		{"POST", "/admin/counters", `{"id":"Hall"}`, 400, "counter_invalid"},
		{"POST", "/admin/counters", `{"name":"hall-1"}`, 400, "application_invalid"},
		{"GET", "/admin/counters", "", 200, `"today":81,"unusually_many":true`},
		{"POST", "/admin/counters/hall-1/remove", `{}`, 200, "hall-1"},
		{"POST", "/admin/counters/hall-2/remove", `{}`, 404, "counter_unknown"},
	} {
		for _, token := range []string{"t", "wrong"} {
			r := httptest.NewRequest(c.method, c.path, strings.NewReader(c.body))
			r.Header.Set("Authorization", "Bearer "+token)
			r.Header.Set("Content-Type", "application/json")
			w := httptest.NewRecorder()
			described(mux, t).ServeHTTP(w, r)
			if token == "wrong" {
				if w.Code != 401 || strings.Contains(w.Body.String(), "hall") {
					t.Errorf("%s: %d without the token", c.path, w.Code)
				}
			} else if w.Code != c.status || !strings.Contains(w.Body.String(), c.want) {
				t.Errorf("%s %s: %d %s", c.path, c.body, w.Code, w.Body)
			}
			if token == "t" && c.method == "GET" && strings.Contains(w.Body.String(), "credential") {
				t.Error("a list holds credentials")
			}
		}
	}
}

// Outside of a sandbox a counter is set up by two at the console: the one person at this
// door is refused, and told by whom it is done.
func TestNobodySetsUpACounterAlone(t *testing.T) {
	mux := http.NewServeMux()
	admin.New(admin.Config{Token: "t", Counters: halls{}, Helped: halls{}}).Register(mux)
	r := httptest.NewRequest("POST", "/admin/counters", strings.NewReader(`{"id":"hall-1"}`))
	r.Header.Set("Authorization", "Bearer t")
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	described(mux, t).ServeHTTP(w, r)
	if w.Code != 403 || !strings.Contains(w.Body.String(), "two_required") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}
