package supervise

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
)

// What two do together: the console hands their labels over, and the record commits with
// the second one's approval.

// Ticket lets who works here do one thing about one case of a minor's, once.
type Ticket struct {
	Number string    `json:"number"` // of the proposal by which two made it
	About  string    `json:"about"`
	Do     string    `json:"do"`
	Why    string    `json:"why"`
	By     string    `json:"by"`
	Given  string    `json:"approver"`
	At     time.Time `json:"at"`
	Until  time.Time `json:"until"`
	Used   time.Time `json:"used,omitzero"`
}

func (t Ticket) law() law.Ticket {
	return law.Ticket{About: t.About, Do: t.Do, By: t.By, Given: t.Given, At: t.At, Used: t.Used}
}

// Wish is the body of a proposal for a ticket.
type Wish struct {
	Do  string `json:"do"`
	Why string `json:"why"`
}

// Deeds are what a ticket may be for.
func Deeds() []string { return []string{"allow", "refuse"} }

// Ticketing says what a proposal for a ticket would do, or why it is none.
func (a *Act) Ticketing(about string, body []byte) (says identity.Text, err error) {
	w, err := wish(about, body)
	return identity.Text{ZH: "批准一次查看未成年人事项（" + about + "，" + map[string]string{"allow": "同意", "refuse": "不同意"}[w.Do] + "）：" + w.Why,
		EN: "One ticket for a matter of a minor (" + about + ", to " + w.Do + "): " + w.Why}, err
}

func wish(about string, body []byte) (Wish, error) {
	const op = "supervise.wish"
	w, err := decoded[Wish](body)
	if err != nil {
		return w, err
	}
	if !slices.Contains(Deeds(), w.Do) || !readable(about, maxName) {
		return w, fault.New(op, fault.Invalid, "ticket_invalid")
	}
	return w, words(op, program, w.Why)
}

// Give is the ticket as a verb, for the commit of the approval: by asked, given is the
// person in charge.
func (a *Act) Give(number, about string, body []byte, by, given string) (identity.Verb, error) {
	const op = "supervise.Give"
	w, err := wish(about, body)
	if err != nil {
		return nil, err
	}
	t := Ticket{Number: number, About: about, Do: w.Do, Why: w.Why, By: by, Given: given, At: a.now()}
	t.Until = t.law().Until()
	if err := shut(op, t.law().Opens(about, w.Do, t.At)); err != nil { // by one person, or by nobody
		return nil, err
	}
	return a.Dossiers.Keep(tickets, number, 0, t)
}

// Spend uses a ticket up: its verb belongs into the commit of what it allows, which fails
// where somebody was faster ("dossier_moved"). Without a ticket nothing is allowed.
func (a *Act) Spend(ctx context.Context, number, about, do string) (identity.Verb, error) {
	const op = "supervise.Spend"
	var t Ticket
	version, err := a.Dossiers.Read(ctx, tickets, number, &t)
	if number == "" || fault.Is(err, fault.NotFound) {
		return nil, fault.New(op, fault.Forbidden, "ticket_missing")
	}
	if err == nil {
		err = shut(op, t.law().Opens(about, do, a.now()))
	}
	if err != nil {
		return nil, fault.At(op, err)
	}
	t.Used = a.now()
	return a.Dossiers.Keep(tickets, number, version, t)
}

func shut(op, why string) error {
	switch why {
	case "":
		return nil
	case "ticket_other":
		return fault.New(op, fault.Forbidden, "ticket_other")
	case "ticket_used":
		return fault.New(op, fault.Conflict, "ticket_used")
	case "ticket_over":
		return fault.New(op, fault.Gone, "ticket_over")
	}
	return fault.New(op, fault.Forbidden, "approver_same")
}

// Tickets are all of them, the newest first.
func (a *Act) Tickets(ctx context.Context) ([]Ticket, error) {
	all, err := every[Ticket](ctx, a, tickets)
	slices.SortStableFunc(all, func(x, y Ticket) int { return y.At.Compare(x.At) })
	return all, fault.At("supervise.Tickets", err)
}

