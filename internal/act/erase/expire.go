package erase

import (
	"context"
	"fmt"

	"netid/internal/fault"
	"netid/internal/identity"
)

// batch is how many bodies one event of an expiry drops at most, so that
// nobody's change waits long behind it.
const batch = 256

// Expire ends every period whose term is over: first its key is destroyed, so
// that from the printed date on nothing opens whatever follows; then the held bodies of
// the erased go, under public events that commit to them; then what was left of
// it to the quorum. Each step may be cut and is done again by the next call. It
// runs before the service answers anybody, and every hour.
func (a *Act) Expire(ctx context.Context) error {
	const op = "erase.Expire"
	for _, t := range a.Quorum.Due(a.Now()) {
		if err := a.Quorum.Destroy(t.Key); err != nil {
			return fault.At(op, err)
		}
		if t.Settled { // an older copy of the store, put back, may have some again
			remains, err := a.Store.Remains(ctx, t.Period)
			if err != nil {
				return fault.At(op, err)
			}
			if !remains {
				continue
			}
		}
		if err := a.expire(ctx, t); err != nil {
			return fault.At(op, err)
		}
	}
	return nil
}

func (a *Act) expire(ctx context.Context, t identity.Term) error {
	for said := t.Settled; ; said = true { // the end of a period is said once even if nothing was held
		rows, err := a.Store.Held(ctx, t.Period, batch)
		if err != nil {
			return err
		}
		if len(rows) > 0 || !said {
			err = a.drop(ctx, t, rows)
		}
		if fault.Because(err, "events_moved") { // another process was first
			continue
		}
		if err != nil {
			return err
		}
		if len(rows) < batch {
			break
		}
	}
	if err := a.Store.DropEscrow(ctx, t.Period); err != nil {
		return err
	}
	err := a.Store.Settle(ctx)
	if fault.Because(err, "store_busy") { // a long reader: the rows are gone and open to nobody; the files are cleaned the next time
		return nil
	}
	if err != nil {
		return err
	}
	return a.Quorum.Settle(t.Key)
}

// drop takes the bodies of rows under one event that commits to exactly these.
func (a *Act) drop(ctx context.Context, t identity.Term, rows []identity.EntryRow) error {
	kept := a.Law.Keeps(identity.Expired)
	if err := kept.Err("erase.drop"); err != nil {
		return err
	}
	verb := identity.ExpireHeld{Class: t.Period.Class}
	leaves := make([][32]byte, len(rows))
	for i, r := range rows {
		verb.Entries, leaves[i] = append(verb.Entries, r.EntryKey), r.Leaf
	}
	set := a.Sets.Set(leaves)
	_, err := a.Book.RecordPublic(ctx, identity.Event{Kind: identity.Expired, Set: &set, Grounds: []identity.Ground{kept.Ground()},
		Detail: fmt.Sprintf("%s: key %s destroyed", t.Period, t.Key)}, verb)
	return err
}
