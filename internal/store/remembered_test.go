package store

import (
	"testing"
	"time"

	"netid/internal/identity"
)

func TestPartiesAreRememberedForAMoment(t *testing.T) {
	var m remembered
	now := time.Date(2026, 11, 27, 4, 0, 0, 0, time.UTC)
	shop := identity.Party{ID: "shop"}
	m.keep(m.begin(), shop, now)
	for after, want := range map[time.Duration]bool{0: true, partyAge - 1: true, partyAge: false, -time.Second: false} {
		if _, ok := m.get("shop", now.Add(after)); ok != want {
			t.Errorf("after %v: %v", after, ok)
		}
	}
	if _, ok := m.get("other", now); ok {
		t.Error("a party that was never read")
	}
	since := m.begin()
	m.forget()
	if _, ok := m.get("shop", now); ok {
		t.Error("a change is not noticed at once by the process that made it")
	}
	m.keep(since, shop, now) // read before the change, kept after it
	if _, ok := m.get("shop", now); ok {
		t.Error("what was read before a change is remembered after it")
	}
}
