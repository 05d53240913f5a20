// Package attest is the act in which a citizen's wallet gets attestations: small
// credentials that say little, one key each, for one use each (Arts 8, 10).
//
// It owns the offer that a citizen carries to a wallet, the grant that comes of
// it, and when a batch may leave. It refuses to know how a credential is signed,
// how a wallet proves its keys and in which words it asks.
//
// Invariants: nothing leaves before its record is on disk, and in that commit
// stand all the facts that must still hold; one offer, one nonce and one key each
// serve once; what leaves was made before the commit, and is dropped when that fails.
package attest

import (
	"context"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/ledger"
)

const (
	offerLife = 5 * time.Minute     // for a wallet to take up what its owner just asked for
	grantLife = 10 * time.Minute    // of an access token
	laterFor  = 3 * time.Second     // how long a wallet that is tried with that is kept waiting
	renewLife = 30 * 24 * time.Hour // of the token by which a wallet comes back

	// BatchMost is how many credentials one request is answered with.
	BatchMost = 32
	dailyMost = 256 // of one person, in a day

	// TxDigits is the length of a transaction code, and txTries how often a wrong one may be sent.
	TxDigits = 6
	txTries  = 5
)

// Box seals small values that travel with the caller.
type Box interface {
	Seal(v any) (string, error)
	Open(s string, v any) error
}

// Store reads a certificate, keeps an offer that is fetched, and takes notes.
type Store interface {
	Certificate(ctx context.Context, id identity.CertificateID) (identity.CertificateRow, error)
	Jot(ctx context.Context, notes ...identity.Note) error
	Counted(ctx context.Context, index []byte) (n int, since time.Time, err error)
}

// Vault opens persons and their devices.
type Vault interface {
	Open(context.Context, identity.PersonID) (identity.Opened, error)
	Visit(context.Context, identity.Session) (identity.Opened, error)
	OpenCertificate(identity.CertificateRow) (identity.Certificate, error)
	Regime(ctx context.Context, o identity.Opened, on identity.Date) (identity.Regime, error)
	LinkIndex(identity.Opened, identity.PartyID) []byte
	CounterIndex(kind string, parts ...[]byte) []byte
}

// Cover draws and compares.
type Cover interface {
	Random(n int) []byte
	Equal(a, b []byte) bool
	Digest(parts ...[]byte) [32]byte
}

// Maker makes credentials of a person, one for each of the holder's keys. All say the same, as of now.
type Maker interface {
	Make(ctx context.Context, o identity.Opened, h identity.Holding, now time.Time) (texts []string, err error)
}

// Kind is a configuration of credentials.
type Kind struct {
	Item     string // how records name it: "attest_age"
	Numbered bool   // each device's of a day are counted from 0, none twice; the maker says how many there are
	Maker
}

// Act attests.
type Act struct {
	Offers   Box             // of pre-authorized codes
	Grants   Box             // of access tokens
	Renewals Box             // of refresh tokens
	Kinds    map[string]Kind // by configuration id
	Store    Store
	Vault    Vault
	Cover    Cover
	Book     *ledger.Book
	Law      *law.Book
	Later    bool // of a sandbox: a wallet can be made to come back for what it asks
	Now      func() time.Time
}

// mayHold asks articles 2, 4, 5 and 8 about the person at this moment.
func (a *Act) mayHold(ctx context.Context, op string, o identity.Opened, valid bool) ([]identity.Ground, error) {
	regime, err := a.Vault.Regime(ctx, o, identity.Today(a.Now()))
	if err != nil {
		return nil, fault.At(op, err)
	}
	// The first that refuses is what the person reads: a child is told that, and not that a guardian might agree.
	holds := a.Law.Attests(regime)
	if err := holds.Err(op); err != nil {
		return nil, err
	}
	uses := a.Law.Uses(law.User{Standing: o.Standing, Regime: regime, CertificateValid: valid})
	if err := uses.Err(op); err != nil {
		return nil, err
	}
	return []identity.Ground{uses.Ground(), holds.Ground()}, nil
}

// guards are what must still hold of a grant: each in the commit of whatever comes of it.
func (a *Act) guards(g identity.CredentialGrant, o identity.Opened) []identity.Guard {
	all := []identity.Guard{
		identity.GuardVerification{ID: a.Book.EntryKey(g.Receipt).ID},
		identity.GuardPerson{ID: g.Person, Standing: identity.Active, Epoch: g.Epoch},
		identity.GuardCertificate{ID: g.Certificate},
	}
	if g.Client != "" {
		all = append(all, identity.GuardParty{ID: g.Client}, identity.GuardLink{Index: a.Vault.LinkIndex(o, g.Client), Generation: g.Generation})
	}
	return all
}

func notes(guards []identity.Guard, takes []identity.TakeOnce) (all []identity.Note) {
	for _, id := range takes {
		all = append(all, id)
	}
	for _, g := range guards {
		all = append(all, g)
	}
	return all
}
