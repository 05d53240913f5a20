package law

import (
	"time"

	"netid/internal/identity"
)

// The measures on face recognition (人脸识别技术应用安全管理办法, in force 2025-06-01)
// stand beside the sixteen articles. What they ask of a step is built into it:
// face data stay in the device (art. 8), consent is separate (art. 6), another
// way of equal rank exists (art. 10). What they ask of the operator is counted.

// FaceAlarm and FaceFiling are how many persons make the operator look, and
// file: art. 15 says 100,000 whose face data are stored. This service stores
// none, and counts whoever used the step, which is the stricter reading.
const (
	FaceAlarm  = 80_000
	FaceFiling = 100_000
)

// filingDays is the term of art. 15, in working days.
const filingDays = 30

// FilingDue is the last day of the term for a filing, from the day on which the
// number was reached. Mondays to Fridays count. Public holidays make it later,
// and the working weekends round them may make it a day or two earlier: the
// year's calendar decides.
func FilingDue(reached identity.Date) identity.Date {
	day := time.Date(reached.Year, time.Month(reached.Month), reached.Day, 0, 0, 0, 0, time.UTC)
	for left := filingDays; left > 0; {
		if day = day.AddDate(0, 0, 1); day.Weekday() != time.Saturday && day.Weekday() != time.Sunday {
			left--
		}
	}
	return identity.Date{Year: day.Year(), Month: int(day.Month()), Day: day.Day()}
}
