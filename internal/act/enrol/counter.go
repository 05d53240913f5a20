package enrol

import (
	"context"
	"slices"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
)

// Counters are the places at which clerks help.
type Counters interface {
	// Stands gives the guard under which they all stand; it fails with Forbidden
	// "counter_unknown" where there is none of that name any more.
	// Each under the credential that it had since then.
	Stands(ctx context.Context, since time.Time, counters ...identity.CounterID) (identity.Verb, error)
}

// Case is what a clerk sees of an enrolment: which document is due, and masked
// what it said. Neither telephone nor passcode, and no record.
type Case struct {
	Kind     identity.DocumentKind
	Checks   identity.Origin // who checks such a document
	Next     string
	Document *Seen
	Counter  identity.CounterID // where the document was read
	Asked    bool               // for a second clerk
	Second   identity.CounterID // who agreed
	Expires  time.Time
}

// lead is what a slip leads to.
type lead struct {
	Draft identity.Handle `json:"d"`
}

// AskClerk lets a clerk read the document: the person's page shows a slip, which
// the clerk types. The draft's own handle stays in the person's browser, so
// whoever has the slip sees a Case and never chooses a passcode.
func (a *Act) AskClerk(ctx context.Context, h identity.Handle) error {
	const op = "enrol.AskClerk"
	d, row, err := a.load(ctx, h)
	if err != nil || d.Case != "" {
		return fault.At(op, err)
	}
	if d.adds() {
		return fault.New(op, fault.Conflict, "step_order")
	}
	slip := identity.NewSlip()
	at := a.caseAt(slip)
	put := identity.DraftRow{ID: a.Cover.ID(at), Version: 1, Expires: row.Expires}
	if put.Body, err = a.Cover.Seal(at, lead{h}); err != nil {
		return fault.At(op, err)
	}
	return a.step(ctx, op, h, func(d *draft) error {
		if err := d.expects(StepCard); err != nil {
			return err
		}
		d.Case = slip.Digits()
		return nil
	}, identity.PutDraft{Draft: put})
}

// caseAt is the handle of the row that a slip on a screen leads to. No handle of
// an enrolment, and none of a printed slip, is ever one of these.
func (a *Act) caseAt(s identity.Slip) identity.Handle {
	return a.Cover.Digest([]byte("netid/counter/case/v1"), []byte(s.Digits()))
}

// found follows the slip that a clerk typed. Where it leads ends when it does.
func (a *Act) found(ctx context.Context, typed string) (identity.Handle, error) {
	none := identity.Handle{}
	slip, err := identity.ParseSlip(typed)
	if err != nil {
		return none, err
	}
	at := a.caseAt(slip)
	row, err := a.Store.Draft(ctx, a.Cover.ID(at))
	if err != nil {
		return none, over(err)
	}
	var l lead
	return l.Draft, a.Cover.Open(at, row.Body, &l)
}

// over says the one thing that a clerk needs to hear of a draft that is not there
// any more: the person stopped, finished, or took a slip home.
func over(err error) error {
	if fault.Is(err, fault.NotFound) || fault.Is(err, fault.Gone) && fault.Because(err, "draft_expired") {
		return fault.Wrap("enrol.case", fault.Forbidden, "case_over", err)
	}
	return err
}

// Case opens what the slip leads to.
func (a *Act) Case(ctx context.Context, slip string) (Case, error) {
	const op = "enrol.Case"
	h, err := a.found(ctx, slip)
	if err != nil {
		return Case{}, fault.At(op, err)
	}
	d, row, err := a.load(ctx, h)
	if err != nil {
		return Case{}, fault.At(op, over(err))
	}
	return Case{Kind: d.Kind, Checks: a.Desk.Origin(d.Kind), Next: d.next(), Document: seen(d.Document), Counter: d.Counter, Asked: d.Asked, Second: d.Second, Expires: row.Expires}, nil
}

// CaseChallenge gives the document something fresh to answer on the clerk's reader.
func (a *Act) CaseChallenge(ctx context.Context, slip string) ([]byte, error) {
	h, err := a.found(ctx, slip)
	if err != nil {
		return nil, fault.At("enrol.CaseChallenge", err)
	}
	c, err := a.Challenge(ctx, h)
	return c, over(err)
}

// CaseExchange is Exchange on the clerk's reader.
func (a *Act) CaseExchange(ctx context.Context, slip string, evidence []byte) ([]byte, error) {
	h, err := a.found(ctx, slip)
	if err != nil {
		return nil, fault.At("enrol.CaseExchange", err)
	}
	x, err := a.Exchange(ctx, h, evidence)
	return x, over(err)
}

// CasePresent reads the document at a counter. By handing it in the clerk says that
// it is the person's who stands there: that takes the place of the face step, and
// stands in the person's record under the counter's name.
func (a *Act) CasePresent(ctx context.Context, by identity.CounterID, slip string, evidence []byte) error {
	const op = "enrol.CasePresent"
	if _, err := a.Counters.Stands(ctx, a.Now(), by); err != nil {
		return fault.At(op, err)
	}
	h, err := a.found(ctx, slip)
	if err != nil {
		return fault.At(op, err)
	}
	return over(a.present(ctx, op, h, evidence, func(d *draft) { d.Counter, d.Face, d.ReadAt = by, "counter", a.Now().UTC().Truncate(time.Second) }))
}

