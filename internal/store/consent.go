package store

import (
	"bytes"
	"context"

	"netid/internal/fault"
	"netid/internal/identity"
)

// Consent reads the standing consent in a person's link to a party, still
// sealed. None is fault.NotFound, "consent_over".
func (s *Store) Consent(ctx context.Context, index []byte) (body []byte, err error) {
	const op = "store.Consent"
	err = s.read(ctx, op, consentQuery, func(r Row) error { return r.Scan(&body) }, index)
	if err == nil && len(body) == 0 {
		err = fault.New(op, fault.NotFound, "consent_over")
	}
	return body, err
}

const consentQuery = "SELECT consent FROM party_link WHERE idx = ?"

// keepConsent begins a link that there is not yet at generation 0, as if it were there.
func (g *group) keepConsent(v identity.KeepConsent) error {
	_, generation, there, err := g.link(v.Index)
	switch {
	case err != nil:
		return err
	case generation != v.Generation:
		return refuse("link_changed")
	case !there:
		return g.must("link_changed", "INSERT INTO party_link (idx, owner, generation, until, consent, code) VALUES (?, ?, 0, ?, ?, ?) ON CONFLICT DO NOTHING",
			v.Index, v.Owner, v.Until.UnixMicro(), v.Body, g.store.code("party_link", v.Index, v.Owner, int64(0)))
	}
	if v.Alone {
		return g.must("consent_there", "UPDATE party_link SET until = ?, consent = ? WHERE idx = ? AND generation = ? AND consent IS NULL",
			v.Until.UnixMicro(), v.Body, v.Index, int64(v.Generation))
	}
	return g.must("link_changed", "UPDATE party_link SET until = ?, consent = ? WHERE idx = ? AND generation = ?",
		v.Until.UnixMicro(), v.Body, v.Index, int64(v.Generation))
}

func (g *group) guardConsent(v identity.GuardConsent) error {
	return g.finds("consent_over", consentQuery, func(r Row) (bool, error) {
		var body []byte
		err := r.Scan(&body)
		return len(body) > 0 && bytes.Equal(body, v.Body), err
	}, v.Index)
}

// endConsent leaves nothing of a link that was there for the consent alone.
func (g *group) endConsent(v identity.EndConsent) error {
	n, err := g.exec("DELETE FROM party_link WHERE idx = ? AND generation = 0 AND until > 0 AND consent = ?", v.Index, v.Body)
	if err != nil || n > 0 {
		return err
	}
	return g.must("consent_over", "UPDATE party_link SET until = 0, consent = NULL WHERE idx = ? AND until > 0 AND consent = ?", v.Index, v.Body)
}

func (g *group) endConsents(v identity.EndConsents) error {
	if err := g.run("DELETE FROM party_link WHERE owner = ? AND generation = 0 AND until > 0", v.Owner); err != nil {
		return err
	}
	return g.run("UPDATE party_link SET until = 0, consent = NULL WHERE owner = ? AND until > 0", v.Owner)
}
