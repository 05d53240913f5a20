package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"netid/internal/identity"
	"netid/internal/ledger"
	"netid/internal/store"
)

// fit refuses to serve a store that was put back and whose single-use epoch
// was not raised since: what was used after the copy was made would be good
// again. A copy made by `netid backup` says that it is one; any other older
// store shows by the head that the server left beside the keys.
func fit(ctx context.Context, data string, s *store.Store, k *ledger.Keeper, size uint64) (identity.Epoch, error) {
	epoch, err := s.Epoch(ctx)
	if err != nil {
		return epoch, fmt.Errorf("store: %w", err)
	}
	if epoch.Copied {
		return epoch, fmt.Errorf("the store in %s was put back from a backup: run `netid restore --raise --data %s` first, so that nothing that was used is good again", data, data)
	}
	known, root, err := knownHead(data, k)
	if err != nil {
		return epoch, err
	}
	if known > size {
		return epoch, fmt.Errorf("the store in %s has %d ledger entries and had %d: an older copy was put in its place. Put the newest back, or run `netid restore --raise --data %s`", data, size, known, data)
	}
	there, err := ledger.RootAt(ctx, s, known)
	if err != nil {
		return epoch, fmt.Errorf("store: %w", err)
	}
	if known > 0 && there != root { // a head that a stolen key signed is not built upon, nor signed anew
		return epoch, fmt.Errorf("the first %d ledger entries of the store in %s are not those that were known: another history was put in their place. `netid ledger verify --data %s` says where it begins", known, data, data)
	}
	return epoch, nil
}

// knownSize is the size that the ledger had by the head beside the keys; 0
// when there is none, or one that this ledger did not sign (`ledger verify` says so).
func knownSize(data string, k *ledger.Keeper) (uint64, error) {
	size, _, err := knownHead(data, k)
	return size, err
}

// knownHead is knownSize with the root of that tree.
func knownHead(data string, k *ledger.Keeper) (size uint64, root [32]byte, err error) {
	note, err := os.ReadFile(headFile(data))
	if errors.Is(err, os.ErrNotExist) {
		return 0, root, nil
	}
	if err != nil {
		return 0, root, err
	}
	if size, root, err = k.CheckRemembered(note); err != nil {
		return 0, [32]byte{}, nil
	}
	return size, root, nil
}

// continues refuses, to be remembered beside the keys, a head of the store that
// the ledger did not sign or that is older than the one that lies there. The store's
// row is what somebody with access to the store alone may write; taken as it is,
// one second of an older head would make an older copy of the store pass for the newest.
func continues(data string, k *ledger.Keeper, note []byte) error {
	size, root, err := k.CheckHead(note)
	if err != nil {
		return err
	}
	known, before, err := knownHead(data, k)
	switch {
	case err != nil:
		return err
	case size < known:
		return fmt.Errorf("the store's head is of %d ledger entries, and one of %d is known", size, known)
	case size == known && known > 0 && root != before:
		return fmt.Errorf("the store's head is of another history of %d ledger entries", size)
	}
	return nil
}
