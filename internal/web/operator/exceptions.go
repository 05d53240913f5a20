package operator

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"

	"netid/internal/act/counter"
	"netid/internal/act/guard"
	"netid/internal/act/staff"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/web/shell"
)

// Helped counts what a counter did in its day.
type Helped interface {
	HelpedAt(context.Context, identity.CounterID) (n int, many bool, err error)
}

// Counters are places at which clerks help people to enrol.
type Counters interface {
	List(context.Context) ([]counter.Counter, error)
	Offer(name string) (id identity.CounterID, key []byte, credential string, err error)
	Grant(ctx context.Context, id identity.CounterID, key []byte) (counter.Counter, error)
	Half(ctx context.Context, id identity.CounterID, key []byte) (string, error)
	Remove(ctx context.Context, name string) error
}

// Guardians have the applications that wait for a person. Each names nobody.
type Guardians interface {
	Queue(context.Context) ([]guard.Review, error)
	Decide(ctx context.Context, ref string, allow bool, ticket string) error
}

// What two grant, or take back.
const (
	addCounter    = "counter-add"
	removeCounter = "counter-remove"
)

// exception is the body of a proposal about one of them. Key is the digest of the first half of
// a counter's credential, which its proposer alone has seen.
type exception struct {
	Do  string `json:"do"`
	Of  string `json:"of"`
	Key []byte `json:"key,omitempty"`
}

// ExceptionKind is the kind of proposal by which two set up and remove counters. It does
// again nothing that is done.
func ExceptionKind(counters Counters) staff.Kind {
	k := excepting{counters}
	return staff.Kind{Check: k.judge, After: k.carry}
}

type excepting struct{ counters Counters }

func readException(p staff.Proposal) (e exception, err error) {
	const op = "operator.readException"
	d := json.NewDecoder(bytes.NewReader(p.Body))
	d.DisallowUnknownFields()
	if err = d.Decode(&e); err == nil && d.More() {
		err = errors.New("more than one value")
	}
	if err == nil && e.Of != p.Subject {
		err = errors.New("the subject is another's")
	}
	return e, fault.Wrap(op, fault.Invalid, "exception_invalid", err)
}

func (k excepting) judge(ctx context.Context, p staff.Proposal) (identity.Text, error) {
	e, err := readException(p)
	if err != nil {
		return identity.Text{}, err
	}
	switch e.Do {
	case addCounter, removeCounter:
		return k.judgeCounter(ctx, e)
	}
	return identity.Text{}, fault.New("operator.exception", fault.Invalid, "exception_invalid")
}

func (k excepting) judgeCounter(ctx context.Context, e exception) (identity.Text, error) {
	const op = "operator.judgeCounter"
	if _, err := identity.ParseCounterID(e.Of); err != nil {
		return identity.Text{}, err
	}
	all, err := k.counters.List(ctx)
	if err != nil {
		return identity.Text{}, err
	}
	there := false
	for _, c := range all {
		there = there || string(c.ID) == e.Of
	}
	switch {
	case e.Do == addCounter && len(e.Key) != 32:
		return identity.Text{}, fault.New(op, fault.Invalid, "exception_invalid")
	case e.Do == addCounter && there:
		return identity.Text{ZH: "为服务点 " + e.Of + " 换发凭证，旧凭证作废", EN: "Give the counter " + e.Of + " another credential; the former is void"}, nil
	case e.Do == addCounter:
		return identity.Text{ZH: "设立服务点 " + e.Of, EN: "Set up the counter " + e.Of}, nil
	case !there:
		return identity.Text{}, fault.New(op, fault.NotFound, "counter_unknown")
	}
	return identity.Text{ZH: "撤销服务点 " + e.Of, EN: "Remove the counter " + e.Of}, nil
}

// reviewOf is an application by its whole reference, and by nothing less (N04).
func reviewOf(ctx context.Context, g Guardians, ref string) (guard.Review, error) {
	all, err := g.Queue(ctx)
	if err != nil {
		return guard.Review{}, err
	}
	for _, r := range all {
		if r.Ref == ref {
			return r, nil
		}
	}
	return guard.Review{}, fault.New("operator.reviewOf", fault.NotFound, "review_unknown")
}

func (k excepting) carry(ctx context.Context, p staff.Proposal) error {
	e, err := readException(p)
	if err != nil {
		return err
	}
	switch e.Do {
	case addCounter:
		_, err = k.counters.Grant(ctx, identity.CounterID(e.Of), e.Key)
	case removeCounter:
		if err = k.counters.Remove(ctx, e.Of); fault.Because(err, "counter_unknown") {
			return nil
		}
	}
	return err
}

