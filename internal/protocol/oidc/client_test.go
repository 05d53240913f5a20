package oidc_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// A library that knows only OpenID gets through, with nothing configured but
// issuer, id, secret and redirect URI.
func TestSomebodyElsesClient(t *testing.T) {
	var s *service
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }))
	defer server.Close()
	s = serveAs(t, server.URL)
	ctx := context.Background()
	provider, err := oidc.NewProvider(ctx, server.URL)
	if err != nil {
		t.Fatal(err)
	}
	config := oauth2.Config{ClientID: "shop", ClientSecret: "secret-of-shop", RedirectURL: "https://shop.example/cb", Endpoint: provider.Endpoint(), Scopes: []string{oidc.ScopeOpenID}}
	browser := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := browser.Get(config.AuthCodeURL("state-1", oauth2.S256ChallengeOption(verifier), oidc.Nonce("nonce-1"), oauth2.SetAuthURLParam("claims", `{"id_token":{"age_over_18":null}}`)))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusSeeOther || s.acts.saw()["marks"] != "age_over_18:id" {
		t.Fatalf("%s, saw %v", resp.Status, s.acts.saw())
	}
	s.acts.answer([]string{"code", "https://shop.example/cb"})
	resp, err = browser.Get(server.URL + "/authorize/answer?a=sealed")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	back, err := url.Parse(resp.Header.Get("Location"))
	if err != nil || back.Query().Get("iss") != server.URL || back.Query().Get("state") != "state-1" {
		t.Fatalf("%v %v", back, err)
	}
	token, err := config.Exchange(ctx, back.Query().Get("code"), oauth2.VerifierOption(verifier))
	if err != nil {
		t.Fatal(err)
	}
	raw, _ := token.Extra("id_token").(string)
	id, err := provider.Verifier(&oidc.Config{ClientID: "shop", Now: func() time.Time { return start }}).Verify(ctx, raw)
	if err != nil {
		t.Fatal(err)
	}
	if id.Nonce != "nonce-1" || id.Subject != "pairwise-1" {
		t.Fatalf("%+v", id)
	}
	info, err := provider.UserInfo(ctx, oauth2.StaticTokenSource(token))
	if err != nil || info.Subject != id.Subject {
		t.Fatalf("%+v %v", info, err)
	}
}
