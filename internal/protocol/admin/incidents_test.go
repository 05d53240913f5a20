package admin_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"netid/internal/act/incident"
	"netid/internal/law"
	"netid/internal/protocol/admin"
	"netid/test/kit"
)

// The operator opens an incident, works through it and reads the report; a misspelt step is none.
func TestIncidentsAtTheDoor(t *testing.T) {
	k := kit.New(t, law.New())
	mux := http.NewServeMux()
	admin.New(admin.Config{Token: "operator", Sandbox: true, Incident: k.Incident}).Register(mux)
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
	knock("GET", "/admin/incidents", "", 200)
	knock("POST", "/admin/incidents", `{"kind":"leak"}`, 400)
	knock("POST", "/admin/incidents", `{"by":"Ann","list":[]}`, 400)
	at := "/admin/incidents/" + ref(knock("POST", "/admin/incidents", `{"by":"Ann","kind":"leak","severity":"large","known":"2020-01-01T00:00:00Z","affected":3,"what":"a copy"}`, 201))
	for _, s := range []struct {
		step string
		want int
	}{
		{`"step":"note","affected":4`, 204}, {`"step":"reprted"`, 400}, {`"step":"reported"`, 204}, {`"step":"reported"`, 409}, {`"step":"removed"`, 204}, {`"step":"told"`, 400}, {`"step":"told","spared":true`, 204},
		{`"step":"close","second":"Cy"`, 409}, {`"step":"review"`, 204}, {`"step":"close","second":"Bo"`, 403}, {`"step":"close","second":"Cy"`, 204},
	} {
		knock("POST", at, `{"by":"Bo","what":"done",`+s.step+`}`, s.want)
	}
	if !strings.Contains(knock("GET", at, "", 200), "个人信息泄露") {
		t.Error("no report in Chinese")
	}
	glass := "/admin/break-glass/" + ref(knock("POST", "/admin/break-glass", `{"by":"Ann","what":"the store burned"}`, 201))
	knock("POST", "/admin/break-glass", `{"by":"Ann"}`, 400)
	knock("POST", glass, `{"by":"Ann","what":"fine"}`, 403)
	knock("POST", glass, `{"by":"Bo","what":"fine"}`, 204)
	const passkey = `"console 0123-4567-89ab-cdef"` // nobody who types is one
	knock("POST", "/admin/incidents", `{"by":`+passkey+`,"kind":"leak","severity":"large","known":"2020-01-01T00:00:00Z","what":"a copy"}`, 403)
	for _, who := range []string{`"by":` + passkey, `"by":"Bo","second":` + passkey} {
		knock("POST", at, `{`+who+`,"what":"done","step":"note"}`, 403)
	}
	knock("POST", "/admin/break-glass", `{"by":`+passkey+`,"what":"the store burned"}`, 403)
	knock("POST", glass, `{"by":`+passkey+`,"what":"fine"}`, 403)
	knock("GET", "/admin/incidents/none", "", 404)
	if all := knock("GET", "/admin/incidents", "", 200); !strings.Contains(all, "the store burned") || !strings.Contains(all, `"affected":4`) {
		t.Error(all)
	}
}

// Outside of a sandbox nobody at this door reviews or closes an incident, reviews a use of
// power alone or removes a party for good: two at the console do, whatever names are typed here.
func TestWhatTwoDecideIsNotTyped(t *testing.T) {
	k := kit.New(t, law.New())
	mux := http.NewServeMux()
	admin.New(admin.Config{Token: "operator", Incident: k.Incident, Admit: k.Admit}).Register(mux)
	knock := func(path, body string) (int, string) {
		q := httptest.NewRequest("POST", path, strings.NewReader(body))
		q.Header.Set("Authorization", "Bearer operator")
		q.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		described(mux, t).ServeHTTP(w, q)
		return w.Code, w.Body.String()
	}
	ref, err := k.Incident.Open(t.Context(), incident.Opening{By: "Ann", Kind: "leak", Severity: "large", Known: k.Now(), What: "a copy"})
	if err != nil {
		t.Fatal(err)
	}
	glass, err := k.Incident.Break(t.Context(), "Ann", "the store was on fire")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range [][2]string{{"/admin/incidents/" + ref, `{"step":"review","by":"Bo","what":"fine"}`}, {"/admin/incidents/" + ref, `{"step":"close","by":"Bo","second":"Cy","what":"fine"}`},
		{"/admin/break-glass/" + glass, `{"by":"Bo","what":"fine"}`}, {"/admin/parties/any/remove", `{"reason":"x"}`}, {"/admin/parties/any/resume", `{"join_sector":true}`}} {
		if code, body := knock(c[0], c[1]); code != 403 || !strings.Contains(body, "two_required") {
			t.Errorf("%s: %d %s", c, code, body)
		}
	}
	if code, body := knock("/admin/incidents/"+ref, `{"step":"note","by":"Bo","what":"looked"}`); code != 204 {
		t.Error("a fire waits for a second passkey:", code, body)
	}
	if i, err := k.Incident.Read(t.Context(), ref); err != nil || i.Review != nil || !i.Closed.IsZero() {
		t.Errorf("%+v %v", i, err)
	}
}
