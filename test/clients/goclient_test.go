package clients_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	sandboxtest "netid/test/sandbox"
)

// citizen runs the persona command and gives the final address.
func (p party) citizen(t *testing.T, s *sandboxtest.Sandbox, decision, address string, flags ...string) url.Values {
	t.Helper()
	args := append([]string{"persona", decision, p.Persona, address, "--server", s.URL, "--wallets", p.Wallets}, flags...)
	out, errs, code := s.Run(args...)
	if code != 0 {
		t.Fatalf("persona %s: %d\n%s%s", decision, code, out, errs)
	}
	lines := strings.Split(strings.TrimRight(out, "\n"), "\n")
	final, err := url.Parse(lines[len(lines)-1])
	if err != nil || !strings.HasPrefix(final.String(), p.RedirectURI+"?") {
		t.Fatalf("the last line is no answer at %s: %q", p.RedirectURI, out)
	}
	return final.Query()
}

// TestGoOIDC is the same main job through coreos/go-oidc and x/oauth2, and
// what they are told when something is wrong.
func TestGoOIDC(t *testing.T) {
	t.Parallel()
	s := sandboxtest.Start(t)
	p := lasting(t, s, "go-client", "http://127.0.0.1:4411/callback")
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	ctx = oidc.ClientContext(ctx, &http.Client{Timeout: 10 * time.Second})

	provider, err := oidc.NewProvider(ctx, s.URL)
	if err != nil {
		t.Fatal(err)
	}
	endpoint := provider.Endpoint()
	endpoint.AuthStyle = oauth2.AuthStyleInHeader
	config := oauth2.Config{ClientID: p.ClientID, ClientSecret: p.Secret, Endpoint: endpoint, RedirectURL: p.RedirectURI, Scopes: []string{oidc.ScopeOpenID}}
	verifier := provider.Verifier(&oidc.Config{ClientID: p.ClientID, SupportedSigningAlgs: []string{oidc.ES256}})

	proof := oauth2.GenerateVerifier()
	address := config.AuthCodeURL("state-1", oidc.Nonce("nonce-1"), oauth2.S256ChallengeOption(proof),
		oauth2.SetAuthURLParam("claims", `{"id_token":{"age_over_18":null},"userinfo":{"age_over_18":null}}`))
	answer := p.citizen(t, s, "approve", address)
	if answer.Get("state") != "state-1" || answer.Get("iss") != s.URL {
		t.Errorf("the answer's state and iss (RFC 9207): %q %q", answer.Get("state"), answer.Get("iss"))
	}
	token, err := config.Exchange(ctx, answer.Get("code"), oauth2.VerifierOption(proof))
	if err != nil {
		t.Fatal(err)
	}
	raw, _ := token.Extra("id_token").(string)
	id, err := verifier.Verify(ctx, raw)
	if err != nil {
		t.Fatal(err)
	}
	var claims map[string]any
	if err := id.Claims(&claims); err != nil {
		t.Fatal(err)
	}
	if id.Nonce != "nonce-1" || claims["age_over_18"] != true || claims["auth_time"] != nil {
		t.Errorf("nonce %q, claims %v", id.Nonce, claims)
	}
	info, err := provider.UserInfo(ctx, oauth2.StaticTokenSource(token))
	if err != nil {
		t.Fatal(err)
	}
	if info.Subject != id.Subject {
		t.Errorf("UserInfo is about %q, the ID token about %q", info.Subject, id.Subject)
	}
	p.learnsNothing(t, s, raw, claims)
	if p.Offline {
		p.refreshes(ctx, t, s, config, provider, id.Subject)
	}
	if p.PostLogout != "" {
		p.leaves(t, provider, raw)
	}

	if _, err := config.Exchange(ctx, answer.Get("code"), oauth2.VerifierOption(proof)); !refusedWith(err, "invalid_grant") {
		t.Errorf("a code used twice: %v", err)
	}
	if _, err := provider.UserInfo(ctx, oauth2.StaticTokenSource(token)); err == nil {
		t.Error("a code used twice leaves the first token alive (RFC 6749 §4.1.2)")
	}
	wrong := config
	wrong.ClientSecret += "x"
	answer = p.citizen(t, s, "approve", config.AuthCodeURL("state-2", oauth2.S256ChallengeOption(proof)))
	if _, err := wrong.Exchange(ctx, answer.Get("code"), oauth2.VerifierOption(proof)); !refusedWith(err, "invalid_client") {
		t.Errorf("a wrong secret: %v", err)
	}
	answer = p.citizen(t, s, "decline", config.AuthCodeURL("state-3", oauth2.S256ChallengeOption(proof)))
	if answer.Get("error") != "access_denied" || answer.Get("state") != "state-3" || answer.Has("code") {
		t.Errorf("declined: %v", answer)
	}
}

