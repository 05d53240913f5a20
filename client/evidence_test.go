package client_test

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"netid/client"
)

func listed(t testing.TB, l *log, text string) []byte {
	t.Helper()
	signed, err := note.Sign(&note.Note{Text: text}, l.signer)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

func line(name, content string) string {
	return fmt.Sprintf("%x %d %s\n", sha256.Sum256([]byte(content)), len(content), name)
}

const listHead = "netid-evidence/1\nid.example/ledger\ntime 2026-11-28T12:00:00Z\n"

func TestCheckEvidence(t *testing.T) {
	l := newLog(t, 7, origin)
	e, err := client.CheckEvidence(listed(t, l, listHead+line("notices/a.txt", "A")+line("rules.json", "{}")), l.key)
	if err != nil || e.Origin != origin || len(e.Files) != 2 || e.Time.Format("15:04") != "12:00" {
		t.Fatal(e, err)
	}
	if e.CheckFile("notices/a.txt", []byte("A")) != nil || e.CheckFile("rules.json", []byte("{}")) != nil {
		t.Error("what is on the list does not hold")
	}
	for name, content := range map[string]string{"rules.json": "{ }", "notices/a.txt": "B", "other": "A", "": "A"} {
		if err := e.CheckFile(name, []byte(content)); !errors.Is(err, client.ErrEvidence) {
			t.Errorf("%s %q: %v", name, content, err)
		}
	}
}

func TestCheckEvidenceRefuses(t *testing.T) {
	l, other := newLog(t, 7, origin), newLog(t, 8, origin)
	good := listHead + line("a", "A") + line("b", "B")
	for what, text := range map[string]string{
		"a head":             "id.example/ledger\n2\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\ntime 2026-11-28T12:00:00Z\n",
		"no file":            listHead,
		"another title":      strings.Replace(good, "/1", "/2", 1),
		"another ledger":     strings.Replace(good, origin, "other.example/ledger", 1),
		"no time":            strings.Replace(good, "time ", "", 1),
		"time with a zone":   strings.Replace(good, "12:00:00Z", "12:00:00+08:00", 1),
		"a name twice":       listHead + line("a", "A") + line("a", "A"),
		"names out of order": listHead + line("b", "B") + line("a", "A"),
		"a path upwards":     listHead + line("../a", "A"),
		"an absolute path":   listHead + line("/a", "A"),
		"a hidden file":      listHead + line(".a", "A"),
		"a capital sum":      listHead + strings.ToUpper(line("a", "A")[:64]) + line("a", "A")[64:],
		"a short sum":        listHead + line("a", "A")[2:],
		"a size with zeros":  listHead + strings.Replace(line("a", "A"), " 1 ", " 01 ", 1),
		"a negative size":    listHead + strings.Replace(line("a", "A"), " 1 ", " -1 ", 1),
		"one word more":      listHead + strings.Replace(line("a", "A"), " a\n", " a b\n", 1),
	} {
		if e, err := client.CheckEvidence(listed(t, l, text), l.key); !errors.Is(err, client.ErrEvidence) {
			t.Errorf("%s: %+v %v", what, e, err)
		}
	}
	if _, err := client.CheckEvidence(listed(t, other, good), l.key); !errors.Is(err, client.ErrEvidence) {
		t.Errorf("by another key: %v", err)
	}
	if _, err := client.CheckEvidence([]byte(strings.Repeat("a", 300<<10)), l.key); !errors.Is(err, client.ErrEvidence) {
		t.Errorf("too long: %v", err)
	}
	if _, err := client.CheckEvidence(listed(t, l, good), "no key"); !errors.Is(err, client.ErrKey) {
		t.Errorf("no key: %v", err)
	}
}

func FuzzCheckEvidence(f *testing.F) {
	l := newLog(f, 7, origin)
	f.Add(listed(f, l, listHead+line("a", "A")), true)
	f.Add([]byte(listHead+line("notices/a.txt", "A")), false)
	f.Fuzz(func(t *testing.T, text []byte, signed bool) {
		if !signed && len(text) > 0 && strings.HasSuffix(string(text), "\n") { // behind a signature, too, nothing crashes
			if by, err := note.Sign(&note.Note{Text: string(text)}, l.signer); err == nil {
				text = by
			}
		}
		e, err := client.CheckEvidence(text, l.key)
		if err != nil {
			if !errors.Is(err, client.ErrEvidence) {
				t.Fatal(err)
			}
			return
		}
		for i, file := range e.Files {
			if strings.Contains(file.Name, "..") && strings.Contains(file.Name, "/..") || strings.HasPrefix(file.Name, "/") || i > 0 && file.Name <= e.Files[i-1].Name {
				t.Fatalf("a name that leaves the pack: %q", file.Name)
			}
		}
	})
}
