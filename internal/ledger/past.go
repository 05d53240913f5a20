package ledger

import (
	"context"
	"encoding/binary"
	"math"

	"netid/internal/identity"
	"netid/internal/suite"
)

// Past is what stays of up to 256 neighbouring entries once rows of theirs are
// gone: the leaves, which are never deleted, and the day of each, by which it
// shows of a missing row whether it may be missing.
type Past struct {
	Group  uint64 // the entries from 256 times this on
	Leaves [][32]byte
	Days   []int32 // of each leaf; or one of the two below
	MAC    []byte
}

const (
	DayPublic  = math.MinInt32     // about nobody: its row is never gone
	DayAltered = math.MinInt32 + 1 // the row did not fit its keyed hash when it went: named for ever
)

// Width is how many entries a Past is about, as a tile is.
const Width = tileWidth

// Pasts is what Rows may also offer: of a store that lets rows go. Without it each
// missing row is tampering.
type Pasts interface {
	// Past gives up to limit of them from a group on, ascending.
	Past(ctx context.Context, from uint64, limit int) ([]Past, error)
	// Floor gives the day below which rows are gone, and its keyed hash; none is NoFloor, nil.
	Floor(ctx context.Context) (identity.Floor, []byte, error)
}

// PastCode binds all of a Past under the row key, 32 bytes.
func (k *Keeper) PastCode(p Past) []byte {
	b := binary.BigEndian.AppendUint64(nil, p.Group)
	for i, leaf := range p.Leaves {
		b = append(binary.BigEndian.AppendUint32(b, uint32(p.Days[i])), leaf[:]...)
	}
	m := suite.MAC(suite.Derive(k.row, "netid/ledger/past/v1"), "netid/ledger/past/v1", b)
	return m[:]
}

// FloorCode binds the day below which rows are gone, 32 bytes.
func (k *Keeper) FloorCode(f identity.Floor) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(f.Day))
	if f.Said {
		b = append(b, 1)
	}
	m := suite.MAC(suite.Derive(k.row, "netid/ledger/floor/v1"), "netid/ledger/floor/v1", b)
	return m[:]
}

// FitsFloor reports whether a floor is what the store wrote; that of a store that let
// nothing go has no code.
func (k *Keeper) FitsFloor(f identity.Floor, code []byte) bool {
	return f == identity.Floor{Day: identity.NoFloor} && code == nil || suite.Equal(k.FloorCode(f), code)
}

// Remember gives the Past of neighbouring rows that begin a group. Each must be
// read whole: this is the last time that its keyed hash is asked.
func (k *Keeper) Remember(group uint64, rows []identity.EntryRow) Past {
	p := Past{Group: group}
	for _, r := range rows {
		day := r.Day
		switch {
		case !k.Fits(r):
			day = DayAltered
		case r.State == identity.EntryPublic:
			day = DayPublic
		}
		p.Leaves, p.Days = append(p.Leaves, r.Leaf), append(p.Days, day)
	}
	p.MAC = k.PastCode(p)
	return p
}
