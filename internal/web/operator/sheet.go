package operator

import (
	"slices"
	"strings"

	"netid/internal/web/shell"
)

// queryMost is how many characters a filter takes; nobody reads a longer one.
const queryMost = 100

// sheet is a table with a filter above it and a file behind it. It narrows what its reader
// may read anyway; it searches nothing that is not on the page (N04).
type sheet[R any] struct {
	Rows  []R
	All   int
	Query string
	Here  string // the page's own address
}

// Left is how many rows the filter leaves.
func (s sheet[R]) Left() int { return len(s.Rows) }

// sheetOf keeps the rows in one of whose cells the reader's words stand, in any case of
// letters. Where the reader asked for the file (?as=csv), it is the answer, and sent is true.
func sheetOf[R any](d *Door, v *shell.Visit, name string, heads []string, all []R, cells func(R) []string) (s sheet[R], sent bool, err error) {
	s = sheet[R]{All: len(all), Query: query(v), Here: v.R.URL.Path}
	file := [][]string{heads}
	for _, r := range all {
		row := cells(r)
		if s.Query != "" && !slices.ContainsFunc(row, func(cell string) bool { return has(cell, s.Query) }) {
			continue
		}
		s.Rows, file = append(s.Rows, r), append(file, row)
	}
	if v.Query("as") != "csv" {
		return s, false, nil
	}
	return s, true, v.Table("netid-"+name, d.Now(), file)
}

func query(v *shell.Visit) string {
	q := []rune(strings.TrimSpace(v.Query("q")))
	return string(q[:min(len(q), queryMost)])
}

func has(cell, words string) bool {
	return strings.Contains(strings.ToLower(cell), strings.ToLower(words))
}
