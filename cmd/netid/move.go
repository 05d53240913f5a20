package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"syscall"

	"netid/internal/fault"
	"netid/internal/ledger"
	"netid/internal/store"
	"netid/internal/store/postgres"
	"netid/internal/store/sqlite"
	"netid/internal/suite/keyring"
	"netid/internal/vault"
)

type storeCmd struct {
	Scrub storeScrubCmd `cmd:"" help:"Look at every row outside of the ledger, beside a running server or without one: exit 0 when all are as the store wrote them, 1 when not. Reads only, repairs nothing."`
	Copy  storeCopyCmd  `cmd:"" help:"Move a deployment from the data directory to PostgreSQL: the store and the shelf. The server must be stopped; cut at any point, it is run again."`
}

type storeCopyCmd struct {
	dataFlag
	To      string `required:"" env:"NETID_STORE" placeholder:"postgres://…" help:"The database for the store; empty, or this very copy half done. Best from the environment, where no other user reads it."`
	ToShelf string `env:"NETID_SHELF" placeholder:"postgres://…" help:"The database of person secrets (default in a sandbox: a schema of its own in the same database)."`
}

// Run copies, verifies and only then turns the data directory over.
func (c *storeCopyCmd) Run(s *surroundings) error {
	to, err := withTrial(siteOf(c.Data, c.To, c.ToShelf))
	if err != nil {
		return err
	}
	if to.shelf == nil {
		return errors.New("where does the shelf of person secrets go? (--to-shelf, or $NETID_SHELF: a database of its own)")
	}
	return (&moving{surroundings: s, to: to}).run()
}

// moving is one run of a move out of a data directory.
type moving struct {
	*surroundings
	to    site
	after func(step string) error // a test's, to cut it there

	ring     *keyring.Ring
	keeper   *ledger.Keeper
	source   string // the embedded store: netid.db, or where an earlier run left it
	from     *sqlite.Database
	target   *postgres.Database
	move     *store.Move
	finished bool // by an earlier run: what is left is to clear up
}

// leftFile is what becomes of the embedded store. It is marked as a copy.
func leftFile(data string) string { return filepath.Join(data, "netid.db.copied") }

// run takes the directory for itself and goes step by step. Up to "point" the
// old deployment is as it was; from there on nobody serves before the last steps are done.
func (m *moving) run() error {
	if lost(m.to.data) {
		return fmt.Errorf("no store in %s", m.to.data)
	}
	held, err := lock(m.to.data, syscall.LOCK_EX)
	if err != nil {
		return fmt.Errorf("%w: stop it first; nothing is moved under a running server", err)
	}
	defer held.Close()
	defer m.close()
	for _, step := range []struct {
		name string
		do   func() error
	}{
		{"open", m.open}, {"check", m.check}, {"claim", m.claim}, {"rows", m.rows}, {"shelf", m.shelf}, {"compare", m.compare},
		{"point", m.point}, {"rename", m.rename}, {"leave", m.leave}, {"finish", m.finish}, {"clear", m.clear},
	} {
		if err := step.do(); err != nil {
			return err
		}
		if m.after != nil {
			if err := m.after(step.name); err != nil {
				return err
			}
		}
	}
	return nil
}

// open opens both sides. A store that an earlier run left behind is a source
// only where the directory says that its store is elsewhere.
func (m *moving) open() (err error) {
	data := m.to.data
	m.source = storeFile(data)
	if lost(m.source) {
		m.source = leftFile(data)
		if lost(m.source) || lost(elsewhere(data)) {
			return fmt.Errorf("no store in %s", data)
		}
	}
	if m.ring, err = found(data); err != nil {
		return err
	}
	m.keeper = keeperOf(m.ring)
	if m.from, err = sqlite.Open(m.source); err != nil {
		return fmt.Errorf("store: %w", err)
	}
	same, err := sqlite.OpenReadOnly(m.source) // a newer schema may have what this program would leave behind
	if err != nil {
		return fmt.Errorf("%s cannot be read as a store of this version: %w", m.source, err)
	}
	return same.Close()
}

// check verifies the ledger that is to be moved, and that its shelf opens. A
// store that was left behind passed it before; the servers may be further by now.
func (m *moving) check() error {
	if m.source == leftFile(m.to.data) {
		return nil
	}
	if err := m.verify(m.from, m.source); err != nil {
		return fmt.Errorf("nothing was moved: %w", err)
	}
	f, err := m.openShelf()
	if err != nil {
		return fmt.Errorf("nothing was moved: %w", err)
	}
	return f.Close()
}

