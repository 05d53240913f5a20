package admin_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"netid/internal/act/incident"
	"netid/internal/law"
	"netid/internal/protocol/admin"
	"netid/test/kit"
)

// The operator stops issuance, issues again, tells people, writes a drill down, and two keys lift the stop.
func TestResponsesAtTheDoor(t *testing.T) {
	k := kit.New(t, law.New())
	mux := http.NewServeMux()
	admin.New(admin.Config{Token: "operator", Issuer: kit.Issuer, Response: k.Incident, Reissuer: k.Recall}).Register(mux)
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
	one := k.Adult(1)
	from := k.Now().Add(-time.Minute).UTC().Format(time.RFC3339)
	if err := one.Enrol(t.Context()); err != nil {
		t.Fatal(err)
	}
	k.Advance(time.Minute)
	ref, err := k.Incident.Open(t.Context(), incident.Opening{By: "Ann", Kind: "key", Severity: "large", Known: k.Now(), What: "a key was seen"})
	if err != nil {
		t.Fatal(err)
	}
	at, until := "/admin/incidents/"+ref, k.Now().UTC().Format(time.RFC3339)
	again := `{"by":"Ann","what":"again","issued_from":"` + from + `","issued_until":"` + until + `"}`
	knock("GET", "/admin/stops", "", 200)
	knock("POST", at+"/reissue", again, 409)
	knock("POST", at+"/stop", `{"by":"Ann","what":"stop","scope":"all"}`, 400)
	const passkey = `"by":"console 0123-4567-89ab-cdef","what":"w"` // of two at the console their proposal tells the auditors, and of who types this nothing would
	knock("POST", at+"/stop", `{`+passkey+`,"scope":"issuance"}`, 403)
	for _, path := range []string{at + "/reissue", at + "/notice", "/admin/drills"} {
		if got := knock("POST", path, `{`+passkey+`}`, 403); !strings.Contains(got, "incident_hand_typed") {
			t.Error(path, got)
		}
	}
	knock("POST", "/admin/incidents/none/stop", `{"by":"Ann","what":"stop","scope":"issuance"}`, 404)
	knock("POST", at+"/stop", `{"by":"Ann","what":"stop","scope":"issuance"}`, 204)
	knock("POST", at+"/stop", `{"by":"Ann","what":"stop","scope":"issuance"}`, 409)
	k.Advance(2 * time.Second)
	knock("POST", at+"/reissue", again, 200)
	if p := knock("POST", at+"/reissue", again, 200); !strings.Contains(p, `"total":1`) || !strings.Contains(p, `"ended":true`) {
		t.Error(p)
	}
	knock("POST", at+"/reissue", `{"by":"Ann","what":"again","ids":[]}`, 400)
	x := `{"zh":"说明","en":"words"}`
	notice := `"notice":{"kinds":` + x + `,"cause":` + x + `,"harm":` + x + `,"measures":` + x + `,"yourself":` + x + `,"contact":"12345"}`
	knock("POST", at+"/notice", `{"by":"Ann","what":"told",`+notice+`,"whom":{}}`, 400)
	knock("POST", at+"/notice", `{"by":"Ann","what":"told","whom":{"all":true}}`, 400)
	knock("POST", at+"/notice", `{"by":"Ann","what":"told",`+notice+`,"whom":{"all":true}}`, 204)
	if got := knock("GET", at+"/notice", "", 200); !strings.Contains(got, `"read":0`) {
		t.Error(got)
	}
	knock("GET", "/admin/incidents/none/notice", "", 404)
	by, err := k.Lifts(t.Context(), law.StopIssue)
	if err != nil {
		t.Fatal(err)
	}
	lift := func(texts ...string) string {
		b, err := json.Marshal(map[string]any{"what": "over", "endorsements": texts})
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	knock("POST", "/admin/stops/issuance/lift", lift(by[0].Text()), 400)
	knock("POST", "/admin/stops/issuance/lift", lift(by[0].Text(), by[0].Text()), 403)
	knock("POST", "/admin/stops/use/lift", lift(by[0].Text(), by[1].Text()), 404)
	knock("POST", "/admin/stops/issuance/lift", lift(by[0].Text(), by[1].Text()), 204)
	knock("POST", "/admin/drills", `{"by":"Ann","what":"a drill","people":3,"took":[]}`, 400)
	var took []string
	for _, s := range incident.DrillSteps() {
		took = append(took, `{"step":"`+s+`","ms":5}`)
	}
	knock("POST", "/admin/drills", `{"by":"Ann","what":"a drill","people":3,"took":[`+strings.Join(took, ",")+`]}`, 201)
	if all := knock("GET", "/admin/drills", "", 200); !strings.Contains(all, `"people":3`) {
		t.Error(all)
	}
}
