package witness

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"netid/client"
)

// Poll fetches the ledger's newest head and, when it is new and continues the
// remembered one, cosigns it. Fails with client.ErrFork or client.ErrRollback
// when the ledger shows another past than it did: then nothing is signed, and
// the two heads of a fork are kept beside the memory.
func (w *Witness) Poll(ctx context.Context, fetch client.Fetch) error {
	err := w.poll(ctx, fetch)
	refused := errors.Is(err, client.ErrHead)
	if !refused && !w.due() {
		return err
	}
	changed, why := w.Adopt(ctx, fetch)
	switch {
	case errors.Is(why, client.ErrSuccession):
		return errors.Join(err, why)
	case changed: // whoever has the new key alone shall find a head that it checks
		return w.poll(ctx, fetch)
	}
	return err
}

// askAgain is how long a change of the ledger's keys may go unnoticed while
// the key that is known still signs: the sooner it is known, the sooner a
// former key that somebody stole is worth nothing here.
const askAgain = time.Minute

func (w *Witness) due() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := w.now()
	if now.Sub(w.asked) < askAgain && !now.Before(w.asked) {
		return false
	}
	w.asked = now
	return true
}

// Adopt asks the ledger whether its keys changed, and takes the successor of
// the key it knows, after it is remembered on disk. Without a chain of
// successions from that key it fails with client.ErrSuccession, and nothing changes.
func (w *Witness) Adopt(ctx context.Context, fetch client.Fetch) (changed bool, err error) {
	w.mu.Lock()
	known := w.memory.trust
	w.mu.Unlock()
	next, err := client.Log{Key: known.String(), Fetch: fetch}.Keys(ctx)
	if err != nil || next.String() == known.String() {
		return false, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.memory.trust.String() != known.String() { // somebody was faster
		return false, nil
	}
	if err := w.memory.adopt(next); err != nil {
		return false, fmt.Errorf("the ledger's new key is not remembered, so not taken: %w", err)
	}
	return true, nil
}

func (w *Witness) poll(ctx context.Context, fetch client.Fetch) error {
	last, _ := w.Head()
	w.mu.Lock()
	newest := w.memory.trust.Newest().String()
	current := w.memory.by == newest
	w.mu.Unlock()
	found, signed, proof, err := client.Log{Key: newest, Fetch: fetch}.Follow(ctx, last)
	if errors.Is(err, client.ErrFork) { // a rollback may be an old copy in somebody's cache: it proves nothing for good
		w.mu.Lock()
		defer w.mu.Unlock()
		return errors.Join(err, w.memory.accuse(signed))
	}
	if err != nil {
		return err
	}
	if found.Size == last.Size && last.Origin != "" && current {
		return nil
	}
	if _, _, err = w.Add(last.Size, proof, signed); errors.Is(err, ErrStale) {
		return nil // it was pushed meanwhile
	}
	return err
}

// Follow polls until the context ends. A ledger that is not reached is asked
// again; so is one that forked, for the operator to see and for the record.
func (w *Witness) Follow(ctx context.Context, fetch client.Fetch, every time.Duration, log *slog.Logger) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		before, _ := w.Head()
		err := w.Poll(ctx, fetch)
		switch after, _ := w.Head(); {
		case ctx.Err() != nil:
			return
		case errors.Is(err, client.ErrSuccession):
			log.Error("the ledger's keys changed, and no record leads from the known one to the new: not taken", "cause", err)
		case errors.Is(err, client.ErrFork) || errors.Is(err, client.ErrRollback):
			log.Error("the ledger shows another past: not cosigned", "cause", err)
		case err != nil:
			log.Warn("not cosigned", "cause", err)
		case after != before:
			log.Info("cosigned", "size", after.Size)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

const maxFetched = 128 << 10 // bytes: no tile, bundle, head or listing of keys is longer

// FollowKeys asks for a change of the ledger's keys until the context ends: for
// a witness that polls no heads.
func (w *Witness) FollowKeys(ctx context.Context, fetch client.Fetch, log *slog.Logger) {
	tick := time.NewTicker(askAgain)
	defer tick.Stop()
	for {
		if changed, err := w.Adopt(ctx, fetch); ctx.Err() != nil {
			return
		} else if err != nil {
			log.Warn("the ledger's keys are not known anew", "cause", err)
		} else if changed {
			log.Info("the ledger's key changed", "key", w.LogKey())
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Web fetches below a prefix such as "https://id.example/ledger".
func Web(prefix string, c *http.Client) client.Fetch {
	prefix = strings.TrimRight(prefix, "/") + "/"
	return func(ctx context.Context, path string) ([]byte, error) {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, prefix+path, nil)
		if err != nil {
			return nil, err
		}
		answer, err := c.Do(r)
		if err != nil {
			return nil, err
		}
		defer answer.Body.Close()
		if answer.StatusCode != http.StatusOK {
			return nil, fmt.Errorf("%s%s: %s", prefix, path, answer.Status)
		}
		b, err := io.ReadAll(io.LimitReader(answer.Body, maxFetched+1))
		if err == nil && len(b) > maxFetched {
			err = fmt.Errorf("%s%s: too long", prefix, path)
		}
		return b, err
	}
}
