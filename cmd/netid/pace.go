package main

import (
	"cmp"

	"netid/internal/act/enrol"
	"netid/internal/act/guard"
)

// codesHourly is how many codes go out an hour where the configuration says nothing.
const codesHourly = 3600

// pace of codes to one telephone. In a sandbox one synthetic telephone serves
// many trials.
func (h *house) pace() enrol.Pace {
	if h.Sandbox {
		return enrol.Pace{Hourly: 200, Daily: 1000, Budget: 100_000}
	}
	return enrol.Pace{Hourly: 5, Daily: 10, Budget: cmp.Or(h.Codes, codesHourly)}
}

// gathering is another number in a sandbox: one synthetic guardian answers for all its minors.
func (h *house) gathering() guard.Pace {
	if h.Sandbox {
		return guard.Pace{Alone: 100, Daily: 100}
	}
	return guard.Pace{Alone: 5, Daily: 2}
}
