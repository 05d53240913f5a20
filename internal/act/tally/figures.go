package tally

import (
	"slices"
	"time"

	"netid/internal/identity"
)

// lineOf says which events are counted, and in which line of the page.
var lineOf = map[identity.EventKind]string{
	identity.Enrolled:      "enrolled",
	identity.Verified:      "verified",
	identity.Refreshed:     "refreshed",
	identity.Attested:      "attested",
	identity.Declined:      "declined",
	identity.Withdrawn:     "withdrawn",
	identity.Exported:      "exported",
	identity.Erased:        "erased",
	identity.Assisted:      "assisted",
	identity.PartyAdmitted: "party-admitted",
	identity.PartyHalted:   "party-suspended",
	identity.PartyGone:     "party-removed",
	identity.Restored:      "restored",
	identity.Recalled:      "recalled",

	identity.IncidentOpened:  "incidents",
	identity.IncidentTold:    "incidents-told",
	identity.IssuanceStopped: "stopped",
	identity.Reissued:        "reissued",
	identity.GlassBroken:     "break-glass",
	identity.Drilled:         "drills",
}

// lines are in the order of the page. What is divided has its parts alone; their sum is not
// another figure from which one part could be told.
func lines() []string {
	return []string{"enrolled", "verified", "refreshed", "attested", "declined", "refused", "plaintext", "assisted", "withdrawn", "exported", "erased",
		"party-admitted", "party-suspended", "party-removed", "restored", "recalled", "incidents", "incidents-told", "stopped", "reissued", "break-glass", "drills"}
}

// divided lines have no figure of their own.
func divided(name string) bool { return name == "declined" || name == "refused" || name == "plaintext" }

// open are lines whose events are public one by one and say nobody's name: exact, and at once.
func open(name string) bool {
	return slices.Contains([]string{"assisted", "party-admitted", "party-suspended", "party-removed", "restored", "recalled", "incidents", "incidents-told", "stopped", "reissued", "break-glass", "drills"}, name)
}

// reasonOf divides refusals of citizens. A word that is not known here is not passed on.
func reasonOf(detail string) string {
	switch detail {
	case "guardian", "guardian-silent", "match-cap":
		return detail
	case "":
		return "citizen"
	}
	return "other"
}

// spans are how long an erasure took, at most.
func spans() []span {
	return []span{{"second", time.Second}, {"minute", time.Minute}, {"hour", time.Hour}, {"longer", 1 << 62}}
}

type span struct {
	name string
	most time.Duration
}

func spanOf(d time.Duration) string {
	all := spans()
	return all[slices.IndexFunc(all, func(s span) bool { return d <= s.most })].name
}

// Grain is what figures about people are rounded down to; what is smaller is not said.
const Grain = 10

// Line is a figure as it is published: Count is that many, or up to nine more.
type Line struct {
	Name  string `json:"name"`
	Of    string `json:"of,omitempty"`
	Count int    `json:"count"`
	Few   bool   `json:"fewer_than_ten,omitempty"` // one to nine; of a total: some month's
	Exact bool   `json:"exact,omitempty"`          // about nobody
}

// shown rounds a figure.
func shown(f figure, n int) Line {
	if open(f.name) {
		return Line{Name: f.name, Of: f.of, Count: n, Exact: true}
	}
	return Line{Name: f.name, Of: f.of, Count: n - n%Grain, Few: n > 0 && n < Grain}
}

// sum adds what is published to what is published, and nothing else: so a total tells
// nothing of what its months did not say.
func sum(total, month []Line) []Line {
	out := slices.Clone(total)
	for _, l := range month {
		i := slices.IndexFunc(out, func(o Line) bool { return o.Name == l.Name && o.Of == l.Of })
		if i < 0 {
			out = append(out, l)
			continue
		}
		out[i].Count += l.Count
		out[i].Few = out[i].Few || l.Few
	}
	return inOrder(out)
}

func inOrder(all []Line) []Line {
	order := lines()
	slices.SortStableFunc(all, func(a, b Line) int {
		if d := slices.Index(order, a.Name) - slices.Index(order, b.Name); d != 0 {
			return d
		}
		if a.Of < b.Of {
			return -1
		}
		return 1
	})
	return all
}

// Times are how long erasures took: half of them, and the longest, within which span.
type Times struct {
	Half    string `json:"half_within"`
	Longest string `json:"longest_within"`
}

// times says nothing of fewer than Grain.
func times(counts map[figure]int) *Times {
	all := 0
	for _, s := range spans() {
		all += counts[figure{"erasure", s.name}]
	}
	if all < Grain {
		return nil
	}
	var t Times
	so := 0
	for _, s := range spans() {
		n := counts[figure{"erasure", s.name}]
		if so += n; t.Half == "" && 2*so >= all {
			t.Half = s.name
		}
		if n > 0 {
			t.Longest = s.name
		}
	}
	return &t
}
