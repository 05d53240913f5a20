package populate

import (
	"bytes"
	"context"
	"slices"
	"sync"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/ledger"
	"netid/internal/vault"
)

// Alone is a ledger's store for one who has it alone. Guards against what others
// might have done are left out: a heap has no index to ask them by. A person's chain
// is put down once, behind the certificate: in between it is kept here.
func Alone(s ledger.Store) ledger.Store { return &alone{Store: s, chains: map[string]link{}} }

type alone struct {
	ledger.Store
	mu     sync.Mutex // guards chains
	chains map[string]link
}

type link struct {
	seq  uint64
	head []byte
}

func (a *alone) Chain(_ context.Context, index []byte) (seq uint64, head []byte, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	l := a.chains[string(index)]
	return l.seq, l.head, nil
}

func (a *alone) Commit(ctx context.Context, c identity.Change) error {
	step := *c.Entry.Chain
	last := false
	verbs := slices.Clone(c.Verbs)
	verbs = slices.DeleteFunc(verbs, func(v identity.Verb) bool {
		_, guard := v.(identity.GuardPerson)
		_, bound := v.(identity.BindCertificate)
		last = last || bound
		return guard
	})
	for i, v := range verbs {
		if claim, is := v.(identity.ClaimIndex); is {
			verbs[i] = identity.ClaimIndex{Index: claim.Index, Body: claim.Body}
		}
	}
	c.Verbs, c.Entry.Chain = verbs, nil
	if last {
		c.Entry.Chain = &identity.ChainStep{Index: step.Index, ToSeq: step.ToSeq, ToHead: step.ToHead}
	}
	if err := a.Store.Commit(ctx, c); err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if last {
		delete(a.chains, string(step.Index))
	} else {
		a.chains[string(step.Index)] = link{step.ToSeq, bytes.Clone(step.ToHead)}
	}
	return nil
}

// Remembering is a vault that knows the people it just made, and reads nobody.
func Remembering(v *vault.Guarded) *Persons {
	return &Persons{Guarded: v, made: map[identity.PersonID]identity.Opened{}}
}

// Persons are those between enrolment and certificate.
type Persons struct {
	*vault.Guarded
	mu   sync.Mutex // guards made
	made map[identity.PersonID]identity.Opened
}

// SealProfile is the moment when somebody is whole.
func (p *Persons) SealProfile(o identity.Opened, profile identity.Profile) []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	o.Profile = profile
	p.made[o.ID] = o
	return p.Guarded.SealProfile(o, profile)
}

// Open gives somebody once.
func (p *Persons) Open(_ context.Context, id identity.PersonID) (identity.Opened, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	o, there := p.made[id]
	if !there {
		return o, fault.New("populate.Open", fault.NotFound, "person_unknown")
	}
	delete(p.made, id)
	return o, nil
}

// Unheld mints nothing: the signed form of a certificate is the device's, and
// of it no row is kept.
type Unheld struct{}

// Mint is issue.Minter.
func (Unheld) Mint(identity.Certificate, identity.Number) (string, error) { return "", nil }
