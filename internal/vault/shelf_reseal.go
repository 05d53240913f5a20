package vault

import (
	"netid/internal/fault"
)

// Reseal seals slots anew under the newest version of the shelf's key, from one
// on and at most so many, and says which one is next; 0 when it came to the
// end. Each slot is one write of 64 bytes over its own place, and the batch is
// durable when it returns. A destroyed slot stays destroyed: whether it is, is
// looked at in the same turn that writes, so a Put or Destroy beside it is safe.
// What does not open under any version is left as it is.
//
// The header is sealed anew after the last slot, when every other is under the
// newest version: a header under it says that the whole shelf is.
func (s *FileShelf) Reseal(from uint64, most int) (next uint64, err error) {
	const op = "vault.Shelf.Reseal"
	end := s.end()
	next = max(from, 1)
	var batch []*write
	for ; next < end && len(batch) < most; next++ {
		batch = append(batch, &write{slot: next, reseal: true})
	}
	if next == end { // slots that come from now on are under the newest version
		next = 0
	}
	if err := s.submitAll(batch); err != nil {
		return from, fault.Wrap(op, fault.Unavailable, "try_again", err)
	}
	if next == 0 { // after the slots are durable, never with them
		err = s.submitAll([]*write{{reseal: true}})
	}
	return next, fault.Wrap(op, fault.Unavailable, "try_again", err)
}

// Turn is that of the newest version of the key.
func (s *FileShelf) Turn() int { return s.slots.keys.Now().Turn }

// Resealed reports whether the header is under the newest version of the key,
// and how many slots there are.
func (s *FileShelf) Resealed() (whole bool, slots uint64, err error) {
	b, err := s.header()
	return err == nil && s.slots.Newest(0, b), s.end() - 1, fault.At("vault.Shelf.Resealed", err)
}

// Left counts the slots that open under this version of the key and under no
// other that is live.
func (s *FileShelf) Left(turn int) (left int, err error) {
	const op = "vault.Shelf.Left"
	head, err := s.header()
	if err != nil {
		return 0, fault.At(op, err)
	}
	if s.slots.Under(0, head, turn) {
		left++
	}
	info, err := s.file.Stat()
	if err != nil {
		return 0, broken(op, "size", err)
	}
	b := make([]byte, slotSize)
	for slot := uint64(1); slot < uint64(info.Size()/slotSize); slot++ {
		if err := s.load(b, slot); err != nil {
			return 0, broken(op, "slot does not read", err)
		}
		if s.slots.Under(slot, b, turn) {
			left++
		}
	}
	return left, nil
}

// submitAll hands writes in together, so that they share one sync.
func (s *FileShelf) submitAll(batch []*write) error {
	if len(batch) == 0 {
		return nil
	}
	s.waiting.Lock()
	s.queue = append(s.queue, batch...)
	s.waiting.Unlock()

	s.turn.Lock()
	defer s.turn.Unlock()
	if !batch[len(batch)-1].done { // they entered together, and whoever takes the queue takes all of it
		s.flush()
	}
	for _, w := range batch {
		if w.err != nil {
			return w.err
		}
	}
	return nil
}

// resealed is what a slot is to be written as; nil when it is to be left. One
// that is under the newest version already is written again as it is: what an
// earlier pass wrote shows here though its sync may have failed. The caller holds
// turn and bytes.
func (s *FileShelf) resealed(slot uint64) ([]byte, error) {
	b := make([]byte, slotSize)
	if _, err := s.file.ReadAt(b, int64(slot)*slotSize); err != nil {
		return nil, err
	}
	if s.slots.Newest(slot, b) {
		return b, nil
	}
	return s.slots.Anew(slot, b), nil // zeros do not open, and are left
}

func (s *FileShelf) header() ([]byte, error) {
	b := make([]byte, slotSize)
	if err := s.load(b, 0); err != nil {
		return nil, broken("vault.Shelf.header", "no header", err)
	}
	return b, nil
}

// end is the first slot that was never given out.
func (s *FileShelf) end() uint64 {
	s.turn.Lock()
	defer s.turn.Unlock()
	return s.next
}
