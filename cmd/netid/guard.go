package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"text/tabwriter"
	"time"

	"netid/internal/act/guard"
)

// guardCmd is what a person at the operator's does about guardians of many children.
type guardCmd struct {
	Review struct {
		List   reviewListCmd   `cmd:"" help:"The applications that wait for a person's look, and those that were decided."`
		Allow  reviewAllowCmd  `cmd:"" help:"Let the guardian agree to one more child. Have them show who they are first."`
		Refuse reviewRefuseCmd `cmd:"" help:"Do not; it can be asked for again when this one ends."`
	} `cmd:"" help:"Guardians with more than five children here, or a third within a day."`
}

type reviewListCmd struct{ doorFlag }

func (c *reviewListCmd) Run(s *surroundings) error {
	answer, err := c.ask(s.ctx, http.MethodGet, "/admin/guardians", nil)
	if err != nil {
		return err
	}
	var all struct {
		Reviews []guard.Review `json:"reviews"`
	}
	if err := json.Unmarshal(answer, &all); err != nil {
		return fmt.Errorf("the answer is not understood: %w", err)
	}
	w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "REFERENCE\tWHY\tASKED\tUNTIL\tDECIDED")
	for _, r := range all.Reviews {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", r.Ref, r.Why, r.Asked.Format(time.RFC3339), r.Until.Format(time.RFC3339), cmp.Or(r.Verdict, "-"))
	}
	return w.Flush()
}

// reviewed is one that the operator names.
type reviewed struct {
	doorFlag
	Ref    string `arg:"" name:"reference" help:"As the guardian reads it on their page."`
	Ticket string `required:"" placeholder:"NUMBER" help:"The ticket for it: the number of the proposal that two signed at /operator/supervision, good for 24 hours and once."`
}

func (c reviewed) decide(s *surroundings, word string) error {
	_, err := c.ask(s.ctx, http.MethodPost, "/admin/guardians/"+url.PathEscape(c.Ref)+"/"+word, map[string]string{"ticket": c.Ticket})
	return err
}

type reviewAllowCmd struct{ reviewed }

func (c *reviewAllowCmd) Run(s *surroundings) error { return c.decide(s, "allow") }

type reviewRefuseCmd struct{ reviewed }

func (c *reviewRefuseCmd) Run(s *surroundings) error { return c.decide(s, "refuse") }

// review is said where whoever looks after the service reads it.
func (h *house) review(r guard.Review) {
	h.Log.Warn("a guardian waits for a person's look: netid guard review list", "reference", r.Ref, "why", r.Why)
}
