package kit_test

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"netid/internal/act/scrub"
	"netid/internal/law"
	"netid/internal/store"
	"netid/test/kit"
)

// What is sealed has no code: that it was moved, or that what belongs to it is
// gone, shows when everybody is opened.
func TestScrubOpensEverybody(t *testing.T) {
	ctx := t.Context()
	k := kit.Open(t, t.TempDir(), law.New())
	register(t, k, "shop")
	for n := range 3 {
		c := k.Adult(n + 1)
		if err := c.Enrol(ctx); err != nil {
			t.Fatal(err)
		}
		if err := c.SignIn(ctx); err != nil {
			t.Fatal(err)
		}
	}
	looked := func() (found []string) {
		t.Helper()
		counts := map[string]int64{}
		said := func(what string, rows int64) { counts[what] = rows }
		err := k.Store.Scrub(ctx, func(a *store.Altered) error { found = append(found, a.Table); return nil }, said)
		if err == nil {
			err = (&scrub.Act{Store: k.Store, Vault: k.Vault, Found: func(f scrub.Finding) { found = append(found, f.Table) }, Said: said}).Everybody(ctx)
		}
		if err != nil {
			t.Fatal(err)
		}
		if counts["certificates"] != 3 && counts["certificates"] != 2 || counts["person"] == 0 {
			t.Errorf("%v", counts)
		}
		return slices.Compact(found)
	}
	if found := looked(); len(found) > 0 {
		t.Fatal("before anything was altered:", found)
	}
	db, err := sql.Open("sqlite", filepath.Join(k.Dir, "netid.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	pair := func(table, key, column string) string { // two rows exchange a column
		return fmt.Sprintf(`UPDATE %[1]s SET %[3]s = CASE %[2]s WHEN (SELECT min(%[2]s) FROM %[1]s) THEN (SELECT %[3]s FROM %[1]s ORDER BY %[2]s DESC LIMIT 1) ELSE (SELECT %[3]s FROM %[1]s ORDER BY %[2]s LIMIT 1) END
			WHERE %[2]s IN ((SELECT min(%[2]s) FROM %[1]s), (SELECT max(%[2]s) FROM %[1]s))`, table, key, column)
	}
	for _, c := range []struct {
		name, table, alter, want string
	}{
		{"profiles exchanged", "person", pair("person", "id", "profile"), "person"},
		{"locators exchanged", "person_key", pair("person_key", "person", "locator"), "person"},
		{"identity keys exchanged", "person_key", pair("person_key", "person", "identity"), "person"},
		{"subject keys exchanged", "person_key", pair("person_key", "person", "subject"), "person"},
		{"record keys exchanged", "person_key", pair("person_key", "person", "record"), "person"},
		{"keys gone", "person_key", "DELETE FROM person_key WHERE person = (SELECT min(person) FROM person_key)", "person"},
		{"a person gone", "person", "DELETE FROM person WHERE id = (SELECT min(id) FROM person)", "person_key"},
		{"identities exchanged", "vault_identity", pair("vault_identity", "id", "body"), "vault_identity"},
		{"an identity gone", "vault_identity", "DELETE FROM vault_identity WHERE id = (SELECT min(id) FROM vault_identity)", "vault_identity"},
		{"indexes exchanged", "vault_index", pair("vault_index", "idx", "body"), "vault_index"},
		{"an index gone", "vault_index", "DELETE FROM vault_index WHERE idx = (SELECT min(idx) FROM vault_index)", "person"},
		{"an index of nobody", "vault_index", "INSERT INTO vault_index (idx, body) SELECT randomblob(33), body FROM vault_index LIMIT 1", "vault_index"},
		{"bodies of certificates exchanged", "certificate", pair("certificate", "id", "body"), "certificate"},
		{"locators of certificates exchanged", "certificate", pair("certificate", "id", "locator"), "certificate"},
		{"a numbering gone", "person_chain", "DELETE FROM person_chain WHERE idx = (SELECT min(idx) FROM person_chain)", "person_chain"},
	} {
		t.Run(c.name, func(t *testing.T) {
			do := func(query string) {
				t.Helper()
				if _, err := db.ExecContext(ctx, query); err != nil {
					t.Fatal(err)
				}
			}
			do("CREATE TABLE aside AS SELECT * FROM " + c.table)
			do(c.alter)
			if found := looked(); !slices.Contains(found, c.want) {
				t.Errorf("found in %s", strings.Join(found, ", "))
			}
			do("DELETE FROM " + c.table)
			do("INSERT INTO " + c.table + " SELECT * FROM aside")
			do("DROP TABLE aside")
		})
	}
	if found := looked(); len(found) > 0 {
		t.Error("after all was put right:", found)
	}
}

// A numbering that is put back as it was, with its code, is not that of the ledger.
func TestScrubSeesAnOlderNumbering(t *testing.T) {
	ctx := t.Context()
	k := kit.Open(t, t.TempDir(), law.New())
	c := k.Adult(1)
	if err := c.Enrol(ctx); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", filepath.Join(k.Dir, "netid.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, query := range []string{"CREATE TABLE aside AS SELECT * FROM person_chain", "", "DELETE FROM person_chain", "INSERT INTO person_chain SELECT * FROM aside", "DROP TABLE aside"} {
		if query == "" {
			err = c.SignIn(ctx)
		} else {
			_, err = db.ExecContext(ctx, query)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	var found []string
	a := &scrub.Act{Store: k.Store, Vault: k.Vault, Found: func(f scrub.Finding) { found = append(found, f.Table) }, Said: func(string, int64) {}}
	if err := a.Everybody(ctx); err != nil || !slices.Equal(found, []string{"person_chain"}) {
		t.Error(found, err)
	}
}
