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
	return g.must("delivery_exists", "INSERT INTO outbox (id, slot, due, attempts, dead, body) VALUES (?, ?, ?, ?, 0, ?) ON CONFLICT (id) DO NOTHING",
		v.ID[:], v.Slot, v.Due.UnixMicro(), int64(v.Attempts), v.Body)
}

func (g *group) withdrawDelivery(v identity.WithdrawDelivery) error {
	_, err := g.exec("DELETE FROM outbox WHERE slot = ?", v.Slot)
	return err
}

// leaseDelivery is one conditional statement, so that of any number of takers,
// in one process or many, one has it.
func (g *group) leaseDelivery(n identity.LeaseDelivery) error {
	return g.must("delivery_taken", "UPDATE outbox SET attempts = attempts + 1, due = ? WHERE id = ? AND attempts = ? AND due = ? AND dead = 0",
		n.Until.UnixMicro(), n.ID[:], int64(n.Attempts), n.Due.UnixMicro())
}

func (g *group) delivered(n identity.Delivered) error {
	_, err := g.exec("DELETE FROM outbox WHERE id = ? AND dead = 0", n.ID[:])
	return err
}

func (g *group) putOff(n identity.PutOff) error {
	return g.must("delivery_taken", "UPDATE outbox SET due = ?, body = ? WHERE id = ? AND attempts = ? AND dead = 0",
		n.Due.UnixMicro(), n.Body, n.ID[:], int64(n.Attempts))
}

func (g *group) buryDelivery(n identity.BuryDelivery) error {
	return g.must("delivery_taken", "UPDATE outbox SET due = ?, body = ?, dead = 1, slot = NULL WHERE id = ? AND attempts = ? AND dead = 0",
		n.Due.UnixMicro(), n.Body, n.ID[:], int64(n.Attempts))
}

// Deliveries reads up to limit rows of the outbox, those that wait or those
// that are dead, the one that is due first first.
func (s *Store) Deliveries(ctx context.Context, dead bool, limit int) (all []identity.DeliveryRow, err error) {
	err = s.read(ctx, "store.Deliveries", "SELECT id, due, attempts, body FROM outbox WHERE dead = ? ORDER BY due, id LIMIT ?", func(r Row) error {
		d := identity.DeliveryRow{Dead: dead}
		var id []byte
		var due, attempts int64
		if err := r.Scan(&id, &due, &attempts, &d.Body); err != nil {
			return err
		}
		var err error
		d.ID, err = identity.ParseDeliveryID(id)
		d.Due, d.Attempts = time.UnixMicro(due).UTC(), int(attempts)
		all = append(all, d)
		return err
	}, flag(dead), int64(limit))
	return all, err
}

// DeliveryWaits reports whether something waits under a slot.
func (s *Store) DeliveryWaits(ctx context.Context, slot []byte) (waits bool, err error) {
	err = s.read(ctx, "store.DeliveryWaits", "SELECT 1 FROM outbox WHERE slot = ?", func(Row) error { waits = true; return nil }, slot)
	return waits, err
}
