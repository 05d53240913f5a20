package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"netid/internal/fault"
	"netid/internal/identity"
)

// M09: what the command signs takes the party for one organisation, once, and neither
// serves as the party's proof at the service nor for another organisation.
func TestM09APartyIsProvenByTheCommand(t *testing.T) {
	h := built(t, true)
	net := httptest.NewServer(h.server)
	defer net.Close()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	private, public := filepath.Join(dir, "key.pem"), filepath.Join(dir, "keys.json")
	point, err := key.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	b64 := base64.RawURLEncoding.EncodeToString
	set, err := json.Marshal(map[string]any{"keys": []map[string]string{{"kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "x": b64(point[1:33]), "y": b64(point[33:])}}})
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{private: pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), public: set} {
		if err := os.WriteFile(name, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if out, code := operate("party", "add", "--server", net.URL, "--id", "library", "--name", "Library", "--redirect-uri", "https://library.example/cb", "--jwks", public); code != 0 {
		t.Fatal(out)
	}
	audience, other := h.partner.Audience("org-1"), h.partner.Audience("org-2")
	out, code := operate("party", "prove", "--id", "library", "--key", private, "--audience", audience)
	assertion := strings.TrimSpace(out)
	if code != 0 || strings.Count(assertion, ".") != 2 {
		t.Fatal(code, out)
	}
	gate := h.gate()
	no := func(what string, id identity.PartyID, audience, assertion string) {
		t.Helper()
		if err := gate.Proves(t.Context(), id, audience, assertion); err == nil || fault.Is(err, fault.Internal) {
			t.Error(what, err)
		}
	}
	no("another organisation", "library", other, assertion)
	no("another party", "demo-shop", audience, assertion)
	no("no party", "", audience, assertion)
	no("no audience", "library", "", assertion)
	no("nothing", "library", audience, "")
	if err := gate.Proves(t.Context(), "library", audience, assertion); err != nil {
		t.Error(err)
	}
	no("twice", "library", audience, assertion)
	plain, _ := operate("party", "prove", "--id", "library", "--key", private, "--audience", net.URL)
	no("the service's own audience", "library", h.Issuer, strings.TrimSpace(plain))
	for _, bad := range [][]string{{"--id", "library", "--key", public, "--audience", audience}, {"--id", "图书馆", "--key", private, "--audience", audience}} {
		if out, code := operate(append([]string{"party", "prove"}, bad...)...); code == 0 {
			t.Error(bad, out)
		}
	}
}
