package netid_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	postgrestest "netid/test/postgres"
	sandboxtest "netid/test/sandbox"
)

// The journey over two processes that share one PostgreSQL and one keyring:
// every request goes to the other one than the request before.
func TestJourneyOnTwoNodesOverPostgreSQL(t *testing.T) {
	nodes := twoNodes(t)
	travel(t, nodes[0], "international")
}

// What one process was told, the other knows.
func TestTokenKeyOnTwoNodesOverPostgreSQL(t *testing.T) {
	nodes := twoNodes(t)
	j := &journey{Sandbox: nodes[0], t: t}
	j.register("rp", "rp")
	for range 3 {
		j.pushed("adult")
	}
	j.rotate(nodes)
	j.netid("ledger", "verify", "--data", j.Data)
}

// rotate: a key that is drawn beside the running servers signs on both within
// seconds, and each verifies what the other signed.
func (j *journey) rotate(nodes []*sandboxtest.Sandbox) {
	j.t.Helper()
	out := j.netid("keys", "rotate", "token", "--data", j.Data)
	id, _, _ := strings.Cut(out, " ")
	for _, n := range nodes {
		for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(100 * time.Millisecond) {
			r, err := http.Get(n.At() + "/jwks")
			if err != nil {
				j.t.Fatal(err)
			}
			b, err := io.ReadAll(r.Body)
			r.Body.Close()
			if err == nil && strings.Contains(string(b), id) {
				break
			}
			if time.Now().After(deadline) {
				j.t.Fatalf("%s does not know %s: %s", n.At(), id, b)
			}
		}
	}
	j.signIn("adult")
}

func twoNodes(t *testing.T) []*sandboxtest.Sandbox {
	t.Helper()
	t.Setenv("NETID_STORE", postgrestest.Ready(t).Database(t))
	return sandboxtest.StartNodes(t, 2, func(at []string) string {
		b := httptest.NewServer(sandboxtest.Balancer(at))
		t.Cleanup(b.Close)
		return strings.Replace(b.URL, "127.0.0.1", "localhost", 1)
	})
}
