package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/alecthomas/kong"

	"netid/internal/act/enrol"
	"netid/internal/act/redress"
	"netid/internal/act/staff"
	"netid/internal/act/supervise"
	"netid/internal/act/tally"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/ledger"
)

// superviseCmd is what supervision asks of the service by a day.
type superviseCmd struct {
	List      superviseListCmd   `cmd:"" help:"What is due, what was done, emergencies, tickets, exports, and what parties owe after they got plain text."`
	Remind    superviseRemindCmd `cmd:"" help:"What is due within 30 days, or overdue. Exit 1 where anything is overdue."`
	Record    superviseRecordCmd `cmd:"" help:"Write a duty down: an assessment, an audit, a filing. Its day is the law's, or an earlier one."`
	Done      superviseDoneCmd   `cmd:"" help:"A duty was done. One that returns is due anew."`
	Emergency struct {
		Begin emergencyBeginCmd `cmd:"" help:"People's information is processed before they are told, to save life, health or property (Art. 11)."`
		Ended emergencyStepCmd  `cmd:"" help:"It is over: within 72 hours the people concerned are told."`
		Told  emergencyStepCmd  `cmd:"" help:"They were told."`
	} `cmd:"" help:"Emergencies and their notice."`
}

type superviseListCmd struct{ doorFlag }

// supervised is all that the door says.
type supervised struct {
	Records     []supervise.Record
	Emergencies []supervise.Emergency
	Tickets     []supervise.Ticket
	Exports     []supervise.Export
	Parties     []supervise.PartyDuty
	Alarms      []supervise.Alarm
}

func (f doorFlag) supervised(s *surroundings) (all supervised, err error) {
	answer, err := f.ask(s.ctx, http.MethodGet, "/admin/supervision", nil)
	if err != nil {
		return all, err
	}
	if err := json.Unmarshal(answer, &all); err != nil {
		return all, fmt.Errorf("the answer is not understood: %w", err)
	}
	return all, nil
}

func (c *superviseListCmd) Run(s *surroundings) error {
	all, err := c.supervised(s)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "REFERENCE\tDUTY\tPARTY\tDUE\tSTANDS\tLAST")
	today := identity.Today(time.Now())
	for _, r := range all.Records {
		last := r.Entries[len(r.Entries)-1]
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s: %s\n", r.Reference, r.Duty, r.Party, r.Due, r.Stage(today), last.By, last.What)
	}
	for _, e := range all.Emergencies {
		fmt.Fprintf(w, "%s\temergency\t\t\t%s\t%s and %s: %s\n", e.Reference, e.Urgency(time.Now()), e.By, e.Approver, e.Citation)
	}
	for _, t := range all.Tickets {
		state := "good until " + t.Until.Format(time.RFC3339)
		if !t.Used.IsZero() {
			state = "used " + t.Used.Format(time.RFC3339)
		} else if !time.Now().Before(t.Until) {
			state = "over"
		}
		fmt.Fprintf(w, "%s\tticket\t\t\t%s\t%s and %s: %s %s\n", t.Number, state, t.By, t.Given, t.Do, t.About)
	}
	for _, e := range all.Exports {
		fmt.Fprintf(w, "%s\texport\t\t%s\t\t%s and %s: %s\n", e.Region, e.Until, e.By, e.Given, e.What)
	}
	for _, p := range all.Parties {
		gone := ""
		if p.Gone != (identity.Date{}) {
			gone = p.Gone.String()
		}
		fmt.Fprintf(w, "\tplain text\t%s\t%s\t%s\t%d requests to erase wait, %d overdue; kept %d days\n", p.Party, gone, p.Standing, p.Asked.Open, p.Asked.Overdue, p.KeepDays)
	}
	return w.Flush()
}

type superviseRemindCmd struct{ doorFlag }

