package evidence

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/ledger"
)

// Counts are of a ledger's rows. Public entries say what they are; of sealed ones
// the month alone shows, and a pack opens none of them to learn more.
type Counts struct {
	Entries uint64
	Kinds   map[string]uint64 // public, by kind
	Rules   map[string]uint64 // public, by the rule and version that they stand on
	Sealed  map[string]uint64 // by month
	Erased  uint64            // bodies that are gone, each under a public event
	Held    uint64            // of the erased, which law keeps: for the officers' quorum alone
	Months  []Published       // what the service published of its months, as it stands in the ledger
	Broken  uint64            // rows that are not what was written: netid ledger verify names them
}

const batch = 1024 // rows

// Count reads the rows once, in their order.
func Count(ctx context.Context, rows ledger.Rows) (Counts, error) {
	c := Counts{Kinds: map[string]uint64{}, Rules: map[string]uint64{}, Sealed: map[string]uint64{}}
	for from := uint64(0); ; {
		some, err := rows.Entries(ctx, from, batch)
		if err != nil {
			return c, err
		}
		for _, row := range some {
			c.add(row)
		}
		if len(some) < batch || some[len(some)-1].Index < from { // rows that somebody put outside of the order end it: netid ledger verify says which
			return c, nil
		}
		from = some[len(some)-1].Index + 1
	}
}

func (c *Counts) add(row identity.EntryRow) {
	c.Entries++
	switch {
	case row.State == identity.EntryErased:
		c.Erased++
	case row.State.Holds():
		c.Held++
	case row.State == identity.EntrySealed:
		c.Sealed[identity.MonthOf(row.Day).String()]++
	default:
		c.public(row)
	}
}

func (c *Counts) public(row identity.EntryRow) {
	e, _, err := ledger.OpenEntry(identity.Keys{}, row)
	if err != nil {
		c.Broken++
		return
	}
	c.Kinds[string(e.Kind)]++
	if e.Kind == identity.FiguresPublished {
		var m Published
		if err := json.Unmarshal([]byte(e.Detail), &m); err != nil {
			c.Broken++
			return
		}
		c.Months = append(c.Months, m)
	}
	for _, g := range e.Grounds {
		versions := strings.Fields(g.Version)
		for i, rule := range strings.Fields(g.Rule) {
			if len(versions) > 0 {
				rule += " " + versions[min(i, len(versions)-1)]
			}
			c.Rules[rule]++
		}
	}
}

// Published is a month's figures as the service rounded them, refusals by reason among them.
type Published struct {
	Month string `json:"month"`
	Lines []Line `json:"lines"`
}

// Line is one of them.
type Line struct {
	Name  string `json:"name"`
	Of    string `json:"of,omitempty"`
	Count int    `json:"count"`
	Few   bool   `json:"fewer_than_ten,omitempty"`
}

func (l Line) count() string {
	if l.Few {
		return law.Figure(1)
	}
	return strconv.Itoa(l.Count)
}

// Figure is one count as it may be said.
type Figure struct {
	Of    string `json:"of"`
	Count string `json:"count"`
}

// Figures are what happened, in counts.
type Figures struct {
	Entries   string      `json:"entries"` // of the ledger; its head says so to everybody
	Public    []Figure    `json:"public_events"`
	Rules     []Figure    `json:"public_events_by_rule"`
	Sealed    []Figure    `json:"sealed_events_by_month"`
	Erased    string      `json:"erased_bodies"`
	Held      string      `json:"bodies_held_for_the_quorum"`
	Published []Published `json:"published_months"`
	Broken    uint64      `json:"rows_that_do_not_hold"`
	Faces     string      `json:"persons_who_used_the_face_step"`
	Unsigned  *uint64     `json:"decisions_by_two_without_two_good_signatures"` // null: not looked at
	Parties   int         `json:"parties"`
	Least     int         `json:"smallest_count_said"`
}

func (f Facts) figures() Figures {
	c := f.Counts
	public, sealed, erased, held := c.told()
	return Figures{Entries: law.Figure(c.Entries), Public: public, Rules: said(c.Rules), Sealed: sealed, Erased: erased, Held: held,
		Published: append([]Published{}, c.Months...), Broken: c.Broken, Faces: law.Figure(f.Faces), Unsigned: f.Unsigned, Parties: len(f.Parties), Least: law.Least}
}

// withheld stands where a count is left out, so that nobody gets a small one by
// taking the others from a sum.
const withheld = "-"

// told are the counts of which the ledger's size, which is public, is the sum. Where any is too
// small to be said, the next smallest is withheld too, in whichever list it stands: else the
// size less the others is the small one.
func (c Counts) told() (public, sealed []Figure, erased, held string) {
	one := func(n uint64) []Figure { return []Figure{{"", law.Figure(n)}} }
	lists := []map[string]uint64{c.Kinds, c.Sealed, {"": c.Erased}, {"": c.Held}}
	figures := [][]Figure{said(c.Kinds), said(c.Sealed), one(c.Erased), one(c.Held)}
	small, hidden := false, false
	var next *Figure
	least := uint64(0)
	for i, list := range lists {
		for j := range figures[i] {
			f := &figures[i][j]
			n := list[f.Of]
			small, hidden = small || n > 0 && n < law.Least, hidden || f.Count == withheld
			if n >= law.Least && (next == nil || n < least) {
				next, least = f, n
			}
		}
	}
	if small && !hidden && next != nil {
		next.Count = withheld
	}
	return figures[0], figures[1], figures[2][0].Count, figures[3][0].Count
}

// said are counts as they may be said. Where one alone is too small, the next
// smallest is withheld too.
func said(counts map[string]uint64) []Figure {
	figures := []Figure{}
	small, next := 0, ""
	for _, of := range slices.Sorted(maps.Keys(counts)) {
		n := counts[of]
		figures = append(figures, Figure{of, law.Figure(n)})
		if n > 0 && n < law.Least {
			small++
		} else if n > 0 && (next == "" || n < counts[next]) {
			next = of
		}
	}
	for i := range figures {
		if small == 1 && figures[i].Of == next {
			figures[i].Count = withheld
		}
	}
	return figures
}
