package main

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"netid/internal/suite/keyring"
)

// said runs a command line and gives what it printed.
func said(args ...string) (out, errs string, code int) {
	var o, e bytes.Buffer
	code = run(context.Background(), args, nil, &o, &e)
	return o.String(), e.String(), code
}

func ring(t *testing.T) (data string, r *keyring.Ring) {
	t.Helper()
	data = t.TempDir()
	if err := os.MkdirAll(keyringDir(data), 0o700); err != nil {
		t.Fatal(err)
	}
	r, err := keyring.Open(keyringDir(data), keyring.MasterFile(masterFile(data)), "")
	if err != nil {
		t.Fatal(err)
	}
	return data, r
}

func TestKeysCommands(t *testing.T) {
	data, r := ring(t)
	first := r.Signer("token").KeyID()
	out, errs, code := said("keys", "list", "--data", data)
	if code != 0 || strings.Count(out, "\n") != 1+len(r.List()) || !strings.Contains(out, first) || !strings.Contains(out, "ES256") || !strings.Contains(out, "current") || !strings.Contains(out, "0 days  rotates") || !strings.Contains(out, "rewraps") || !strings.Contains(out, "accrues") {
		t.Fatal(out, errs)
	}
	if out, errs, code = said("keys", "rotate", "token", "--data", data); code != 0 || !strings.Contains(out, "is the current key of token") {
		t.Fatal(out, errs)
	}
	if _, errs, code = said("keys", "retire", first, "--data", data); code != 1 || !strings.Contains(errs, "in use until") {
		t.Error("before its time:", errs)
	}
	if out, errs, code = said("keys", "retire", first[:8], "--compromised", "--data", data); code != 0 || !strings.Contains(out, "is destroyed") {
		t.Error(out, errs)
	}
	if out, _, _ = said("keys", "list", "--data", data); !strings.Contains(out, "destroyed") {
		t.Error("no record:", out)
	}
	for want, args := range map[string][]string{
		"vault-service does not rotate": {"keys", "rotate", "vault-service", "--data", data},
		"name one use, or --all":        {"keys", "rotate", "--data", data},
		"no key has the use":            {"keys", "rotate", "peper", "--data", data},
		"no key has this id":            {"keys", "retire", "abcdefghij", "--data", data},
		"it was retired at":             {"keys", "retire", first, "--data", data},
		"no keyring in":                 {"keys", "list", "--data", t.TempDir()},
	} {
		if out, errs, code := said(args...); code != 1 || out != "" || !strings.Contains(errs, want) {
			t.Errorf("%v: %d %s%s", args, code, out, errs)
		}
	}
}

// Another master key opens the same keys; a server that runs keeps it from happening.
func TestRotateMasterCommand(t *testing.T) {
	data, r := ring(t)
	before, err := os.ReadFile(masterFile(data))
	if err != nil {
		t.Fatal(err)
	}
	server, err := lock(data, syscall.LOCK_EX)
	if err != nil {
		t.Fatal(err)
	}
	if out, errs, code := said("keys", "rotate-master", "--data", data); code != 1 || out != "" || !strings.Contains(errs, "another server works") {
		t.Error("beside a server:", out, errs)
	}
	server.Close()
	if out, errs, code := said("keys", "rotate-master", "--data", data); code != 0 || !strings.Contains(out, "new shares") {
		t.Fatal(out, errs)
	}
	if after, err := os.ReadFile(masterFile(data)); err != nil || bytes.Equal(after, before) {
		t.Error("the same master", err)
	}
	if out, errs, code := said("keys", "list", "--data", data); code != 0 || !strings.Contains(out, r.Signer("token").KeyID()) {
		t.Error(out, errs)
	}
	if _, errs, code := said("keys", "rotate-master", "--data", t.TempDir()); code != 1 || !strings.Contains(errs, "no keyring in") {
		t.Error(errs)
	}
}

func TestCeremonyCommands(t *testing.T) {
	data, r := ring(t)
	dir := t.TempDir()
	out, errs, code := said("keys", "ceremony", "split", "--data", data, "--out", dir)
	if code != 0 || strings.Count(out, "share-") != 5 {
		t.Fatal(out, errs)
	}
	file := func(n int) string { return filepath.Join(dir, fmt.Sprintf("share-%d.txt", n)) }
	if info, err := os.Stat(file(1)); err != nil || info.Mode().Perm() != 0o600 {
		t.Error(info, err)
	}
	key := filepath.Join(dir, "key")
	if out, errs, code = said("keys", "ceremony", "rebuild", file(5), file(1), "--out", key); code != 1 || !lost(key) {
		t.Error("two are enough:", out, errs)
	}
	if out, errs, code = said("keys", "ceremony", "rebuild", file(5), file(1), file(3), "--out", key); code != 0 {
		t.Fatal(out, errs)
	}
	if _, errs, code = said("keys", "ceremony", "rebuild", file(5), file(1), file(3), "--out", key); code != 1 || !strings.Contains(errs, "is there already") {
		t.Error("a file was written over")
	}
	word, err := os.ReadFile(key)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(masterFile(data)); err != nil { // the disaster
		t.Fatal(err)
	}
	t.Setenv(masterEnv, strings.TrimSpace(string(word)))
	if out, errs, code = said("keys", "list", "--data", data); code != 0 || !strings.Contains(out, r.Signer("token").KeyID()) {
		t.Error("the rebuilt key opens nothing:", out, errs)
	}
	if out, _, code = said("keys", "ceremony", "split", "--shares", "3", "--threshold", "2", "--data", data); code != 0 || strings.Count(out, "check: ") != 3 {
		t.Error(out)
	}
	if _, errs, code = said("keys", "ceremony", "split", "--shares", "2", "--threshold", "3", "--data", data); code != 1 {
		t.Error(errs)
	}
}

