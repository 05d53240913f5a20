package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/alecthomas/kong"

	"netid/internal/act/incident"
	"netid/internal/law"
)

// incidentCmd is what the operator writes down when something went wrong.
type incidentCmd struct {
	Open     incidentOpenCmd    `cmd:"" help:"Open an incident: from when it is known the report is due in 24 hours."`
	Note     incidentNoteCmd    `cmd:"" help:"Write something down, or a new count of people."`
	Reported incidentStepCmd    `cmd:"" help:"The authorities have the report."`
	Removed  incidentStepCmd    `cmd:"" help:"The danger is over."`
	Told     incidentToldCmd    `cmd:"" help:"The people concerned were told (--notice), or need not be (--spared)."`
	Review   incidentStepCmd    `cmd:"" help:"The review afterwards, by somebody else than who opened it; a sandbox alone, elsewhere two at the console."`
	Close    incidentCloseCmd   `cmd:"" help:"Close it, by two; a sandbox alone, elsewhere at the console."`
	Report   incidentReportCmd  `cmd:"" help:"Print the document for the authorities."`
	List     incidentListCmd    `cmd:"" help:"All of them, uses of break-glass, and what is overdue."`
	Stop     incidentStopCmd    `cmd:"" help:"Stop issuance on every node at once. One does it; two lift it."`
	Stops    incidentStopsCmd   `cmd:"" help:"What is stopped."`
	Lift     incidentLiftCmd    `cmd:"" help:"Let it go on, by two operators' keys; or two do so at the console."`
	Notice   incidentNoticeCmd  `cmd:"" help:"Tell the people concerned on their own pages."`
	Reissue  incidentReissueCmd `cmd:"" help:"Issue the certificates of a time again, or tell how far it came."`
	Drill    incidentDrillCmd   `cmd:"" help:"Try a leaked key on a copy with synthetic people, and write its times down."`
	Drills   incidentDrillsCmd  `cmd:"" help:"Drills that were held."`
	Break    glassBreakCmd      `cmd:"" help:"Write down that you used power alone, and why. Another person reviews it within 72 hours."`
	Inspect  glassInspectCmd    `cmd:"" help:"Review such a use, as another person; a sandbox alone, elsewhere two at the console."`
}

// saidFlags are who writes what down.
type saidFlags struct {
	doorFlag
	By   string `required:"" placeholder:"NAME" help:"Who says so: a word for one who works here."`
	What string `required:"" placeholder:"TEXT" help:"One line. Never a citizen's name or number."`
}

type incidentOpenCmd struct {
	saidFlags
	Kind     string    `required:"" enum:"leak,tampering,loss,intrusion,key,outage" help:"One of ${enum}."`
	Severity string    `required:"" enum:"general,large,major,extreme" help:"One of ${enum}."`
	Known    time.Time `placeholder:"TIME" help:"When the service learned of it (RFC 3339); default: now."`
	Affected int       `help:"How many people it concerns."`
}

func (c *incidentOpenCmd) Run(s *surroundings) error {
	if c.Known.IsZero() {
		c.Known = time.Now()
	}
	return c.opens(s, "/admin/incidents", incident.Opening{By: c.By, Kind: c.Kind, Severity: c.Severity, Known: c.Known, Affected: c.Affected, What: c.What})
}

func (f saidFlags) opens(s *surroundings, path string, in any) error {
	answer, err := f.ask(s.ctx, http.MethodPost, path, in)
	if err != nil {
		return err
	}
	var out struct{ Reference string }
	if err := json.Unmarshal(answer, &out); err != nil {
		return fmt.Errorf("the answer is not understood: %w", err)
	}
	fmt.Fprintln(s.out, out.Reference)
	return nil
}

// incidentStepCmd is a step that needs no more than who and what. Its name is the
// command that was given.
type incidentStepCmd struct {
	saidFlags
	Ref string `arg:"" name:"reference" help:"As the list has it."`
}

func (c *incidentStepCmd) Run(s *surroundings, k *kong.Context) error {
	return c.step(s, k.Selected().Name, incident.Step{})
}

func (c *incidentStepCmd) step(s *surroundings, name string, step incident.Step) error {
	step.By, step.What = c.By, c.What
	_, err := c.ask(s.ctx, http.MethodPost, "/admin/incidents/"+url.PathEscape(c.Ref), struct {
		Did string `json:"step"`
		incident.Step
	}{name, step})
	return err
}

type incidentNoteCmd struct {
	incidentStepCmd
	Affected *int `help:"How many people it concerns, as is known now."`
}

