package shop_test

import (
	"net/url"
	"testing"
)

// Whoever asks through the provider to be forgotten is: the account and what
// the browser did are gone, and the provider is told so.
func TestErasure(t *testing.T) {
	op := startProvider(t)
	c := enter(t, op)
	ask := func(token string) int {
		return c.do("POST", "/erasure", url.Values{"erasure_token": {token}}).status
	}
	events := map[string]any{"urn:netid:event:erasure-requested": map[string]any{"request": "request-1", "due": 1}}
	c.post("/signin").must(t, 200, "/account")
	for name, token := range map[string]string{
		"a logout token": op.notice(t, "logout+jwt", map[string]any{"events": events}), "an ID token": op.id, "no event": op.notice(t, "erasure+jwt", nil),
		"nobody": op.notice(t, "erasure+jwt", map[string]any{"events": events, "sub": nil}), "another party's": op.notice(t, "erasure+jwt", map[string]any{"events": events, "aud": "bank"}), "nothing": "",
	} {
		if got := ask(token); got != 400 {
			t.Errorf("%s: %d", name, got)
		}
	}
	if got := ask(op.notice(t, "erasure+jwt", map[string]any{"events": events, "sub": "pairwise-2"})); got != 204 {
		t.Errorf("of somebody who is not there: %d", got)
	}
	c.get("/account").must(t, 200, "/account")
	good := op.notice(t, "erasure+jwt", map[string]any{"events": events})
	op.erasures = 503
	if got := ask(good); got != 503 {
		t.Errorf("what the provider was not told is done: %d", got)
	}
	op.erasures = 204
	if got := ask(good); got != 204 {
		t.Errorf("asked again: %d", got)
	}
	c.get("/account").must(t, 200, "/", `action="/signin"`)
	if op.erased.Get("request") != "request-1" || op.erased.Get("result") != "done" || len(op.erased) != 2 {
		t.Errorf("the provider heard %v", op.erased)
	}
}
