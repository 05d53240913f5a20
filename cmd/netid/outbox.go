package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"text/tabwriter"
	"time"

	"netid/internal/act/deliver"
	"netid/internal/connector/egress"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/protocol/oidc"
	"netid/internal/suite"
	"netid/internal/suite/keyring"
)

// outbox is the act that delivers. Its box is not of the single-use epoch: a
// key that lives on must open the rows of the dead.
func (h *house) outbox() *deliver.Act {
	h.wake = make(chan struct{}, 1)
	return &deliver.Act{Store: h.store, Box: outboxBox(h.ring), Senders: map[identity.DeliveryKind]deliver.Sender{identity.ShortMessage: h.Post, identity.LogoutToken: h.notifier(), identity.ErasureToken: oidc.Erasures{Notifier: h.notifier()}},
		Random: suite.Random, Tell: h.undelivered, Wake: h.wake, Now: h.Now}
}

// notifier sends parties their logout tokens, through the guard.
func (h *house) notifier() oidc.Notifier {
	return oidc.Notifier{Issuer: h.Issuer, Parties: clients{h}, Signers: h.ring.Signers("token"), SignersSM: h.signersSM(), Post: egress.New(h.Loopback).Post, Now: h.Now}
}

func outboxBox(ring *keyring.Ring) *suite.Box {
	return suite.NewRotatingBox(ring.Secrets("outbox"), "outbox")
}

// deliverDue runs until the server stops.
func (h *house) deliverDue(ctx context.Context) {
	h.deliver.Run(ctx, h.wake, func(err error) { h.Log.Error("deliver", "err", err) })
}

// undelivered logs an attempt that failed: what it was, never to whom.
func (h *house) undelivered(o deliver.Outcome) {
	level, what := slog.LevelWarn, "a delivery is put off"
	if o.Dead {
		level, what = slog.LevelError, "a delivery is dead"
	}
	h.Log.Log(context.Background(), level, what, "delivery", o.ID.String(), "kind", string(o.Kind), "attempts", o.Attempts, "reason", o.Reason, "err", o.Err)
}

type outboxCmd struct {
	List outboxListCmd `cmd:"" help:"What waits to be delivered, and what could not be. Reads only, beside a running server or without one."`
}

type outboxListCmd struct {
	storeFlag
	JSON bool `help:"Print one JSON object a line."`
}

// listed bounds what is printed of each sort: whoever has more to read has
// another problem first.
const listed = 1000

// Run prints the waiting deliveries and then the dead ones, oldest first.
func (c *outboxListCmd) Run(s *surroundings) error {
	of, err := c.site()
	if err != nil {
		return err
	}
	r, err := openReading(s.ctx, of)
	if err != nil {
		return err
	}
	defer r.Close()
	var all []deliver.Entry
	for _, dead := range []bool{false, true} {
		some, err := deliver.List(s.ctx, r.store, outboxBox(r.ring), dead, listed)
		if err != nil {
			return fault.At("outbox list", err)
		}
		all = append(all, some...)
	}
	if c.JSON {
		return printJSON(s.out, all)
	}
	w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "ID\tKIND\tSTATE\tATTEMPTS\tNEXT\tENDS\tREASON")
	for _, e := range all {
		state, next := "waiting", e.Due.UTC().Format(time.RFC3339)
		if e.Dead {
			state, next = "dead", "-"
		}
		ends := "-"
		if !e.Until.IsZero() {
			ends = e.Until.UTC().Format(time.RFC3339)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%s\t%s\t%s\n", e.ID, cmp.Or(string(e.Kind), "-"), state, e.Attempts, next, ends, cmp.Or(e.Reason, "-"))
	}
	return w.Flush()
}

func printJSON(out io.Writer, all []deliver.Entry) error {
	enc := json.NewEncoder(out)
	for _, e := range all {
		line := struct {
			ID       string    `json:"id"`
			Kind     string    `json:"kind"`
			Dead     bool      `json:"dead"`
			Attempts int       `json:"attempts"`
			Due      time.Time `json:"due,omitzero"`
			Until    time.Time `json:"until,omitzero"`
			Reason   string    `json:"reason,omitempty"`
		}{e.ID.String(), string(e.Kind), e.Dead, e.Attempts, e.Due, e.Until, e.Reason}
		if err := enc.Encode(line); err != nil {
			return err
		}
	}
	return nil
}
