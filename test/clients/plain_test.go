package clients_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
	"golang.org/x/oauth2"

	"netid/client"
	sandboxtest "netid/test/sandbox"
)

// TestPlainText is a Go party that may learn names: other people's OAuth
// library, a key of its own, and the client package to open and to check what it
// is told. The persona tells what the developer named, and nothing else.
func TestPlainText(t *testing.T) {
	t.Parallel()
	s := sandboxtest.Start(t)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	write := func(name string, k jose.JSONWebKey) (string, []byte) {
		b, err := json.Marshal(k)
		file := filepath.Join(t.TempDir(), name)
		if err == nil {
			err = os.WriteFile(file, b, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		return file, b
	}
	public, _ := write("public.jwk", jose.JSONWebKey{Key: key.Public(), KeyID: "e1"})
	_, private := write("private.jwk", jose.JSONWebKey{Key: key, KeyID: "e1"})
	p := register(t, s, "plain-client", "http://127.0.0.1:4421/callback", "--basis", "name=A law", "--basis", "birthdate=A law", "--keep-days", "30", "--encryption-key", public)
	p.Wallets = t.TempDir()

	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	config := oauth2.Config{ClientID: p.ClientID, ClientSecret: p.Secret, RedirectURL: p.RedirectURI, Scopes: []string{oidc.ScopeOpenID},
		Endpoint: oauth2.Endpoint{AuthURL: s.URL + "/authorize", TokenURL: s.URL + "/token", AuthStyle: oauth2.AuthStyleInHeader}}
	jwks := fetched(t, s.URL+"/jwks")
	for _, c := range []struct {
		tell []string
		told int
	}{{[]string{"--tell", "name"}, 1}, {nil, 0}} {
		proof := oauth2.GenerateVerifier()
		address := config.AuthCodeURL("s", oidc.Nonce("n"), oauth2.S256ChallengeOption(proof), oauth2.SetAuthURLParam("claims",
			`{"id_token":{"verified_claims":{"verification":{"trust_framework":null},"claims":{"name":{"essential":true},"birthdate":null}}}}`))
		token, err := config.Exchange(ctx, p.citizen(t, s, "approve", address, c.tell...).Get("code"), oauth2.VerifierOption(proof))
		if err != nil {
			t.Fatal(err)
		}
		sealed, _ := token.Extra("id_token").(string)
		signed, err := client.Open(sealed, private)
		if err != nil {
			t.Fatal(err)
		}
		a, err := client.CheckAnswer(signed, jwks, s.URL, p.ClientID, "n", time.Now())
		if err != nil || (a.Plain != nil) != (c.told > 0) {
			t.Fatalf("%v: %+v %v", c.tell, a, err)
		}
		if a.Plain != nil && (len(a.Plain.Values) != c.told || a.Plain.Values["name"] == "" || a.Plain.KeepDays != 30 || a.Plain.Bases["name"] != "A law" || a.Plain.Unencrypted) {
			t.Errorf("%v: %+v", c.tell, a.Plain)
		}
	}
}

func fetched(t *testing.T, address string) []byte {
	t.Helper()
	r, err := (&http.Client{Timeout: 10 * time.Second}).Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
