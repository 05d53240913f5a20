package witness_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"netid/client"
)

// crowd adds lines to a head that its signer never made: anybody who submits can.
func crowd(head []byte, name string, n, size int) []byte {
	b := bytes.Clone(head)
	for i := range n {
		line := append([]byte{byte(i >> 8), byte(i), 7, 7}, bytes.Repeat([]byte{byte(i)}, size)...)
		b = fmt.Appendf(b, "— %s %s\n", name, base64.StdEncoding.EncodeToString(line))
	}
	return b
}

// Whoever submits a true head with lines that nobody signed must not make the
// witness remember what it can't read again, nor serve what nobody can check.
func TestASubmitterCannotSpoilTheMemory(t *testing.T) {
	l := newLedger(t, 1, origin).grow(20, "a")
	for name, spoil := range map[string]func([]byte) []byte{
		"a hundred lines of the ledger's name": func(h []byte) []byte { return crowd(h, origin, 99, 1) },
		"as long as a head may be": func(h []byte) []byte {
			b := crowd(h, origin, 12, 440)
			return crowd(b, origin, 1, (8<<10-len(b)-24)*3/4-6)
		},
		"the true line again and again": func(h []byte) []byte {
			_, line, _ := bytes.Cut(h, []byte("\n\n"))
			return append(bytes.Clone(h), bytes.Repeat(line, 60)...)
		},
		"lines of others": func(h []byte) []byte { return crowd(h, "w.example", 90, 1) },
	} {
		w := watch(t, l)
		for n := int64(10); n < 13; n++ {
			last, _ := w.Head()
			head := spoil(l.head(n))
			if _, err := client.CheckHead(head, l.key); err != nil {
				t.Fatalf("%s: not a head that could be submitted: %v", name, err)
			}
			_, _, err := w.Add(last.Size, l.proof(int64(last.Size), n), head)
			must(t, err)
			_, signed := w.Head()
			if _, _, err := client.CheckCosigned(signed, l.key, w.Key()); err != nil {
				t.Errorf("%s: what it serves does not check: %v", name, err)
			}
			if len(signed) > 6<<10 || strings.Count(string(signed), "— "+origin) > 20 {
				t.Errorf("%s: %d bytes are kept", name, len(signed))
			}
			w.again(t) // the process ended at this moment
		}
	}
}

// Lines of keys that the witness was not given stay: who has those checks by them.
func TestOtherKeysOfTheLedgerStay(t *testing.T) {
	k := newKeyed(t, "a")
	w := watch(t, k.ledger)
	other := newLedger(t, 5, origin)
	text, _, _ := strings.Cut(string(k.ledger.head(10)), "\n\n")
	_, _, err := w.Add(0, nil, k.signed(text+"\n", k.live[0], other.signer))
	must(t, err)
	_, signed := w.Head()
	if _, _, err := client.CheckCosigned(signed, k.keys[0]+"\n", w.Key()); err != nil {
		t.Error(err)
	}
	if _, err := client.CheckHead(signed, other.key); err != nil {
		t.Error("the line of another key of the ledger was taken away:", err)
	}
}

// A listing with more in it than the successions, or longer once it is written
// down, must not leave the witness with a memory that it can't read.
func TestAListingCannotSpoilTheMemory(t *testing.T) {
	k := newKeyed(t, "a")
	w := watch(t, k.ledger)
	k.succeed(2)
	clean := k.chain
	for name, size := range map[string]int{"lines beside the signatures": 1 << 10, "up to the brim": 128<<10 - len(clean) - 1<<10} {
		listing := strings.TrimSuffix(clean, "\n") + "\n— w.example " + base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{9}, size*3/4)) + "\n"
		fetch := func(context.Context, string) ([]byte, error) { return []byte(listing), nil }
		_, err := w.Adopt(t.Context(), fetch)
		must(t, err)
		w.again(t)
		if w.LogKey() != k.keys[1] {
			t.Errorf("%s: it knows %s", name, w.LogKey())
		}
		keys, err := client.ParseKeys(k.keys[1])
		must(t, err)
		keys, err = keys.Follow([]byte(listing))
		must(t, err)
		if got := keys.String(); got != k.keys[1]+"\n"+clean {
			t.Errorf("%s: %d bytes of the listing are kept, of %d", name, len(got), len(clean))
		}
	}
}

// A head of more entries than any tree can have must end, not spin.
func TestAHeadOfAnImpossibleSizeEnds(t *testing.T) {
	l := newLedger(t, 1, origin).grow(20, "a")
	w := watch(t, l)
	must(t, w.Poll(t.Context(), l.serve(10)))
	plain := l.serve(20)
	for _, size := range []uint64{1<<63 - 1, 1<<62 + 1, 1 << 62, 1<<61 + 1} {
		fetch := func(ctx context.Context, path string) ([]byte, error) {
			if path == "checkpoint" {
				return l.sign(fmt.Sprintf("%s\n%d\n%s\n", origin, size, base64.StdEncoding.EncodeToString(make([]byte, 32)))), nil
			}
			return plain(ctx, path)
		}
		done := make(chan error, 1)
		go func() { done <- w.Poll(t.Context(), fetch) }()
		select {
		case err := <-done:
			if err == nil {
				t.Error(size, "is cosigned")
			}
		case <-time.After(20 * time.Second):
			t.Fatal(size, "never ends")
		}
	}
}

// FuzzLinesBesideAHead: whatever stands behind a true head, the witness either
// refuses it or remembers what it can read again and others can check.
func FuzzLinesBesideAHead(f *testing.F) {
	l := newLedger(f, 1, origin).grow(20, "a")
	head := l.head(10)
	f.Add([]byte("— " + origin + " AAAAAAAA\n"))
	f.Add([]byte("— w.example AAAAAAAA\n— " + origin + " AAAAAAAA\n— " + origin + " AAAAAAA\n"))
	f.Add(crowd(nil, origin, 20, 60))
	f.Add([]byte("\n\n— \n"))
	w := watch(f, l)
	f.Fuzz(func(t *testing.T, lines []byte) {
		last, _ := w.Head()
		if _, _, err := w.Add(last.Size, nil, append(bytes.Clone(head), lines...)); err != nil {
			return
		}
		_, signed := w.Head()
		if _, _, err := client.CheckCosigned(signed, l.key, w.Key()); err != nil {
			t.Fatal(err)
		}
		w.again(t)
	})
}
