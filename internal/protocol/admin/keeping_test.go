package admin_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"netid/internal/act/ceremony"
	"netid/internal/act/staff"
	"netid/internal/fault"
	"netid/internal/gauge"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/protocol/admin"
	"netid/test/kit"
)

// bears is a service of which one thing does not hold.
type bears struct{ down error }

func (b bears) Amounts(context.Context) ([]gauge.Amount, error) {
	return []gauge.Amount{{Name: "queue", Now: 3, Most: 64}, {Name: "disk", Now: 9, Most: 10, Bytes: true}}, b.down
}

func (bears) Checks(context.Context) []gauge.Check {
	return []gauge.Check{{Name: "ready"}, {Name: "deliveries", Bad: true, Count: 2}}
}

// recorded is a console whose two recorded a ceremony, and another that nobody agreed to.
type recorded struct{ admin.Console }

func (recorded) Proposals(context.Context) (all []staff.Proposal, err error) {
	for state, name := range map[staff.State]string{staff.Done: "master-split", staff.Open: "officers-months"} {
		day, err := identity.ParseDate("2026-11-01")
		if err != nil {
			return nil, err
		}
		body, err := ceremony.Order{Do: ceremony.Held, Name: name, Day: day, Present: "p-1", Outcome: "done"}.Body()
		if err != nil {
			return nil, err
		}
		all = append(all, staff.Proposal{Action: law.KeyCeremony, State: state, Body: body}, staff.Proposal{Action: law.ChangeSetting, State: state, Body: []byte("{}")})
	}
	return all, nil
}

// What the console shows of keys, health and capacity is read here by machine: counts,
// labels and days, no key and nobody; and nothing of it is changed here.
func TestKeepingIsReadByMachine(t *testing.T) {
	k := kit.New(t, law.New())
	knock := func(c admin.Config, method, path string) (int, string) {
		mux := http.NewServeMux()
		c.Token, c.Keys = "t", k.Ceremonies()
		admin.New(c).Register(mux)
		r := httptest.NewRequest(method, path, nil)
		r.Header.Set("Authorization", "Bearer t")
		w := httptest.NewRecorder()
		described(mux, t).ServeHTTP(w, r)
		return w.Code, w.Body.String()
	}
	is := func(c admin.Config, path string, into any) {
		t.Helper()
		code, body := knock(c, "GET", path)
		if err := json.Unmarshal([]byte(body), into); code != 200 || err != nil {
			t.Errorf("%s: %d %s", path, code, body)
		}
	}
	var state ceremony.State
	is(admin.Config{Console: k.Staff}, "/admin/keys", &state)
	waits := func(name string) (found bool) {
		for _, w := range state.Waits {
			found = found || w.Name == name
		}
		return found
	}
	if len(state.Keys) == 0 || state.Keys[0].ID == "" || !waits("master-split") {
		t.Errorf("%+v", state)
	}
	is(admin.Config{Console: recorded{}}, "/admin/keys", &state)
	if waits("master-split") {
		t.Error("what two recorded is said to wait")
	}
	var health struct {
		Bad    int
		Checks []gauge.Check
	}
	is(admin.Config{Capacity: bears{}}, "/admin/health", &health)
	if health.Bad != 1 || len(health.Checks) != 2 || health.Checks[1].Count != 2 {
		t.Errorf("%+v", health)
	}
	var load struct{ Amounts []gauge.Amount }
	is(admin.Config{Capacity: bears{}}, "/admin/capacity", &load)
	if len(load.Amounts) != 2 || load.Amounts[0].Most != 64 || !load.Amounts[1].Bytes {
		t.Errorf("%+v", load)
	}
	down := fault.Wrap("test", fault.Unavailable, "store_unavailable", errors.New("down"))
	if code, body := knock(admin.Config{Capacity: bears{down}}, "GET", "/admin/capacity"); code != 503 || !strings.Contains(body, "store_unavailable") {
		t.Error(code, body)
	}
	for _, path := range []string{"/admin/keys", "/admin/health", "/admin/capacity"} {
		for _, method := range []string{"POST", "PUT", "DELETE"} {
			if code, _ := knock(admin.Config{}, method, path); code != 404 {
				t.Error(method, path, code)
			}
		}
	}
}
