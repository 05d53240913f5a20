package main

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"netid/internal/connector/document"
	"netid/internal/emrtd"
	"netid/internal/emrtd/terminal"
	"netid/internal/fault"
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

// Each of the sandbox's chips says the same to the reader as from the drawer: the
// passports' and both permits'. (A copy is of a chip that had no key.)
func TestTheSandboxsChipsByTheReader(t *testing.T) {
	dir := t.TempDir()
	people, err := sandbox.Found(dir, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	desk := document.NewDesk(nil, nil, false, time.Now)
	read := map[identity.DocumentKind]int{}
	for _, c := range people.Cards() {
		virtual, err := passport(dir, c.ID)
		if checked := desk.Origin(c.Kind) != identity.DecodedElsewhere; checked != (err == nil) {
			t.Fatalf("%s has a chip that is checked here: %v; %v", c.ID, checked, err)
		}
		if err != nil {
			continue
		}
		challenge := []byte("8 bytes!")
		drawn, err := people.Present(c.ID, challenge)
		if err != nil {
			t.Fatal(err)
		}
		var files struct {
			SOD  []byte `json:"sod"`
			DG1  []byte `json:"dg1"`
			DG14 []byte `json:"dg14,omitempty"`
			DG15 []byte `json:"dg15,omitempty"`
			Sig  []byte `json:"signature,omitempty"`
		}
		if err := json.Unmarshal(drawn, &files); err != nil {
			t.Fatal(err)
		}
		number, birth, expires := onPaper(t, people, c.ID)
		short := func(d identity.Date) string { return strings.ReplaceAll(d.String(), "-", "")[2:] }
		key, err := terminal.MRZ(number, short(birth), short(expires))
		if err != nil {
			t.Fatal(err)
		}
		f, err := terminal.Read(virtual, key, challenge, rand.Reader)
		if c.ID == "copied-passport" { // an honest reader sees what it is
			if !fault.Because(err, "chip_not_authentic") {
				t.Errorf("%s: %v", c.ID, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", c.ID, err)
			continue
		}
		if !bytes.Equal(f.SOD, files.SOD) || !bytes.Equal(f.DG1, files.DG1) || !bytes.Equal(f.DG14, files.DG14) || files.Sig != nil && !bytes.Equal(f.DG15, files.DG15) || len(f.Signature) != len(files.Sig) {
			t.Errorf("%s says otherwise by its chip than from the drawer", c.ID)
		}
		read[c.Kind]++
	}
	if read[identity.PassportAbroad] < 5 || read[identity.PermitHongKong] < 2 || read[identity.PermitTaiwan] < 1 {
		t.Errorf("read: %v", read)
	}
}

// onPaper is what stands on a document, as its holder reads it.
func onPaper(t *testing.T, people *sandbox.Population, card string) (number string, birth, expires identity.Date) {
	t.Helper()
	b, err := people.Present(card, []byte("8 bytes!"))
	must(t, err)
	var files struct{ DG1 []byte }
	must(t, json.Unmarshal(b, &files))
	z, err := emrtd.ParseZone(string(files.DG1[5:]), time.Now())
	must(t, err)
	return z.Number, z.Birth, z.Expires
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
