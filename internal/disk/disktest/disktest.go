// Package disktest is a disk whose power is cut at a chosen write, for tests of
// whoever changes files by package disk.
//
// It owns what a cut leaves behind and refuses to know what should be there then.
package disktest

import (
	"errors"
	"os"

	"netid/internal/disk"
)

// ErrCut is what each change of a file gives once the power is cut.
var ErrCut = errors.New("power cut")

// Cut lets so many changes through. At the next, a write leaves half of its
// bytes; then nothing reaches the disk. What is cut is the order: the medium is
// not asked to make anything durable.
type Cut struct {
	Left  int
	ended bool
}

func (c *Cut) spent() (now, ended bool) {
	if c.ended {
		return false, true
	}
	c.ended = c.Left == 0
	c.Left--
	return c.ended, c.ended
}

func (c *Cut) Write(path string, b []byte) error {
	now, ended := c.spent()
	if now {
		os.WriteFile(path, b[:len(b)/2], 0o600)
	}
	if ended {
		return ErrCut
	}
	return os.WriteFile(path, b, 0o600)
}

func (c *Cut) Erase(path string) error {
	now, ended := c.spent()
	if b, err := os.ReadFile(path); now && err == nil {
		os.WriteFile(path, append(make([]byte, len(b)/2), b[len(b)/2:]...), 0o600)
	}
	if ended {
		return ErrCut
	}
	return disk.Machine{}.Erase(path)
}

func (c *Cut) Rename(from, to string) error {
	if _, ended := c.spent(); ended {
		return ErrCut
	}
	return disk.Machine{}.Rename(from, to)
}

func (c *Cut) Remove(path string) error {
	if _, ended := c.spent(); ended {
		return ErrCut
	}
	return disk.Machine{}.Remove(path)
}

func (c *Cut) Sync(string) error {
	if _, ended := c.spent(); ended {
		return ErrCut
	}
	return nil
}
