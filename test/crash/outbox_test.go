package crash_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	sandboxtest "netid/test/sandbox"
	"netid/test/visitor"
)

// gateway is the operator's, as the server meets it: it notes what came under
// which key, and answers each telephone as the test says.
type gateway struct {
	mu      sync.Mutex // guards what follows
	answer  map[string]func() int
	came    map[string][]arrival // by telephone
	arrived chan string
}

type arrival struct{ key, code string }

var sixDigits = regexp.MustCompile(`\b\d{6}\b`)

func (g *gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var m struct{ Phone, Text string }
	if err := json.NewDecoder(r.Body).Decode(&m); err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	g.mu.Lock()
	g.came[m.Phone] = append(g.came[m.Phone], arrival{r.Header.Get("Idempotency-Key"), sixDigits.FindString(m.Text)})
	answer := g.answer[m.Phone]
	g.mu.Unlock()
	g.arrived <- m.Phone
	status := http.StatusAccepted
	if answer != nil {
		status = answer()
	}
	w.WriteHeader(status)
}

func (g *gateway) set(answers map[string]func() int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.answer = answers
}

func (g *gateway) of(phone string) []arrival {
	g.mu.Lock()
	defer g.mu.Unlock()
	return append([]arrival(nil), g.came[phone]...)
}

// Killed while a code is on its way: what was delivered does not come again,
// what waited comes, and what had arrived without the server knowing comes a
// second time under the same key, which tells the gateway so. Each code is good.
func TestKilledBeforeDelivery(t *testing.T) {
	t.Parallel() // most of it is a lease that runs out
	const sent, waiting, held = "10090000001", "10090000002", "10090000003"
	hang := make(chan struct{})
	g := &gateway{came: map[string][]arrival{}, arrived: make(chan string, 99)}
	g.set(map[string]func() int{
		waiting: func() int { return http.StatusServiceUnavailable },
		held:    func() int { <-hang; return http.StatusAccepted },
	})
	srv := httptest.NewServer(g)
	defer srv.Close()
	defer close(hang)
	s := sandboxtest.Start(t, "--sms", srv.URL)
	people := map[string]*visitor.Citizen{}
	for phone, card := range map[string]string{sent: "adult-card", waiting: "trial-1-card", held: "trial-2-card"} {
		c, err := visitor.NewCitizen(s.URL, card, phone)
		if err == nil {
			err = c.Start()
		}
		if err == nil {
			err = c.Until("phone")
		}
		if err != nil {
			t.Fatal(err)
		}
		people[phone] = c
	}
	for _, phone := range []string{sent, waiting} {
		a, err := people[phone].Step("phone")
		if err != nil || a.Leads() != "/enrol/code" {
			t.Fatal(phone, a, err)
		}
		page, err := people[phone].Get("/enrol/code")
		if err != nil || (page.Data("data-waits") == "code") != (phone == waiting) {
			t.Fatalf("%s: the page says %q, %v", phone, page.Data("data-waits"), err)
		}
	}
	asked := make(chan struct{})
	go func() {
		people[held].Step("phone") // the server dies before it answers
		close(asked)
	}()
	for phone := range g.arrived {
		if phone == held {
			break
		}
	}
	s.Kill()
	<-asked
	list := func() (lines []string) {
		out, errs, code := s.Run("outbox", "list", "--json", "--data", s.Data)
		if code != 0 {
			t.Fatal(errs)
		}
		for line := range strings.Lines(out) {
			lines = append(lines, line)
		}
		return lines
	}
	if lines := list(); len(lines) != 2 || !strings.Contains(lines[0]+lines[1], `"reason":"sms_unavailable"`) || strings.Contains(lines[0]+lines[1], "1009") {
		t.Errorf("on the dead server's files: %q", lines)
	}
	g.set(nil)
	s.Restart()
	for deadline := time.Now().Add(time.Minute); len(list()) > 0; time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("still not delivered: %q", list())
		}
	}
	for phone, c := range people {
		came := g.of(phone)
		if n := len(came); phone == sent && n != 1 || phone != sent && n < 2 {
			t.Errorf("%s: %d attempts", phone, n)
		}
		for _, a := range came {
			if a != came[0] || len(a.key) != 34 {
				t.Errorf("%s: two attempts of one delivery differ: %v", phone, came)
			}
		}
		a, err := c.Post("/enrol/code", url.Values{"code": {came[0].code}})
		if err != nil || a.Leads() != "/enrol/passcode" {
			t.Errorf("%s: the code that came is not good: %v", phone, err)
		}
	}
}
