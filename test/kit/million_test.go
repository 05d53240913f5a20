package kit_test

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/ledger"
	"netid/internal/suite"
	"netid/test/kit"
)

// TestVerifyAtScale writes as many events as NETID_EVENTS says through the
// real store and measures the check of all of them: a million in less than
// 30 s, with no more memory than a tenth of them takes. The method and the
// numbers are in docs/performance.md.
func TestVerifyAtScale(t *testing.T) {
	events, err := strconv.Atoi(os.Getenv("NETID_EVENTS"))
	if err != nil || events < 200_000 { // of fewer the first buffers are most
		dir := t.TempDir()
		k := kit.Open(t, dir, law.New())
		write(t, k, 2000) // so that it still runs on the day when somebody wants the figures
		k.Close()
		measure(t, k, 2000)
		t.Skip("NETID_EVENTS=1000000 measures: minutes, and 5 GB of disk")
	}
	dir := t.TempDir()
	k := kit.Open(t, dir, law.New())
	write(t, k, events/10)
	k.Close() // what it holds is not the check's
	small := measure(t, k, events/10)
	k = kit.Open(t, dir, law.New())
	write(t, k, events-events/10)
	k.Close()
	large := measure(t, k, events)
	if limit := 30 * time.Second * time.Duration(events) / 1_000_000; large.took > limit {
		t.Errorf("%v for %d events, more than %v", large.took, events, limit)
	}
	if large.peak > small.peak+small.peak/4+8<<20 {
		t.Errorf("memory grows with the ledger: %d MB for a tenth, %d MB for all", small.peak>>20, large.peak>>20)
	}
}

// write records events about 256 people at once, each in their own numbering.
func write(t *testing.T, k *kit.Kit, events int) {
	t.Helper()
	const people = 256
	began := time.Now()
	book := ledger.NewBook(k.Store, k.Escrow, k.Now)
	var wait sync.WaitGroup
	for n := range people {
		wait.Go(func() {
			who := identity.Opened{Standing: identity.Active, Epoch: 1}
			who.ID[0] = byte(n)
			who.Profile.Number = identity.NewNumber()                                                        // what law keeps is left to the officers under it
			who.Lookup, who.Keys.Identity = suite.NewSecret(identity.ES256), suite.NewSecret(identity.ES256) // and the way to who they are
			who.Keys.Record = identity.NewSecret(identity.ES256, [32]byte(bytes.Repeat([]byte{byte(n), 7}, 16)))
			for range (events + people - 1 - n) / people {
				e := identity.Event{Kind: identity.Verified, Party: "shop", Given: []string{"subject", "age_over_18"}, Mode: identity.ModeCert}
				if _, err := book.Record(t.Context(), who, e); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wait.Wait()
	took := time.Since(began)
	t.Logf("wrote %d events in %v, %.0f a second", events, took.Round(time.Millisecond), float64(events)/took.Seconds())
}

type measured struct {
	took time.Duration
	peak int // bytes resident
}

// measure verifies the store and looks at the process's memory meanwhile.
func measure(t *testing.T, k *kit.Kit, events int) (m measured) {
	t.Helper()
	debug.FreeOSMemory() // what writing left
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			m.peak = max(m.peak, resident(t))
			select {
			case <-stop:
				return
			case <-time.After(10 * time.Millisecond):
			}
		}
	}()
	file := filepath.Join(k.Dir, "netid.db")
	began, worked := time.Now(), processor(t)
	r := verify(t, file, k.Keeper)
	m.took, worked = time.Since(began), processor(t)-worked
	close(stop)
	<-done
	if !r.OK() || r.Size != uint64(events) {
		t.Fatalf("%d entries: %+v", r.Size, r.Problems)
	}
	t.Logf("verified %d events in %v (%v of a processor), at most %d MB resident", events, m.took.Round(time.Millisecond), worked.Round(time.Millisecond), m.peak>>20)
	return m
}

// processor is what this process had of processors so far: beside other work it
// tells more than the clock.
func processor(t *testing.T) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// resident is the memory of this process, in bytes (Linux).
func resident(t *testing.T) int {
	b, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Error(err)
		return 0
	}
	fields := bytes.Fields(b)
	pages, err := strconv.Atoi(string(fields[1]))
	if err != nil {
		t.Error(err)
	}
	return pages * os.Getpagesize()
}
