// Package crash_test kills the real program, or the database below it, with
// SIGKILL at random instants, while several people enrol, are verified by several
// parties, freeze, thaw, withdraw and leave, and starts it again on the same data:
// nothing that was acknowledged may be lost, and nothing that was refused may
// become good.
package crash_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	postgrestest "netid/test/postgres"
	sandboxtest "netid/test/sandbox"
	"netid/test/visitor"
)

const (
	trials     = 5               // kills within make test
	startLimit = 5 * time.Second // until both addresses answer again
)

// crash is one sandbox in which somebody dies again and again: what the
// campaigns differ in is who, and that is their strike.
type crash struct {
	*sandboxtest.Sandbox // where people go, and whose data it is
	parties              []*visitor.Party
	lives                []*life
	heads                []string // files with heads that the server or the command showed
	dir                  string
	kills                int

	places map[string]string // whose each place of a status is

	database *postgrestest.Server // nil: the embedded store
	at       string               // this sandbox's database
	slowest  time.Duration        // from when the database was back until the server answered
	excuse   atomic.Int32         // the status, while somebody is dead, of an answer that leaves a doubt; 0: none does
}

// strike kills somebody under load and gives them back. end stops everybody
// and waits for them.
type strike func(t *testing.T, chance *rand.Rand, end func())

func TestKilledAtAnyMoment(t *testing.T) {
	t.Parallel()
	c := &crash{Sandbox: sandboxtest.Start(t), dir: t.TempDir()}
	c.campaign(t, "NETID_CRASH_TRIALS", trials, c.server)
	children := c.simulator(t, c.Sandbox)
	c.Stop()
	c.gone(t, children)
}

// campaign strikes as often as the variable (if any) says, or n times.
func (c *crash) campaign(t *testing.T, name string, n int, blow strike) {
	t.Helper()
	n, seed := number(t, name, n), uint64(number(t, "NETID_CRASH_SEED", int(time.Now().UnixNano()&0x7fffffff)))
	t.Logf("NETID_CRASH_SEED=%d %s=%d", seed, name, n)
	c.people(t, seed)
	chance := rand.New(rand.NewPCG(seed, 1<<32))
	c.load(t, func(l *life) { l.whole(t) }) // every kind of fact is there before the first kill
	for range n {
		stop := make(chan struct{})
		var all sync.WaitGroup
		for _, l := range c.lives {
			all.Go(func() { l.live(t, stop) })
		}
		time.Sleep(time.Duration(20+chance.IntN(781)) * time.Millisecond)
		c.remember(t, chance.IntN(2) == 0)
		c.kills++
		blow(t, chance, func() {
			close(stop)
			all.Wait()
		})
		c.verify(t, "when all are back")
		c.placed(t)
		c.load(t, func(l *life) { l.hold(t) })
		if t.Failed() {
			t.Fatalf("after kill %d of %d: NETID_CRASH_SEED=%d", c.kills, n, seed)
		}
	}
	c.load(t, func(l *life) { l.whole(t) }) // and life goes on
	c.verify(t, "at the end")
	if c.placed(t); len(c.places) < len(c.lives) {
		t.Errorf("%d places of %d people", len(c.places), len(c.lives))
	}
	t.Log(c.count())
}

// server dies.
func (c *crash) server(t *testing.T, chance *rand.Rand, end func()) {
	children := c.simulator(t, c.Sandbox)
	c.Kill()
	end()
	c.gone(t, children)
	c.verify(t, "on what the dead server left")
	if chance.IntN(3) == 0 {
		c.stillborn(t, time.Duration(1+chance.IntN(150))*time.Millisecond)
	}
	c.starts(t, c.Sandbox)
}

// starts gives a server back, which has finished what was begun before it
// answers anybody.
func (c *crash) starts(t *testing.T, s *sandboxtest.Sandbox) {
	t.Helper()
	began := time.Now()
	s.Restart()
	if took := time.Since(began); took > startLimit {
		t.Errorf("kill %d: the start took %v", c.kills, took)
	}
	if n := c.shreds(t); n != 0 {
		t.Errorf("kill %d: %d erasures wait to be finished while the server answers", c.kills, n)
	}
}

