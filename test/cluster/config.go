package clustertest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// configure writes the files that the programs read.
func (c *Cluster) configure() error {
	files := map[string]string{"people.cfg": c.people(), "primary.cfg": c.primary()}
	for _, m := range c.servers {
		files[m.name+".yml"] = c.patroni(m)
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(c.dir, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// patroni is a server's. The API of etcd is version 2: with version 3 a Patroni
// before 3.0.3 lets a leader that was cut off take its place back. The leader's key
// lives 20 s, the shortest that Patroni takes; a replica that lacks a
// byte is no candidate.
func (c *Cluster) patroni(m *machine) string {
	var peers []string
	for _, s := range c.servers {
		peers = append(peers, s.address+":2379")
	}
	sync := fmt.Sprint(!c.options.Async)
	return strings.NewReplacer("NAME", m.name, "ADDRESS", m.address, "PEERS", strings.Join(peers, ","), "SYNC", sync,
		"DATA", c.home(m), "BIN", programs()).Replace(`
scope: netid
name: NAME
restapi: {listen: "ADDRESS:8008", connect_address: "ADDRESS:8008"}
etcd: {hosts: [PEERS]}
bootstrap:
  dcs:
    ttl: 20
    loop_wait: 2
    retry_timeout: 5
    maximum_lag_on_failover: 0
    synchronous_mode: SYNC
    synchronous_mode_strict: SYNC
    synchronous_node_count: 1
    check_timeline: true
    postgresql:
      use_pg_rewind: true
      use_slots: true
      parameters: {synchronous_commit: "on", wal_log_hints: "on", hot_standby: "on", max_connections: 100, shared_buffers: 64MB, wal_sender_timeout: 10s, wal_receiver_timeout: 10s}
  initdb: [{encoding: UTF8}, {locale: C.UTF-8}, data-checksums]
  pg_hba: ["local all all trust", "host all all samehost trust", "host all all samenet trust", "host replication all samehost trust", "host replication all samenet trust"]
postgresql:
  listen: "ADDRESS:5432"
  connect_address: "ADDRESS:5432"
  data_dir: DATA/data
  bin_dir: BIN
  pgpass: DATA/pgpass
  authentication: {superuser: {username: postgres, password: x}, replication: {username: replicator, password: x}, rewind: {username: postgres, password: x}}
  parameters: {unix_socket_directories: "DATA"}
`)
}

// primary leads to whichever server says that it is the primary, and ends the
// connections to one that stops saying so: else a node would wait for as long as
// a server that stands still stands still.
func (c *Cluster) primary() string {
	var b strings.Builder
	fmt.Fprintf(&b, `
listen primary
  mode tcp
  bind 127.0.0.1:%d
  timeout connect 2s
  timeout client 1h
  timeout server 1h
  timeout check 2s
  option clitcpka
  option srvtcpka
  option httpchk
  http-check send meth GET uri /primary
  http-check expect status 200
  default-server check port 8008 inter 1s fastinter 300ms fall 2 rise 1 on-marked-down shutdown-sessions
`, primary)
	for _, m := range c.servers {
		fmt.Fprintf(&b, "  server %s %s:5432\n", m.name, m.address)
	}
	return b.String()
}

// people leads to the nodes that are ready; to all when none says so, for their
// own page says more than the balancer's. A request that reached a node is
// never sent again: nobody knows what came of it.
func (c *Cluster) people() string {
	var b strings.Builder
	fmt.Fprintf(&b, `
global
  maxconn 4000
  log stdout format raw local0 info

defaults people
  mode http
  log global
  option httplog
  option log-health-checks
  timeout connect 1s
  timeout client 60s
  timeout server 60s
  timeout check 2s
  retries 2
  option redispatch 1
  retry-on conn-failure

frontend people from people
  bind 127.0.0.1:%d
  use_backend messages if { path /sandbox/outbox }
  use_backend any if { nbsrv(ready) eq 0 }
  default_backend ready

backend messages from people
  server gathered 127.0.0.1:%d

backend ready from people
  balance roundrobin
  option httpchk
  http-check send meth GET uri /healthz
  http-check expect status 200
  default-server check inter 500ms fall 1 rise 1
`, c.options.Port, gathered)
	for _, m := range c.nodes {
		fmt.Fprintf(&b, "  server %s %s:7080\n", m.name, m.address)
	}
	b.WriteString("\nbackend any from people\n  balance roundrobin\n")
	for _, m := range c.nodes {
		fmt.Fprintf(&b, "  server %s %s:7080\n", m.name, m.address)
	}
	return b.String()
}

// home is a machine's own directory. It stands in the command lines of what runs
// there, which is how they are found.
func (c *Cluster) home(m *machine) string { return filepath.Join(c.dir, m.name) }
