package citizen

import (
	"context"
	"time"

	"netid/internal/act/assist"
	"netid/internal/identity"
	"netid/internal/web/shell"
)

// Assister says what authorities were told of a number by law, as far as its owner may
// know of it now.
type Assister interface {
	Told(ctx context.Context, n identity.Number) ([]assist.Told, error)
}

// helped is one lawful assistance in plain words.
type helped struct {
	Event    string
	What     string
	Citation string
	Time     time.Time
	Late     string // the law that kept it back
}

// helped are the assistances about the citizen, above their records: these are in the public
// ledger, where no body says whom they are about, and so they are no records of theirs.
func (d *Door) helped(v *shell.Visit, s identity.Session) (all []helped, err error) {
	home, err := d.Look.Home(v.Context(), s)
	if err != nil {
		return nil, err
	}
	return d.helpedWith(v, home.Number, "records.assisted.")
}

// helpedChild are those about a child under 14, for the guardian: what the child's own page
// says, on the same day. Who reads a child's uses reads these (PIPL Art. 31); a law that keeps
// one from the child keeps it from who answers for them too.
func (d *Door) helpedChild(v *shell.Visit, n identity.Number) ([]helped, error) {
	return d.helpedWith(v, n, "records.assisted.child.")
}

// helpedWith says them in the words of a family of the catalogue.
func (d *Door) helpedWith(v *shell.Visit, n identity.Number, family string) (all []helped, err error) {
	list, err := d.Assists.Told(v.Context(), n)
	for _, t := range list {
		h := helped{Event: t.Event, What: v.Say(family+string(t.Help), t.Authority), Citation: t.Citation, Time: t.Time}
		if t.Late != nil {
			h.Late = t.Late.Citation
		}
		all = append(all, h)
	}
	return all, err
}
