package main

import (
	"context"
	"strconv"
	"time"

	"netid/internal/act/publish"
	"netid/internal/identity"
	"netid/internal/token/jose"
	"netid/internal/token/statuslist"
)

// listOf is the address of a list of statuses.
func (h *house) listOf(shard uint32) string { return publish.URI(h.Issuer, shard) }

// placing hands out the places of certificates, shuffled under a key of their own:
// which of them are taken tells nobody when.
func (h *house) placing() *publish.Places {
	key := h.ring.Secret("places")
	return &publish.Places{Counter: h.store, Now: h.Now, Shuffle: func(shard uint32, n uint64) (uint64, error) {
		s, err := statuslist.NewShuffle(key, strconv.FormatUint(uint64(shard), 10), identity.ShardSize)
		if err != nil {
			return 0, err
		}
		return s.Place(n)
	}}
}

// lists signs with ES256 under every profile: whoever reads them is outside.
func (h *house) lists() (*publish.Act[*statuslist.List], error) {
	signers := h.ring.Signers("status")
	coder, err := jose.NewChainedCoder(jose.ES256, signers, statuslist.TypeJWT, h.anchor.Chains("status"))
	if err != nil {
		return nil, err
	}
	return &publish.Act[*statuslist.List]{Store: h.store, Signer: statuslist.NewIssuer(coder, signers), Issuer: h.Issuer, Now: h.Now}, nil
}

// publish follows the marks, so that whoever freezes is believed within a minute
// wherever somebody asks.
func (h *house) publish(ctx context.Context) {
	tick := time.NewTicker(publish.Period)
	defer tick.Stop()
	for {
		if err := h.statuses.Follow(ctx); err != nil && ctx.Err() == nil {
			h.Log.Error("follow the statuses of certificates", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
