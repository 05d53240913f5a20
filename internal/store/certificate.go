package store

import (
	"context"

	"netid/internal/identity"
)

const certificateColumns = "SELECT id, owner, locator, body, revoked FROM certificate "

// Certificate reads one certificate. None is fault.NotFound, "certificate_unknown".
func (s *Store) Certificate(ctx context.Context, id identity.CertificateID) (c identity.CertificateRow, err error) {
	var raw []byte
	var revoked int64
	err = s.readOne(ctx, "store.Certificate", "certificate_unknown", certificateColumns+"WHERE id = ?",
		[]any{&raw, &c.Owner, &c.Locator, &c.Body, &revoked}, id[:])
	c.ID, c.Revoked = id, revoked != 0
	return c, err
}

// Certificates reads those of one owner, in no order that says anything.
func (s *Store) Certificates(ctx context.Context, owner []byte) (all []identity.CertificateRow, err error) {
	err = s.read(ctx, "store.Certificates", certificateColumns+"WHERE owner = ?", func(r Row) error {
		var c identity.CertificateRow
		var id []byte
		var revoked int64
		if err := r.Scan(&id, &c.Owner, &c.Locator, &c.Body, &revoked); err != nil {
			return err
		}
		copy(c.ID[:], id)
		c.Revoked = revoked != 0
		all = append(all, c)
		return nil
	}, owner)
	return all, err
}

func (g *group) bindCertificate(v identity.BindCertificate) error {
	c := v.Certificate
	if err := g.fresh(identity.RewrapCertificates, c.Under); err != nil {
		return err
	}
	return g.must("certificate_exists",
		"INSERT INTO certificate (id, owner, locator, body, revoked) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
		c.ID[:], c.Owner, c.Locator, c.Body, flag(c.Revoked))
}

func (g *group) guardCertificate(v identity.GuardCertificate) error {
	return g.holds("certificate_gone", "SELECT 1 FROM certificate WHERE id = ? AND revoked = 0", v.ID[:])
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
