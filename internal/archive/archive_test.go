package archive_test

import (
	"archive/tar"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"filippo.io/age"

	"netid/internal/archive"
	"netid/internal/identity"
)

func key(b byte) identity.Secret {
	return identity.NewSecret(identity.ES256, [32]byte(bytes.Repeat([]byte{b}, 32)))
}

var made = time.Date(2026, 3, 1, 4, 0, 0, 0, time.UTC)

// written is an archive of two files, and who opens it.
func written(t testing.TB) (path string, with age.Identity) {
	t.Helper()
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	one := filepath.Join(dir, "one")
	if err := os.WriteFile(one, []byte("first"), 0o600); err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(dir, "a.age")
	w, err := archive.Create(path, archive.Store, made, []byte("head"), id.Recipient())
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Add("netid.db", one); err != nil {
		t.Fatal(err)
	}
	if err := w.Put("keyring/code.key", 6, strings.NewReader("second")); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(key(1)); err != nil {
		t.Fatal(err)
	}
	return path, id
}

func read(t testing.TB, b []byte, with age.Identity) (archive.Manifest, string, error) {
	t.Helper()
	dir := t.TempDir()
	m, err := archive.Read(bytes.NewReader(b), dir, with)
	return m, dir, err
}

func TestRoundTrip(t *testing.T) {
	path, id := written(t)
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	m, dir, err := read(t, b, id)
	if err != nil || m.Kind != archive.Store || !m.Made.Equal(made) || m.Head != "head" || len(m.Files) != 2 {
		t.Fatalf("%+v, %v", m, err)
	}
	for name, want := range map[string]string{"netid.db": "first", "keyring/code.key": "second"} {
		got, err := os.ReadFile(filepath.Join(dir, name))
		info, e := os.Stat(filepath.Join(dir, name))
		if err != nil || e != nil || string(got) != want || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	if _, err := os.Stat(path + ".part"); !os.IsNotExist(err) {
		t.Error("left a part")
	}
	if err := m.Check(key(1)); err != nil {
		t.Error(err)
	}
	for name, change := range map[string]func(*archive.Manifest){
		"head": func(m *archive.Manifest) { m.Head = "older" }, "kind": func(m *archive.Manifest) { m.Kind = archive.Keys },
		"time": func(m *archive.Manifest) { m.Made = made.Add(time.Hour) }, "mac": func(m *archive.Manifest) { m.MAC = nil },
		"digest": func(m *archive.Manifest) { m.Files[0].Digest = m.Files[1].Digest }, "name": func(m *archive.Manifest) { m.Files[0].Name = "x" },
		"size": func(m *archive.Manifest) { m.Files[0].Size++ }, "fewer": func(m *archive.Manifest) { m.Files = m.Files[:1] },
	} {
		other := m
		other.Files = append([]archive.File(nil), m.Files...)
		change(&other)
		if other.Check(key(1)) == nil {
			t.Errorf("another %s is not seen", name)
		}
	}
	if m.Check(key(2)) == nil || m.Check(identity.Secret{}) == nil {
		t.Error("made by another service")
	}
	stranger, _ := age.GenerateX25519Identity()
	if _, _, err := read(t, b, stranger); err == nil {
		t.Error("opened by a stranger")
	}
}

// Every cut and every altered byte is refused.
func TestDamage(t *testing.T) {
	path, id := written(t)
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for n := 0; n < len(b); n += 1 + len(b)/97 {
		if _, _, err := read(t, b[:n], id); err == nil {
			t.Errorf("cut at %d of %d", n, len(b))
		}
		flipped := bytes.Clone(b)
		flipped[n] ^= 0x10
		if _, _, err := read(t, flipped, id); err == nil {
			t.Errorf("altered at %d of %d", n, len(b))
		}
	}
	for _, more := range [][]byte{{0}, b} {
		if _, _, err := read(t, append(bytes.Clone(b), more...), id); err == nil {
			t.Error("longer")
		}
	}
}

func tarOf(t testing.TB, entries ...tar.Header) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, h := range entries {
		body := h.Linkname
		if h.Typeflag == tar.TypeReg {
			h.Linkname, h.Size = "", int64(len(body))
		}
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if h.Typeflag == tar.TypeReg {
			w.Write([]byte(body))
		}
	}
	w.Close()
	return b.Bytes()
}

