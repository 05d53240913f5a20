package crash_test

import (
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	sandboxtest "netid/test/sandbox"
	"netid/test/visitor"
)

// Q12: the server dies while terminals ask about one code. Whoever heard yes was the only
// one, before and after, and the citizen has the record; who heard nothing may find the code good once more.
func TestKilledWhileAGateAsks(t *testing.T) {
	t.Parallel()
	c := &crash{Sandbox: sandboxtest.Start(t), dir: t.TempDir()}
	robot := newRobot(t, c)
	me, err := visitor.NewCitizen(c.URL, "adult-card", "10090000097")
	if err == nil {
		err = me.Enrol()
	}
	if err == nil {
		err = me.SignIn()
	}
	if err != nil {
		t.Fatal(err)
	}
	heard := 0
	for n := range min(number(t, "NETID_CRASH_TRIALS", 3), 50) {
		code, err := me.Draw()
		if err != nil {
			t.Fatal(err)
		}
		var yes atomic.Int32
		var all sync.WaitGroup
		ask := func() {
			if a, err := robot.Scan(code); err == nil && a.Status == http.StatusOK && strings.Contains(a.Body, "result") {
				yes.Add(1)
			}
		}
		for range 8 {
			all.Go(ask)
		}
		time.Sleep(time.Duration(rand.IntN(12)) * time.Millisecond)
		c.Kill()
		all.Wait()
		before := yes.Load()
		c.Restart()
		ask()
		ask()
		if before > 1 || yes.Load() > 1 {
			t.Fatalf("kill %d: %d yes before, %d in all", n, before, yes.Load())
		}
		heard += int(yes.Load())
		if a, err := me.Get("/records"); err != nil || strings.Count(a.Body, `data-kind="verified"`) < heard {
			t.Errorf("kill %d: no record of a yes: %v", n, err)
		}
	}
	c.verify(t, "after the kills")
}
