package main

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"netid/internal/emrtd/terminal"
	"netid/internal/identity"
	"netid/internal/sandbox"
	"netid/internal/tool/reader"
)

func TestReaderThatDoesNotStart(t *testing.T) {
	for want, args := range map[string][]string{
		"neither https nor on this computer": {"--server", "http://id.example"},
		"no service's address":               {"--server", "id.example"},
		"start netid sandbox first":          {"--server", "http://localhost:7080", "--virtual", "adult-passport", "--data", filepath.Join(t.TempDir(), "none")},
		"missing flags: --server":            {},
	} {
		var out, errs bytes.Buffer
		if code := run(t.Context(), append([]string{"reader"}, args...), strings.NewReader(""), &out, &errs); code != 1 || !strings.Contains(errs.String(), want) {
			t.Errorf("%v: %d %s", args, code, errs.String())
		}
	}
}

// Each of the sandbox's passports says the same by its chip as from the drawer.
// (A copy is of a chip that had no key.)
func TestTheSandboxsPassportsByTheirChips(t *testing.T) {
	dir := t.TempDir()
	people, err := sandbox.Found(dir, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	read := 0
	for _, c := range people.Cards() {
		virtual, err := passport(dir, c.ID)
		if c.Kind != identity.PassportAbroad { // a permit's chip is read from the drawer alone
			if permit := c.Kind == identity.PermitHongKong || c.Kind == identity.PermitTaiwan; permit != (err == nil) {
				t.Errorf("%s has a chip: %v", c.ID, err == nil)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		challenge := []byte("8 bytes!")
		drawn, err := people.Present(c.ID, challenge)
		if err != nil {
			t.Fatal(err)
		}
		var files struct {
			SOD  []byte `json:"sod"`
			DG1  []byte `json:"dg1"`
			DG15 []byte `json:"dg15,omitempty"`
			Sig  []byte `json:"signature,omitempty"`
		}
		if err := json.Unmarshal(drawn, &files); err != nil {
			t.Fatal(err)
		}
		line := string(files.DG1[len(files.DG1)-44:])
		key, err := terminal.MRZ(strings.TrimRight(line[:9], "<"), line[13:19], line[21:27])
		if err != nil {
			t.Fatal(err)
		}
		f, err := terminal.Read(virtual, key, challenge, rand.Reader)
		if err != nil {
			t.Errorf("%s: %v", c.ID, err)
			continue
		}
		if !bytes.Equal(f.SOD, files.SOD) || !bytes.Equal(f.DG1, files.DG1) || files.Sig != nil && !bytes.Equal(f.DG15, files.DG15) || len(f.Signature) != len(files.Sig) {
			t.Errorf("%s says otherwise by its chip than from the drawer", c.ID)
		}
		read++
	}
	if read < 5 {
		t.Errorf("%d passports were read", read)
	}
}

// Every event has its sentence in both languages, and no other says anything.
func TestWhatTheReaderShows(t *testing.T) {
	var out bytes.Buffer
	say := bilingual(&out)
	for _, e := range append(reader.Events(), "ready", "virtual") {
		say(e, "chip_key_wrong")
	}
	for _, line := range strings.Split(strings.TrimSpace(out.String()), "\n") {
		if strings.HasPrefix(line, "reader.") || strings.Contains(line, "reason.") {
			t.Errorf("no sentence: %s", line)
		}
	}
	if n := strings.Count(out.String(), "\n"); n != 2*(len(reader.Events())+2) {
		t.Errorf("%d lines:\n%s", n, out.String())
	}
}
