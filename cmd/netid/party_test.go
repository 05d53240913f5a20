package main

import (
	"bytes"
	"context"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A refused application says at the terminal what to change.
func TestPartyAdd(t *testing.T) {
	door := httptest.NewServer(built(t, true).server)
	t.Cleanup(door.Close)
	empty := filepath.Join(t.TempDir(), "keys.json")
	if err := os.WriteFile(empty, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
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
		{[]string{"--id", "a", "--redirect-uri", back, "--purpose", "a\u202eb"}, 1, "party_text_invalid: --name"},
	} {
		var out bytes.Buffer
		code := run(context.Background(), append([]string{"party", "add", "--server", door.URL, "--name", "My App"}, c.args...), nil, &out, &out)
		if code != c.code || !strings.Contains(out.String(), c.want) {
			t.Errorf("%v: status %d: %s", c.args, code, out.String())
		}
	}
}
