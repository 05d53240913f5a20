package vault

import (
	"errors"
	"fmt"
	"math"
)

// maxSlot keeps offsets within a file's range.
const maxSlot = math.MaxInt64/slotSize - 1

// submit hands a write in and returns when it is durable or refused. Whoever
// gets the turn first writes for all who wait by then. There is one fsync at a
// time: the kernel reports a failed one only once, and it must reach every
// write that depended on it.
func (s *FileShelf) submit(w *write) error {
	s.waiting.Lock()
	s.queue = append(s.queue, w)
	s.waiting.Unlock()

	s.turn.Lock()
	defer s.turn.Unlock()
	if !w.done {
		s.flush()
	}
	return w.err
}

// flush writes what waits, syncs once and answers each.
func (s *FileShelf) flush() {
	s.waiting.Lock()
	batch := s.queue
	s.queue = nil
	s.waiting.Unlock()

	err := s.accepts(batch)
	if err == nil {
		err = s.store(batch)
	}
	for _, w := range batch {
		w.done = true
		if w.err == nil {
			w.err = err
		}
	}
}

var (
	errReadOnly = errors.New("the shelf is open to read only")
	errNoSlot   = errors.New("a slot that was never given out")
)

// accepts refuses single writes that can't be, and all of them when the shelf is dead.
func (s *FileShelf) accepts(batch []*write) error {
	if s.read {
		return errReadOnly
	}
	for _, w := range batch {
		if !w.fresh && (w.slot == 0 && !w.reseal || w.slot >= s.next) {
			w.err = fmt.Errorf("%w: %d", errNoSlot, w.slot)
		}
	}
	return s.dead
}

// store puts the new slots behind the last one in one write, zeros over the
// destroyed ones, and syncs.
func (s *FileShelf) store(batch []*write) error {
	first, fresh := s.next, []byte(nil)
	for _, w := range batch {
		if w.fresh {
			w.slot = first + uint64(len(fresh)/slotSize)
			fresh = append(fresh, s.slots.Seal(w.slot, w.secret)...)
		}
	}
	if first+uint64(len(fresh)/slotSize) > maxSlot {
		return fmt.Errorf("the shelf is full")
	}
	if err := s.write(batch, first, fresh); err != nil {
		return s.retreat(err)
	}
	if err := s.file.Sync(); err != nil { // what is on disk now is unknown, and asking again would not tell
		s.dead = err
		return err
	}
	s.next = first + uint64(len(fresh)/slotSize)
	return nil
}

func (s *FileShelf) write(batch []*write, first uint64, fresh []byte) error {
	s.bytes.Lock()
	defer s.bytes.Unlock()
	if len(fresh) > 0 {
		if _, err := s.file.WriteAt(fresh, int64(first)*slotSize); err != nil {
			return err
		}
	}
	for _, w := range batch {
		if w.fresh || w.err != nil {
			continue
		}
		slot := make([]byte, slotSize)
		if w.reseal {
			if slot, w.err = s.resealed(w.slot); slot == nil {
				continue
			}
		}
		if _, err := s.file.WriteAt(slot, int64(w.slot)*slotSize); err != nil { // 64 bytes at their own place: never torn
			return err
		}
	}
	return nil
}

// retreat takes back new slots that were not written whole (a full disk), so
// that the shelf can go on when there is room again.
func (s *FileShelf) retreat(cause error) error {
	if err := s.file.Truncate(int64(s.next) * slotSize); err != nil {
		s.dead = err
	}
	return cause
}
