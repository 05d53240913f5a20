package admin

import (
	"context"
	"net/http"

	"netid/internal/act/counter"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/protocol/oauth"
)

// Counters sets up places at which clerks help.
type Counters interface {
	Add(ctx context.Context, name string) (c counter.Counter, credential string, err error)
	List(ctx context.Context) ([]counter.Counter, error)
	Remove(ctx context.Context, name string) error
}

// Helper counts what a counter did.
type Helper interface {
	HelpedAt(ctx context.Context, c identity.CounterID) (n int, many bool, err error)
}

// counterShown is a counter with what it did in the day that runs; its credential
// stands in the answer that makes it, and nowhere else.
type counterShown struct {
	counter.Counter
	Credential string `json:"credential,omitempty"`
	Today      int    `json:"today"`
	Many       bool   `json:"unusually_many,omitempty"`
}

func (d *Door) addCounter(w http.ResponseWriter, r *http.Request) {
	in, err := read[struct {
		ID string `json:"id"`
	}](w, r)
	var shown counterShown
	if err == nil {
		err = d.alone("admin.addCounter")
	}
	if err == nil {
		shown.Counter, shown.Credential, err = d.Counters.Add(r.Context(), in.ID)
	}
	if err != nil {
		d.refuse(w, err)
		return
	}
	oauth.WriteJSON(w, http.StatusCreated, shown)
}

func (d *Door) listCounters(w http.ResponseWriter, r *http.Request) {
	list, err := d.Counters.List(r.Context())
	all := make([]counterShown, 0, len(list))
	for _, c := range list {
		shown := counterShown{Counter: c}
		if err == nil {
			shown.Today, shown.Many, err = d.Helped.HelpedAt(r.Context(), c.ID)
		}
		all = append(all, shown)
	}
	if err != nil {
		say(w, status(err), fault.Public(err), nil)
		return
	}
	oauth.WriteJSON(w, http.StatusOK, map[string]any{"counters": all})
}

func (d *Door) removeCounter(w http.ResponseWriter, r *http.Request) {
	if err := d.Counters.Remove(r.Context(), r.PathValue("id")); err != nil {
		d.refuse(w, err)
		return
	}
	oauth.WriteJSON(w, http.StatusOK, map[string]string{"removed": r.PathValue("id")})
}

// alone refuses what two of the console decide to the one person who is at this door (the
// law's list of what is sensitive). A sandbox guards nobody and has it both ways.
func (d *Door) alone(op string) error {
	if d.Sandbox {
		return nil
	}
	return fault.New(op, fault.Forbidden, "two_required")
}
