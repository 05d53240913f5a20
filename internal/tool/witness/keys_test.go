package witness_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"netid/client"
	"netid/internal/tool/witness"
)

// keyed is a ledger whose keys change: live ones sign each head.
type keyed struct {
	*ledger
	live  []note.Signer
	keys  []string
	chain string
	at    time.Time
}

func newKeyed(t testing.TB, as string) *keyed {
	l := newLedger(t, 1, origin).grow(700, as)
	return &keyed{ledger: l, live: []note.Signer{l.signer}, keys: []string{l.key}, at: now()}
}

func statement(from, to string, at time.Time) string {
	return fmt.Sprintf("netid-succession/1\n%s\nold %s\nnew %s\ntime %s\n", origin, from, to, at.UTC().Format(time.RFC3339))
}

func (k *keyed) signed(text string, by ...note.Signer) []byte {
	b, err := note.Sign(&note.Note{Text: text}, by...)
	must(k.t, err)
	return b
}

// succeed hands over to a key of this seed.
func (k *keyed) succeed(seed byte) {
	next := newLedger(k.t, seed, origin)
	last := len(k.live) - 1
	k.chain += string(k.signed(statement(k.keys[len(k.keys)-1], next.key, k.at), k.live[last], next.signer))
	k.live, k.keys = append(k.live, next.signer), append(k.keys, next.key)
}

func (k *keyed) listing() []byte { return []byte(k.keys[len(k.keys)-1] + "\n" + k.chain) }

func (k *keyed) serve(n int64) client.Fetch {
	plain := k.ledger.serve(n)
	return func(ctx context.Context, path string) ([]byte, error) {
		switch path {
		case "keys":
			return k.listing(), nil
		case "checkpoint":
			text, _, _ := strings.Cut(string(k.ledger.head(n)), "\n\n")
			return k.signed(text+"\n", k.live...), nil
		}
		return plain(ctx, path)
	}
}

// A witness follows the ledger from key to key: while both sign, when the
// former one is gone, and when it hears of two changes at once.
func TestAWitnessFollowsTheLedgersKeys(t *testing.T) {
	k := newKeyed(t, "a")
	clock := now()
	w := watch(t, k.ledger)
	w.Witness = witness.New(w.key, w.open, func() time.Time { return clock })
	poll := func(n int64) {
		t.Helper()
		must(t, w.Poll(t.Context(), k.serve(n)))
		h, signed := w.Head()
		if h.Size != uint64(n) {
			t.Fatalf("at %d, not %d", h.Size, n)
		}
		for _, key := range k.keys[len(k.keys)-len(k.live):] {
			if _, _, err := client.CheckCosigned(signed, key, w.Key()); err != nil {
				t.Errorf("%d by %s: %v", n, key, err)
			}
		}
		w.open.Close()
		m, err := witness.OpenMemory(w.path) // the process ended at this moment
		must(t, err)
		if got := m.LogKey(); got != w.LogKey() {
			t.Errorf("%s is remembered, %s was known", got, w.LogKey())
		}
		w.open, w.Witness = m, witness.New(w.key, m, func() time.Time { return clock })
	}
	poll(10)
	k.succeed(2)
	clock = clock.Add(2 * time.Minute)
	poll(20) // both sign: the new key is taken without need
	if w.LogKey() != k.keys[1] {
		t.Errorf("it still knows %s", w.LogKey())
	}
	k.succeed(5)
	clock = clock.Add(2 * time.Minute)
	poll(20) // the same size, signed by a key more: it cosigns that too
	if w.LogKey() != k.keys[2] {
		t.Errorf("it still knows %s", w.LogKey())
	}
	k.live = k.live[1:]
	poll(300)
	k.succeed(3)
	k.succeed(4)
	k.live = k.live[len(k.live)-1:]
	poll(400) // the key that it knew signs no more
	if w.LogKey() != k.keys[4] || !w.open.Knows(k.keys[0]) || w.open.Knows(newLedger(t, 9, origin).key) {
		t.Errorf("it knows %s", w.LogKey())
	}
	// a fork and a rollback are found across the change
	fork := newKeyed(t, "a")
	fork.ledger = newLedger(t, 1, origin).grow(350, "a").grow(700, "b")
	fork.live, fork.keys, fork.chain = k.live, k.keys, k.chain
	if err := w.Poll(t.Context(), fork.serve(600)); !errors.Is(err, client.ErrFork) {
		t.Errorf("fork: %v", err)
	}
	if _, err := os.Stat(w.path + ".fork"); err != nil {
		t.Errorf("no evidence: %v", err)
	}
	if err := w.Poll(t.Context(), k.serve(399)); !errors.Is(err, client.ErrRollback) {
		t.Errorf("rollback: %v", err)
	}
	// nor does the former key lead it back: head and record of before
	old := newKeyed(t, "a")
	if err := w.Poll(t.Context(), old.serve(600)); !errors.Is(err, client.ErrHead) {
		t.Errorf("a head of the first key alone: %v", err)
	}
	if h, _ := w.Head(); h.Size != 400 || w.LogKey() != k.keys[4] {
		t.Errorf("it went to %d, %s", h.Size, w.LogKey())
	}
	if r := w.post(t, body(400, k.proof(400, 600), old.head(600))); r.StatusCode != 403 {
		t.Errorf("pushed: %s", r.Status)
	}
	poll(700)
}

