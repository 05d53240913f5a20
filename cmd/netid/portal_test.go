package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"netid/internal/act/partner"
	"netid/internal/identity"
	"netid/test/kit"
	"netid/test/visitor"
)

// TestAProgramLodgesAndSignsIn takes an application from a program's token to a verified
// sign-in in a sandbox, changes its key while both are good, and reads what it was told.
func TestAProgramLodgesAndSignsIn(t *testing.T) {
	var later time.Duration
	f := newFlow(t, "", func(s *settings) { s.Now = func() time.Time { return time.Now().Add(later) } })
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
	ask := func(want int, method, path string, send any) (got map[string]any) {
		t.Helper()
		b, err := json.Marshal(send)
		must(t, err)
		r := httptest.NewRequest(method, "/partner/api/applications"+path, bytes.NewReader(b))
		r.Header.Set("Authorization", "Bearer "+token)
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		h.server.ServeHTTP(w, r)
		body, err := io.ReadAll(w.Body)
		must(t, err)
		if w.Code != want {
			t.Fatalf("%s %s: %d %s", method, path, w.Code, body)
		}
		if json.Unmarshal(body, &got) != nil {
			got = map[string]any{"text": string(body)}
		}
		return got
	}
	const callback = "http://127.0.0.1:9000/callback"
	id := ask(http.StatusCreated, "POST", "", partner.Declaration{Name: "Shop", RedirectURIs: []string{callback}, DPoP: true})["id"].(string)
	party := &visitor.Party{ID: id, Redirect: callback, Browser: visitor.New(h.Issuer)}
	first, err := visitor.NewKeyed(party, h.Issuer)
	must(t, err)
	ask(http.StatusNoContent, "PUT", "/"+id+"/keys", map[string]any{"jwks": called(first, "first")})
	ask(http.StatusNoContent, "POST", "/"+id+"/lodge", nil)
	later += 2 * time.Second
	if got := ask(http.StatusOK, "GET", "/"+id, nil); got["state"] != "effect" {
		t.Fatal(got)
	}
	if text := ask(http.StatusOK, "GET", "/"+id+"/ready/node", nil)["text"]; !strings.Contains(text.(string), id) || !strings.Contains(text.(string), h.Issuer) {
		t.Error(text)
	}
	ask(http.StatusConflict, "GET", "/"+id+"/ready/spring", nil) // it registered DPoP
	ask(http.StatusNotFound, "GET", "/"+id+"/ready/cobol", nil)

	signsIn := func(k *visitor.Keyed) error {
		k.Through(f.meter)
		address, err := k.Push(nil)
		if err != nil {
			return err
		}
		at, err := f.person.Approve(address)
		if err != nil {
			return err
		}
		got, err := k.Redeem(at.Query().Get("code"))
		if err == nil && got.ID == "" {
			err = errors.New(got.Error)
		}
		return err
	}
	must(t, signsIn(first))
	second, err := visitor.NewKeyed(party, h.Issuer)
	must(t, err)
	ask(http.StatusNoContent, "PUT", "/"+id+"/keys", map[string]any{"jwks": called(second, "second"), "until": h.Now().Add(20 * time.Second).UTC().Format(time.RFC3339)})
	later += 2 * time.Second
	must(t, signsIn(first)) // both are good
	must(t, signsIn(second))
	later += 20 * time.Second
	h.keepPortal(ctx)
	later += 2 * time.Second
	if err := signsIn(first); err == nil {
		t.Error("a key is good after its day")
	}
	must(t, signsIn(second))
	h.keepPortal(ctx)
	days, err := h.partner.Figures(ctx, who, identity.PartyID(id))
	if err != nil || len(days) == 0 || !days[0].Asked.Few || !days[0].Approved.Few {
		t.Fatalf("%+v %v", days, err)
	}
}

// called is a party's key set with a name for its key.
func called(k *visitor.Keyed, kid string) json.RawMessage {
	k.Kid = kid
	return json.RawMessage(strings.Replace(string(k.JWKS()), `"kty"`, `"kid":"`+kid+`","kty"`, 1))
}