func (m *moving) openShelf() (*vault.ShelfCopy, error) {
	f, err := vault.OpenShelfCopy(shelfFile(m.to.data), m.ring.Versions("shelf"))
	if err != nil {
		return nil, fmt.Errorf("shelf: %w", err)
	}
	return f, nil
}

// verify names what is not as it was written, as `ledger verify` does.
func (m *moving) verify(db store.Database, name string) error {
	notes, _, err := (&reading{dir: m.to.data, keeper: m.keeper}).remembered(nil)
	if err != nil {
		return err
	}
	report, err := ledger.Verify(m.ctx, store.Ledger(db), m.keeper, notes...)
	if err != nil {
		return err
	}
	for _, p := range report.Problems {
		fmt.Fprintf(m.errs, "%s: %s\n", place(p), p.What)
	}
	if p, bad := report.First(); bad {
		return fmt.Errorf("the ledger in %s does not hold: first bad: %s", name, place(p))
	}
	fmt.Fprintf(m.out, "%s: the ledger holds, %d entries, root %x\n", name, report.Size, report.Root)
	return nil
}

func (m *moving) claim() (err error) {
	if m.target, err = postgres.Open(m.ctx, *m.to.store); err != nil {
		return fmt.Errorf("%s: %w", m.to, err)
	}
	m.move = &store.Move{From: m.from, To: m.target, Said: m.progress()}
	resumed := m.source == leftFile(m.to.data)
	m.finished, err = m.move.Claim(m.ctx, resumed)
	switch {
	case fault.Because(err, "target_not_empty"):
		return fmt.Errorf("%s has a store already that is not this copy: name an empty database", m.to)
	case fault.Because(err, "source_is_a_copy"):
		return fmt.Errorf("the store in %s is a copy and not served: run `netid restore --raise --data %s` first", m.to.data, m.to.data)
	case err == nil && m.finished && !resumed:
		return fmt.Errorf("%s is served already as the store of another copy of %s", m.to, m.to.data)
	}
	return err
}

// progress says how far a table is, now and then.
func (m *moving) progress() func(string, int64) {
	const often = 100_000 // rows
	var table string
	var next int64
	return func(now string, rows int64) {
		if now != table {
			table, next = now, often
		}
		if rows >= next {
			next += often
			fmt.Fprintf(m.errs, "%s: %d rows\n", now, rows)
		}
	}
}

func (m *moving) rows() error {
	if m.finished {
		return nil
	}
	return m.move.Copy(m.ctx)
}

func (m *moving) shelf() error {
	if m.finished {
		return nil
	}
	f, err := m.openShelf()
	if err != nil {
		return err
	}
	defer f.Close()
	err = postgres.FillShelf(m.ctx, *m.to.shelf, m.ring.Versions("shelf"), f)
	if fault.Because(err, "target_not_empty") {
		return fmt.Errorf("%s has another shelf already: name an empty database (%w)", m.to.shelf, err)
	}
	return err
}

// compare reads everything on both sides once more.
func (m *moving) compare() error {
	if m.finished {
		return nil
	}
	rows, err := m.move.Compare(m.ctx)
	if err != nil {
		return fmt.Errorf("the copy is not what was copied, and is not used: %w", err)
	}
	if err := m.verify(m.target, m.to.String()); err != nil {
		return fmt.Errorf("the copy is not used: %w", err)
	}
	f, err := m.openShelf()
	if err != nil {
		return err
	}
	defer f.Close()
	s, err := postgres.OpenShelfReadOnly(m.ctx, *m.to.shelf, m.ring.Versions("shelf"))
	if err != nil {
		return fmt.Errorf("shelf: %w", err)
	}
	defer s.Close()
	there, err := s.Compare(m.ctx, f)
	if err != nil {
		return fmt.Errorf("the copy of the shelf is not used: %w", err)
	}
	if there.Held != f.Held || there.Destroyed != f.Destroyed || there.Odd != f.Odd {
		return fmt.Errorf("the copy of the shelf is not used: %d slots open there and %d here", there.Held, f.Held)
	}
	fmt.Fprintf(m.out, "%d rows are equal on both sides, and the shelf: %d persons' secrets open, %d are destroyed, %d do not open.\n", rows, there.Held, there.Destroyed, there.Odd)
	return nil
}

func (m *moving) close() {
	if m.from != nil {
		m.from.Close()
	}
	if m.target != nil {
		m.target.Close()
	}
}
