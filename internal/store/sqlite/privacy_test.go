package sqlite_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
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
	text, err := os.ReadFile("../../../docs/privacy.md")
	must(t, err)
	said := columns(string(text))
	for _, c := range schema {
		if !slices.Contains(said, c) {
			t.Errorf("docs/privacy.md does not say why %s is stored", c)
		}
	}
	for _, c := range said {
		if !slices.Contains(schema, c) {
			t.Errorf("docs/privacy.md speaks of %s, which is not stored", c)
		}
	}
}

var named = regexp.MustCompile(`([a-z_]*)\.([a-z_]+)`)

// columns reads the first cells of the tables: "table.column, .column".
func columns(text string) (all []string) {
	for line := range strings.Lines(text) {
		cell, is := strings.CutPrefix(line, "| ")
		if !is {
			continue
		}
		cell, _, _ = strings.Cut(cell, " |")
		table := ""
		for _, m := range named.FindAllStringSubmatch(cell, -1) {
			if m[1] != "" {
				table = m[1]
			}
			if table != "table" { // the heading
				all = append(all, table+"."+m[2])
			}
		}
	}
	return all
}
