package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
	"netid/internal/vault"
)

// Shelf is the shelf of person secrets (vault.Shelf) as a table, for many
// processes at once. It belongs in a database of its own, with credentials and
// backups of its own: see docs/adr/0002-person-keys-on-a-shelf.md. Slots are
// sealed as in the file.
type Shelf struct {
	pool  *pgxpool.Pool
	keys  suite.Versions
	slots vault.Slots
	read  bool // only
}

var _ vault.Shelf = (*Shelf)(nil)

// shelfWait bounds one call. A call that is given up is an error: its caller
// acknowledges nothing, and what was written after all is nobody's slot, or
// zeros that are written once more.
const shelfWait = 30 * time.Second

// OpenShelf opens the shelf for a process that serves, and brings its schema up
// to date. Only when create is set is a new shelf begun where none is: later an
// empty one would lock everybody out without a word (fault.NotFound,
// "shelf_missing").
func OpenShelf(ctx context.Context, a Address, keys suite.Versions, create bool) (*Shelf, error) {
	const op = "postgres.OpenShelf"
	if keys.Now().Key.Zero() {
		return nil, fault.Newf(op, fault.Internal, "internal", "the shelf's key was never set")
	}
	if err := migrate(ctx, a, shelfSchema()); err != nil {
		return nil, fault.At(op, err)
	}
	pool, err := a.pool(ctx, demands{primary: true})
	if err != nil {
		return nil, fault.Wrap(op, fault.Unavailable, "store_unavailable", err)
	}
	s := &Shelf{pool: pool, keys: keys}
	if create {
		_, err = pool.Exec(ctx, "INSERT INTO shelf_head (id, body) VALUES (1, $1) ON CONFLICT (id) DO NOTHING", vault.NewSlots(keys.Now().Key))
	}
	if err == nil {
		err = s.begin(ctx)
	}
	if err != nil {
		pool.Close()
		return nil, fault.At(op, err)
	}
	return s, nil
}

// OpenShelfReadOnly opens a shelf for Get alone.
func OpenShelfReadOnly(ctx context.Context, a Address, keys suite.Versions) (*Shelf, error) {
	const op = "postgres.OpenShelfReadOnly"
	pool, err := a.pool(ctx, demands{primary: true, readOnly: true})
	if err != nil {
		return nil, fault.Wrap(op, fault.Unavailable, "store_unavailable", err)
	}
	s := &Shelf{pool: pool, keys: keys, read: true}
	if err = sameVersion(ctx, pool, shelfSchema()); err == nil {
		err = s.begin(ctx)
	}
	if err != nil {
		pool.Close()
		return nil, fault.At(op, err)
	}
	return s, nil
}

// begin reads the head.
func (s *Shelf) begin(ctx context.Context) error {
	const op = "postgres.Shelf.begin"
	var head []byte
	err := s.pool.QueryRow(ctx, "SELECT body FROM shelf_head").Scan(&head)
	if errors.Is(err, pgx.ErrNoRows) {
		return fault.New(op, fault.NotFound, "shelf_missing")
	}
	if err != nil {
		return fault.Wrap(op, fault.Unavailable, "store_unavailable", plain(err))
	}
	s.slots, err = vault.OpenSlots(s.keys, head)
	return err
}

// Put takes a new slot for the secret. When it returns, the slot is durable. A
// number that was taken and never written is nobody's.
func (s *Shelf) Put(secret identity.Secret) (uint64, error) {
	const op = "postgres.Shelf.Put"
	if s.read {
		return 0, fault.Newf(op, fault.Unavailable, "try_again", "the shelf is open to read only")
	}
	ctx, cancel := context.WithTimeout(context.Background(), shelfWait)
	defer cancel()
	var slot int64
	err := live(ctx, s.pool, func(c *pgxpool.Conn) (bool, error) {
		err := c.QueryRow(ctx, "SELECT nextval('shelf_number')").Scan(&slot) // each time another
		if err == nil {
			_, err = c.Exec(ctx, "INSERT INTO shelf_slot (slot, body) VALUES ($1, $2)", slot, s.slots.Seal(uint64(slot), secret))
		}
		return true, err
	})
	if err != nil {
		return 0, fault.Wrap(op, fault.Unavailable, "try_again", plain(err))
	}
	return uint64(slot), nil
}

// Get reads the secret of a slot. Fails with Gone "person_erased" when it was
// destroyed; anything else that does not open is Internal.
func (s *Shelf) Get(slot uint64) (identity.Secret, error) {
	const op = "postgres.Shelf.Get"
	var none identity.Secret
	if slot == 0 || slot > math.MaxInt64 {
		return none, fault.Newf(op, fault.Internal, "internal", "no such slot")
	}
	b, err := s.load(slot)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return none, fault.Newf(op, fault.Internal, "internal", "slot %d was never given out", slot)
	case err != nil:
		return none, fault.Wrap(op, fault.Unavailable, "try_again", plain(err))
	case len(b) == 0:
		return none, fault.New(op, fault.Gone, "person_erased")
	}
	secret, err := s.slots.Open(slot, b)
	if err != nil {
		return none, fault.Newf(op, fault.Internal, "internal", "slot %d: %w", slot, err)
	}
	return secret, nil
}

func (s *Shelf) load(slot uint64) (b []byte, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), shelfWait)
	defer cancel()
	err = live(ctx, s.pool, func(c *pgxpool.Conn) (bool, error) {
		return true, c.QueryRow(ctx, "SELECT body FROM shelf_slot WHERE slot = $1", int64(slot)).Scan(&b)
	})
	return b, err
}

// Destroy empties a slot. When it returns, that is durable; it writes also when
// the slot is empty already, since an earlier call may not have been. A slot
// that was never given out is an error, and nothing changes.
//
// What the server keeps of the old row for a while is sealed under the shelf's
// key: see docs/adr/0020-postgresql.md.
func (s *Shelf) Destroy(slot uint64) error {
	const op = "postgres.Shelf.Destroy"
	if s.read || slot == 0 || slot > math.MaxInt64 {
		return fault.Newf(op, fault.Internal, "internal", "slot %d cannot be destroyed here", slot)
	}
	ctx, cancel := context.WithTimeout(context.Background(), shelfWait)
	defer cancel()
	var rows int64
	err := live(ctx, s.pool, func(c *pgxpool.Conn) (bool, error) {
		done, err := c.Exec(ctx, "UPDATE shelf_slot SET body = '' WHERE slot = $1", int64(slot))
		rows = done.RowsAffected()
		return true, err
	})
	if err != nil { // nobody knows; to destroy again is safe
		return fault.Wrap(op, fault.Unavailable, "try_again", plain(err))
	}
	if rows != 1 {
		return fault.Newf(op, fault.Internal, "internal", "slot %d was never given out", slot)
	}
	return nil
}

// Dead is nil: when a sync fails the server ends itself, and starts from its log.
func (s *Shelf) Dead() error { return nil }

// Close lets go of all connections.
func (s *Shelf) Close() error {
	s.pool.Close()
	return nil
}

func (s *Shelf) Format(f fmt.State, _ rune) { io.WriteString(f, "shelf") }
func (s *Shelf) LogValue() slog.Value       { return slog.StringValue("shelf") }
