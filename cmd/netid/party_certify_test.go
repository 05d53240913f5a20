package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"netid/client"
	"netid/internal/suite"
	"netid/internal/token/jose"
)

// The operator certifies a party's key, and the service says so to wallets: all
// of it checks by the root alone, fetched once.
func TestPartyCertify(t *testing.T) {
	h := built(t, true)
	door := httptest.NewServer(h.server)
	t.Cleanup(door.Close)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, key)
	if err != nil {
		t.Fatal(err)
	}
	good, bad := filepath.Join(t.TempDir(), "csr.pem"), filepath.Join(t.TempDir(), "bad.pem")
	if os.WriteFile(good, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der}), 0o600) != nil || os.WriteFile(bad, []byte("no"), 0o600) != nil {
		t.Fatal("no files")
	}
	party := func(code int, want string, args ...string) string {
		t.Helper()
		out, got := operate(append([]string{"party", args[0], "--server", door.URL}, args[1:]...)...)
		if got != code || !strings.Contains(out, want) {
			t.Fatalf("%v: status %d: %s", args, got, out)
		}
		return out
	}
	party(0, "", "add", "--id", "app", "--name", "App", "--redirect-uri", "http://127.0.0.1:9000/cb", "--age-mark", "over18=a law")
	party(1, "certificate_request_invalid", "certify", "app", "--csr", bad)
	party(1, "party_unknown", "certify", "nobody", "--csr", good)
	block, rest := pem.Decode([]byte(party(0, "BEGIN CERTIFICATE", "certify", "app", "--csr", good)))
	if block == nil || len(strings.TrimSpace(string(rest))) > 0 {
		t.Fatal("not one certificate")
	}

	get := func(path string, status int) string {
		t.Helper()
		resp, err := http.Get(door.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil || resp.StatusCode != status {
			t.Fatal(path, resp.Status, err)
		}
		return string(body)
	}
	roots, err := suite.ParseRoots([]byte(get("/trust/root.pem", 200)))
	if err != nil {
		t.Fatal(err)
	}
	own, err := suite.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	if err := roots.VerifySigner(own, nil, time.Now()); err != nil {
		t.Error(err)
	}
	checked := func(text, typ string) jose.Object {
		t.Helper()
		token, err := jose.Place{Algs: []string{jose.ES256}, Types: []string{typ}, Limit: 64 << 10}.Parse(strings.TrimSpace(text))
		if err != nil {
			t.Fatal(err)
		}
		leaf, between, err := token.Chain()
		if err != nil {
			t.Fatal(err)
		}
		if err := roots.VerifySigner(leaf, between, time.Now()); err != nil {
			t.Fatal(err)
		}
		k, _ := leaf.Key()
		claims, err := token.VerifyWith(k)
		if err != nil {
			t.Fatal(err)
		}
		return claims
	}
	says := checked(party(0, "", "statement", "app"), "netid-registration+jwt")
	var prints []string
	if err := json.Unmarshal(says["x5t#S256"], &prints); err != nil || len(prints) != 1 || prints[0] != own.Thumbprint() || string(says["sub"]) != `"app"` {
		t.Errorf("%s %v", says, err)
	}
	var keys map[string]json.RawMessage
	if err := json.Unmarshal(checked(get("/trust", 200), "netid-trust+jwt")["keys"], &keys); err != nil || keys["attestation"] == nil || keys["status"] == nil {
		t.Error(keys, err)
	}
	// The same as a party or a wallet reads it, by package client.
	e := client.Expect{Roots: []byte(get("/trust/root.pem", 200)), Issuer: "https://netid.example"}
	list, err := client.CheckTrustList(get("/trust", 200), e, time.Now())
	if err != nil || string(list.Roots) != string(e.Roots) || string(list.Keys["attestation"]) != string(keys["attestation"]) {
		t.Error(list, err)
	}
	r, err := client.CheckRegistration(get("/trust/parties/app", 200), e, time.Now())
	if err != nil || r.Party != "app" || r.Name["en"] != "App" || len(r.Kinds["https://netid.example/credentials/age"]) != 1 {
		t.Error(r, err)
	}
	e.Roots = own.PEM()
	if _, err := client.CheckTrustList(get("/trust", 200), e, time.Now()); err == nil {
		t.Error("a party's certificate is a root")
	}
	party(0, "suspended", "suspend", "app", "--reason", "complaints")
	get("/trust/parties/app", 403)
	party(1, "party_suspended", "certify", "app", "--csr", good)
}
