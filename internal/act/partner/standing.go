package partner

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
)

// State is where an application is, in one word.
type State string

// The states. What is in effect may have a draft beside it.
const (
	Drafted   State = "draft"
	Handed    State = "handed" // decided here; the register has not answered yet
	InReview  State = "review" // two operators have to endorse it
	InEffect  State = "effect"
	Returned  State = "returned" // by an operator, with a reason: it comes back changed
	Suspended State = "suspended"
	Ended     State = "ended" // removed by an operator
)

// States are all of them.
func States() []State {
	return []State{Drafted, Handed, InReview, InEffect, Returned, Suspended, Ended}
}

// View is an application as its people see it.
type View struct {
	Application
	State   State
	Party   *identity.Party // as it stands; nil: never lodged
	Missing string          // why the draft could not be lodged now: a reason; empty: it could
	Alarms  []Alarm
}

// Alarm is something of an application that ends within 30 days, or has.
type Alarm struct {
	Kind string    `json:"kind"` // basis, key, certificate, domain or token
	Name string    `json:"name"`
	Ends time.Time `json:"ends"`
	Over bool      `json:"over,omitempty"`
}

const ahead = 30 * 24 * time.Hour

// Application is one of the organisation's own, with how it stands.
func (a *Act) Application(ctx context.Context, by Who, id identity.PartyID) (View, error) {
	const op = "partner.Application"
	o, _, err := a.read(ctx, by, Read)
	if err != nil {
		return View{}, fault.At(op, err)
	}
	app, _, err := a.application(ctx, by, id)
	if err != nil {
		return View{}, fault.At(op, err)
	}
	v, err := a.view(ctx, o, app)
	return v, fault.At(op, err)
}

// Applications are all of them, the newest last.
func (a *Act) Applications(ctx context.Context, by Who) (all []View, err error) {
	const op = "partner.Applications"
	o, _, err := a.read(ctx, by, Read)
	if err != nil {
		return nil, fault.At(op, err)
	}
	for _, id := range o.Applications {
		app, _, err := a.application(ctx, by, id)
		if fault.Is(err, fault.NotFound) {
			continue // it went while we read
		}
		var v View
		if err == nil {
			v, err = a.view(ctx, o, app)
		}
		if err != nil {
			return nil, fault.At(op, err)
		}
		all = append(all, v)
	}
	return all, nil
}

func (a *Act) view(ctx context.Context, o Organisation, app Application) (v View, err error) {
	v = View{Application: app, State: Drafted}
	p, err := a.Register.Party(ctx, app.ID)
	switch {
	case fault.Is(err, fault.NotFound):
	case err != nil:
		return v, err
	default:
		v.Party, v.State = &p, stateOf(p)
	}
	if app.Due != "" {
		v.State = Handed
	}
	if app.Draft != nil {
		if no := a.ready(o, app); no != nil {
			v.Missing = fault.Public(no)
		}
	}
	v.Alarms = a.alarms(o, v)
	return v, nil
}

func stateOf(p identity.Party) State {
	switch {
	case p.Standing == identity.PartyRemoved:
		return Ended
	case p.Standing == identity.PartyActive:
		return InEffect
	case p.Returned != "":
		return Returned
	case p.Reason == identity.PartyReview:
		return InReview
	}
	return Suspended
}

func (a *Act) alarms(o Organisation, v View) (all []Alarm) {
	now := a.Now()
	add := func(kind, name string, ends time.Time) {
		if !ends.IsZero() && ends.Sub(now) <= ahead {
			all = append(all, Alarm{kind, name, ends.UTC(), !now.Before(ends)})
		}
	}
	for _, k := range v.Keys.Set {
		add("key", k.Thumbprint, k.Until)
	}
	hosts := append(v.Draft.hosts(), v.Filed.hosts()...)
	slices.Sort(hosts)
	for _, host := range slices.Compact(hosts) {
		if slices.Contains(o.Domains, host) {
			add("domain", host, o.ProvenAt(host, now).Ends)
		}
	}
	for _, t := range o.Tokens {
		add("token", string(t.ID), t.Expires)
	}
	if v.Party != nil {
		for item, last := range v.Party.BasesUntil {
			add("basis", item, last.End()) // good on its last day
		}
		for i, c := range v.Party.Requests {
			if i == 0 { // the newest is used
				add("certificate", v.Party.Domain, c.Until)
			}
		}
	}
	slices.SortFunc(all, func(x, y Alarm) int {
		return cmp.Or(x.Ends.Compare(y.Ends), cmp.Compare(x.Kind, y.Kind), cmp.Compare(x.Name, y.Name))
	})
	return all
}

// Result is what the conformance kit said of an application, as its people uploaded it.
// It is information: nobody here saw the kit run, and nothing rests on it.
type Result struct {
	Passed   int       `json:"passed"`
	Failed   int       `json:"failed"`
	Skipped  int       `json:"skipped"`
	Uploaded time.Time `json:"uploaded"`
}

const maxReport = 256 << 10

// Tested keeps the kit's last report of an application. Reason "partner_report_unread".
func (a *Act) Tested(ctx context.Context, by Who, id identity.PartyID, report []byte) error {
	const op = "partner.Tested"
	r, err := parseReport(report)
	if err != nil {
		return fault.At(op, err)
	}
	r.Uploaded = a.today()
	return fault.At(op, a.touch(ctx, by, id, identity.PartnerDrafted, func(app *Application) error {
		app.Result = &r
		return nil
	}))
}

// ParseDeclaration reads a declaration that a program sends: one JSON object with the
// words of docs/openapi.yaml and none besides. Reason "partner_declaration_unread".
func ParseDeclaration(b []byte) (d Declaration, err error) {
	in := json.NewDecoder(bytes.NewReader(b))
	in.DisallowUnknownFields()
	if err := in.Decode(&d); err != nil || in.More() {
		return Declaration{}, unread("partner.ParseDeclaration", "partner_declaration_unread", err)
	}
	return d, nil
}

// Reason is an operator's, of what is returned, suspended or ended.
func (v View) Reason() string {
	switch {
	case v.Party == nil:
	case v.State == Returned:
		return v.Party.Returned
	case v.State == Suspended || v.State == Ended:
		return v.Party.Reason
	}
	return ""
}
