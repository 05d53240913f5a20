package vault

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync"

	"netid/internal/fault"
	"netid/internal/identity"
)

// FileShelf is a shelf in one file. It may be used by many goroutines of one
// process; other processes may read beside it.
type FileShelf struct {
	file  *os.File
	slots Slots
	read  bool // only

	waiting sync.Mutex // guards queue
	queue   []*write

	turn sync.Mutex // guards next and dead; its holder writes for all who wait
	next uint64     // first slot never used
	dead error      // a write whose fate is unknown: nothing more is promised until the file is opened anew

	bytes sync.RWMutex // a reader never sees half of an overwrite
}

// write is one slot to be written: a new one, zeros over an old one, or an old
// one sealed anew.
type write struct {
	secret identity.Secret
	slot   uint64
	fresh  bool
	reseal bool
	done   bool
	err    error
}

// Put takes a new slot for the secret. When it returns, the slot is durable.
// Puts that wait for the disk share the next write and its fsync.
func (s *FileShelf) Put(secret identity.Secret) (uint64, error) {
	w := &write{secret: secret, fresh: true}
	if err := s.submit(w); err != nil {
		return 0, fault.Wrap("vault.Shelf.Put", fault.Unavailable, "try_again", err)
	}
	return w.slot, nil
}

// Destroy overwrites a slot with zeros. When it returns, they are durable. A
// slot that was never given out is an error, and nothing changes.
func (s *FileShelf) Destroy(slot uint64) error {
	const op = "vault.Shelf.Destroy"
	err := s.submit(&write{slot: slot})
	if errors.Is(err, errNoSlot) {
		return fault.Wrap(op, fault.Internal, "internal", err)
	}
	return fault.Wrap(op, fault.Unavailable, "try_again", err) // nobody knows; to destroy again is safe
}

// Dead is why nothing is written any more until the file is opened anew, or nil.
func (s *FileShelf) Dead() error {
	s.turn.Lock()
	defer s.turn.Unlock()
	return s.dead
}

// Get reads the secret of a slot. Fails with Gone "person_erased" when it was
// destroyed; anything else that does not open is Internal.
func (s *FileShelf) Get(slot uint64) (identity.Secret, error) {
	const op = "vault.Shelf.Get"
	var none identity.Secret
	if slot == 0 || slot > maxSlot {
		return none, broken(op, "no such slot", nil)
	}
	b := make([]byte, slotSize)
	for attempt := 0; ; attempt++ { // a reader in another process may meet an overwrite halfway: look again
		if err := s.load(b, slot); err != nil {
			return none, broken(op, "slot does not read", err)
		}
		if zero(b) {
			return none, fault.New(op, fault.Gone, "person_erased")
		}
		secret, err := s.open(b, slot)
		if err == nil || attempt == 1 {
			return secret, err
		}
	}
}

// Close lets go of the file and of its lock.
func (s *FileShelf) Close() error {
	s.turn.Lock()
	defer s.turn.Unlock()
	if s.dead == nil {
		s.dead = errors.New("the shelf is closed")
	}
	return fault.Wrap("vault.Shelf.Close", fault.Internal, "internal", s.file.Close())
}

func (s *FileShelf) Format(f fmt.State, _ rune) { io.WriteString(f, "shelf") }
func (s *FileShelf) LogValue() slog.Value       { return slog.StringValue("shelf") }

func (s *FileShelf) load(b []byte, slot uint64) error {
	s.bytes.RLock()
	defer s.bytes.RUnlock()
	_, err := s.file.ReadAt(b, int64(slot)*slotSize)
	return err
}

func (s *FileShelf) open(b []byte, slot uint64) (identity.Secret, error) {
	return s.slots.Open(slot, b)
}

func zero(b []byte) bool {
	var or byte
	for _, c := range b {
		or |= c
	}
	return or == 0
}
