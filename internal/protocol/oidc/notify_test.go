package oidc_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	oracle "github.com/go-jose/go-jose/v4"

	"netid/internal/connector/egress"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/protocol/oidc"
	"netid/internal/suite"
	"netid/internal/token/jose"
)

// receiver is a party's server that reads logout tokens as Back-Channel Logout
// 1.0 §2.6 says, with a reader that is not ours and the published keys.
type receiver struct {
	*httptest.Server
	service *service
	status  int
	seen    []map[string]any
}

func receive(t *testing.T, s *service) *receiver {
	r := &receiver{service: s, status: http.StatusOK}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if q.Method != "POST" || q.Header.Get("Content-Type") != "application/x-www-form-urlencoded" || q.ParseForm() != nil || len(q.PostForm) != 1 {
			t.Errorf("%s %v %v", q.Method, q.Header, q.PostForm)
		}
		r.seen = append(r.seen, r.read(t, q.PostForm.Get("logout_token")))
		w.Header().Set("Location", "http://127.0.0.1:1/elsewhere")
		w.WriteHeader(r.status)
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) read(t *testing.T, compact string) (claims map[string]any) {
	t.Helper()
	w := httptest.NewRecorder()
	r.service.mux.ServeHTTP(w, httptest.NewRequest("GET", "/jwks", nil))
	var set oracle.JSONWebKeySet
	if err := json.Unmarshal(w.Body.Bytes(), &set); err != nil {
		t.Fatal(err)
	}
	jws, err := oracle.ParseSignedCompact(compact, []oracle.SignatureAlgorithm{oracle.ES256})
	if err != nil {
		t.Fatal(err)
	}
	if jws.Signatures[0].Header.ExtraHeaders["typ"] != "logout+jwt" {
		t.Errorf("typ %v", jws.Signatures[0].Header.ExtraHeaders)
	}
	payload, err := jws.Verify(set)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(payload, &claims); err != nil {
		t.Fatal(err)
	}
	return claims
}

func notifier(s *service) oidc.Notifier {
	return oidc.Notifier{Issuer: issuer, Parties: s.acts, Signers: func() []suite.Signer { return s.signers }, Post: egress.New(true).Post, Now: func() time.Time { return s.now }}
}

// oidcc-backchannel-rp-initiated-logout: what the party is told, and each
// attempt anew.
func TestLogoutToken(t *testing.T) {
	s := serve(t)
	r := receive(t, s)
	s.acts.parties["told"] = identity.Party{ID: "told", BackChannel: r.URL + "/back"}
	n := notifier(s)
	for _, text := range []string{`{"sub":"pairwise-1","sid":"sid-1"}`, `{"sub":"pairwise-1"}`} {
		if err := n.Send(t.Context(), identity.NewDeliveryID(), "told", text); err != nil {
			t.Fatal(err)
		}
		s.now = s.now.Add(time.Hour)
	}
	for i, c := range r.seen {
		at := start.Add(time.Duration(i) * time.Hour).Unix()
		members := 8 - i // the second names no session
		if c["iss"] != issuer || c["aud"] != "told" || c["sub"] != "pairwise-1" || c["iat"] != float64(at) || c["exp"] != float64(at+120) || len(c) != members {
			t.Errorf("%v", c)
		}
		events, _ := c["events"].(map[string]any)
		if event, ok := events["http://schemas.openid.net/event/backchannel-logout"].(map[string]any); !ok || len(event) != 0 || len(events) != 1 {
			t.Errorf("events %v", c["events"])
		}
		if (c["sid"] == "sid-1") != (i == 0) {
			t.Errorf("sid %v", c["sid"])
		}
	}
	if len(r.seen) != 2 || r.seen[0]["jti"] == r.seen[1]["jti"] || len(r.seen[0]["jti"].(string)) < 20 {
		t.Errorf("%v", r.seen)
	}
}

// What a party's server answers decides whether it is asked again.
func TestNoticesRefused(t *testing.T) {
	s := serve(t)
	r := receive(t, s)
	s.acts.parties["told"] = identity.Party{ID: "told", BackChannel: r.URL + "/back"}
	n := notifier(s)
	send := func(party string) error {
		return n.Send(t.Context(), identity.NewDeliveryID(), party, `{"sub":"pairwise-1"}`)
	}
	for status, want := range map[int]string{204: "", 400: "logout_refused", 410: "logout_refused", 302: "logout_unreachable", 401: "logout_unreachable", 404: "logout_unreachable", 500: "logout_unreachable", 503: "logout_unreachable"} {
		r.status = status
		err := send("told")
		if (want == "") != (err == nil) || want != "" && !fault.Because(err, want) {
			t.Errorf("%d: %v", status, err)
		}
		if err != nil && fault.Is(err, fault.Unavailable) != (want == "logout_unreachable") {
			t.Errorf("%d is of the kind %v", status, fault.Of(err))
		}
		if err != nil && (strings.Contains(err.Error(), "pairwise") || strings.Contains(err.Error(), r.URL)) {
			t.Errorf("the error says to whom or of whom: %v", err)
		}
	}
	if err := send("shop"); !fault.Because(err, "logout_refused") {
		t.Errorf("a party without an address: %v", err)
	}
	if err := send("nobody"); !fault.Is(err, fault.NotFound) {
		t.Errorf("a party that was removed: %v", err)
	}
	s.acts.parties["asks"] = identity.Party{ID: "asks", BackChannel: r.URL, IDTokenAlg: jose.SM2}
	if err := send("asks"); err == nil || len(r.seen) != 8 {
		t.Errorf("signed for a party in another way than it registered: %v, %d", err, len(r.seen))
	}
	r.Close()
	if err := send("told"); !fault.Is(err, fault.Unavailable) {
		t.Errorf("nobody there: %v", err)
	}
}

// No notice goes inside this network: refused for good, and nothing is dialled.
func TestNoticesGoOutside(t *testing.T) {
	s := serve(t)
	r := receive(t, s)
	n := notifier(s)
	n.Post = egress.New(false).Post
	for _, address := range []string{r.URL + "/back", strings.Replace(r.URL, "127.0.0.1", "localhost", 1), "https://localhost/back", "https://169.254.169.254/", "http://shop.example/", "file:///etc/passwd"} {
		s.acts.parties["told"] = identity.Party{ID: "told", BackChannel: address}
		err := n.Send(t.Context(), identity.NewDeliveryID(), "told", `{"sub":"pairwise-1"}`)
		if !fault.Because(err, "address_refused") || !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", address, err)
		}
	}
	if len(r.seen) != 0 {
		t.Error("it was asked all the same")
	}
}

// A party that is slow holds nobody up for long.
func TestSlowReceiver(t *testing.T) {
	s := serve(t)
	s.acts.parties["told"] = identity.Party{ID: "told", BackChannel: "https://told.example/"}
	n := notifier(s)
	n.Post = func(ctx context.Context, _ string, _ url.Values) (int, error) {
		end, ok := ctx.Deadline()
		if !ok || time.Until(end) > 4*time.Second {
			t.Error("no bound")
		}
		return 0, fault.Wrap("test", fault.Unavailable, "address_unreachable", context.DeadlineExceeded)
	}
	if err := n.Send(t.Context(), identity.NewDeliveryID(), "told", `{"sub":"x"}`); !fault.Is(err, fault.Unavailable) {
		t.Error(err)
	}
}
