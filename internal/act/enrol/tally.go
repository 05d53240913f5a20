package enrol

import (
	"context"
	"math"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
)

// faced reports whether a face was compared on the way, with whatever end.
func (d draft) faced() bool { return !d.Made && (d.Face == "match" || d.Differs) }

// ever is longer than any tally runs.
const ever = 200 * 365 * 24 * time.Hour

// tallied counts a person who used the face step for the first time, in the
// commit of their enrolment. Nobody is counted twice, and nobody who left is
// taken off: the count says how many there ever were.
func (a *Act) tallied(d draft, p *identity.Profile) []identity.Verb {
	if !d.faced() || p.Faced {
		return nil
	}
	p.Faced = true
	return []identity.Verb{identity.Count{Index: a.faceIndex("persons"), Limit: math.MaxInt, Window: ever, Now: a.Now()}}
}

func (a *Act) faceIndex(what string) []byte { return a.Vault.CounterIndex("face", []byte(what)) }

// Tally is how many persons have used the face step, and since when; Alarm and
// Filing are the moments at which the marks were seen to be reached, or zero.
type Tally struct {
	Persons              int
	Since, Alarm, Filing time.Time
}

// FaceTally reads the tally.
func (a *Act) FaceTally(ctx context.Context) (t Tally, err error) {
	n, since, err := a.Store.Counted(ctx, a.faceIndex("persons"))
	if err != nil || n == 0 {
		return t, fault.At("enrol.FaceTally", err)
	}
	t.Persons, t.Since = n, since
	for what, at := range map[string]*time.Time{"alarm": &t.Alarm, "filing": &t.Filing} {
		n, since, err := a.Store.Counted(ctx, a.faceIndex(what))
		if err != nil {
			return t, fault.At("enrol.FaceTally", err)
		}
		if n > 0 {
			*at = since
		}
	}
	return t, nil
}

// MarkFaces notes when the two marks were reached, each once, and gives the tally.
func (a *Act) MarkFaces(ctx context.Context, alarm, filing int) (Tally, error) {
	const op = "enrol.MarkFaces"
	t, err := a.FaceTally(ctx)
	if err != nil {
		return t, err
	}
	for _, m := range []struct {
		what string
		at   int
		seen time.Time
	}{{"alarm", alarm, t.Alarm}, {"filing", filing, t.Filing}} {
		if t.Persons < m.at || !m.seen.IsZero() {
			continue
		}
		err := a.Store.Jot(ctx, identity.Count{Index: a.faceIndex(m.what), Limit: 1, Window: ever, Now: a.Now()})
		if err != nil && !fault.Is(err, fault.TooMany) { // another node was first
			return t, fault.At(op, err)
		}
	}
	return a.FaceTally(ctx)
}
