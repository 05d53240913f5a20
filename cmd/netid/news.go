package main

import (
	"context"
	"os"
	"time"

	"netid/internal/connector/authority"
	"netid/internal/fault"
)

// newsBeat is how often the authority is asked what is new. The beat is the same
// whatever came, so that it tells the authority nothing of whom its news was about.
const newsBeat = 2 * time.Second

// newsName is the one feed of a service that runs in earnest.
const newsName = "authority"

// followNews acts on what the authority tells, until the server stops. A feed that
// fails is said once, and again when it works.
func (h *house) followNews(ctx context.Context) {
	if h.respond == nil {
		return
	}
	beat := time.NewTicker(newsBeat)
	defer beat.Stop()
	failing := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-beat.C:
		}
		n, err := h.respond.Follow(ctx)
		switch {
		case err != nil && ctx.Err() == nil && !failing:
			h.Log.Error("the authority's news is not followed, and is tried again", "err", err)
		case err == nil && failing:
			h.Log.Info("the authority's news is followed again")
		}
		failing = err != nil
		if n > 0 {
			h.Log.Info("news of the authority", "count", n)
		}
	}
}

// missed is news that was passed over: the authority has to tell it again once
// the reason is gone.
func (h *house) missed(seq uint64, err error) {
	h.Log.Error("news of the authority could not be acted on", "number", seq, "err", err)
}

// readNewsKeys reads the file of the keys that the authority signs its news with.
func readNewsKeys(path string, register *authority.Client) (*authority.Feed, error) {
	if path == "" {
		return nil, nil
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	keys, err := authority.ParseKeys(b)
	if err != nil {
		return nil, fault.Wrap("news_keys "+path, fault.Invalid, "jwks_invalid", err)
	}
	return register.Feed(keys), nil
}
