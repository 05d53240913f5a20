package admin

import (
	"context"
	"net/http"
	"time"

	"netid/internal/act/incident"
	"netid/internal/act/recall"
	"netid/internal/identity"
	"netid/internal/protocol/oauth"
)

// Responses are what is done about an incident: hold issuance still, tell citizens, issue
// certificates again; and drills of it.
type Responses interface {
	Stop(ctx context.Context, ref string, scope incident.Scope, s incident.Step) error
	Stops(context.Context) ([]incident.Stop, error)
	LiftEndorsed(ctx context.Context, scope incident.Scope, first, second identity.Endorsement, what string) error
	Notify(ctx context.Context, ref string, s incident.Step, w incident.Whom) error
	Readers(ctx context.Context, ref string) (int, error)
	Reissue(ctx context.Context, ref string, s incident.Step, from, until time.Time) (incident.Again, error)
	Drilled(ctx context.Context, d incident.Drill) (ref string, err error)
	Drills(context.Context) ([]incident.Drill, error)
}

// Reissuer issues certificates of a time again, in the background.
type Reissuer interface {
	Reissue(ctx context.Context, c recall.Choice, at time.Time) (recall.Progress, error)
}

// standing is a stop with what an operator signs to lift it.
type standing struct {
	incident.Stop
	Record string `json:"record"`
}

type standings struct {
	Issuer string     `json:"issuer"`
	Stops  []standing `json:"stops"`
}

func (d *Door) stops(w http.ResponseWriter, r *http.Request) {
	all, err := d.Response.Stops(r.Context())
	if err != nil {
		d.refuse(w, err)
		return
	}
	out := standings{d.Issuer, []standing{}}
	for _, s := range all {
		out.Stops = append(out.Stops, standing{s, string(s.Record())})
	}
	oauth.WriteJSON(w, http.StatusOK, out)
}

type stopping struct {
	said
	Scope incident.Scope `json:"scope"`
}

func (d *Door) stopFor(w http.ResponseWriter, r *http.Request) {
	in, err := read[stopping](w, r)
	if err == nil {
		err = incident.Typed(in.By)
	}
	if err == nil {
		err = d.Response.Stop(r.Context(), r.PathValue("ref"), in.Scope, incident.Step{By: in.By, What: in.What})
	}
	d.done(w, err)
}

type lifting struct {
	What         string   `json:"what"`
	Endorsements []string `json:"endorsements"`
}

// liftStop takes the signatures of two operators over the stop as it is listed.
func (d *Door) liftStop(w http.ResponseWriter, r *http.Request) {
	in, err := read[lifting](w, r)
	var by [2]identity.Endorsement
	for n := range by {
		if err == nil {
			text := ""
			if n < len(in.Endorsements) && len(in.Endorsements) == len(by) {
				text = in.Endorsements[n]
			}
			by[n], err = identity.ParseEndorsement(text)
		}
	}
	if err == nil {
		err = d.Response.LiftEndorsed(r.Context(), incident.Scope(r.PathValue("scope")), by[0], by[1], in.What)
	}
	d.done(w, err)
}

type noticing struct {
	said
	Notice *incident.Notice `json:"notice"`
	Whom   incident.Whom    `json:"whom"`
}

func (d *Door) noticeFor(w http.ResponseWriter, r *http.Request) {
	in, err := read[noticing](w, r)
	if err == nil {
		err = incident.Typed(in.By)
	}
	if err == nil {
		err = d.Response.Notify(r.Context(), r.PathValue("ref"), incident.Step{By: in.By, What: in.What, Notice: in.Notice}, in.Whom)
	}
	d.done(w, err)
}

// readersOf is how many read a notice: a count and nobody.
func (d *Door) readersOf(w http.ResponseWriter, r *http.Request) {
	n, err := d.Response.Readers(r.Context(), r.PathValue("ref"))
	if err != nil {
		d.refuse(w, err)
		return
	}
	oauth.WriteJSON(w, http.StatusOK, map[string]int{"read": n})
}

type reissuing struct {
	said
	From  time.Time `json:"issued_from,omitzero"`
	Until time.Time `json:"issued_until,omitzero"`
}

// reissueFor begins, goes on, and tells how far it is: the choice of the first time stands.
func (d *Door) reissueFor(w http.ResponseWriter, r *http.Request) {
	in, err := read[reissuing](w, r)
	var again incident.Again
	ref := r.PathValue("ref")
	if err == nil {
		err = incident.Typed(in.By)
	}
	if err == nil {
		again, err = d.Response.Reissue(r.Context(), ref, incident.Step{By: in.By, What: in.What}, in.From, in.Until)
	}
	var p recall.Progress
	if err == nil {
		p, err = d.Reissuer.Reissue(r.Context(), Reissued(again), again.At)
	}
	if err != nil {
		d.refuse(w, err)
		return
	}
	oauth.WriteJSON(w, http.StatusOK, p)
}

// Reissued is the choice of an incident in the words of package recall: in public it says
// that there was one, and not which.
func Reissued(again incident.Again) recall.Choice {
	return recall.Choice{From: again.From, Until: again.Until, Reason: "an incident"}
}

func (d *Door) drills(w http.ResponseWriter, r *http.Request) {
	all, err := d.Response.Drills(r.Context())
	if err != nil {
		d.refuse(w, err)
		return
	}
	oauth.WriteJSON(w, http.StatusOK, map[string][]incident.Drill{"drills": append([]incident.Drill{}, all...)})
}

type drilling struct {
	said
	People int             `json:"people"`
	Took   []incident.Took `json:"took"`
}

func (d *Door) drilled(w http.ResponseWriter, r *http.Request) {
	in, err := read[drilling](w, r)
	var ref string
	if err == nil {
		err = incident.Typed(in.By)
	}
	if err == nil {
		ref, err = d.Response.Drilled(r.Context(), incident.Drill{By: in.By, What: in.What, People: in.People, Took: in.Took})
	}
	d.created(w, ref, err)
}
