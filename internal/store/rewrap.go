package store

import (
	"bytes"
	"context"

	"netid/internal/identity"
)

// Rewraps reads how far each pass has come that was ever begun.
func (s *Store) Rewraps(ctx context.Context) (all []identity.Rewrap, err error) {
	err = s.read(ctx, "store.Rewraps", rewrapColumns+"ORDER BY what", func(r Row) error {
		p, err := s.scanRewrap(r)
		all = append(all, p)
		return err
	})
	return all, err
}

const rewrapColumns = "SELECT what, target, reached, done, total, odd, ended, code FROM rewrap "

func (s *Store) scanRewrap(r Row) (p identity.Rewrap, err error) {
	var target, done, total, odd, ended int64
	var code []byte
	if err = r.Scan(&p.What, &target, &p.Reached, &done, &total, &odd, &ended, &code); err == nil {
		err = s.vouched(code, "rewrap", p.What, target, p.Reached, done, total, odd, ended)
	}
	p.Target, p.Done, p.Total, p.Odd, p.Ended = uint64(target), uint64(done), uint64(total), uint64(odd), ended != 0
	return p, err
}

// pass reads how far one pass has come; nothing when it was never begun.
func (g *group) pass(what string) (p identity.Rewrap, err error) {
	_, err = g.one(rewrapColumns+"WHERE what = ?", func(r Row) (err error) {
		p, err = g.store.scanRewrap(r)
		return err
	}, what)
	return p, err
}

func (g *group) keepPass(p identity.Rewrap) error {
	target, done, total, odd := int64(p.Target), int64(p.Done), int64(p.Total), int64(p.Odd)
	return g.run(`INSERT INTO rewrap (what, target, reached, done, total, odd, ended, code) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (what) DO UPDATE SET target = excluded.target, reached = excluded.reached, done = excluded.done, total = excluded.total,
			odd = excluded.odd, ended = excluded.ended, code = excluded.code`,
		p.What, target, some(p.Reached), done, total, odd, flag(p.Ended),
		g.store.code("rewrap", p.What, target, p.Reached, done, total, odd, flag(p.Ended)))
}

// CountKeys counts the persons.
func (s *Store) CountKeys(ctx context.Context) (uint64, error) {
	return s.tally(ctx, "SELECT count(*) FROM person_key")
}

// CountCertificates counts the certificates.
func (s *Store) CountCertificates(ctx context.Context) (uint64, error) {
	return s.tally(ctx, "SELECT count(*) FROM certificate")
}

func (s *Store) tally(ctx context.Context, query string) (uint64, error) {
	var n int64
	err := s.readOne(ctx, "store.tally", "person_unknown", query, []any{&n})
	return uint64(n), err
}

// KeysAfter reads the wrapped keys of up to limit persons whose ids come after
// one, in the order of the ids; nothing else of them.
func (s *Store) KeysAfter(ctx context.Context, after []byte, limit int) (all []identity.PersonRow, err error) {
	err = s.read(ctx, "store.KeysAfter", "SELECT person, locator, identity, subject, record FROM person_key WHERE person > ? ORDER BY person LIMIT ?", func(r Row) error {
		var p identity.PersonRow
		var id []byte
		err := r.Scan(&id, &p.Keys.Locator, &p.Keys.Identity, &p.Keys.Subject, &p.Keys.Record)
		copy(p.ID[:], id)
		all = append(all, p)
		return err
	}, some(after), int64(limit))
	return all, err
}

// CertificatesAfter reads up to limit certificates whose ids come after one, in
// the order of the ids.
func (s *Store) CertificatesAfter(ctx context.Context, after []byte, limit int) (all []identity.CertificateRow, err error) {
	err = s.read(ctx, "store.CertificatesAfter", "SELECT id, locator, body, revoked FROM certificate WHERE id > ? ORDER BY id LIMIT ?", func(r Row) error {
		var c identity.CertificateRow
		var id []byte
		var revoked int64
		err := r.Scan(&id, &c.Locator, &c.Body, &revoked)
		c.Revoked = revoked != 0
		copy(c.ID[:], id)
		all = append(all, c)
		return err
	}, some(after), int64(limit))
	return all, err
}

// some is b, never NULL: nothing comes after NULL.
func some(b []byte) []byte { return append([]byte{}, b...) }

func (g *group) beginRewrap(v identity.BeginRewrap) error {
	p, err := g.pass(v.What)
	if err != nil {
		return err
	}
	if p.What != "" && p.Target >= v.Target && (p.Target > v.Target || !p.Ended) {
		return refuse("rewrap_moved")
	}
	return g.keepPass(identity.Rewrap{What: v.What, Target: v.Target, Total: v.Total})
}

func (g *group) stepRewrap(v identity.StepRewrap) error {
	p, err := g.pass(v.What)
	if err != nil {
		return err
	}
	if p.What == "" || p.Target != v.Target || p.Ended || !bytes.Equal(p.Reached, v.From) {
		return refuse("rewrap_moved")
	}
	p.Reached, p.Done, p.Odd, p.Ended = v.To, p.Done+v.Done, p.Odd+v.Odd, v.Ended
	if err := g.keepPass(p); err != nil {
		return err
	}
	for _, p := range v.Persons {
		err := g.swap("SELECT 1 FROM person_key WHERE person = ?", p.ID[:],
			"UPDATE person_key SET identity = ?, subject = ?, record = ? WHERE person = ? AND identity = ? AND subject = ? AND record = ?",
			p.To.Identity, p.To.Subject, p.To.Record, p.ID[:], p.From.Identity, p.From.Subject, p.From.Record)
		if err != nil {
			return err
		}
	}
	for _, c := range v.Certificates {
		if err := g.swap("SELECT 1 FROM certificate WHERE id = ?", c.ID[:], "UPDATE certificate SET body = ? WHERE id = ? AND body = ?", c.To, c.ID[:], c.From); err != nil {
			return err
		}
	}
	if err := g.again(v.Again); err != nil {
		return err
	}
	return g.revoke(v.Revoke)
}

// swap changes a row that is as it was read; one that is gone stays gone.
func (g *group) swap(there string, key []byte, query string, args ...any) error {
	n, err := g.exec(query, args...)
	if err != nil || n > 0 {
		return err
	}
	found := false
	if err := g.query(there, func(Row) error { found = true; return nil }, key); err != nil {
		return err
	}
	if found {
		return refuse("rewrap_moved")
	}
	return nil
}

// fresh refuses what was wrapped under keys of before a pass that was begun:
// the pass may be past its place, and would leave it behind under a key that is then destroyed.
func (g *group) fresh(what string, under uint64) error {
	p, err := g.pass(what)
	if err == nil && p.Target > under {
		return refuse("keys_moved")
	}
	return err
}