func clear(t *testing.T) {
	t.Helper()
	for _, name := range []string{masterEnv, passphraseEnv, passphraseFD, hsmEnv, hsmTokenEnv, hsmPINEnv} {
		t.Setenv(name, "")
	}
}

// opened makes or opens the ring as serve would.
func opened(data string) (*keyring.Ring, error) {
	m, err := productionMaster(data)
	if err != nil {
		return nil, err
	}
	return openRing(context.Background(), site{data: data}, m, "")
}

func TestProductionMasters(t *testing.T) {
	clear(t)
	data := t.TempDir()
	if err := os.MkdirAll(keyringDir(data), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := opened(data); err == nil || !strings.Contains(err.Error(), passphraseEnv) {
		t.Error("opened under nothing:", err)
	}
	t.Setenv(passphraseEnv, "too short")
	if _, err := opened(data); err == nil || !lost(sealedMasterFile(data)) {
		t.Error("opened under a short passphrase:", err)
	}
	t.Setenv(passphraseEnv, "a long enough passphrase")
	first, err := opened(data)
	if err != nil {
		t.Fatal(err)
	}
	id := first.Signer("token").KeyID()
	if out, errs, code := said("keys", "list", "--data", data); code != 0 || !strings.Contains(out, id) {
		t.Error(out, errs)
	}
	t.Setenv(masterEnv, hex.EncodeToString(bytes.Repeat([]byte{7}, 32))) // the sealed file is the ring's, whatever else is set
	if again, err := opened(data); err != nil || again.Signer("token").KeyID() != id {
		t.Error(err)
	}
	clear(t)
	if _, err := opened(data); err == nil || !strings.Contains(err.Error(), passphraseFD) {
		t.Error("opened without a passphrase:", err)
	}
	for word, good := range map[string]bool{"a long enough passphrase\n": true, "another passphrase\n": false, "": false} {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.WriteString(word); err != nil {
			t.Fatal(err)
		}
		w.Close()
		fd, err := syscall.Dup(int(r.Fd())) // whoever reads it closes it
		if err != nil {
			t.Fatal(err)
		}
		r.Close()
		t.Setenv(passphraseFD, strconv.Itoa(fd))
		if _, err := opened(data); (err == nil) != good || err != nil && strings.Contains(err.Error(), "another passphrase") {
			t.Errorf("%q from a descriptor: %v", word, err)
		}
	}
	for _, number := range []string{"x", "-1", "99"} {
		t.Setenv(passphraseFD, number)
		if _, err := opened(data); err == nil {
			t.Errorf("descriptor %s", number)
		}
	}
	clear(t)
	plain, _ := ring(t)
	t.Setenv(masterEnv, hex.EncodeToString(bytes.Repeat([]byte{7}, 32)))
	if _, err := productionMaster(plain); err == nil || !strings.Contains(err.Error(), "in the clear") {
		t.Error("serve takes a sandbox's master:", err)
	}
	clear(t)
	t.Setenv(hsmEnv, "/nowhere.so")
	if _, err := opened(t.TempDir()); err == nil {
		t.Error("opened under no module")
	}
}

func TestAKeyIDMayBeginWithADash(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"keys retire -abcdefgh --data d", "keys retire --data d -- -abcdefgh"},
		{"keys retire --abcdefg --compromised --data=d", "keys retire --compromised --data=d -- --abcdefg"},
		{"keys retire abcdefgh --data -d", "keys retire abcdefgh --data -d --"},
		{"keys retire --data d -- -abcdefgh", "keys retire --data d -- -abcdefgh"},
		{"keys retire --help", "keys retire --help --"},
		{"keys list --dat d", "keys list --dat d"},
		{"keys retire", "keys retire"},
		{"assist approve ref --word -" + strings.Repeat("x", 43) + " --data d", "assist approve ref --word=-" + strings.Repeat("x", 43) + " --data d"},
		{"assist request --pseudonym -" + strings.Repeat("x", 42) + " --at shop", "assist request --pseudonym=-" + strings.Repeat("x", 42) + " --at shop"},
		{"assist approve ref --word --data d", "assist approve ref --word --data d"},
	} {
		if got := strings.Join(dashed(strings.Fields(c.in)), " "); got != c.want {
			t.Errorf("%s: %s", c.in, got)
		}
	}
	data, _ := ring(t)
	if _, errs, code := said("keys", "retire", "-bcdefghij", "--data", data); code != 1 || !strings.Contains(errs, "no key has this id") {
		t.Error(errs)
	}
}
