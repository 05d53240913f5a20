package admin_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"netid/internal/law"
	"netid/internal/protocol/admin"
	"netid/test/kit"
)

// The operator writes duties and emergencies down, does them, and reads all of it.
func TestSupervisionAtTheDoor(t *testing.T) {
	k := kit.New(t, law.New())
	mux := http.NewServeMux()
	admin.New(admin.Config{Token: "operator", Supervise: k.Supervise}).Register(mux)
	knock := func(method, path, body string, want int) string {
		t.Helper()
		q := httptest.NewRequest(method, path, strings.NewReader(body))
		q.Header.Set("Authorization", "Bearer operator")
		q.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		described(mux, t).ServeHTTP(w, q)
		if w.Code != want {
			t.Errorf("%s %s %s: %d %s", method, path, body, w.Code, w.Body)
		}
		return w.Body.String()
	}
	ref := func(answer string) string {
		var in struct{ Reference string }
		if json.Unmarshal([]byte(answer), &in) != nil || in.Reference == "" {
			t.Fatal(answer)
		}
		return in.Reference
	}
	knock("GET", "/admin/supervision", "", 200)
	knock("POST", "/admin/supervision", `{"by":"Ann","duty":"methods","what":"x"}`, 400)
	knock("POST", "/admin/supervision", `{"by":"Ann","duty":"impact","what":"x","people":[]}`, 400)
	knock("POST", "/admin/supervision", `{"by":"Ann","duty":"impact","what":"x","due":"2020-01-01"}`, 400)
	at := "/admin/supervision/" + ref(knock("POST", "/admin/supervision", `{"by":"Ann","duty":"officer","what":"more than ten million"}`, 201))
	knock("POST", at, `{"by":"Bo","what":"named"}`, 400)
	knock("POST", at, `{"by":"Bo","what":"named","number":"No. 7"}`, 204)
	knock("POST", at, `{"by":"Bo","what":"named","number":"No. 7"}`, 409)
	knock("POST", "/admin/supervision/none", `{"by":"Bo","what":"x"}`, 404)
	const passkey = `"by":"Console 0123 4567 89AB CDEF","what":"x"` // who types that pretends to be a passkey
	for path, body := range map[string]string{"/admin/supervision": `"duty":"officer"`, at: `"number":"No. 8"`, "/admin/emergencies": `"approver":"Bo","citation":"a law"`, "/admin/emergencies/none": `"step":"ended"`} {
		if got := knock("POST", path, `{`+passkey+`,`+body+`}`, 403); !strings.Contains(got, "incident_hand_typed") {
			t.Error(path, got)
		}
	}
	knock("POST", "/admin/emergencies", `{"by":"Ann","approver":"Ann","citation":"a law","what":"a flood","affected":3,"began":"2020-01-01T00:00:00Z"}`, 403)
	knock("POST", "/admin/emergencies", `{"by":"Ann","approver":"Bo"}`, 400)
	at = "/admin/emergencies/" + ref(knock("POST", "/admin/emergencies", `{"by":"Ann","approver":"Bo","citation":"a law","what":"a flood","affected":3,"began":"2020-01-01T00:00:00Z"}`, 201))
	knock("POST", at, `{"step":"over","by":"Ann","what":"x"}`, 400)
	knock("POST", at, `{"step":"told","by":"Ann","what":"x"}`, 409)
	knock("POST", at, `{"step":"ended","by":"Ann","what":"x"}`, 204)
	knock("POST", at, `{"step":"told","by":"Ann","what":"by letter","number":"L-7"}`, 204)
	if _, err := k.Ticket(t.Context(), "0a1b2c3d", "allow"); err != nil {
		t.Fatal(err)
	}
	if all := knock("GET", "/admin/supervision", "", 200); !strings.Contains(all, "more than ten million") || !strings.Contains(all, `"affected":3`) || !strings.Contains(all, "0a1b2c3d") {
		t.Error(all)
	}
}
