package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"text/tabwriter"
	"time"

	"netid/internal/identity"
)

// operatorRightsCmd is what a person at the operator's does about requests that no machine answers.
type operatorRightsCmd struct {
	List   rightsListCmd   `cmd:"" help:"What citizens asked and when it is to be answered: what waits longest first. It names nobody."`
	Answer rightsAnswerCmd `cmd:"" help:"Answer one, once. A refusal needs --note."`
}

type rightsListCmd struct{ doorFlag }

func (c *rightsListCmd) Run(s *surroundings) error {
	answer, err := c.ask(s.ctx, http.MethodGet, "/admin/rights", nil)
	if err != nil {
		return err
	}
	var all struct {
		Claims []identity.Claim `json:"claims"`
	}
	if err := json.Unmarshal(answer, &all); err != nil {
		return fmt.Errorf("the answer is not understood: %w", err)
	}
	slices.SortStableFunc(all.Claims, func(x, y identity.Claim) int { // those that wait first
		return boolOrder(!x.Answered.IsZero(), !y.Answered.IsZero())
	})
	w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "REFERENCE\tRIGHT\tABOUT\tASKED\tDUE\tSTATE")
	for _, c := range all.Claims {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", c.Ref, c.Right, c.About, c.Asked.Format(time.RFC3339), c.Due.Format(time.RFC3339), stateOf(c))
	}
	return w.Flush()
}

func boolOrder(x, y bool) int {
	switch {
	case x == y:
		return 0
	case y:
		return -1
	}
	return 1
}

func stateOf(c identity.Claim) string {
	switch {
	case c.Granted:
		return "granted"
	case !c.Answered.IsZero():
		return "refused"
	case c.Late:
		return "LATE"
	}
	return "waits"
}

type rightsAnswerCmd struct {
	doorFlag
	Ref    string `arg:"" name:"reference" help:"As the list has it."`
	Grant  bool   `xor:"word" required:"" help:"It is done as asked."`
	Refuse bool   `xor:"word" required:"" help:"It is not."`
	Note   string `placeholder:"TEXT" help:"What the citizen reads beside it, in their language; why, where it is refused."`
}

func (c *rightsAnswerCmd) Run(s *surroundings) error {
	_, err := c.ask(s.ctx, http.MethodPost, "/admin/rights/"+url.PathEscape(c.Ref), map[string]any{"granted": c.Grant, "note": c.Note})
	return err
}

// claimed is said where whoever looks after the service reads it: when one comes, and when its
// day passed. The reference is not: it opens the asker's page to whoever reads the log.
func (h *house) claimed(c identity.Claim) {
	if c.Over(h.Now()) {
		h.Log.Error("a citizen's request was not answered by its printed day: netid operator rights list", "right", c.Right, "due", c.Due)
		return
	}
	h.Log.Warn("a citizen's request waits for a person: netid operator rights list", "right", c.Right, "due", c.Due)
}

// remindOfClaims has the ledger say which printed days passed. Each hour it is one line, however
// many are late: anybody can ask.
func (h *house) remindOfClaims(ctx context.Context) {
	late, err := h.rights.Remind(ctx)
	if err != nil && ctx.Err() == nil {
		h.Log.Error("look which requests are late", "err", err)
	}
	if late > 0 {
		h.Log.Error("citizens' requests are late: netid operator rights list", "count", late)
	}
}
