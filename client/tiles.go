package client

import (
	"context"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// Fetch gets a resource of a ledger by its path below the ledger's prefix:
// "checkpoint", "tile/0/x001/234.p/56" (C2SP tlog-tiles), "keys". It bounds what it reads.
type Fetch func(ctx context.Context, path string) ([]byte, error)

// Log follows a ledger by its public tiles. It believes nothing that is
// fetched: a head must be signed, a tile must hash to a head.
type Log struct {
	Key   string // verifier key, or what ParseKeys reads
	Fetch Fetch
}

// Head fetches the newest head and checks its signature. Returns it also as
// the signed note that it came in.
func (l Log) Head(ctx context.Context) (Head, []byte, error) {
	signed, err := l.Fetch(ctx, "checkpoint")
	if err != nil {
		return Head{}, nil, err
	}
	h, err := CheckHead(signed, l.Key)
	return h, signed, err
}

// Keys fetches the ledger's listing of its keys and adds the successions to
// what is trusted. Who trusted a former key goes on with Keys.Newest, and
// checks what was kept from before with all of them. Fails with ErrKey or
// ErrSuccession.
func (l Log) Keys(ctx context.Context) (Keys, error) {
	k, err := ParseKeys(l.Key)
	if err != nil {
		return Keys{}, err
	}
	listing, err := l.Fetch(ctx, "keys")
	if err != nil {
		return Keys{}, err
	}
	return k.Follow(listing)
}

// Follow fetches the newest head and checks that it continues the one that was
// remembered, with the zero Head for nothing yet. The path proves it
// (CheckConsistency). Fails with ErrRollback when the ledger is shorter than it
// was, with ErrFork when what was there is there no longer: then the two
// signed heads are the evidence, and both, the remembered and the one that is
// returned, should be kept.
func (l Log) Follow(ctx context.Context, remembered Head) (newest Head, signed []byte, path [][]byte, err error) {
	newest, signed, err = l.Head(ctx)
	if err != nil || remembered == (Head{}) {
		return newest, signed, nil, err
	}
	path, err = l.Consistency(ctx, remembered, newest)
	return newest, signed, path, err
}

// Consistency proves from the tiles that everything under an older head is
// unchanged under a newer one; both were accepted by CheckHead. Fails with
// ErrRollback when the newer one is of a smaller tree, with ErrFork when the
// newer tree does not continue the older, with ErrProof when the tiles are not
// those of the newer head, which proves nothing against the ledger.
func (l Log) Consistency(ctx context.Context, older, newer Head) ([][]byte, error) {
	switch {
	case older.Origin != newer.Origin:
		return nil, fmt.Errorf("%w: of two ledgers", ErrProof)
	case newer.Size < older.Size:
		return nil, fmt.Errorf("%w: %d entries were signed, now %d", ErrRollback, older.Size, newer.Size)
	case newer.Size == older.Size && newer.Root != older.Root:
		return nil, fmt.Errorf("%w: two trees of %d entries were signed", ErrFork, older.Size)
	}
	var path [][]byte
	if older.Size > 0 && older.Size < newer.Size {
		hashes, err := tlog.ProveTree(int64(newer.Size), int64(older.Size), l.hashes(ctx, newer))
		if err != nil {
			return nil, err
		}
		for _, h := range hashes {
			path = append(path, h[:])
		}
	}
	if err := CheckConsistency(older, newer, path); err != nil {
		return nil, fmt.Errorf("%w: the tree of %d entries does not continue that of %d", ErrFork, newer.Size, older.Size)
	}
	return path, nil
}

// hashes reads single hashes of a head's tree; they are proven to be in it.
func (l Log) hashes(ctx context.Context, h Head) tlog.HashReader {
	t := &tiles{ctx: ctx, fetch: l.Fetch}
	reader := tlog.TileHashReader(tlog.Tree{N: int64(h.Size), Hash: h.Root}, t)
	return tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		all, err := reader.ReadHashes(indexes)
		if err != nil && t.failed == nil {
			err = fmt.Errorf("%w: tiles of %d entries: %v", ErrProof, h.Size, err)
		}
		return all, err
	})
}

// tiles are fetched ones, of height 8.
type tiles struct {
	ctx    context.Context
	fetch  Fetch
	failed error // why one could not be fetched
}

func (*tiles) Height() int { return 8 }

// SaveTiles keeps nothing: a follower reads each tile about once.
func (*tiles) SaveTiles([]tlog.Tile, [][]byte) {}

func (t *tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	all := make([][]byte, len(wanted))
	for i, w := range wanted {
		if all[i], t.failed = t.fetch(t.ctx, tilePath(w)); t.failed != nil {
			return nil, t.failed
		}
	}
	return all, nil
}

// tilePath is the path of a tile by tlog-tiles: the module database's without the height.
func tilePath(t tlog.Tile) string {
	return "tile/" + strings.TrimPrefix(t.Path(), "tile/8/")
}