// refreshes asks again without the citizen, as x/oauth2 does by itself when a token is over.
func (p party) refreshes(ctx context.Context, t *testing.T, s *sandboxtest.Sandbox, config oauth2.Config, provider *oidc.Provider, sub string) {
	t.Helper()
	config.Scopes = []string{oidc.ScopeOpenID, oidc.ScopeOfflineAccess}
	proof := oauth2.GenerateVerifier()
	answer := p.citizen(t, s, "approve", config.AuthCodeURL("state-0", oauth2.S256ChallengeOption(proof), oauth2.SetAuthURLParam("prompt", "consent")))
	token, err := config.Exchange(ctx, answer.Get("code"), oauth2.VerifierOption(proof))
	if err != nil {
		t.Fatal(err)
	}
	again := config.TokenSource(ctx, &oauth2.Token{RefreshToken: token.RefreshToken})
	fresh, err := again.Token()
	if err != nil || fresh.AccessToken == token.AccessToken {
		t.Fatalf("refreshed: %v", err)
	}
	if info, err := provider.UserInfo(ctx, again); err != nil || info.Subject != sub {
		t.Errorf("UserInfo of a refreshed token: %+v %v", info, err)
	}
}

// leaves logs out: a browser that is signed in nowhere comes back at once.
func (p party) leaves(t *testing.T, provider *oidc.Provider, idToken string) {
	t.Helper()
	var at struct {
		End string `json:"end_session_endpoint"`
	}
	if err := provider.Claims(&at); err != nil {
		t.Fatal(err)
	}
	to, err := url.Parse(at.End + "?" + url.Values{"id_token_hint": {idToken}, "post_logout_redirect_uri": {p.PostLogout}, "state": {"state-out"}}.Encode())
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	for range 5 {
		if strings.HasPrefix(to.String(), p.PostLogout) {
			break
		}
		_, _, next := get(t, browser, to.String())
		if to, err = to.Parse(next); err != nil {
			t.Fatal(err)
		}
	}
	if to.Query().Get("state") != "state-out" {
		t.Errorf("the browser is at %s", to)
	}
}

// learnsNothing looks for the person in what the party got.
func (p party) learnsNothing(t *testing.T, s *sandboxtest.Sandbox, token string, claims map[string]any) {
	t.Helper()
	out, errs, code := s.Run("persona", "show", p.Persona, "--server", s.URL, "--wallets", p.Wallets)
	if code != 0 {
		t.Fatalf("persona show: %s", errs)
	}
	var person map[string]string
	if err := json.Unmarshal([]byte(out), &person); err != nil {
		t.Fatalf("persona show: %v\n%s", err, out)
	}
	text, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	for _, field := range []string{"name", "document_kind", "document_number", "phone", "birth_date", "net_number"} {
		value := person[field]
		if value == "" {
			t.Errorf("persona show does not say the %s: %s", field, out)
		} else if strings.Contains(string(text), value) || strings.Contains(token, value) {
			t.Errorf("the party learned the %s", field)
		}
	}
}

// TestWhatAPersonaCannotDo: the reason goes to standard error, the status is not zero.
func TestWhatAPersonaCannotDo(t *testing.T) {
	t.Parallel()
	s := sandboxtest.Start(t)
	p := register(t, s, "go-refused", "http://127.0.0.1:4412/callback")
	wallets := t.TempDir()
	good := url.Values{"client_id": {p.ClientID}, "redirect_uri": {p.RedirectURI}, "response_type": {"code"}, "scope": {"openid"}, "state": {"s"},
		"code_challenge": {"E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"}, "code_challenge_method": {"S256"}}
	with := func(name, value string) string {
		q := url.Values{}
		for k, v := range good {
			q[k] = v
		}
		q.Set(name, value)
		return s.URL + "/authorize?" + q.Encode()
	}
	for _, c := range []struct {
		name, persona, address, final, reason string
	}{
		{"an unregistered redirect URI", "adult", with("redirect_uri", "http://127.0.0.1:4413/callback"), "", "redirect"},
		{"an unknown party", "adult", with("client_id", "nobody-here"), "", ""},
		{"no PKCE", "adult", with("code_challenge", ""), p.RedirectURI, "invalid_request"},
		{"a plain challenge", "adult", with("code_challenge_method", "plain"), p.RedirectURI, "invalid_request"},
		{"the implicit flow", "adult", with("response_type", "token"), p.RedirectURI, "unsupported_response_type"},
		{"nobody", "nobody", with("state", "t"), "", "no persona"},
		{"another server's address", "adult", "http://127.0.0.1:9/authorize", "", "is not at"},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, errs, code := s.Run("persona", "approve", c.persona, c.address, "--server", s.URL, "--wallets", wallets)
			if code == 0 || !strings.Contains(errs, c.reason) || len(errs) < 10 {
				t.Errorf("status %d, said %q", code, errs)
			}
			if !strings.HasPrefix(strings.TrimSpace(out), c.final) || c.final == "" && strings.TrimSpace(out) != "" {
				t.Errorf("printed %q as the final address", out)
			}
		})
	}
}

func refusedWith(err error, code string) bool {
	var e *oauth2.RetrieveError
	return errors.As(err, &e) && e.ErrorCode == code
}
