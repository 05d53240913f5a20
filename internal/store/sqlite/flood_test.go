package sqlite_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
)

// A flood of ids of proofs (D13) is rows: no memory grows with them, no id that
// lives is put out by a newer one, and when their time is over they all go.
// NETID_FLOOD makes it a million.
func TestAFloodOfIds(t *testing.T) {
	many := 4000
	if testing.Short() {
		many = 1000
	}
	if s := os.Getenv("NETID_FLOOD"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 {
			t.Fatalf("NETID_FLOOD=%q", s)
		}
		many = n
	}
	const bound = 128 << 20 // the store remembers 64 MB of pages, whatever is in them
	ctx, now := context.Background(), time.Now()
	s := open(t, filepath.Join(memory(t), "netid.db"))
	salt := suite.Random(8)
	take := func(n int) error {
		id := suite.Digest(binary.BigEndian.AppendUint64(salt, uint64(n)))
		return s.Jot(ctx, identity.TakeOnce{ID: id[:], Until: now.Add(2 * time.Minute)})
	}
	for n := range 200 { // what the store remembers anyhow
		must(t, take(n))
	}
	before := resident(t)
	var next atomic.Int64
	next.Store(199)
	var all sync.WaitGroup
	for range 64 {
		all.Go(func() {
			for n := int(next.Add(1)); n < many; n = int(next.Add(1)) {
				if err := take(n); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	grown := resident(t) - before
	t.Logf("%d ids, %d KB of memory more", many, grown>>10)
	if grown > bound {
		t.Errorf("%d ids, and %d MB of memory more", many, grown>>20)
	}
	again := func(sweep time.Time) (taken int) {
		must(t, s.Sweep(ctx, sweep))
		for n := 0; n < many; n += max(1, many/500) {
			switch err := take(n); {
			case err == nil:
				taken++
			case !fault.Because(err, "already_used"):
				t.Error(err)
			}
		}
		return taken
	}
	if n := again(now.Add(time.Minute)); n != 0 {
		t.Errorf("%d ids that live were forgotten", n)
	}
	if n := again(now.Add(3 * time.Minute)); n < 450 {
		t.Errorf("only %d ids went when they were over", n)
	}
}

// resident is the memory of this process.
func resident(t *testing.T) int {
	t.Helper()
	runtime.GC()
	b, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Skip("no /proc here: ", err)
	}
	var size, pages int
	if _, err := fmt.Sscan(string(b), &size, &pages); err != nil {
		t.Fatal(err)
	}
	return pages * os.Getpagesize()
}
