package main

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"netid/client"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/sandbox"
	"netid/internal/suite"
)

// A pack of a service with a person in it, by heads of two algorithms: it checks offline by
// the ledger's keys, says what it should, and has nothing of the person.
func TestComplianceExport(t *testing.T) {
	f := newFlow(t, suite.Dual)
	data, key := f.house.Data, filepath.Join(t.TempDir(), "keys")
	note, err := f.house.store.Head(t.Context())
	must(t, err)
	must(t, os.WriteFile(key, []byte(f.house.keeper.Keys(note)), 0o600))
	person := canary(t, f)
	for _, n := range []int{0, 9} { // each article's is complete by internal/evidence's own test
		dir := filepath.Join(t.TempDir(), "pack")
		args := []string{"compliance", "export", "--data", data, "--out", dir}
		if n > 0 {
			args = append(args, "--article", fmt.Sprint(n))
		}
		if out, errs, code := said(args...); code != 0 {
			t.Fatalf("article %d: %s%s", n, out, errs)
		}
		if out, errs, code := said("compliance", "check", dir, "--key", key); code != 0 || !strings.Contains(out, "The pack holds") || strings.Contains(out, "Not proven") {
			t.Fatalf("article %d: %s%s", n, out, errs)
		}
		for name, has := range map[string]string{"figures.json": `"party-admitted"`, "configuration.json": `"profile": "dual"`, "parties.json": `"Shop"`, "ledger-head.txt": origin, "ledger-keys.txt": origin, "report.en.md": "made up"} {
			if b, err := os.ReadFile(filepath.Join(dir, name)); err != nil || !bytes.Contains(b, []byte(has)) {
				t.Errorf("%s has no %s: %v\n%s", name, has, err, b)
			}
		}
		nothingOf(t, dir, person)
	}
}

// canary is what must be nowhere: of the person, and of the keys.
func canary(t *testing.T, f *flow) []string {
	t.Helper()
	people, err := sandbox.Found(f.house.Data, time.Now)
	must(t, err)
	doc, _, phone := people.Crowd(100000)
	a, err := f.person.Get("/data/export")
	must(t, err)
	if a.Status != http.StatusOK || !strings.Contains(a.Body, doc.Name) || !strings.Contains(a.Body, phone) || f.person.Number == "" {
		t.Fatalf("the canary does not sing: %d %s", a.Status, a.Body)
	}
	var x client.Export
	must(t, json.Unmarshal([]byte(a.Body), &x))
	secrets := []string{doc.Name, doc.Number, phone, doc.Birth.String(), f.person.Number, strings.ReplaceAll(f.person.Number, "-", ""), f.person.Certificate, "a secret that is long enough for a party"}
	for _, e := range x.Events {
		var event identity.Event
		must(t, json.Unmarshal([]byte(e.Event), &event))
		secrets = append(secrets, event.ID)
	}
	return secrets
}

func nothingOf(t *testing.T, dir string, secrets []string) {
	t.Helper()
	must(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		for _, s := range secrets {
			if s != "" && (bytes.Contains(b, []byte(s)) || bytes.Contains(b, []byte(hex.EncodeToString([]byte(s))))) {
				t.Errorf("%s has %q", path, s)
			}
		}
		return err
	}))
}

// What is not as it was signed is told, and what is no pack is none.
func TestComplianceCheckRefuses(t *testing.T) {
	data, _ := ring(t)
	served(t, data, "shop")
	made := func() string {
		dir := filepath.Join(t.TempDir(), "pack")
		if out, errs, code := said("compliance", "export", "--data", data, "--out", dir); code != 0 {
			t.Fatalf("%s%s", out, errs)
		}
		return dir
	}
	if out, _, code := said("compliance", "check", made()); code != 0 || !strings.Contains(out, "Not proven: that the key") {
		t.Errorf("by its own key: status %d: %s", code, out)
	}
	for what, change := range map[string]func(dir string) error{
		"a changed file":      func(dir string) error { return os.WriteFile(filepath.Join(dir, "figures.json"), []byte("{}"), 0o644) },
		"a file that is gone": func(dir string) error { return os.Remove(filepath.Join(dir, "retention.json")) },
		"no list":             func(dir string) error { return os.Remove(filepath.Join(dir, manifestFile)) },
		"a changed list": func(dir string) error {
			path := filepath.Join(dir, manifestFile)
			b, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			return os.WriteFile(path, bytes.Replace(b, []byte("time 20"), []byte("time 19"), 1), 0o644)
		},
		"a file that leads outside": func(dir string) error {
			path := filepath.Join(dir, "rules.json")
			b, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			outside := filepath.Join(filepath.Dir(dir), "outside")
			if err := os.WriteFile(outside, b, 0o644); err != nil {
				return err
			}
			return os.WriteFile(path, nil, 0o644)
		},
	} {
		dir := made()
		must(t, change(dir))
		if out, errs, code := said("compliance", "check", dir); code != 1 {
			t.Errorf("%s: status %d: %s%s", what, code, out, errs)
		}
	}
	other, _ := ring(t)
	served(t, other, "shop")
	key, _, _ := said("ledger", "head", "--data", other)
	file := filepath.Join(t.TempDir(), "key")
	must(t, os.WriteFile(file, []byte(key), 0o600))
	if _, _, code := said("compliance", "check", made(), "--key", file); code != 1 {
		t.Error("what is no key checks")
	}
	dir := made()
	for what, args := range map[string][]string{
		"a directory that is there": {"compliance", "export", "--data", data, "--out", dir},
		"no such article":           {"compliance", "export", "--data", data, "--out", dir + "x", "--article", "17"},
		"no store":                  {"compliance", "export", "--data", t.TempDir(), "--out", dir + "x"},
	} {
		if out, errs, code := said(args...); code != 1 || errs == "" {
			t.Errorf("%s: status %d: %s%s", what, code, out, errs)
		}
	}
}

