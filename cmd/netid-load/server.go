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
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// server is the sandbox under load.
type server struct {
	url      string
	cmd      *exec.Cmd
	said     *bytes.Buffer // what it wrote to standard error
	database *database     // nil: the embedded store, or one that cannot be looked into
}

// start runs a sandbox in a directory of its own and waits until it says that it is ready.
func start(ctx context.Context, o options, db *database, data string) (*server, error) {
	args := []string{"sandbox", "--addr", "localhost:0", "--shop", "127.0.0.1:0", "--data", data}
	if o.Profile != "" {
		args = append(args, "--profile", o.Profile)
	}
	if db != nil {
		args = append(args, "--store", db.address)
	}
	s := &server{database: db, cmd: exec.CommandContext(ctx, o.Binary, args...), said: &bytes.Buffer{}}
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

// store names where the server keeps everything, in a word.
func (s *server) store() string {
	if s.database == nil {
		return embedded
	}
	return private
}

func (s *server) stop() error {
	s.cmd.Process.Signal(syscall.SIGTERM)
	return s.cmd.Wait()
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
