// Package sandboxtest runs the real program for tests: it builds the binary
// once, starts a sandbox on free ports with a data directory of the test's
// own, and runs the other commands against it.
//
// It owns processes and refuses to know pages, protocols or packages of ours:
// whoever uses it meets netid as its users do, over HTTP and a command line.
//
// Invariant: when a test ends, no process that it started is left.
package sandboxtest

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"
)

const (
	startLimit   = 30 * time.Second // a fresh sandbox on a busy machine of two cores
	stopLimit    = 15 * time.Second
	commandLimit = 60 * time.Second
)

// Sandbox is one running `netid sandbox`.
type Sandbox struct {
	URL  string // netid, on localhost
	Shop string // the demo shop, on 127.0.0.1: another host, so no cookie is shared
	Data string // --data; its store is netid.db

	at     string
	t      testing.TB
	binary string
	args   []string
	home   string // of the commands: their wallets lie there
	cmd    *exec.Cmd
	ended  chan struct{} // closed when cmd has ended
	output output
}

// Start builds the binary if this process has not yet, starts a sandbox and
// waits until both addresses answer. Further args go to `netid sandbox`. The
// sandbox stops with the test; when the test failed, its output is logged.
func Start(t testing.TB, args ...string) *Sandbox {
	t.Helper()
	return StartIn(t, filepath.Join(t.TempDir(), "data"), args...)
}

// StartIn is Start with a data directory of the caller's choice.
func StartIn(t testing.TB, data string, args ...string) *Sandbox {
	t.Helper()
	addr, shop := free(t, "localhost"), free(t, "127.0.0.1")
	s := &Sandbox{URL: "http://" + addr, Shop: "http://" + shop, Data: data,
		at: "http://" + addr, t: t, binary: Binary(t), home: t.TempDir()}
	s.args = append([]string{"sandbox", "--addr", addr, "--shop", shop, "--data", s.Data}, args...)
	t.Cleanup(s.end)
	s.Restart()
	return s
}

// Restart starts the sandbox again on the same ports and data, stopping it first if it runs.
func (s *Sandbox) Restart() {
	s.t.Helper()
	s.Stop()
	s.cmd = s.command(context.Background(), s.args...)
	s.cmd.Stdout, s.cmd.Stderr = &s.output, &s.output
	if err := s.cmd.Start(); err != nil {
		s.t.Fatalf("start the sandbox: %v", err)
	}
	s.ended = make(chan struct{})
	go func(cmd *exec.Cmd, ended chan struct{}) {
		cmd.Wait()
		close(ended)
	}(s.cmd, s.ended)
	s.await(s.at + "/.well-known/openid-configuration")
	if s.Shop != "" {
		s.await(s.Shop + "/")
	}
}

// At is where this process itself listens; URL is what it is called.
func (s *Sandbox) At() string { return s.at }

// StartNodes starts n processes over one data directory and one store in
// PostgreSQL (the caller sets NETID_STORE), called by the address that front
// gives for theirs. The first has the shop; Run of each uses one home. Further
// args go to each `netid sandbox`.
func StartNodes(t testing.TB, n int, front func(at []string) string, args ...string) (nodes []*Sandbox) {
	t.Helper()
	data, home, shop := filepath.Join(t.TempDir(), "data"), t.TempDir(), free(t, "127.0.0.1")
	var at []string
	for range n {
		at = append(at, free(t, "localhost"))
	}
	url := front(at)
	for i, addr := range at {
		s := &Sandbox{URL: url, Data: data, at: "http://" + addr, t: t, binary: Binary(t), home: home}
		s.args = []string{"sandbox", "--addr", addr, "--data", data, "--issuer", url, "--shop", ""}
		if i == 0 {
			s.Shop, s.args[len(s.args)-1] = "http://"+shop, shop
		}
		s.args = append(s.args, args...)
		t.Cleanup(s.end)
		s.Restart()
		nodes = append(nodes, s)
	}
	return nodes
}

