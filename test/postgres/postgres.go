// Package postgrestest gives tests a PostgreSQL of their own: a private server
// from the distribution's packages, set up as for production (fsync on, every
// commit synchronous, data checksums), or the one that NETID_POSTGRES names.
//
// It owns that server's process and directory and refuses to know what is kept
// in it. Every test gets a database of its own.
//
// Invariant: when the test process ends, however it ends, so does its server.
package postgrestest

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Server is a running PostgreSQL.
type Server struct {
	Address string // of a role that may make databases, to the database postgres
	Data    string // its directory; empty when it is not ours
	bin     string
	dir     string // of its socket and its log
	as      *syscall.Credential
	end     func() // also what keeps the watcher's pipe from being collected
}

const (
	startLimit   = 60 * time.Second
	commandLimit = 30 * time.Second
)

// ready is the one server of this process.
var ready = sync.OnceValues(start)

// Ready gives the server, and skips the test where there is none. With
// NETID_POSTGRES_MUST=1 that is a failure.
func Ready(t testing.TB) *Server {
	t.Helper()
	s, err := ready()
	if err != nil && os.Getenv("NETID_POSTGRES_MUST") == "1" {
		t.Fatal(err)
	}
	if err != nil {
		t.Skipf("needs PostgreSQL 15 or newer (the package postgresql): %v", err)
	}
	return s
}

// Private is a server of the caller's own that is no test: whoever measures. It
// ends with Close, or with the process.
func Private() (*Server, error) { return private("") }

// Close stops a server that Private made, and removes its directory.
func (s *Server) Close() { s.end() }

// Own is a second server that this test alone uses, so that it may stop it.
// settings are lines for its configuration.
func Own(t testing.TB, settings ...string) *Server {
	t.Helper()
	if Ready(t).Data == "" {
		t.Skip("needs a server that may be stopped: NETID_POSTGRES names somebody else's")
	}
	return own(t, "", settings)
}

// OwnIn is Own with its data in a directory of the caller's choice, which is not
// there yet: on a disk whose power is cut, say.
func OwnIn(t testing.TB, data string, settings ...string) *Server {
	t.Helper()
	Ready(t)
	return own(t, data, settings)
}

func own(t testing.TB, data string, settings []string) *Server {
	t.Helper()
	s, err := private(data, settings...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.end)
	return s
}

// Database makes a new database and gives its address. It is dropped with the test.
func (s *Server) Database(t testing.TB) string {
	t.Helper()
	address, name, err := s.NewDatabase()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.psql(s.Address, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)") })
	return address
}

// NewDatabase makes a database and gives its address and its name.
func (s *Server) NewDatabase() (address, name string, err error) {
	b := make([]byte, 6)
	rand.Read(b)
	name = "netid_test_" + hex.EncodeToString(b)
	if _, err := s.psql(s.Address, "CREATE DATABASE "+name+" TEMPLATE template0 ENCODING 'UTF8'"); err != nil {
		return "", "", err
	}
	u, err := url.Parse(s.Address)
	if err != nil {
		return "", "", err
	}
	u.Path = "/" + name
	return u.String(), name, nil
}

// Run runs SQL on the server and gives what psql prints, unaligned.
func (s *Server) Run(t testing.TB, query string) string {
	t.Helper()
	return s.RunAt(t, s.Address, query)
}

// RunAt is Run in the database of an address.
func (s *Server) RunAt(t testing.TB, address, query string) string {
	t.Helper()
	out, err := s.psql(address, query)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return out
}

func (s *Server) psql(address, query string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), commandLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, filepath.Join(s.bin, "psql"), "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", address, "-c", query)
	out, err := cmd.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		err = fmt.Errorf("%w: %s", err, exit.Stderr)
	}
	return strings.TrimSpace(string(out)), err
}

// Restart stops the server, in a mode of pg_ctl (immediate is what a crash
// leaves), and starts it again.
func (s *Server) Restart(t testing.TB, mode string) {
	t.Helper()
	s.control(t, "restart", "-m", mode)
}

// Stop stops the server; Start starts it again.
func (s *Server) Stop(t testing.TB) { t.Helper(); s.control(t, "stop", "-m", "immediate") }

// Start starts a server that Stop stopped or Kill killed.
func (s *Server) Start(t testing.TB) { t.Helper(); s.unlock(t); s.control(t, "start") }

func (s *Server) control(t testing.TB, verb string, more ...string) {
	t.Helper()
	args := append([]string{verb, "-w", "-t", "60", "-D", s.Data, "-l", filepath.Join(s.dir, "log"), "-o", options(s.dir)}, more...)
	if out, err := s.command(args).CombinedOutput(); err != nil {
		said, _ := os.ReadFile(filepath.Join(s.dir, "log"))
		t.Fatalf("pg_ctl %s: %v\n%s%s", verb, err, out, said[max(0, len(said)-2000):])
	}
}

func (s *Server) command(args []string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(s.bin, "pg_ctl"), args...)
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: s.as}
	return cmd
}

