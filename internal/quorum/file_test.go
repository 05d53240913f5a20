package quorum_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/quorum"
	"netid/internal/suite"
)

// Whoever can write the files, and has no key of the ring, can't put a half of
// their own there, move a date, lower the quorum or exchange shares.
func TestAlteredFilesAreRefused(t *testing.T) {
	s := founded(t, identity.ES256, 2, 3)
	own, _ := quorum.NewOfficer(identity.ES256)
	good, err := os.ReadFile(filepath.Join(s.dir, "quorum.json"))
	if err != nil {
		t.Fatal(err)
	}
	e := s.Months()[0]
	for name, change := range map[string][2]string{
		"a public half": {e.Public, own.Public().Text()}, "an officer": {s.officers[0].Public().Text(), own.Public().Text()},
		"a date": {`"until": "2027-06-01`, `"until": "2027-07-01`}, "the quorum": {`"needed": 2`, `"needed": 1`}, "the generation": {`"generation": 2`, `"generation": 3`},
		"a word": {`"months"`, `"more": 1, "months"`}, "the version": {`"version": 1`, `"version": 2`}, "the end": {"\n}", "\n}{}"},
	} {
		bad := strings.Replace(string(good), change[0], change[1], 1)
		if bad == string(good) {
			t.Fatalf("%s: nothing changed", name)
		}
		if err := quorum.ParseManifest([]byte(bad), s.key); !fault.Is(err, fault.Internal) {
			t.Errorf("another %s: %v", name, err)
		}
	}
	if err := quorum.ParseManifest(good, suite.NewSecret(identity.ES256)); err == nil {
		t.Error("checks under another key")
	}
	if err := quorum.ParseManifest(good, identity.Secret{}); err == nil {
		t.Error("checks under no key")
	}
	one, two := filepath.Join(s.dir, "2026-11.logs.shares"), filepath.Join(s.dir, "2026-12.logs.shares")
	b, err := os.ReadFile(two)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(one, b, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Rebuild(logs(november), s.officers...); !fault.Is(err, fault.Internal) {
		t.Errorf("another month's shares: %v", err)
	}
	if err := os.Remove(two); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Rebuild(logs(november+1), s.officers...); !fault.Is(err, fault.Internal) {
		t.Errorf("no shares: %v", err)
	}
}

// An older manifest put in place of a running server's is not taken.
func TestAnOlderManifestIsNotTaken(t *testing.T) {
	s := founded(t, identity.ES256, 2, 3)
	old, err := os.ReadFile(filepath.Join(s.dir, "quorum.json"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Make(november+2, november+2, ends); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(s.dir, "quorum.json"), old, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.Refresh(); !fault.Is(err, fault.Internal) || !s.Ready(november+2) {
		t.Errorf("taken: %v", err)
	}
}

func TestOfficersFiles(t *testing.T) {
	never := func() ([]byte, error) { return nil, errors.New("asked") }
	word := func(w string) func() ([]byte, error) { return func() ([]byte, error) { return []byte(w), nil } }
	both(t, func(t *testing.T, of identity.Suite) {
		o, err := quorum.NewOfficer(of)
		must(t, err)
		plain, err := o.File(nil, "note")
		must(t, err)
		if again, err := quorum.ReadOfficer(plain, never); err != nil || again.Public().Text() != o.Public().Text() {
			t.Fatal(err)
		}
		sealed, err := o.File([]byte("a long passphrase"), "note")
		must(t, err)
		if again, err := quorum.ReadOfficer(sealed, word("a long passphrase")); err != nil || again.Public().Text() != o.Public().Text() {
			t.Fatal(err)
		}
		if _, err := o.File([]byte("short"), ""); !fault.Because(err, "passphrase_short") {
			t.Error(err)
		}
		other, _ := quorum.NewOfficer(of)
		var secret struct{ Private []byte }
		must(t, json.Unmarshal(plain, &secret))
		for name, bad := range map[string][]byte{
			"another half": bytes.Replace(plain, []byte(o.Public().Text()), []byte(other.Public().Text()), 1), "no half": bytes.Replace(plain, []byte(o.Public().Text()), []byte("x"), 1),
			"nothing": nil, "not JSON": plain[1:], "another version": bytes.Replace(plain, []byte(`"version": 1`), []byte(`"version": 2`), 1), "another word": bytes.Replace(plain, []byte(`"note"`), []byte(`"nota"`), 1),
			"both": bytes.Replace(sealed, []byte(`"version"`), fmt.Appendf(nil, `"private": %q, "version"`, "AAAA"), 1),
		} {
			if _, err := quorum.ReadOfficer(bad, word("a long passphrase")); !fault.Because(err, "officer_invalid") {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := quorum.ReadOfficer(sealed, word("another passphrase")); !fault.Because(err, "officer_invalid") {
			t.Errorf("another passphrase: %v", err)
		}
		if text := fmt.Sprintf("%v %+v %#v %x", o, o, o, o); text != "officer officer officer officer" {
			t.Errorf("an officer's key prints %s", text)
		}
	})
}

func FuzzManifest(f *testing.F) {
	s := founded(f, identity.ES256, 2, 3)
	good, err := os.ReadFile(filepath.Join(s.dir, "quorum.json"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte(`{"version":1,"months":[]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		if quorum.ParseManifest(b, s.key) == nil {
			var one, two any
			if json.Unmarshal(b, &one) != nil || json.Unmarshal(good, &two) != nil || fmt.Sprint(one) != fmt.Sprint(two) {
				t.Errorf("another manifest checks: %s", b)
			}
		}
	})
}

func FuzzShares(f *testing.F) {
	s := founded(f, identity.ES256, 2, 3)
	good, err := os.ReadFile(filepath.Join(s.dir, "2026-11.logs.shares"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Fuzz(func(t *testing.T, b []byte) { quorum.ParseShares(b) })
}

func FuzzReadOfficer(f *testing.F) {
	o, _ := quorum.NewOfficer(identity.ES256)
	plain, _ := o.File(nil, "note")
	f.Add(plain)
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := quorum.ReadOfficer(b, func() ([]byte, error) { return nil, errors.New("asked") })
		if err != nil {
			return
		}
		again, err := got.File(nil, "note")
		if err != nil {
			t.Fatal(err)
		}
		if same, err := quorum.ReadOfficer(again, nil); err != nil || same.Public().Text() != got.Public().Text() {
			t.Errorf("not the same key again: %v", err)
		}
	})
}

// A copy of the files has what belongs together, or is none.
func TestFilesForACopy(t *testing.T) {
	if _, err := empty(t, identity.ES256, 3).Files(); !fault.Because(err, "officers_missing") {
		t.Errorf("of nobody: %v", err)
	}
	s := founded(t, identity.ES256, 2, 3)
	s.now = s.Months()[0].Until
	must(t, s.Destroy(s.Months()[0].ID))
	all, err := s.Files()
	if err != nil || len(all) != 4 || all[0].Name != "quorum.json" {
		t.Fatalf("%d files, %v", len(all), err)
	}
	dir := filepath.Join(t.TempDir(), "quorum")
	must(t, os.Mkdir(dir, 0o700))
	for _, f := range all {
		must(t, os.WriteFile(filepath.Join(dir, f.Name), f.Text, 0o600))
	}
	q, err := quorum.Open(dir, s.key, s.clock)
	must(t, err)
	if _, err := q.Rebuild(logs(november+1), s.officers...); err != nil {
		t.Errorf("the copy does not open: %v", err)
	}
	must(t, os.WriteFile(filepath.Join(dir, all[1].Name), all[2].Text, 0o600))
	if _, err := q.Files(); !fault.Is(err, fault.Internal) {
		t.Errorf("other shares: %v", err)
	}
	must(t, os.Remove(filepath.Join(dir, all[1].Name)))
	if _, err := q.Files(); !fault.Is(err, fault.Internal) {
		t.Errorf("missing shares: %v", err)
	}
}
