package main

import (
	"os"
	"path/filepath"
	"testing"

	"netid/internal/connector/authority"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
)

// A service that is given keys of the authority follows its news; one key, or none
// that can be read, is refused at the start and not later.
func TestNewsKeys(t *testing.T) {
	register := authority.New("http://127.0.0.1:1", "token")
	key := func(b byte) string {
		return string(suite.NewEdDSA(identity.NewSecret(identity.ES256, [32]byte{b})).PublicJWK())
	}
	file := filepath.Join(t.TempDir(), "keys.json")
	if feed, err := readNewsKeys("", register); feed != nil || err != nil {
		t.Error(feed, err)
	}
	if _, err := readNewsKeys(file, register); !os.IsNotExist(err) {
		t.Error(err)
	}
	for content, good := range map[string]bool{`{"keys":[` + key(1) + `,` + key(2) + `]}`: true, `{"keys":[` + key(1) + `]}`: false, `not JSON`: false} {
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		feed, err := readNewsKeys(file, register)
		if good != (feed != nil) || !good && !fault.Because(err, "jwks_invalid") {
			t.Errorf("%s: %v", content, err)
		}
	}
}
