package store

import (
	"slices"
	"strings"

	"netid/internal/ledger"
)

// table is one that is moved. Its statements stand here whole, as everywhere;
// the first columns are the primary key, which is never empty.
type table struct {
	keys   int
	sorts  string // of the values: b a blob, o a blob or NULL, n a number, t a text
	read   string // a page behind a key, in the order of keys
	remove string
	insert string
}

// tables are all but single_use, which the move itself keeps; tests compare
// them with the schema of each database. The head stands last.
func tables() []table { return slices.Concat(personTables(), otherTables(), ledgerTables()) }

// Columns are those that Move carries, table.column each.
func Columns() (all []string) {
	for _, t := range tables() {
		columns, _, _ := strings.Cut(strings.TrimPrefix(t.read, "SELECT "), " FROM ")
		for c := range strings.SplitSeq(columns, ", ") {
			all = append(all, t.name()+"."+c)
		}
	}
	return append(all, "single_use.id", "single_use.epoch", "single_use.nonce", "single_use.since", "single_use.copied")
}

func (t table) name() string {
	_, rest, _ := strings.Cut(t.read, " FROM ")
	name, _, _ := strings.Cut(rest, " ")
	return name
}

// Ledger reads the ledger's tables of a database that is no store yet.
func Ledger(from Reader) ledger.Rows { return rows{from} }

func personTables() []table {
	return []table{
		{1, "bnnb", "SELECT id, standing, epoch, profile FROM person WHERE id > ? ORDER BY id LIMIT ?",
			"DELETE FROM person WHERE id = ?",
			"INSERT INTO person (id, standing, epoch, profile) VALUES (?, ?, ?, ?)"},
		{1, "bbbbb", "SELECT person, locator, identity, subject, record FROM person_key WHERE person > ? ORDER BY person LIMIT ?",
			"DELETE FROM person_key WHERE person = ?",
			"INSERT INTO person_key (person, locator, identity, subject, record) VALUES (?, ?, ?, ?, ?)"},
		{1, "bbbbn", "SELECT id, owner, locator, body, revoked FROM certificate WHERE id > ? ORDER BY id LIMIT ?",
			"DELETE FROM certificate WHERE id = ?",
			"INSERT INTO certificate (id, owner, locator, body, revoked) VALUES (?, ?, ?, ?, ?)"},
		{1, "bbn", "SELECT idx, owner, generation FROM party_link WHERE idx > ? ORDER BY idx LIMIT ?",
			"DELETE FROM party_link WHERE idx = ?",
			"INSERT INTO party_link (idx, owner, generation) VALUES (?, ?, ?)"},
		{1, "bnb", "SELECT idx, seq, head FROM person_chain WHERE idx > ? ORDER BY idx LIMIT ?",
			"DELETE FROM person_chain WHERE idx = ?",
			"INSERT INTO person_chain (idx, seq, head) VALUES (?, ?, ?)"},
		{1, "nb", "SELECT slot, code FROM pending_shred WHERE slot > ? ORDER BY slot LIMIT ?",
			"DELETE FROM pending_shred WHERE slot = ?",
			"INSERT INTO pending_shred (slot, code) VALUES (?, ?)"},
		{1, "bb", "SELECT id, body FROM vault_identity WHERE id > ? ORDER BY id LIMIT ?",
			"DELETE FROM vault_identity WHERE id = ?",
			"INSERT INTO vault_identity (id, body) VALUES (?, ?)"},
		{1, "bb", "SELECT idx, body FROM vault_index WHERE idx > ? ORDER BY idx LIMIT ?",
			"DELETE FROM vault_index WHERE idx = ?",
			"INSERT INTO vault_index (idx, body) VALUES (?, ?)"},
		{1, "bnnb", "SELECT idx, month, class, body FROM escrow WHERE idx > ? ORDER BY idx LIMIT ?",
			"DELETE FROM escrow WHERE idx = ?",
			"INSERT INTO escrow (idx, month, class, body) VALUES (?, ?, ?, ?)"},
	}
}

func otherTables() []table {
	return []table{
		{1, "tbt", "SELECT id, body, standing FROM party WHERE id > ? ORDER BY id LIMIT ?",
			"DELETE FROM party WHERE id = ?",
			"INSERT INTO party (id, body, standing) VALUES (?, ?, ?)"},
		{1, "bnnb", "SELECT id, version, expires, body FROM draft WHERE id > ? ORDER BY id LIMIT ?",
			"DELETE FROM draft WHERE id = ?",
			"INSERT INTO draft (id, version, expires, body) VALUES (?, ?, ?, ?)"},
		{1, "bn", "SELECT id, until FROM once WHERE id > ? ORDER BY id LIMIT ?",
			"DELETE FROM once WHERE id = ?",
			"INSERT INTO once (id, until) VALUES (?, ?)"},
		{1, "bnnn", "SELECT idx, count, since, until FROM counter WHERE idx > ? ORDER BY idx LIMIT ?",
			"DELETE FROM counter WHERE idx = ?",
			"INSERT INTO counter (idx, count, since, until) VALUES (?, ?, ?, ?)"},
		{1, "bn", "SELECT id, until FROM revoked_verification WHERE id > ? ORDER BY id LIMIT ?",
			"DELETE FROM revoked_verification WHERE id = ?",
			"INSERT INTO revoked_verification (id, until) VALUES (?, ?)"},
		{1, "bnb", "SELECT id, until, body FROM pushed_request WHERE id > ? ORDER BY id LIMIT ?",
			"DELETE FROM pushed_request WHERE id = ?",
			"INSERT INTO pushed_request (id, until, body) VALUES (?, ?, ?)"},
		{1, "tnbnnnn", "SELECT what, target, reached, done, total, odd, ended FROM rewrap WHERE what > ? ORDER BY what LIMIT ?",
			"DELETE FROM rewrap WHERE what = ?",
			"INSERT INTO rewrap (what, target, reached, done, total, odd, ended) VALUES (?, ?, ?, ?, ?, ?, ?)"},
		{1, "bonnnb", "SELECT id, slot, due, attempts, dead, body FROM outbox WHERE id > ? ORDER BY id LIMIT ?",
			"DELETE FROM outbox WHERE id = ?",
			"INSERT INTO outbox (id, slot, due, attempts, dead, body) VALUES (?, ?, ?, ?, ?, ?)"},
	}
}

func ledgerTables() []table {
	return []table{
		{1, "nbnnobnbo", "SELECT seq, id, day, bucket, owner, leaf, state, mac, body FROM ledger_event WHERE seq > ? ORDER BY seq LIMIT ?",
			"DELETE FROM ledger_event WHERE seq = ?",
			"INSERT INTO ledger_event (seq, id, day, bucket, owner, leaf, state, mac, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"},
		{2, "nnb", "SELECT level, idx, hash FROM ledger_tile WHERE (level, idx) > (?, ?) ORDER BY level, idx LIMIT ?",
			"DELETE FROM ledger_tile WHERE (level, idx) = (?, ?)",
			"INSERT INTO ledger_tile (level, idx, hash) VALUES (?, ?, ?)"},
		{1, "nbn", "SELECT id, note, size FROM ledger_head WHERE id > ? ORDER BY id LIMIT ?",
			"DELETE FROM ledger_head WHERE id = ?",
			"INSERT INTO ledger_head (id, note, size) VALUES (?, ?, ?)"},
	}
}
