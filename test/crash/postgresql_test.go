package crash_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	postgrestest "netid/test/postgres"
	sandboxtest "netid/test/sandbox"
	"netid/test/visitor"
)

// over gives a crash whose store and shelf are in a database of its own.
func over(t *testing.T, server *postgrestest.Server) *crash {
	t.Helper()
	c := &crash{database: server, at: server.Database(t), dir: t.TempDir()}
	t.Setenv("NETID_STORE", c.at) // of every command
	return c
}

func TestKilledOverPostgreSQL(t *testing.T) {
	c := over(t, postgrestest.Ready(t))
	c.Sandbox = sandboxtest.Start(t)
	c.campaign(t, "NETID_CRASH_TRIALS", trials, c.server)
}

// The database dies and comes back while the server runs on.
func TestKilledPostgreSQL(t *testing.T) {
	c := over(t, postgrestest.Own(t))
	c.Sandbox = sandboxtest.Start(t)
	c.outlives(t, func() { c.campaign(t, "NETID_CRASH_TRIALS", trials, c.below(nil, nil)) })
}

// The power of the database's machine is cut, and what its disk did not sync is
// forgotten, while the server runs on. The control loses.
func TestPowerCutsOfPostgreSQL(t *testing.T) {
	postgrestest.Ready(t)
	d := newDisk(t)
	c := over(t, postgrestest.OwnIn(t, filepath.Join(d.mount, "data")))
	c.Sandbox = sandboxtest.Start(t)
	c.outlives(t, func() { c.campaign(t, "NETID_POWER_CUTS", cuts, c.below(d.cut, func() { d.start(t) })) })
	c.Stop()
	for _, setting := range []string{"on", "off"} {
		lost, acknowledged := c.cutWriter(t, d, setting)
		t.Logf("synchronous_commit=%s: %d of %d acknowledged rows lost", setting, lost, acknowledged)
		if acknowledged == 0 || (lost > 0) != (setting == "off") {
			t.Errorf("synchronous_commit=%s lost %d of %d", setting, lost, acknowledged)
		}
	}
}

// outlives: the server is the same process when all is over, and what it began
// is finished by the next at the latest.
func (c *crash) outlives(t *testing.T, campaign func()) {
	t.Helper()
	first := c.Process()
	campaign()
	if c.Process() != first || !c.Running() {
		t.Error("the server did not outlive its database")
	}
	t.Logf("the server answered at most %v after its database was back", c.slowest)
	c.Stop() // it lets go of connections that nobody used after five seconds only, which is no part of a start
	c.starts(t, c.Sandbox)
}

// below strikes the database. What was answered with a failure meanwhile may
// have happened or not.
func (c *crash) below(cut, mend func()) strike {
	return func(t *testing.T, chance *rand.Rand, end func()) {
		c.excuse.Store(http.StatusServiceUnavailable)
		c.database.Kill(t, cut)
		time.Sleep(time.Duration(chance.IntN(300)) * time.Millisecond)
		end()
		if status := c.reads(t); status != http.StatusServiceUnavailable {
			t.Errorf("kill %d: without a database the server answers %d", c.kills, status)
		}
		if mend != nil {
			mend()
		}
		c.back(t)
		c.finished(t)
	}
}

// back waits until the server answers from its database, which is started
// where it does not run.
func (c *crash) back(t *testing.T) {
	t.Helper()
	began := time.Now()
	for c.reads(t) != http.StatusOK {
		if !c.database.Runs() { // also one that ended while it was looked at
			c.database.Start(t)
			began = time.Now()
		}
		if time.Since(began) > startLimit {
			t.Fatalf("kill %d: the database is back for %v, and the server does not answer", c.kills, time.Since(began))
		}
		time.Sleep(10 * time.Millisecond)
	}
	c.slowest = max(c.slowest, time.Since(began))
}

// finished: no doubt is excused any more, and no erasure that was acknowledged waits.
func (c *crash) finished(t *testing.T) {
	t.Helper()
	c.excuse.Store(0)
	atMost := 0
	for _, l := range c.lives {
		atMost += l.halfGone
	}
	if n := c.shreds(t); n > atMost { // the server finishes them within a minute
		t.Errorf("kill %d: %d erasures are not finished, and only %d were not acknowledged", c.kills, n, atMost)
	}
}

// reads asks for something that only the database knows.
func (c *crash) reads(t *testing.T) int {
	t.Helper()
	b := visitor.New(c.URL)
	defer b.Close()
	a, err := b.Get("/ledger/head")
	if err != nil {
		t.Fatal(err)
	}
	p := *c.parties[0]
	p.Browser = b
	got, err := p.Redeem("no code", nil) // reads the party
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range []*visitor.Answer{a, got.Answer} {
		if (a.Status == http.StatusServiceUnavailable) != (a.Header.Get("Retry-After") != "") {
			t.Errorf("%s answers %d and Retry-After: %q", a.At.Path, a.Status, a.Header.Get("Retry-After"))
		}
	}
	return a.Status
}

// One of two nodes dies; the other knows all that both acknowledged, and those
// whom the dead one was not serving notice nothing.
func TestKilledNodeOverPostgreSQL(t *testing.T) {
	c := over(t, postgrestest.Ready(t))
	nodes := sandboxtest.StartNodes(t, 2, func(at []string) string {
		b := httptest.NewServer(sandboxtest.Balancer(at))
		t.Cleanup(b.Close)
		return strings.Replace(b.URL, "127.0.0.1", "localhost", 1)
	})
	c.Sandbox = nodes[0]
	c.campaign(t, "NETID_CRASH_TRIALS", trials, func(t *testing.T, chance *rand.Rand, end func()) {
		n := nodes[chance.IntN(len(nodes))]
		children := c.simulator(t, n)
		c.excuse.Store(http.StatusBadGateway)
		n.Kill()
		time.Sleep(time.Duration(chance.IntN(300)) * time.Millisecond)
		end()
		c.excuse.Store(0)
		c.ended(t, children, func([]byte) bool { return false })
		c.load(t, func(l *life) { l.hold(t) }) // on the node that lives
		c.starts(t, n)
	})
}

// cutWriter is the control: a writer of the database itself, since the server
// refuses one that is set so.
func (c *crash) cutWriter(t *testing.T, d *disk, setting string) (lost, acknowledged int) {
	t.Helper()
	last := writesUntil(t, role("writer", c.at, setting), func() { c.database.Kill(t, d.cut) })
	d.start(t)
	c.database.Start(t)
	there, err := strconv.Atoi(c.database.RunAt(t, c.at, "SELECT coalesce(max(n), 0) FROM control_"+setting))
	if err != nil {
		t.Fatal(err)
	}
	return max(0, last-there), last
}

// insertPostgreSQL is insert over PostgreSQL, with one setting of the session.
func insertPostgreSQL(at, setting string) error {
	ctx := context.Background()
	db, err := pgx.Connect(ctx, at)
	if err != nil {
		return err
	}
	if _, err := db.Exec(ctx, "CREATE TABLE control_"+setting+" (n bigint PRIMARY KEY); SET synchronous_commit = "+setting); err != nil {
		return err
	}
	for n := 1; ; n++ {
		if _, err := db.Exec(ctx, "INSERT INTO control_"+setting+" VALUES ($1)", n); err != nil {
			return fmt.Errorf("row %d: %w", n, err)
		}
		fmt.Println(n)
	}
}
