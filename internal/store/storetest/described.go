package storetest

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"netid/internal/store"
)

// Described fails unless the columns of a schema, "table.column", are those that
// the file docs/privacy.md gives reasons for, both ways. With a prefix it is
// about tables of that prefix alone, without one about all others: the shelf
// has tables on PostgreSQL only. What a move to another store carries is
// compared with the schema too.
func Described(t *testing.T, schema []string, path, prefix string) {
	t.Helper()
	text, err := os.ReadFile(path)
	ok(t, err)
	mine := func(c string) bool {
		return strings.HasPrefix(c, "shelf_") == (prefix != "") && strings.HasPrefix(c, prefix)
	}
	var said []string
	for _, c := range columns(string(text)) {
		if mine(c) {
			said = append(said, c)
		}
	}
	if len(said) == 0 || len(schema) == 0 {
		t.Fatal("nothing to compare:", len(said), len(schema))
	}
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
	if moved := store.Columns(); prefix == "" {
		slices.Sort(moved)
		slices.Sort(schema)
		if !slices.Equal(moved, schema) {
			t.Errorf("what a move carries is not the schema:\n%v\n%v", moved, schema)
		}
	}
}

// columns reads the first cells of the tables: "table.column, .column".
func columns(text string) (all []string) {
	named := regexp.MustCompile(`([a-z_]*)\.([a-z_]+)`)
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
