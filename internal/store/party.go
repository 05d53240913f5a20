package store

import (
	"context"
	"encoding/json"
	"fmt"

	"netid/internal/fault"
	"netid/internal/identity"
)

const partyColumns = "SELECT body, standing FROM party "

// Party reads one relying party, or remembers it for half a second at most.
// Nobody may change what its fields point to. None is fault.NotFound, "party_unknown".
func (s *Store) Party(ctx context.Context, id identity.PartyID) (identity.Party, error) {
	if p, ok := s.parties.get(id, s.now()); ok {
		return p, nil
	}
	since := s.parties.begin()
	all, err := s.readParties(ctx, "store.Party", "WHERE id = ?", string(id))
	if err == nil && len(all) == 0 {
		err = fault.New("store.Party", fault.NotFound, "party_unknown")
	}
	if err != nil {
		return identity.Party{}, err
	}
	s.parties.keep(since, all[0], s.now())
	return all[0], nil
}

// Parties reads all relying parties, by id.
func (s *Store) Parties(ctx context.Context) ([]identity.Party, error) {
	return s.readParties(ctx, "store.Parties", "ORDER BY id")
}

func (s *Store) readParties(ctx context.Context, op, where string, args ...any) (all []identity.Party, err error) {
	err = s.read(ctx, op, partyColumns+where, func(r Row) error {
		var body []byte
		var standing string
		var p identity.Party
		if err := r.Scan(&body, &standing); err != nil {
			return err
		}
		if err := json.Unmarshal(body, &p); err != nil {
			return fmt.Errorf("party row: %w", err)
		}
		p.Standing = identity.PartyStanding(standing) // the column is what guards read
		all = append(all, p)
		return nil
	}, args...)
	return all, err
}

func (g *group) admitParty(v identity.AdmitParty) error {
	body, err := json.Marshal(v.Party)
	if err != nil {
		return fault.Wrap("store.Commit", fault.Internal, "internal", err)
	}
	g.parties = true
	return g.must("party_exists", "INSERT INTO party (id, body, standing) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
		string(v.Party.ID), body, string(v.Party.Standing))
}

func (g *group) amendParty(v identity.AmendParty) error {
	body, err := json.Marshal(v.Party)
	if err != nil {
		return fault.Wrap("store.Commit", fault.Internal, "internal", err)
	}
	g.parties = true
	return g.must("party_unknown", "UPDATE party SET body = ?, standing = ? WHERE id = ?",
		body, string(v.Party.Standing), string(v.Party.ID))
}

func (g *group) guardParty(v identity.GuardParty) error {
	return g.holds("party_suspended", "SELECT 1 FROM party WHERE id = ? AND standing = ?",
		string(v.ID), string(identity.PartyActive))
}

// Link is the generation of a person's link to a party, 0 when there is no row:
// every code and token of an older generation is dead.
func (s *Store) Link(ctx context.Context, index []byte) (generation uint64, err error) {
	err = s.read(ctx, "store.Link", "SELECT generation FROM party_link WHERE idx = ?", func(r Row) error {
		var n int64
		err := r.Scan(&n)
		generation = uint64(n)
		return err
	}, index)
	return generation, err
}

func (g *group) guardLink(v identity.GuardLink) error {
	if v.Generation > 0 {
		return g.holds("link_changed", "SELECT 1 FROM party_link WHERE idx = ? AND generation = ?", v.Index, int64(v.Generation))
	}
	return g.holds("link_changed", "SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM party_link WHERE idx = ?)", v.Index)
}

func (g *group) cutLink(v identity.CutLink) error {
	if v.From > 0 {
		return g.must("link_changed", "UPDATE party_link SET generation = generation + 1 WHERE idx = ? AND generation = ?",
			v.Index, int64(v.From))
	}
	return g.must("link_changed", "INSERT INTO party_link (idx, owner, generation) VALUES (?, ?, 1) ON CONFLICT DO NOTHING",
		v.Index, v.Owner)
}
