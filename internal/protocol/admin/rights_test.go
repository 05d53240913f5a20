package admin_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/protocol/admin"
)

type righter struct{ said []string }

func (r *righter) Queue(context.Context) ([]identity.Claim, error) {
	return []identity.Claim{{Ref: "1-0-00", Right: identity.RightExplain, About: "document_not_valid"}}, nil
}

func (r *righter) Answer(_ context.Context, ref string, granted bool, note string) error {
	if ref != "1-0-00" {
		return fault.New("test", fault.NotFound, "claim_unknown")
	}
	if !granted && note == "" {
		return fault.New("test", fault.Invalid, "claim_reason_missing")
	}
	r.said = append(r.said, note)
	return nil
}

// The operator reads what waits and answers; nobody without the token does, and a misspelt answer is none.
func TestClaimsThatWait(t *testing.T) {
	r := &righter{}
	mux := http.NewServeMux()
	admin.New(admin.Config{Token: "operator", Rights: r}).Register(mux)
	knock := func(method, path, token, body string) *httptest.ResponseRecorder {
		q := httptest.NewRequest(method, path, strings.NewReader(body))
		q.Header.Set("Authorization", "Bearer "+token)
		q.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		described(mux, t).ServeHTTP(w, q)
		return w
	}
	var in struct {
		Claims []identity.Claim `json:"claims"`
	}
	if w := knock("GET", "/admin/rights", "operator", ""); json.Unmarshal(w.Body.Bytes(), &in) != nil || len(in.Claims) != 1 || in.Claims[0].About != "document_not_valid" {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	for _, c := range []struct {
		path, token, body string
		want              int
	}{
		{"1-0-00", "guess", `{"granted":true}`, 401}, {"1-0-00", "operator", `{}`, 400}, {"1-0-00", "operator", `{"granted":"yes"}`, 400},
		{"1-0-00", "operator", `{"granted":true,"noet":"x"}`, 400}, {"1-0-00", "operator", `{"granted":false}`, 400}, {"2-0-00", "operator", `{"granted":true}`, 404},
		{"1-0-00", "operator", `{"granted":false,"note":"why"}`, 204},
	} {
		if w := knock("POST", "/admin/rights/"+c.path, c.token, c.body); w.Code != c.want {
			t.Errorf("%+v: %d %s", c, w.Code, w.Body)
		}
	}
	if knock("GET", "/admin/rights", "guess", "").Code != 401 || len(r.said) != 1 || r.said[0] != "why" {
		t.Error(r.said)
	}
}
