// Package pool_test holds what two parties learn who lay together everything that
// netid and wallets ever sent them: the attacker in this package tries to pair the
// accounts of one with those of the other, by every value that both have and by
// statistics, and must do no better than luck; with one thing planted that a
// person carries to both, it must succeed.
//
// Persons come to the two at times of their own that have nothing to do with each
// other, and all give the same answers about their age. So what persons do at one
// moment at both, and what they tell both, is not measured here: it is theirs. One
// thing of the kind is netid's as well and is measured: a freeze and an erasure
// reach both at about one time (docs/adr/0029-logout.md). That alone pairs people,
// and the attacker has to find it.
package pool_test

import (
	"os"
	"strconv"
	"testing"
)

func number(name string, otherwise int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
		return n
	}
	return otherwise
}

func TestPool(t *testing.T) {
	w := lived(t, number("NETID_POOL", 60), number("NETID_POOL_DAYS", 5))
	quiet := w.stayed()
	r := attack(quiet)
	t.Logf("%d accounts at both, %d bytes at each on the average; %s", len(quiet), w.bytes(), r)
	for _, found := range r.findings() {
		t.Error(found)
	}
	if r.values == 0 || r.features < 40 {
		t.Errorf("hardly anything was tried: %s", r)
	}
	// By values alone: that somebody froze or left, and from when to when they had an
	// account at all, shows in every count.
	all := w.accounts(func(item) bool { return true }, func(int) bool { return true })
	for name, pairs := range map[string][]pair{"who froze or left": untimed(all), "who came back": untimed(w.returned())} {
		t.Run(name, func(t *testing.T) {
			r := attack(pairs)
			t.Log(r)
			for _, found := range r.byValue() {
				t.Error(found)
			}
		})
	}
	t.Run("who froze or left, by the times", func(t *testing.T) {
		r := attack(all)
		t.Logf("%s: the price of a freeze and an erasure that are felt at once", r)
		if len(r.byValue()) == 0 {
			t.Error("the attacker does not see that both were told at one moment")
		}
	})
	for name, plant := range plants() {
		t.Run("planted "+name, func(t *testing.T) {
			r := attack(planted(quiet, plant))
			t.Log(r)
			if len(r.findings()) == 0 {
				t.Error("not found")
			}
		})
	}
}
