package incident

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
)

// stops are the records that hold things still, each under its scope: it is there as
// long as the stop stands, and a commit that must not be is guarded by there being none.
const stops = "stop"

// Scope is law's, and Notice too, for doors that hand them on.
type (
	Scope  = law.StopScope
	Notice = law.IncidentNotice
)

// Stop is what stands still, for which incident.
type Stop struct {
	Scope    law.StopScope `json:"scope"`
	Incident string        `json:"incident"`
	By       string        `json:"by"`
	What     string        `json:"what"`
	At       time.Time     `json:"at"`
	Drill    bool          `json:"drill,omitempty"`
}

// Held is a stop as its incident remembers it: the stop's own record is gone once it is lifted.
type Held struct {
	Scope   law.StopScope `json:"scope"`
	By      string        `json:"by"`
	At      time.Time     `json:"at"`
	Lifted  time.Time     `json:"lifted,omitzero"`
	Lifters []string      `json:"lifters,omitempty"`
}

// lifts notes at the incident by whom a stop ended. One that began before incidents
// remembered them is remembered from here on.
func (i *Incident) lifts(s Stop, at time.Time, by ...string) {
	n := slices.IndexFunc(i.Held, func(h Held) bool { return h.Scope == s.Scope && h.At.Equal(s.At) })
	if n < 0 {
		i.Held, n = append(i.Held, Held{Scope: s.Scope, By: s.By, At: s.At}), len(i.Held)
	}
	i.Held[n].Lifted, i.Held[n].Lifters = at, by
}

// Record is what two operators sign to end exactly this stop.
func (s Stop) Record() []byte {
	b, err := json.Marshal(s)
	if err != nil { // of words and a moment: there is none
		return nil
	}
	return b
}

// Operators check what an operator signed (package roster).
type Operators interface {
	Check(e identity.Endorsement, kind, name string, record []byte) error
}

// Guards are the guards of a commit that a stop holds still (ledger.Hold). Nothing is read
// for them: where a stop stands the store finds it in the commit, on whichever node.
func (a *Act) Guards(kind identity.EventKind) (all []identity.Verb) {
	for _, s := range law.StopScopes() {
		if slices.Contains(s.Stops(), kind) {
			all = append(all, a.Dossiers.Guard(stops, string(s), 0))
		}
	}
	return all
}

// Stopped says why an event of this kind is not recorded now: Unavailable
// "issuance_stopped" or "use_stopped". nil where nothing stops it.
func (a *Act) Stopped(ctx context.Context, kind identity.EventKind) error {
	const op = "incident.Stopped"
	for _, s := range law.StopScopes() {
		if !slices.Contains(s.Stops(), kind) {
			continue
		}
		_, _, err := a.stop(ctx, s)
		switch {
		case fault.Because(err, "stop_unknown"):
		case err != nil:
			return fault.At(op, err)
		case s == law.StopUse:
			return fault.New(op, fault.Unavailable, "use_stopped")
		default:
			return fault.New(op, fault.Unavailable, "issuance_stopped")
		}
	}
	return nil
}

func (a *Act) stop(ctx context.Context, scope law.StopScope) (s Stop, version uint64, err error) {
	version, err = a.Dossiers.Read(ctx, stops, string(scope), &s)
	if fault.Is(err, fault.NotFound) {
		err = fault.New("incident.stop", fault.NotFound, "stop_unknown")
	}
	return s, version, err
}

// Stops are those that stand.
func (a *Act) Stops(ctx context.Context) (all []Stop, err error) {
	for _, scope := range law.StopScopes() {
		s, _, err := a.stop(ctx, scope)
		if err == nil {
			all = append(all, s)
		} else if !fault.Because(err, "stop_unknown") {
			return nil, fault.At("incident.Stops", err)
		}
	}
	return all, nil
}

// unstopped fails with Conflict "incident_stop_stands" while something is held still for an incident.
func (a *Act) unstopped(ctx context.Context, op, ref string) error {
	all, err := a.Stops(ctx)
	if slices.ContainsFunc(all, func(s Stop) bool { return s.Incident == ref }) {
		return fault.New(op, fault.Conflict, "incident_stop_stands")
	}
	return fault.At(op, err)
}

// Stop holds still what its scope says, from its commit on and on every node. One does
// it: it can wait for nobody. Refused: "stop_invalid", "stop_stands".
func (a *Act) Stop(ctx context.Context, ref string, scope law.StopScope, s Step) error {
	const op = "incident.Stop"
	if !slices.Contains(law.StopScopes(), scope) {
		return fault.New(op, fault.Invalid, "stop_invalid")
	}
	err := a.stepWith(ctx, op, ref, s, identity.IssuanceStopped, func(i *Incident) (did, error) {
		kept, err := a.Dossiers.Keep(stops, string(scope), 0, Stop{scope, ref, s.By, s.What, a.now(), i.Drill})
		i.Held = append(i.Held, Held{Scope: scope, By: s.By, At: a.now()})
		verbs := []identity.Verb{kept}
		if err == nil && Label(s.By) == "" { // of two at the console their proposal tells
			var page identity.Verb
			page, err = a.Pager.Page("stopped", ref)
			verbs = append(verbs, page)
		}
		return did{say: string(scope), verbs: verbs}, err
	})
	if fault.Because(err, "dossier_exists") {
		err = fault.Wrap(op, fault.Conflict, "stop_stands", err)
	}
	return err
}

