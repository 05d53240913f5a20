package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"netid/internal/identity"
	"netid/internal/suite/keyring"
	"netid/internal/vault"
)

const (
	rewrapBatch = 128             // rows that one commit swaps: some milliseconds of the writer
	rewrapLook  = time.Second     // how often a rotation is looked for
	rewrapSays  = 5 * time.Second // how often the log says how far it came
)

// rewrap wraps everybody anew after a rotation, a batch at a time, and rests
// after each as long as the batch took: at most half of the writer's time.
func (h *house) rewrap(ctx context.Context, persons *vault.Vault) {
	var said, began time.Time
	a := &vault.Anew{Vault: persons, Shelf: h.shelf, Store: h.store, Batch: rewrapBatch,
		Rest: func(ctx context.Context) error {
			pause(ctx, min(time.Since(began), time.Second))
			began = time.Now()
			return ctx.Err()
		},
		Said: func(p identity.Rewrap) {
			if p.Ended || time.Since(said) > rewrapSays {
				said = time.Now()
				h.Log.Info("wrapping anew", "what", p.What, "done", p.Done, "of", p.Total, "unreadable", p.Odd, "ended", p.Ended)
			}
		}}
	for complained := ""; ctx.Err() == nil; pause(ctx, rewrapLook) {
		began = time.Now()
		_, err := a.Run(ctx)
		if err != nil && ctx.Err() == nil && err.Error() != complained {
			complained = err.Error()
			h.Log.Error("wrapping anew stopped; it is tried again", "err", err)
		}
	}
}

func pause(ctx context.Context, d time.Duration) {
	wait := time.NewTimer(d)
	defer wait.Stop()
	select {
	case <-ctx.Done():
	case <-wait.C:
	}
}

type keysProgressCmd struct{ shelfFlag }

func (c *keysProgressCmd) Run(s *surroundings) error {
	of, err := c.site()
	if err != nil {
		return err
	}
	w, err := openWrapped(s.ctx, of)
	if err != nil {
		return err
	}
	defer w.Close()
	states, err := w.store.Rewraps(s.ctx)
	if err != nil {
		return err
	}
	found := map[string]identity.Rewrap{}
	for _, p := range states {
		found[p.What] = p
	}
	generation := w.turns("vault-identity", "vault-subject", "vault-record")
	for _, row := range []struct {
		what, name string
		target     uint64
	}{
		{identity.RewrapShelf, "shelf (slots)", w.turns("shelf")},
		{identity.RewrapPersons, "vault (persons)", generation},
		{identity.RewrapCertificates, "vault (certificates)", generation},
	} {
		p := found[row.what]
		switch {
		case p.Target < row.target:
			fmt.Fprintf(s.out, "%s: not begun; the running server does it\n", row.name)
		case p.Target == 0:
			fmt.Fprintf(s.out, "%s: never rotated\n", row.name)
		case p.Ended:
			fmt.Fprintf(s.out, "%s: %d of %d, ended%s\n", row.name, p.Done, p.Total, unreadable(p.Odd))
		default:
			fmt.Fprintf(s.out, "%s: %d of %d%s\n", row.name, p.Done, p.Total, unreadable(p.Odd))
		}
	}
	return nil
}

// turns counts the rotations of these uses, the announced ones too: what is to
// come is not done.
func (w *wrapped) turns(uses ...string) (n uint64) {
	for _, use := range uses {
		newest := 0
		for _, v := range w.ring.Versions(use).Live() {
			newest = max(newest, v.Turn)
		}
		n += uint64(newest)
	}
	return n
}

func unreadable(n uint64) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(", %d of them open under no key", n)
}

// wrapped is a data directory opened to count what is wrapped under what,
// beside a running server or without one.
type wrapped struct {
	*reading
	shelf shelf
	vault *vault.Vault
}

func openWrapped(ctx context.Context, p site) (*wrapped, error) {
	r, err := openReading(ctx, p)
	if err != nil {
		return nil, err
	}
	w := &wrapped{reading: r}
	if w.shelf, err = p.readShelf(ctx, r.ring.Versions("shelf")); err != nil {
		r.Close()
		return nil, err
	}
	w.vault = vaultOf(r.ring, r.store, w.shelf)
	return w, nil
}

func (w *wrapped) Close() {
	w.shelf.Close()
	w.reading.Close()
}

// empty refuses unless nothing is wrapped under the key any more, and nothing
// can come: the pass for the newest keys has ended (from its begin on the store
// takes nothing that is wrapped under former ones), and every row and slot that
// there is was opened and counted.
func (w *wrapped) empty(ctx context.Context, e keyring.Entry) error {
	sorts, target := []string{identity.RewrapPersons, identity.RewrapCertificates}, w.turns("vault-identity", "vault-subject", "vault-record")
	if e.Use == "shelf" {
		sorts, target = []string{identity.RewrapShelf}, w.turns("shelf")
	}
	ended := map[string]bool{}
	states, err := w.store.Rewraps(ctx)
	if err != nil {
		return err
	}
	for _, p := range states {
		ended[p.What] = p.Ended && p.Target >= target
	}
	whole := true
	for _, what := range sorts {
		whole = whole && ended[what]
	}
	left, what, err := w.left(ctx, e)
	if err != nil {
		return err
	}
	switch {
	case left > 0:
		return fmt.Errorf("%s are still wrapped under it, and would be lost with it: wait until netid keys progress says that all is done", count(left, what))
	case !whole:
		return errors.New("the server has not looked at everybody since the last rotation: wait until netid keys progress says that all is done")
	}
	return nil
}

func (w *wrapped) left(ctx context.Context, e keyring.Entry) (int, string, error) {
	if e.Use == "shelf" {
		n, err := w.shelf.Left(e.Turn)
		return n, "slot", err
	}
	persons, certificates, err := w.vault.Left(ctx, w.store, vault.KEK(e.Use), e.Turn)
	return persons + certificates, "row", err
}
