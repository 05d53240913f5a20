package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"netid/internal/act/recall"
	"netid/internal/identity"
	"netid/internal/ledger"
	"netid/internal/suite"
)

type certificateCmd struct {
	Revoke certificateRevokeCmd `cmd:"" help:"End many certificates at once, for good: those issued within a time, or those of a file of ids. Their owners show a document and get others."`
}

type certificateRevokeCmd struct {
	doorFlag
	From   time.Time `name:"issued-from" placeholder:"TIME" help:"The first moment: 2026-11-01T00:00:00Z."`
	Until  time.Time `name:"issued-until" placeholder:"TIME" help:"The moment behind the last; it must be over."`
	File   string    `name:"ids" placeholder:"FILE" help:"A file of ids, one a line, at most 1000, instead of a time."`
	Reason string    `required:"" help:"Why, in one line. It is public for good, so nothing in it is about anybody."`
}

// Run asks until it is done. Cut, on either side, the same command goes on.
func (c *certificateRevokeCmd) Run(s *surroundings) error {
	choice := recall.Choice{From: c.From, Until: c.Until, Reason: c.Reason}
	if c.File != "" {
		b, err := os.ReadFile(c.File)
		if err != nil {
			return err
		}
		for line := range strings.FieldsSeq(string(b)) {
			id, err := identity.ParseCertificateID(line)
			if err != nil {
				return fmt.Errorf("%q is no id of a certificate", line)
			}
			choice.IDs = append(choice.IDs, id)
		}
	}
	for {
		answer, err := c.ask(s.ctx, http.MethodPost, "/admin/certificates/revoke", choice)
		if err != nil {
			return err
		}
		var p recall.Progress
		if err := json.Unmarshal(answer, &p); err != nil {
			return fmt.Errorf("the answer is not understood: %w", err)
		}
		if p.Ended {
			fmt.Fprintf(s.out, "%d certificates ended, of %d there are%s\n", p.Total, p.Looked, unreadable(p.Odd))
			return nil
		}
		pause(s.ctx, 500*time.Millisecond)
		if err := s.ctx.Err(); err != nil {
			return errors.New("cut short; the server goes on, and the same command tells how far it is")
		}
	}
}

// recalling ends certificates in the background, and rests after each batch half as
// long as it took: at most two thirds of the writer's time.
func (h *house) recalling(v recall.Vault, places recall.Places) *recall.Act {
	book := ledger.NewBook(h.store, nil, h.Now)
	book.Tell(h.tally.Happened)
	return &recall.Act{Store: h.store, Vault: v, Places: places, Book: book, Digest: suite.Digest, Now: time.Now,
		Page:   func(what, ref string) (identity.Verb, error) { return h.staff.Page(what, ref) },
		Go:     func(do func(context.Context)) { h.delivering.Go(func() { do(h.alive) }) },
		Rest:   func(ctx context.Context, took time.Duration) { pause(ctx, min(took/2, time.Second)) },
		Failed: func(err error) { h.Log.Error("ending certificates stopped; the same command goes on", "err", err) }}
}
