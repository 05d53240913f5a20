package shop_test

import (
	"encoding/json"
	"net/url"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// Signing out ends the shop's session at once and takes the browser by way of the provider.
func TestSignOutAtTheProvider(t *testing.T) {
	op := startProvider(t)
	c := enter(t, op)
	c.post("/signin").must(t, 200, "/account")
	c.post("/signout").must(t, 200, "/")
	if op.left.Get("id_token_hint") != op.id || op.id == "" || op.left.Get("post_logout_redirect_uri") != c.url+"/" || op.left.Get("ui_locales") != "en" {
		t.Errorf("left with %v", op.left)
	}
	c.get("/account").must(t, 200, "/", `action="/signin"`)
	op.left = nil
	c.post("/signout").must(t, 200, "/")
	if op.left != nil {
		t.Error("nobody was signed in, and the provider was asked")
	}
}

// notice makes a logout token.
func (p *provider) notice(t *testing.T, typ string, claims map[string]any) string {
	t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: p.key, KeyID: "k"}}, (&jose.SignerOptions{}).WithType(jose.ContentType(typ)))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]any{"iss": p.URL, "sub": "pairwise-1", "aud": "demo-shop", "iat": time.Now().Unix(), "exp": time.Now().Add(time.Minute).Unix(), "jti": "j",
		"events": map[string]any{"http://schemas.openid.net/event/backchannel-logout": map[string]any{}}}
	for k, v := range claims {
		if all[k] = v; v == nil {
			delete(all, k)
		}
	}
	payload, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	jws, err := signer.Sign(payload)
	if err != nil {
		t.Fatal(err)
	}
	compact, err := jws.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return compact
}

func TestNotices(t *testing.T) {
	op := startProvider(t)
	op.claims["sid"] = "sid-1"
	c := enter(t, op)
	tell := func(token string) int {
		return c.do("POST", "/backchannel", url.Values{"logout_token": {token}}).status
	}
	c.post("/signin").must(t, 200, "/account")
	for name, token := range map[string]string{
		"an ID token": op.id, "another type": op.notice(t, "JWT", nil), "a nonce": op.notice(t, "logout+jwt", map[string]any{"nonce": "n"}),
		"no event": op.notice(t, "logout+jwt", map[string]any{"events": map[string]any{}}), "over": op.notice(t, "logout+jwt", map[string]any{"exp": time.Now().Add(-time.Minute).Unix()}),
		"another party's": op.notice(t, "logout+jwt", map[string]any{"aud": "bank"}), "nobody": op.notice(t, "logout+jwt", map[string]any{"sub": nil}), "nothing": "",
	} {
		if got := tell(token); got != 400 {
			t.Errorf("%s: %d", name, got)
		}
	}
	if got := tell(op.notice(t, "logout+jwt", map[string]any{"sid": "sid-2"})); got != 200 {
		t.Errorf("of a session that is none: %d", got)
	}
	c.get("/account").must(t, 200, "/account")
	for _, claims := range []map[string]any{{"sid": "sid-1"}, {}} {
		if got := tell(op.notice(t, "logout+jwt", claims)); got != 200 {
			t.Errorf("%v: %d", claims, got)
		}
		c.get("/account").must(t, 200, "/", `action="/signin"`)
		c.post("/signin").must(t, 200, "/account")
	}
}
