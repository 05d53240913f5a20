package identity

import (
	"math"
	"time"

	"netid/internal/fault"
)

// Class is for how long law makes the service keep what happened, and to whom
// it stays readable after an erasure: to nobody, or to the officers' quorum
// for a term that package law knows.
type Class uint8

const (
	Unkept Class = 0 // goes with its person
	Logs   Class = 1 // network logs
	Proofs Class = 2 // what was disclosed, and proof of consent
)

// Classes are those that law makes the service keep.
func Classes() []Class { return []Class{Logs, Proofs} }

// String is the word in files, labels and events. It is part of formats.
func (c Class) String() string {
	switch c {
	case Unkept:
		return "unkept"
	case Logs:
		return "logs"
	case Proofs:
		return "proofs"
	}
	return "unknown"
}

// ParseClass reads the word of a class that is kept.
func ParseClass(s string) (Class, error) {
	for _, c := range Classes() {
		if c.String() == s {
			return c, nil
		}
	}
	return Unkept, fault.Newf("identity.ParseClass", fault.Invalid, "class_unknown", "%q", s)
}

// Held is the state of an entry of this class whose person was erased. Of a
// class that is not kept there is none: the entry is erased.
func (c Class) Held() EntryState {
	switch c {
	case Logs:
		return EntryHeldLog
	case Proofs:
		return EntryHeldProof
	}
	return EntryErased
}

// Month is a calendar month in UTC, as the day column of an entry has it:
// months since January of the year 0.
type Month int32

// MonthOf is the month of a day, in days since 1970-01-01.
func MonthOf(day int32) Month { return MonthAt(time.Unix(int64(day)*24*60*60, 0)) }

// MonthAt is the month of an instant.
func MonthAt(t time.Time) Month {
	t = t.UTC()
	return Month(t.Year()*12 + int(t.Month()) - 1)
}

// ParseMonth reads "2026-11".
func ParseMonth(s string) (Month, error) {
	t, err := time.Parse("2006-01", s)
	if err != nil || MonthAt(t).String() != s {
		return 0, fault.Newf("identity.ParseMonth", fault.Invalid, "month_invalid", "%q is not a month such as 2026-11", s)
	}
	return MonthAt(t), nil
}

func (m Month) String() string { return m.Begins().Format("2006-01") }

// Begins is the first instant of the month.
func (m Month) Begins() time.Time {
	return time.Date(int(m)/12, time.Month(int(m)%12+1), 1, 0, 0, 0, 0, time.UTC)
}

// FirstDay is its first day, in days since 1970-01-01.
func (m Month) FirstDay() int32 { return int32(m.Begins().Unix() / (24 * 60 * 60)) }

// Period is a month of one class: what one key of the quorum is for.
type Period struct {
	Month Month
	Class Class
}

func (p Period) String() string { return p.Month.String() + "." + p.Class.String() }

// Term is a period whose term is over, as the quorum tells it.
type Term struct {
	Key     string // id of the period's key
	Period  Period
	Settled bool // it was expired already, and the ledger says so
}

type (
	// KeepEscrow leaves a person's key of a period, sealed to the officers'
	// quorum, in the commit of the first event of that period. One that is there
	// already stays: it holds the same.
	KeepEscrow struct {
		Index  []byte // keyed, of the net number and the period
		Period Period
		Body   []byte
	}
	// ExpireHeld drops the bodies of held entries whose term is over, as an
	// erasure drops bodies. Guard: each is there and in the state of the class
	// ("events_moved"), so that the event's set is exactly what went.
	ExpireHeld struct {
		Class   Class
		Entries []EntryKey
	}
	// CloseDays ends what may change of the entries about persons from before a
	// day: no erasure drops them any more and none is added, so that a set that is
	// summed over them stays the true one. A day that is not later changes nothing.
	CloseDays struct{ Before int32 }
	// ExpireDays says that the entries about persons from before a closed day are
	// gone, whatever of their rows is still there. Guard: that day was closed, and it was not said yet
	// ("days_moved").
	ExpireDays struct{ Before int32 }
)

func (KeepEscrow) verb() {}
func (ExpireHeld) verb() {}
func (ExpireDays) verb() {}
func (CloseDays) note()  {}

// Floor is the day from which on entries about persons are kept; those from
// before are closed, and when the ledger has said so, gone.
type Floor struct {
	Day  int32
	Said bool
}

// NoFloor is that of a store that never let anything go.
const NoFloor = math.MinInt32