func start() (*Server, error) {
	bin, err := programs()
	if err != nil {
		return nil, err
	}
	if address := os.Getenv("NETID_POSTGRES"); address != "" {
		return &Server{Address: address, bin: bin}, nil
	}
	return private("")
}

// programs finds the newest server of the distribution.
func programs() (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil {
		return "", err
	}
	best, dir := 14, ""
	for _, f := range found {
		n, err := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(f))))
		if err == nil && n > best {
			best, dir = n, filepath.Dir(f)
		}
	}
	if dir == "" {
		return "", errors.New("no initdb in /usr/lib/postgresql/15 or above")
	}
	return dir, nil
}

// root is where servers have their directories: a socket's path has 107 bytes at most.
func root() string {
	if dir := os.TempDir(); len(dir) < 60 {
		return dir
	}
	return "/tmp"
}

// options put the socket where nobody else looks, and no port on any network.
func options(dir string) string { return "-c listen_addresses= -c unix_socket_directories=" + dir }

// private makes a server, its data in a new directory unless one is named. A watcher stops it and removes the
// directory when its input ends: with this process, or with end.
func private(data string, settings ...string) (s *Server, err error) {
	s = &Server{}
	if s.bin, err = programs(); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(root(), "netid-pg-")
	if err != nil {
		return nil, err
	}
	s.dir, s.Data = dir, filepath.Join(dir, "data")
	sync := "-N "
	if data != "" {
		s.Data, sync = data, "" // whoever chose the disk looks at what it keeps
	}
	name := "postgres"
	if os.Getuid() == 0 { // PostgreSQL refuses to run as root
		if s.as, err = somebody(); err == nil {
			err = os.Chown(dir, int(s.as.Uid), int(s.as.Gid))
		}
	}
	if err == nil {
		out, e := s.command([]string{"initdb", "-D", s.Data, "-o", sync + "-k -A trust -E UTF8 --locale=C.UTF-8 -U " + name}).CombinedOutput()
		if e != nil {
			err = fmt.Errorf("initdb: %w\n%s", e, out)
		}
	}
	if err == nil {
		err = s.configure(settings)
	}
	if err == nil {
		out, e := s.command([]string{"start", "-w", "-t", strconv.Itoa(int(startLimit.Seconds())), "-D", s.Data, "-l", filepath.Join(dir, "log"), "-o", options(dir)}).CombinedOutput()
		if e != nil {
			err = fmt.Errorf("start: %w\n%s", e, out)
		}
	}
	if err != nil {
		os.RemoveAll(dir)
		return nil, err
	}
	s.Address = "postgres://" + name + "@/postgres?host=" + url.QueryEscape(dir)
	s.end, err = s.watch()
	return s, err
}

func (s *Server) configure(settings []string) error {
	f, err := os.OpenFile(filepath.Join(s.Data, "postgresql.conf"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString(strings.Join(settings, "\n") + "\nmax_connections = 200\nautovacuum_naptime = 5\n")
	return errors.Join(err, f.Close())
}

func (s *Server) watch() (end func(), err error) {
	cmd := exec.Command("/bin/sh", "-c", `cat >/dev/null; "$1/pg_ctl" stop -m immediate -D "$3" >/dev/null 2>&1; rm -rf "$2"`, "watch", s.bin, s.dir, s.Data)
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: s.as, Setpgid: true} // a signal to our group is not for it
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return func() { in.Close(); cmd.Wait(); os.RemoveAll(s.dir) }, nil
}

// somebody is the user that the server runs as when we are root.
func somebody() (*syscall.Credential, error) {
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
		if err := errors.Join(err1, err2); err != nil {
			return nil, err
		}
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
	}
	return nil, errors.New("no user to run PostgreSQL as")
}

// Standby is a copy of the server that follows it, until the test ends. It
// cannot be written to.
func (s *Server) Standby(t testing.TB) *Server {
	t.Helper()
	dir, err := os.MkdirTemp(root(), "netid-pg-")
	if err != nil {
		t.Fatal(err)
	}
	b := &Server{dir: dir, Data: filepath.Join(dir, "data"), bin: s.bin, as: s.as}
	if s.as != nil {
		if err := os.Chown(dir, int(s.as.Uid), int(s.as.Gid)); err != nil {
			t.Fatal(err)
		}
	}
	copying := exec.Command(filepath.Join(s.bin, "pg_basebackup"), "-D", b.Data, "-R", "-X", "stream", "-c", "fast", "-d", s.Address+"&application_name=standby")
	copying.Dir = "/"
	copying.SysProcAttr = &syscall.SysProcAttr{Credential: s.as}
	if out, err := copying.CombinedOutput(); err != nil {
		t.Fatalf("pg_basebackup: %v\n%s", err, out)
	}
	b.control(t, "start")
	b.Address = "postgres://postgres@/postgres?host=" + url.QueryEscape(dir)
	if b.end, err = b.watch(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.end)
	return b
}
