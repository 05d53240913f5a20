package keys_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	sandboxtest "netid/test/sandbox"
)

// TestN17ADyingServerLeavesNoMemory: a server that is made to die writes no core,
// however much its environment asks for one, and its memory is closed to other
// processes of the same user: what /proc has of it belongs to root alone.
func TestN17ADyingServerLeavesNoMemory(t *testing.T) {
	dir, program := open(t), filepath.Join(open(t), "netid")
	b, err := os.ReadFile(sandboxtest.Binary(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(program, b, 0o755); err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	cmd := exec.Command("/bin/sh", "-c", `ulimit -c unlimited 2>/dev/null; exec "$0" "$@"`, program, "kit", "serve", "--listen", "127.0.0.1:0", "--secret", "any")
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "GOTRACEBACK=crash")
	cmd.Stderr, cmd.WaitDelay = &said, 5*time.Second
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if os.Getuid() == 0 { // root's own processes belong to root in any case
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill() })
	if _, err := out.Read(make([]byte, 100)); err != nil { // it serves
		t.Fatal(err, said.String())
	}
	at := filepath.Join("/proc", strconv.Itoa(cmd.Process.Pid))
	i, err := os.Stat(filepath.Join(at, "environ"))
	if err != nil {
		t.Fatal(err)
	}
	if owner := i.Sys().(*syscall.Stat_t).Uid; owner != 0 {
		t.Errorf("its memory may be read by user %d", owner)
	}
	if err := cmd.Process.Signal(syscall.SIGABRT); err != nil {
		t.Fatal(err)
	}
	cmd.Wait()
	status := cmd.ProcessState.Sys().(syscall.WaitStatus)
	if !status.Signaled() || status.CoreDump() {
		t.Errorf("it ended with %v, core %v", cmd.ProcessState, status.CoreDump())
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 0 {
		t.Errorf("it left %v %v", left, err)
	}
}

// open is a directory that every user may write to.
func open(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "netid")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	return dir
}