// AskSecond is the person's word that they have no telephone, or another than the
// register holds: it takes a second clerk.
func (a *Act) AskSecond(ctx context.Context, h identity.Handle) error {
	return a.step(ctx, "enrol.AskSecond", h, func(d *draft) error {
		if d.Counter == "" {
			return fault.New("enrol.AskSecond", fault.Conflict, "step_order")
		}
		d.Asked = true
		return d.expects(StepPhone, StepCode)
	})
}

// CaseAgree is the second clerk's yes. Whoever read the document is not asked: two
// counters, each with a credential of its own, answer for the exception.
func (a *Act) CaseAgree(ctx context.Context, by identity.CounterID, slip string) error {
	const op = "enrol.CaseAgree"
	if _, err := a.Counters.Stands(ctx, a.Now(), by); err != nil {
		return fault.At(op, err)
	}
	h, err := a.found(ctx, slip)
	if err != nil {
		return fault.At(op, err)
	}
	return over(a.step(ctx, op, h, func(d *draft) error {
		switch {
		case !d.Asked || d.Second != "":
			return fault.New(op, fault.Conflict, "second_not_asked")
		case by == d.Counter:
			return fault.New(op, fault.Forbidden, "second_same")
		}
		d.Second = by
		return nil
	}))
}

// NoPhone goes on without a telephone, once a second clerk agreed.
func (a *Act) NoPhone(ctx context.Context, h identity.Handle) error {
	const op = "enrol.NoPhone"
	return a.step(ctx, op, h, func(d *draft) error {
		if err := d.expects(StepPhone, StepCode); err != nil {
			return err
		}
		if d.Second == "" {
			return fault.New(op, fault.Forbidden, "second_missing")
		}
		d.NoPhone, d.Phone, d.Code = true, "", ""
		return nil
	})
}

// onFile reports whether the telephone must be the one that the register holds:
// for who goes without a face, and at a counter unless a second clerk agreed. So one
// clerk alone, with somebody's document, enrols nobody whose telephone they lack.
func (d draft) onFile() bool {
	return !d.Moves && d.Face != "match" && (d.Face != "counter" || d.Second == "")
}

// Finish ends an enrolment at a counter without a device: the person gets a number, and
// binds a device when they have one.
func (a *Act) Finish(ctx context.Context, h identity.Handle) (identity.Grant, error) {
	const op = "enrol.Finish"
	d, row, err := a.last(ctx, h)
	if err != nil {
		return identity.Grant{}, fault.At(op, err)
	}
	if d.Counter == "" {
		return identity.Grant{}, fault.New(op, fault.Conflict, "step_order")
	}
	return a.end(ctx, op, h, d, row)
}

// helped is what an enrolment at a counter commits besides: the counter's count,
// whose limit is a guard, the guard that the counters which answer for it are still
// there, and a message to each telephone that is, or was, the person's,
// so that whoever is enrolled behind their back hears of it at once.
func (a *Act) helped(ctx context.Context, d draft, before string) (verbs []identity.Verb, err error) {
	if d.Counter == "" {
		return nil, nil
	}
	answer := []identity.CounterID{d.Counter}
	if d.Second != "" {
		answer = append(answer, d.Second)
	}
	stand, err := a.Counters.Stands(ctx, d.ReadAt, answer...)
	if err != nil {
		return nil, err
	}
	now := a.Now()
	verbs = []identity.Verb{stand,
		identity.Count{Index: a.helps(d.Counter, "hour"), Limit: a.AtCounter.Hourly, Window: time.Hour, Now: now},
		identity.Count{Index: a.helps(d.Counter, "day"), Limit: a.AtCounter.Daily, Window: 24 * time.Hour, Now: now},
	}
	for _, phone := range slices.Compact([]string{before, d.Phone}) {
		if phone == "" {
			continue
		}
		message, err := a.Post.Leave(identity.Message{Kind: identity.ShortMessage, Address: phone, Text: a.Helped(d.Consents[0].Locale, d.Counter)}, now.Add(Wait))
		if err != nil {
			return nil, err
		}
		verbs = append(verbs, message)
	}
	return verbs, nil
}

func (a *Act) helps(c identity.CounterID, window string) []byte {
	return a.Vault.CounterIndex("counter-"+window, []byte(c))
}

// HelpedAt is how many people a counter enrolled in the day that runs, and whether that is
// unusually many: four fifths of what it may.
func (a *Act) HelpedAt(ctx context.Context, c identity.CounterID) (n int, many bool, err error) {
	n, since, err := a.Store.Counted(ctx, a.helps(c, "day"))
	if !a.Now().Before(since.Add(24 * time.Hour)) {
		n = 0
	}
	return n, n*5 >= a.AtCounter.Daily*4, fault.At("enrol.HelpedAt", err)
}
