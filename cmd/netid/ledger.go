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
	Head   ledgerHeadCmd   `cmd:"" help:"Print the newest signed head, to be remembered and given to verify --head."`
}

type dataFlag struct {
	Data string `default:"var" placeholder:"DIR" help:"The data directory (netid.db and keyring/ lie in it)."`
}

type ledgerVerifyCmd struct {
	dataFlag
	Head []string `placeholder:"FILE" help:"A head remembered from earlier; the store must continue it." type:"existingfile"`
	JSON bool     `help:"Print the report as JSON."`
}

func (c *ledgerVerifyCmd) Run(s *surroundings) error {
	r, err := openReading(s.ctx, c.Data)
	if err != nil {
		return err
	}
	defer r.Close()
	remembered, err := r.remembered(c.Head)
	if err != nil {
		return err
	}
	var report ledger.Report
	err = r.store.Snapshot(s.ctx, func(rows ledger.Rows) (err error) { // commits that land meanwhile are not in it
		report, err = ledger.Verify(s.ctx, rows, r.keeper, remembered...)
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
	for _, p := range report.Problems {
		fmt.Fprintf(s.errs, "index %d: %s\n", p.Index, p.What)
	}
	if len(report.Problems) > 0 {
		return fmt.Errorf("the ledger does not hold: first bad index %d", report.Problems[0].Index)
	}
	if !c.JSON {
		fmt.Fprintf(s.out, "ledger holds: %d entries, root %x\n", report.Size, report.Root)
	}
	return nil
}

// remembered reads the given heads, and the one that the server itself left
// beside the keys: an older copy of the store put in place shows by it.
func (r *reading) remembered(files []string) ([][]byte, error) {
	var notes [][]byte
	own, err := os.ReadFile(headFile(r.dir))
	if err == nil {
		notes = append(notes, own)
	} else if !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			return nil, err
		}
		notes = append(notes, b)
	}
	return notes, nil
}

type ledgerHeadCmd struct{ dataFlag }

func (c *ledgerHeadCmd) Run(s *surroundings) error {
	r, err := openReading(s.ctx, c.Data)
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
