package quorum

import (
	"sync"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
)

// Escrow leaves persons' months to the quorum while it happens: what the
// ledger needs to record an event.
type Escrow struct {
	quorum  *Quorum
	index   identity.Secret
	classes func(identity.EventKind) (identity.Class, error)
	copy    func(identity.Opened) ([]byte, error)

	mu   sync.Mutex // guards left
	left map[leaving]bool
}

// leaving is a person's period. Those that are in the store already need no
// other seal.
type leaving struct {
	person identity.PersonID
	period identity.Period
}

// copySize is a key under a seal: all rows of a class are of one length.
const copySize = 32 + suite.Overhead

const remembered = 1 << 16 // some 4 MB; when it is full everything is forgotten, at the cost of a seal each

// NewEscrow seals to the quorum's months. index is the keyring's "escrow": it
// hides whose a row is. classes is what law says of each kind of event.
func NewEscrow(q *Quorum, index identity.Secret, classes func(identity.EventKind) (identity.Class, error)) *Escrow {
	return &Escrow{quorum: q, index: index, classes: classes, left: map[leaving]bool{}}
}

// Copies has each person's periods of disclosures hold what copy gives, beside the key of
// their month: what leads the officers to who somebody is, for as long as the person is
// here. The vault makes it, and seals it under what an erasure destroys.
func (e *Escrow) Copies(copy func(identity.Opened) ([]byte, error)) { e.copy = copy }

// Class says for how long law makes the service keep such an event.
func (e *Escrow) Class(kind identity.EventKind) (identity.Class, error) { return e.classes(kind) }

// Leave gives the verb that leaves a person's key of a period, and where their
// entries are, to the quorum; nil when it is known to be there. done is to be
// called when the verb is committed. Without a key of the quorum for the month
// it fails with Unavailable "quorum_missing".
func (e *Escrow) Leave(who identity.Opened, p identity.Period, key identity.Secret, owner []byte) (verb identity.Verb, done func(), err error) {
	const op = "quorum.Leave"
	if key.Zero() || len(owner) != suite.TagSize || who.Profile.Number == "" || e.index.Zero() {
		return nil, nil, fault.Newf(op, fault.Internal, "internal", "no key, owner or number")
	}
	at := leaving{who.ID, p}
	if e.knows(at) {
		return nil, func() {}, nil
	}
	to, err := e.quorum.public(p)
	if err != nil {
		return nil, nil, fault.At(op, err)
	}
	index := EscrowIndex(e.index, who.Profile.Number, p)
	plain := append(key.Bytes(), owner...)
	if e.copy != nil && p.Class == identity.Proofs {
		copied, err := e.copy(who)
		if err != nil || len(copied) != copySize {
			return nil, nil, fault.Newf(op, fault.Internal, "internal", "a copy of %d bytes: %v", len(copied), err)
		}
		plain = append(plain, copied...)
	}
	body, err := suite.SealTo(to, plain, escrowPlace(to.Suite(), index, p))
	if err != nil {
		return nil, nil, fault.At(op, err)
	}
	return identity.KeepEscrow{Index: index, Period: p, Body: body}, func() { e.learn(at) }, nil
}

func (e *Escrow) knows(at leaving) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.left[at]
}

func (e *Escrow) learn(at leaving) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.left) >= remembered {
		clear(e.left)
	}
	e.left[at] = true
}

// EscrowIndex is where a person's row of a period lies: keyed, by the net number
// that an authority brings. 16 bytes.
func EscrowIndex(key identity.Secret, n identity.Number, p identity.Period) []byte {
	return suite.Tag(key, "netid/quorum/escrow/v1", []byte(n), []byte(p.String()))
}

// escrowPlace is the associated data of a row: {table, row, field, version}.
func escrowPlace(s identity.Suite, index []byte, p identity.Period) []byte {
	d := suite.DigestIn(s, []byte("netid/quorum/v1"), []byte("escrow"), index, []byte("body"), []byte(p.String()))
	return d[:]
}