func TestAWitnessTakesNoForgedKey(t *testing.T) {
	thief := newLedger(t, 9, origin).grow(700, "b")
	for name, forge := range map[string]func(k *keyed) string{
		"signed by the new key alone": func(k *keyed) string {
			return string(k.signed(statement(k.keys[0], thief.key, k.at), thief.signer))
		},
		"a row of other keys": func(k *keyed) string {
			third := newLedger(t, 8, origin)
			return string(k.signed(statement(third.key, thief.key, k.at), third.signer, thief.signer))
		},
		"of another ledger": func(k *keyed) string {
			return strings.ReplaceAll(string(k.signed(statement(k.keys[0], thief.key, k.at), k.live[0], thief.signer)), "1\n"+origin, "1\nelse.ledger")
		},
		"replayed": func(k *keyed) string { k.succeed(2); return k.chain + k.chain },
		"reordered": func(k *keyed) string {
			k.succeed(2)
			first := len(k.chain)
			k.succeed(3)
			return k.chain[first:] + k.chain[:first]
		},
		"nothing": func(*keyed) string { return "" },
	} {
		t.Run(name, func(t *testing.T) {
			k := newKeyed(t, "a")
			w := watch(t, k.ledger)
			must(t, w.Poll(t.Context(), k.serve(10)))
			before, err := os.ReadFile(w.path)
			must(t, err)
			chain := forge(k)
			_ = w.Poll(t.Context(), func(ctx context.Context, path string) ([]byte, error) {
				if path == "keys" {
					return []byte(thief.key + "\n" + chain), nil
				}
				return thief.serve(600)(ctx, path)
			})
			after, err := os.ReadFile(w.path)
			must(t, err)
			if h, _ := w.Head(); h.Size != 10 || w.LogKey() != k.keys[0] || string(after) != string(before) {
				t.Errorf("it went to %d, %s", h.Size, w.LogKey())
			}
		})
	}
}

// A head that came by the former key alone, because the ledger was slow to take
// its new key over, stays what is remembered.
func TestARememberedHeadOutlivesItsKey(t *testing.T) {
	k := newKeyed(t, "a")
	k.at = now().AddDate(-5, 0, 0) // long before the heads' own time
	w := watch(t, k.ledger)
	must(t, w.Poll(t.Context(), k.ledger.serve(10))) // no listing: it does not hear of a change
	k.succeed(2)
	changed, err := w.Adopt(t.Context(), k.serve(10))
	if err != nil || !changed {
		t.Fatal(changed, err)
	}
	w.again(t)
	if h, _ := w.Head(); h.Size != 10 || w.LogKey() != k.keys[1] {
		t.Errorf("%d, %s", h.Size, w.LogKey())
	}
	if changed, err := w.Adopt(t.Context(), k.serve(10)); err != nil || changed {
		t.Error("again:", changed, err)
	}
	must(t, w.Poll(t.Context(), k.serve(20)))
	b, err := os.ReadFile(w.path)
	must(t, err)
	w.open.Close()
	must(t, os.WriteFile(w.path, []byte(strings.Replace(string(b), `"by":"`+k.keys[1], `"by":"`+newLedger(t, 9, origin).key, 1)), 0o600))
	if _, err := witness.OpenMemory(w.path); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Error("accepted by a key that is none of the ledger's:", err)
	}
}
