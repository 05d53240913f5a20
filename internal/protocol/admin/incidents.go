package admin

import (
	"context"
	"net/http"

	"netid/internal/act/incident"
	"netid/internal/fault"
	"netid/internal/protocol/oauth"
)

// Incidents keeps what went wrong, and power that one person used alone.
type Incidents interface {
	Open(ctx context.Context, o incident.Opening) (ref string, err error)
	Note(ctx context.Context, ref string, s incident.Step) error
	Report(ctx context.Context, ref string, s incident.Step) error
	Remove(ctx context.Context, ref string, s incident.Step) error
	Tell(ctx context.Context, ref string, s incident.Step) error
	Examine(ctx context.Context, ref string, s incident.Step) error
	Close(ctx context.Context, ref string, s incident.Step) error
	Document(ctx context.Context, ref string) (incident.Document, error)
	List(ctx context.Context) ([]incident.Incident, error)
	Break(ctx context.Context, by, why string) (ref string, err error)
	Inspect(ctx context.Context, ref, by, what string) error
	Glasses(ctx context.Context) ([]incident.Glass, error)
	Alarms(ctx context.Context) ([]incident.Alarm, error)
}

type opened struct {
	Reference string `json:"reference"`
}

// happened is all that went wrong, and what is overdue about it.
type happened struct {
	Incidents []incident.Incident `json:"incidents"`
	Glasses   []incident.Glass    `json:"break_glass"`
	Alarms    []incident.Alarm    `json:"alarms"`
}

func (d *Door) incidents(w http.ResponseWriter, r *http.Request) {
	h := happened{[]incident.Incident{}, []incident.Glass{}, []incident.Alarm{}}
	is, err := d.Incident.List(r.Context())
	if err == nil {
		h.Incidents = append(h.Incidents, is...)
		var gs []incident.Glass
		gs, err = d.Incident.Glasses(r.Context())
		h.Glasses = append(h.Glasses, gs...)
	}
	if err == nil {
		var as []incident.Alarm
		as, err = d.Incident.Alarms(r.Context())
		h.Alarms = append(h.Alarms, as...)
	}
	if err != nil {
		d.refuse(w, err)
		return
	}
	oauth.WriteJSON(w, http.StatusOK, h)
}

func (d *Door) openIncident(w http.ResponseWriter, r *http.Request) {
	in, err := read[incident.Opening](w, r)
	var ref string
	if err == nil {
		err = incident.Typed(in.By)
	}
	if err == nil {
		ref, err = d.Incident.Open(r.Context(), in)
	}
	d.created(w, ref, err)
}

func (d *Door) created(w http.ResponseWriter, ref string, err error) {
	if err != nil {
		d.refuse(w, err)
		return
	}
	oauth.WriteJSON(w, http.StatusCreated, opened{ref})
}

// incidentReport is the document for the authorities.
func (d *Door) incidentReport(w http.ResponseWriter, r *http.Request) {
	doc, err := d.Incident.Document(r.Context(), r.PathValue("ref"))
	if err != nil {
		d.refuse(w, err)
		return
	}
	oauth.WriteJSON(w, http.StatusOK, doc)
}

func (d *Door) stepIncident(w http.ResponseWriter, r *http.Request) {
	in, err := read[struct {
		Did string `json:"step"`
		incident.Step
	}](w, r)
	if err == nil {
		do := map[string]func(context.Context, string, incident.Step) error{"note": d.Incident.Note, "reported": d.Incident.Report, "removed": d.Incident.Remove,
			"told": d.Incident.Tell, "review": d.Incident.Examine, "close": d.Incident.Close}[in.Did]
		err = incident.Typed(in.By, in.Second)
		if err == nil && (in.Did == "review" || in.Did == "close") {
			err = d.alone("admin.stepIncident")
		}
		if err == nil && do == nil {
			err = fault.New("admin.stepIncident", fault.Invalid, "application_invalid")
		}
		if err == nil {
			err = do(r.Context(), r.PathValue("ref"), in.Step)
		}
	}
	d.done(w, err)
}

func (d *Door) done(w http.ResponseWriter, err error) {
	if err != nil {
		d.refuse(w, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (d *Door) breakGlass(w http.ResponseWriter, r *http.Request) {
	in, err := read[said](w, r)
	var ref string
	if err == nil {
		err = incident.Typed(in.By)
	}
	if err == nil {
		ref, err = d.Incident.Break(r.Context(), in.By, in.What)
	}
	d.created(w, ref, err)
}

func (d *Door) inspectGlass(w http.ResponseWriter, r *http.Request) {
	in, err := read[said](w, r)
	if err == nil {
		err = incident.Typed(in.By)
	}
	if err == nil {
		err = d.alone("admin.inspectGlass")
	}
	if err == nil {
		err = d.Incident.Inspect(r.Context(), r.PathValue("ref"), in.By, in.What)
	}
	d.done(w, err)
}

// said is who says what.
type said struct {
	By   string `json:"by"`
	What string `json:"what"`
}
