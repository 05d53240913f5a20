package keyring_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
	"netid/internal/suite/keyring"
)

var (
	secrets = []string{"request", "code", "answer", "access", "session", "challenge", "number", "vault-identity", "vault-subject",
		"vault-record", "vault-index", "vault-service", "shelf", "pepper", "ledger-row", "ledger-erase", "quorum", "escrow", "backup", "demo", "outbox", "sid", "nonce", "refresh", "invitation", "places", "dossier", "dossier-body"}
	signers = map[string]string{"token": "ES256", "push": "ES256", "certificate": "ES256", "ledger": "EdDSA",
		"anchor": "ES256", "attestation": "ES256", "status": "ES256", "verifier": "ES256", "slip": "ES256", "bundle": "ES256"}
)

func paths(t testing.TB) (dir string, master keyring.Master) {
	dir = filepath.Join(t.TempDir(), "keyring")
	return dir, keyring.MasterFile(filepath.Join(dir, "master"))
}

func open(t testing.TB, dir string, m keyring.Master) *keyring.Ring {
	t.Helper()
	r, err := keyring.Open(dir, m, "")
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestFirstStartMakesEveryKeyAndLaterOnesKeepThem(t *testing.T) {
	dir, master := paths(t)
	first := open(t, dir, master)
	again := open(t, dir, master)
	reading, err := keyring.OpenExisting(dir, master)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[identity.Secret]bool{}
	for _, use := range secrets {
		k := first.Secret(use)
		if k.Zero() || seen[k] {
			t.Errorf("%s is zero or another use's key", use)
		}
		seen[k] = true
		if again.Secret(use) != k || reading.Secret(use) != k {
			t.Errorf("%s changed", use)
		}
	}
	ids := map[string]bool{}
	for use, alg := range signers {
		s := first.Signer(use)
		if s.Alg() != alg || ids[s.KeyID()] || again.Signer(use).KeyID() != s.KeyID() {
			t.Errorf("%s: %s", use, s.Alg())
		}
		ids[s.KeyID()] = true
	}
	sig, err := first.Signer("token").Sign([]byte("m"))
	if err != nil || suite.VerifyES256(reading.Signer("token").PublicJWK(), []byte("m"), sig) != nil {
		t.Errorf("the key that signs is not the one that is kept: %v", err)
	}
	if first.Dir() != dir || first.Err() != nil {
		t.Error(first.Dir(), first.Err())
	}
}

func TestListNamesEveryKeyOnce(t *testing.T) {
	dir, master := paths(t)
	list := open(t, dir, master).List()
	if len(list) != len(secrets)+len(signers) {
		t.Errorf("%d keys", len(list))
	}
	for i, e := range list {
		if e.ID == "" || e.Created.IsZero() || i > 0 && list[i-1].Use >= e.Use {
			t.Errorf("%+v", e)
		}
		if alg := signers[e.Use]; string(e.Kind) != alg && (alg != "" || e.Kind != keyring.Secret || !slices.Contains(secrets, e.Use)) {
			t.Errorf("%s is a %s", e.Use, e.Kind)
		}
	}
	if again := open(t, dir, master).List(); !slices.Equal(again, list) {
		t.Error("the list changed")
	}
}

func TestUnknownUseIsAnErrorAtStart(t *testing.T) {
	for name, ask := range map[string]func(*keyring.Ring) bool{
		"misspelt secret":    func(r *keyring.Ring) bool { return r.Secret("sesion").Zero() },
		"misspelt signer":    func(r *keyring.Ring) bool { return r.Signer("tokens") == nil },
		"a signer as secret": func(r *keyring.Ring) bool { return r.Secret("token").Zero() },
		"a secret as signer": func(r *keyring.Ring) bool { return r.Signer("session") == nil },
	} {
		dir, master := paths(t)
		r := open(t, dir, master)
		if !ask(r) || !fault.Is(r.Err(), fault.Internal) {
			t.Errorf("%s: %v", name, r.Err())
		}
	}
}

func TestOpenExistingCreatesNothing(t *testing.T) {
	dir, master := paths(t)
	if _, err := keyring.OpenExisting(dir, master); err == nil {
		t.Error("opened nothing")
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("left %v", err)
	}
	open(t, dir, master)
	if err := os.Remove(filepath.Join(dir, "manifest.json")); err != nil {
		t.Fatal(err)
	}
	before := listing(t, dir)
	if _, err := keyring.OpenExisting(dir, master); err == nil {
		t.Error("opened a ring that is not complete")
	}
	if listing(t, dir) != before {
		t.Error("changed the directory")
	}
}

func TestFilesAreTheOwnersAndHoldNoKey(t *testing.T) {
	dir, master := paths(t)
	r := open(t, dir, master)
	key := r.Secret("session")
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s is %v", path, info.Mode())
		}
		if d.IsDir() {
			return nil
		}
		b, err := os.ReadFile(path)
		for _, form := range []string{string(key.Bytes()), hex.EncodeToString(key.Bytes()), base64.StdEncoding.EncodeToString(key.Bytes())} {
			if bytes.Contains(b, []byte(form)) {
				t.Errorf("%s holds a key in the clear", path)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestMasters(t *testing.T) {
	const hexed = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1eff"
	raw, _ := hex.DecodeString(hexed)
	dir, _ := paths(t)
	t.Setenv("NETID_TEST_MASTER", hexed)
	r := open(t, dir, keyring.MasterEnv("NETID_TEST_MASTER"))
	for name, text := range map[string]string{
		"upper case": strings.ToUpper(hexed), "base64": base64.StdEncoding.EncodeToString(raw),
		"base64url": base64.RawURLEncoding.EncodeToString(raw), "unpadded": base64.RawStdEncoding.EncodeToString(raw),
	} {
		t.Setenv("NETID_TEST_MASTER", text)
		if again, err := keyring.OpenExisting(dir, keyring.MasterEnv("NETID_TEST_MASTER")); err != nil || again.Secret("code") != r.Secret("code") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, text := range map[string]string{
		"unset": "", "short": hexed[:62], "long": hexed + "00", "a word": "correct horse battery staple", "zero": strings.Repeat("0", 64),
		"another": strings.Repeat("ab", 32), "space": " " + hexed,
	} {
		t.Setenv("NETID_TEST_MASTER", text)
		for how, f := range map[string]func(string, keyring.Master) (*keyring.Ring, error){"open": func(dir string, m keyring.Master) (*keyring.Ring, error) { return keyring.Open(dir, m, "") }, "existing": keyring.OpenExisting} {
			_, err := f(dir, keyring.MasterEnv("NETID_TEST_MASTER"))
			if err == nil || text != "" && strings.Contains(err.Error(), text) {
				t.Errorf("%s, %s: %v", name, how, err)
			}
		}
	}
	if _, err := keyring.Open(t.TempDir(), keyring.Master{}, ""); err == nil {
		t.Error("a master from nowhere")
	}
}

func TestRingPrintsNothing(t *testing.T) {
	dir, master := paths(t)
	r := open(t, dir, master)
	var text bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%x", "%s", "%d", "%q"} {
		fmt.Fprintf(&text, verb+"\n", r)
		fmt.Fprintf(&text, verb+"\n", struct{ R *keyring.Ring }{r})
	}
	if b, err := json.Marshal([]any{r}); err == nil {
		text.Write(b)
	}
	slog.New(slog.NewJSONHandler(&text, nil)).Info("x", "ring", r)
	for _, use := range secrets {
		k := r.Secret(use).Bytes()
		for _, leak := range []string{hex.EncodeToString(k[:6]), strings.Trim(fmt.Sprint(k[:6]), "[]"), fmt.Sprintf("%#x, %#x", k[0], k[1])} {
			if strings.Contains(text.String(), leak) {
				t.Fatalf("prints a key:\n%s", text.String())
			}
		}
	}
	if strings.Contains(text.String(), "secrets") {
		t.Errorf("prints its fields:\n%s", text.String())
	}
}

func listing(t *testing.T, dir string) string {
	t.Helper()
	names, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, n := range names {
		b, err := os.ReadFile(filepath.Join(dir, n.Name()))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, n.Name(), string(b))
	}
	return strings.Join(all, "\x00")
}
