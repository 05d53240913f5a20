package vault

import (
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
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

// Resealed reports whether the header is under the newest version of the key,
// and how many slots there are.
func (s *FileShelf) Resealed() (whole bool, slots uint64, err error) {
	_, under, err := s.header()
	return err == nil && under == s.keys.Now(), s.end() - 1, fault.At("vault.Shelf.Resealed", err)
}

// Left counts the slots that open under this version of the key and under no
// other that is live.
func (s *FileShelf) Left(turn int) (left int, err error) {
	const op = "vault.Shelf.Left"
	if _, under, err := s.header(); err != nil {
		return 0, fault.At(op, err)
	} else if under.Turn == turn {
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
		if _, under, err := s.secret(b, slot); err == nil && under.Turn == turn {
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

// resealed is what a slot is to be written as; nil when it is to be left. The
// caller holds turn and bytes.
func (s *FileShelf) resealed(slot uint64) ([]byte, error) {
	key := s.keys.Now()
	b := make([]byte, slotSize)
	if _, err := s.file.ReadAt(b, int64(slot)*slotSize); err != nil {
		return nil, err
	}
	if slot == 0 {
		if _, under, err := openHeader(b, s.keys.Live()); err != nil || under == key {
			return nil, err
		}
		return sealHeader(key.Key, s.id), nil
	}
	secret, under, err := s.secret(b, slot)
	if err != nil || under == key { // zeros do not open either
		return nil, nil
	}
	return s.seal(key.Key, secret, slot), nil
}

// secret opens a slot's bytes and tells the version that opened them.
func (s *FileShelf) secret(b []byte, slot uint64) (secret identity.Secret, under suite.Version, err error) {
	if string(b[:len(slotTag)]) != slotTag {
		return secret, under, broken("vault.Shelf.secret", "slot has another form", nil)
	}
	err = errNoKey
	for _, under = range s.keys.Live() {
		if secret, err = suite.Unwrap(under.Key, b[len(slotTag):], s.place(under.Key, slot)); err == nil {
			return secret, under, nil
		}
	}
	return identity.Secret{}, suite.Version{}, broken("vault.Shelf.secret", "slot does not open", err)
}

func (s *FileShelf) header() ([]byte, suite.Version, error) {
	b := make([]byte, slotSize)
	if err := s.load(b, 0); err != nil {
		return nil, suite.Version{}, broken("vault.Shelf.header", "no header", err)
	}
	return openHeader(b, s.keys.Live())
}

// end is the first slot that was never given out.
func (s *FileShelf) end() uint64 {
	s.turn.Lock()
	defer s.turn.Unlock()
	return s.next
}
