package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"netid/internal/act/enrol"
	"netid/internal/act/incident"
	"netid/internal/act/supervise"
	"netid/internal/disk"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/store"
)

// upkeep forgets what is over and leaves the newest head beside the keys,
// where an older copy of the store put in its place will show.
func (h *house) upkeep(ctx context.Context, faces *enrol.Act) {
	second, minute, hour := time.NewTicker(time.Second), time.NewTicker(time.Minute), time.NewTicker(time.Hour)
	defer second.Stop()
	defer minute.Stop()
	defer hour.Stop()
	var last string
	warned := map[incident.Alarm]bool{}
	unreviewed := map[string]bool{}
	h.remindOfIncidents(ctx, warned)
	h.remindOfAssistance(ctx, unreviewed)
	h.shutOut(ctx)
	due := map[supervise.Alarm]bool{}
	h.supervises(ctx, due)
	said, proven := h.remindOfBases(ctx, identity.Date{}), h.remindOfDomains(ctx, identity.Date{})
	counted := h.countFaces(ctx, faces, identity.Date{})
	h.report(ctx)
	h.noteLevels(ctx)
	for {
		select {
		case <-ctx.Done():
			return
		case <-second.C:
			if err := errors.Join(h.store.Dead(), h.shelf.Dead()); err != nil {
				h.stop(fmt.Errorf("the disk failed: nothing is written any more, start again when it works: %w", err))
				return
			}
			h.look(ctx)
			last = h.remember(ctx, last)
		case <-minute.C:
			if err := h.store.Sweep(ctx, h.Now().Add(-2*store.Drift)); err != nil {
				h.Log.Error("sweep", "err", err)
			}
			// What one change wrote on both sides of the house stands together in the
			// store's log; emptied, only the rows remain, each in its own place.
			if err := h.store.Settle(ctx); err != nil && !fault.Because(err, "store_busy") {
				h.Log.Error("empty the store's log", "err", err)
			}
			if err := h.erase.Resume(ctx); err != nil {
				h.Log.Error("finish erasures", "err", err)
			}
			h.watchCodes(ctx)
			h.noteLevels(ctx)
			h.count(ctx)
		case <-hour.C:
			h.meetOfficers(ctx, h.Now())
			h.remindOfClaims(ctx)
			h.remindOfIncidents(ctx, warned)
			h.remindOfAssistance(ctx, unreviewed)
			h.supervises(ctx, due)
			said, proven = h.remindOfBases(ctx, said), h.remindOfDomains(ctx, proven)
			counted = h.countFaces(ctx, faces, counted)
			h.makers.tell(h.Log)
			h.report(ctx)
		}
	}
}

// forget ends records that no law keeps any more, of everybody: a month of them
// at a time, which may take long, so nothing waits for it.
func (h *house) forget(ctx context.Context) {
	hour := time.NewTicker(time.Hour)
	defer hour.Stop()
	for {
		if err := h.erase.Forget(ctx); err != nil && ctx.Err() == nil {
			h.Log.Error("end records that are kept no more", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-hour.C:
		}
	}
}

func (h *house) remember(ctx context.Context, last string) string {
	note, err := h.store.Head(ctx)
	if err != nil || len(note) == 0 || string(note) == last {
		return last
	}
	err = continues(h.Data, h.keeper, note)
	if err != nil { // another server of this directory may have left a newer one since: the store has that too by now
		if note, err = h.store.Head(ctx); err == nil {
			err = continues(h.Data, h.keeper, note)
		}
	}
	if err != nil {
		h.Log.Error("the store's head was altered, and is not remembered", "err", err)
		return string(note) // said once
	}
	if err := disk.WriteVia(via(headFile(h.Data)), headFile(h.Data), note); err != nil {
		h.Log.Error("remember the head", "err", err)
		return last
	}
	return string(note)
}
