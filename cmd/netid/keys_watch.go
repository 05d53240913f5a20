package main

import (
	"context"
	"time"
)

// keysAge is the longest that a change of the keyring goes unnoticed.
const keysAge = 500 * time.Millisecond

// watchKeys takes over what `netid keys` changed beside this server. A ring
// that does not open leaves the one in force, and says so once.
func (h *house) watchKeys(ctx context.Context) {
	tick := time.NewTicker(keysAge)
	defer tick.Stop()
	said, unsigned := "", false
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		changed, err := h.ring.Refresh()
		unsigned = h.resign(ctx, unsigned || changed)
		switch {
		case err != nil && err.Error() != said:
			said = err.Error()
			h.Log.Error("the keyring changed and does not open; the keys in force stay", "err", err)
		case err == nil && changed:
			said = ""
			h.Log.Info("the keyring changed", "token", h.ring.Signer("token").KeyID())
		}
	}
}