// The configuration file's operator is in the notices, and its secrets' places are nowhere.
func TestComplianceExportNamesTheOperator(t *testing.T) {
	data, _ := ring(t)
	served(t, data, "shop")
	dir := filepath.Join(t.TempDir(), "pack")
	if out, errs, code := said("compliance", "export", "--data", data, "--out", dir, "--config", written(t, state(t, false))); code != 0 {
		t.Fatalf("%s%s", out, errs)
	}
	notice, err := os.ReadFile(filepath.Join(dir, "notices", "enrolment.2026-11-23.en.txt"))
	must(t, err)
	conf, err := os.ReadFile(filepath.Join(dir, "configuration.json"))
	must(t, err)
	if !strings.Contains(string(notice), "Some Body runs") || !strings.Contains(string(conf), `"region": "CN"`) || strings.Contains(string(conf), "token_file") || strings.Contains(string(conf), "/token") {
		t.Errorf("%s\n%s", notice, conf)
	}
}

// The decisions of an export are explained by the rules' texts of then; what nobody
// knows is said and not passed over.
func TestComplianceExplain(t *testing.T) {
	event := func(rule, version string) string {
		b, err := json.Marshal(identity.Event{ID: "00", Kind: identity.Verified, Time: time.Date(2026, 11, 28, 0, 0, 0, 0, time.UTC), Grounds: []identity.Ground{{Rule: rule, Version: version, Articles: []int{8}}}})
		must(t, err)
		return string(b)
	}
	keep := func(v any) string {
		b, err := json.Marshal(v)
		must(t, err)
		name := filepath.Join(t.TempDir(), "file")
		must(t, os.WriteFile(name, b, 0o600))
		return name
	}
	type entry struct {
		Event string `json:"event"`
	}
	export := keep(map[string]any{"events": []entry{{event("a8-result-only", law.Version)}, {event("a2-good-standing a4-upheld", law.Version)}}})
	out, errs, code := said("compliance", "explain", export, "--lang", "en")
	if code != 0 || !strings.Contains(out, "Was everything that leaves both asked and approved?") || strings.Count(out, "text of 2025-07-15") != 3 {
		t.Errorf("status %d: %s%s", code, out, errs)
	}
	if out, _, code := said("compliance", "explain", keep(entry{event("a8-result-only", law.Version)}), "--lang", "zh"); code != 0 || !strings.Contains(out, "都请求过并且得到同意吗？") {
		t.Errorf("status %d: %s", code, out)
	}
	for what, file := range map[string]string{"another version": keep(entry{event("a8-result-only", "2020-01-01")}), "no rule": keep(entry{event("a0-\x1b[31m", law.Version)}), "no event": keep(entry{"{"}), "nothing": keep(map[string]any{})} {
		out, errs, code := said("compliance", "explain", file, "--lang", "en")
		if code != 1 || strings.ContainsRune(out+errs, 0x1b) {
			t.Errorf("%s: status %d: %q%q", what, code, out, errs)
		}
	}
}

func FuzzExplain(f *testing.F) {
	f.Add([]byte(`{"event":"{\"kind\":\"verified\",\"grounds\":[{\"rule\":\"a8-result-only\",\"version\":\"2025-07-15\"}]}"}`))
	f.Add([]byte(`{"events":[{"event":"{}"}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		events, err := eventsIn(text)
		if (err == nil) != (len(events) > 0) {
			t.Fatal(events, err)
		}
		for _, e := range events {
			for _, g := range e.Grounds {
				if texts, known := law.New().Explain(g); known != (len(texts) > 0) {
					t.Fatal(g, texts)
				}
			}
		}
	})
}
