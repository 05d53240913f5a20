// Package clients_test lets other people's OpenID clients drive the real
// program, with a persona as the citizen: what netid speaks is judged by
// libraries that know nothing of it.
package clients_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	sandboxtest "netid/test/sandbox"
)

const (
	oldestNode = 20
	someBody   = "91350100M000100Y43" // whose parties share a key
)

// party is a relying party as registered, with what it authenticates with.
type party struct {
	Issuer      string          `json:"issuer"`
	ClientID    string          `json:"clientId"`
	RedirectURI string          `json:"redirectUri"`
	Secret      string          `json:"secret,omitempty"`
	JWK         json.RawMessage `json:"jwk,omitempty"`
	DPoP        bool            `json:"dpop,omitempty"`
	Pushes      bool            `json:"pushes,omitempty"`
	Offline     bool            `json:"offline,omitempty"`
	PostLogout  string          `json:"postLogout,omitempty"`
	Registers   bool            `json:"registers,omitempty"`
	Netid       string          `json:"netid"`
	Wallets     string          `json:"wallets"`
	Persona     string          `json:"persona"`
	Locale      string          `json:"locale"`
}

// register adds a party as its developer would: on the command line.
func register(t *testing.T, s *sandboxtest.Sandbox, id, redirect string, flags ...string) party {
	t.Helper()
	args := append([]string{"party", "add", "--server", s.URL, "--id", id, "--name", "Client of the Tests", "--redirect-uri", redirect}, flags...)
	out, errs, code := s.Run(args...)
	if code != 0 {
		t.Fatalf("party add: %d\n%s%s", code, out, errs)
	}
	var settings struct {
		ID     string `json:"client_id"`
		Secret string `json:"client_secret"`
	}
	if err := json.Unmarshal([]byte(out), &settings); err != nil || settings.ID != id {
		t.Fatalf("party add prints no settings of %s: %v\n%s", id, err, out)
	}
	return party{Issuer: s.URL, ClientID: id, RedirectURI: redirect, Secret: settings.Secret, Netid: sandboxtest.Binary(t),
		Persona: "adult", Locale: "en"}
}

// What other people's clients meet in dual, a member of the token answer more
// and a key set that they are not told of, must not stop them.
func TestOpenIDClient(t *testing.T) {
	t.Parallel()
	for _, profile := range []string{"international", "dual"} {
		t.Run(profile, func(t *testing.T) {
			t.Parallel()
			openIDClient(t, profile)
		})
	}
}

func openIDClient(t *testing.T, profile string) {
	node := findNode(t)
	s := sandboxtest.Start(t, "--profile", profile)
	wallets := t.TempDir()
	private, public := keyFile(t)

	parties := map[string]party{
		"secret":                register(t, s, "node-secret", "http://127.0.0.1:4401/callback", "--offline", "90"),
		"private_key_jwt":       lasting(t, s, "node-key", "http://127.0.0.1:4402/callback", "--organisation", someBody, "--jwks", public),
		"private_key_jwt, DPoP": register(t, s, "node-fapi", "http://127.0.0.1:4404/callback", "--organisation", someBody, "--jwks", public, "--fapi", "--offline", "30"),
		"public, DPoP":          register(t, s, "node-app", "http://127.0.0.1:4405/callback", "--public", "--offline", "7"),
		"public":                register(t, s, "node-public", "http://127.0.0.1:4403/callback", "--public", "--offline", "30"),
		"registers itself":      {Issuer: s.URL, RedirectURI: "http://127.0.0.1:4406/callback", Registers: true, Netid: sandboxtest.Binary(t), Persona: "adult", Locale: "en"},
	}
	subjects := map[string]string{}
	for name, p := range parties {
		p.Wallets = wallets
		p.DPoP = strings.HasSuffix(name, "DPoP")
		p.Offline = name != "private_key_jwt"
		p.Pushes = name == "private_key_jwt, DPoP"
		switch name {
		case "secret":
			if len(p.Secret) < 32 {
				t.Fatalf("a generated secret of %d characters", len(p.Secret))
			}
		case "private_key_jwt", "private_key_jwt, DPoP":
			p.JWK = private
		case "public":
			p.Locale = "zh-CN"
		}
		if name != "secret" && p.Secret != "" {
			t.Errorf("%s: a party that authenticates otherwise got a secret", name)
		}
		t.Run(name, func(t *testing.T) {
			subject := drive(t, p, node, "party.mjs")
			if other, taken := subjects[subject]; taken {
				t.Errorf("%s and %s know the person by the same name", name, other)
			}
			subjects[subject] = name
		})
	}
}

// drive runs the party's own program and gives the subject that it learned.
func drive(t *testing.T, p party, program ...string) string {
	t.Helper()
	in, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	var out, errs bytes.Buffer
	cmd := exec.CommandContext(ctx, program[0], program[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(in), &out, &errs
	cmd.WaitDelay = 5 * time.Second
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %v\n%s%s", program, err, out.String(), errs.String())
	}
	var learned struct{ Sub string }
	if err := json.Unmarshal(out.Bytes(), &learned); err != nil || learned.Sub == "" {
		t.Fatalf("%v learned nothing: %v\n%s", program, err, out.String())
	}
	return learned.Sub
}

// findNode gives a Node that is new enough and has its modules, or skips;
// with CI=true there is no polite way round.
func findNode(t *testing.T) string {
	t.Helper()
	without := func(why string) string {
		if os.Getenv("CI") == "true" {
			t.Fatal(why)
		}
		t.Skip(why)
		return ""
	}
	local, err := filepath.Abs("node_modules/.bin/node")
	if err != nil {
		t.Fatal(err)
	}
	for _, module := range []string{"openid-client", "dcql"} { // the first, and what came last
		if _, err := os.Stat("node_modules/" + module); err != nil {
			return without(module + " is not installed: `make test` does it, or `npm ci` in test/clients")
		}
	}
	for _, node := range []string{local, "node"} {
		out, err := exec.Command(node, "--version").Output()
		if err != nil {
			continue
		}
		major, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimSpace(string(out)), "v"), ".")
		if n, err := strconv.Atoi(major); err == nil && n >= oldestNode {
			return node
		}
	}
	return without("Node 20 or newer is not here")
}

// keyFile makes a party's key: the private JWK, and a file of its public set.
func keyFile(t *testing.T) (private json.RawMessage, path string) {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	point, err := k.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	d, err := k.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	b64 := base64.RawURLEncoding.EncodeToString
	jwk := map[string]string{"kty": "EC", "crv": "P-256", "x": b64(point[1:33]), "y": b64(point[33:]), "kid": "k1"}
	set, err := json.Marshal(map[string]any{"keys": []any{map[string]string{
		"kty": jwk["kty"], "crv": jwk["crv"], "x": jwk["x"], "y": jwk["y"], "kid": "k1", "alg": "ES256", "use": "sig"}}})
	if err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(t.TempDir(), "jwks.json")
	if err := os.WriteFile(path, set, 0o600); err != nil {
		t.Fatal(err)
	}
	jwk["d"] = b64(d)
	private, err = json.Marshal(jwk)
	if err != nil {
		t.Fatal(err)
	}
	return private, path
}
