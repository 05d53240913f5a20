package client_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"netid/client"
)

var errGone = errors.New("not there")

// serve gives the log's first n entries as tlog-tiles defines them, over the
// leaves and word for word.
func (l *log) serve(t testing.TB, n int) client.Fetch {
	signed := l.sign(t, l.text(n))
	return func(_ context.Context, path string) ([]byte, error) {
		if path == "checkpoint" {
			return signed, nil
		}
		var level, index int
		width := 256
		if whole, partial, is := strings.Cut(path, ".p/"); is {
			path = whole
			if _, err := fmt.Sscanf(partial, "%d", &width); err != nil {
				return nil, errGone
			}
		}
		if _, err := fmt.Sscanf(path, "tile/%d/%d", &level, &index); err != nil || path != fmt.Sprintf("tile/%d/%03d", level, index) {
			return nil, errGone
		}
		span := 1
		for range level {
			span *= 256
		}
		var b []byte
		for i := range width {
			from := (index*256 + i) * span
			if from+span > n {
				return nil, errGone
			}
			b = append(b, root(l.leaves[from:from+span])...)
		}
		return b, nil
	}
}

func TestFollow(t *testing.T) {
	l := newLog(t, 1, origin)
	l.grow(1000)
	sizes := []int{1, 2, 3, 255, 256, 257, 300, 511, 512, 513, 768, 999, 1000}
	for _, newer := range sizes {
		follower := client.Log{Key: l.key, Fetch: l.serve(t, newer)}
		for _, older := range append([]int{0}, sizes...) {
			if older > newer {
				continue
			}
			h, signed, path, err := follower.Follow(t.Context(), l.head(t, older))
			if err != nil || h.Size != uint64(newer) || !bytes.Equal(signed, l.sign(t, l.text(newer))) {
				t.Fatalf("%d to %d: %+v, %v", older, newer, h, err)
			}
			if older > 0 && fmt.Sprint(path) != fmt.Sprint(subproof(older, l.leaves[:newer], true)) {
				t.Errorf("%d to %d: another path than the RFC's", older, newer)
			}
		}
		if _, _, path, err := follower.Follow(t.Context(), client.Head{}); err != nil || path != nil {
			t.Errorf("nothing remembered: %v, %v", path, err)
		}
	}
}

func TestFollowRefuses(t *testing.T) {
	l := newLog(t, 1, origin)
	l.grow(700)
	fork := newLog(t, 1, origin) // the same key, another history from entry 500 on
	fork.leaves = append(fork.leaves, l.leaves[:500]...)
	fork.leaves = append(fork.leaves, l.leaves[:200]...)
	remembered := l.head(t, 600)
	other := newLog(t, 1, "id.example/other")
	other.grow(700)
	spoilt := func(part string) client.Fetch {
		fetch := l.serve(t, 700)
		return func(ctx context.Context, path string) ([]byte, error) {
			b, err := fetch(ctx, path)
			if strings.HasPrefix(path, part) {
				b = bytes.Clone(b)
				b[40] ^= 1
			}
			return b, err
		}
	}
	short := func(ctx context.Context, path string) ([]byte, error) {
		b, err := l.serve(t, 700)(ctx, path)
		if path != "checkpoint" {
			b = b[:32]
		}
		return b, err
	}
	absent := func(ctx context.Context, path string) ([]byte, error) {
		if path == "checkpoint" {
			return l.serve(t, 700)(ctx, path)
		}
		return nil, errGone
	}
	for name, c := range map[string]struct {
		fetch client.Fetch
		why   error
	}{
		"rolled back":             {l.serve(t, 599), client.ErrRollback},
		"rolled back to nothing":  {l.serve(t, 0), client.ErrRollback},
		"a fork":                  {fork.serve(t, 700), client.ErrFork},
		"a fork of the same size": {fork.serve(t, 600), client.ErrFork},
		"a leaf tile altered":     {spoilt("tile/0/002"), client.ErrProof},
		"an upper tile altered":   {spoilt("tile/1/000"), client.ErrProof},
		"tiles cut":               {short, client.ErrProof},
		"tiles of the fork": {func(ctx context.Context, path string) ([]byte, error) {
			if path == "checkpoint" {
				return l.serve(t, 700)(ctx, path)
			}
			return fork.serve(t, 700)(ctx, path)
		}, client.ErrProof},
		"another ledger's": {other.serve(t, 700), client.ErrHead},
		"no tiles":         {absent, errGone},
		"nothing":          {func(context.Context, string) ([]byte, error) { return nil, errGone }, errGone},
	} {
		follower := client.Log{Key: l.key, Fetch: c.fetch}
		if _, _, _, err := follower.Follow(t.Context(), remembered); !errors.Is(err, c.why) {
			t.Errorf("%s: %v, want %v", name, err, c.why)
		}
	}
	follower := client.Log{Key: l.key, Fetch: fork.serve(t, 700)}
	if h, _, _, err := follower.Follow(t.Context(), l.head(t, 500)); err != nil || h.Size != 700 {
		t.Errorf("what continues the head of 500 is no fork of it: %v", err)
	}
}
