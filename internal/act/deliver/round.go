package deliver

import (
	"context"
	"errors"
	"sync"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
)

const (
	batch = 64              // rows of one look
	hands = 8               // attempts at a time, of each kind: one slow receiver does not hold up all
	idle  = 5 * time.Second // what another node wrote and could not deliver is found after this
	least = 50 * time.Millisecond

	unreadableLooks = 5
)

// Run delivers what is due until ctx ends. Any number of nodes may run it over
// one store. wake is the other end of Wake; failed hears what kept a round
// from its work.
func (a *Act) Run(ctx context.Context, wake <-chan struct{}, failed func(error)) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		case <-wake:
		}
		pause := idle
		next, err := a.Round(ctx)
		if err != nil && ctx.Err() == nil {
			failed(err)
		}
		if err == nil && !next.IsZero() {
			pause = min(idle, max(least, next.Sub(a.Now())))
		}
		timer.Reset(pause)
	}
}

// Round makes an attempt at everything that is due, and gives when the next
// one will be; zero when nothing waits.
func (a *Act) Round(ctx context.Context) (next time.Time, err error) {
	const op = "deliver.Round"
	for ctx.Err() == nil {
		rows, strange := a.Store.Deliveries(ctx, false, batch)
		now, due := a.Now(), 0
		for due < len(rows) && !rows[due].Due.After(now) {
			due++
		}
		if err := a.all(ctx, rows[:due]); err != nil {
			return time.Time{}, fault.At(op, err)
		}
		if strange != nil { // the others had their turn
			return time.Time{}, fault.At(op, strange)
		}
		if due == 0 && len(rows) > 0 {
			return rows[0].Due, nil
		}
		if due == 0 {
			return time.Time{}, nil
		}
	}
	return time.Time{}, fault.Wrap(op, fault.Unavailable, "cancelled", ctx.Err())
}

// all tries each row, some at a time. A row that cannot be written down leaves
// the others their turn.
func (a *Act) all(ctx context.Context, rows []identity.DeliveryRow) error {
	var work sync.WaitGroup
	free, errs := map[identity.DeliveryKind]chan struct{}{}, make([]error, len(rows))
	for i, row := range rows {
		l, err := a.open(row) // a kind that is slow takes its own hands alone
		if free[l.Kind] == nil {
			free[l.Kind] = make(chan struct{}, hands)
		}
		own := free[l.Kind]
		work.Go(func() {
			own <- struct{}{}
			errs[i] = a.again(ctx, row, l, err)
			<-own
		})
	}
	work.Wait()
	return errors.Join(errs...)
}

// again leases one row and tries it. Somebody else who was quicker is no error.
func (a *Act) again(ctx context.Context, row identity.DeliveryRow, l letter, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	switch {
	case fault.Because(err, "sealed_invalid"):
		return taken(a.unreadable(ctx, row, err))
	case err != nil:
		return err
	case !a.Now().Before(l.At):
		_, err = a.bury(ctx, row, l.Kind, fault.New("deliver.again", fault.Gone, l.why("delivery_late")))
		return taken(err)
	}
	err = a.Store.Jot(ctx, identity.LeaseDelivery{ID: row.ID, Attempts: row.Attempts, Due: row.Due, Until: a.Now().Add(lease)})
	if err != nil {
		return taken(err)
	}
	row.Attempts++
	_, err = a.attempt(ctx, row, l)
	return taken(err)
}

// unreadable deals with a body that does not open. Its key may be so new that
// this node has not read it yet: the row is left alone a few times. Then its
// key is gone, or the row was altered, and it is dead.
func (a *Act) unreadable(ctx context.Context, row identity.DeliveryRow, why error) error {
	if row.Attempts < unreadableLooks {
		until := a.Now().Add(max(lease, a.pause(row.Attempts)))
		return a.Store.Jot(ctx, identity.LeaseDelivery{ID: row.ID, Attempts: row.Attempts, Due: row.Due, Until: until})
	}
	_, err := a.bury(ctx, row, "", fault.Wrap("deliver.unreadable", fault.Gone, "delivery_unreadable", why))
	return err
}

func taken(err error) error {
	if fault.Because(err, "delivery_taken") {
		return nil
	}
	return err
}