// Export is an assessment, as two put it on record, by which something goes to a region.
type Export struct {
	Region string        `json:"region"`
	Record string        `json:"record"` // its number
	Office string        `json:"office"` // the authority that passed it
	Until  identity.Date `json:"until"`
	What   string        `json:"what"` // what goes there
	By     string        `json:"by"`
	Given  string        `json:"approver"`
	At     time.Time     `json:"at"`
}

func (e Export) law() law.Assessment {
	return law.Assessment{Record: e.Record, By: e.Office, To: e.Region, Until: e.Until}
}

// Passage is the body of a proposal for one.
type Passage struct {
	Record string        `json:"record"`
	Office string        `json:"office"`
	Until  identity.Date `json:"until"`
	What   string        `json:"what"`
}

// Exporting says what a proposal to let something go to a region would do, or why it is none.
func (a *Act) Exporting(region string, body []byte) (identity.Text, error) {
	p, err := a.passage(region, body)
	return identity.Text{ZH: "按安全评估 " + p.Record + "（" + p.Office + "），在 " + p.Until.String() + " 以前向 " + region + " 提供：" + p.What,
		EN: "By the assessment " + p.Record + " (" + p.Office + "), until " + p.Until.String() + ", let go to " + region + ": " + p.What}, err
}

func (a *Act) passage(region string, body []byte) (Passage, error) {
	const op = "supervise.passage"
	p, err := decoded[Passage](body)
	if err != nil {
		return p, err
	}
	for _, s := range []string{p.Office, p.What} {
		if err := words(op, program, s); err != nil {
			return p, err
		}
	}
	to := law.Assessment{Record: p.Record, By: p.Office, To: region, Until: p.Until}
	if !law.RegionCode(region) || region == law.Home || !readable(p.Record, maxName) || !law.Exports(to, region, a.today()) {
		return p, fault.New(op, fault.Invalid, "export_invalid")
	}
	return p, nil
}

// Pass is such a record as a verb, for the commit of the approval. A newer one takes the
// older one's place.
func (a *Act) Pass(ctx context.Context, region string, body []byte, by, given string) (identity.Verb, error) {
	const op = "supervise.Pass"
	p, err := a.passage(region, body)
	if err != nil {
		return nil, err
	}
	e := Export{Region: region, Record: p.Record, Office: p.Office, Until: p.Until, What: p.What, By: by, Given: given, At: a.now()}
	if law.Leaves(e.law(), by, given, region, a.today()) != "" {
		return nil, fault.New(op, fault.Forbidden, "approver_same")
	}
	var before Export
	version, err := a.Dossiers.Read(ctx, exports, region, &before)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return nil, fault.At(op, err)
	}
	return a.Dossiers.Keep(exports, region, version, e)
}

// Leaves is the gate: whatever goes to a region asks it first. Home is no export; a region
// that nobody named is abroad (Art. 12). Fails with Forbidden "export_unassessed".
func (a *Act) Leaves(ctx context.Context, region string) error {
	const op = "supervise.Leaves"
	var e Export
	if _, err := a.Dossiers.Read(ctx, exports, region, &e); err != nil && !fault.Is(err, fault.NotFound) {
		return fault.At(op, err)
	}
	if law.Leaves(e.law(), e.By, e.Given, region, a.today()) != "" {
		return fault.New(op, fault.Forbidden, "export_unassessed")
	}
	return nil
}

// Exports are all of them, by region.
func (a *Act) Exports(ctx context.Context) ([]Export, error) {
	all, err := every[Export](ctx, a, exports)
	slices.SortStableFunc(all, func(x, y Export) int { return strings.Compare(x.Region, y.Region) })
	return all, fault.At("supervise.Exports", err)
}

// decoded reads a body strictly: what is approved has no member that nobody reads.
func decoded[T any](body []byte) (v T, err error) {
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err = d.Decode(&v); err == nil && !json.Valid(body) { // something stands behind it
		err = errors.New("more than one value")
	}
	return v, fault.Wrap("supervise.decoded", fault.Invalid, "proposal_invalid", err)
}
