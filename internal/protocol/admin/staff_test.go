package admin_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"netid/internal/act/staff"
	"netid/internal/fault"
	"netid/internal/protocol/admin"
)

type founders struct {
	saw   []staff.Invitation
	again int
}

func (f *founders) Found(_ context.Context, i staff.Invitation) (string, error) {
	if i.Name == "" {
		return "", fault.New("founders", fault.Invalid, "staff_invalid")
	}
	f.saw = append(f.saw, i)
	return "told-once", nil
}

func (f *founders) FoundAgain(_ context.Context, i staff.Invitation) (string, error) {
	f.again++
	return "told-anew", nil
}

// The founders' invitation is told once, to whoever has the token and to nobody else.
func TestTheFirstTwoAreInvited(t *testing.T) {
	f, mux := &founders{}, http.NewServeMux()
	admin.New(admin.Config{Token: "t", Founders: f}).Register(mux)
	for _, c := range []struct {
		token, body string
		status      int
		want        string
	}{
		{"t", `{"name":"Li","role":"system","reference":"P-1"}`, 201, `"invitation":"told-once"`},
		{"t", `{"name":"Li","role":"system","reference":"P-1","again":true}`, 201, `"invitation":"told-anew"`},
		{"t", `{"name":"","role":"system","reference":"P-1"}`, 400, "staff_invalid"},
		{"t", `{"name":"Li","role":"system","reference":"P-1","passcode":"x"}`, 400, "application_invalid"},
		{"wrong", `{"name":"Li","role":"system","reference":"P-1"}`, 401, "operator_unproven"},
	} {
		r := httptest.NewRequest("POST", "/admin/staff", strings.NewReader(c.body))
		r.Header.Set("Authorization", "Bearer "+c.token)
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		described(mux, t).ServeHTTP(w, r)
		if w.Code != c.status || !strings.Contains(w.Body.String(), c.want) {
			t.Errorf("%s: %d %s", c.body, w.Code, w.Body)
		}
	}
	if len(f.saw) != 1 || f.again != 1 {
		t.Errorf("%d invitations", len(f.saw))
	}
}
