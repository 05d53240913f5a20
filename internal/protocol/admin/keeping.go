package admin

import (
	"context"
	"net/http"

	"netid/internal/act/ceremony"
	"netid/internal/act/staff"
	"netid/internal/gauge"
	"netid/internal/protocol/oauth"
)

// Keys are the service's own: labels, uses and days, and never a key.
type Keys interface {
	State(held []ceremony.Order) ceremony.State
}

// Capacity is what the service bears, and what is wrong with it: of the service itself, and
// of nobody who uses it.
type Capacity interface {
	Amounts(context.Context) ([]gauge.Amount, error)
	Checks(context.Context) []gauge.Check
}

type amounts struct {
	Amounts []gauge.Amount `json:"amounts"`
}

type checks struct {
	Bad    int           `json:"bad"` // how many do not hold: what a machine watches
	Checks []gauge.Check `json:"checks"`
}

// keys are what the page of keys shows: each with what is due, and the ceremonies that wait.
func (d *Door) keys(w http.ResponseWriter, r *http.Request) {
	held, err := d.held(r.Context())
	if err != nil {
		d.refuse(w, err)
		return
	}
	s := d.Keys.State(held)
	s.Keys = append([]ceremony.Row{}, s.Keys...)
	oauth.WriteJSON(w, http.StatusOK, s)
}

// held are the ceremonies that two recorded, by whose days the next ones are due.
func (d *Door) held(ctx context.Context) (all []ceremony.Order, err error) {
	proposals, err := d.Console.Proposals(ctx)
	for _, p := range proposals {
		if p.Action != ceremony.Action || p.State != staff.Done && p.State != staff.Approved {
			continue
		}
		o, err := ceremony.Read(p.Body)
		if err != nil {
			return nil, err
		}
		if o.Do == ceremony.Held {
			all = append(all, o)
		}
	}
	return all, err
}

// health asks each check as it is asked for, as the page does.
func (d *Door) health(w http.ResponseWriter, r *http.Request) {
	all := checks{Checks: append([]gauge.Check{}, d.Capacity.Checks(r.Context())...)}
	for _, c := range all.Checks {
		if c.Bad {
			all.Bad++
		}
	}
	oauth.WriteJSON(w, http.StatusOK, all)
}

func (d *Door) capacity(w http.ResponseWriter, r *http.Request) {
	all, err := d.Capacity.Amounts(r.Context())
	if err != nil {
		d.refuse(w, err)
		return
	}
	oauth.WriteJSON(w, http.StatusOK, amounts{append([]gauge.Amount{}, all...)})
}
