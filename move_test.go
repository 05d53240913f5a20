package netid_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	postgrestest "netid/test/postgres"
	sandboxtest "netid/test/sandbox"
)

// A deployment moves from SQLite to PostgreSQL between two requests of one
// citizen: the same device key signs in, with the same pseudonym, the records go
// on, a code of before stays used, an erased person stays erased.
func TestADeploymentMovesToPostgreSQL(t *testing.T) {
	server := postgrestest.Ready(t)
	for _, profile := range []string{"international", "guomi"} {
		t.Run(profile, func(t *testing.T) { moveDeployment(t, server, profile) })
	}
}

func moveDeployment(t *testing.T, server *postgrestest.Server, profile string) {
	ctx := context.Background()
	at := server.Database(t)
	s := sandboxtest.Start(t, "--profile", profile)
	j := &journey{Sandbox: s, t: t, profile: profile}
	j.register("rp", "rp")
	j.signIn("adult")
	before, who, gone := j.subject("adult"), j.show("adult"), j.subject("elder")
	j.persona("erase", "elder")
	conf, _ := j.rp()
	verifier := oauth2.GenerateVerifier()
	unused := j.answer(j.persona("approve", "adult", conf.AuthCodeURL("s", oauth2.S256ChallengeOption(verifier)))).Get("code")
	used := j.answer(j.persona("approve", "adult", conf.AuthCodeURL("s", oauth2.S256ChallengeOption(verifier)))).Get("code")
	if _, err := conf.Exchange(ctx, used, oauth2.VerifierOption(verifier)); err != nil {
		t.Fatal(err)
	}
	head := filepath.Join(t.TempDir(), "head")
	if err := os.WriteFile(head, []byte(j.netid("ledger", "head", "--data", j.Data)), 0o600); err != nil {
		t.Fatal(err)
	}

	if out, errs, code := s.Run("store", "copy", "--data", s.Data, "--to", at); code == 0 || !strings.Contains(errs, "stop it first") {
		t.Fatalf("moved under a running server: %s%s", out, errs)
	}
	s.Stop()
	out := j.netid("store", "copy", "--data", s.Data, "--to", at)
	if !strings.Contains(out, "rows are equal on both sides") || !strings.Contains(out, "1 are destroyed") {
		t.Error(out)
	}
	if _, errs, code := s.Run("ledger", "verify", "--data", s.Data); code == 0 || !strings.Contains(errs, "is in PostgreSQL: name it") {
		t.Error("the directory still answers:", errs)
	}
	t.Setenv("NETID_STORE", at)
	s.Restart()

	j.netid("ledger", "verify", "--data", s.Data, "--head", head)
	if after := j.subject("adult"); after != before {
		t.Errorf("another pseudonym: %q %q", before, after)
	}
	if now := j.show("adult"); now != who {
		t.Errorf("%+v was %+v", now, who)
	}
	if _, err := conf.Exchange(ctx, unused, oauth2.VerifierOption(verifier)); err != nil {
		t.Error("a code of before the move:", err)
	}
	if _, err := conf.Exchange(ctx, used, oauth2.VerifierOption(verifier)); err == nil {
		t.Error("a code that was used before the move is good again")
	}
	j.export("adult")
	if j.subject("elder") == gone { // enrols anew
		t.Error("the erased person is back")
	}
	j.persona("erase", "adult")
	j.netid("ledger", "verify", "--data", s.Data, "--head", head)
}

// subject is the pseudonym at the party.
func (j *journey) subject(persona string) string {
	j.t.Helper()
	ctx := context.Background()
	conf, provider := j.rp()
	verifier := oauth2.GenerateVerifier()
	a := j.answer(j.persona("approve", persona, conf.AuthCodeURL("s", oauth2.S256ChallengeOption(verifier), oidc.Nonce("n"))))
	tok, err := conf.Exchange(ctx, a.Get("code"), oauth2.VerifierOption(verifier))
	if err != nil {
		j.t.Fatal(err)
	}
	raw, _ := tok.Extra("id_token").(string)
	id, err := provider.Verifier(&oidc.Config{ClientID: conf.ClientID}).Verify(ctx, raw)
	if err != nil {
		j.t.Fatal(err)
	}
	return id.Subject
}
