// Package witness is a witness of a ledger: somebody else's small server that
// remembers the newest head it saw and signs it together with the time, so
// that one ledger cannot show different people different histories, or the
// past anew.
//
// It owns one key, one remembered head, the ledger's key as it knows it, and
// the decision to sign. It refuses
// to know what a ledger is about, and trusts neither the ledger nor whoever
// submits.
//
// Invariant: of one ledger it never signs two heads of which the later does
// not continue the earlier; what it signs it has remembered first, on disk. It
// takes another key for the ledger's only when the key it knew handed over to it.
//
// Specifications: C2SP tlog-witness (add-checkpoint), tlog-cosignature v1
// (Ed25519), tlog-tiles (following). Decisions: docs/adr/0013-tiles-and-witness.md.
package witness

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"netid/client"
)

// Why a head is not signed; each is one answer of tlog-witness.
var (
	ErrMalformed = errors.New("not a request of tlog-witness")                         // 400
	ErrUnknown   = errors.New("this witness does not know the ledger")                 // 404
	ErrUnsigned  = errors.New("the head is not signed by the ledger's key")            // 403
	ErrStale     = errors.New("the old size is not that of the remembered head")       // 409
	ErrForked    = errors.New("another tree of the remembered size was signed before") // 409
	ErrProof     = errors.New("the head does not continue the remembered one")         // 422
)

// Witness cosigns one ledger's heads. It is safe for concurrent use.
type Witness struct {
	key    Key
	memory *Memory
	now    func() time.Time
	asked  time.Time  // when the ledger was last asked for a change of its keys
	mu     sync.Mutex // guards asked and memory, from the comparison with what is remembered to its replacement
}

// New witnesses the ledger that the memory is about.
func New(key Key, memory *Memory, now func() time.Time) *Witness {
	return &Witness{key: key, memory: memory, now: now}
}

// Key is the witness's verifier key, "name+hash+base64" of the type cosignature/v1.
func (w *Witness) Key() string { return w.key.Verifier() }

// LogKey is the newest verifier key of the ledger that the witness knows.
func (w *Witness) LogKey() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.memory.LogKey()
}

// Head is what the witness remembers: the newest head it signed, and the note
// with its own line. The zero Head and nil before the first.
func (w *Witness) Head() (client.Head, []byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.memory.head, w.memory.note
}

// Add takes a head, as a signed note, with the proof that it continues the
// head of old entries, which must be the one that is remembered. It returns
// the line of the cosignature after the head is remembered on disk. size is
// what is remembered when the old size was another.
func (w *Witness) Add(old uint64, proof [][]byte, note []byte) (line []byte, size uint64, err error) {
	origin, _, _ := strings.Cut(string(note), "\n")
	w.mu.Lock()
	defer w.mu.Unlock()
	if origin != w.memory.trust.Origin() {
		return nil, 0, ErrUnknown
	}
	h, err := w.memory.trust.Newest().Check(note)
	if err != nil {
		return nil, 0, fmt.Errorf("%w: %v", ErrUnsigned, err)
	}
	if old > h.Size {
		return nil, 0, fmt.Errorf("%w: the old size is beyond the head's", ErrMalformed)
	}
	last := w.memory.head
	if old != last.Size {
		return nil, last.Size, ErrStale
	}
	if err := continues(last, h, proof); err != nil {
		if errors.Is(err, ErrForked) { // both are signed: nobody can talk that away
			err = errors.Join(err, w.memory.accuse(note))
		}
		return nil, last.Size, err
	}
	line, err = w.key.cosign(note, w.now())
	if err != nil {
		return nil, 0, err
	}
	if err := w.memory.keep(h, append(bare(note, w.memory.trust), line...)); err != nil {
		return nil, 0, fmt.Errorf("not remembered, so not signed: %w", err)
	}
	return line, h.Size, nil
}

// continues compares a head with the remembered one; before the first there
// is nothing to continue, and no proof.
func continues(last, h client.Head, proof [][]byte) error {
	if last.Origin == "" {
		if len(proof) > 0 {
			return fmt.Errorf("%w: a proof from nothing", ErrProof)
		}
		last.Origin, last.Root = h.Origin, empty()
	}
	if last.Size == h.Size && last.Root != h.Root {
		if h.Size == 0 {
			return fmt.Errorf("%w: no tree of no entries", ErrProof)
		}
		return ErrForked
	}
	if err := client.CheckConsistency(last, h, proof); err != nil {
		return fmt.Errorf("%w: %v", ErrProof, err)
	}
	return nil
}
