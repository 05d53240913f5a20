package quorum

import (
	"errors"
	"os"

	"netid/internal/identity"
)

// ErrCut is what each file operation gives once the power is cut.
var ErrCut = errors.New("power cut")

// Cut lets so many file operations through. At the next, a write leaves half
// of its bytes; then nothing reaches the disk.
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

func (c *Cut) write(path string, b []byte) error {
	now, ended := c.spent()
	if now {
		os.WriteFile(path, b[:len(b)/2], 0o600)
	}
	if ended {
		return ErrCut
	}
	return system{}.write(path, b)
}

func (c *Cut) erase(path string) error {
	now, ended := c.spent()
	if b, err := os.ReadFile(path); now && err == nil {
		os.WriteFile(path, append(make([]byte, len(b)/2), b[len(b)/2:]...), 0o600)
	}
	if ended {
		return ErrCut
	}
	return system{}.erase(path)
}

func (c *Cut) rename(from, to string) error {
	if _, ended := c.spent(); ended {
		return ErrCut
	}
	return system{}.rename(from, to)
}

func (c *Cut) remove(path string) error {
	if _, ended := c.spent(); ended {
		return ErrCut
	}
	return system{}.remove(path)
}

func (c *Cut) syncDir(dir string) error {
	if _, ended := c.spent(); ended {
		return ErrCut
	}
	return system{}.syncDir(dir)
}

// On gives the quorum another disk.
func On(q *Quorum, c *Cut) { q.disk = c }

// ParseManifest and ParseShares are the parsers of the files.
func ParseManifest(b []byte, key identity.Secret) error { _, err := parseManifest(b, key); return err }
func ParseShares(b []byte) error                        { _, err := parseShares(b); return err }
