package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"netid/client"
	"netid/internal/identity"
	"netid/internal/ledger"
	"netid/internal/store"
	"netid/internal/store/sqlite"
	"netid/internal/suite"
	"netid/internal/suite/keyring"
)

// The commands on a ledger whose heads are signed by both algorithms: each key
// changes and ends by itself, and what was kept from before still checks.
func TestCommandsOnHeadsOfTwoAlgorithms(t *testing.T) {
	data := t.TempDir()
	if err := os.MkdirAll(keyringDir(data), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := keyring.Open(keyringDir(data), keyring.MasterFile(masterFile(data)), suite.Dual); err != nil {
		t.Fatal(err)
	}
	must := func(args ...string) string {
		t.Helper()
		out, errs, code := said(append(args, "--data", data)...)
		if code != 0 {
			t.Fatalf("%v: %s%s", args, out, errs)
		}
		return out
	}
	served(t, data, "a")
	before := must("ledger", "head")
	if strings.Count(before, "— "+origin+" ") != 2 {
		t.Fatal(before)
	}
	old := filepath.Join(t.TempDir(), "head")
	one := filepath.Join(t.TempDir(), "head")
	for path, text := range map[string]string{old: before, one: before[:strings.LastIndex(before, "— ")]} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	must("ledger", "verify", "--head", old)
	if _, errs, code := said("ledger", "verify", "--data", data, "--head", one); code != 1 || !strings.Contains(errs, "not a head signed by this ledger's key") {
		t.Errorf("one of the two signatures is enough: %s", errs)
	}
	for _, use := range []string{"ledger-sm", "ledger"} {
		must("keys", "rotate", use)
		var former string
		for _, line := range strings.Split(must("keys", "list"), "\n") {
			if f := strings.Fields(line); len(f) > 3 && f[1] == use && strings.Contains(line, "former") {
				former = f[0]
			}
		}
		must("ledger", "verify", "--head", old)
		if _, errs, code := said("keys", "retire", former, "--compromised", "--data", data); code != 1 || !strings.Contains(errs, "not yet signed by the key that follows") {
			t.Errorf("%s: retired while the head hangs by it: %s", use, errs)
		}
		served(t, data, "b-"+use)
		must("keys", "retire", former, "--compromised")
		must("ledger", "verify", "--head", old)
		served(t, data, "c-"+use)
	}
	r, err := openReading(t.Context(), site{data: data})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	head := []byte(must("ledger", "head"))
	keys, err := client.ParseKeys(r.keeper.Keys(head))
	if err != nil || keys.Changes() != 2 {
		t.Fatalf("%v %s", err, keys)
	}
	for _, h := range [][]byte{[]byte(before), head} {
		if _, err := keys.Check(h); err != nil {
			t.Error(err)
		}
	}
	if _, err := keys.Newest().Check([]byte(before)); err == nil {
		t.Error("the keys of today signed the head of before")
	}
}

// served is a start of the store with one entry more, and its end.
func served(t *testing.T, data, id string) {
	t.Helper()
	ring, err := openRing(t.Context(), site{data: data}, master(data), "")
	if err != nil {
		t.Fatal(err)
	}
	db, err := sqlite.Open(storeFile(data))
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(t.Context(), db, keeperOf(ring), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := ledger.NewBook(s, nil, time.Now).RecordPublic(t.Context(), identity.Event{Kind: identity.PartyAdmitted, Party: identity.PartyID(id)}); err != nil {
		t.Fatal(err)
	}
}
