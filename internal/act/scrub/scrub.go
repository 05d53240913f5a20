// Package scrub looks at everybody: whether what is sealed opens in its own row,
// and whether rows that belong together are all there and agree.
//
// It owns what is compared with what. It refuses to know how rows are stored and
// sealed, repairs nothing, and tells of nobody more than a table and the key of a row.
//
// Invariant: what it names was wrong when it was looked at several times; what changes while it
// looks is not named. It holds no more than a page of keys.
//
// Decision, and what no such look can tell: docs/adr/0027-rows-with-codes.md.
package scrub

import (
	"bytes"
	"context"
	"encoding/hex"

	"netid/internal/fault"
	"netid/internal/identity"
)

// Store hands over everybody, a page at a time.
type Store interface {
	PersonsAfter(ctx context.Context, after []byte, limit int) ([]identity.PersonID, error)
	KeysAfter(ctx context.Context, after []byte, limit int) ([]identity.PersonRow, error)
	CertificatesAfter(ctx context.Context, after []byte, limit int) ([]identity.CertificateRow, error)
	IndexesAfter(ctx context.Context, after []byte, limit int) ([][]byte, error)
	Certificate(ctx context.Context, id identity.CertificateID) (identity.CertificateRow, error)
	Chain(ctx context.Context, index []byte) (seq uint64, head []byte, err error)
	LeavesOf(ctx context.Context, owner []byte) ([][]byte, error)
}

// Vault opens what is sealed.
type Vault interface {
	Open(ctx context.Context, id identity.PersonID) (identity.Opened, error)
	Identity(ctx context.Context, o identity.Opened) (identity.Person, error)
	IdentityRow(id identity.PersonID) []byte
	OpenCertificate(row identity.CertificateRow) (identity.Certificate, error)
	CertOwner(o identity.Opened) []byte
	Find(ctx context.Context, names [][]byte) (identity.PersonID, error)
	HandleIndex(identity.PersonHandle) [][]byte
	DocumentIndex(identity.DocumentKind, string) [][]byte
	NumberIndex(identity.Number) [][]byte
}

// Finding names a row.
type Finding struct{ Table, Row, What string }

// Act looks at everybody.
type Act struct {
	Store Store
	Vault Vault
	Found func(Finding)
	Said  func(what string, rows int64) // when all of something was looked at
}

const (
	page  = 256
	looks = 3 // at what seems wrong: it may be changing
)

// Everybody looks at all there is. An error says that it could not look.
func (a *Act) Everybody(ctx context.Context) error {
	const op = "scrub.Everybody"
	err := walk(ctx, a, "persons", a.Store.PersonsAfter, func(id identity.PersonID) []byte { return id[:] }, a.person)
	if err == nil {
		err = walk(ctx, a, "keys of persons", a.Store.KeysAfter, func(r identity.PersonRow) []byte { return r.ID[:] },
			func(ctx context.Context, r identity.PersonRow) (*Finding, error) { return a.keys(ctx, r.ID) })
	}
	if err == nil {
		err = walk(ctx, a, "certificates", a.Store.CertificatesAfter, func(r identity.CertificateRow) []byte { return r.ID[:] },
			func(ctx context.Context, r identity.CertificateRow) (*Finding, error) {
				return a.certificate(ctx, r.ID)
			})
	}
	if err == nil {
		err = walk(ctx, a, "blind indexes", a.Store.IndexesAfter, func(index []byte) []byte { return index }, a.index)
	}
	return fault.At(op, err)
}

// walk goes through a table in the order of its keys.
func walk[R any](ctx context.Context, a *Act, what string, next func(context.Context, []byte, int) ([]R, error), key func(R) []byte, check func(context.Context, R) (*Finding, error)) error {
	var total int64
	for after := []byte(nil); ; {
		rows, err := next(ctx, after, page)
		if err != nil {
			return err
		}
		for _, row := range rows {
			if err := sure(ctx, a, row, key(row), after, next, key, check); err != nil {
				return err
			}
		}
		total += int64(len(rows))
		if len(rows) < page {
			a.Said(what, total)
			return nil
		}
		after = bytes.Clone(key(rows[len(rows)-1]))
	}
}

// sure looks again at what seems wrong, and whether its row is still there.
func sure[R any](ctx context.Context, a *Act, row R, name, after []byte, next func(context.Context, []byte, int) ([]R, error), key func(R) []byte, check func(context.Context, R) (*Finding, error)) error {
	var found *Finding
	for range looks {
		var err error
		if found, err = check(ctx, row); err != nil || found == nil {
			return err
		}
	}
	rows, err := next(ctx, after, 2*page)
	for _, r := range rows {
		if bytes.Equal(key(r), name) {
			a.Found(*found)
			break
		}
	}
	return err
}

// wrong makes a finding of a row that does not open; a database that does not answer is none.
func wrong(table string, row []byte, err error) (*Finding, error) {
	if fault.Is(err, fault.Unavailable) {
		return nil, err
	}
	return &Finding{table, hex.EncodeToString(row), err.Error()}, nil
}

func finding(table string, row []byte, what string) *Finding {
	return &Finding{table, hex.EncodeToString(row), what}
}
