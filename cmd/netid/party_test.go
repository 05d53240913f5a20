package main

import (
	"bytes"
	"context"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"netid/internal/suite"
)

// A refused application says at the terminal what to change.
func TestPartyAdd(t *testing.T) {
	door := httptest.NewServer(built(t, true).server)
	t.Cleanup(door.Close)
	empty := filepath.Join(t.TempDir(), "keys.json")
	if err := os.WriteFile(empty, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	key, own := filepath.Join(t.TempDir(), "key.jwk"), filepath.Join(t.TempDir(), "own.jwk")
	const point = `"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"` // RFC 7517 appendix A.1
	for file, text := range map[string]string{key: "{" + point + "}", own: "{" + point + `,"d":"870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE"}`} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const back = "http://127.0.0.1:9000/callback"
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"--id", "my-app", "--redirect-uri", back}, 0, `"client_id":"my-app"`},
		{[]string{"--id", "my-app", "--redirect-uri", back}, 1, "party_exists: this --id"},
		{[]string{"--id", "-", "--redirect-uri", back}, 1, "party_id_invalid: --id takes"},
		{[]string{"--id", "a", "--redirect-uri", "http://shop.example/cb"}, 1, "redirect_uri_invalid: --redirect-uri takes https"},
		{[]string{"--id", "a", "--redirect-uri", back, "--age-mark", "over21=x"}, 1, "age_mark_unknown: --age-mark takes"},
		{[]string{"--id", "a", "--redirect-uri", back, "--basis", "name="}, 1, "basis_missing: --basis"},
		{[]string{"--id", "a", "--redirect-uri", back, "--jwks", empty}, 1, "jwks_invalid: --jwks takes"},
		{[]string{"--id", "a", "--redirect-uri", back, "--jwks", empty, "--public"}, 1, "party_auth_ambiguous: --jwks and --public"},
		{[]string{"--id", "a", "--redirect-uri", back, "--id-token-alg", "urn:netid:alg:SM2"}, 1, "id_token_alg_not_served: this service runs in the profile international"},
		{[]string{"--id", "a", "--redirect-uri", back, "--id-token-alg", "RS256"}, 1, "id_token_alg_unknown: --id-token-alg takes"},
		{[]string{"--id", "es", "--redirect-uri", back, "--id-token-alg", "ES256"}, 0, `"id_token_signed_response_alg":"ES256","issuer_jwks_uri":"https://netid.example/jwks"`},
		{[]string{"--id", "asks", "--redirect-uri", back, "--pushed", "--response-alg", "ES256"}, 0,
			`"require_pushed_authorization_requests":true,"authorization_signed_response_alg":"ES256","authorization_details_types":["urn:netid:verification"]`},
		{[]string{"--id", "learns", "--organisation", "91350100M000100Y43", "--redirect-uri", back, "--basis", "name=A law", "--keep-days", "30", "--encryption-key", key}, 0,
			`"plain_keep_days":30,"id_token_encrypted_response_alg":"ECDH-ES","id_token_encrypted_response_enc":"A256GCM"`},
		{[]string{"--id", "a", "--redirect-uri", back, "--encryption-key", key}, 1, "key_shared: another party has this key"},
		{[]string{"--id", "a", "--redirect-uri", back, "--organisation", "91350100M000100Y44"}, 1, "organisation_invalid: --organisation takes"},
		{[]string{"--id", "learns-too", "--organisation", "91350100M000100Y43", "--redirect-uri", back, "--encryption-key", key, "--encryption-alg", "ECDH-ES+A256KW"}, 0, `"token_endpoint_auth_method":"client_secret_basic"`},
		{[]string{"--id", "tries", "--redirect-uri", back, "--basis", "name=A law", "--plain-unencrypted"}, 0, `"plain_keep_days":1,"plain_unencrypted":true`},
		{[]string{"--id", "a", "--redirect-uri", back, "--encryption-key", own}, 1, "is a private key: it stays with the party"},
		{[]string{"--id", "a", "--redirect-uri", back, "--encryption-key", empty}, 1, "jwks_invalid"},
		{[]string{"--id", "a", "--redirect-uri", back, "--encryption-key", key, "--encryption-alg", "RSA-OAEP-256"}, 1, "encryption_key_missing: --encryption-alg"},
		{[]string{"--id", "a", "--redirect-uri", back, "--encryption-key", key, "--encryption-alg", "RSA1_5"}, 1, "encryption_alg_not_served: --encryption-alg"},
		{[]string{"--id", "a", "--redirect-uri", back, "--encryption-key", key, "--plain-unencrypted"}, 1, "encryption_ambiguous: --plain-unencrypted"},
		{[]string{"--id", "a", "--redirect-uri", back, "--basis", "net_number=A law"}, 1, "item_unknown: --basis takes"},
		{[]string{"--id", "ends", "--redirect-uri", back, "--basis", "name=A law", "--basis-until", "name=2027-06-30", "--plain-unencrypted"}, 0, `"bases_until":{"name":"2027-06-30"}`},
		{[]string{"--id", "a", "--redirect-uri", back, "--basis", "name=A law", "--basis-until", "birthdate=2027-06-30"}, 1, "basis_end_alone: --basis-until belongs"},
		{[]string{"--id", "a", "--redirect-uri", back, "--basis", "name=A law", "--basis-until", "name=soon"}, 1, "basis_end_invalid: --basis-until takes"},
		{[]string{"--id", "a", "--redirect-uri", back, "--keep-days", "3"}, 1, "keep_days_alone: --keep-days"},
		{[]string{"--id", "a", "--redirect-uri", back, "--fapi"}, 1, "fapi_needs_key: --fapi needs"},
		{[]string{"--id", "a", "--redirect-uri", back, "--signed"}, 1, "signing_needs_keys: --signed needs"},
		{[]string{"--id", "a", "--redirect-uri", back, "--response-alg", "none"}, 1, "response_alg_not_served: --response-alg takes"},
		{[]string{"--id", "a", "--redirect-uri", back, "--details", "payment_initiation"}, 1, "details_type_unknown: --details takes"},
		{[]string{"--id", "far", "--redirect-uri", back, "--jwks-uri", "https://keys.example.com/jwks", "--fapi", "--dpop"}, 0, `"token_endpoint_auth_method":"private_key_jwt"`},
		{[]string{"--id", "a", "--redirect-uri", back, "--jwks-uri", "http://127.0.0.1/jwks"}, 1, "jwks_uri_invalid: --jwks-uri takes https"},
		{[]string{"--id", "a", "--redirect-uri", back, "--auth-method", "private_key_jwt"}, 1, "jwks_missing: this --auth-method"},
		{[]string{"--id", "a", "--redirect-uri", back, "--certificate", "dns=party.example"}, 1, "auth_method_not_served: this service has no address"},
		{[]string{"--id", "a", "--redirect-uri", back, "--certificate", "subject_dn=CN=a", "--auth-method", "none"}, 1, "certificate_name_invalid: tls_client_auth takes"},
		{[]string{"--id", "a", "--redirect-uri", back, "--auth-method", "attest_jwt_client_auth"}, 1, "wallet_unvouched: nobody is believed"},
		{[]string{"--id", "a", "--redirect-uri", back, "--purpose", "a\u202eb"}, 1, "party_text_invalid: --name"},
	} {
		var out bytes.Buffer
		code := run(context.Background(), append([]string{"party", "add", "--server", door.URL, "--name", "My App"}, c.args...), nil, &out, &out)
		if code != c.code || !strings.Contains(out.String(), c.want) {
			t.Errorf("%v: status %d: %s", c.args, code, out.String())
		}
	}
}

// Where the profile has SM2 a party may ask for it, and is told where the keys are.
func TestPartyAddForSM2(t *testing.T) {
	for _, profile := range []suite.Profile{suite.Guomi, suite.Dual} {
		door := httptest.NewServer(builtIn(t, true, profile).server)
		t.Cleanup(door.Close)
		for alg, want := range map[string]string{
			"urn:netid:alg:SM2": `"id_token_signed_response_alg":"urn:netid:alg:SM2","issuer_jwks_uri":"https://netid.example/jwks-sm"`,
			"":                  `"id_token_signed_response_alg":"ES256","issuer_jwks_uri":"https://netid.example/jwks"`,
		} {
			var out bytes.Buffer
			code := run(context.Background(), []string{"party", "add", "--server", door.URL, "--name", "My App", "--id", "app" + strings.ReplaceAll(alg, ":", "-"),
				"--redirect-uri", "http://127.0.0.1:9000/callback", "--id-token-alg", alg}, nil, &out, &out)
			if code != 0 || !strings.Contains(out.String(), want) {
				t.Errorf("%s, %q: status %d: %s", profile, alg, code, out.String())
			}
		}
	}
}
