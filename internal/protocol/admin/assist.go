package admin

import (
	"context"
	"net/http"
	"time"

	"netid/internal/act/assist"
	"netid/internal/fault"
	"netid/internal/protocol/oauth"
)

// Assister keeps lawful assistance. What it hands out is sealed.
type Assister interface {
	Request(ctx context.Context, in assist.Ask) (ref string, err error)
	List(ctx context.Context) ([]assist.Request, error)
	Name(ctx context.Context, o assist.Officer) error
	Officers(ctx context.Context) ([]assist.Officer, error)
	Paper(ctx context.Context, ref, officer string) (assist.Paper, error)
	Approve(ctx context.Context, ref, word string) (n int, err error)
	Release(ctx context.Context, ref string) (assist.Release, error)
	Rows(ctx context.Context, ref string, owner []byte) ([]assist.Entry, error)
	Examine(ctx context.Context, ref string, by assist.Hand, what string) error
	Overdue(ctx context.Context) ([]string, error)
}

func (d *Door) registerAssist(m interface {
	Handle(pattern string, h http.Handler)
}) {
	m.Handle("GET /admin/assist", d.operator(d.assistance))
	m.Handle("POST /admin/assist", d.operator(d.askAssist))
	m.Handle("POST /admin/assist/officers", d.operator(d.nameOfficer))
	m.Handle("GET /admin/assist/{ref}/papers/{officer}", d.operator(answer(d, http.StatusOK, func(r *http.Request, _ struct{}) (assist.Paper, error) {
		return d.Assist.Paper(r.Context(), r.PathValue("ref"), r.PathValue("officer"))
	})))
	m.Handle("POST /admin/assist/{ref}/approve", d.operator(answer(d, http.StatusOK, func(r *http.Request, in struct {
		Word string `json:"word"`
	}) (approved, error) {
		n, err := d.Assist.Approve(r.Context(), r.PathValue("ref"), in.Word)
		return approved{n}, err
	})))
	m.Handle("POST /admin/assist/{ref}/open", d.operator(patient(answer(d, http.StatusOK, func(r *http.Request, _ struct{}) (assist.Release, error) {
		return d.Assist.Release(r.Context(), r.PathValue("ref"))
	}))))
	m.Handle("POST /admin/assist/{ref}/rows", d.operator(answer(d, http.StatusOK, func(r *http.Request, in struct {
		Owner []byte `json:"owner"`
	}) (handed, error) {
		rows, err := d.Assist.Rows(r.Context(), r.PathValue("ref"), in.Owner)
		return handed{rows}, err
	})))
	m.Handle("POST /admin/assist/{ref}/review", d.operator(d.reviewAssist))
}

// patient lifts the time in which a server answers: who is named by a pseudonym is looked
// for among everybody (ADR 0074). Who asks ends it by going away. Where a writer has no
// such time, there is nothing to lift.
func patient(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_ = http.NewResponseController(w).SetWriteDeadline(time.Time{})
		next(w, r)
	}
}

// assisted is every request, who the officers are, and which openings nobody reviewed.
type assisted struct {
	Requests []assist.Request `json:"requests"`
	Officers []assist.Officer `json:"officers"`
	Overdue  []string         `json:"overdue"`
}

// named is who holds an officer's key.
type named struct {
	Officer string `json:"officer"`
	Name    string `json:"name"`
}

type approved struct {
	Approvals int `json:"approvals"`
}

type handed struct {
	Rows []assist.Entry `json:"rows"`
}

// answer reads what a route takes, where it takes anything, and writes what came of it.
func answer[In, Out any](d *Door, good int, do func(*http.Request, In) (Out, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var in In
		var err error
		if r.Method == http.MethodPost {
			in, err = read[In](w, r)
		}
		var out Out
		if err == nil {
			out, err = do(r, in)
		}
		if err != nil {
			d.refuse(w, err)
			return
		}
		oauth.WriteJSON(w, good, out)
	}
}

func (d *Door) assistance(w http.ResponseWriter, r *http.Request) {
	answer(d, http.StatusOK, func(r *http.Request, _ struct{}) (all assisted, err error) {
		all = assisted{[]assist.Request{}, []assist.Officer{}, []string{}}
		rs, err := d.Assist.List(r.Context())
		os, err2 := d.Assist.Officers(r.Context())
		late, err3 := d.Assist.Overdue(r.Context())
		all.Requests, all.Officers, all.Overdue = append(all.Requests, rs...), append(all.Officers, os...), append(all.Overdue, late...)
		for _, e := range []error{err, err2, err3} {
			if e != nil {
				return all, fault.At("admin.assistance", e)
			}
		}
		return all, nil
	})(w, r)
}

// typed refuses a name that somebody types here where a passkey of the console would say
// who it is (N01, N02). A sandbox guards nobody.
func (d *Door) typed(op string) error {
	if d.Sandbox {
		return nil
	}
	return fault.New(op, fault.Forbidden, "console_required")
}

func (d *Door) askAssist(w http.ResponseWriter, r *http.Request) {
	in, err := read[assist.Ask](w, r)
	if err == nil {
		err = d.typed("admin.askAssist")
	}
	var ref string
	if err == nil {
		ref, err = d.Assist.Request(r.Context(), in)
	}
	d.created(w, ref, err)
}

func (d *Door) nameOfficer(w http.ResponseWriter, r *http.Request) {
	in, err := read[named](w, r)
	if err == nil {
		err = d.alone("admin.nameOfficer")
	}
	if err == nil {
		err = d.Assist.Name(r.Context(), assist.Officer{ID: in.Officer, Name: in.Name})
	}
	d.done(w, err)
}

func (d *Door) reviewAssist(w http.ResponseWriter, r *http.Request) {
	in, err := read[said](w, r)
	if err == nil {
		err = d.typed("admin.reviewAssist")
	}
	if err == nil {
		err = d.Assist.Examine(r.Context(), r.PathValue("ref"), assist.Hand{Name: in.By}, in.What)
	}
	d.done(w, err)
}
