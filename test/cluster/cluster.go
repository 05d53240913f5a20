// Package clustertest runs a whole deployment of several machines on this one:
// three PostgreSQL servers with synchronous replication and automatic failover
// (etcd, Patroni), three netid nodes, and a balancer (HAProxy) before both.
//
// It owns processes, their configuration, and the ways to break them, and
// refuses to know what netid keeps. Where it may (root on Linux) every machine
// has a network of its own, so that one can be cut off; elsewhere all listen on
// loopback addresses, and nothing can be cut.
//
// Invariant: when the process that started a cluster ends, however it ends, so
// does everything that belongs to it.
package clustertest

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	sandboxtest "netid/test/sandbox"
)

// Options say what is started.
type Options struct {
	Binary string // netid
	Dir    string // for everything; empty: a new one, removed at the end
	Port   int    // of the balancer on localhost
	Async  bool   // without synchronous replication: the control, which loses
}

// Cluster is a running one.
type Cluster struct {
	URL   string // of the balancer: what everybody calls the service
	Store string // the primary, through the balancer
	Data  string // the nodes' data directory

	options  Options
	dir      string
	subnet   string
	apart    bool // each machine has a network of its own
	own      bool // the directory is ours to remove
	servers  []*machine
	nodes    []*machine
	gatherer *http.Server
	end      func() error
}

// machine is one of the cluster's: a server with its etcd and its Patroni, or
// a netid node with its way to the primary.
type machine struct {
	name, address string
	node          *exec.Cmd // the netid of a node; nil when none runs
}

const (
	startLimit = 2 * time.Minute
	primary    = 15432 // where the balancer leads to the primary
	gathered   = 7099  // where the nodes' messages to telephones are gathered
)

// Start starts everything and returns when it is healthy.
func Start(o Options) (c *Cluster, err error) {
	if missing := Missing(); len(missing) > 0 {
		return nil, fmt.Errorf("not here: %s (packages etcd-server patroni python3-etcd haproxy postgresql iproute2)", strings.Join(missing, ", "))
	}
	c = &Cluster{options: o, dir: o.Dir, apart: mayPart(), subnet: "127.77.0.", URL: fmt.Sprintf("http://localhost:%d", o.Port),
		Store: fmt.Sprintf("postgres://netid@127.0.0.1:%d/netid?sslmode=disable", primary)}
	if c.apart {
		c.subnet = "10.77.0."
	}
	for i := range 3 {
		c.servers = append(c.servers, &machine{name: fmt.Sprintf("netid-db%d", i+1), address: fmt.Sprintf("%s%d", c.subnet, 11+i)})
		c.nodes = append(c.nodes, &machine{name: fmt.Sprintf("netid-node%d", i+1), address: fmt.Sprintf("%s%d", c.subnet, 21+i)})
	}
	if err := c.prepare(); err != nil {
		return nil, err
	}
	if err := c.start(); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// Missing are the programs that a cluster needs and that are not here.
func Missing() (names []string) {
	for _, name := range []string{"etcd", "patroni", "haproxy"} {
		if _, err := exec.LookPath(name); err != nil && !executable("/usr/sbin/"+name) {
			names = append(names, name)
		}
	}
	if programs() == "" {
		names = append(names, "postgres")
	}
	return names
}

func executable(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode()&0o111 != 0
}

// programs is the directory of the newest PostgreSQL from 15 on.
func programs() string {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	best, dir := 14, ""
	for _, f := range found {
		var n int
		if _, err := fmt.Sscanf(f, "/usr/lib/postgresql/%d/", &n); err == nil && n > best {
			best, dir = n, filepath.Dir(f)
		}
	}
	return dir
}

// prepare makes the directory, and what ends everything.
func (c *Cluster) prepare() (err error) {
	if err := c.free(); err != nil {
		return err
	}
	if c.own = c.dir == ""; c.own {
		if c.dir, err = os.MkdirTemp("/tmp", "netid-cluster-"); err != nil { // a socket's path has 107 bytes at most
			return err
		}
	} else if c.dir, err = filepath.Abs(c.dir); err != nil {
		return err
	}
	c.Data = filepath.Join(c.dir, "netid")
	if err := os.MkdirAll(filepath.Join(c.dir, "log"), 0o755); err != nil {
		return err
	}
	if err := os.Chmod(c.dir, 0o755); err != nil { // the database's user goes through it
		return err
	}
	c.end, err = c.watch()
	return err
}

// free refuses to meet another cluster: the names and addresses are always the same.
func (c *Cluster) free() error {
	l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", primary))
	if err != nil {
		return fmt.Errorf("does another cluster run? %w", err)
	}
	return l.Close()
}

func (c *Cluster) start() error {
	if c.apart {
		if err := c.part(); err != nil {
			return err
		}
	}
	if err := c.configure(); err != nil {
		return err
	}
	for _, m := range c.servers {
		if err := c.startServer(m); err != nil {
			return err
		}
	}
	if err := c.balance(); err != nil {
		return err
	}
	if err := c.AwaitHealth(startLimit); err != nil {
		return err
	}
	for _, query := range []string{"CREATE ROLE netid LOGIN", "CREATE DATABASE netid OWNER netid TEMPLATE template0 ENCODING 'UTF8'"} {
		if _, err := c.SQL("postgres", query); err != nil {
			return err
		}
	}
	for _, m := range c.nodes { // the first makes the keys that all share
		if err := c.startNode(m); err != nil {
			return err
		}
	}
	return nil
}

// balance starts what leads people to the nodes and nodes to the primary. Each
// machine has its own way to the primary, as in production: one that all share
// would be one that all lose.
func (c *Cluster) balance() error {
	if err := c.spawn(nil, "balancer", c.haproxy("people.cfg", "primary.cfg")...); err != nil {
		return err
	}
	if c.apart {
		for _, m := range c.nodes {
			if err := c.spawn(m, m.name+"-way", c.haproxy("primary.cfg")...); err != nil {
				return err
			}
		}
	}
	var at []string
	for _, m := range c.nodes {
		at = append(at, m.address+":7080")
	}
	l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", gathered))
	if err != nil {
		return err
	}
	c.gatherer = &http.Server{Handler: sandboxtest.Balancer(at), ReadHeaderTimeout: 5 * time.Second}
	go c.gatherer.Serve(l)
	return nil
}

func (c *Cluster) haproxy(files ...string) []string {
	args := []string{"haproxy", "-db"}
	if executable("/usr/sbin/haproxy") {
		args[0] = "/usr/sbin/haproxy"
	}
	for _, f := range files {
		args = append(args, "-f", filepath.Join(c.dir, f))
	}
	return args
}

// SQL runs a query on the primary and gives what psql prints, unaligned.
func (c *Cluster) SQL(database, query string) (string, error) {
	cmd := exec.Command(filepath.Join(programs(), "psql"), "-XAtq", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", fmt.Sprint(primary), "-U", "postgres", "-d", database, "-c", query)
	cmd.Env = append(os.Environ(), "PGCONNECT_TIMEOUT=10")
	out, err := cmd.CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%s: %w: %s", query, err, out)
	}
	return strings.TrimSpace(string(out)), err
}

// Close ends everything and takes away what was set up.
func (c *Cluster) Close() error {
	if c.gatherer != nil {
		c.gatherer.Close()
	}
	return c.end()
}
