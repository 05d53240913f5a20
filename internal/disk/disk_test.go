package disk_test

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"netid/internal/disk"
	"netid/internal/disk/disktest"
)

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return ""
	}
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestAFileIsReplacedWholeOrNotAtAll(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	if err := disk.Write(path, []byte("old")); err != nil || read(t, path) != "old" {
		t.Fatalf("%q, %v", read(t, path), err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Error("others may read it:", info.Mode(), err)
	}
	for cuts := range 3 {
		err := disk.Replace(&disktest.Cut{Left: cuts}, path, []byte("newer"))
		want := map[bool]string{true: "newer", false: "old"}[err == nil]
		if got := read(t, path); got != want || (err != nil) != (cuts < 2) || err != nil && !errors.Is(err, disktest.ErrCut) {
			t.Errorf("cut after %d changes: %q, %v", cuts, got, err)
		}
	}
	if _, err := os.Lstat("/dev/full"); err != nil {
		t.Skip("no full disk here: ", err)
	}
	if err := os.Symlink("/dev/full", path+disk.Partial); err != nil {
		t.Fatal(err)
	}
	if err := disk.Write(path, []byte("newest")); !errors.Is(err, syscall.ENOSPC) || read(t, path) != "newer" {
		t.Errorf("a full disk: %q, %v", read(t, path), err)
	}
	if _, err := os.Lstat(path + disk.Partial); !errors.Is(err, os.ErrNotExist) {
		t.Error("half a file is left:", err)
	}
}

func TestShreddingIsFinishedAfterACut(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	for cuts := range 3 {
		if err := disk.Write(path, []byte("secret")); err != nil {
			t.Fatal(err)
		}
		err := disk.Shred(&disktest.Cut{Left: cuts}, path)
		if got, want := read(t, path), []string{"\x00\x00\x00ret", "\x00\x00\x00\x00\x00\x00", ""}[cuts]; got != want || (err != nil) != (cuts < 2) {
			t.Errorf("cut after %d changes: %q, %v", cuts, got, err)
		}
		if err := disk.Shred(disk.Machine{}, path); err != nil || read(t, path) != "" {
			t.Errorf("again: %q, %v", read(t, path), err)
		}
	}
}

func TestOneHasADirectoryAtATime(t *testing.T) {
	dir := t.TempDir()
	release, err := disk.Exclusive(dir)
	if err != nil {
		t.Fatal(err)
	}
	other, err := os.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if err := syscall.Flock(int(other.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); !errors.Is(err, syscall.EWOULDBLOCK) {
		t.Error("two have it:", err)
	}
	release()
	if err := syscall.Flock(int(other.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		t.Error("it was not let go of:", err)
	}
	if _, err := disk.Exclusive(filepath.Join(dir, "none")); err == nil {
		t.Error("a directory that is not there")
	}
	if disk.Sync(dir, filepath.Join(dir, "none")) == nil {
		t.Error("synced a directory that is not there")
	}
}
