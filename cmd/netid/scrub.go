package main

import (
	"fmt"
	"io"

	"netid/internal/act/scrub"
	"netid/internal/store"
)

type storeScrubCmd struct {
	shelfFlag
}

// Run looks at every row outside of the ledger, beside a running server or
// without one, and repairs nothing.
func (c *storeScrubCmd) Run(s *surroundings) error {
	at, err := c.site()
	if err != nil {
		return err
	}
	w, err := openWrapped(s.ctx, at)
	if err != nil {
		return err
	}
	defer w.Close()
	t := &told{out: s.out, errs: s.errs}
	err = w.store.Scrub(s.ctx, func(a *store.Altered) error { t.found(a.Table, a.Row, a.Reason()); return nil }, t.said)
	if err == nil {
		err = (&scrub.Act{Store: w.store, Vault: w.Vault, Found: func(f scrub.Finding) { t.found(f.Table, f.Row, f.What) }, Said: t.said}).Everybody(s.ctx)
	}
	if err != nil {
		return err
	}
	if t.bad > 0 {
		return fmt.Errorf("%s are not as this store wrote them (docs/operations.md says what to do): the ledger is checked by netid ledger verify", count(t.bad, "row"))
	}
	fmt.Fprintln(s.out, "every row is as this store wrote it; what was removed whole, or put back whole from an older copy, a row's code cannot tell")
	return nil
}

// told prints findings as they come.
type told struct {
	out, errs io.Writer
	bad       int
}

func (t *told) found(table, row, what string) {
	t.bad++
	fmt.Fprintf(t.errs, "table %s, row %s: %s\n", table, row, what)
}

func (t *told) said(what string, rows int64) { fmt.Fprintf(t.out, "%s: %d\n", what, rows) }
