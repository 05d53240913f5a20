package tlog

import (
	"strconv"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/tlog"
)

func TestPaths(t *testing.T) {
	for path, want := range map[string]place{
		"0/000":                {width: 256},
		"0/000.p/1":            {width: 1},
		"0/255.p/255":          {index: 255, width: 255},
		"1/x001/234":           {level: 1, index: 1234, width: 256},
		"63/x001/x234/067":     {level: 63, index: 1234067, width: 256},
		"entries/x001/000.p/9": {entries: true, index: 1000, width: 9},
	} {
		if got, ok := parse(path); !ok || got != want {
			t.Errorf("%s: %+v, %v", path, got, ok)
		}
	}
	for _, path := range []string{"", "0", "0/", "0/0", "0/0000", "00/000", "64/000", "-1/000", "+1/000", "0/x000/000", "0/001/000", "0/x001", "0/x01/000",
		"0/000.p", "0/000.p/", "0/000.p/0", "0/000.p/256", "0/000.p/01", "0/000.p/1/2", "0/000/", "0//000", "0/００１", "data/000", "entries", "entries/1",
		"0/x999/x999/x999/x999/x999/x999/999", "0/ 00", "0/000.p/1.p/1", "0/000%2ep/1"} {
		if got, ok := parse(path); ok {
			t.Errorf("%q is read as %+v", path, got)
		}
	}
}

// FuzzPath compares with the reader of the Go module database, whose paths
// have the height before the level.
func FuzzPath(f *testing.F) {
	for _, s := range []string{"0/000", "1/x001/234.p/7", "63/999", "entries/000", "0/x000/000", "data/000"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, ok := parse(s)
		hashes, entries := s, strings.HasPrefix(s, "entries/")
		if entries {
			hashes = "0/" + strings.TrimPrefix(s, "entries/")
		}
		want, err := tlog.ParseTilePath("tile/8/" + hashes)
		same := err == nil && want.L >= 0 && want.L <= maxLevel && strings.Count(hashes, "/") <= elements+strings.Count(hashes, ".p/")
		if ok != same {
			t.Fatalf("%q: %v here, %v there", s, ok, err)
		}
		if ok && (uint64(want.N) != got.index || want.W != got.width || want.L != int(got.level) || got.entries != entries) {
			t.Fatalf("%q: %+v here, %s there", s, got, strconv.Quote(want.Path()))
		}
	})
}
