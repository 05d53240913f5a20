// Package dossier keeps records of the service's own work: accounts of its staff,
// proposals, incidents, requests for assistance.
//
// It owns how such a record is named, sealed and padded, and refuses to know what
// stands in one, who may read it and which rows a store has for it.
//
// Invariant: a row says neither of what sort it is nor whose; a body opens in its own
// place and version alone, so that an older one put back does not open as the newer.
// Decision: docs/adr/0061-dossiers.md.
package dossier

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"strconv"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
)

const (
	unit = 1024     // bytes: bodies are multiples of it
	most = 64 << 10 // bytes of one record: larger ones are several
	page = 256      // rows of one read
)

// Rows are the reads that a desk needs.
type Rows interface {
	Dossier(ctx context.Context, id []byte) (identity.DossierRow, error) // NotFound "dossier_unknown"
	Dossiers(ctx context.Context, shelf, after []byte, limit int) ([]identity.DossierRow, error)
}

// Desk seals and opens records. It may be used by many goroutines.
type Desk struct {
	rows   Rows
	names  identity.Secret
	bodies suite.Versions
}

// New makes a desk over the rows of a store. names finds records, bodies seals them.
func New(rows Rows, names identity.Secret, bodies suite.Versions) *Desk {
	return &Desk{rows, names, bodies}
}

// sealed is what a body holds: the name too, since a row only has its hash.
type sealed struct {
	Kind string          `json:"k"`
	Name string          `json:"n"`
	Body json.RawMessage `json:"b"`
}

// Read opens the record of a name into what its kind is made of, and says its
// version. None is NotFound "dossier_unknown".
func (d *Desk) Read(ctx context.Context, kind, name string, into any) (version uint64, err error) {
	row, err := d.rows.Dossier(ctx, d.id(kind, name))
	if err != nil {
		return 0, fault.At("dossier.Read", err)
	}
	s, err := d.open(row)
	if err == nil && (s.Kind != kind || s.Name != name) {
		err = fault.Newf("dossier.Read", fault.Internal, "internal", "a record of another name")
	}
	if err != nil {
		return 0, err
	}
	return row.Version, decode(s, into)
}

// List gives all records of a kind, in no order that says anything, until each fails.
func (d *Desk) List(ctx context.Context, kind string, each func(name string, version uint64, open func(into any) error) error) error {
	var after []byte
	for {
		rows, err := d.rows.Dossiers(ctx, d.shelf(kind), after, page)
		if err != nil {
			return fault.At("dossier.List", err)
		}
		for _, row := range rows {
			s, err := d.open(row)
			if err == nil && s.Kind != kind {
				err = fault.Newf("dossier.List", fault.Internal, "internal", "a record of another kind")
			}
			if err == nil {
				err = each(s.Name, row.Version, func(into any) error { return decode(s, into) })
			}
			if err != nil {
				return err
			}
			after = row.ID
		}
		if len(rows) < page {
			return nil
		}
	}
}

// Keep is the verb that stores a record, or replaces the version that was read: from,
// 0 where there is none. Guards "dossier_exists" and "dossier_moved". Fails with
// Invalid "dossier_large".
func (d *Desk) Keep(kind, name string, from uint64, v any) (identity.KeepDossier, error) {
	const op = "dossier.Keep"
	body, err := json.Marshal(v)
	if err != nil {
		return identity.KeepDossier{}, fault.Newf(op, fault.Internal, "internal", "a record of kind %s", kind) // the detail would quote it
	}
	plain, err := json.Marshal(sealed{kind, name, body})
	if err != nil || len(plain) > most {
		return identity.KeepDossier{}, fault.Newf(op, fault.Invalid, "dossier_large", "%d bytes", len(plain))
	}
	row := identity.DossierRow{ID: d.id(kind, name), Shelf: d.shelf(kind), Version: from + 1}
	key := d.bodies.Now()
	if key.Key.Zero() || d.names.Zero() {
		return identity.KeepDossier{}, fault.Newf(op, fault.Internal, "internal", "the keys of dossiers were never set")
	}
	padded := make([]byte, (4+len(plain)+unit-1)/unit*unit)
	binary.BigEndian.PutUint32(padded, uint32(len(plain)))
	copy(padded[4:], plain)
	row.Body = append(binary.BigEndian.AppendUint32(nil, uint32(key.Turn)), suite.Seal(key.Key, padded, place(key.Key, row))...)
	return identity.KeepDossier{Row: row}, nil
}

// Guard is the verb that holds a record to the version that was read; 0: there is none.
func (d *Desk) Guard(kind, name string, version uint64) identity.GuardDossier {
	return identity.GuardDossier{ID: d.id(kind, name), Version: version}
}

// Drop is the verb that removes the version that was read.
func (d *Desk) Drop(kind, name string, version uint64) identity.DropDossier {
	return identity.DropDossier{ID: d.id(kind, name), Version: version}
}

func (d *Desk) open(row identity.DossierRow) (s sealed, err error) {
	const op = "dossier.open"
	if len(row.Body) < 4 {
		return s, fault.Newf(op, fault.Internal, "internal", "%d bytes", len(row.Body))
	}
	key, _ := d.bodies.Of(int(binary.BigEndian.Uint32(row.Body)))
	padded, err := suite.Open(key.Key, row.Body[4:], place(key.Key, row))
	if err != nil {
		return s, fault.Wrap(op, fault.Internal, "internal", err)
	}
	n := uint64(0)
	if len(padded) >= 4 {
		n = uint64(binary.BigEndian.Uint32(padded))
	}
	if n == 0 || n > uint64(len(padded)-4) || json.Unmarshal(padded[4:4+n], &s) != nil {
		return s, fault.Newf(op, fault.Internal, "internal", "a record's body")
	}
	return s, nil
}

func decode(s sealed, into any) error {
	if err := json.Unmarshal(s.Body, into); err != nil {
		return fault.Newf("dossier.decode", fault.Internal, "internal", "a record of kind %s", s.Kind)
	}
	return nil
}

// place is what a seal is bound to.
func place(key identity.Secret, row identity.DossierRow) []byte {
	d := suite.DigestIn(key.Suite(), []byte("netid/dossier/v1"), row.ID, row.Shelf, []byte(strconv.FormatUint(row.Version, 10)))
	return d[:]
}

func (d *Desk) id(kind, name string) []byte { return d.mark("id", kind, name) }
func (d *Desk) shelf(kind string) []byte    { return d.mark("shelf", kind) }

func (d *Desk) mark(of string, parts ...string) []byte {
	all := [][]byte{[]byte(of)}
	for _, p := range parts {
		all = append(all, []byte(p))
	}
	mac := suite.MAC(d.names, "netid/dossier/v1", all...)
	return mac[:16]
}
