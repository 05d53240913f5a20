package clustertest_test

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	postgrestest "netid/test/postgres"
	sandboxtest "netid/test/sandbox"
	"netid/test/visitor"
)

// Nodes are stopped and started one after another, as for an upgrade, while
// people are verified through the balancer: no request fails.
func TestRollingUpgradeOverPostgreSQL(t *testing.T) {
	t.Setenv("NETID_STORE", postgrestest.Ready(t).Database(t))
	nodes := sandboxtest.StartNodes(t, 3, func(at []string) string {
		b := httptest.NewServer(sandboxtest.Balancer(at))
		t.Cleanup(b.Close)
		return strings.Replace(b.URL, "127.0.0.1", "localhost", 1)
	}, "--drain", "500ms")
	party := register(t, nodes[0], "rolling")
	var done atomic.Int32
	stop := make(chan struct{})
	var all sync.WaitGroup
	for n, card := range []string{"adult-card", "elder-card", "trial-1-card", "trial-2-card"} {
		c, err := visitor.NewCitizen(nodes[0].URL, card, fmt.Sprintf("1009880000%d", n))
		if err == nil {
			err = c.Enrol()
		}
		if err == nil {
			err = c.SignIn()
		}
		if err != nil {
			t.Fatal(err)
		}
		all.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if err := verify(c, party); err != nil {
					t.Errorf("%s: %v", card, err)
					return
				}
				done.Add(1)
			}
		})
	}
	for _, n := range append(nodes, nodes...) {
		before := done.Load()
		n.Restart()
		for done.Load() < before+8 && !t.Failed() { // the load went on
			time.Sleep(10 * time.Millisecond)
		}
	}
	close(stop)
	all.Wait()
	if out, errs, code := nodes[0].Run("ledger", "verify", "--data", nodes[0].Data); code != 0 {
		t.Error(out, errs)
	}
	t.Logf("%d verifications, 6 restarts", done.Load())
}

// verify is one whole verification: request, page, signed decision, code for tokens.
func verify(c *visitor.Citizen, party *visitor.Party) error {
	to, err := c.Approve(party.Authorize(nil))
	if err != nil {
		return err
	}
	got, err := party.Redeem(to.Query().Get("code"), nil)
	if err == nil && got.Receipt() == "" {
		err = fmt.Errorf("the token endpoint answers %d %s", got.Status, got.Body)
	}
	return err
}
