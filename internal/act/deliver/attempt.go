package deliver

import (
	"context"
	"errors"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
)

// Back-off: the first pause, what each next one is multiplied by, and the
// longest. Each is halved and a random part of the half put back, so that what failed
// together is not tried again together.
const (
	firstPause   = 6 * time.Second
	pauseFactor  = 3
	longestPause = time.Hour
)

// attempt sends what its caller has leased and writes down what came of it.
// The error is the store's: then the lease runs out and somebody tries again.
func (a *Act) attempt(ctx context.Context, row identity.DeliveryRow, l letter) (Outcome, error) {
	failed := a.send(ctx, l)
	ctx = context.WithoutCancel(ctx) // a server that stops still says what it knows
	if failed == nil {
		return Outcome{}, a.Store.Jot(ctx, identity.Delivered{ID: row.ID})
	}
	next := a.Now().Add(a.pause(row.Attempts))
	if final(failed) || !next.Before(l.At) {
		return a.bury(ctx, row, l.Kind, failed)
	}
	o := Outcome{ID: row.ID, Kind: l.Kind, Attempts: row.Attempts, Due: next, Reason: fault.Public(failed), Err: failed}
	l.Reason = o.Reason
	body, err := a.seal(l)
	if err != nil {
		return Outcome{}, err
	}
	if err := a.Store.Jot(ctx, identity.PutOff{ID: row.ID, Attempts: row.Attempts, Due: next, Body: body}); err != nil {
		return Outcome{}, err
	}
	a.tell(o)
	a.Nudge()
	return o, nil
}

func (a *Act) send(ctx context.Context, l letter) error {
	sender := a.Senders[l.Kind]
	if sender == nil { // of a newer release, or of a part that is switched off: it may come back
		return fault.New("deliver.send", fault.Unavailable, "delivery_no_sender")
	}
	ctx, cancel := context.WithTimeout(ctx, sendLimit)
	defer cancel()
	return sender.Send(ctx, l.ID, l.Address, l.Text)
}

// bury ends a delivery for a reason. Of what it was, only its kind is kept.
func (a *Act) bury(ctx context.Context, row identity.DeliveryRow, kind identity.DeliveryKind, why error) (Outcome, error) {
	hour := a.Now().UTC().Truncate(time.Hour)
	o := Outcome{ID: row.ID, Kind: kind, Attempts: row.Attempts, Dead: true, Reason: fault.Public(why), Err: why}
	body, err := a.seal(letter{ID: row.ID, Kind: kind, At: hour, Reason: o.Reason})
	if err != nil {
		return Outcome{}, err
	}
	if err := a.Store.Jot(ctx, identity.BuryDelivery{ID: row.ID, Attempts: row.Attempts, Due: hour.Add(Kept), Body: body}); err != nil {
		return Outcome{}, err
	}
	a.tell(o)
	return o, nil
}

// pause is how long to wait after the n-th attempt.
func (a *Act) pause(n int) time.Duration {
	d := firstPause
	for range n - 1 {
		if d *= pauseFactor; d >= longestPause {
			d = longestPause
			break
		}
	}
	b := a.Random(2)
	return d/2 + d/2*time.Duration(int(b[0])<<8|int(b[1]))/0xffff
}

// final reports whether trying again is of no use. What is not one of our
// errors may be anything, and is tried again.
func final(err error) bool {
	var e *fault.Error
	if !errors.As(err, &e) {
		return false
	}
	switch e.Kind {
	case fault.Invalid, fault.Forbidden, fault.NotFound, fault.Gone, fault.Conflict:
		return true
	}
	return false
}
