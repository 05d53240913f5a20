package oidc_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/protocol/oidc"
	"netid/internal/suite"
)

// erasing takes answers as the act does, one request of the party shop's.
type erasing struct{ said []string }

func (e *erasing) Answer(_ context.Context, p identity.PartyID, request string, done bool, citation string) error {
	switch {
	case p != "shop" || request != "request-1":
		return fault.New("test", fault.Invalid, "erasure_unknown")
	case !done && strings.TrimSpace(citation) == "":
		return fault.New("test", fault.Invalid, "erasure_ground_missing")
	case len(e.said) > 0 && citation != e.said[0]:
		return fault.New("test", fault.Conflict, "erasure_answered")
	case citation == "down":
		return fault.New("test", fault.Unavailable, "try_again")
	}
	e.said = append(e.said, citation)
	return nil
}

// What a party answers to a request to erase, and who may.
func TestErasureAnswers(t *testing.T) {
	e := &erasing{}
	s := serveIn(t, issuer, suite.International, func(_ *service, c *oidc.Config) { c.Erasures = e })
	answer := func(method, by string, form url.Values) (int, string) {
		q := &request{method: method, path: "/erasure", params: form, head: http.Header{}}
		s.as(q, by)
		w := httptest.NewRecorder()
		s.mux.ServeHTTP(w, s.request(t, q))
		var no struct {
			Description string `json:"error_description"`
		}
		if w.Code != http.StatusNoContent {
			if err := json.Unmarshal(w.Body.Bytes(), &no); err != nil {
				t.Errorf("%d %s", w.Code, w.Body)
			}
		}
		return w.Code, no.Description
	}
	done := url.Values{"request": {"request-1"}, "result": {"done"}}
	with := func(change ...string) url.Values {
		v := url.Values{"request": {"request-1"}, "result": {"done"}}
		for i := 0; i < len(change); i += 2 {
			v.Set(change[i], change[i+1])
		}
		return v
	}
	for _, c := range []struct {
		what, method, by string
		form             url.Values
		status           int
		says             string
	}{
		{"nobody", "POST", "", done, 401, ""},
		{"who proves nothing", "POST", "app", with(), 401, ""},
		{"another party", "POST", "rival", done, 400, "erasure_unknown"},
		{"another request", "POST", "shop", with("request", "request-2"), 400, "erasure_unknown"},
		{"no request", "POST", "shop", with("request", ""), 400, "request is missing"},
		{"another word", "POST", "shop", with("result", "perhaps"), 400, "result: done or refused"},
		{"a refusal without a law", "POST", "shop", with("result", "refused"), 400, "ground: the law on which it is refused, and with a refusal alone"},
		{"a refusal with nothing", "POST", "shop", with("result", "refused", "ground", " "), 400, "erasure_ground_missing"},
		{"done, and a law", "POST", "shop", with("ground", "a law"), 400, "ground: the law on which it is refused, and with a refusal alone"},
		{"by GET", "GET", "shop", done, 405, ""},
		{"not now", "POST", "shop", with("result", "refused", "ground", "down"), 503, ""},
		{"done", "POST", "shop", done, 204, ""},
		{"done again", "POST", "shop", done, 204, ""},
		{"another answer", "POST", "shop", with("result", "refused", "ground", "a law"), 409, "erasure_answered"},
	} {
		status, says := answer(c.method, c.by, c.form)
		if status != c.status || c.says != "" && says != c.says {
			t.Errorf("%s: %d %q, want %d %q", c.what, status, says, c.status, c.says)
		}
	}
	if w := serve(t).get("/erasure"); w.Code != http.StatusNotFound {
		t.Errorf("served where it is not offered: %d", w.Code)
	}
	if !strings.Contains(s.get("/.well-known/openid-configuration").Body.String(), `"netid_erasure_endpoint":"`+issuer+`/erasure"`) {
		t.Error("the endpoint is not listed")
	}
}

// The request is signed for that party alone, read by others' software, and made anew at each attempt.
func TestErasureToken(t *testing.T) {
	s := serve(t)
	var seen []map[string]any
	status := http.StatusAccepted
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.ParseForm()
		compact := r.PostForm.Get("erasure_token")
		if head, _, _ := strings.Cut(compact, "."); !strings.Contains(string(unb64(t, head)), `"typ":"erasure+jwt"`) || len(r.PostForm) != 1 {
			t.Errorf("%v", r.PostForm)
		}
		claims := map[string]any{}
		for name, v := range s.claims(t, compact) {
			claims[name] = v
		}
		seen = append(seen, claims)
		w.WriteHeader(status)
	}))
	t.Cleanup(server.Close)
	s.acts.parties["told"] = identity.Party{ID: "told", Erasures: server.URL}
	n := oidc.Erasures{Notifier: notifier(s)}
	send := func(party string) error {
		return n.Send(t.Context(), identity.NewDeliveryID(), party, `{"sub":"pairwise-1","request":"request-1","due":"2026-03-16T12:00:00Z"}`)
	}
	for range 2 {
		if err := send("told"); err != nil {
			t.Fatal(err)
		}
		s.now = s.now.Add(time.Hour)
	}
	due := time.Date(2026, 3, 16, 12, 0, 0, 0, time.UTC).Unix()
	for _, c := range seen {
		var events map[string]struct {
			Request string `json:"request"`
			Due     int64  `json:"due"`
		}
		json.Unmarshal([]byte(c["events"].(string)), &events)
		e := events["urn:netid:event:erasure-requested"]
		if len(c) != 7 || c["iss"] != issuer || c["aud"] != "told" || c["sub"] != "pairwise-1" || len(events) != 1 || e.Request != "request-1" || e.Due != due {
			t.Errorf("%v %v", c, e)
		}
	}
	if len(seen) != 2 || seen[0]["jti"] == seen[1]["jti"] {
		t.Errorf("%v", seen)
	}
	for code, want := range map[int]string{400: "erasure_refused", 410: "erasure_refused", 401: "erasure_unreachable", 503: "erasure_unreachable"} {
		if status = code; !fault.Because(send("told"), want) {
			t.Errorf("%d is not %s", code, want)
		}
	}
	if err := send("shop"); !fault.Because(err, "erasure_refused") {
		t.Errorf("a party that takes none: %v", err)
	}
}

func unb64(t *testing.T, s string) []byte {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
