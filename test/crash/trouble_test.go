package crash_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	postgrestest "netid/test/postgres"
	sandboxtest "netid/test/sandbox"
)

// answers has the disk answer otherwise from now on (lossy.Trouble.Follow).
func (d *disk) answers(t *testing.T, format string, args ...any) string {
	t.Helper()
	fmt.Fprintf(d.say, format+"\n", args...)
	line, err := d.said.ReadString('\n')
	if err != nil {
		t.Fatalf("the disk does not hear: %v", err)
	}
	return strings.TrimSpace(line)
}

// well ends its trouble and tells how often it was met.
func (d *disk) well(t *testing.T) int {
	t.Helper()
	n, err := strconv.Atoi(d.answers(t, "well"))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// A sync that fails tells that what was written is on no disk, and the system
// then forgets it: asking again would be answered with a lie. The server writes
// nothing more and ends; the next one begins with what is there, and the power
// cuts that follow show that it made that sure.
func TestSyncsThatFail(t *testing.T) {
	d := newDisk(t)
	c := &crash{Sandbox: sandboxtest.StartIn(t, filepath.Join(d.mount, "data")), dir: t.TempDir()}
	ended, met := 0, 0
	c.campaign(t, "NETID_SYNC_FAULTS", cuts, func(t *testing.T, chance *rand.Rand, end func()) {
		children := c.simulator(t, c.Sandbox)
		c.excuse.Store(http.StatusServiceUnavailable)
		what := []string{"1 netid.db-wal", "-1", "1 people.shelf", "-1 netid.db-wal"}[c.kills%4]
		d.answers(t, "sync %s", what)
		patience := 4 * startLimit // within a second it begins to end, and lets requests in hand finish
		if strings.HasSuffix(what, "shelf") {
			patience = time.Second // nobody may come or leave meanwhile
		}
		for began := time.Now(); c.Running() && time.Since(began) < patience; time.Sleep(5 * time.Millisecond) {
		}
		end()
		failed := d.well(t)
		met += failed
		for began := time.Now(); failed > 0 && c.Running() && time.Since(began) < 4*startLimit; time.Sleep(5 * time.Millisecond) {
		}
		if c.Running() && (failed > 0 || !strings.HasSuffix(what, "shelf")) {
			t.Errorf("kill %d: the server goes on after %d failed syncs (%s)", c.kills, failed, what)
		}
		if !c.Running() {
			ended++
			if !strings.Contains(c.Output(), "the disk failed") || c.Process().ProcessState.ExitCode() == 0 {
				t.Errorf("kill %d: the server ended with %v and did not say that its disk failed", c.kills, c.Process().ProcessState)
			}
		}
		c.Kill()
		c.gone(t, children)
		if chance.IntN(2) == 0 {
			d.cut()
			d.start(t)
		}
		c.starts(t, c.Sandbox)
		c.excuse.Store(0)
	})
	t.Logf("%d syncs failed, and the server ended itself %d times", met, ended)
	c.Stop()
}

// On a full disk nothing is acknowledged that is not kept, what is read is still
// answered, and the same process goes on when there is room.
func TestFullDisk(t *testing.T) {
	d := newDisk(t)
	c := &crash{Sandbox: sandboxtest.StartIn(t, filepath.Join(d.mount, "data")), dir: t.TempDir()}
	met := 0
	c.outlives(t, func() {
		c.campaign(t, "NETID_FULL_DISKS", cuts, func(t *testing.T, chance *rand.Rand, end func()) {
			c.excuse.Store(http.StatusServiceUnavailable)
			d.answers(t, "full %d", chance.IntN(200_000))
			time.Sleep(time.Duration(50+chance.IntN(300)) * time.Millisecond)
			end()
			if status := c.reads(t); status != http.StatusOK {
				t.Errorf("kill %d: on a full disk what is read is answered with %d", c.kills, status)
			}
			met += d.well(t)
			c.finished(t)
		})
	})
	if met == 0 {
		t.Error("the disk was never full")
	}
	t.Logf("%d writes met a full disk", met)
	c.Stop()
}

// The same below PostgreSQL, which ends itself when a sync of its log fails. The
// server outlives it.
func TestDiskTroubleOfPostgreSQL(t *testing.T) {
	postgrestest.Ready(t)
	d := newDisk(t)
	c := over(t, postgrestest.OwnIn(t, filepath.Join(d.mount, "data")))
	c.Sandbox = sandboxtest.Start(t)
	met := map[string]int{}
	c.outlives(t, func() {
		c.campaign(t, "NETID_DISK_FAULTS", cuts, func(t *testing.T, chance *rand.Rand, end func()) {
			c.excuse.Store(http.StatusServiceUnavailable)
			what := []string{"sync 1", "full 0", "sync -1", "full 300000"}[c.kills%4]
			d.answers(t, "%s", what)
			time.Sleep(time.Duration(100+chance.IntN(400)) * time.Millisecond)
			end()
			verb, _, _ := strings.Cut(what, " ")
			met[verb] += d.well(t)
			if c.database.Runs() && chance.IntN(2) == 0 {
				c.database.Kill(t, d.cut)
				d.start(t)
			}
			c.back(t)
			c.finished(t)
		})
	})
	if met["sync"] == 0 || met["full"] == 0 {
		t.Errorf("the trouble was never met: %v", met)
	}
	t.Logf("met: %v", met)
	c.Stop()
}
