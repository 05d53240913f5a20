package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"netid/internal/fault"
	"netid/internal/ledger"
	"netid/internal/suite"
	"netid/internal/suite/keyring"
)

// keeperOf is the ledger's keeper under the keys of a ring, as they are at each
// moment: heads are signed by Ed25519, and by SM2 too where the suite sm is in use.
func keeperOf(ring *keyring.Ring) *ledger.Keeper {
	lines := []ledger.Line{line(ring, "ledger", "EdDSA")}
	if ring.Profile().SM() {
		lines = append(lines, line(ring, "ledger-sm", suite.AlgSM2))
	}
	return ledger.NewRotatingKeeper(ring.Secret("ledger-row"), ring.Secret("ledger-erase"), origin, lines...)
}

func line(ring *keyring.Ring, use, alg string) ledger.Line {
	return ledger.Line{Alg: alg, Signers: ring.Signers(use), Handovers: ring.Handovers(use)}
}

// settled refuses to end a key that signs heads while the store's newest head
// hangs by it: the server would not start on that head any more.
func settled(ctx context.Context, p site, id string) error {
	if there, err := p.begun(ctx); err != nil || !there {
		return err
	}
	r, err := openReading(ctx, p)
	if err != nil {
		return err
	}
	defer r.Close()
	at := slices.IndexFunc(r.ring.List(), func(e keyring.Entry) bool {
		return keyring.Pinned(e.Use) && len(id) >= 8 && len(e.ID) >= len(id) && e.ID[:len(id)] == id
	})
	if at < 0 {
		return nil
	}
	e := r.ring.List()[at]
	if e.State == keyring.Current { // retire itself refuses
		return nil
	}
	head, err := r.store.Head(ctx)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if _, _, err := r.keeper.Without(e.ID).CheckHead(head); err != nil {
		return fmt.Errorf("the ledger's newest head is not yet signed by the key that follows %s: a running server does that within a second, a stopped one at its next start", e.ID)
	}
	return nil
}

// resign signs the newest head anew after a change of the keys, and says
// whether that is done; it is tried again until it is.
func (h *house) resign(ctx context.Context, due bool) (stillDue bool) {
	if !due {
		return false
	}
	within, stop := context.WithTimeout(ctx, 10*time.Second)
	defer stop()
	if err := h.store.Reseal(within); err != nil {
		if !errors.Is(err, context.Canceled) {
			h.Log.Error("the newest head is not signed by the new key yet", "err", err)
		}
		return true
	}
	return false
}
