package incident

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
)

const drills = "drill"

// Drill is a trial of the way through an incident, among synthetic people on a copy.
type Drill struct {
	Reference string    `json:"reference"`
	By        string    `json:"by"`
	What      string    `json:"what"`
	At        time.Time `json:"at"` // when it was written down
	People    int       `json:"people"`
	Took      []Took    `json:"took"`
}

// Took is one step of it.
type Took struct {
	Step string `json:"step"`
	MS   int64  `json:"ms"`
}

// DrillSteps are the steps of a drill, in their order.
func DrillSteps() []string {
	return []string{"stop", "rotate", "reissue", "notify", "report", "lift", "fetch"}
}

// Drilled writes a drill down, with its times, and says so in public. Refused: "drill_invalid".
func (a *Act) Drilled(ctx context.Context, d Drill) (ref string, err error) {
	const op = "incident.Drilled"
	if err := words(op, d.By, d.What); err != nil {
		return "", err
	}
	var said []string
	for n, t := range d.Took {
		if n >= len(DrillSteps()) || t.Step != DrillSteps()[n] || t.MS < 0 {
			return "", fault.New(op, fault.Invalid, "drill_invalid")
		}
		said = append(said, fmt.Sprintf("%s %dms", t.Step, t.MS))
	}
	if len(said) != len(DrillSteps()) || d.People < 1 {
		return "", fault.New(op, fault.Invalid, "drill_invalid")
	}
	d.Reference, d.At = word(), a.now()
	kept, err := a.Dossiers.Keep(drills, d.Reference, 0, d)
	if err != nil {
		return "", fault.At(op, err)
	}
	_, err = a.Book.RecordPublic(ctx, identity.Event{Kind: identity.Drilled, Detail: fmt.Sprintf("leaked key, %d synthetic people: %s", d.People, strings.Join(said, ", ")), Grounds: []identity.Ground{}}, kept)
	return d.Reference, fault.At(op, err)
}

// DrillDue is when the next drill is due (law.DrillDue), of a service that began then.
func (a *Act) DrillDue(ctx context.Context, began time.Time) (time.Time, error) {
	all, err := a.Drills(ctx)
	var last time.Time
	if len(all) > 0 {
		last = all[0].At
	}
	return law.DrillDue(last, began), err
}

// Drills are all of them, the newest first.
func (a *Act) Drills(ctx context.Context) (all []Drill, err error) {
	err = a.Dossiers.List(ctx, drills, func(_ string, _ uint64, open func(any) error) error {
		var d Drill
		err := open(&d)
		all = append(all, d)
		return err
	})
	slices.SortStableFunc(all, func(x, y Drill) int { return y.At.Compare(x.At) })
	return all, fault.At("incident.Drills", err)
}
