package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"netid/internal/act/partner"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/web/operator"
	"netid/test/kit"
	"netid/test/visitor"
)

// With --review a sandbox holds what the portal hands in until two of the console agreed, so
// that the review can be tried; what a command registers goes on at once.
func TestASandboxTriesTheReview(t *testing.T) {
	var later time.Duration
	f := newFlow(t, "", func(s *settings) {
		s.Reviews, s.Now = true, func() time.Time { return time.Now().Add(later) }
	})
	h, ctx := f.house, t.Context()
	d := kit.NewDevice()
	d.Passkey = true
	sealed, err := h.partner.Challenge()
	must(t, err)
	cookie, err := h.partner.Found(ctx, sealed, kit.Company(), "王", d.JWK, d.Sign([]byte(h.partner.FoundText(sealed, kit.Company(), "王"))))
	must(t, err)
	who, _, err := h.partner.Open(ctx, cookie)
	must(t, err)
	token, err := h.partner.Issue(ctx, who)
	must(t, err)
	ask := func(want int, method, path string, send any) (got struct{ ID, State string }) {
		t.Helper()
		b, err := json.Marshal(send)
		must(t, err)
		r := httptest.NewRequest(method, "/partner/api/applications"+path, bytes.NewReader(b))
		r.Header.Set("Authorization", "Bearer "+token)
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		h.server.ServeHTTP(w, r)
		if w.Code != want {
			t.Fatalf("%s %s: %d %s", method, path, w.Code, w.Body)
		}
		_ = json.Unmarshal(w.Body.Bytes(), &got) // some answers have no body
		return got
	}
	declared := kit.Declared()
	declared.RedirectURIs = []string{"http://127.0.0.1:9000/callback"}
	id := ask(http.StatusCreated, "POST", "", declared).ID
	keyed, err := visitor.NewKeyed(&visitor.Party{ID: id, Redirect: declared.RedirectURIs[0], Browser: visitor.New(h.Issuer)}, h.Issuer)
	must(t, err)
	ask(http.StatusNoContent, "PUT", "/"+id+"/keys", map[string]any{"jwks": called(keyed, "first")})
	ask(http.StatusNoContent, "POST", "/"+id+"/lodge", nil)
	state := func(want partner.State) {
		t.Helper()
		later += 2 * time.Second
		if got := ask(http.StatusOK, "GET", "/"+id, nil).State; got != string(want) {
			t.Errorf("%s, want %s", got, want)
		}
	}
	state(partner.InReview)
	reading, err := h.admit.Read(ctx, identity.PartyID(id))
	must(t, err)
	system, security := kit.Colleagues(t, h.staff)
	body, err := json.Marshal(operator.Endorsed{Record: reading.Digest})
	must(t, err)
	n, err := system.Propose(ctx, h.staff, law.ApproveParty, id, body)
	must(t, err)
	if err := system.Decide(ctx, h.staff, n, "approve"); !fault.Is(err, fault.Forbidden) {
		t.Error("one alone lets it take part:", err)
	}
	state(partner.InReview)
	must(t, security.Decide(ctx, h.staff, n, "approve"))
	state(partner.InEffect)
}
