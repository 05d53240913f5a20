package store

import (
	"context"
	"encoding/json"
	"fmt"

	"netid/internal/fault"
	"netid/internal/identity"
)

const partyColumns = "SELECT id, body, standing, code FROM party "

// Party reads one relying party, or remembers it for half a second at most.
// Nobody may change what its fields point to. None is fault.NotFound, "party_unknown".
func (s *Store) Party(ctx context.Context, id identity.PartyID) (identity.Party, error) {
	if p, ok := s.parties.get(id, s.now()); ok {
		return p, nil
	}
	since := s.parties.begin()
	p, err := s.PartyNow(ctx, id)
	if err == nil {
		s.parties.keep(since, p, s.now())
	}
	return p, err
}

// PartyNow reads one relying party as it stands, whatever is remembered: for
// whoever amends it. None is fault.NotFound, "party_unknown".
func (s *Store) PartyNow(ctx context.Context, id identity.PartyID) (identity.Party, error) {
	all, err := s.readParties(ctx, "store.PartyNow", "WHERE id = ?", string(id))
	if err == nil && len(all) == 0 {
		err = fault.New("store.PartyNow", fault.NotFound, "party_unknown")
	}
	if err != nil {
		return identity.Party{}, err
	}
	return all[0], nil
}

// Parties reads all relying parties, by id.
func (s *Store) Parties(ctx context.Context) ([]identity.Party, error) {
	return s.readParties(ctx, "store.Parties", "ORDER BY id")
}

func (s *Store) readParties(ctx context.Context, op, where string, args ...any) (all []identity.Party, err error) {
	err = s.read(ctx, op, partyColumns+where, func(r Row) error {
		p, err := s.readParty(r)
		if err == nil {
			all = append(all, p)
		}
		return err
	}, args...)
	return all, err
}

func (s *Store) readParty(r Row) (p identity.Party, err error) {
	body, standing, err := s.scanParty(r)
	if err != nil {
		return p, err
	}
	if err := json.Unmarshal(body, &p); err != nil {
		return p, fmt.Errorf("party row: %w", err)
	}
	p.Standing = identity.PartyStanding(standing) // the column is what guards read
	return p, nil
}

func (s *Store) scanParty(r Row) (body []byte, standing string, err error) {
	var id string
	var code []byte
	if err := r.Scan(&id, &body, &standing, &code); err != nil {
		return nil, "", err
	}
	return body, standing, s.vouched(code, "party", id, body, standing)
}

func (g *group) partyCode(p identity.Party, body []byte) []byte {
	return g.store.code("party", string(p.ID), body, string(p.Standing))
}

// unapproved refuses a party that would take part without two operators behind
// it, whichever act writes it and whatever that one read. A sandbox has none.
func unapproved(p identity.Party) error {
	if p.Standing == identity.PartyActive && !p.Sandbox && !p.Countersigned() {
		return refuse("party_unapproved")
	}
	return nil
}

func (g *group) admitParty(v identity.AdmitParty) error {
	if err := unapproved(v.Party); err != nil {
		return err
	}
	body, err := json.Marshal(v.Party)
	if err != nil {
		return fault.Wrap("store.Commit", fault.Internal, "internal", err)
	}
	g.parties = true
	return g.must("party_exists", "INSERT INTO party (id, body, standing, code) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
		string(v.Party.ID), body, string(v.Party.Standing), g.partyCode(v.Party, body))
}

// amendParty writes over the row that the act read, and over no other. Who has
// the turn has the row: nothing comes between reading and writing it.
func (g *group) amendParty(v identity.AmendParty) error {
	if err := unapproved(v.Party); err != nil {
		return err
	}
	var there identity.Party
	found, err := g.one(partyColumns+"WHERE id = ?", func(r Row) (err error) {
		there, err = g.store.readParty(r)
		return err
	}, string(v.Party.ID))
	switch {
	case err != nil:
		return err
	case !found:
		return refuse("party_unknown")
	case there.Version != v.From:
		return refuse("party_moved")
	}
	body, err := json.Marshal(v.Party)
	if err != nil {
		return fault.Wrap("store.Commit", fault.Internal, "internal", err)
	}
	g.parties = true
	return g.must("party_unknown", "UPDATE party SET body = ?, standing = ?, code = ? WHERE id = ?",
		body, string(v.Party.Standing), g.partyCode(v.Party, body), string(v.Party.ID))
}

func (g *group) guardParty(v identity.GuardParty) error {
	return g.finds("party_suspended", partyColumns+"WHERE id = ?", func(r Row) (bool, error) {
		_, standing, err := g.store.scanParty(r)
		return standing == string(identity.PartyActive), err
	}, string(v.ID))
}

// Link is the generation of a person's link to a party, 0 when there is no row:
// every code and token of an older generation is dead.
func (s *Store) Link(ctx context.Context, index []byte) (generation uint64, err error) {
	err = s.read(ctx, "store.Link", linkQuery, func(r Row) (err error) {
		_, generation, err = s.scanLink(r, index)
		return err
	}, index)
	return generation, err
}

const linkQuery = "SELECT owner, generation, code FROM party_link WHERE idx = ?"

func (s *Store) scanLink(r Row, index []byte) (owner []byte, generation uint64, err error) {
	var n int64
	var code []byte
	if err = r.Scan(&owner, &n, &code); err == nil {
		err = s.vouched(code, "party_link", index, owner, n)
	}
	if err != nil {
		return nil, 0, err
	}
	return owner, uint64(n), nil
}

// linkOrNone always gives a row: its first column is NULL where there is no link.
const linkOrNone = "SELECT l.idx, l.owner, coalesce(l.generation, 0), l.code FROM (SELECT 1 AS one) AS x LEFT JOIN party_link l ON l.idx = ?"

func (g *group) guardLink(v identity.GuardLink) error {
	return g.finds("link_changed", linkOrNone, func(r Row) (bool, error) {
		_, generation, _, err := g.store.scanMaybe(r, v.Index)
		return generation == v.Generation, err
	}, v.Index)
}

func (s *Store) scanMaybe(r Row, index []byte) (owner []byte, generation uint64, there bool, err error) {
	var idx, code []byte
	var n int64
	if err = r.Scan(&idx, &owner, &n, &code); err != nil || idx == nil {
		return nil, 0, false, err
	}
	return owner, uint64(n), true, s.vouched(code, "party_link", index, owner, n)
}

// link is what stands there, read in the turn of who is about to change it.
func (g *group) link(index []byte) (owner []byte, generation uint64, there bool, err error) {
	_, err = g.one(linkOrNone, func(r Row) (err error) {
		owner, generation, there, err = g.store.scanMaybe(r, index)
		return err
	}, index)
	return owner, generation, there, err
}

// cutLink also takes the standing consent with it.
func (g *group) cutLink(v identity.CutLink) error {
	owner, generation, there, err := g.link(v.Index)
	switch {
	case err != nil:
		return err
	case generation != v.From:
		return refuse("link_changed")
	case !there:
		return g.must("link_changed", "INSERT INTO party_link (idx, owner, generation, code) VALUES (?, ?, 1, ?) ON CONFLICT DO NOTHING",
			v.Index, v.Owner, g.store.code("party_link", v.Index, v.Owner, int64(1)))
	}
	to := int64(v.From) + 1
	return g.must("link_changed", "UPDATE party_link SET generation = ?, code = ?, until = 0, consent = NULL WHERE idx = ? AND generation = ?",
		to, g.store.code("party_link", v.Index, owner, to), v.Index, int64(v.From))
}
