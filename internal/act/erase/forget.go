package erase

import (
	"context"
	"fmt"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
)

// Forget ends what is kept of everybody: records older than the longest term of
// any law go, those of the living too. A month is closed, so that nothing of it
// changes; what stays of it, the leaves, is written; an event commits to the set that
// goes; then the rows go. Each step may be cut and is done again by the next call. It runs
// beside the service, at its start and every hour: it may take its time.
func (a *Act) Forget(ctx context.Context) error {
	const op = "erase.Forget"
	floor, _, err := a.Store.Floor(ctx)
	if err != nil {
		return fault.At(op, err)
	}
	if floor.Day != identity.NoFloor { // what was begun is ended first
		if err := a.forget(ctx, floor); err != nil {
			return fault.At(op, err)
		}
	}
	before := law.OldestHeld(a.Now()).FirstDay()
	if before <= floor.Day {
		return nil
	}
	any, err := a.Store.Outdated(ctx, before)
	if err == nil && any {
		if err = a.Store.Jot(ctx, identity.CloseDays{Before: before}); err == nil {
			err = a.forget(ctx, identity.Floor{Day: before})
		}
	}
	return fault.At(op, err)
}

// forget ends the days below a floor.
func (a *Act) forget(ctx context.Context, floor identity.Floor) error {
	any, err := a.Store.Outdated(ctx, floor.Day)
	if err != nil || floor.Said && !any {
		return err
	}
	if !floor.Said {
		if err := a.say(ctx, floor.Day); err != nil && !fault.Because(err, "days_moved") { // another process was first
			return err
		}
	}
	err = a.Store.DropDays(ctx, floor.Day)
	if err == nil {
		err = a.Store.Settle(ctx)
	}
	if fault.Because(err, "store_busy") { // a long reader: they go the next time
		return nil
	}
	return err
}

// say commits to the set of bodies that go.
func (a *Act) say(ctx context.Context, before int32) error {
	kept := a.Law.Keeps(identity.Expired)
	if err := kept.Err("erase.say"); err != nil {
		return err
	}
	set := a.Sets.Set(nil)
	if err := a.Store.PackDays(ctx, before, func(leaf [32]byte) { set = a.Sets.Add(set, leaf) }); err != nil {
		return err
	}
	_, err := a.Book.RecordPublic(ctx, identity.Event{Kind: identity.Expired, Set: &set, Grounds: []identity.Ground{kept.Ground()},
		Detail: fmt.Sprintf("records from before %s", dateOf(before))}, identity.ExpireDays{Before: before})
	return err
}

func dateOf(day int32) string {
	return time.Unix(int64(day)*24*60*60, 0).UTC().Format(time.DateOnly)
}
