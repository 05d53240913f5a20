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
	known, err := knownSize(data, k)
	if err != nil {
		return epoch, err
	}
	if known > size {
		return epoch, fmt.Errorf("the store in %s has %d ledger entries and had %d: an older copy was put in its place. Put the newest back, or run `netid restore --raise --data %s`", data, size, known, data)
	}
	return epoch, nil
}

// knownSize is the size that the ledger had by the head beside the keys; 0
// when there is none, or one that this ledger did not sign (`ledger verify` says so).
func knownSize(data string, k *ledger.Keeper) (uint64, error) {
	note, err := os.ReadFile(headFile(data))
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	size, _, err := k.CheckRemembered(note)
	if err != nil {
		return 0, nil
	}
	return size, nil
}
