package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"netid/internal/act/supervise"
	"netid/internal/gauge"
	"netid/internal/identity"
)

// What a server bears is read, once a minute too, and each check that fails says so by its
// name and by no other's.
func TestCapacityAndHealth(t *testing.T) {
	h := built(t, true)
	c, ctx := capacity{h}, t.Context()
	if _, _, err := h.counters.Add(ctx, "hall"); err != nil { // an entry of the ledger
		t.Fatal(err)
	}
	amounts, err := c.Amounts(ctx)
	if err != nil {
		t.Fatal(err)
	}
	is := map[string]gauge.Amount{}
	for _, a := range amounts {
		is[a.Name] = a
	}
	for _, name := range []string{"database", "shelf", "disk", "entries"} {
		if is[name].Now <= 0 {
			t.Error(name, is[name])
		}
	}
	if is["queue"].Most < 1 || is["disk"].Most < is["disk"].Now {
		t.Error(is)
	}
	h.noteLevels(ctx)
	if hour := c.Hour(h.Now(), "entries"); !hour[len(hour)-1].Known || hour[len(hour)-1].Amount < 1 {
		t.Error(hour)
	}
	bad := func() map[string]int {
		all := map[string]int{}
		for _, one := range c.Checks(ctx) {
			if one.Bad {
				all[one.Name] = one.Count
			}
		}
		delete(all, "statuses") // they are followed a moment after the start
		delete(all, "disk")     // this machine's own
		return all
	}
	if is := bad(); len(is) != 0 {
		t.Error("a sound server:", is)
	}
	door := httptest.NewServer(h.server)
	defer door.Close()
	for path, has := range map[string]string{"/admin/health": `"name":"drills"`, "/admin/capacity": `"name":"entries"`, "/admin/keys": `"ceremony":"master-split"`} {
		q, err := http.NewRequestWithContext(ctx, http.MethodGet, door.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		q.Header.Set("Authorization", "Bearer "+h.AdminToken)
		r, err := http.DefaultClient.Do(q)
		if err != nil {
			t.Fatal(err)
		}
		b, _ := io.ReadAll(r.Body)
		if r.Body.Close(); r.StatusCode != 200 || !strings.Contains(string(b), has) {
			t.Errorf("%s: %s %s", path, r.Status, b)
		}
	}
	one := identity.Deliver{ID: identity.NewDeliveryID(), Due: h.Now().Add(time.Hour), Attempts: 1, Body: []byte("x")}
	if err := h.store.Jot(ctx, one); err != nil {
		t.Fatal(err)
	}
	if err := h.store.Jot(ctx, identity.BuryDelivery{ID: one.ID, Attempts: 1, Due: h.Now(), Body: []byte("x")}); err != nil {
		t.Fatal(err)
	}
	if is := bad(); len(is) != 1 || is["deliveries"] != 1 {
		t.Error(is)
	}
	h.health.mu.Lock()
	h.health.leaving = true
	h.health.mu.Unlock()
	if is := bad(); len(is) != 2 || is["ready"] != 1 {
		t.Error(is)
	}
	if full(11, 100) != 0 || full(10, 100) != 90 || full(0, 100) != 100 || full(200, 100) != 0 {
		t.Error("when a disk is full")
	}
	later := capacity{&house{settings: settings{Now: func() time.Time { return time.Now().AddDate(3, 0, 0) }}, quorum: h.quorum, ring: h.ring}}
	if n, err := later.officers(ctx); err != nil || n != 1 {
		t.Error("the officers' keys in three years:", n, err)
	}
	if _, err := h.supervise.Open(ctx, supervise.Opening{By: "Ann", What: "faces are compared", Duty: "impact"}); err != nil {
		t.Fatal(err)
	}
	then := *h.supervise
	then.Now = later.h.Now
	if n, err := (capacity{&house{supervise: &then}}).duties(ctx); err != nil || n < 1 {
		t.Error("what supervision asked for within three years:", n, err)
	}
	if n, err := c.duties(ctx); err != nil || n != 0 {
		t.Error("what is due, and not late:", n, err)
	}
	tried := *h.incident
	tried.Now = later.h.Now
	if n, err := (capacity{&house{settings: later.h.settings, ring: h.ring, incident: &tried}}).drills(ctx); err != nil || n != 1 {
		t.Error("no drill in three years:", n, err)
	}
	if n, err := later.keys(ctx); err != nil || n < 10 {
		t.Error("keys that are due in three years:", n, err)
	}
}
