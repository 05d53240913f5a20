package admin

import (
	"context"
	"net/http"

	"netid/internal/act/incident"
	"netid/internal/act/supervise"
	"netid/internal/fault"
	"netid/internal/protocol/oauth"
)

// Supervisor keeps what supervision asks for.
type Supervisor interface {
	Open(ctx context.Context, o supervise.Opening) (ref string, err error)
	Do(ctx context.Context, ref string, s supervise.Step) error
	Begin(ctx context.Context, n supervise.Need) (ref string, err error)
	End(ctx context.Context, ref string, s supervise.Step) error
	Tell(ctx context.Context, ref string, s supervise.Step) error
	All(ctx context.Context) (supervise.All, error)
}

// supervision is all of it, and what is near or overdue.
func (d *Door) supervision(w http.ResponseWriter, r *http.Request) {
	all, err := d.Supervise.All(r.Context())
	if err != nil {
		d.refuse(w, err)
		return
	}
	oauth.WriteJSON(w, http.StatusOK, all)
}

func (d *Door) openDuty(w http.ResponseWriter, r *http.Request) {
	in, err := read[supervise.Opening](w, r)
	var ref string
	if err == nil {
		err = incident.Typed(in.By)
	}
	if err == nil {
		ref, err = d.Supervise.Open(r.Context(), in)
	}
	d.created(w, ref, err)
}

func (d *Door) doDuty(w http.ResponseWriter, r *http.Request) {
	in, err := read[supervise.Step](w, r)
	if err == nil {
		err = incident.Typed(in.By)
	}
	if err == nil {
		err = d.Supervise.Do(r.Context(), r.PathValue("ref"), in)
	}
	d.done(w, err)
}

func (d *Door) beginEmergency(w http.ResponseWriter, r *http.Request) {
	in, err := read[supervise.Need](w, r)
	var ref string
	if err == nil {
		err = incident.Typed(in.By, in.Approver)
	}
	if err == nil {
		ref, err = d.Supervise.Begin(r.Context(), in)
	}
	d.created(w, ref, err)
}

func (d *Door) stepEmergency(w http.ResponseWriter, r *http.Request) {
	in, err := read[struct {
		Did string `json:"step"`
		supervise.Step
	}](w, r)
	if err == nil {
		err = incident.Typed(in.By)
	}
	if err == nil {
		switch in.Did {
		case "ended":
			err = d.Supervise.End(r.Context(), r.PathValue("ref"), in.Step)
		case "told":
			err = d.Supervise.Tell(r.Context(), r.PathValue("ref"), in.Step)
		default:
			err = fault.New("admin.stepEmergency", fault.Invalid, "application_invalid")
		}
	}
	d.done(w, err)
}
