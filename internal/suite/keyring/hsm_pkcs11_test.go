//go:build pkcs11

package keyring_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"netid/internal/suite/keyring"
)

// softToken makes a token of SoftHSM2, a module in software, in a directory of
// the test's own.
func softToken(t *testing.T, label string) keyring.Module {
	t.Helper()
	library := ""
	for _, path := range []string{"/usr/lib/softhsm/libsofthsm2.so", "/usr/lib64/softhsm/libsofthsm2.so", "/usr/local/lib/softhsm/libsofthsm2.so"} {
		if _, err := os.Stat(path); err == nil {
			library = path
		}
	}
	program, err := exec.LookPath("softhsm2-util")
	if err != nil || library == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal("softhsm2 is not installed, and with CI=true a skip is a failure")
		}
		t.Skip("softhsm2 is not installed")
	}
	dir := t.TempDir()
	conf := filepath.Join(dir, "softhsm2.conf")
	if err := os.WriteFile(conf, fmt.Appendf(nil, "directories.tokendir = %s\nobjectstore.backend = file\nlog.level = ERROR\n", dir), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("SOFTHSM2_CONF", conf)
	if out, err := exec.Command(program, "--init-token", "--free", "--label", label, "--pin", "1234", "--so-pin", "12345678").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return keyring.Module{Library: library, Token: label, PIN: "1234"}
}

func TestHardwareModuleHoldsTheMaster(t *testing.T) {
	module := softToken(t, "netid")
	dir := filepath.Join(t.TempDir(), "keyring")
	path := filepath.Join(dir, "master.hsm")
	r := open(t, dir, keyring.MasterPKCS11(path, module))
	again := open(t, dir, keyring.MasterPKCS11(path, module))
	if again.Secret("shelf") != r.Secret("shelf") {
		t.Fatal("another ring")
	}
	if _, err := keyring.Rotate(dir, keyring.MasterPKCS11(path, module), "token"); err != nil {
		t.Error(err)
	}
	for name, m := range map[string]keyring.Module{
		"a wrong PIN":     {Library: module.Library, Token: module.Token, PIN: "4321"},
		"another token":   {Library: module.Library, Token: "other", PIN: module.PIN},
		"no such library": {Library: "/nowhere.so", Token: module.Token, PIN: module.PIN},
	} {
		if _, err := keyring.Open(dir, keyring.MasterPKCS11(path, m), ""); err == nil || strings.Contains(err.Error(), m.PIN) {
			t.Errorf("%s: %v", name, err)
		}
	}
	edit(t, dir, "master.hsm", `"sealed":"`, `"sealed":"AAAA`)
	if _, err := keyring.Open(dir, keyring.MasterPKCS11(path, module), ""); err == nil {
		t.Error("an altered file opens")
	}
	edit(t, dir, "master.hsm", `"sealed":"AAAA`, `"sealed":"`)
	open(t, dir, keyring.MasterPKCS11(path, module))
	if _, err := keyring.Open(dir, keyring.MasterPKCS11(path, softToken(t, "netid")), ""); err == nil {
		t.Error("another module of the same name opens it")
	}
}
