package store

import (
	"context"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
)

const certificateColumns = "SELECT id, owner, locator, body, revoked, place, code FROM certificate "

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

// CertificateAt reads the certificate whose status stands at a place. None is fault.NotFound, "certificate_unknown".
func (s *Store) CertificateAt(ctx context.Context, at identity.Place) (c identity.CertificateRow, err error) {
	const op = "store.CertificateAt"
	found := false
	err = s.read(ctx, op, certificateColumns+"WHERE place = ? AND place > 0", func(r Row) (err error) { // as the index says it
		found = true
		c, err = s.scanCertificate(r)
		return err
	}, int64(at))
	if err == nil && !found {
		err = fault.New(op, fault.NotFound, "certificate_unknown")
	}
	return c, err
}

// scanCertificate refuses a row that was altered. Locator and body are under seals that are bound to the id.
func (s *Store) scanCertificate(r Row) (c identity.CertificateRow, err error) {
	var id, code []byte
	var revoked, place int64
	if err = r.Scan(&id, &c.Owner, &c.Locator, &c.Body, &revoked, &place, &code); err == nil {
		err = s.certificateVouched(code, id, c.Owner, revoked, place)
	}
	if err != nil {
		return identity.CertificateRow{}, err
	}
	copy(c.ID[:], id)
	c.Revoked, c.Place = revoked != 0, identity.Place(place)
	return c, nil
}

// certificateCode leaves the place out where there is none: rows of before there
// were places keep their code.
func (s *Store) certificateCode(id, owner []byte, revoked, place int64) []byte {
	if place == 0 {
		return s.code("certificate", id, owner, revoked)
	}
	return s.code("certificate", id, owner, revoked, place)
}

func (s *Store) certificateVouched(code, id, owner []byte, revoked, place int64) error {
	if suite.Equal(code, s.certificateCode(id, owner, revoked, place)) {
		return nil
	}
	return &Altered{Table: "certificate", Row: named([]any{id})}
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
	if v.Standing == 0 {
		return fault.Newf("store.bindCertificate", fault.Internal, "internal", "a certificate of nobody in no standing")
	}
	err := g.must("certificate_exists",
		"INSERT INTO certificate (id, owner, locator, body, revoked, place, code) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
		c.ID[:], c.Owner, c.Locator, c.Body, flag(c.Revoked), int64(c.Place), g.store.certificateCode(c.ID[:], c.Owner, flag(c.Revoked), int64(c.Place)))
	if status := v.Standing.Status(); err == nil && status != identity.StatusValid { // who is frozen lets another device in, to thaw from it
		err = g.mark(c.Place, status)
	}
	return err
}

func (g *group) guardCertificate(v identity.GuardCertificate) error {
	return g.finds("certificate_gone", "SELECT owner, revoked, place, code FROM certificate WHERE id = ?", func(r Row) (bool, error) {
		var owner, code []byte
		var revoked, place int64
		if err := r.Scan(&owner, &revoked, &place, &code); err != nil {
			return false, err
		}
		return revoked == 0, g.store.certificateVouched(code, v.ID[:], owner, revoked, place)
	}, v.ID[:])
}

func (g *group) revokeCertificate(v identity.RevokeCertificate) error {
	owner, place, err := g.living(v.ID)
	if err != nil {
		return err
	}
	err = g.must("certificate_gone", "UPDATE certificate SET revoked = 1, code = ? WHERE id = ? AND revoked = 0",
		g.store.certificateCode(v.ID[:], owner, flag(true), place), v.ID[:])
	if err != nil {
		return err
	}
	return g.mark(identity.Place(place), identity.StatusRevoked)
}

func (g *group) keepCertificate(v identity.KeepCertificate) error {
	c := v.Certificate
	if err := g.fresh(identity.RewrapCertificates, c.Under); err != nil {
		return err
	}
	if _, _, err := g.living(c.ID); err != nil {
		return err
	}
	return g.must("certificate_changed", "UPDATE certificate SET body = ? WHERE id = ? AND body = ?", c.Body, c.ID[:], v.From)
}

// living is owner and place of a certificate that is there and not revoked.
func (g *group) living(id identity.CertificateID) (owner []byte, place int64, err error) {
	alive := false
	_, err = g.one("SELECT owner, revoked, place, code FROM certificate WHERE id = ?", func(r Row) error {
		var code []byte
		var revoked int64
		if err := r.Scan(&owner, &revoked, &place, &code); err != nil {
			return err
		}
		if err := g.store.certificateVouched(code, id[:], owner, revoked, place); err != nil {
			return err
		}
		alive = revoked == 0
		return nil
	}, id[:])
	if err == nil && !alive {
		err = refuse("certificate_gone")
	}
	return owner, place, err
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// again moves certificates to other places, each as IssueAgain says. A row that was altered
// is refused wherever it is shown, and holds up nobody here.
func (g *group) again(all []identity.IssueAgain) error {
	for _, v := range all {
		err := g.issueAgain(v)
		if _, odd := altered(err); err != nil && !odd && !fault.Because(err, "certificate_gone") {
			return err
		}
	}
	return nil
}

func (g *group) issueAgain(v identity.IssueAgain) error {
	c := v.Certificate
	if err := g.fresh(identity.RewrapCertificates, c.Under); err != nil {
		return err
	}
	owner, former, err := g.living(c.ID)
	if err != nil {
		return err
	}
	var was identity.StatusMark
	if _, err := g.one(markColumns+"WHERE place = ?", func(r Row) (err error) {
		was, err = g.store.scanMark(r)
		return err
	}, former); err != nil {
		return err
	}
	n, err := g.exec("UPDATE certificate SET body = ?, place = ?, code = ? WHERE id = ? AND body = ? AND revoked = 0",
		c.Body, int64(c.Place), g.store.certificateCode(c.ID[:], owner, 0, int64(c.Place)), c.ID[:], v.From)
	if err != nil {
		return err
	}
	if n == 0 {
		return refuse("rewrap_moved")
	}
	if err := g.mark(identity.Place(former), identity.StatusRevoked); err != nil || was.Status == identity.StatusValid {
		return err
	}
	return g.mark(c.Place, was.Status)
}
