package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"netid/internal/act/staff"
	"netid/internal/dossier"
	"netid/internal/identity"
	"netid/internal/ledger"
	"netid/internal/suite"
)

const entriesAtOnce = 1024 // rows read at a time

// publicly is a public event with its place in the ledger.
type publicly struct {
	index uint64
	event identity.Event
}

// byTwo reads what the ledger says in public of the console's accounts and of what two decided.
func byTwo(ctx context.Context, rows ledger.Rows) (all []publicly, err error) {
	for from := uint64(0); ; {
		some, err := rows.Entries(ctx, from, entriesAtOnce)
		if err != nil {
			return nil, err
		}
		for _, row := range some {
			if row.State != identity.EntryPublic {
				continue
			}
			e, _, err := ledger.OpenEntry(identity.Keys{}, row)
			if err != nil { // the ledger was verified before: this is no edit
				return nil, err
			}
			switch e.Kind {
			case identity.StaffJoined, identity.ProposalMade, identity.ProposalApproved:
				all = append(all, publicly{row.Index, e})
			}
		}
		if len(some) < entriesAtOnce {
			return all, nil
		}
		from = some[len(some)-1].Index + 1
	}
}

// decisions holds each to the two signatures behind it, and tells what is wrong.
func (r *reading) decisions(ctx context.Context, all []publicly, errs io.Writer) (u *staff.Auditor, wrong int, err error) {
	u = &staff.Auditor{Act: &staff.Act{Dossiers: dossier.New(r.store, r.ring.Secret("dossier"), r.ring.Versions("dossier-body")),
		Cover: suite.Cover{Suite: r.ring.Profile().Suite()}, Now: time.Now}}
	for _, one := range all {
		what, err := u.Event(ctx, one.event)
		if err != nil {
			return u, wrong, err
		}
		if what != "" {
			wrong++
			fmt.Fprintf(errs, "index %d: %s\n", one.index, legible(what))
		}
	}
	return u, wrong, nil
}

// errDecisions is the end of a check that found one.
var errDecisions = errors.New("the ledger holds, and behind something that two decided two good signatures do not stand: ask at once who wrote into the store")
