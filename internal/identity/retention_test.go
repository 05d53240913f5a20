package identity_test

import (
	"testing"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
)

func TestMonths(t *testing.T) {
	for text, day := range map[string]int32{"1970-01": 0, "2026-11": 20758, "2027-01": 20819} {
		m, err := identity.ParseMonth(text)
		if err != nil || m.String() != text || m.FirstDay() != day || identity.MonthOf(day) != m || identity.MonthOf(day-1) != m-1 || !m.Begins().Equal(time.Unix(int64(day)*86400, 0)) {
			t.Errorf("%s: %v, day %d, %v", text, m, m.FirstDay(), err)
		}
	}
	if identity.MonthAt(time.Date(2026, 12, 1, 7, 0, 0, 0, time.FixedZone("", 8*3600))).String() != "2026-11" {
		t.Error("a month is one of UTC, as the day of an entry is")
	}
	for _, text := range []string{"", "2026", "2026-13", "2026-00", "2026-1", "26-11", "2026-11-01", " 2026-11"} {
		if _, err := identity.ParseMonth(text); !fault.Because(err, "month_invalid") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestClasses(t *testing.T) {
	states := map[identity.EntryState]bool{}
	for _, c := range identity.Classes() {
		again, err := identity.ParseClass(c.String())
		if err != nil || again != c || !c.Held().Holds() || states[c.Held()] {
			t.Errorf("%s: %v", c, err)
		}
		states[c.Held()] = true
	}
	for _, word := range []string{"", "unkept", "unknown", "Logs"} {
		if _, err := identity.ParseClass(word); !fault.Because(err, "class_unknown") {
			t.Errorf("%q: %v", word, err)
		}
	}
	if identity.Unkept.Held() != identity.EntryErased || identity.EntryErased.Holds() || identity.EntrySealed.Holds() {
		t.Error("what is not kept is erased")
	}
}
