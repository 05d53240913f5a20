package clustertest

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// mayPart reports whether machines can have networks of their own: it takes
// root, and a system that lets root.
func mayPart() bool {
	if os.Getuid() != 0 {
		return false
	}
	const trial = "netid-trial"
	if exec.Command("ip", "netns", "add", trial).Run() != nil {
		return false
	}
	return exec.Command("ip", "netns", "del", trial).Run() == nil
}

// part gives each machine its own network, and a cable to one switch.
func (c *Cluster) part() error {
	for _, old := range append(c.servers, c.nodes...) { // of a cluster whose watcher was killed too
		exec.Command("ip", "netns", "del", old.name).Run()
	}
	exec.Command("ip", "link", "del", "netid").Run()
	if err := ip("link add netid type bridge", "addr add "+c.subnet+"1/24 dev netid", "link set netid up"); err != nil {
		return err
	}
	for i, m := range append(c.servers, c.nodes...) {
		cable := fmt.Sprintf("netid%d", i+1)
		exec.Command("ip", "link", "del", cable).Run() // a space that was deleted keeps its end for a moment
		if err := ip("netns add "+m.name, "link add "+cable+" type veth peer name eth0 netns "+m.name, "link set "+cable+" master netid up",
			"-n "+m.name+" addr add "+m.address+"/24 dev eth0", "-n "+m.name+" link set eth0 up", "-n "+m.name+" link set lo up"); err != nil {
			return err
		}
	}
	return nil
}

// cut keeps a machine and some others from hearing of each other, and heal undoes it.
func (c *Cluster) cut(m *machine, from []*machine) error  { return c.routes("add", m, from) }
func (c *Cluster) heal(m *machine, from []*machine) error { return c.routes("del", m, from) }

func (c *Cluster) routes(verb string, m *machine, from []*machine) error {
	if !c.apart {
		return fmt.Errorf("to cut %s off takes root: all machines share one network here", m.name)
	}
	for _, other := range from {
		if other == m {
			continue
		}
		if err := ip("-n "+m.name+" route "+verb+" blackhole "+other.address+"/32", "-n "+other.name+" route "+verb+" blackhole "+m.address+"/32"); err != nil {
			return err
		}
	}
	return nil
}

// ip runs commands of ip(8).
func ip(commands ...string) error {
	for _, c := range commands {
		if out, err := exec.Command("ip", strings.Fields(c)...).CombinedOutput(); err != nil {
			return fmt.Errorf("ip %s: %w: %s", c, err, out)
		}
	}
	return nil
}
