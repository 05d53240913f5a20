// Package deliver is the act by which something leaves the service for
// somebody outside: a message to a telephone, a notice to a party.
//
// It owns the life of a delivery (attempts, leases, back-off, end) and the
// sealed form in which it waits. It refuses to know why something is sent,
// what its text says, and how its kind travels: a Sender of that kind does.
//
// Invariant: what was committed to the outbox is handed to its receiver at
// least once, always under the same id, or ends as dead with a reason; never in
// silence. A receiver that remembers ids acts on each once. Neither an address nor a
// text is in an error, in an Outcome, or in what is kept of the dead.
package deliver

import (
	"context"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
)

const (
	sendLimit = 10 * time.Second // of one attempt
	lease     = 20 * time.Second // twice that: whoever has it ends, or died
	// Longest is the longest that anything may wait, and Kept how long the row of a dead
	// delivery stays. Both together bound how long a key of the outbox is needed.
	Longest = 7 * 24 * time.Hour
	Kept    = 7 * 24 * time.Hour
)

// Store keeps the outbox.
type Store interface {
	Jot(ctx context.Context, notes ...identity.Note) error
	Deliveries(ctx context.Context, dead bool, limit int) ([]identity.DeliveryRow, error) // those that are sure, and an error when there are others
	DeliveryWaits(ctx context.Context, slot []byte) (bool, error)
}

// Box seals what waits, under a key that rotates.
type Box interface {
	Seal(v any) (string, error)
	Open(s string, v any) error
}

// Sender makes one attempt. It tells its receiver the id: a second attempt of
// the same id is the same delivery. An error of the kinds Invalid, Forbidden,
// NotFound, Gone and Conflict says that trying again is of no use.
type Sender interface {
	Send(ctx context.Context, id identity.DeliveryID, address, text string) error
}

// Act delivers.
type Act struct {
	Store   Store
	Box     Box
	Senders map[identity.DeliveryKind]Sender
	Random  func(n int) []byte
	Tell    func(Outcome)   // hears of every attempt that failed; may be nil
	Wake    chan<- struct{} // of one place: Run's, so that it need not wait; may be nil
	Now     func() time.Time
}

// Outcome is what an attempt came to.
type Outcome struct {
	ID       identity.DeliveryID
	Kind     identity.DeliveryKind
	Attempts int
	Dead     bool
	Due      time.Time // of the next attempt, unless dead
	Reason   string    // the stable word of what went wrong
	Err      error
}

// Write makes the verb that enters a message into the outbox, with its first
// attempt already leased to the caller: commit it with the change that it
// belongs to, then call First. until is when it is of no use any more.
func (a *Act) Write(slot []byte, m identity.Message, until time.Time) (identity.Deliver, error) {
	const op = "deliver.Write"
	now := a.Now()
	if a.Senders[m.Kind] == nil || until.After(now.Add(Longest)) {
		return identity.Deliver{}, fault.Newf(op, fault.Internal, "internal", "nothing of the kind %q waits until %v", m.Kind, until.Sub(now))
	}
	l := letter{ID: identity.NewDeliveryID(), Kind: m.Kind, At: until, Address: m.Address, Text: m.Text}
	body, err := a.seal(l)
	if err != nil {
		return identity.Deliver{}, fault.At(op, err)
	}
	return identity.Deliver{ID: l.ID, Slot: slot, Due: now.Add(lease), Attempts: 1, Body: body}, nil
}

// Leave makes the verb that enters a message for which nobody waits: commit it
// with the change that it belongs to, then call Nudge.
func (a *Act) Leave(m identity.Message, until time.Time) (identity.Deliver, error) {
	d, err := a.Write(nil, m, until)
	d.Due, d.Attempts = a.Now(), 0
	return d, fault.At("deliver.Leave", err)
}

// Nudge has Run look at once. Without it, it looks within seconds.
func (a *Act) Nudge() {
	select {
	case a.Wake <- struct{}{}:
	default: // it is awake, or nobody listens
	}
}

// First makes the first attempt of what was just committed, while its caller's
// page waits, and no longer than that attempt's limit. It fails only when the delivery is
// dead: otherwise the receiver has it, or it will be tried again. A caller
// who leaves changes nothing.
func (a *Act) First(ctx context.Context, d identity.Deliver) error {
	const op = "deliver.First"
	ctx = context.WithoutCancel(ctx)
	row := identity.DeliveryRow{ID: d.ID, Due: d.Due, Attempts: d.Attempts, Body: d.Body}
	l, err := a.open(row)
	if err != nil {
		return fault.At(op, err)
	}
	o, err := a.attempt(ctx, row, l)
	if o.Dead {
		return fault.At(op, o.Err)
	}
	if err != nil && !fault.Because(err, "delivery_taken") { // its lease runs out: Run finds it
		a.tell(Outcome{ID: d.ID, Kind: l.Kind, Attempts: d.Attempts, Due: d.Due, Reason: fault.Public(err), Err: err})
	}
	return nil
}

// Waits reports whether something is still to be delivered for a slot.
func (a *Act) Waits(ctx context.Context, slot []byte) (bool, error) {
	waits, err := a.Store.DeliveryWaits(ctx, slot)
	return waits, fault.At("deliver.Waits", err)
}

func (a *Act) tell(o Outcome) {
	if a.Tell != nil {
		a.Tell(o)
	}
}
