package store

import (
	"context"
	"time"

	"netid/internal/identity"
)

// deliver also clears the slot: two messages of one slot never wait together.
func (g *group) deliver(v identity.Deliver) error {
	if err := g.withdrawDelivery(identity.WithdrawDelivery{Slot: v.Slot}); err != nil {
		return err
	}
	return g.must("delivery_exists", "INSERT INTO outbox (id, slot, due, attempts, dead, body, code) VALUES (?, ?, ?, ?, 0, ?, ?) ON CONFLICT (id) DO NOTHING",
		v.ID[:], v.Slot, v.Due.UnixMicro(), int64(v.Attempts), v.Body, outboxRow{v.ID[:], v.Slot, v.Body, v.Due.UnixMicro(), int64(v.Attempts), 0}.code(g.store))
}

func (g *group) withdrawDelivery(v identity.WithdrawDelivery) error {
	_, err := g.exec("DELETE FROM outbox WHERE slot = ?", v.Slot)
	return err
}

type outboxRow struct {
	id, slot, body      []byte
	due, attempts, dead int64
}

const outboxColumns = "SELECT id, slot, due, attempts, dead, body, code FROM outbox "

// scanOutbox tells an error of the database from a row that was altered.
func (s *Store) scanOutbox(r Row) (o outboxRow, strange, err error) {
	var code []byte
	if err = r.Scan(&o.id, &o.slot, &o.due, &o.attempts, &o.dead, &o.body, &code); err == nil {
		strange = s.vouched(code, "outbox", o.id, optional(o.slot), o.due, o.attempts, o.dead, o.body)
	}
	return o, strange, err
}

func (o outboxRow) code(s *Store) []byte {
	return s.code("outbox", o.id, optional(o.slot), o.due, o.attempts, o.dead, o.body)
}

// waiting reads a delivery that is to be changed; nothing when there is none.
func (g *group) waiting(id identity.DeliveryID) (o outboxRow, err error) {
	_, err = g.one(outboxColumns+"WHERE id = ? AND dead = 0", func(r Row) (err error) {
		var strange error
		if o, strange, err = g.store.scanOutbox(r); err != nil {
			return err
		}
		return strange
	}, id[:])
	return o, err
}

// leaseDelivery writes only over what it says it read, so that of any number of takers,
// in one process or many, one has it.
func (g *group) leaseDelivery(n identity.LeaseDelivery) error {
	o, err := g.waiting(n.ID)
	if err != nil {
		return err
	}
	o.due, o.attempts = n.Until.UnixMicro(), int64(n.Attempts)+1
	return g.must("delivery_taken", "UPDATE outbox SET attempts = ?, due = ?, code = ? WHERE id = ? AND attempts = ? AND due = ? AND dead = 0",
		o.attempts, o.due, o.code(g.store), n.ID[:], int64(n.Attempts), n.Due.UnixMicro())
}

func (g *group) delivered(n identity.Delivered) error {
	_, err := g.exec("DELETE FROM outbox WHERE id = ? AND dead = 0", n.ID[:])
	return err
}

func (g *group) putOff(n identity.PutOff) error {
	o, err := g.waiting(n.ID)
	if err != nil {
		return err
	}
	o.due, o.body = n.Due.UnixMicro(), n.Body
	return g.must("delivery_taken", "UPDATE outbox SET due = ?, body = ?, code = ? WHERE id = ? AND attempts = ? AND dead = 0",
		o.due, n.Body, o.code(g.store), n.ID[:], int64(n.Attempts))
}

func (g *group) buryDelivery(n identity.BuryDelivery) error {
	o, err := g.waiting(n.ID)
	if err != nil {
		return err
	}
	o.due, o.dead, o.slot, o.body = n.Due.UnixMicro(), 1, nil, n.Body
	return g.must("delivery_taken", "UPDATE outbox SET due = ?, body = ?, dead = 1, slot = NULL, code = ? WHERE id = ? AND attempts = ? AND dead = 0",
		o.due, n.Body, o.code(g.store), n.ID[:], int64(n.Attempts))
}

// Deliveries reads up to limit rows of the outbox, those that wait or those
// that are dead, the one that is due first first. Rows that were altered are left
// out, and an error besides: the others' messages do not wait for an operator.
func (s *Store) Deliveries(ctx context.Context, dead bool, limit int) (all []identity.DeliveryRow, err error) {
	const op = "store.Deliveries"
	var strange error
	err = s.read(ctx, op, outboxColumns+"WHERE dead = ? ORDER BY due, id LIMIT ?", func(r Row) error {
		o, odd, err := s.scanOutbox(r)
		if err != nil {
			return err
		}
		if odd != nil {
			strange = odd
			return nil
		}
		d := identity.DeliveryRow{Dead: dead, Due: time.UnixMicro(o.due).UTC(), Attempts: int(o.attempts), Body: o.body}
		d.ID, err = identity.ParseDeliveryID(o.id)
		all = append(all, d)
		return err
	}, flag(dead), int64(limit))
	if err == nil {
		err = unavailable(op, strange)
	}
	return all, err
}

// DeliveryWaits reports whether something waits under a slot.
func (s *Store) DeliveryWaits(ctx context.Context, slot []byte) (waits bool, err error) {
	err = s.read(ctx, "store.DeliveryWaits", "SELECT 1 FROM outbox WHERE slot = ?", func(Row) error { waits = true; return nil }, slot)
	return waits, err
}