// people are those who live here, and the parties that ask them.
func (c *crash) people(t *testing.T, seed uint64) {
	t.Helper()
	c.admit(t)
	for i, card := range []string{"adult-card", "elder-card", "overseas-passport", "trial-1-card", "trial-2-card", "trial-3-card"} {
		c.lives = append(c.lives, &life{crash: c, card: card, who: i, chance: rand.New(rand.NewPCG(seed, uint64(i)))})
	}
	c.lives[0].second = "adult-passport"
}

// admit registers the parties, once.
func (c *crash) admit(t *testing.T) {
	t.Helper()
	if c.parties == nil {
		c.parties = []*visitor.Party{c.party(t, "crash-public", "--public"), c.party(t, "crash-secret")}
	}
}

// load has everybody do something side by side and waits for them.
func (c *crash) load(t *testing.T, do func(*life)) {
	t.Helper()
	var all sync.WaitGroup
	for _, l := range c.lives {
		all.Go(func() { do(l) })
	}
	all.Wait()
	if t.Failed() {
		t.FailNow()
	}
}

// count says how many facts of each kind there were to lose.
func (c *crash) count() string {
	sum := map[string]int{}
	for _, l := range c.lives {
		for kind, n := range l.acknowledged {
			sum[kind] += n
		}
	}
	return fmt.Sprintf("%d kills; acknowledged %v", c.kills, sum)
}

// party registers one as its developer would.
func (c *crash) party(t *testing.T, id string, flags ...string) *visitor.Party {
	t.Helper()
	redirect := "http://127.0.0.1:9/" + id
	out, errs, code := c.Run(append([]string{"party", "add", "--server", c.URL, "--id", id, "--name", "Party of the Crash Test", "--redirect-uri", redirect}, flags...)...)
	var settings struct {
		Secret string `json:"client_secret"`
	}
	if err := json.Unmarshal([]byte(out), &settings); code != 0 || err != nil {
		t.Fatalf("party add: %d %v\n%s%s", code, err, out, errs)
	}
	return &visitor.Party{ID: id, Secret: settings.Secret, Redirect: redirect, Browser: visitor.New(c.URL)}
}

// remember keeps the newest head as a citizen's device would, from the public
// page or from the command: whatever was shown must be continued for ever.
func (c *crash) remember(t *testing.T, page bool) {
	t.Helper()
	var note string
	if page {
		b := visitor.New(c.URL)
		defer b.Close()
		a, err := b.Get("/ledger/head")
		if err != nil {
			t.Fatal(err)
		}
		note = a.Body
	} else {
		out, errs, code := c.Run("ledger", "head", "--data", c.Data)
		if code != 0 {
			t.Fatalf("ledger head: %s", errs)
		}
		note = out
	}
	if !strings.HasPrefix(note, "netid.ledger\n") {
		t.Fatalf("no head: %q", note)
	}
	file := filepath.Join(c.dir, fmt.Sprintf("head-%d", len(c.heads)))
	if err := os.WriteFile(file, []byte(note), 0o600); err != nil {
		t.Fatal(err)
	}
	c.heads = append(c.heads, file)
}

// verify checks the whole ledger against every head that was ever shown.
func (c *crash) verify(t *testing.T, when string) {
	t.Helper()
	args := []string{"ledger", "verify", "--data", c.Data}
	for _, h := range c.heads {
		args = append(args, "--head", h)
	}
	if out, errs, code := c.Run(args...); code != 0 {
		t.Errorf("kill %d, %s: ledger verify ends with %d\n%s%s", c.kills, when, code, out, errs)
	}
}

func number(t *testing.T, name string, or int) int {
	t.Helper()
	s := os.Getenv(name)
	if name == "" || s == "" {
		return or
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 {
		t.Fatalf("%s=%q", name, s)
	}
	return n
}
