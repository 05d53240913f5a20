package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/quorum"
	"netid/internal/suite"
)

// officers opens the officers' quorum and refuses to serve without it: what law
// makes the service keep could not be left to anybody, and so nothing could be
// recorded.
func (h *house) officers(now time.Time) (*quorum.Quorum, error) {
	q, err := officersOf(h.Data, h.ring, h.Now)
	if err != nil {
		return nil, err
	}
	if h.Sandbox {
		if err := simulateOfficers(q, h.Data, h.ring.Profile().Suite(), now); err != nil {
			return nil, fmt.Errorf("simulate officers: %w", err)
		}
	}
	if !q.Founded() {
		return nil, fmt.Errorf("no officers are named for %s: each makes a key with `netid officers key`, then run `netid officers found --data %s --officer …` (docs/operations.md, Officers)", h.Data, h.Data)
	}
	month := identity.MonthAt(now)
	if !q.Ready(month) {
		return nil, fmt.Errorf("the officers' quorum has no key for this month: run `netid officers months --data %s --until %s`", h.Data, month+11)
	}
	h.warn(q, month)
	return q, nil
}

// warn says while there is time that the next month has no key.
func (h *house) warn(q *quorum.Quorum, month identity.Month) {
	if !q.Ready(month + 1) {
		h.Log.Warn("the officers' quorum has no key for next month: without one nothing is recorded from its first day on",
			"month", (month + 1).String(), "run", fmt.Sprintf("netid officers months --data %s --until %s", h.Data, month+12))
	}
}

// meetOfficers runs every hour: what is over ends within the hour, and the
// warning is given once a day.
func (h *house) meetOfficers(ctx context.Context, now time.Time) {
	if err := h.quorum.Refresh(); err != nil {
		h.Log.Error("the officers' files changed and do not check; those in force stay", "err", err)
	}
	if err := h.erase.Expire(ctx); err != nil {
		h.Log.Error("end what the law keeps no more", "err", err)
	}
	if now.UTC().Hour() == 0 {
		h.warn(h.quorum, identity.MonthAt(now))
	}
}

// A sandbox's officers: five, any three, whose private keys lie in the data
// directory. That is what a simulator is: nobody else is there to hold them.
const (
	simulated       = 5
	simulatedNeeded = 3
	simulatedNote   = "SANDBOX: a simulated officer's key, in the clear. It protects nobody."
)

func officersDir(data string) string { return filepath.Join(data, "officers") }

// simulateOfficers founds them where there are none, or where their keys are
// gone, and makes the months from this one to a year ahead.
func simulateOfficers(q *quorum.Quorum, data string, s identity.Suite, now time.Time) error {
	dir := officersDir(data)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	var public []suite.Recipient
	fresh := !q.Founded()
	for n := range simulated {
		o, made, err := simulatedOfficer(filepath.Join(dir, fmt.Sprintf("officer-%d.key", n+1)), s)
		if err != nil {
			return err
		}
		public, fresh = append(public, o.Public()), fresh || made
	}
	if fresh {
		if err := q.Found(public, simulatedNeeded, true); err != nil {
			return err
		}
	}
	month := identity.MonthAt(now)
	_, err := q.Make(month, month+12, law.Ends)
	return err
}

func simulatedOfficer(file string, s identity.Suite) (o quorum.Officer, made bool, err error) {
	b, err := os.ReadFile(file)
	if err == nil {
		o, err = quorum.ReadOfficer(b, func() ([]byte, error) { return nil, errors.New("a simulated officer has no passphrase") })
		return o, false, err
	}
	if !errors.Is(err, os.ErrNotExist) {
		return o, false, err
	}
	if o, err = quorum.NewOfficer(s); err != nil {
		return o, false, err
	}
	if b, err = o.File(nil, simulatedNote); err == nil {
		err = writeNew(file, b)
	}
	return o, true, err
}
