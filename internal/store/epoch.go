package store

import (
	"context"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
)

// Epoch reads the single-use epoch.
func (s *Store) Epoch(ctx context.Context) (e identity.Epoch, err error) {
	const op = "store.Epoch"
	row, err := epochOf(ctx, s.db)
	if err == nil && row.nonce == nil {
		err = fault.New(op, fault.NotFound, "epoch_unknown")
	}
	if err == nil && row.copied == served { // a copy has no code: nothing is served under its epoch
		err = s.vouched(row.code, "single_use", int64(1), row.epoch, row.nonce, row.since)
	}
	if err != nil {
		return identity.Epoch{}, unavailable(op, err)
	}
	e = identity.Epoch{Number: uint64(row.epoch), Nonce: row.nonce, Copied: row.copied != served}
	if row.since > 0 {
		e.Since = time.UnixMicro(row.since).UTC()
	}
	return e, nil
}

// epochCode leaves out the mark of a copy, which is set where no key is.
func (s *Store) epochCode(e epochRow) []byte {
	return s.code("single_use", int64(1), e.epoch, e.nonce, e.since)
}

// raiseEpoch also drops the drafts: one that lives again could have a
// challenge answered twice. The outbox of before goes with them: its codes are theirs;
// and the pushed requests, of which some were answered since, and the standing
// consents, of which some were taken back.
func (g *group) raiseEpoch(v identity.RaiseEpoch) error {
	to := int64(v.From) + 1
	err := g.must("epoch_raised", "UPDATE single_use SET epoch = ?, nonce = ?, since = ?, copied = 0, code = ? WHERE epoch = ?",
		to, v.Nonce, v.At.UnixMicro(), g.store.epochCode(epochRow{epoch: to, nonce: v.Nonce, since: v.At.UnixMicro()}), int64(v.From))
	if err != nil {
		return err
	}
	for _, query := range []string{"DELETE FROM draft", "DELETE FROM outbox", "DELETE FROM pushed_request",
		"UPDATE party_link SET until = 0, consent = NULL WHERE until > 0"} {
		if _, err := g.exec(query); err != nil {
			return err
		}
	}
	return g.skipPlaces(v.Nonce)
}

// sweepErased is erasePerson for persons whose keys are gone already.
func (g *group) sweepErased(v identity.SweepErased) error {
	for _, id := range v.Persons {
		if err := g.dropAll([][]byte{id[:]}, "DELETE FROM person WHERE id = ?", "DELETE FROM person_key WHERE person = ?"); err != nil {
			return err
		}
	}
	for _, id := range v.Certificates {
		if err := g.revoke([]identity.CertificateID{id}); err != nil { // no certificate goes without its mark
			return err
		}
		if err := g.dropAll([][]byte{id[:]}, "DELETE FROM certificate WHERE id = ?"); err != nil {
			return err
		}
	}
	for _, rows := range []struct {
		keys  [][]byte
		query string
	}{
		{v.IdentityRows, "DELETE FROM vault_identity WHERE id = ?"},
		{v.Indexes, "DELETE FROM vault_index WHERE idx = ?"},
		{v.LinkOwners, "DELETE FROM party_link WHERE owner = ?"},
		{v.Chains, "DELETE FROM person_chain WHERE idx = ?"},
	} {
		if err := g.dropAll(rows.keys, rows.query); err != nil {
			return err
		}
	}
	var found uint64
	for _, owner := range v.EventOwners {
		n, err := g.sweepEntries(owner, v.HoldFrom)
		if err != nil {
			return err
		}
		found += n
	}
	if found != v.Events {
		return refuse("events_moved")
	}
	return nil
}

func (g *group) dropAll(keys [][]byte, queries ...string) error {
	for _, key := range keys {
		for _, query := range queries {
			if _, err := g.exec(query, key); err != nil {
				return err
			}
		}
	}
	return nil
}

// EachPerson hands over the id of every person.
func (s *Store) EachPerson(ctx context.Context, each func(identity.PersonID) error) error {
	return s.each(ctx, "store.EachPerson", "SELECT id, id FROM person", func(id, _ []byte) error {
		if len(id) != len(identity.PersonID{}) {
			return fault.Newf("store.EachPerson", fault.Internal, "internal", "an id of %d bytes", len(id))
		}
		return each(identity.PersonID(id))
	})
}

// EachCertificate hands over the id and the locator of every certificate.
func (s *Store) EachCertificate(ctx context.Context, each func(identity.CertificateRow) error) error {
	return s.each(ctx, "store.EachCertificate", "SELECT id, locator FROM certificate", func(id, locator []byte) error {
		if len(id) != len(identity.CertificateID{}) {
			return fault.Newf("store.EachCertificate", fault.Internal, "internal", "an id of %d bytes", len(id))
		}
		return each(identity.CertificateRow{ID: identity.CertificateID(id), Locator: locator})
	})
}

// EachIndex hands over every blind index and what it leads to.
func (s *Store) EachIndex(ctx context.Context, each func(index, body []byte) error) error {
	return s.each(ctx, "store.EachIndex", "SELECT idx, body FROM vault_index", each)
}

// EachLink hands over the owner of each link.
func (s *Store) EachLink(ctx context.Context, each func(owner []byte) error) error {
	return s.each(ctx, "store.EachLink", "SELECT DISTINCT owner, owner FROM party_link", func(owner, _ []byte) error { return each(owner) })
}

// EachChain hands over the index of each person's own numbering.
func (s *Store) EachChain(ctx context.Context, each func(index []byte) error) error {
	return s.each(ctx, "store.EachChain", "SELECT idx, idx FROM person_chain", func(index, _ []byte) error { return each(index) })
}

// EachOwned hands over owner, leaf and day of every entry that belongs to
// somebody and is held for nobody else.
func (s *Store) EachOwned(ctx context.Context, each func(owner, leaf []byte, day int32) error) error {
	var failed error
	err := s.read(ctx, "store.EachOwned", "SELECT owner, leaf, day FROM ledger_event WHERE owner IS NOT NULL AND state = 1 AND "+kept+" ORDER BY seq", func(r Row) error {
		var owner, leaf []byte
		var day int64
		if err := r.Scan(&owner, &leaf, &day); err != nil {
			return err
		}
		failed = each(owner, leaf, int32(day))
		return failed
	})
	if failed != nil {
		return failed
	}
	return err
}

// each hands over copies of two columns; what it is handed to may read on.
func (s *Store) each(ctx context.Context, op, query string, use func(a, b []byte) error) error {
	var failed error
	err := s.read(ctx, op, query, func(r Row) error {
		var a, b []byte
		if err := r.Scan(&a, &b); err != nil {
			return err
		}
		failed = use(a, b)
		return failed
	})
	if failed != nil {
		return failed
	}
	return err
}
