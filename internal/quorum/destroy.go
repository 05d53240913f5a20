package quorum

import (
	"path/filepath"
	"slices"

	"netid/internal/disk"
	"netid/internal/fault"
)

// Destroy ends the key of a period whose term is over: from the first write on
// nothing is sealed to it, then the sealed shares are written over and removed,
// then the record says so, for ever. A cut anywhere is finished by calling it
// again, and again is no error. Before the term is over it fails with Conflict
// "quorum_kept": law says keep.
func (q *Quorum) Destroy(id string) error {
	const op = "quorum.Destroy"
	return q.change(op, func(m *manifest) error {
		i := slices.IndexFunc(m.Months, func(e Entry) bool { return e.ID == id })
		if i < 0 {
			return fault.Newf(op, fault.NotFound, "quorum_missing", "no key has this id")
		}
		e := &m.Months[i]
		if !e.Destroyed.IsZero() {
			return errNothing
		}
		now := seconds(q.now())
		if now.Before(e.Until) {
			return fault.Newf(op, fault.Conflict, "quorum_kept", "%s is kept until %s", e.Period(), e.Until.Format("2006-01-02"))
		}
		if e.Ended.IsZero() {
			e.Ended, e.Public = now, ""
			if err := q.write(m); err != nil {
				return err
			}
		}
		path := filepath.Join(q.dir, shareName(e.Period()))
		for _, file := range []string{path, path + disk.Partial} {
			if err := disk.Shred(q.disk, file); err != nil {
				return fault.Wrap(op, fault.Internal, "internal", err)
			}
		}
		e.Destroyed = now
		return nil // the write makes the removals durable first
	})
}

// Settle records that what the key kept was dropped from the store.
func (q *Quorum) Settle(id string) error {
	const op = "quorum.Settle"
	return q.change(op, func(m *manifest) error {
		i := slices.IndexFunc(m.Months, func(e Entry) bool { return e.ID == id })
		if i < 0 || m.Months[i].Destroyed.IsZero() {
			return fault.Newf(op, fault.Conflict, "quorum_kept", "the key is not destroyed")
		}
		if !m.Months[i].Settled.IsZero() {
			return errNothing
		}
		m.Months[i].Settled = seconds(q.now())
		return nil
	})
}
