package sqlite_test

import (
	"path/filepath"
	"testing"

	"netid/internal/store/storetest"
)

// TestPrivacyNamesEveryColumn compares the schema with docs/privacy.md, both ways.
func TestPrivacyNamesEveryColumn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "netid.db")
	open(t, path).Close()
	db := plain(t, path)
	defer db.Close()
	rows, err := db.Query("SELECT s.name, c.name FROM sqlite_schema s, pragma_table_info(s.name) c WHERE s.type = 'table' AND s.name NOT LIKE 'goose%' AND s.name NOT LIKE 'sqlite%'")
	must(t, err)
	defer rows.Close()
	var schema []string
	for rows.Next() {
		var table, column string
		must(t, rows.Scan(&table, &column))
		schema = append(schema, table+"."+column)
	}
	must(t, rows.Err())
	storetest.Described(t, schema, "../../../docs/privacy.md", "")
}
