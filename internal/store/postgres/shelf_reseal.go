package postgres

import (
	"context"
	"math"

	"github.com/jackc/pgx/v5"

	"netid/internal/fault"
	"netid/internal/vault"
)

var _ vault.Resealer = (*Shelf)(nil)

const (
	slotsFrom = "SELECT slot, body FROM shelf_slot WHERE slot >= $1 ORDER BY slot LIMIT $2"
	counting  = 1024 // slots at a time
)

// Turn is that of the newest version of the key.
func (s *Shelf) Turn() int { return s.keys.Now().Turn }

type slotRow struct {
	slot uint64
	body []byte
}

func (s *Shelf) rowsFrom(ctx context.Context, from uint64, most int) (all []slotRow, err error) {
	if from > math.MaxInt64 {
		return nil, nil
	}
	rows, err := s.pool.Query(ctx, slotsFrom, int64(from), int64(most))
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(r pgx.CollectableRow) (one slotRow, err error) {
		var slot int64
		err = r.Scan(&slot, &one.body)
		one.slot = uint64(slot)
		return one, err
	})
}

// Reseal is FileShelf's: slots from one on, at most so many, each only if it is
// still as it was read, so that a Destroy on any node is never undone. The head
// follows the last slot.
func (s *Shelf) Reseal(from uint64, most int) (next uint64, err error) {
	const op = "postgres.Shelf.Reseal"
	if s.read {
		return from, fault.Newf(op, fault.Unavailable, "try_again", "the shelf is open to read only")
	}
	ctx, cancel := context.WithTimeout(context.Background(), shelfWait)
	defer cancel()
	all, err := s.rowsFrom(ctx, from, most)
	if err != nil {
		return from, fault.Wrap(op, fault.Unavailable, "try_again", plain(err))
	}
	var b pgx.Batch
	for _, row := range all {
		if anew := s.slots.Anew(row.slot, row.body); anew != nil {
			b.Queue("UPDATE shelf_slot SET body = $1 WHERE slot = $2 AND body = $3", anew, int64(row.slot), row.body)
		}
	}
	if len(all) == most && most > 0 {
		next = all[len(all)-1].slot + 1
	}
	if err := s.pool.SendBatch(ctx, &b).Close(); err != nil { // one transaction, durable
		return from, fault.Wrap(op, fault.Unavailable, "try_again", plain(err))
	}
	if next == 0 { // after the slots are durable
		err = s.resealHead(ctx)
	}
	return next, fault.Wrap(op, fault.Unavailable, "try_again", plain(err))
}

func (s *Shelf) resealHead(ctx context.Context) error {
	var head []byte
	err := s.pool.QueryRow(ctx, "SELECT body FROM shelf_head").Scan(&head)
	if err != nil {
		return err
	}
	if anew := s.slots.Anew(0, head); anew != nil {
		_, err = s.pool.Exec(ctx, "UPDATE shelf_head SET body = $1 WHERE body = $2", anew, head)
	}
	return err
}

// Resealed reports whether the head is under the newest version of the key,
// and how many slots were given out.
func (s *Shelf) Resealed() (whole bool, slots uint64, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), shelfWait)
	defer cancel()
	var head []byte
	var last int64
	err = s.pool.QueryRow(ctx, "SELECT body, (SELECT coalesce(max(slot), 0) FROM shelf_slot) FROM shelf_head").Scan(&head, &last)
	if err != nil {
		return false, 0, fault.Wrap("postgres.Shelf.Resealed", fault.Unavailable, "try_again", plain(err))
	}
	return s.slots.Newest(0, head), uint64(last), nil
}

// Left counts the slots, and the head, that open under this version of the key.
func (s *Shelf) Left(turn int) (left int, err error) {
	const op = "postgres.Shelf.Left"
	ctx := context.Background() // as long as the shelf is
	var head []byte
	if err := s.pool.QueryRow(ctx, "SELECT body FROM shelf_head").Scan(&head); err != nil {
		return 0, fault.Wrap(op, fault.Unavailable, "try_again", plain(err))
	}
	if s.slots.Under(0, head, turn) {
		left++
	}
	for from := uint64(1); ; {
		all, err := s.rowsFrom(ctx, from, counting)
		if err != nil {
			return 0, fault.Wrap(op, fault.Unavailable, "try_again", plain(err))
		}
		for _, row := range all {
			if s.slots.Under(row.slot, row.body, turn) {
				left++
			}
		}
		if len(all) < counting {
			return left, nil
		}
		from = all[len(all)-1].slot + 1
	}
}
