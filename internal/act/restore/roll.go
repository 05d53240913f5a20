package restore

import (
	"context"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/ledger"
)

// roll calls everybody. Who answers opens; who was destroyed is swept. What
// only a person's own keys can name (links, numbering, records) and belongs to
// nobody who answered belonged to somebody who was erased.
type roll struct {
	*Act
	links, chains, owners seen // of those who open
	report                *Report
	sweep                 *identity.SweepErased
	set                   *identity.ErasedSet
}

type seen map[string]struct{}

func (s seen) add(b []byte)      { s[string(b)] = struct{}{} }
func (s seen) has(b []byte) bool { _, ok := s[string(b)]; return ok }

func (r *roll) run(ctx context.Context) error {
	for _, step := range []func(context.Context) error{r.persons, r.certificates, r.indexes} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	if r.report.Sealed > 0 {
		return nil
	}
	for _, step := range []func(context.Context) error{r.others, r.records} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (r *roll) persons(ctx context.Context) error {
	return r.Store.EachPerson(ctx, func(id identity.PersonID) error {
		o, err := r.Vault.Open(ctx, id)
		switch {
		case err == nil:
			r.report.Living++
			r.links.add(r.Vault.LinkOwner(o))
			r.chains.add(ledger.ChainIndex(o.Keys))
			r.owners.add(ledger.Owner(o.Keys))
			return nil
		case fault.Because(err, "person_erased"):
			r.sweep.Persons = append(r.sweep.Persons, id)
			r.sweep.IdentityRows = append(r.sweep.IdentityRows, r.Vault.IdentityRow(id))
			return nil
		case fault.Is(err, fault.Internal):
			r.report.Sealed++
			return nil
		}
		return err
	})
}

func (r *roll) certificates(ctx context.Context) error {
	return r.Store.EachCertificate(ctx, func(c identity.CertificateRow) error {
		gone, err := r.Vault.CertificateGone(c)
		if gone {
			r.sweep.Certificates = append(r.sweep.Certificates, c.ID)
		}
		return r.damage(err)
	})
}

func (r *roll) indexes(ctx context.Context) error {
	return r.Store.EachIndex(ctx, func(index, body []byte) error {
		gone, err := r.Vault.IndexGone(index, body)
		if gone {
			r.sweep.Indexes = append(r.sweep.Indexes, index)
		}
		return r.damage(err)
	})
}

// damage lets one row that does not open be: its person was counted.
func (r *roll) damage(err error) error {
	if err != nil && fault.Is(err, fault.Internal) {
		return nil
	}
	return err
}

func (r *roll) others(ctx context.Context) error {
	err := r.Store.EachLink(ctx, func(owner []byte) error {
		if !r.links.has(owner) {
			r.sweep.LinkOwners = append(r.sweep.LinkOwners, owner)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return r.Store.EachChain(ctx, func(index []byte) error {
		if !r.chains.has(index) {
			r.sweep.Chains = append(r.sweep.Chains, index)
		}
		return nil
	})
}

// records parts what an erased person left in the copy: nobody can open it to
// see what law says of it, so whatever may still be kept is held, and only what is
// too old for any law goes.
func (r *roll) records(ctx context.Context) error {
	var leaves [][32]byte
	dead := seen{}
	err := r.Store.EachOwned(ctx, func(owner, leaf []byte, day int32) error {
		if r.owners.has(owner) {
			return nil
		}
		if len(leaf) != 32 {
			return fault.Newf("restore.records", fault.Internal, "internal", "a leaf of %d bytes", len(leaf))
		}
		if day < r.sweep.HoldFrom {
			leaves = append(leaves, [32]byte(leaf))
		} else {
			r.report.Held++
		}
		if !dead.has(owner) {
			dead.add(owner)
			r.sweep.EventOwners = append(r.sweep.EventOwners, owner)
		}
		return nil
	})
	*r.set = r.Sets.Set(leaves)
	r.sweep.Events = r.set.Count
	return err
}