func (c *incidentNoteCmd) Run(s *surroundings) error {
	return c.step(s, "note", incident.Step{Affected: c.Affected})
}

type incidentToldCmd struct {
	incidentStepCmd
	Notice string `xor:"told" required:"" placeholder:"FILE" help:"The notice, JSON: kinds, cause, harm, measures, yourself (each zh and en), contact."`
	Spared bool   `xor:"told" required:"" help:"Harm was averted: --what says how."`
}

func (c *incidentToldCmd) Run(s *surroundings) error {
	step := incident.Step{Spared: c.Spared}
	if c.Notice != "" {
		b, err := os.ReadFile(c.Notice)
		if err != nil {
			return err
		}
		step.Notice = &law.IncidentNotice{}
		if err := json.Unmarshal(b, step.Notice); err != nil {
			return fmt.Errorf("%s: %w", c.Notice, err)
		}
	}
	return c.step(s, "told", step)
}

type incidentCloseCmd struct {
	incidentStepCmd
	Second string `required:"" placeholder:"NAME" help:"Who closes it too."`
}

func (c *incidentCloseCmd) Run(s *surroundings) error {
	return c.step(s, "close", incident.Step{Second: c.Second})
}

type incidentReportCmd struct {
	doorFlag
	Ref  string `arg:"" name:"reference" help:"As the list has it."`
	JSON bool   `name:"json" help:"As JSON."`
}

func (c *incidentReportCmd) Run(s *surroundings) error {
	answer, err := c.ask(s.ctx, http.MethodGet, "/admin/incidents/"+url.PathEscape(c.Ref), nil)
	if err != nil {
		return err
	}
	var d incident.Document
	if err := json.Unmarshal(answer, &d); err != nil {
		return fmt.Errorf("the answer is not understood: %w", err)
	}
	if c.JSON {
		fmt.Fprintln(s.out, strings.TrimSpace(string(answer)))
		return nil
	}
	fmt.Fprintf(s.out, "%s\n%s", d.Text.ZH, d.Text.EN)
	return nil
}

type incidentListCmd struct{ doorFlag }

func (c *incidentListCmd) Run(s *surroundings) error {
	answer, err := c.ask(s.ctx, http.MethodGet, "/admin/incidents", nil)
	if err != nil {
		return err
	}
	var all struct {
		Incidents []incident.Incident
		Glasses   []incident.Glass `json:"break_glass"`
		Alarms    []incident.Alarm
	}
	if err := json.Unmarshal(answer, &all); err != nil {
		return fmt.Errorf("the answer is not understood: %w", err)
	}
	late := map[string]string{}
	for _, a := range all.Alarms {
		late[a.Reference] = "LATE: " + a.What
	}
	w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "REFERENCE\tKIND\tSEVERITY\tPEOPLE\tREPORT DUE\tNEEDS\tALARM")
	for _, i := range all.Incidents {
		needs := "closed"
		if i.Closed.IsZero() {
			needs = strings.Join(i.Needs(time.Now()), ", ")
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%s\t%s\t%s\n", i.Reference, i.Kind, i.Severity, i.Affected, i.Due().Format(time.RFC3339), needs, late[i.Reference])
	}
	for _, g := range all.Glasses {
		needs := "review"
		if g.Review != nil {
			needs = "reviewed"
		}
		fmt.Fprintf(w, "%s\tbreak-glass\t\t\t%s\t%s\t%s\n", g.Reference, g.At.Format(time.RFC3339), needs, late[g.Reference])
	}
	return w.Flush()
}

type glassBreakCmd struct{ saidFlags }

func (c *glassBreakCmd) Run(s *surroundings) error {
	return c.opens(s, "/admin/break-glass", map[string]string{"by": c.By, "what": c.What})
}

type glassInspectCmd struct {
	saidFlags
	Ref string `arg:"" name:"reference" help:"As the list has it."`
}

func (c *glassInspectCmd) Run(s *surroundings) error {
	_, err := c.ask(s.ctx, http.MethodPost, "/admin/break-glass/"+url.PathEscape(c.Ref), map[string]string{"by": c.By, "what": c.What})
	return err
}

// remindOfIncidents says what is overdue, once each as long as the server runs. The
// reference names nobody.
func (h *house) remindOfIncidents(ctx context.Context, warned map[incident.Alarm]bool) {
	all, err := h.incident.Alarms(ctx)
	if err != nil && ctx.Err() == nil {
		h.Log.Error("look which incidents are late", "err", err)
	}
	for _, a := range all {
		if !warned[a] {
			warned[a] = true
			h.Log.Warn("overdue: netid incident list", "what", a.What, "reference", a.Reference)
		}
	}
}
