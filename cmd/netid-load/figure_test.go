package main

import (
	"errors"
	"os"
	"os/exec"
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
	if _, err := measure(t.Context(), o, nil, nil); err == nil {
		t.Error("fewer people than workers: two verifications of one person would meet")
	}
	o = options{People: 1, Workers: 1, Verifications: 1, Binary: "/nonexistent/netid"}
	if _, err := measure(t.Context(), o, nil, nil); err == nil || errors.Is(err, errors.ErrUnsupported) {
		t.Error(err)
	}
}

// A store is held against the first that was measured, with and without the database's part.
func TestRatios(t *testing.T) {
	lines := ratios([]figure{{Store: "embedded", Operation: "verify", CPU: 100}, {Store: "embedded", Operation: "enrol", CPU: 0},
		{Store: "postgres", Operation: "verify", CPU: 150, Database: 50}, {Store: "postgres", Operation: "enrol", CPU: 9}})
	if len(lines) != 1 || lines[0] != "verify, postgres : embedded: server CPU 1.50, with the database's 2.00" {
		t.Errorf("%q", lines)
	}
}

// A process is one of its parent's family, with what it used.
func TestFamily(t *testing.T) {
	child := exec.Command("/bin/sh", "-c", "i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done; echo done; read line")
	in, err := child.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := out.Read(make([]byte, 8)); err != nil {
		t.Fatal(err)
	}
	alone, err := process(child.Process.Pid)
	if err != nil || alone.parent != os.Getpid() || alone.cpu <= 0 {
		t.Errorf("%+v %v", alone, err)
	}
	all, err := family(os.Getpid())
	if err != nil || all.cpu < alone.cpu {
		t.Errorf("%+v of %+v: %v", alone, all, err)
	}
	in.Close()
	child.Wait()
	if all, err = family(os.Getpid()); err != nil || all.ended < alone.cpu {
		t.Errorf("a child that ended is not counted: %+v %v", all, err)
	}
}
