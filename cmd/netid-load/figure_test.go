package main

import (
	"errors"
	"slices"
	"sync"
	"testing"
	"time"
)

func TestAtIsTheTimeThatAShareDoesNotPass(t *testing.T) {
	var hundred []time.Duration
	for i := range 100 {
		hundred = append(hundred, time.Duration(i+1))
	}
	for share, want := range map[float64]time.Duration{0.5: 51, 0.99: 100, 0.999: 100} {
		if got := at(hundred, share); got != want {
			t.Errorf("%v: %d, not %d", share, got, want)
		}
	}
	if got := at([]time.Duration{7}, 0.999); got != 7 {
		t.Error(got)
	}
}

// Each operation is done once, whoever does it, and one failure ends the rest.
func TestWorkersShareTheOperations(t *testing.T) {
	var next counter
	var mu sync.Mutex
	var seen []int
	var all sync.WaitGroup
	for range 8 {
		all.Add(1)
		go func() {
			defer all.Done()
			for n := next.take(); n < 500; n = next.take() {
				mu.Lock()
				seen = append(seen, n)
				mu.Unlock()
			}
		}()
	}
	all.Wait()
	slices.Sort(seen)
	if len(seen) != 500 || seen[0] != 0 || seen[499] != 499 {
		t.Errorf("%d operations", len(seen))
	}
	next.stop()
	if n := next.take(); n < 500 {
		t.Error("after the stop there is more to do")
	}
	o := options{People: 1, Workers: 2, Verifications: 1}
	if _, err := measure(t.Context(), o, nil); err == nil {
		t.Error("fewer people than workers: two verifications of one person would meet")
	}
	o = options{People: 1, Workers: 1, Verifications: 1, Binary: "/nonexistent/netid"}
	if _, err := measure(t.Context(), o, nil); err == nil || errors.Is(err, errors.ErrUnsupported) {
		t.Error(err)
	}
}
