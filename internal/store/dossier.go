package store

import (
	"context"

	"netid/internal/identity"
)

const dossierColumns = "SELECT id, shelf, version, body, code FROM dossier "

// Dossier reads one record of the service's own work. None is fault.NotFound, "dossier_unknown".
func (s *Store) Dossier(ctx context.Context, id []byte) (d identity.DossierRow, err error) {
	const op = "store.Dossier"
	var version int64
	var code []byte
	err = s.readOne(ctx, op, "dossier_unknown", dossierColumns+"WHERE id = ?", []any{&d.ID, &d.Shelf, &version, &d.Body, &code}, id)
	if err == nil {
		err = unavailable(op, s.vouched(code, "dossier", d.ID, d.Shelf, version, d.Body))
	}
	if err != nil {
		return identity.DossierRow{}, err
	}
	d.Version = uint64(version)
	return d, nil
}

// Dossiers reads up to limit records of one shelf behind an id, in the order of their ids.
func (s *Store) Dossiers(ctx context.Context, shelf, after []byte, limit int) (all []identity.DossierRow, err error) {
	if after == nil {
		after = []byte{}
	}
	err = s.read(ctx, "store.Dossiers", dossierColumns+"WHERE shelf = ? AND id > ? ORDER BY id LIMIT ?", func(r Row) error {
		d, err := s.scanDossier(r)
		all = append(all, d)
		return err
	}, shelf, after, int64(limit))
	return all, err
}

func (s *Store) scanDossier(r Row) (d identity.DossierRow, err error) {
	var version int64
	var code []byte
	if err = r.Scan(&d.ID, &d.Shelf, &version, &d.Body, &code); err == nil {
		err = s.vouched(code, "dossier", d.ID, d.Shelf, version, d.Body)
	}
	d.Version = uint64(version)
	return d, err
}

// dossierVersion is 0 where there is none; one that was altered is an error.
func (g *group) dossierVersion(id []byte) (version uint64, err error) {
	_, err = g.one(dossierColumns+"WHERE id = ?", func(r Row) error {
		d, err := g.store.scanDossier(r)
		version = d.Version
		return err
	}, id)
	return version, err
}

func (g *group) guardDossier(v identity.GuardDossier) error {
	version, err := g.dossierVersion(v.ID)
	if err == nil && version != v.Version {
		err = refuse("dossier_moved")
	}
	return err
}

func (g *group) keepDossier(v identity.KeepDossier) error {
	d := v.Row
	code := g.store.code("dossier", d.ID, d.Shelf, int64(d.Version), d.Body)
	if d.Version == 1 {
		return g.must("dossier_exists", "INSERT INTO dossier (id, shelf, version, body, code) VALUES (?, ?, 1, ?, ?) ON CONFLICT DO NOTHING", d.ID, d.Shelf, d.Body, code)
	}
	if d.Version == 0 {
		return refuse("dossier_moved")
	}
	if err := g.guardDossier(identity.GuardDossier{ID: d.ID, Version: d.Version - 1}); err != nil {
		return err
	}
	return g.must("dossier_moved", "UPDATE dossier SET version = ?, body = ?, code = ? WHERE id = ? AND shelf = ? AND version = ?",
		int64(d.Version), d.Body, code, d.ID, d.Shelf, int64(d.Version-1))
}

func (g *group) dropDossier(v identity.DropDossier) error {
	if _, err := g.dossierVersion(v.ID); err != nil {
		return err
	}
	return g.must("dossier_moved", "DELETE FROM dossier WHERE id = ? AND version = ?", v.ID, int64(v.Version))
}