// Of is a sandbox that somebody else runs: its commands work, its process is theirs.
func Of(t testing.TB, url, data string) *Sandbox {
	t.Helper()
	return &Sandbox{URL: url, Data: data, at: url, t: t, binary: Binary(t), home: t.TempDir()}
}

// Kill ends the process at once, as a power cut would (SIGKILL), and waits for it.
func (s *Sandbox) Kill() {
	if s.Running() {
		s.cmd.Process.Kill()
		<-s.ended
	}
}

// Stop ends the process as an operator does (SIGTERM) and waits for it. One
// that does not stop in time fails the test.
func (s *Sandbox) Stop() {
	s.t.Helper()
	if !s.Running() {
		return
	}
	s.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-s.ended:
	case <-time.After(stopLimit):
		s.Kill()
		s.t.Errorf("the sandbox did not stop within %v of SIGTERM", stopLimit)
	}
}

// Running reports whether the process lives.
func (s *Sandbox) Running() bool {
	if s.cmd == nil {
		return false
	}
	select {
	case <-s.ended:
		return false
	default:
		return true
	}
}

// Process is the command that runs, or ran last: its id, and its state once it ended.
func (s *Sandbox) Process() *exec.Cmd { return s.cmd }

// Output is everything that the sandbox printed so far, both streams.
func (s *Sandbox) Output() string { return s.output.String() }

// Run runs another command of the same binary, with a home directory of this
// sandbox's own (persona wallets lie there), and gives what it printed and its
// exit status. The caller passes --server or --data itself.
func (s *Sandbox) Run(args ...string) (stdout, stderr string, code int) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), commandLimit)
	defer cancel()
	var out, errs bytes.Buffer
	cmd := s.command(ctx, args...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		s.t.Fatalf("netid %v: %v", args, err)
	}
	if ctx.Err() != nil {
		s.t.Fatalf("netid %v: not done after %v\n%s%s", args, commandLimit, out.String(), errs.String())
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

func (s *Sandbox) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, s.binary, args...)
	cmd.Dir = s.home
	cmd.Env = append(os.Environ(), "HOME="+s.home, "XDG_CONFIG_HOME="+filepath.Join(s.home, "config"))
	cmd.WaitDelay = 5 * time.Second
	return cmd
}

func (s *Sandbox) end() {
	s.Stop()
	if s.t.Failed() {
		s.t.Logf("the sandbox printed:\n%s", s.Output())
	}
}

// await polls until the address answers 200 or the process ends.
func (s *Sandbox) await(url string) {
	s.t.Helper()
	client := &http.Client{Timeout: 2 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	var last error
	for deadline := time.Now().Add(startLimit); time.Now().Before(deadline); time.Sleep(25 * time.Millisecond) {
		if !s.Running() {
			s.t.Fatalf("the sandbox ended at start: %v\n%s", s.cmd.ProcessState, s.Output())
		}
		r, err := client.Get(url)
		if err == nil {
			io.Copy(io.Discard, r.Body)
			r.Body.Close()
			if r.StatusCode == http.StatusOK {
				return
			}
			err = fmt.Errorf("status %d", r.StatusCode)
		}
		last = err
	}
	s.t.Fatalf("%s does not answer after %v: %v\n%s", url, startLimit, last, s.Output())
}

// given are the ports that this process gave away.
var given sync.Map

// free finds a port that nothing listens on now, of those that a kernel draws for nobody's
// connection: whoever gets it may listen there a second time, after a restart.
func free(t testing.TB, host string) string {
	t.Helper()
	var last error
	for range 100 {
		var drawn [2]byte
		rand.Read(drawn[:])
		port := 11000 + int(binary.BigEndian.Uint16(drawn[:]))%20000
		if _, there := given.LoadOrStore(port, true); there {
			continue
		}
		addr := net.JoinHostPort(host, strconv.Itoa(port))
		l, err := net.Listen("tcp", addr)
		if err == nil {
			l.Close()
			return addr
		}
		last = err
	}
	t.Fatalf("find a free port: %v", last)
	return ""
}

// output is written by the process and read by the test.
type output struct {
	mu   sync.Mutex // guards text
	text bytes.Buffer
}

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(b)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}
