package postgres

import (
	"bytes"
	"context"
	"errors"
	"io"

	"github.com/jackc/pgx/v5"

	"netid/internal/fault"
	"netid/internal/suite"
	"netid/internal/vault"
)

// Slots are what a shelf holds.
type Slots struct {
	Held      int // with a secret that opens
	Destroyed int
	Odd       int // neither: nobody's after a power cut, or damaged; moved as they are
}

// slotSize is that of a slot in a file (package vault): the head, then slot 1.
const slotSize = 64

// FillShelf makes the shelf at an address the one whose file is read, slot by
// slot as it is sealed; all of it, or nothing. What an earlier one left is
// replaced; a shelf of another name is fault.Conflict, "target_not_empty". The
// caller knows that nobody uses the one that is there.
func FillShelf(ctx context.Context, a Address, keys suite.Versions, file io.Reader) error {
	const op = "postgres.FillShelf"
	head := make([]byte, slotSize)
	if _, err := io.ReadFull(file, head); err != nil {
		return fault.Wrap(op, fault.Internal, "internal", err)
	}
	from, err := vault.OpenSlots(keys, head)
	if err != nil {
		return fault.At(op, err)
	}
	if err := migrate(ctx, a, shelfSchema()); err != nil {
		return fault.At(op, err)
	}
	conn, err := a.connect(ctx)
	if err != nil {
		return fault.Wrap(op, fault.Unavailable, "store_unavailable", err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	tx, err := conn.Begin(ctx)
	if err != nil {
		return fault.Wrap(op, fault.Unavailable, "store_unavailable", plain(err))
	}
	defer tx.Rollback(context.WithoutCancel(ctx)) // nothing, after Commit
	if err := vacant(ctx, tx, keys, from); err != nil {
		return fault.At(op, err)
	}
	if err := fill(ctx, tx, head, file); err != nil {
		return fault.Wrap(op, fault.Unavailable, "store_unavailable", plain(err))
	}
	return fault.Wrap(op, fault.Unavailable, "store_unavailable", plain(tx.Commit(ctx)))
}

// vacant keeps everybody out, and refuses a place where another shelf is.
func vacant(ctx context.Context, tx pgx.Tx, keys suite.Versions, from vault.Slots) error {
	const op = "postgres.FillShelf"
	if _, err := tx.Exec(ctx, "LOCK TABLE shelf_head, shelf_slot IN ACCESS EXCLUSIVE MODE"); err != nil {
		return fault.Wrap(op, fault.Unavailable, "store_unavailable", plain(err))
	}
	var there []byte
	err := tx.QueryRow(ctx, "SELECT body FROM shelf_head").Scan(&there)
	if err == nil {
		other, bad := vault.OpenSlots(keys, there)
		if bad != nil || !other.Same(from) {
			return fault.Newf(op, fault.Conflict, "target_not_empty", "there is another shelf")
		}
		return nil
	}
	if !errors.Is(err, pgx.ErrNoRows) {
		return fault.Wrap(op, fault.Unavailable, "store_unavailable", plain(err))
	}
	var some bool
	if err := tx.QueryRow(ctx, "SELECT EXISTS (SELECT 1 FROM shelf_slot)").Scan(&some); err != nil {
		return fault.Wrap(op, fault.Unavailable, "store_unavailable", plain(err))
	}
	if some {
		return fault.Newf(op, fault.Conflict, "target_not_empty", "there are slots without a head")
	}
	return nil
}

// fill replaces all: TRUNCATE, since a deleted row would stay in the table's file.
func fill(ctx context.Context, tx pgx.Tx, head []byte, file io.Reader) error {
	if _, err := tx.Exec(ctx, "TRUNCATE shelf_head, shelf_slot"); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, "INSERT INTO shelf_head (id, body) VALUES (1, $1)", head); err != nil {
		return err
	}
	slots := &fileSlots{file: file}
	n, err := tx.CopyFrom(ctx, pgx.Identifier{"shelf_slot"}, []string{"slot", "body"}, slots)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, "SELECT setval('shelf_number', $1, $2)", max(n, 1), n > 0)
	return err
}

// fileSlots reads the slots of a file for COPY; zeros are a destroyed one, which
// is empty in a table.
type fileSlots struct {
	file io.Reader
	slot int64
	body [slotSize]byte
	err  error
}

func (f *fileSlots) Next() bool {
	_, f.err = io.ReadFull(f.file, f.body[:])
	if errors.Is(f.err, io.EOF) { // at the end of a slot
		f.err = nil
		return false
	}
	f.slot++
	return f.err == nil
}

func (f *fileSlots) Values() ([]any, error) { return []any{f.slot, f.bytes()}, nil }
func (f *fileSlots) Err() error             { return f.err }

func (f *fileSlots) bytes() []byte {
	if f.body == [slotSize]byte{} {
		return []byte{}
	}
	return bytes.Clone(f.body[:])
}

// Compare reads the whole shelf against a file, head and slots byte by byte,
// opens each slot, and counts. A difference is fault.Internal.
func (s *Shelf) Compare(ctx context.Context, file io.Reader) (count Slots, err error) {
	const op = "postgres.Shelf.Compare"
	differs := func(slot int64) error {
		return fault.Newf(op, fault.Internal, "internal", "slot %d differs, or is on one side alone", slot)
	}
	head, there := make([]byte, slotSize), []byte(nil)
	if _, err := io.ReadFull(file, head); err != nil {
		return count, fault.Wrap(op, fault.Internal, "internal", err)
	}
	var last int64
	err = s.pool.QueryRow(ctx, "SELECT body, (SELECT last_value FROM shelf_number) FROM shelf_head").Scan(&there, &last)
	if err != nil {
		return count, fault.Wrap(op, fault.Unavailable, "try_again", plain(err))
	}
	if !bytes.Equal(head, there) {
		return count, differs(0)
	}
	slots := &fileSlots{file: file}
	for {
		page, err := s.rowsFrom(ctx, uint64(slots.slot)+1, counting)
		if err != nil {
			return count, fault.Wrap(op, fault.Unavailable, "try_again", plain(err))
		}
		for _, row := range page {
			if !slots.Next() || uint64(slots.slot) != row.slot || !bytes.Equal(slots.bytes(), row.body) {
				return count, differs(int64(row.slot))
			}
			s.count(row, &count)
		}
		if len(page) == counting {
			continue
		}
		if slots.Next() || last < slots.slot {
			return count, differs(slots.slot)
		}
		return count, fault.Wrap(op, fault.Internal, "internal", slots.err)
	}
}

func (s *Shelf) count(row slotRow, into *Slots) {
	_, err := s.slots.Open(row.slot, row.body)
	switch {
	case len(row.body) == 0:
		into.Destroyed++
	case err == nil:
		into.Held++
	default:
		into.Odd++
	}
}
