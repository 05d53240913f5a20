package identity_test

import (
	"testing"
	"time"
	_ "time/tzdata" // a zone that the machine does not know would not be tried

	"netid/internal/identity"
)

func day(t *testing.T, s string) identity.Date {
	t.Helper()
	d, err := identity.ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestAgeTurnsAtMidnightInShanghai(t *testing.T) {
	birth := day(t, "2012-11-23")
	for _, c := range []struct {
		now  string
		want identity.Regime
	}{
		{"2026-11-22T15:59:59Z", identity.Child},
		{"2026-11-22T16:00:00Z", identity.Ward},
		{"2030-11-22T15:59:59Z", identity.Ward},
		{"2030-11-22T16:00:00Z", identity.Adult},
	} {
		now, _ := time.Parse(time.RFC3339, c.now)
		if got := identity.RegimeAt(birth, identity.Today(now)); got != c.want {
			t.Errorf("%s: %s, want %s", c.now, got, c.want)
		}
	}
}

func TestLeapDayIsReachedOnTheFirstOfMarch(t *testing.T) {
	birth := day(t, "2012-02-29")
	for s, want := range map[string]int{"2026-02-28": 13, "2026-03-01": 14, "2028-02-28": 15, "2028-02-29": 16} {
		if got := birth.Age(day(t, s)); got != want {
			t.Errorf("%s: %d, want %d", s, got, want)
		}
	}
}

func TestDatesThatNeverWere(t *testing.T) {
	for _, s := range []string{"2023-02-29", "19000229", "2024-13-01", "2024-00-10", "2024-1-1", "0000-01-01", "2024-01-32", "20240101x", "２０２４0101", ""} {
		if _, err := identity.ParseDate(s); err == nil {
			t.Errorf("%q accepted", s)
		}
	}
}

// Birth dates in years with summer time, local mean time and war-time offsets
// read back unchanged, whatever zone the machine thinks it is in.
func TestCivilDatesDoNotMove(t *testing.T) {
	for _, zone := range []string{"UTC", "America/Los_Angeles", "Pacific/Kiritimati"} {
		loc, err := time.LoadLocation(zone)
		if err != nil {
			t.Fatal(err)
		}
		old := time.Local
		time.Local = loc
		for _, s := range []string{"1900-06-01", "1947-06-01", "1986-05-04", "1988-07-15", "1991-09-14"} {
			if d := day(t, s); d.String() != s || d.Age(day(t, "2026-11-23")) != day(t, "2026-11-23").Year-d.Year-btoi(d.Month == 12) {
				t.Errorf("%s in %s: %s", s, zone, d)
			}
		}
		time.Local = old
	}
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

func TestAddMonthsClips(t *testing.T) {
	for _, c := range []struct {
		from string
		n    int
		want string
	}{{"2026-08-31", 6, "2027-02-28"}, {"2027-08-31", 6, "2028-02-29"}, {"2026-11-23", 6, "2027-05-23"}, {"2026-12-15", 1, "2027-01-15"}} {
		if got := day(t, c.from).AddMonths(c.n).String(); got != c.want {
			t.Errorf("%s+%d: %s, want %s", c.from, c.n, got, c.want)
		}
	}
	if got := day(t, "2026-11-23").End().UTC().Format(time.RFC3339); got != "2026-11-23T16:00:00Z" {
		t.Errorf("end of day: %s", got)
	}
}

func FuzzParseDate(f *testing.F) {
	f.Add("2024-02-29")
	f.Fuzz(func(t *testing.T, s string) {
		if d, err := identity.ParseDate(s); err == nil {
			if again, err := identity.ParseDate(d.String()); err != nil || again != d {
				t.Fatal("accepted but not stable")
			}
		}
	})
}
