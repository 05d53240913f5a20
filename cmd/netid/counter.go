package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"text/tabwriter"
	"time"
)

type counterCmd struct {
	Add    counterAddCmd    `cmd:"" help:"Set up a counter and print its credential, this once; for one that is there, another credential."`
	List   counterListCmd   `cmd:"" help:"All counters, and how many people each enrolled in the last day."`
	Remove counterRemoveCmd `cmd:"" help:"End a counter: its clerk is signed out, and what was begun there ends nowhere."`
}

type counterAddCmd struct {
	doorFlag
	Name string `arg:"" help:"2 to 24 small letters, digits and hyphens. It stands in people's records, so it names a place and no person."`
}

func (c *counterAddCmd) Run(s *surroundings) error {
	answer, err := c.ask(s.ctx, http.MethodPost, "/admin/counters", map[string]string{"id": c.Name})
	if err != nil {
		return err
	}
	var made struct {
		Credential string    `json:"credential"`
		Until      time.Time `json:"until"`
	}
	if err := json.Unmarshal(answer, &made); err != nil {
		return fmt.Errorf("the answer is not understood: %w", err)
	}
	fmt.Fprintf(s.errs, "The clerk signs in at /counter with this, until %s. It is not shown again.\n", made.Until.Format(time.DateOnly))
	fmt.Fprintln(s.out, made.Credential)
	return nil
}

type counterListCmd struct{ doorFlag }

func (c *counterListCmd) Run(s *surroundings) error {
	answer, err := c.ask(s.ctx, http.MethodGet, "/admin/counters", nil)
	if err != nil {
		return err
	}
	var all struct {
		Counters []struct {
			ID           string
			Added, Until time.Time
			Today        int
			Many         bool `json:"unusually_many"`
		}
	}
	if err := json.Unmarshal(answer, &all); err != nil {
		return fmt.Errorf("the answer is not understood: %w", err)
	}
	w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "COUNTER\tADDED\tUNTIL\tLAST DAY\t")
	for _, one := range all.Counters {
		mark := ""
		if one.Many {
			mark = "unusually many"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%s\n", one.ID, one.Added.Format(time.DateOnly), one.Until.Format(time.DateOnly), one.Today, mark)
	}
	return w.Flush()
}

type counterRemoveCmd struct {
	doorFlag
	Name string `arg:""`
}

func (c *counterRemoveCmd) Run(s *surroundings) error {
	_, err := c.ask(s.ctx, http.MethodPost, "/admin/counters/"+url.PathEscape(c.Name)+"/remove", map[string]string{})
	return err
}

// watchCounters tells the operator, once an hour, of each counter that enrols
// unusually many. What passes its limit is refused by the commit itself.
func (h *house) watchCounters(ctx context.Context) {
	hour := time.NewTicker(time.Hour)
	defer hour.Stop()
	for {
		h.warnOfCounters(ctx)
		select {
		case <-ctx.Done():
			return
		case <-hour.C:
		}
	}
}

func (h *house) warnOfCounters(ctx context.Context) {
	all, err := h.counters.List(ctx)
	for _, c := range all {
		var n int
		var many bool
		if n, many, err = h.helped.HelpedAt(ctx, c.ID); err != nil {
			break
		}
		if many {
			h.Log.Warn("a counter enrols unusually many people", "counter", string(c.ID), "in_its_day", n)
		}
	}
	if err != nil && ctx.Err() == nil {
		h.Log.Error("look at the counters", "err", err)
	}
}
