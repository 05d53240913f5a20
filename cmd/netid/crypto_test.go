package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"netid/internal/identity"
	"netid/internal/suite"
	"netid/internal/suite/keyring"
)

// The inventory is of the directory's own profile: every algorithm, each
// exception with its reason, every key, and what the cryptography is not.
func TestCryptoInventory(t *testing.T) {
	for _, profile := range []suite.Profile{suite.International, suite.Guomi, suite.Dual} {
		t.Run(string(profile), func(t *testing.T) {
			dir := t.TempDir()
			ring, err := keyring.Open(keyringDir(dir), keyring.MasterFile(masterFile(dir)), profile)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := keyring.Rotate(keyringDir(dir), keyring.MasterFile(masterFile(dir)), "token"); err != nil {
				t.Fatal(err)
			}
			officered(t, dir, keyring.MasterFile(masterFile(dir)), profile)
			const months = 4 // this and the next, of both classes
			var out bytes.Buffer
			if code := run(context.Background(), []string{"crypto", "inventory", "--json", "--data", dir}, nil, &out, &out); code != 0 {
				t.Fatalf("status %d: %s", code, out.String())
			}
			var got struct {
				Profile    suite.Profile
				Algorithms []suite.Algorithm
				Keys       []struct {
					ID, Use, Algorithm, State string
					Bits                      int
					AgeDays                   *int `json:"age_days"`
				}
				Certified *bool `json:"certified_module"`
			}
			if err := json.Unmarshal(out.Bytes(), &got); err != nil {
				t.Fatal(err)
			}
			if got.Profile != profile || len(got.Keys) != len(ring.List())+1+months || len(got.Algorithms) != len(suite.Inventory(profile)) || got.Certified == nil || *got.Certified {
				t.Errorf("profile %s, %d keys of %d, %d algorithms", got.Profile, len(got.Keys), len(ring.List())+1+months, len(got.Algorithms))
			}
			uses := map[string]string{}
			for _, k := range got.Keys {
				if k.ID == "" || k.Use == "" || k.Algorithm == "" || k.State == "" || k.Bits != 256 || k.AgeDays == nil {
					t.Errorf("incomplete: %+v", k)
				}
				uses[k.Use+" "+k.State] = k.Algorithm
			}
			if uses["token former"] != "ES256" || uses["token current"] != "ES256" || (uses["certificate current"] == "SM2") != profile.SM() || strings.Contains(uses["shelf current"], "SM4") != profile.SM() ||
				strings.Contains(uses["officers "+identity.MonthAt(time.Now()).String()+" logs live"], "SM2") != profile.SM() {
				t.Errorf("%v", uses)
			}
			out.Reset()
			if code := run(context.Background(), []string{"crypto", "inventory", "--data", dir}, nil, &out, &out); code != 0 {
				t.Fatalf("status %d: %s", code, out.String())
			}
			for _, want := range []string{"profile " + string(profile), "EXCEPTION BECAUSE", "Argon2id", "not a certified module"} {
				if !strings.Contains(out.String(), want) {
					t.Errorf("the table has no %q:\n%s", want, out.String())
				}
			}
			for _, k := range got.Keys {
				if !strings.Contains(out.String(), k.ID) {
					t.Errorf("the table has no key %s", k.ID)
				}
			}
			for _, a := range got.Algorithms {
				if !strings.Contains(out.String(), a.Name) || !strings.Contains(out.String(), a.Exception) {
					t.Errorf("the table has no %s, or not why", a.Name)
				}
			}
		})
	}
}

// A server whose cryptography computes wrongly, or that was built without a
// test of it, does not start, and draws no key.
func TestNothingStartsWithoutASelfTest(t *testing.T) {
	good := used(t)
	for name, test := range map[string]func() error{"fails": func() error { return errors.New("suite self-test: SM2 computes wrongly") }, "none": nil} {
		s := good
		s.Data, s.SelfTest = t.TempDir(), test
		if h, err := build(context.Background(), s); err == nil || h != nil || !strings.Contains(err.Error(), "self-test") {
			t.Errorf("%s: %v", name, err)
		}
		if there, err := os.ReadDir(s.Data); err != nil || len(there) > 0 {
			t.Errorf("%s: made %v %v", name, there, err)
		}
	}
}
