package store

import (
	"context"

	"netid/internal/ledger"
	"netid/internal/suite"
)

// Scrub reads every row that has a code and hands over those whose code does not
// fit, beside whoever serves: a page at a time, so it holds up nothing and needs
// no memory. said hears after each table how many rows there were.
func (s *Store) Scrub(ctx context.Context, found func(*Altered) error, said func(table string, rows int64)) error {
	for _, t := range tables() {
		if t.coded == "" {
			continue
		}
		rows, err := s.scrub(ctx, t, found)
		if err != nil {
			return err
		}
		said(t.name(), rows)
	}
	_, err := s.Epoch(ctx)
	if a, is := altered(err); is {
		err = found(a)
	}
	said("single_use", 1)
	return err
}

func (s *Store) scrub(ctx context.Context, t table, found func(*Altered) error) (rows int64, err error) {
	for last := t.first(); ; {
		page, err := t.page(ctx, s.db, last, movePage)
		if err != nil {
			return rows, err
		}
		for _, r := range page {
			if suite.Equal(r[len(r)-1].([]byte), t.code(s.keeper, r)) {
				continue
			}
			if err := found(&Altered{Table: t.name(), Row: named(r[:t.keys])}); err != nil {
				return rows, err
			}
		}
		rows += int64(len(page))
		if len(page) < movePage {
			return rows, nil
		}
		last = page[len(page)-1]
	}
}

// code is what stands in the last column of a row that nobody altered.
func (t table) code(by *ledger.Keeper, r row) []byte {
	var columns []any
	for i, c := range r {
		if t.coded[i] != 'x' && (t.coded[i] != '?' || c == int64(0)) {
			continue
		}
		if b, is := c.([]byte); is && b == nil { // NULL, where a column may be that
			c = nil
		}
		columns = append(columns, c)
	}
	return code(by, t.name(), columns...)
}
