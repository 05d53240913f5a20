package crash_test

import (
	"math/rand/v2"
	"net"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	clustertest "netid/test/cluster"
	sandboxtest "netid/test/sandbox"
)

const (
	backWithin = 35 * time.Second // service after whatever happens to a server
	soon       = 10 * time.Second // and after what the operator plans
	patience   = 2 * time.Minute
)

// Three servers, three nodes and a balancer: servers die, are cut off, stand
// still and change over, nodes are cut off, get a wrong clock and are replaced,
// while people are verified. Nothing that was acknowledged is lost, nothing is
// good twice, and the service is back in time.
func TestFailoversOfPostgreSQL(t *testing.T) {
	cluster := deployed(t, false)
	c := &crash{Sandbox: sandboxtest.Of(t, cluster.URL, cluster.Data), dir: t.TempDir()}
	t.Setenv("NETID_STORE", cluster.Store)
	planned := sequence(t, cluster)
	p := newPulse(t, c, 3)
	c.campaign(t, "", len(planned), func(t *testing.T, _ *rand.Rand, end func()) {
		s := planned[c.kills-1]
		switch s.Word {
		case "ahead", "behind":
			c.excuse.Store(stepped)
		case "roll": // nobody may notice
			c.excuse.Store(0)
		default:
			c.excuse.Store(outage)
		}
		p.strike(t, s, cluster)
		end()
		c.excuse.Store(0)
		p.hold(t)
	})
	t.Log(p.count())
}

// sequence is what happens: NETID_FAILOVERS strikes at the servers, each way in
// turn, and each at a node once; or the ways that NETID_STRIKES names.
func sequence(t *testing.T, c *clustertest.Cluster) (all []clustertest.Strike) {
	t.Helper()
	servers, nodes := c.Strikes(), c.NodeStrikes()
	if full() {
		for n := range number(t, "NETID_FAILOVERS", 1) {
			all = append(all, servers[n%len(servers)])
		}
		return append(all, nodes...)
	}
	words := "kill,switch" // within make test
	if w := os.Getenv("NETID_STRIKES"); w != "" {
		words = w
	}
	ways := append(servers, nodes...)
	for word := range strings.SplitSeq(words, ",") {
		i := slices.IndexFunc(ways, func(s clustertest.Strike) bool { return s.Word == word })
		if i < 0 {
			t.Fatalf("NETID_STRIKES: there is no way called %q", word)
		}
		all = append(all, ways[i])
	}
	return all
}

// full: make failover, on a machine that does nothing else.
func full() bool { return os.Getenv("NETID_FAILOVERS") != "" }

// The control: without synchronous replication the same cut loses what was
// acknowledged, and the ledger's remembered head says so.
func TestFailoverThatLosesPostgreSQL(t *testing.T) {
	if !full() {
		t.Skip("a control of make failover")
	}
	cluster := deployed(t, true)
	c := &crash{Sandbox: sandboxtest.Of(t, cluster.URL, cluster.Data), dir: t.TempDir()}
	t.Setenv("NETID_STORE", cluster.Store)
	p := newPulse(t, c, 3)
	p.begin(t)
	time.Sleep(3 * time.Second)
	cut := cluster.Strikes()[1]
	mend, err := cut.Do()
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(backWithin)
	if err := mend(); err != nil {
		t.Fatal(err)
	}
	p.rest()
	if err := cluster.AwaitHealth(patience); err != nil {
		t.Fatal(err)
	}
	lost := 0
	for _, b := range p.beats {
		for _, u := range b.used {
			if a, err := b.who.Get("/records/" + u.receipt); err != nil || a.Data("data-record") != u.receipt {
				lost++
			}
		}
	}
	t.Logf("without synchronous replication: %d of %d acknowledged verifications lost", lost, p.acknowledged.Load())
	if lost == 0 {
		t.Error("the control lost nothing: this campaign could not see a loss")
	}
}

// deployed is a cluster of this test's own.
func deployed(t *testing.T, async bool) *clustertest.Cluster {
	t.Helper()
	if missing := clustertest.Missing(); len(missing) > 0 {
		if os.Getenv("NETID_CLUSTER_MUST") == "1" {
			t.Fatalf("not here: %v", missing)
		}
		t.Skipf("needs %v (the packages etcd-server, patroni, python3-etcd, haproxy)", missing)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	c, err := clustertest.Start(clustertest.Options{Binary: sandboxtest.Binary(t), Port: l.Addr().(*net.TCPAddr).Port, Async: async})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}
