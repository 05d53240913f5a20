package kit_test

import (
	"database/sql"
	"path/filepath"
	"testing"

	"netid/internal/law"
	"netid/internal/ledger"
	"netid/test/kit"
)

// Edits that a reader with narrower types, or one that begins at zero, would
// not see, though the database does: what it then finds by these columns is
// another set of rows than the one that was checked.
func TestVerifySeesWhatTheDatabaseSees(t *testing.T) {
	for name, edit := range map[string]string{
		"nothing": "UPDATE ledger_event SET day = day WHERE seq = 3",
		"a day that wraps around: it never expires":      "UPDATE ledger_event SET day = day + 4294967296 WHERE seq = 3",
		"a day that wraps around, downward":              "UPDATE ledger_event SET day = day - 4294967296 WHERE seq = 3",
		"a state that wraps around: no erasure finds it": "UPDATE ledger_event SET state = state + 256 WHERE seq = 3",
		"a bucket that wraps around":                     "UPDATE ledger_event SET bucket = bucket + 65536 WHERE seq = 3",
		"a longer leaf: no proof reads it":               "UPDATE ledger_event SET leaf = CAST(leaf || x'00' AS BLOB) WHERE seq = 3",
		"a row before the first":                         "INSERT INTO ledger_event SELECT -1, public, day, x'00112233445566778899aabbccddeeff', bucket, owner, leaf, state, mac, body FROM ledger_event WHERE seq = 3",
		"a row before the first, held and over":          "INSERT INTO ledger_event SELECT -9223372036854775807, public, 1, x'00112233445566778899aabbccddeeff', bucket, owner, leaf, 4, mac, body FROM ledger_event WHERE seq = 3",
	} {
		t.Run(name, func(t *testing.T) {
			k := kit.New(t, law.New())
			for n := range 2 {
				c := k.Adult(n + 1)
				if err := c.Enrol(t.Context()); err != nil {
					t.Fatal(err)
				}
				if err := c.SignIn(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			db, err := sql.Open("sqlite", filepath.Join(k.Dir, "netid.db"))
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			if r, err := db.ExecContext(t.Context(), edit); err != nil {
				t.Fatal(err)
			} else if n, _ := r.RowsAffected(); n != 1 {
				t.Fatalf("%d rows", n)
			}
			r, err := ledger.Verify(t.Context(), k.Store, k.Keeper)
			if err != nil {
				t.Fatal(err)
			}
			if r.OK() != (name == "nothing") {
				t.Errorf("%+v", r.Problems)
			}
			if p, bad := r.First(); bad && p.Index != 3 && p.Index != 0 {
				t.Errorf("it names %d", p.Index)
			}
		})
	}
}
