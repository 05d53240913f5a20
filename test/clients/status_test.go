package clients_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"netid/client"
	sandboxtest "netid/test/sandbox"
)

// standing is a certificate and what its list must come to say.
type standing struct {
	Token  string        `json:"token"`
	Status client.Status `json:"status"`
}

// standings are certificates of three people: one is left alone, one is frozen, one ends.
func standings(t *testing.T, s *sandboxtest.Sandbox) (all []standing) {
	t.Helper()
	for _, c := range []struct {
		persona, does string
		status        client.Status
	}{{"elder", "records", client.StatusValid}, {"guardian", "freeze", client.StatusFrozen}, {"guardian-2", "erase", client.StatusRevoked}} {
		wallets := t.TempDir()
		persona := func(does string) {
			if out, errs, code := s.Run("persona", does, c.persona, "--server", s.URL, "--wallets", wallets); code != 0 {
				t.Fatalf("%s %s: %s%s", does, c.persona, out, errs)
			}
		}
		persona("offer") // enrols
		all = append(all, standing{kept(t, wallets, c.persona), c.status})
		persona(c.does)
	}
	return all
}

// kept is the net certificate that a persona's wallet keeps.
func kept(t *testing.T, wallets, persona string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(wallets, "*", persona+".json"))
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	b, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	var w struct{ Token string }
	if err := json.Unmarshal(b, &w); err != nil || w.Token == "" {
		t.Fatalf("%s %v", b, err)
	}
	return w.Token
}

// statusesOfOthers has jwt-status-list read what is published of each.
func statusesOfOthers(t *testing.T, s *sandboxtest.Sandbox, node string, all []standing) {
	var read struct{ Seen []client.Status }
	program(t, node, "status.mjs", map[string]any{"issuer": s.URL, "roots": string(fetched(t, s.URL+"/trust/root.pem")), "cases": all}, &read)
	if len(read.Seen) != len(all) {
		t.Error(read.Seen)
	}
}
