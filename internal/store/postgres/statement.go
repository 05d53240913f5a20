package postgres

import (
	"strconv"
	"strings"
)

// numbered replaces each "?" by $1, $2, …
func numbered(query string) string {
	var out strings.Builder
	n := 0
	for {
		before, after, more := strings.Cut(query, "?")
		out.WriteString(before)
		if !more {
			return out.String()
		}
		n++
		out.WriteByte('$')
		out.WriteString(strconv.Itoa(n))
		query = after
	}
}