func (c *superviseRemindCmd) Run(s *surroundings) error {
	all, err := c.supervised(s)
	if err != nil {
		return err
	}
	late := 0
	w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "REFERENCE\tDUTY\tPARTY\tDUE\tSTANDS")
	for _, a := range all.Alarms {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", a.Reference, a.Duty, a.Party, a.Due, a.Stage)
		if a.Stage == law.Late {
			late++
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if late > 0 {
		return fmt.Errorf("%d overdue", late)
	}
	return nil
}

type superviseRecordCmd struct {
	saidFlags
	Duty string `required:"" enum:"impact,officer,audit,minors-audit,risk,evidence" help:"One of ${enum}."`
	Due  string `placeholder:"YYYY-MM-DD" help:"A day before the law's."`
}

func (c *superviseRecordCmd) Run(s *surroundings) error {
	o := supervise.Opening{By: c.By, Duty: law.Duty(c.Duty), What: c.What}
	if c.Due != "" {
		var err error
		if o.Due, err = identity.ParseDate(c.Due); err != nil {
			return err
		}
	}
	return c.opens(s, "/admin/supervision", o)
}

type superviseDoneCmd struct {
	saidFlags
	Ref    string `arg:"" name:"reference" help:"As the list has it."`
	Number string `placeholder:"TEXT" help:"The document's number, at who received it."`
	Digest string `name:"sha256" placeholder:"HEX" help:"Its digest: the document itself is kept elsewhere."`
}

func (c *superviseDoneCmd) Run(s *surroundings) error {
	_, err := c.ask(s.ctx, http.MethodPost, "/admin/supervision/"+url.PathEscape(c.Ref), supervise.Step{By: c.By, What: c.What, Number: c.Number, Digest: c.Digest})
	return err
}

type emergencyBeginCmd struct {
	saidFlags
	Approver string    `required:"" placeholder:"NAME" help:"The person in charge who approved it: somebody else."`
	Citation string    `required:"" placeholder:"TEXT" help:"The law that lets you."`
	Affected int       `help:"How many people it concerns."`
	Began    time.Time `placeholder:"TIME" help:"When it began (RFC 3339); default: now."`
}

func (c *emergencyBeginCmd) Run(s *surroundings) error {
	if c.Began.IsZero() {
		c.Began = time.Now()
	}
	return c.opens(s, "/admin/emergencies", supervise.Need{By: c.By, Approver: c.Approver, Citation: c.Citation, What: c.What, Affected: c.Affected, Began: c.Began})
}

// emergencyStepCmd is a step; its name is the command that was given.
type emergencyStepCmd struct {
	saidFlags
	Ref    string `arg:"" name:"reference" help:"As the list has it."`
	Number string `placeholder:"TEXT" help:"The notice's number, where it has one."`
}

func (c *emergencyStepCmd) Run(s *surroundings, k *kong.Context) error {
	_, err := c.ask(s.ctx, http.MethodPost, "/admin/emergencies/"+url.PathEscape(c.Ref), struct {
		Did string `json:"step"`
		supervise.Step
	}{k.Selected().Name, supervise.Step{By: c.By, What: c.What, Number: c.Number}})
	return err
}

// supervising keeps what supervision asks for, and lets two give tickets and let things out.
func (h *house) supervising(a acts, book *ledger.Book) *supervise.Act {
	s := &supervise.Act{Dossiers: h.desk, Parties: h.admit, Erasures: unanswered(a.redress), Faces: faced(a.enrol), People: enrolled(h.tally), Sandbox: h.Sandbox, Book: book, Now: h.Now}
	maps.Copy(h.staff.Kinds, aboutSupervision(s))
	return s
}

// unanswered are requests to erase, as counts by party.
func unanswered(a *redress.Act) func(context.Context) (map[identity.PartyID]supervise.Asked, error) {
	return func(ctx context.Context) (map[identity.PartyID]supervise.Asked, error) {
		all := map[identity.PartyID]supervise.Asked{}
		cases, err := a.Cases(ctx)
		for _, c := range cases {
			all[c.Party] = supervise.Asked{Open: c.Open, Overdue: c.Overdue}
		}
		return all, err
	}
}

// enrolled is how many people there are by the months that were published, rounded down as
// they are, and at most a month late.
func enrolled(a *tally.Act) func(context.Context) (int, error) {
	return func(ctx context.Context) (n int, err error) {
		all, err := a.Report(ctx)
		for _, l := range all.Total {
			switch l.Name {
			case "enrolled":
				n += l.Count
			case "erased":
				n -= l.Count
			}
		}
		return n, err
	}
}

// faced is how many persons used the face step, and when they were as many as are filed.
func faced(a *enrol.Act) func(context.Context) (int, time.Time, error) {
	return func(ctx context.Context) (int, time.Time, error) {
		t, err := a.FaceTally(ctx)
		return t.Persons, t.Filing, err
	}
}

// aboutSupervision are the proposals by which two give a ticket and let something out.
func aboutSupervision(a *supervise.Act) map[law.Action]staff.Kind {
	both := func(p staff.Proposal) (by, given string) {
		if p.Decided != nil {
			given = string(p.Decided.By)
		}
		return string(p.By), given
	}
	return map[law.Action]staff.Kind{
		law.OpenMinor: {Check: func(_ context.Context, p staff.Proposal) (identity.Text, error) {
			return a.Ticketing(p.Subject, p.Body)
		},
			Verbs: func(_ context.Context, p staff.Proposal) ([]identity.Verb, error) {
				by, given := both(p)
				v, err := a.Give(p.Number, p.Subject, p.Body, by, given)
				return []identity.Verb{v}, err
			}},
		law.LetOut: {Check: func(_ context.Context, p staff.Proposal) (identity.Text, error) {
			return a.Exporting(p.Subject, p.Body)
		},
			Verbs: func(ctx context.Context, p staff.Proposal) ([]identity.Verb, error) {
				by, given := both(p)
				v, err := a.Pass(ctx, p.Subject, p.Body, by, given)
				return []identity.Verb{v}, err
			}},
	}
}

// supervises begins what begins by itself, and says what is near and what is overdue, once
// each as long as the server runs. A reference names nobody.
func (h *house) supervises(ctx context.Context, warned map[supervise.Alarm]bool) {
	if err := h.supervise.Sweep(ctx); err != nil && ctx.Err() == nil {
		h.Log.Error("look what supervision asks for", "err", err)
	}
	all, err := h.supervise.Alarms(ctx)
	if err != nil && ctx.Err() == nil {
		h.Log.Error("look what is due", "err", err)
	}
	for _, a := range all {
		if warned[a] {
			continue
		}
		warned[a] = true
		if a.Stage == law.Late {
			h.Log.Warn("overdue: netid supervise remind", "duty", a.Duty, "reference", a.Reference, "due", a.Due.String())
		} else {
			h.Log.Info("due soon: netid supervise remind", "duty", a.Duty, "reference", a.Reference, "due", a.Due.String())
		}
	}
}

// region is where a push service stands, as the operator declares it; "" where it does not,
// which is abroad.
func (h *house) region(host string) string {
	for pattern, region := range h.Regions {
		below, wild := pattern[min(1, len(pattern)):], len(pattern) > 0 && pattern[0] == '*'
		if pattern == host || wild && len(host) > len(below) && host[len(host)-len(below):] == below {
			return region
		}
	}
	return ""
}

// outward asks the gate before anything goes to a host that may stand abroad (Art. 12). The
// people of a sandbox are made up.
func (h *house) outward(post func(context.Context, string, http.Header) (int, error)) func(context.Context, string, http.Header) (int, error) {
	if h.Sandbox {
		return post
	}
	return func(ctx context.Context, endpoint string, header http.Header) (int, error) {
		u, err := url.Parse(endpoint)
		if err != nil {
			return 0, fault.New("netid.outward", fault.Invalid, "address_refused") // without the error, which quotes it
		}
		if err := h.supervise.Leaves(ctx, h.region(u.Hostname())); err != nil {
			return 0, err
		}
		return post(ctx, endpoint, header)
	}
}

// shutOut says at the start to which push services nothing goes.
func (h *house) shutOut(ctx context.Context) {
	if h.Sandbox {
		return
	}
	for _, host := range slices.Sorted(slices.Values(h.Push)) {
		if err := h.supervise.Leaves(ctx, h.region(host)); err != nil && ctx.Err() == nil {
			h.Log.Warn("no signal goes to a push service abroad before two put its assessment on record at /operator/supervision", "host", host, "region", h.region(host), "why", fault.Public(err))
		}
	}
}
