package sandboxtest_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	sandboxtest "netid/test/sandbox"
)

// TestMain makes this test binary a stand-in for netid when it is asked to be
// one: the harness is tested without what it is for.
func TestMain(m *testing.M) {
	if os.Getenv("NETID_STAND_IN") == "" {
		os.Exit(m.Run())
	}
	os.Exit(standIn(os.Args[1:]))
}

// standIn knows `sandbox --addr A --shop S --data D` and `fail`.
func standIn(args []string) int {
	if args[0] != "sandbox" {
		home, _ := os.UserConfigDir()
		fmt.Println("out", home)
		fmt.Fprintln(os.Stderr, "reason")
		return 3
	}
	if err := os.MkdirAll(args[6], 0o700); err != nil {
		return 1
	}
	starts, err := os.OpenFile(filepath.Join(args[6], "starts"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return 1
	}
	fmt.Fprintln(starts, os.Getpid())
	starts.Close()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	ok := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprintln(w, "ok") })
	for _, addr := range []string{args[2], args[4]} {
		go http.ListenAndServe(addr, ok)
	}
	fmt.Println("listening", strings.Join(args[7:], " "))
	<-ctx.Done()
	fmt.Println("stopped")
	return 0
}

func start(t *testing.T, args ...string) *sandboxtest.Sandbox {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("NETID_BIN", exe)
	t.Setenv("NETID_STAND_IN", "1")
	return sandboxtest.Start(t, args...)
}

func TestLife(t *testing.T) {
	s := start(t, "--further", "flag")
	if !strings.HasPrefix(s.URL, "http://localhost:") || !strings.HasPrefix(s.Shop, "http://127.0.0.1:") {
		t.Errorf("addresses %s and %s", s.URL, s.Shop)
	}
	if !strings.Contains(s.Output(), "--further flag") {
		t.Errorf("the further arguments did not arrive: %q", s.Output())
	}
	s.Kill()
	if s.Running() || strings.Contains(s.Output(), "stopped") {
		t.Error("killed, and yet it runs or had time to say something")
	}
	s.Restart()
	first := s.Process().Process.Pid
	s.Restart()
	if second := s.Process().Process.Pid; !s.Running() || first == second {
		t.Errorf("restarted: %d, then %d", first, second)
	}
	s.Stop()
	if s.Running() || s.Process().ProcessState.ExitCode() != 0 || strings.Count(s.Output(), "stopped") != 2 {
		t.Errorf("stopped with %v\n%s", s.Process().ProcessState, s.Output())
	}
	starts, err := os.ReadFile(filepath.Join(s.Data, "starts"))
	if err != nil || strings.Count(string(starts), "\n") != 3 {
		t.Errorf("the same data directory, three starts: %q, %v", starts, err)
	}
}

func TestRun(t *testing.T) {
	s := start(t)
	out, errs, code := s.Run("fail")
	if code != 3 || errs != "reason\n" {
		t.Errorf("status %d, said %q", code, errs)
	}
	if own, err := os.UserConfigDir(); err == nil && strings.Contains(out, own+"\n") {
		t.Errorf("a command writes into the configuration of whoever runs the tests: %q", out)
	}
}