// exceptionsPage are the counters, which are places, and how many applications wait.
type exceptionsPage struct {
	Counters []counterRow
	Waiting  int
}

type counterRow struct {
	counter.Counter
	Today int
	Many  bool
}

func (d *Door) exceptions(v *shell.Visit, m staff.Member) error {
	all, err := d.Counters.List(v.Context())
	if err != nil {
		return err
	}
	var page exceptionsPage
	for _, c := range all {
		row := counterRow{Counter: c}
		if row.Today, row.Many, err = d.Helped.HelpedAt(v.Context(), c.ID); err != nil {
			return err
		}
		page.Counters = append(page.Counters, row)
	}
	waiting, err := d.Guardians.Queue(v.Context())
	if err != nil {
		return err
	}
	for _, r := range waiting {
		if r.Verdict == "" {
			page.Waiting++
		}
	}
	return v.Show(d.pages, "operator-exceptions", d.page(m, page))
}

// findGuardian leads from an exact reference, which the guardian says, to its application.
func (d *Door) findGuardian(v *shell.Visit, m staff.Member) error {
	v.Back("/operator/exceptions")
	r, err := d.opensGuardian(v, m, v.Form("reference"))
	if err != nil {
		return err
	}
	return v.Go("/operator/exceptions/" + r.Ref)
}

func (d *Door) guardian(v *shell.Visit, m staff.Member) error {
	v.Back("/operator/exceptions")
	r, err := d.opensGuardian(v, m, v.R.PathValue("ref"))
	if err != nil {
		return err
	}
	return v.Show(d.pages, "operator-guardian", d.page(m, r))
}

// decideGuardian is the word of who has a ticket for it, which two signed (ADR 0073): for this
// case and this word, once.
func (d *Door) decideGuardian(v *shell.Visit, m staff.Member) error {
	const op = "operator.decideGuardian"
	ref, word := v.R.PathValue("ref"), v.Form("word")
	v.Back("/operator/exceptions/" + ref)
	if !law.MayStaff(m.Role, law.OpenMinor, law.Propose) { // who asks for a ticket acts
		return fault.New(op, fault.Forbidden, "role_refused")
	}
	if word != "allow" && word != "refuse" {
		return fault.New(op, fault.Invalid, "exception_invalid")
	}
	if _, err := d.opensGuardian(v, m, ref); err != nil {
		return err
	}
	// A ticket is called by its proposal, and is its proposer's: a colleague reads its number too.
	p, err := d.Staff.Proposal(v.Context(), v.Form("ticket"))
	if err == nil && p.By != m.ID {
		return fault.New(op, fault.Forbidden, "ticket_other")
	}
	if err != nil && !fault.Because(err, "proposal_unknown") {
		return err
	}
	if err := d.Guardians.Decide(v.Context(), ref, word == "allow", v.Form("ticket")); err != nil {
		return err
	}
	return v.Go("/operator/exceptions/" + ref)
}

// opensGuardian notes who opened one, as opens does.
func (d *Door) opensGuardian(v *shell.Visit, m staff.Member, ref string) (guard.Review, error) {
	r, err := reviewOf(v.Context(), d.Guardians, ref)
	if err == nil || fault.Because(err, "review_unknown") {
		if noted := d.Staff.Opened(v.Context(), m, ref, err == nil); noted != nil {
			return r, noted
		}
	}
	return r, err
}

// half is what the approver of a counter hands to its clerk, and its proposer never sees: with
// the whole credential who proposed would be the clerk, and with two of them both clerks (N02).
func (d *Door) half(v *shell.Visit, m staff.Member, p staff.Proposal) (string, error) {
	if p.Action != law.GrantExcept || p.State != staff.Done || p.Decided == nil || p.Decided.By != m.ID {
		return "", nil
	}
	e, err := readException(p)
	if err != nil || e.Do != addCounter {
		return "", err
	}
	return d.Counters.Half(v.Context(), identity.CounterID(e.Of), e.Key)
}

// except proposes one. The first half of a counter's credential is shown to its proposer now,
// and opens nothing without the other.
func (d *Door) except(v *shell.Visit, m staff.Member) error {
	v.Back("/operator/exceptions")
	e, credential := exception{Do: v.Form("do"), Of: v.Form("of")}, ""
	if e.Do == addCounter {
		var err error
		if _, e.Key, credential, err = d.Counters.Offer(e.Of); err != nil {
			return err
		}
	}
	body, err := json.Marshal(e)
	if err != nil {
		return fault.Wrap("operator.except", fault.Internal, "internal", err)
	}
	return d.signWith(v, m, law.GrantExcept, e.Of, body, credential)
}
