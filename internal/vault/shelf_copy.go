package vault

import (
	"io"
	"time"

	"netid/internal/fault"
	"netid/internal/suite"
)

// tornPause is how long a slot that does not open is given: the writer beside
// us may be in the middle of it.
const tornPause = 2 * time.Millisecond

// ShelfCopy is a shelf on its way to its one copy, beside the process that
// writes it: what was durable when it was opened is in the copy, and no slot is
// half old and half new.
type ShelfCopy struct {
	shelf     *FileShelf
	slots     uint64
	next      uint64         // slot to be read
	slot      [slotSize]byte // read last
	rest      []byte         // of it, not given yet
	Held      int            // slots with a secret
	Destroyed int
	Odd       int // neither: nobody's after a power cut, or damaged; copied as they are
}

// OpenShelfCopy reads the shelf at path. A slot that is being put now is not in it.
func OpenShelfCopy(path string, keys suite.Versions) (*ShelfCopy, error) {
	const op = "vault.OpenShelfCopy"
	s, err := OpenShelfReadOnly(path, keys)
	if err != nil {
		return nil, fault.At(op, err)
	}
	info, err := s.file.Stat()
	if err != nil {
		s.Close()
		return nil, fault.Wrap(op, fault.Internal, "internal", err)
	}
	return &ShelfCopy{shelf: s, slots: uint64(info.Size() / slotSize)}, nil
}

// Size of the copy in bytes.
func (c *ShelfCopy) Size() int64 { return int64(c.slots) * slotSize }

// Read gives the next bytes of the copy and counts what is in it.
func (c *ShelfCopy) Read(p []byte) (int, error) {
	const op = "vault.ShelfCopy"
	if len(c.rest) == 0 {
		if c.next == c.slots {
			return 0, io.EOF
		}
		count, err := c.read(c.slot[:], c.next)
		if err != nil {
			return 0, fault.Wrap(op, fault.Internal, "internal", err)
		}
		if count != nil {
			*count++
		}
		c.next, c.rest = c.next+1, c.slot[:]
	}
	n := copy(p, c.rest)
	c.rest = c.rest[n:]
	return n, nil
}

// Close lets go of the file.
func (c *ShelfCopy) Close() error { return c.shelf.Close() }

// read reads a slot into b, looks again at one that does not open, and says
// where it counts.
func (c *ShelfCopy) read(b []byte, slot uint64) (*int, error) {
	for attempt := 0; ; attempt++ {
		if err := c.shelf.load(b, slot); err != nil {
			return nil, err
		}
		if slot == 0 {
			return nil, nil
		}
		if zero(b) {
			return &c.Destroyed, nil
		}
		if _, err := c.shelf.open(b, slot); err == nil {
			return &c.Held, nil
		}
		if attempt == 2 {
			return &c.Odd, nil
		}
		time.Sleep(tornPause)
	}
}
