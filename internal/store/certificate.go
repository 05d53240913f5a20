package store

import (
	"context"

	"netid/internal/fault"
	"netid/internal/identity"
)

const certificateColumns = "SELECT id, owner, locator, body, revoked, code FROM certificate "

// Certificate reads one certificate. None is fault.NotFound, "certificate_unknown".
func (s *Store) Certificate(ctx context.Context, id identity.CertificateID) (c identity.CertificateRow, err error) {
	const op = "store.Certificate"
	found := false
	err = s.read(ctx, op, certificateColumns+"WHERE id = ?", func(r Row) (err error) {
		found = true
		c, err = s.scanCertificate(r)
		return err
	}, id[:])
	if err == nil && !found {
		err = fault.New(op, fault.NotFound, "certificate_unknown")
	}
	return c, err
}

// scanCertificate refuses a row that was altered. Locator and body are under seals that are bound to the id.
func (s *Store) scanCertificate(r Row) (c identity.CertificateRow, err error) {
	var id, code []byte
	var revoked int64
	if err = r.Scan(&id, &c.Owner, &c.Locator, &c.Body, &revoked, &code); err == nil {
		err = s.vouched(code, "certificate", id, c.Owner, revoked)
	}
	if err != nil {
		return identity.CertificateRow{}, err
	}
	copy(c.ID[:], id)
	c.Revoked = revoked != 0
	return c, nil
}

// Certificates reads those of one owner, in no order that says anything.
func (s *Store) Certificates(ctx context.Context, owner []byte) (all []identity.CertificateRow, err error) {
	err = s.read(ctx, "store.Certificates", certificateColumns+"WHERE owner = ?", func(r Row) error {
		c, err := s.scanCertificate(r)
		all = append(all, c)
		return err
	}, owner)
	return all, err
}

func (g *group) bindCertificate(v identity.BindCertificate) error {
	c := v.Certificate
	if err := g.fresh(identity.RewrapCertificates, c.Under); err != nil {
		return err
	}
	return g.must("certificate_exists",
		"INSERT INTO certificate (id, owner, locator, body, revoked, code) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
		c.ID[:], c.Owner, c.Locator, c.Body, flag(c.Revoked), g.store.code("certificate", c.ID[:], c.Owner, flag(c.Revoked)))
}

func (g *group) guardCertificate(v identity.GuardCertificate) error {
	return g.finds("certificate_gone", "SELECT owner, revoked, code FROM certificate WHERE id = ?", func(r Row) (bool, error) {
		var owner, code []byte
		var revoked int64
		if err := r.Scan(&owner, &revoked, &code); err != nil {
			return false, err
		}
		return revoked == 0, g.store.vouched(code, "certificate", v.ID[:], owner, revoked)
	}, v.ID[:])
}

// amendCertificate reads the row first, so that a new code never covers up what was altered.
func (g *group) amendCertificate(v identity.AmendCertificate) error {
	c := v.Certificate
	if err := g.fresh(identity.RewrapCertificates, c.Under); err != nil {
		return err
	}
	if err := g.guardCertificate(identity.GuardCertificate{ID: c.ID}); err != nil {
		return err
	}
	return g.must("certificate_moved", "UPDATE certificate SET locator = ?, body = ?, revoked = ?, code = ? WHERE id = ? AND owner = ? AND body = ?",
		c.Locator, c.Body, flag(c.Revoked), g.store.code("certificate", c.ID[:], c.Owner, flag(c.Revoked)), c.ID[:], c.Owner, v.From)
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
