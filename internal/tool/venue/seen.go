package venue

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"netid/client"
	"netid/internal/disk"
)

// Seen is the file of what was shown at this gate: a line for each time, with the
// slip's id, the half minute and when the slip is over. One process at a time has it,
// so two terminals of one gate are one program, or take turns.
type Seen struct {
	memory client.ShownSlips
	file   *os.File
	lock   *os.File
}

// OpenSeen waits, until the context ends, for whoever has the file, reads it, makes
// it where there is none, and drops what is over. A last line that was cut off by a
// power failure said yes to nobody; any other line that is none is damage, and a gate
// that lost its memory must be told.
func OpenSeen(ctx context.Context, path string, now time.Time) (*Seen, error) {
	lock, err := os.OpenFile(path+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	s := &Seen{lock: lock}
	if err := s.wait(ctx); err != nil {
		lock.Close()
		return nil, fmt.Errorf("another terminal works with %s: %w", path, err)
	}
	if err := s.load(path, now); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

func (s *Seen) wait(ctx context.Context) error {
	for {
		err := syscall.Flock(int(s.lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func (s *Seen) load(path string, now time.Time) error {
	b, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	var keep bytes.Buffer
	whole, _ := cutLast(b)
	for line := range strings.Lines(whole) {
		id, step, until, err := parseSeen(strings.TrimSuffix(line, "\n"))
		if err != nil {
			return fmt.Errorf("%s is damaged: %w", path, err)
		}
		if !now.Before(until) {
			continue
		}
		if _, err := s.memory.Take(id, step, false, until, now); err != nil {
			return err
		}
		keep.WriteString(line)
	}
	if err := disk.Write(path, keep.Bytes()); err != nil {
		return err
	}
	s.file, err = os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0o600)
	return err
}

// cutLast parts whole lines from one that has no end.
func cutLast(b []byte) (whole, torn string) {
	at := bytes.LastIndexByte(b, '\n') + 1
	return string(b[:at]), string(b[at:])
}

func parseSeen(line string) (id [16]byte, step uint64, until time.Time, err error) {
	part := strings.Split(line, " ")
	if len(part) != 3 {
		return id, 0, until, errors.New("not three parts")
	}
	b, err := hex.DecodeString(part[0])
	if err != nil || copy(id[:], b) != len(id) || len(b) != len(id) {
		return id, 0, until, errors.New("not a slip's id")
	}
	if step, err = strconv.ParseUint(part[1], 10, 64); err != nil {
		return id, 0, until, err
	}
	at, err := strconv.ParseInt(part[2], 10, 64)
	return id, step, time.Unix(at, 0), err
}

// Take is client.SlipMemory's. It is on disk before it is said.
func (s *Seen) Take(slip [16]byte, step uint64, once bool, until, now time.Time) (bool, error) {
	first, err := s.memory.Take(slip, step, once, until, now)
	if err != nil || !first {
		return false, err
	}
	if _, err := fmt.Fprintf(s.file, "%x %d %d\n", slip, step, until.Unix()); err != nil {
		return false, err
	}
	return true, s.file.Sync()
}

// Close lets the next one have the file.
func (s *Seen) Close() error {
	var err error
	if s.file != nil {
		err = s.file.Close()
	}
	return errors.Join(err, s.lock.Close())
}
