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
	last, _ := w.Head()
	newest, signed, proof, err := client.Log{Key: w.log, Fetch: fetch}.Follow(ctx, last)
	if errors.Is(err, client.ErrFork) { // a rollback may be an old copy in somebody's cache: it proves nothing for good
		w.mu.Lock()
		defer w.mu.Unlock()
		return errors.Join(err, w.memory.accuse(signed))
	}
	if err != nil {
		return err
	}
	if newest.Size == last.Size && last.Origin != "" {
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

const maxFetched = 64 << 10 // bytes: no tile, bundle or head is longer

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
