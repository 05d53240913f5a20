package vault

import (
	"context"
	"slices"

	"netid/internal/identity"
	"netid/internal/suite"
)

// ShelfKEK is the shelf's own key: like a KEK it wraps, and is retired when
// nothing is left under it.
const ShelfKEK KEK = "shelf"

// Progress is one pass of Anew as it stands in the store.
type Progress struct {
	identity.Rewrap
	Due bool // it has not begun for the newest keys, the announced ones too: what is to come is not done
}

// Wrapped tells what is wrapped under what, beside the process that wraps or
// without one.
type Wrapped struct {
	Vault     *Vault
	Shelf     interface{ Left(turn int) (int, error) }
	ShelfKeys suite.Versions
	Store     Everybody
}

// Progress gives the passes in the order in which they run.
func (w Wrapped) Progress(ctx context.Context) ([]Progress, error) {
	states, err := w.Store.Rewraps(ctx)
	if err != nil {
		return nil, err
	}
	s := w.Vault.secrets
	persons := newest(s.Identity) + newest(s.Subject) + newest(s.Record)
	var all []Progress
	for _, pass := range []struct {
		what   string
		target uint64
	}{{identity.RewrapShelf, newest(w.ShelfKeys)}, {identity.RewrapPersons, persons}, {identity.RewrapCertificates, persons}} {
		p := Progress{Rewrap: identity.Rewrap{What: pass.what}}
		if at := slices.IndexFunc(states, func(s identity.Rewrap) bool { return s.What == pass.what }); at >= 0 {
			p.Rewrap = states[at]
		}
		p.Due = p.Target < pass.target
		all = append(all, p)
	}
	return all, nil
}

// Left counts the slots, or the rows, that are wrapped under one version of a
// key and would be lost with it: it opens all there are. done says that nothing
// can come any more: the passes for the newest keys have ended, and from their
// begin on the store takes nothing that is wrapped under former ones.
func (w Wrapped) Left(ctx context.Context, kek KEK, turn int) (left int, done bool, err error) {
	passes, err := w.Progress(ctx)
	if err != nil {
		return 0, false, err
	}
	done = !slices.ContainsFunc(passes, func(p Progress) bool {
		return (p.What == identity.RewrapShelf) == (kek == ShelfKEK) && (p.Due || !p.Ended)
	})
	if kek == ShelfKEK {
		left, err = w.Shelf.Left(turn)
		return left, done, err
	}
	persons, certificates, err := w.Vault.Left(ctx, w.Store, kek, turn)
	return persons + certificates, done, err
}

// newest is the highest turn that is live.
func newest(keys suite.Versions) (turn uint64) {
	for _, v := range keys.Live() {
		turn = max(turn, uint64(v.Turn))
	}
	return turn
}
