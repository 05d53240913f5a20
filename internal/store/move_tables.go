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
	coded  string // x what the code is over, ? what it is over unless it is 0, # the code, . what a seal binds to the row; empty: no code
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
	return append(all, "single_use.id", "single_use.epoch", "single_use.nonce", "single_use.since", "single_use.copied", "single_use.code")
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
		{1, "bnnbb", "xxx.#", "SELECT id, standing, epoch, profile, code FROM person WHERE id > ? ORDER BY id LIMIT ?",
			"DELETE FROM person WHERE id = ?",
			"INSERT INTO person (id, standing, epoch, profile, code) VALUES (?, ?, ?, ?, ?)"},
		{1, "bbbbb", "", "SELECT person, locator, identity, subject, record FROM person_key WHERE person > ? ORDER BY person LIMIT ?",
			"DELETE FROM person_key WHERE person = ?",
			"INSERT INTO person_key (person, locator, identity, subject, record) VALUES (?, ?, ?, ?, ?)"},
		{1, "bbbbnnb", "xx..x?#", "SELECT id, owner, locator, body, revoked, place, code FROM certificate WHERE id > ? ORDER BY id LIMIT ?",
			"DELETE FROM certificate WHERE id = ?",
			"INSERT INTO certificate (id, owner, locator, body, revoked, place, code) VALUES (?, ?, ?, ?, ?, ?, ?)"},
		{1, "bbnnob", "xxx..#", "SELECT idx, owner, generation, until, consent, code FROM party_link WHERE idx > ? ORDER BY idx LIMIT ?",
			"DELETE FROM party_link WHERE idx = ?",
			"INSERT INTO party_link (idx, owner, generation, until, consent, code) VALUES (?, ?, ?, ?, ?, ?)"},
		{1, "bnbb", "xxx#", "SELECT idx, seq, head, code FROM person_chain WHERE idx > ? ORDER BY idx LIMIT ?",
			"DELETE FROM person_chain WHERE idx = ?",
			"INSERT INTO person_chain (idx, seq, head, code) VALUES (?, ?, ?, ?)"},
		{1, "nb", "x#", "SELECT slot, code FROM pending_shred WHERE slot > ? ORDER BY slot LIMIT ?",
			"DELETE FROM pending_shred WHERE slot = ?",
			"INSERT INTO pending_shred (slot, code) VALUES (?, ?)"},
		{1, "bb", "", "SELECT id, body FROM vault_identity WHERE id > ? ORDER BY id LIMIT ?",
			"DELETE FROM vault_identity WHERE id = ?",
			"INSERT INTO vault_identity (id, body) VALUES (?, ?)"},
		{1, "bb", "", "SELECT idx, body FROM vault_index WHERE idx > ? ORDER BY idx LIMIT ?",
			"DELETE FROM vault_index WHERE idx = ?",
			"INSERT INTO vault_index (idx, body) VALUES (?, ?)"},
		{1, "bnnbb", "xxxx#", "SELECT idx, month, class, body, code FROM escrow WHERE idx > ? ORDER BY idx LIMIT ?",
			"DELETE FROM escrow WHERE idx = ?",
			"INSERT INTO escrow (idx, month, class, body, code) VALUES (?, ?, ?, ?, ?)"},
	}
}

