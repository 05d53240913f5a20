package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

type operatorStaffCmd struct {
	Invite operatorInviteCmd `cmd:"" help:"Invite one of the first two, and print the invitation, this once."`
}

type operatorInviteCmd struct {
	doorFlag
	Name      string `required:"" help:"As colleagues read it."`
	Role      string `required:"" enum:"system,security" help:"system or security: one of each."`
	Reference string `required:"" help:"By which the operator knows the person, such as a payroll number. Its keyed digest alone is kept: a person has one account."`
	Again     bool   `help:"The invitation for this role was lost before anybody took it: print another, and make the former void."`
	Manager   string `help:"The reference of who leads them: in one reporting line nobody approves."`
}

func (c *operatorInviteCmd) Run(s *surroundings) error {
	answer, err := c.ask(s.ctx, http.MethodPost, "/admin/staff", map[string]any{"name": c.Name, "role": c.Role, "reference": c.Reference, "manager": c.Manager, "again": c.Again})
	if err != nil && strings.Contains(err.Error(), "invitation_waits") {
		return fmt.Errorf("%w: an invitation for this role waits, and can still be taken; if it was lost, --again prints another and makes it void", err)
	}
	if err != nil {
		return err
	}
	var made struct {
		Invitation string `json:"invitation"`
	}
	if err := json.Unmarshal(answer, &made); err != nil {
		return fmt.Errorf("the answer is not understood: %w", err)
	}
	if c.Again {
		fmt.Fprintln(s.errs, "An invitation of before, if nobody took it, is void.")
	}
	fmt.Fprintln(s.errs, "They type this at /operator within 24 hours, on a device of their own. It is not shown again.")
	fmt.Fprintln(s.out, made.Invitation)
	return nil
}

// watchStaff carries, when a server starts and once an hour, what two approved before one
// stopped, disables accounts whose owners were away for too long, and drops what the law keeps no longer.
func (h *house) watchStaff(ctx context.Context) {
	hour := time.NewTicker(time.Hour)
	defer hour.Stop()
	h.resumeReissues(ctx)
	for {
		h.disableDormant(ctx)
		h.resumeRecalls(ctx)
		select {
		case <-ctx.Done():
			return
		case <-hour.C:
		}
	}
}

func (h *house) disableDormant(ctx context.Context) {
	n, err := h.staff.Sweep(ctx)
	if n > 0 {
		h.Log.Warn("accounts of the console were disabled: nobody used them", "accounts", n)
	}
	err = errors.Join(err, h.staff.Resume(ctx))
	_, over := h.staff.Tidy(ctx)
	alone, unread := h.admit.Unbacked(ctx)
	for _, id := range alone { // the row opened with our keys, and two did not sign what it says
		h.Log.Error("a party takes part, and the signatures behind it are not good: netid party suspend", "party", id)
	}
	err = errors.Join(err, over, unread)
	if err != nil && ctx.Err() == nil {
		h.Log.Error("look at the console's accounts", "err", err)
	}
}