// Stopping judges a stop that two would make, and says what it does.
func (a *Act) Stopping(ctx context.Context, ref string, scope law.StopScope) (identity.Text, error) {
	const op = "incident.Stopping"
	if !slices.Contains(law.StopScopes(), scope) {
		return identity.Text{}, fault.New(op, fault.Invalid, "stop_invalid")
	}
	i, err := a.Read(ctx, ref)
	if err == nil && !i.Closed.IsZero() {
		err = fault.New(op, fault.Conflict, "incident_closed")
	}
	if _, _, other := a.stop(ctx, scope); err == nil && other == nil {
		err = fault.New(op, fault.Conflict, "stop_stands")
	}
	says := identity.Text{ZH: "停止签发：不再产生新的网号、网证、设备和属性凭据（事件 " + ref + "）", EN: "Stop issuance: no new numbers, certificates, devices and attestations (incident " + ref + ")"}
	if scope == law.StopUse {
		says = identity.Text{ZH: "停止签发和使用：不再签发，也不能登录和核验（事件 " + ref + "）", EN: "Stop issuance and use: nothing is issued, nobody signs in or is verified (incident " + ref + ")"}
	}
	return says, fault.At(op, err)
}

// Lifting judges the end of the stop that began at a moment, and says what it does.
func (a *Act) Lifting(ctx context.Context, scope law.StopScope, at time.Time) (identity.Text, error) {
	s, _, err := a.standing(ctx, scope, at)
	zh, en := s.At.In(chinese().zone).Format("2006-01-02 15:04")+"（北京时间）", s.At.UTC().Format("2006-01-02 15:04 UTC")
	says := identity.Text{ZH: "恢复签发（自 " + zh + " 起停止，事件 " + s.Incident + "）", EN: "Let issuance go on (stopped since " + en + ", incident " + s.Incident + ")"}
	if scope == law.StopUse {
		says = identity.Text{ZH: "恢复签发和使用（自 " + zh + " 起停止，事件 " + s.Incident + "）", EN: "Let issuance and use go on (stopped since " + en + ", incident " + s.Incident + ")"}
	}
	return says, fault.At("incident.Lifting", err)
}

// standing is the stop that was read: one that began later is another.
func (a *Act) standing(ctx context.Context, scope law.StopScope, at time.Time) (s Stop, version uint64, err error) {
	s, version, err = a.stop(ctx, scope)
	if err == nil && !s.At.Equal(at) {
		err = fault.New("incident.standing", fault.NotFound, "stop_unknown")
	}
	return s, version, err
}

// Lift ends a stop, by two whom the caller has made sure of. Refused: "stop_unknown",
// "approver_same".
func (a *Act) Lift(ctx context.Context, scope law.StopScope, at time.Time, by, second, what string) error {
	const op = "incident.Lift"
	if err := words(op, by, what); err != nil {
		return err
	}
	if err := words(op, second, what); err != nil {
		return err
	}
	if by == second {
		return fault.New(op, fault.Forbidden, "approver_same")
	}
	for range tries {
		err := a.lift(ctx, scope, at, what, by, second)
		if !fault.Because(err, "dossier_moved") {
			return fault.At(op, err)
		}
	}
	return fault.New(op, fault.Unavailable, "try_again")
}

// lift writes it down at the incident, where there is room: neither one with all its
// entries nor one that fills its record holds anything still. The public event says it too.
func (a *Act) lift(ctx context.Context, scope law.StopScope, at time.Time, what, by, second string) error {
	s, version, err := a.standing(ctx, scope, at)
	if err != nil {
		return err
	}
	verbs := []identity.Verb{a.Dossiers.Drop(stops, string(scope), version)}
	i, from, err := a.read(ctx, s.Incident)
	if err != nil {
		return err
	}
	i.lifts(s, a.now(), by, second)
	if len(i.Entries) < maxEntries-2 {
		i.Entries = append(i.Entries, Entry{by + ", " + second, a.now(), what})
	}
	kept, err := a.Dossiers.Keep(incidents, i.Reference, from, i)
	switch {
	case err == nil:
		verbs = append(verbs, kept)
	case !fault.Because(err, "dossier_large"):
		return err
	}
	event := i.event(identity.IssuanceLifted)
	event.Detail = string(scope) + " " + event.Detail
	_, err = a.Book.RecordPublic(ctx, event, verbs...)
	return err
}

// LiftEndorsed ends a stop by the signatures of two operators over exactly its record,
// for a service whose console nobody reaches. Refused: "endorsement_invalid",
// "approver_same".
func (a *Act) LiftEndorsed(ctx context.Context, scope law.StopScope, first, second identity.Endorsement, what string) error {
	const op = "incident.LiftEndorsed"
	s, _, err := a.stop(ctx, scope)
	if err != nil {
		return fault.At(op, err)
	}
	if a.Operators == nil {
		return fault.New(op, fault.Forbidden, "endorsement_invalid")
	}
	for _, e := range []identity.Endorsement{first, second} {
		if err := a.Operators.Check(e, stops, string(scope), s.Record()); err != nil {
			return fault.At(op, err)
		}
	}
	if first.Operator == second.Operator {
		return fault.New(op, fault.Forbidden, "approver_same")
	}
	return a.Lift(ctx, scope, s.At, "operator "+first.Operator, "operator "+second.Operator, what)
}
