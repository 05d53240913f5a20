package look

import (
	"context"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/ledger"
)

// Proven is a record with everything that proves it: the canonical bytes and
// salt give the leaf, the proof leads from the leaf to the signed head.
type Proven struct {
	Record      Record
	Canonical   []byte
	Salt        []byte
	Proof       [][]byte
	Size        uint64
	Head        string // a signed note (C2SP checkpoint)
	VerifierKey string
}

// Record opens one of the person's own records.
func (a *Act) Record(ctx context.Context, s identity.Session, id identity.EventID) (Proven, error) {
	const op = "look.Record"
	o, err := a.visit(ctx, op, s)
	if err != nil {
		return Proven{}, err
	}
	row, err := a.own(ctx, o, id)
	if err != nil {
		return Proven{}, fault.At(op, err)
	}
	head, err := a.Store.Head(ctx)
	if err != nil {
		return Proven{}, fault.At(op, err)
	}
	p, err := a.prove(ctx, o, row, head)
	return p, fault.At(op, err)
}

// Public proves an event about nobody, to everybody.
func (a *Act) Public(ctx context.Context, id identity.EventID) (Proven, error) {
	const op = "look.Public"
	row, err := a.Store.Entry(ctx, a.Book.EntryKey(id))
	if err == nil && row.State != identity.EntryPublic {
		err = fault.New(op, fault.NotFound, "record_unknown")
	}
	var p Proven
	if err == nil {
		var head []byte
		if head, err = a.Store.Head(ctx); err == nil {
			p, err = a.prove(ctx, identity.Opened{}, row, head)
		}
	}
	return p, fault.At(op, err)
}

func (a *Act) prove(ctx context.Context, o identity.Opened, row identity.EntryRow, head []byte) (Proven, error) {
	e, salt, err := ledger.OpenEntry(o.Keys, row)
	if err != nil {
		return Proven{}, err
	}
	canonical, err := ledger.Canonical(e)
	if err != nil {
		return Proven{}, err
	}
	size, _, err := a.Heads.CheckHead(head)
	if err != nil {
		return Proven{}, err
	}
	hashes, err := ledger.Inclusion(ctx, a.Store, row.Index, size)
	if err != nil {
		return Proven{}, err
	}
	p := Proven{Record: Record{e, row.Index}, Canonical: canonical, Salt: salt, Size: size, Head: string(head), VerifierKey: a.key(head)}
	for _, h := range hashes {
		p.Proof = append(p.Proof, h[:])
	}
	return p, nil
}

// Head is the ledger's newest signed head and the key that checks it: public.
func (a *Act) Head(ctx context.Context) (note, verifierKey string, err error) {
	head, err := a.Store.Head(ctx)
	return string(head), a.key(head), fault.At("look.Head", err)
}

// key is the Ed25519 key that checks this head. Just after a rotation a head
// may be older than the newest key.
func (a *Act) key(head []byte) string {
	if keys := a.Heads.KeysOf(head); len(keys) > 0 {
		return keys[0]
	}
	return a.Heads.VerifierKey()
}

// Keys is the ledger's listing of its keys: those that check its newest head, and
// the record of every change. Public; client.ParseKeys reads it.
func (a *Act) Keys(ctx context.Context) (string, error) {
	head, err := a.Store.Head(ctx)
	return a.Heads.Keys(head), fault.At("look.Keys", err)
}

// Tile is a hash tile of the tree (C2SP tlog-tiles): public, and the same for
// ever. Fails with NotFound "tile_unknown" for what the tree does not have yet.
func (a *Act) Tile(ctx context.Context, level uint8, index uint64, width int) ([]byte, error) {
	const op = "look.Tile"
	size, err := a.size(ctx)
	if err != nil {
		return nil, fault.At(op, err)
	}
	b, err := ledger.HashTile(ctx, a.Store, size, level, index, width)
	return b, fault.At(op, err)
}

// Bundle is a bundle of the tree's entries: leaves, which are salted hashes.
// Fails as Tile does.
func (a *Act) Bundle(ctx context.Context, index uint64, width int) ([]byte, error) {
	const op = "look.Bundle"
	size, err := a.size(ctx)
	if err != nil {
		return nil, fault.At(op, err)
	}
	b, err := ledger.Bundle(ctx, a.Store, size, index, width)
	return b, fault.At(op, err)
}

// size of the tree that is signed.
func (a *Act) size(ctx context.Context) (uint64, error) {
	head, err := a.Store.Head(ctx)
	if err != nil {
		return 0, err
	}
	size, _, err := a.Heads.CheckHead(head)
	return size, err
}
