package clients_test

import (
	"encoding/json"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	sandboxtest "netid/test/sandbox"
)

// lasting registers a party for refresh tokens and for coming back after a
// log-out, as far as the program can.
func lasting(t *testing.T, s *sandboxtest.Sandbox, id, redirect string, flags ...string) party {
	t.Helper()
	help, _, _ := s.Run("party", "add", "--help")
	goodbye := strings.TrimSuffix(redirect, "callback") + "goodbye"
	var offline, logout bool
	if offline = strings.Contains(help, "--offline"); offline {
		flags = append(flags, "--offline", "30")
	}
	if logout = strings.Contains(help, "--post-logout-redirect"); logout {
		flags = append(flags, "--post-logout-redirect", goodbye)
	}
	p := register(t, s, id, redirect, flags...)
	p.Wallets, p.Offline = t.TempDir(), offline
	if logout {
		p.PostLogout = goodbye
	}
	return p
}

// TestOAuth4WebAPI is the strict way through another library: everything pushed,
// signed by the party's key and bound to one, and the answers signed.
func TestOAuth4WebAPI(t *testing.T) {
	t.Parallel()
	node := findNode(t)
	s := sandboxtest.Start(t)
	private, public := keyFile(t)
	p := lasting(t, s, "webapi", "http://127.0.0.1:4431/callback", "--fapi", "--jwks", public, "--response-alg", "ES256")
	p.JWK = private
	drive(t, p, node, "webapi.mjs")
}

// TestZitadelOIDC: a secret, then a key. Both are one person with two names.
func TestZitadelOIDC(t *testing.T) {
	t.Parallel()
	program := filepath.Join(t.TempDir(), "party")
	build := exec.Command("go", "build", "-o", program, ".")
	build.Dir = "zitadel"
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	s := sandboxtest.Start(t)
	private, public := keyFile(t)
	secret := lasting(t, s, "zitadel-secret", "http://127.0.0.1:4441/callback")
	key := lasting(t, s, "zitadel-key", "http://127.0.0.1:4442/callback", "--jwks", public)
	key.JWK, key.Wallets = private, secret.Wallets
	if drive(t, secret, program) == drive(t, key, program) {
		t.Error("two parties know the person by the same name")
	}
}

// TestDiscoveryLeadsSomewhere: behind every address in the metadata of the real program somebody answers.
func TestDiscoveryLeadsSomewhere(t *testing.T) {
	t.Parallel()
	s := sandboxtest.Start(t)
	var m map[string]any
	_, body, _ := get(t, &http.Client{}, s.URL+"/.well-known/openid-configuration")
	if err := json.Unmarshal([]byte(body), &m); err != nil {
		t.Fatal(err)
	}
	found := 0
	for name, v := range m {
		if address, _ := v.(string); name != "issuer" && strings.HasPrefix(address, s.URL) {
			found++
			if status, _, _ := get(t, &http.Client{}, address); status == http.StatusNotFound || status >= 500 {
				t.Errorf("%s, %s: %d", name, address, status)
			}
		}
	}
	if found < 8 || m["service_documentation"] == nil {
		t.Errorf("only %d addresses: %s", found, body)
	}
}
