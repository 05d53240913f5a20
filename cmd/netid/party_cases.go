package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"text/tabwriter"

	"netid/internal/act/redress"
	"netid/internal/identity"
)

type partyCasesCmd struct {
	doorFlag
	JSON bool `help:"Print the door's JSON."`
}

func (c *partyCasesCmd) Run(s *surroundings) error {
	answer, err := c.ask(s.ctx, http.MethodGet, "/admin/cases", nil)
	if err != nil {
		return err
	}
	if c.JSON {
		_, err = fmt.Fprintln(s.out, string(answer))
		return err
	}
	var all struct {
		Cases []redress.Case `json:"cases"`
	}
	if err := json.Unmarshal(answer, &all); err != nil {
		return fmt.Errorf("the answer is not understood: %w", err)
	}
	w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "PARTY\tWHAT\tWHEN\tPERSONS")
	tellCases(w, all.Cases)
	return w.Flush()
}

func tellCases(w io.Writer, all []redress.Case) {
	for _, one := range all {
		if one.Overdue > 0 {
			fmt.Fprintf(w, "%s\terasure overdue\t60 days\t%d\n", one.Party, one.Overdue)
		}
		if one.Open > 0 {
			fmt.Fprintf(w, "%s\terasure asked\tin term\t%d\n", one.Party, one.Open)
		}
		for _, r := range one.Reports {
			fmt.Fprintf(w, "%s\treported: %s\t%s\t%d\n", one.Party, r.Reason, r.Month, r.Persons)
		}
	}
}

// reported is said where whoever looks after the service reads it: of whom and why, never by whom.
func (h *house) reported(p identity.PartyID, why identity.Complaint) {
	h.Log.Warn("a citizen reported a party: netid party cases", "party", string(p), "reason", string(why))
}
