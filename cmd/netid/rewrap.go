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
	passes, err := w.Progress(s.ctx)
	if err != nil {
		return err
	}
	names := map[string]string{identity.RewrapShelf: "shelf (slots)", identity.RewrapPersons: "vault (persons)", identity.RewrapCertificates: "vault (certificates)"}
	for _, p := range passes {
		switch name := names[p.What]; {
		case p.Due:
			fmt.Fprintf(s.out, "%s: not begun; the running server does it\n", name)
		case p.Target == 0:
			fmt.Fprintf(s.out, "%s: never rotated\n", name)
		case p.Ended:
			fmt.Fprintf(s.out, "%s: %d of %d, ended%s\n", name, p.Done, p.Total, unreadable(p.Odd))
		default:
			fmt.Fprintf(s.out, "%s: %d of %d%s\n", name, p.Done, p.Total, unreadable(p.Odd))
		}
	}
	return nil
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
	vault.Wrapped
	shelf shelf
}

func openWrapped(ctx context.Context, p site) (*wrapped, error) {
	r, err := openReading(ctx, p)
	if err != nil {
		return nil, err
	}
	keys := r.ring.Versions("shelf")
	shelf, err := p.readShelf(ctx, keys)
	if err != nil {
		r.Close()
		return nil, err
	}
	return &wrapped{r, vault.Wrapped{Vault: vaultOf(r.ring, r.store, shelf, time.Now), Shelf: shelf, ShelfKeys: keys, Store: r.store}, shelf}, nil
}

func (w *wrapped) Close() {
	w.shelf.Close()
	w.reading.Close()
}

// empty refuses unless nothing is wrapped under the key any more.
func (w *wrapped) empty(ctx context.Context, e keyring.Entry) error {
	left, done, err := w.Left(ctx, vault.KEK(e.Use), e.Turn)
	what := "row"
	if e.Use == string(vault.ShelfKEK) {
		what = "slot"
	}
	switch {
	case err != nil:
		return err
	case left > 0:
		return fmt.Errorf("%s are still wrapped under it, and would be lost with it: wait until netid keys progress says that all is done", count(left, what))
	case !done:
		return errors.New("the server has not looked at everybody since the last rotation: wait until netid keys progress says that all is done")
	}
	return nil
}
