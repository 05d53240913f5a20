package vci_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"

	sandboxtest "netid/test/sandbox"
)

// Q12: a persona shows a code, a registered venue's terminal hears yes once, and the
// persona reads in its records which venue it was.
func TestAGateThatAsks(t *testing.T) {
	s := sandboxtest.Start(t)
	file, set := gateKey(t)
	if out, errs, code := s.Run("party", "add", "--server", s.URL, "--id", "cinema", "--name", "The cinema", "--name-zh", "某影院", "--redirect-uri", "https://cinema.example/", "--venue", "--jwks", set); code != 0 {
		t.Fatal(out, errs)
	}
	draw := func(more ...string) string {
		out, errs, code := s.Run(append([]string{"persona", "code", "adult", "--server", s.URL}, more...)...)
		if code != 0 {
			t.Fatal(out, errs)
		}
		lines := strings.Split(strings.TrimSpace(out), "\n")
		return lines[len(lines)-1]
	}
	type said struct {
		Yes, Over18, Online bool
		Reason, Receipt     string
	}
	ask := func(by, code string, more ...string) (a said, status int) {
		out, errs, status := s.Run(append([]string{"venue", "redeem", "--json", "--issuer", s.URL, "--client", by, "--key", file, code}, more...)...)
		if err := json.Unmarshal([]byte(out), &a); err != nil {
			t.Fatal(out, errs)
		}
		return a, status
	}
	code := draw("--over-18")
	if !strings.HasPrefix(code, strings.ToUpper(s.URL)+"/Q/") {
		t.Fatal(code)
	}
	if a, _ := ask("nobody", code); a.Reason != "online_unproven" {
		t.Errorf("somebody who is not registered: %+v", a)
	}
	first, status := ask("cinema", code, "--over-18")
	if status != 0 || !first.Yes || !first.Over18 || !first.Online {
		t.Fatalf("%d %+v", status, first)
	}
	if a, status := ask("cinema", code); status == 0 || a.Reason != "online_refused" {
		t.Errorf("a second time: %d %+v", status, a)
	}
	if a, status := ask("cinema", draw(), "--over-18"); status == 0 || a.Reason != "slip_age_unproven" {
		t.Errorf("who kept the age back: %d %+v", status, a)
	}
	if out, _, code := s.Run("persona", "records", "adult", "--server", s.URL); code != 0 || !strings.Contains(out, "verified "+first.Receipt) {
		t.Errorf("%s", out)
	}
	if out, errs, code := s.Run("persona", "freeze", "adult", "--server", s.URL); code != 0 {
		t.Fatal(out, errs)
	}
	if out, _, code := s.Run("persona", "code", "adult", "--server", s.URL); code == 0 {
		t.Errorf("frozen, and %s", out)
	}
}

func gateKey(t *testing.T) (file, set string) {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err1 := x509.MarshalPKCS8PrivateKey(k)
	point, err2 := k.PublicKey.Bytes()
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	b, dir := base64.RawURLEncoding, t.TempDir()
	file, set = filepath.Join(dir, "gate.pem"), filepath.Join(dir, "gate.jwks")
	err1 = os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600)
	err2 = os.WriteFile(set, []byte(`{"keys":[{"crv":"P-256","kty":"EC","x":"`+b.EncodeToString(point[1:33])+`","y":"`+b.EncodeToString(point[33:])+`"}]}`), 0o600)
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	return file, set
}
