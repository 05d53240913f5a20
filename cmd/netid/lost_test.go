package main

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"netid/internal/act/admit"
	"netid/internal/identity"
)

// used is a data directory whose server wrote something and stopped.
func used(t *testing.T) settings {
	t.Helper()
	h := built(t, true)
	_, _, err := h.admit.Keep(context.Background(), admit.Application{ID: "shop", Name: "Some Shop", NameZH: "某商店", Public: true,
		RedirectURIs: []string{"https://shop.example/cb"}, Purpose: "Sign you in", PurposeZH: "为您登录",
		Otherwise: []identity.Way{{Text: identity.Text{ZH: "柜台", EN: "Counter"}}}, Sandbox: true})
	if err != nil {
		t.Fatal(err)
	}
	h.Close()
	return h.settings
}

// What is lost beside a store is asked back: made anew it would open nobody.
func TestNothingIsMadeAnewBesideAStore(t *testing.T) {
	for name, c := range map[string]struct {
		lose func(data string) string
		want string
	}{
		"keyring":  {keyringDir, "no keyring"},
		"manifest": {func(data string) string { return filepath.Join(keyringDir(data), "manifest.json") }, "no keyring"},
		"shelf":    {shelfFile, "people.shelf is missing"},
	} {
		t.Run(name, func(t *testing.T) {
			s := used(t)
			path := c.lose(s.Data)
			if err := os.RemoveAll(path); err != nil {
				t.Fatal(err)
			}
			h, err := build(context.Background(), s)
			if err == nil {
				h.Close()
				t.Fatal("the server started")
			}
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("refused with %q", err)
			}
			if _, err := os.Stat(filepath.Join(keyringDir(s.Data), "manifest.json")); name != "shelf" && !errors.Is(err, os.ErrNotExist) {
				t.Error("a new keyring was made")
			}
			if _, err := os.Stat(shelfFile(s.Data)); name == "shelf" && !errors.Is(err, os.ErrNotExist) {
				t.Error("a new shelf was made")
			}
		})
	}
}

func TestAUsedDirectoryOpensAgain(t *testing.T) {
	h, err := build(context.Background(), used(t))
	if err != nil {
		t.Fatal(err)
	}
	h.Close()
}

// A production master in the environment does not shut out the sandbox's own.
func TestLedgerOfASandboxUnderAProductionMaster(t *testing.T) {
	s := used(t)
	t.Setenv(masterEnv, hex.EncodeToString(bytes.Repeat([]byte{7}, 32)))
	var out bytes.Buffer
	if code := run(context.Background(), []string{"ledger", "verify", "--data", s.Data}, nil, &out, &out); code != 0 {
		t.Errorf("status %d: %s", code, out.String())
	}
}

func TestLedgerHeads(t *testing.T) {
	mine, other := used(t), used(t)
	head := func(s settings) string {
		var out, errs bytes.Buffer
		if code := run(context.Background(), []string{"ledger", "head", "--data", s.Data}, nil, &out, &errs); code != 0 {
			t.Fatal(errs.String())
		}
		path := filepath.Join(t.TempDir(), "head.txt")
		if err := os.WriteFile(path, out.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	own, foreign := head(mine), head(other)
	for _, c := range []struct {
		file string
		code int
		want string
	}{
		{own, 0, "ledger holds"},
		{foreign, 1, foreign + " is not a head signed by this ledger's key"},
	} {
		var out bytes.Buffer
		code := run(context.Background(), []string{"ledger", "verify", "--data", mine.Data, "--head", c.file}, nil, &out, &out)
		if code != c.code || !strings.Contains(out.String(), c.want) {
			t.Errorf("status %d: %s", code, out.String())
		}
	}
	if err := os.WriteFile(headFile(mine.Data), []byte("no head\n"), 0o600); err != nil { // what the server left itself
		t.Fatal(err)
	}
	var out bytes.Buffer
	code := run(context.Background(), []string{"ledger", "verify", "--data", mine.Data}, nil, &out, &out)
	for _, want := range []string{"remembered head 1: " + headFile(mine.Data), "store: remembered head 1 is not signed", "no single entry can be named"} {
		if code != 1 || !strings.Contains(out.String(), want) {
			t.Errorf("status %d, %q is missing: %s", code, want, out.String())
		}
	}
}

func TestEmptyFileIsNoStore(t *testing.T) {
	s := used(t)
	if err := os.WriteFile(storeFile(s.Data), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if code := run(context.Background(), []string{"ledger", "verify", "--data", s.Data}, nil, &out, &out); code != 1 || !strings.Contains(out.String(), "cannot be read as a store") {
		t.Errorf("status %d: %s", code, out.String())
	}
}
