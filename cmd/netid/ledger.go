package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"netid/internal/ledger"
)

type ledgerCmd struct {
	Verify ledgerVerifyCmd `cmd:"" help:"Check a whole store: exit 0 when it is whole, 1 when not. Reads only, repairs nothing."`
	Check  ledgerCheckCmd  `cmd:"" help:"For citizens: check the file of everything about you, offline. Exit 0 when it holds, 1 when not."`
	Head   ledgerHeadCmd   `cmd:"" help:"Print the newest signed head, to be remembered and given to verify --head."`
}

type dataFlag struct {
	Data string `default:"var" placeholder:"DIR" help:"The data directory (netid.db and keyring/ lie in it; default: ${default})."`
}

type ledgerVerifyCmd struct {
	storeFlag
	Head []string `placeholder:"FILE" help:"A head remembered from earlier; the store must continue it." type:"existingfile"`
	JSON bool     `help:"Print the report as JSON."`
}

func (c *ledgerVerifyCmd) Run(s *surroundings) error {
	at, err := c.site()
	if err != nil {
		return err
	}
	r, err := openReading(s.ctx, at)
	if err != nil {
		return err
	}
	defer r.Close()
	remembered, names, err := r.remembered(c.Head)
	if err != nil {
		return err
	}
	var report ledger.Report
	var decided []publicly
	err = r.store.Snapshot(s.ctx, func(rows ledger.Rows) (err error) { // commits that land meanwhile are not in it
		if report, err = ledger.Verify(s.ctx, rows, r.keeper, remembered...); err == nil && report.OK() {
			decided, err = byTwo(s.ctx, rows)
		}
		return err
	})
	if err != nil {
		return err
	}
	if c.JSON {
		if err := json.NewEncoder(s.out).Encode(report); err != nil {
			return err
		}
	}
	if len(report.Problems) > 0 {
		for n, name := range names {
			fmt.Fprintf(s.errs, "remembered head %d: %s\n", n+1, name)
		}
	}
	for _, p := range report.Problems {
		fmt.Fprintf(s.errs, "%s: %s\n", place(p), p.What)
	}
	if p, bad := report.First(); bad && p.Index < 0 {
		return errors.New("the ledger does not hold, though no single entry can be named")
	} else if bad {
		return fmt.Errorf("the ledger does not hold: first bad index %d", p.Index)
	}
	if !c.JSON {
		fmt.Fprintf(s.out, "ledger holds: %d entries, root %x\n", report.Size, report.Root)
	}
	u, wrong, err := r.decisions(s.ctx, decided, s.errs)
	switch {
	case err != nil:
		return err
	case wrong > 0:
		return errDecisions
	case !c.JSON && u.Proven+u.Forgotten > 0:
		fmt.Fprintf(s.out, "decided by two: %d, each with two good signatures; %d older than they are kept\n", u.Proven, u.Forgotten)
	}
	return nil
}

// place says where a problem is.
func place(p ledger.Problem) string {
	if p.Index < 0 {
		return "store"
	}
	return fmt.Sprintf("index %d", p.Index)
}

// remembered reads the given heads, and the one that the server itself left
// beside the keys: an older copy of the store put in place shows by it.
func (r *reading) remembered(files []string) (notes [][]byte, names []string, err error) {
	own, err := os.ReadFile(headFile(r.dir))
	if err == nil {
		notes, names = append(notes, own), append(names, headFile(r.dir))
	} else if !errors.Is(err, os.ErrNotExist) {
		return nil, nil, err
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			return nil, nil, err
		}
		if _, _, err := r.keeper.CheckRemembered(b); err != nil {
			return nil, nil, fmt.Errorf("%s is not a head signed by this ledger's key: it is damaged or another ledger's, or this store and its keys were replaced", f)
		}
		notes, names = append(notes, b), append(names, f)
	}
	return notes, names, nil
}

type ledgerHeadCmd struct{ storeFlag }

func (c *ledgerHeadCmd) Run(s *surroundings) error {
	at, err := c.site()
	if err != nil {
		return err
	}
	r, err := openReading(s.ctx, at)
	if err != nil {
		return err
	}
	defer r.Close()
	note, err := r.store.Head(s.ctx)
	if err != nil {
		return err
	}
	_, err = s.out.Write(note)
	return err
}
