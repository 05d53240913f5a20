package postgrestest

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Kill ends all processes of the server with SIGKILL, as at one moment: they
// stand still first, so that none of them sees another die. cut, unless nil, is
// done while they stand still. Start starts the server again.
func (s *Server) Kill(t testing.TB, cut func()) {
	t.Helper()
	first, err := s.postmaster()
	if err != nil {
		t.Fatal(err)
	}
	syscall.Kill(first, syscall.SIGSTOP)
	for deadline := time.Now().Add(commandLimit); state(first) != 'T'; time.Sleep(time.Millisecond) { // until then it makes more of them
		if time.Now().After(deadline) {
			t.Fatalf("the server does not stand still: %c", state(first))
		}
	}
	list, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", first, first))
	if err != nil {
		t.Fatal(err)
	}
	all := []int{first}
	for _, field := range strings.Fields(string(list)) {
		pid, err := strconv.Atoi(field)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, pid)
		syscall.Kill(pid, syscall.SIGSTOP)
	}
	if cut != nil {
		cut()
	}
	for _, pid := range all {
		syscall.Kill(pid, syscall.SIGKILL)
	}
	for _, pid := range all {
		for deadline := time.Now().Add(commandLimit); state(pid) != 0; time.Sleep(time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("process %d of the server does not end: %c", pid, state(pid))
			}
		}
	}
}

// Runs reports whether the server's first process lives.
func (s *Server) Runs() bool {
	first, err := s.postmaster()
	return err == nil && state(first) != 0
}

// unlock removes the locks of a server that was killed. PostgreSQL would do it
// itself, but it takes a process for alive that nobody has waited for yet, and
// whoever does that in a container may take seconds.
func (s *Server) unlock(t testing.TB) {
	t.Helper()
	if first, err := s.postmaster(); err != nil || state(first) != 0 {
		return
	}
	for _, lock := range []string{filepath.Join(s.Data, "postmaster.pid"), filepath.Join(s.dir, ".s.PGSQL.5432.lock")} {
		if err := os.Remove(lock); err != nil {
			t.Fatal(err)
		}
	}
}

// postmaster is the process that started the others.
func (s *Server) postmaster() (int, error) {
	b, err := os.ReadFile(filepath.Join(s.Data, "postmaster.pid"))
	line, _, _ := bytes.Cut(b, []byte("\n"))
	pid, e := strconv.Atoi(string(line))
	return pid, errors.Join(err, e)
}

// state is a process's as /proc says it, 0 once it ended.
func state(pid int) byte {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if i := bytes.LastIndexByte(b, ')'); err == nil && i >= 0 && len(b) > i+2 && b[i+2] != 'Z' && b[i+2] != 'X' {
		return b[i+2]
	}
	return 0
}
