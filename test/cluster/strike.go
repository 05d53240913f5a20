package clustertest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"
)

// Strike is one way to break a cluster, and the way back.
type Strike struct {
	Word    string // to ask for it
	About   string
	Planned bool // the operator's own
	Do      func() (mend func() error, err error)
}

// Strikes are the ways to break the servers: those that a failover follows, and
// the loss of the standby that is waited for.
func (c *Cluster) Strikes() []Strike {
	return []Strike{
		{"kill", "the primary's machine dies (SIGKILL of everything on it)", false, func() (func() error, error) { return c.dies("leader") }},
		{"cut", "the primary is cut off from the other servers, not from the nodes", false, c.isCut},
		{"pause", "everything on the primary's machine stands still (SIGSTOP)", false, c.stands},
		{"standby", "the synchronous standby's machine dies", false, func() (func() error, error) { return c.dies("sync_standby") }},
		{"switch", "a planned switchover to the synchronous standby", true, c.switches},
	}
}

// NodeStrikes are the ways to break a netid node.
func (c *Cluster) NodeStrikes() []Strike {
	clock := func(off string) func() (func() error, error) {
		return func() (func() error, error) {
			at := c.clock(c.nodes[1])
			return func() error { return os.Remove(at) }, os.WriteFile(at, []byte(off), 0o644)
		}
	}
	return []Strike{
		{"node", "the second node is cut off from the servers and from the balancer", false, c.nodeIsCut},
		{"ahead", "the second node's clock steps an hour ahead", false, clock("1h")},
		{"behind", "the second node's clock steps an hour back", false, clock("-1h")},
		{"roll", "the nodes are stopped and started one after another", true, c.rolls},
	}
}

func nothing() error { return nil }

func (c *Cluster) dies(role string) (func() error, error) {
	m, err := c.with(role)
	if err != nil {
		return nothing, err
	}
	return func() error { return c.startServer(m) }, c.kill(m)
}

func (c *Cluster) isCut() (func() error, error) {
	m, err := c.with("leader")
	if err != nil {
		return nothing, err
	}
	return func() error { return c.heal(m, c.servers) }, c.cut(m, c.servers)
}

func (c *Cluster) stands() (func() error, error) {
	m, err := c.with("leader")
	if err != nil {
		return nothing, err
	}
	c.signal(m, syscall.SIGSTOP)
	return func() error { c.signal(m, syscall.SIGCONT); return nil }, nil
}

func (c *Cluster) switches() (func() error, error) {
	from, err := c.with("leader")
	if err != nil {
		return nothing, err
	}
	to, err := c.with("sync_standby")
	if err != nil {
		return nothing, err
	}
	body, err := json.Marshal(map[string]string{"leader": from.name, "candidate": to.name})
	if err != nil {
		return nothing, err
	}
	a, err := (&http.Client{Timeout: time.Minute}).Post("http://"+from.address+":8008/switchover", "application/json", bytes.NewReader(body))
	if err != nil {
		return nothing, err
	}
	defer a.Body.Close()
	said, _ := io.ReadAll(a.Body)
	if a.StatusCode != http.StatusOK {
		return nothing, fmt.Errorf("switchover: %s %s", a.Status, said)
	}
	return nothing, nil
}

// nodeIsCut pulls the node's cable.
func (c *Cluster) nodeIsCut() (func() error, error) {
	if !c.apart {
		return nothing, errors.New("to cut a node off takes root: all machines share one network here")
	}
	m := c.nodes[1]
	return func() error { return ip("-n " + m.name + " link set eth0 up") }, ip("-n " + m.name + " link set eth0 down")
}

func (c *Cluster) rolls() (func() error, error) {
	for _, m := range c.nodes {
		if err := c.stopNode(m); err != nil {
			return nothing, err
		}
		if err := c.startNode(m); err != nil {
			return nothing, err
		}
		time.Sleep(2 * time.Second) // the balancer sees it before the next one leaves
	}
	return nothing, nil
}

// Member is a server as Patroni sees it.
type Member struct {
	Name, Role, State string
	Timeline          int
}

// Members is what most of the servers say: one that was cut off a moment ago
// still tells what it knew.
func (c *Cluster) Members() ([]Member, error) {
	said := map[string]int{}
	var failed error
	for _, m := range c.servers {
		text, err := c.ask("http://" + m.address + ":8008/cluster")
		var view struct{ Members []Member }
		if err == nil {
			err = json.Unmarshal([]byte(text), &view)
		}
		if failed = errors.Join(failed, err); err != nil || len(view.Members) == 0 {
			continue
		}
		slices.SortFunc(view.Members, func(a, b Member) int { return strings.Compare(a.Name, b.Name) })
		same := fmt.Sprint(view.Members)
		if said[same]++; said[same] > len(c.servers)/2 {
			return view.Members, nil
		}
	}
	return nil, errors.Join(errors.New("the servers do not agree"), failed)
}

// with finds the server that has a role. Without synchronous replication any
// replica is what would be the standby.
func (c *Cluster) with(role string) (*machine, error) {
	if role == "sync_standby" && c.options.Async {
		role = "replica"
	}
	all, err := c.Members()
	for _, m := range all {
		if m.Role == role {
			return c.servers[slices.IndexFunc(c.servers, func(s *machine) bool { return s.name == m.Name })], nil
		}
	}
	return nil, errors.Join(fmt.Errorf("no server is %s now", role), err)
}

// AwaitHealth waits until all three servers replicate on one timeline, one of them synchronously.
func (c *Cluster) AwaitHealth(limit time.Duration) error {
	var last []Member
	for deadline := time.Now().Add(limit); time.Now().Before(deadline); time.Sleep(500 * time.Millisecond) {
		all, err := c.Members()
		if last = all; err == nil && c.healthy(all) {
			return nil
		}
	}
	return fmt.Errorf("the servers are not healthy after %v: %v", limit, last)
}

func (c *Cluster) healthy(all []Member) bool {
	roles := map[string]int{}
	for _, m := range all {
		if m.State != "running" && m.State != "streaming" || m.Timeline != all[0].Timeline {
			return false
		}
		roles[m.Role]++
	}
	return len(all) == len(c.servers) && roles["leader"] == 1 && (roles["sync_standby"] == 1 || c.options.Async)
}

// String says who is what.
func (c *Cluster) String() string {
	var b strings.Builder
	all, err := c.Members()
	for _, m := range all {
		fmt.Fprintf(&b, "  %-12s %-13s %-10s timeline %d\n", m.Name, m.Role, m.State, m.Timeline)
	}
	if err != nil {
		fmt.Fprintf(&b, "  %v\n", err)
	}
	for _, m := range c.nodes {
		state, err := c.ask("http://" + m.address + ":7080/healthz")
		if err != nil {
			state = "does not answer"
		}
		fmt.Fprintf(&b, "  %-12s %-13s %s\n", m.name, "netid", strings.TrimSpace(state))
	}
	return b.String()
}
