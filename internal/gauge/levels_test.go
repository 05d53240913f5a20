package gauge_test

import (
	"strconv"
	"testing"
	"time"

	"netid/internal/gauge"
)

// An hour of each amount is kept, by its minute; what was not read is not known, and no
// number of names takes more room.
func TestLevels(t *testing.T) {
	var l gauge.Levels
	now := time.Date(2026, 11, 29, 3, 0, 30, 0, time.UTC)
	l.Note(now.Add(-61*time.Minute), "rows", 1)
	l.Note(now.Add(-59*time.Minute), "rows", 2)
	l.Note(now, "rows", 3)
	l.Note(now.Add(10*time.Second), "rows", 4)
	hour := l.Hour(now, "rows")
	if len(hour) != gauge.Span || !hour[0].Known || hour[0].Amount != 2 || hour[1].Known || hour[gauge.Span-1].Amount != 4 {
		t.Error(hour)
	}
	if later := l.Hour(now.Add(time.Hour), "rows"); later[0].Known {
		t.Error("what is past is shown as now")
	}
	l.Note(now.Add(-time.Hour), "rows", 9) // a clock that went back writes over nothing newer
	if hour := l.Hour(now, "rows"); hour[gauge.Span-1].Amount != 4 {
		t.Error(hour)
	}
	for i := range 100 {
		l.Note(now, strconv.Itoa(i), 1)
	}
	if l.Hour(now, "99")[gauge.Span-1].Known || !l.Hour(now, "0")[gauge.Span-1].Known {
		t.Error("the room grows with names")
	}
	if l.Hour(time.Unix(-90, 0), "rows")[0].Known {
		t.Error("before 1970")
	}
}
