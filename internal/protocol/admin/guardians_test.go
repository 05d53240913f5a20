package admin_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"netid/internal/act/guard"
	"netid/internal/fault"
	"netid/internal/protocol/admin"
)

type guarder map[string]string

func (g guarder) Queue(context.Context) (all []guard.Review, err error) {
	for ref, verdict := range g {
		all = append(all, guard.Review{Ref: ref, Why: "many", Verdict: verdict})
	}
	return all, nil
}

func (g guarder) Decide(_ context.Context, ref string, allow bool, ticket string) error {
	if ticket != "t" {
		return fault.New("test", fault.Forbidden, "ticket_missing")
	}
	if _, ok := g[ref]; !ok {
		return fault.New("test", fault.NotFound, "review_unknown")
	}
	if g[ref] = "refused"; allow {
		g[ref] = "allowed"
	}
	return nil
}

// The operator reads what waits and decides; nobody without the token does.
func TestGuardiansWhoWait(t *testing.T) {
	g := guarder{"0a1b2c3d": ""}
	mux := http.NewServeMux()
	admin.New(admin.Config{Token: "operator", Guard: g}).Register(mux)
	body := `{"ticket":"t"}`
	knock := func(method, path, token string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, path, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", "Bearer "+token)
		w := httptest.NewRecorder()
		described(mux, t).ServeHTTP(w, r)
		return w
	}
	for _, path := range []string{"GET /admin/guardians", "POST /admin/guardians/0a1b2c3d/allow", "POST /admin/guardians/0a1b2c3d/refuse"} {
		method, path, _ := strings.Cut(path, " ")
		if w := knock(method, path, "guess"); w.Code != http.StatusUnauthorized || g["0a1b2c3d"] != "" {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	var in struct {
		Reviews []map[string]string `json:"reviews"`
	}
	if w := knock("GET", "/admin/guardians", "operator"); json.Unmarshal(w.Body.Bytes(), &in) != nil || len(in.Reviews) != 1 || in.Reviews[0]["reference"] != "0a1b2c3d" {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	for word, want := range map[string]string{"allow": "allowed", "refuse": "refused"} {
		if w := knock("POST", "/admin/guardians/0a1b2c3d/"+word, "operator"); w.Code != http.StatusNoContent || g["0a1b2c3d"] != want {
			t.Errorf("%s: %d %v", word, w.Code, g)
		}
	}
	if w := knock("POST", "/admin/guardians/another/allow", "operator"); w.Code != http.StatusNotFound {
		t.Error(w.Code)
	}
	var want int
	g["0a1b2c3d"] = ""
	for body, want = range map[string]int{`{}`: http.StatusForbidden, `{"ticket":"u"}`: http.StatusForbidden, `null`: http.StatusBadRequest, `{"tickets":"t"}`: http.StatusBadRequest} {
		if w := knock("POST", "/admin/guardians/0a1b2c3d/allow", "operator"); w.Code != want || g["0a1b2c3d"] != "" {
			t.Errorf("%s: %d %s", body, w.Code, w.Body)
		}
	}
}
