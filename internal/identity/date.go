package identity

import (
	"fmt"
	"time"

	"netid/internal/fault"
)

// Date is a civil date in the Gregorian calendar of Asia/Shanghai: a birth
// date or the last day of a document. It is never an instant: no time zone can move it.
type Date struct{ Year, Month, Day int }

// Shanghai is UTC+8. The zone has had no summer time since 1991, and only
// "today" is ever computed from an instant, so the fixed offset is exact
// (for the past it would not be: +8:05:43 before 1901, +9 in some summers).
var shanghai = time.FixedZone("Asia/Shanghai", 8*60*60)

// Today is the civil date in Asia/Shanghai at the instant now.
func Today(now time.Time) Date {
	y, m, d := now.In(shanghai).Date()
	return Date{y, int(m), d}
}

// ParseDate reads "2006-01-02" or "20060102" and refuses days that never were.
func ParseDate(s string) (Date, error) {
	var d Date
	bad := fault.New("identity.ParseDate", fault.Invalid, "date_invalid")
	digits := s
	if len(s) == 10 && s[4] == '-' && s[7] == '-' {
		digits = s[:4] + s[5:7] + s[8:]
	}
	if len(digits) != 8 {
		return d, bad
	}
	for _, c := range digits {
		if c < '0' || c > '9' {
			return d, bad
		}
	}
	fmt.Sscanf(digits, "%4d%2d%2d", &d.Year, &d.Month, &d.Day)
	if !d.Valid() {
		return Date{}, bad
	}
	return d, nil
}

// Valid reports whether the day exists.
func (d Date) Valid() bool {
	t := time.Date(d.Year, time.Month(d.Month), d.Day, 0, 0, 0, 0, time.UTC)
	y, m, day := t.Date()
	return d.Year > 0 && y == d.Year && int(m) == d.Month && day == d.Day
}

func (d Date) String() string { return fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day) }

// MarshalText gives "2006-01-02", and nothing for the zero Date of a document
// without an end, so that what was written can be read again.
func (d Date) MarshalText() ([]byte, error) {
	if d == (Date{}) {
		return []byte{}, nil
	}
	return []byte(d.String()), nil
}

func (d *Date) UnmarshalText(b []byte) (err error) {
	if len(b) == 0 {
		*d = Date{}
		return nil
	}
	*d, err = ParseDate(string(b))
	return err
}

// Before reports whether d is an earlier day than e.
func (d Date) Before(e Date) bool {
	if d.Year != e.Year {
		return d.Year < e.Year
	}
	if d.Month != e.Month {
		return d.Month < e.Month
	}
	return d.Day < e.Day
}

// Yesterday is the day before.
func (d Date) Yesterday() Date {
	y, m, day := time.Date(d.Year, time.Month(d.Month), d.Day-1, 0, 0, 0, 0, time.UTC).Date()
	return Date{y, int(m), day}
}

// Age is the number of whole years from birth to the day on. Whoever was
// born on 29 February completes a year on 1 March of a common year
// (docs/choices.md: the day after the last day of February is reached).
func (birth Date) Age(on Date) int {
	age := on.Year - birth.Year
	if on.Month < birth.Month || on.Month == birth.Month && on.Day < birth.Day {
		age--
	}
	return age
}

// AddMonths moves by whole months and clips to the last day of the month.
func (d Date) AddMonths(n int) Date {
	first := time.Date(d.Year, time.Month(d.Month+n), 1, 0, 0, 0, 0, time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	return Date{first.Year(), int(first.Month()), min(d.Day, last)}
}

// End is the first instant after the day, in Asia/Shanghai.
func (d Date) End() time.Time {
	return time.Date(d.Year, time.Month(d.Month), d.Day+1, 0, 0, 0, 0, shanghai)
}
