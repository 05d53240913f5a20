package crash_test

import (
	"fmt"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	clustertest "netid/test/cluster"
	"netid/test/visitor"
)

// pulse is people who are verified all the time while something is struck, and
// tells how long nobody was.
type pulse struct {
	*crash
	beats        []*beat
	rest         func() // stops them and waits
	acknowledged atomic.Int64
	unknown      atomic.Int64 // answers that were lost, and turned out to have been given

	mu    sync.Mutex // guards what follows
	acks  []time.Time
	fails []error // since the last strike
	table []string
}

// beat is one of them, with what was acknowledged to them and not yet looked for.
type beat struct {
	who  *visitor.Citizen
	used []used
}

type used struct {
	party         *visitor.Party
	code, receipt string
	at            time.Time
}

func newPulse(t *testing.T, c *crash, n int) *pulse {
	t.Helper()
	c.admit(t)
	p := &pulse{crash: c}
	for i := range n {
		who, err := visitor.NewCitizen(c.URL, fmt.Sprintf("crowd-%d-card", 200000+i), fmt.Sprintf("100%08d", 200000+i))
		if err == nil {
			err = who.Enrol()
		}
		if err == nil {
			err = who.SignIn()
		}
		if err != nil {
			t.Fatal(err)
		}
		p.beats = append(p.beats, &beat{who: who})
	}
	return p
}

// begin lets them run until rest.
func (p *pulse) begin(t *testing.T) {
	p.acks, p.fails = nil, nil
	stop := make(chan struct{})
	var all sync.WaitGroup
	for _, b := range p.beats {
		all.Go(func() { p.run(t, b, stop) })
	}
	p.rest = func() {
		close(stop)
		all.Wait()
	}
}

func (p *pulse) run(t *testing.T, b *beat, stop <-chan struct{}) {
	for n := 0; ; n++ {
		select {
		case <-stop:
			return
		case <-time.After(50 * time.Millisecond):
		}
		party := p.parties[n%len(p.parties)]
		to, err := b.who.Approve(party.Authorize(nil))
		if err != nil {
			p.failed(err)
			continue
		}
		if err := p.redeem(t, b, party, to.Query().Get("code")); err != nil {
			p.failed(err)
		}
	}
}

// redeem brings a code until the answer is known.
func (p *pulse) redeem(t *testing.T, b *beat, party *visitor.Party, code string) (failed error) {
	for until := time.Now().Add(patience); time.Now().Before(until); time.Sleep(50 * time.Millisecond) {
		got, err := party.Redeem(code, nil)
		switch {
		case err != nil:
			failed = err
		case got.Status >= http.StatusBadGateway:
			failed = &visitor.Refused{At: "/token", Status: got.Status, Reason: got.Error}
		case got.Status == http.StatusOK && got.Receipt() != "":
			p.acknowledged.Add(1)
			b.used = append(b.used, used{party, code, got.Receipt(), time.Now()})
			p.mu.Lock()
			p.acks = append(p.acks, time.Now())
			p.mu.Unlock()
			return failed
		case failed != nil && got.Error == "invalid_grant": // the answer that was lost was yes, or the code grew old
			if got.Description == "code_used" {
				p.unknown.Add(1)
			}
			return failed
		default:
			t.Errorf("a fresh code: %d %s", got.Status, got.Body)
			return failed
		}
	}
	return failed
}

func (p *pulse) failed(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fails = append(p.fails, err)
}

// strike strikes, waits until people are served again, mends, and waits until
// the cluster is whole. The longest time in which nobody was served is what the
// outage lasted, the mending included.
func (p *pulse) strike(t *testing.T, s clustertest.Strike, cluster *clustertest.Cluster) {
	t.Helper()
	p.begin(t)
	defer p.rest()
	p.served(t, s, time.Now())
	began := time.Now()
	mend, err := s.Do()
	if err != nil {
		t.Fatalf("%s: %v", s.Word, err)
	}
	p.served(t, s, time.Now())
	time.Sleep(5 * time.Second) // while it is broken, the rest goes on
	if err := mend(); err != nil {
		t.Fatalf("%s, mended: %v", s.Word, err)
	}
	if err := cluster.AwaitHealth(patience); err != nil {
		t.Fatalf("after %s: %v\n%s", s.Word, err, cluster)
	}
	p.served(t, s, time.Now())
	p.mu.Lock()
	defer p.mu.Unlock()
	gap := longest(began, p.acks)
	limit := backWithin
	if s.Planned {
		limit = soon
	}
	p.table = append(p.table, fmt.Sprintf("%-8s %5.1f s nobody was served, %d served, %d failed", s.Word, gap.Seconds(), len(p.acks), len(p.fails)))
	t.Log(p.table[len(p.table)-1])
	if full() && gap > limit {
		t.Errorf("%s: nobody was served for %v", s.Word, gap)
	}
	if s.Word == "roll" && len(p.fails) > 0 {
		t.Errorf("while nodes were replaced: %v", p.fails)
	}
}

// served waits until several people were served after a moment.
func (p *pulse) served(t *testing.T, s clustertest.Strike, after time.Time) {
	t.Helper()
	for {
		p.mu.Lock()
		n := 0
		for _, at := range slices.Backward(p.acks) {
			if at.After(after) {
				n++
			}
		}
		var last error
		if len(p.fails) > 0 {
			last = p.fails[len(p.fails)-1]
		}
		p.mu.Unlock()
		if n >= 2*len(p.beats) {
			return
		}
		if time.Since(after) > patience {
			t.Fatalf("%s: nobody is served after %v: %v", s.Word, patience, last)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func longest(began time.Time, acks []time.Time) (gap time.Duration) {
	for _, at := range acks {
		if at.Before(began) {
			continue
		}
		gap, began = max(gap, at.Sub(began)), at
	}
	return gap
}

// hold looks for every receipt that was given since the last time, and brings
// the codes that were used once more.
func (p *pulse) hold(t *testing.T) {
	t.Helper()
	var all sync.WaitGroup
	for _, b := range p.beats {
		all.Go(func() { b.hold(t) })
	}
	all.Wait()
}

func (b *beat) hold(t *testing.T) {
	for _, u := range slices.Backward(b.used) {
		if a, err := b.who.Get("/records/" + u.receipt); err != nil || a.Status != http.StatusOK || a.Data("data-record") != u.receipt || a.Data("data-kind") != "verified" {
			t.Errorf("no record of a verification that was acknowledged: %v", err)
		}
		if time.Since(u.at) > 50*time.Second { // the code is over in any case
			continue
		}
		got, err := u.party.Redeem(u.code, nil)
		if err != nil || got.Status != http.StatusBadRequest || got.Error != "invalid_grant" {
			t.Errorf("a code that was used %v ago: %v %v", time.Since(u.at), got.Answer, err)
		}
	}
	b.used = nil
}

func (p *pulse) count() string {
	s := fmt.Sprintf("%d verifications acknowledged by those who never stopped, %d answers lost and known later\n", p.acknowledged.Load(), p.unknown.Load())
	for _, line := range p.table {
		s += line + "\n"
	}
	return s
}
