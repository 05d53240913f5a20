package admin_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"netid/client"
	"netid/internal/act/staff"
	"netid/internal/law"
	"netid/internal/protocol/admin"
	"netid/test/kit"
)

// What two signed at the console is read here with what it takes to check both signatures,
// and nothing of it is changed here: a machine makes no proposal and decides none.
func TestTheConsoleIsReadByMachine(t *testing.T) {
	k, mux := kit.New(t, law.New()), http.NewServeMux()
	admin.New(admin.Config{Token: "t", Console: k.Staff, Founders: k.Staff}).Register(mux)
	knock := func(method, path, token string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, path, strings.NewReader("{}"))
		r.Header.Set("Authorization", "Bearer "+token)
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		described(mux, t).ServeHTTP(w, r)
		return w
	}
	joins := func(role law.Role, ref string) (staff.Member, kit.Device) {
		secret, err := k.Staff.Found(t.Context(), staff.Invitation{Name: "Lin", Role: role, Reference: ref})
		must(t, err)
		m, text, err := k.Staff.Invited(t.Context(), secret)
		must(t, err)
		key := kit.NewDevice()
		key.Passkey = true
		_, err = k.Staff.Join(t.Context(), secret, "", key.JWK, key.Sign([]byte(text)))
		must(t, err)
		return m, key
	}
	system, one := joins(law.SystemRole, "payroll-1")
	security, other := joins(law.SecurityRole, "payroll-2")
	var numbers []string
	for _, word := range []string{"approve", "refuse", ""} {
		sealed, text, _, err := k.Staff.Prepare(t.Context(), system, law.ChangeSetting, "idle-minutes", staff.SettingBody(law.IdleMinutes, 9))
		must(t, err)
		n, err := k.Staff.Propose(t.Context(), system, sealed, one.Sign([]byte(text)))
		must(t, err)
		p, err := k.Staff.Proposal(t.Context(), n)
		must(t, err)
		signature := other.Sign([]byte(k.Staff.DecideText(p, word, security)))
		switch word {
		case "approve":
			must(t, k.Staff.Approve(t.Context(), security, n, signature))
		case "refuse":
			must(t, k.Staff.Refuse(t.Context(), security, n, signature))
		}
		numbers = append(numbers, n)
	}
	type proposal struct {
		Number, State string
		Signed        []struct {
			Word, By, Text string
			Signature, Key []byte
		}
	}
	for i, want := range []struct{ state, words string }{{"done", "propose approve"}, {"refused", "propose refuse"}, {"open", "propose"}} {
		var p proposal
		w := knock("GET", "/admin/proposals/"+numbers[i], "t")
		must(t, json.Unmarshal(w.Body.Bytes(), &p))
		var words []string
		for _, s := range p.Signed {
			words = append(words, s.Word)
			if err := client.CheckDevice([]byte(s.Text), s.Signature, s.Key); err != nil || !strings.Contains(s.Text, p.Number) || !strings.HasSuffix(s.Text, s.By) {
				t.Errorf("%s: %v in %q", s.Word, err, s.Text)
			}
		}
		if p.State != want.state || strings.Join(words, " ") != want.words {
			t.Errorf("%+v, want %+v", p, want)
		}
	}
	var all struct{ Proposals []proposal }
	must(t, json.Unmarshal(knock("GET", "/admin/proposals", "t").Body.Bytes(), &all))
	if len(all.Proposals) != 3 {
		t.Error(all)
	}
	w := knock("GET", "/admin/staff", "t")
	if body := w.Body.String(); w.Code != 200 || strings.Count(body, `"state":"stands"`) != 2 || strings.Contains(body, "payroll") || strings.Contains(body, `"x"`) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := knock("GET", "/admin/proposals/none", "t"); w.Code != 404 || !strings.Contains(w.Body.String(), "proposal_unknown") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	for _, method := range []string{"POST", "PUT", "DELETE", "PATCH"} {
		for _, path := range []string{"/admin/proposals", "/admin/proposals/" + numbers[2], "/admin/proposals/" + numbers[2] + "/approve"} {
			if w := knock(method, path, "t"); w.Code != 404 && w.Code != 405 {
				t.Errorf("%s %s: %d: a machine acts at the console", method, path, w.Code)
			}
		}
	}
	if p, err := k.Staff.Proposal(t.Context(), numbers[2]); err != nil || p.State != staff.Open {
		t.Error(p.State, err)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