func otherTables() []table {
	return []table{
		{1, "tbtb", "xxx#", "SELECT id, body, standing, code FROM party WHERE id > ? ORDER BY id LIMIT ?",
			"DELETE FROM party WHERE id = ?",
			"INSERT INTO party (id, body, standing, code) VALUES (?, ?, ?, ?)"},
		{1, "bnnbb", "xxxx#", "SELECT id, version, expires, body, code FROM draft WHERE id > ? ORDER BY id LIMIT ?",
			"DELETE FROM draft WHERE id = ?",
			"INSERT INTO draft (id, version, expires, body, code) VALUES (?, ?, ?, ?, ?)"},
		{1, "bnb", "xx#", "SELECT id, until, code FROM once WHERE id > ? ORDER BY id LIMIT ?",
			"DELETE FROM once WHERE id = ?",
			"INSERT INTO once (id, until, code) VALUES (?, ?, ?)"},
		{1, "bnnnb", "xxxx#", "SELECT idx, count, since, until, code FROM counter WHERE idx > ? ORDER BY idx LIMIT ?",
			"DELETE FROM counter WHERE idx = ?",
			"INSERT INTO counter (idx, count, since, until, code) VALUES (?, ?, ?, ?, ?)"},
		{1, "bnb", "xx#", "SELECT id, until, code FROM revoked_verification WHERE id > ? ORDER BY id LIMIT ?",
			"DELETE FROM revoked_verification WHERE id = ?",
			"INSERT INTO revoked_verification (id, until, code) VALUES (?, ?, ?)"},
		{1, "bnnb", "xxx#", "SELECT id, turn, until, code FROM refresh_turn WHERE id > ? ORDER BY id LIMIT ?",
			"DELETE FROM refresh_turn WHERE id = ?",
			"INSERT INTO refresh_turn (id, turn, until, code) VALUES (?, ?, ?, ?)"},
		{1, "bnbb", "xxx#", "SELECT id, until, body, code FROM pushed_request WHERE id > ? ORDER BY id LIMIT ?",
			"DELETE FROM pushed_request WHERE id = ?",
			"INSERT INTO pushed_request (id, until, body, code) VALUES (?, ?, ?, ?)"},
		{1, "nnnb", "xxx#", "SELECT place, status, turn, code FROM status_mark WHERE place > ? ORDER BY place LIMIT ?",
			"DELETE FROM status_mark WHERE place = ?",
			"INSERT INTO status_mark (place, status, turn, code) VALUES (?, ?, ?, ?)"},
		{1, "bbnbb", "xxxx#", "SELECT id, shelf, version, body, code FROM dossier WHERE id > ? ORDER BY id LIMIT ?",
			"DELETE FROM dossier WHERE id = ?",
			"INSERT INTO dossier (id, shelf, version, body, code) VALUES (?, ?, ?, ?, ?)"},
		{1, "tnbnnnnb", "xxxxxxx#", "SELECT what, target, reached, done, total, odd, ended, code FROM rewrap WHERE what > ? ORDER BY what LIMIT ?",
			"DELETE FROM rewrap WHERE what = ?",
			"INSERT INTO rewrap (what, target, reached, done, total, odd, ended, code) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"},
		{1, "bonnnbb", "xxxxxx#", "SELECT id, slot, due, attempts, dead, body, code FROM outbox WHERE id > ? ORDER BY id LIMIT ?",
			"DELETE FROM outbox WHERE id = ?",
			"INSERT INTO outbox (id, slot, due, attempts, dead, body, code) VALUES (?, ?, ?, ?, ?, ?, ?)"},
	}
}

func ledgerTables() []table {
	return []table{
		{3, "nnbnnobnbo", "", "SELECT public, day, id, seq, bucket, owner, leaf, state, mac, body FROM ledger_event WHERE (public, day, id) > (?, ?, ?) ORDER BY public, day, id LIMIT ?",
			"DELETE FROM ledger_event WHERE (public, day, id) = (?, ?, ?)",
			"INSERT INTO ledger_event (public, day, id, seq, bucket, owner, leaf, state, mac, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"},
		{1, "nbbb", "", "SELECT idx, leaves, days, mac FROM ledger_past WHERE idx > ? ORDER BY idx LIMIT ?",
			"DELETE FROM ledger_past WHERE idx = ?",
			"INSERT INTO ledger_past (idx, leaves, days, mac) VALUES (?, ?, ?, ?)"},
		{1, "nnnb", "", "SELECT id, day, said, mac FROM ledger_floor WHERE id > ? ORDER BY id LIMIT ?",
			"DELETE FROM ledger_floor WHERE id = ?",
			"INSERT INTO ledger_floor (id, day, said, mac) VALUES (?, ?, ?, ?)"},
		{2, "nnb", "", "SELECT level, idx, hash FROM ledger_tile WHERE (level, idx) > (?, ?) ORDER BY level, idx LIMIT ?",
			"DELETE FROM ledger_tile WHERE (level, idx) = (?, ?)",
			"INSERT INTO ledger_tile (level, idx, hash) VALUES (?, ?, ?)"},
		{1, "nbn", "", "SELECT id, note, size FROM ledger_head WHERE id > ? ORDER BY id LIMIT ?",
			"DELETE FROM ledger_head WHERE id = ?",
			"INSERT INTO ledger_head (id, note, size) VALUES (?, ?, ?)"},
	}
}
