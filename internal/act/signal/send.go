package signal

import (
	"context"
	"errors"
	"sync"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
)

// Leave makes the verb by which a person is signalled: commit it with what then
// waits for them, and call Nudge. It is the same whether or not any device of
// theirs has signals, which nobody looks up here: so neither the commit nor the
// time that it takes tells. What still waits of an earlier one goes.
func (a *Act) Leave(o identity.Opened) (identity.Deliver, error) {
	const op = "signal.Leave"
	address, err := o.ID.MarshalText()
	if err != nil {
		return identity.Deliver{}, fault.Wrap(op, fault.Internal, "internal", err)
	}
	d, err := a.Post.Leave(identity.Message{Kind: identity.Signals, Address: string(address)}, a.Now().Add(life))
	d.Slot = a.Vault.CounterIndex("signal-slot", o.ID[:])
	return d, fault.At(op, err)
}

// Nudge has what was left go at once.
func (a *Act) Nudge() { a.Post.Nudge() }

// Send is the outbox's attempt at one person: every device that has signals now.
func (a *Act) Send(ctx context.Context, _ identity.DeliveryID, address, _ string) error {
	const op = "signal.Send"
	var id identity.PersonID
	if err := id.UnmarshalText([]byte(address)); err != nil {
		return fault.Wrap(op, fault.Invalid, "sealed_invalid", err)
	}
	o, err := a.Vault.Open(ctx, id)
	switch {
	case fault.Is(err, fault.NotFound) || fault.Is(err, fault.Gone): // erased since
		return nil
	case err != nil:
		return fault.At(op, err)
	case o.Standing != identity.Active: // they could not answer what waits
		return nil
	}
	all, err := a.devices(ctx, o, false)
	if err != nil {
		return fault.At(op, err)
	}
	on := all[:0]
	for _, h := range all {
		if h.place.Version > 0 {
			on = append(on, h)
		}
	}
	if len(on) == 0 {
		return nil
	}
	count := identity.Count{Index: a.Vault.CounterIndex("signals", o.ID[:]), Limit: most, Window: 24 * time.Hour, Now: a.Now()}
	if err := a.Store.Jot(ctx, count); fault.Is(err, fault.TooMany) {
		return nil // what waits is on the page
	} else if err != nil {
		return fault.At(op, err)
	}
	return fault.At(op, a.carry(ctx, on))
}

// carry tries all of them at a time: one service that is slow keeps no other device waiting.
func (a *Act) carry(ctx context.Context, on []held) error {
	errs := make([]error, len(on))
	var work sync.WaitGroup
	for i, h := range on {
		work.Go(func() {
			errs[i] = a.Carrier.Carry(ctx, h.signal)
			if fault.Is(errs[i], fault.Gone) {
				errs[i] = a.gone(ctx, h)
			}
		})
	}
	work.Wait()
	for _, err := range errs {
		if fault.Is(err, fault.Unavailable) { // one that is worth another try
			return err
		}
	}
	return errors.Join(errs...)
}

// gone forgets where a device was reached, when nobody is there any more (RFC 8030
// §7.3). It is no event: the person did nothing, and the page says that it is off.
func (a *Act) gone(ctx context.Context, h held) error {
	err := a.Store.Jot(ctx, identity.DropDraft{ID: h.place.ID, Version: h.place.Version})
	if moved(err) { // turned off or on meanwhile
		return nil
	}
	return err
}
