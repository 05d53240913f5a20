package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// server is the sandbox under load.
type server struct {
	url  string
	cmd  *exec.Cmd
	said *bytes.Buffer // what it wrote to standard error
}

// start runs a sandbox in a directory of its own and waits until it says that it is ready.
func start(ctx context.Context, o options, data string) (*server, error) {
	args := []string{"sandbox", "--addr", "localhost:0", "--shop", "127.0.0.1:0", "--data", data}
	if o.Profile != "" {
		args = append(args, "--profile", o.Profile)
	}
	if o.Store != "" {
		args = append(args, "--store", o.Store)
	}
	s := &server{cmd: exec.CommandContext(ctx, o.Binary, args...), said: &bytes.Buffer{}}
	s.cmd.Stderr = s.said
	s.cmd.Cancel = func() error { return s.cmd.Process.Signal(syscall.SIGTERM) }
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if f := strings.Fields(lines.Text()); len(f) == 2 && f[0] == "netid" {
			s.url = f[1]
		}
		if strings.HasPrefix(lines.Text(), "Stop:") {
			go io.Copy(io.Discard, out)
			return s, nil
		}
	}
	return nil, errors.Join(fmt.Errorf("the sandbox did not start: %s", s.said), s.cmd.Wait())
}

func (s *server) stop() error {
	s.cmd.Process.Signal(syscall.SIGTERM)
	return s.cmd.Wait()
}

// usage is what the server used since it started.
type usage struct {
	cpu     time.Duration
	commits uint64
	written uint64
}

// ticks is the unit of /proc/PID/stat on Linux, whatever the kernel's own.
const ticks = 100

// usage reads it from the operating system (proc(5)); commits from the server itself.
func (s *server) usage() (u usage, err error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.cmd.Process.Pid))
	if err != nil {
		return u, err
	}
	_, rest, _ := strings.Cut(string(stat), ") ") // the name may hold anything
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return u, fmt.Errorf("/proc/PID/stat has %d fields", len(fields))
	}
	for _, f := range fields[11:13] { // utime, stime
		n, err := strconv.ParseInt(f, 10, 64)
		if err != nil {
			return u, err
		}
		u.cpu += time.Duration(n) * time.Second / ticks
	}
	if u.written, err = s.storage(); err != nil {
		return u, err
	}
	var said struct{ Commits uint64 }
	u.commits, err = said.Commits, s.get("/sandbox/figures", &said)
	return usage{u.cpu, said.Commits, u.written}, err
}

// storage is write_bytes of /proc/PID/io; 0 where one may not read it.
func (s *server) storage() (uint64, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/io", s.cmd.Process.Pid))
	if errors.Is(err, os.ErrPermission) {
		return 0, nil
	}
	for line := range strings.Lines(string(b)) {
		if n, ok := strings.CutPrefix(line, "write_bytes: "); ok {
			return strconv.ParseUint(strings.TrimSpace(n), 10, 64)
		}
	}
	return 0, err
}

func (s *server) get(path string, into any) error {
	resp, err := (&http.Client{Timeout: 10 * time.Second}).Get(s.url + path)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s", path, resp.Status)
	}
	return json.NewDecoder(resp.Body).Decode(into)
}