// What whoever knows the public key could seal to us.
func TestForged(t *testing.T) {
	file := func(name, body string) tar.Header {
		return tar.Header{Typeflag: tar.TypeReg, Name: name, Linkname: body}
	}
	list := file("manifest.json", `{"version":1,"kind":"store","made":"2026-03-01T04:00:00Z","head":"","files":[],"mac":""}`)
	if _, err := archive.Unpack(bytes.NewReader(tarOf(t, list)), t.TempDir()); err != nil {
		t.Fatal("an empty one:", err)
	}
	for name, entries := range map[string][]tar.Header{
		"no list":         {file("a", "x")},
		"nothing":         {},
		"not on the list": {file("a", "x"), list},
		"behind the list": {list, file("a", "x")},
		"twice":           {file("a", "x"), file("a", "y"), list},
		"out of the way":  {file("../a", "x"), list},
		"absolute":        {file("/tmp/a", "x"), list},
		"hidden":          {file(".a", "x"), list},
		"deep":            {file("a/b/c/d", "x"), list},
		"empty element":   {file("a//b", "x"), list},
		"a link":          {{Typeflag: tar.TypeSymlink, Name: "a", Linkname: "/etc"}, list},
		"a hard link":     {{Typeflag: tar.TypeLink, Name: "a", Linkname: "b"}, list},
		"a record":        {{Typeflag: tar.TypeReg, Name: "a", Linkname: "x", PAXRecords: map[string]string{"NETID.x": "1"}}, list},
		"a directory":     {{Typeflag: tar.TypeDir, Name: "a"}, list},
		"a device":        {{Typeflag: tar.TypeChar, Name: "a"}, list},
		"another version": {file("manifest.json", `{"version":2}`)},
		"unknown fields":  {file("manifest.json", `{"version":1,"x":1}`)},
		"no JSON":         {file("manifest.json", `{`)},
	} {
		dir := t.TempDir()
		if _, err := archive.Unpack(bytes.NewReader(tarOf(t, entries...)), filepath.Join(dir, "in")); err == nil {
			t.Errorf("%s: unpacked", name)
		}
		if left, _ := os.ReadDir(dir); len(left) > 1 {
			t.Errorf("%s: left %v", name, left)
		}
	}
}

func TestNothingIsLeftOfWhatFails(t *testing.T) {
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "a.age")
	w, err := archive.Create(path, archive.Keys, made, nil, id.Recipient())
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"", "manifest.json", "../x", "/x", "a/../b", "a b"} {
		if w.Put(name, 1, strings.NewReader("x")) == nil {
			t.Errorf("took %q", name)
		}
	}
	if w.Put("short", 9, strings.NewReader("x")) == nil {
		t.Error("took less than it said")
	}
	w.Abandon()
	if left, _ := os.ReadDir(filepath.Dir(path)); len(left) > 0 {
		t.Error(left)
	}
	if _, err := archive.Create(path, archive.Keys, made, nil); err == nil {
		t.Error("sealed to nobody")
	}
	if _, err := archive.ParseRecipients([]string{"age1nobody"}); err == nil {
		t.Error("took a key that is none")
	}
}

// A backup that is killed leaves the archive of before, and is in nobody's way.
func TestACutArchiveLeavesTheOneOfBefore(t *testing.T) {
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "a.age")
	first, err := archive.Create(path, archive.Store, made, []byte("first"), id.Recipient())
	if err != nil {
		t.Fatal(err)
	}
	if err := first.Close(key(1)); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, files := range []int{0, 1, 2} { // killed after so many
		w, err := archive.Create(path, archive.Store, made, []byte("later"), id.Recipient())
		if err != nil {
			t.Fatal(err)
		}
		for n := range files {
			if err := w.Put(fmt.Sprint("file-", n), 1<<17, bytes.NewReader(make([]byte, 1<<17))); err != nil {
				t.Fatal(err)
			}
		}
		part, err := os.ReadFile(path + ".part")
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := read(t, part, id); err == nil {
			t.Errorf("%d files: half an archive is read", files)
		}
		if b, err := os.ReadFile(path); err != nil || !bytes.Equal(b, before) {
			t.Errorf("%d files: the archive of before is not what it was: %v", files, err)
		}
	}
	w, err := archive.Create(path, archive.Store, made, []byte("later"), id.Recipient())
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Close(key(1)); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if m, _, err := read(t, b, id); err != nil || m.Head != "later" {
		t.Errorf("%+v, %v", m, err)
	}
	if _, err := os.Stat(path + ".part"); !os.IsNotExist(err) {
		t.Error("left a part")
	}
}

// memory is a directory in which a sync costs nothing, where there is one.
func memory(t *testing.T) string {
	dir, err := os.MkdirTemp("/dev/shm", "netid-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func FuzzUnpack(f *testing.F) {
	f.Add([]byte("x"))
	f.Add(tarOf(f, tar.Header{Typeflag: tar.TypeReg, Name: "manifest.json", Linkname: `{"version":1}`}))
	f.Add(tarOf(f, tar.Header{Typeflag: tar.TypeReg, Name: "keyring/a", Linkname: "x"}, tar.Header{Typeflag: tar.TypeReg, Name: "manifest.json", Linkname: `{"version":1,"files":[{"name":"keyring/a","size":1}]}`}))
	f.Fuzz(func(t *testing.T, b []byte) {
		dir := memory(t)
		archive.Unpack(bytes.NewReader(b), filepath.Join(dir, "in"))
		if left, _ := os.ReadDir(dir); len(left) > 1 || len(left) == 1 && left[0].Name() != "in" {
			t.Fatal("wrote outside", left)
		}
	})
}
