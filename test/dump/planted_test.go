package dump_test

import (
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	_ "modernc.org/sqlite"

	"netid/internal/identity"
)

// planted puts one thing at a time into a copy of the database that joins two
// sides: the matcher that found nothing must now succeed nearly always, by
// that very join.
func (w *town) planted(t *testing.T) {
	for _, c := range []struct {
		what, a, b, join string
		plant            func(*plant)
	}{
		{"the row of the identity in each record", "vault_identity", "ledger", "value", func(p *plant) {
			p.do("ALTER TABLE ledger_event ADD COLUMN plain BLOB")
			p.each(func(x truth) {
				p.do("UPDATE ledger_event SET plain = ? WHERE owner = ?", row32(x, "vault_identity"), row32(x, "ledger"))
			})
		}},
		{"the person in the certificate", "person", "certificate", "value", func(p *plant) {
			p.do("ALTER TABLE certificate ADD COLUMN plain BLOB")
			p.each(func(x truth) {
				p.do("UPDATE certificate SET plain = ? WHERE owner = ?", row32(x, "person"), row32(x, "certificate"))
			})
		}},
		{"the person's bucket in the records", "person", "ledger", "equal first bits of id / bucket", func(p *plant) {
			p.each(func(x truth) {
				bucket := int64(binary.BigEndian.Uint16([]byte(x.rows["person"][0]))) >> 6
				p.do("UPDATE ledger_event SET bucket = ? WHERE owner = ?", bucket, row32(x, "ledger"))
			})
		}},
		{"identities in the order of enrolment", "vault_identity", "ledger", "rank place in the b-tree / first row", func(p *plant) {
			p.rebuild("CREATE TABLE vault_identity (id BLOB NOT NULL,\nbody BLOB NOT NULL) STRICT", 0)
		}},
		{"identities one behind the other in each page", "vault_identity", "ledger", "page / first row", func(p *plant) {
			p.rebuild("CREATE TABLE vault_identity (id BLOB NOT NULL,\nbody BLOB NOT NULL) STRICT", 0)
		}},
		{"identities that do not fit a page", "vault_identity", "ledger", "rank overflow page / first row", func(p *plant) {
			p.rebuild("CREATE TABLE vault_identity (id BLOB NOT NULL PRIMARY KEY,\nbody BLOB NOT NULL) STRICT, WITHOUT ROWID", 800)
		}},
		{"a time of enrolment, to the hour", "vault_identity", "ledger", "halves made / first row", func(p *plant) {
			p.do("ALTER TABLE vault_identity ADD COLUMN made INTEGER")
			p.each(func(x truth) {
				p.do("UPDATE vault_identity SET made = ? WHERE id = ?", int64(x.order)/4, row32(x, "vault_identity"))
			})
		}},
		{"how many records somebody has", "vault_identity", "ledger", "halves uses / rows", func(p *plant) {
			p.do("ALTER TABLE vault_identity ADD COLUMN uses INTEGER")
			p.each(func(x truth) {
				p.do("UPDATE vault_identity SET uses = (SELECT count(*) FROM ledger_event WHERE owner = ?) WHERE id = ?", row32(x, "ledger"), row32(x, "vault_identity"))
			})
		}},
	} {
		t.Run(c.what, func(t *testing.T) {
			l := w.sort(t, w.plant(t, c.plant))
			a, b := l.kind(c.a), l.kind(c.b)
			found, _, _ := match(a, b)
			for _, f := range found {
				if strings.HasPrefix(f.join, c.join) && f.hits*10 >= f.of*8 {
					t.Log(f)
					return
				}
			}
			t.Errorf("not found by %s; found %v", c.join, found)
		})
	}
	t.Run("records as long as their party made them", func(t *testing.T) {
		l := w.sort(t, w.plant(t, func(p *plant) {
			for _, v := range w.visits {
				id, err := identity.ParseEventID(v.receipt)
				must(t, err)
				p.do("UPDATE ledger_event SET body = zeroblob(?) WHERE id = ?", 1052+16*v.party, w.entry(id))
			}
		}))
		rows := w.visited(t, l, w.entry)
		if sigmas, right, chance := tells(rows, "bytes"); sigmas < 8 || right != len(rows) {
			t.Errorf("%.0f standard deviations, %d of %d, %d by chance", sigmas, right, len(rows), chance)
		}
	})
	t.Run("records in three lengths", func(t *testing.T) {
		l := w.sort(t, w.plant(t, func(p *plant) {
			for _, v := range w.visits {
				id, err := identity.ParseEventID(v.receipt)
				must(t, err)
				p.do("UPDATE ledger_event SET body = zeroblob(?) WHERE id = ?", 1052+1024*(v.party%3), w.entry(id))
			}
		}))
		if sigmas, _, _ := tells(w.visited(t, l, w.entry), "bytes"); sigmas < 8 {
			t.Errorf("%.0f standard deviations", sigmas)
		}
	})
	t.Run("a record named by the plain hash of its receipt", func(t *testing.T) {
		path := w.plant(t, func(p *plant) {
			for _, v := range w.visits {
				id, err := identity.ParseEventID(v.receipt)
				must(t, err)
				sum := sha256.Sum256(id[:])
				p.do("UPDATE ledger_event SET id = ? WHERE id = ?", sum[:16], w.entry(id))
			}
		})
		raw, err := os.ReadFile(path)
		must(t, err)
		found := map[string]bool{}
		for _, f := range w.secrets(t).search(map[string][]byte{"": raw}) {
			found[f] = true
		}
		if len(found) < len(w.visits) {
			t.Errorf("%d of %d receipts found", len(found), len(w.visits))
		}
	})
}

// plant is a copy of the database under the thief's own hand.
type plant struct {
	t  *testing.T
	w  *town
	tx *sql.Tx
}

func (w *town) plant(t *testing.T, with func(*plant)) (path string) {
	t.Helper()
	path = filepath.Join(memory(t), "planted.db")
	b, err := os.ReadFile(filepath.Join(w.dir, "netid.db"))
	must(t, err)
	must(t, os.WriteFile(path, b, 0o600))
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=journal_mode(DELETE)")
	must(t, err)
	defer db.Close()
	tx, err := db.BeginTx(t.Context(), nil)
	must(t, err)
	with(&plant{t, w, tx})
	must(t, tx.Commit())
	return path
}

func (p *plant) do(query string, args ...any) {
	p.t.Helper()
	_, err := p.tx.ExecContext(p.t.Context(), query, args...)
	must(p.t, err)
}

// each hands over everybody, in no order of theirs.
func (p *plant) each(do func(truth)) {
	for _, n := range rand.Perm(len(p.w.truths)) {
		do(p.w.truths[n])
	}
}

// rebuild puts all identities anew, in the order of enrolment, some bytes longer.
func (p *plant) rebuild(create string, longer int) {
	p.do("ALTER TABLE vault_identity RENAME TO before")
	p.do(create)
	inOrder := make([]truth, len(p.w.truths))
	for _, x := range p.w.truths {
		inOrder[x.order] = x
	}
	for _, x := range inOrder {
		p.do("INSERT INTO vault_identity (id, body) SELECT id, CAST(body || zeroblob(?) AS BLOB) FROM before WHERE id = ?", longer, row32(x, "vault_identity"))
	}
	p.do("DROP TABLE before")
}

func row32(x truth, kind string) []byte { return []byte(x.rows[kind][0]) }

func (l *loot) kind(name string) kind {
	for _, k := range l.kinds {
		if k.name == name {
			return k
		}
	}
	return kind{}
}
