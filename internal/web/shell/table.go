package shell

import (
	"bytes"
	"encoding/csv"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"
)

// Table answers with a file that spreadsheets open (RFC 4180), named after what is in
// it and the day on which it was taken.
func (v *Visit) Table(name string, day time.Time, rows [][]string) error {
	var b bytes.Buffer
	b.WriteString("\ufeff") // by which spreadsheets know that it is UTF-8
	w := csv.NewWriter(&b)
	w.UseCRLF = true // RFC 4180 §2
	for _, row := range rows {
		safe := make([]string, len(row))
		for i, cell := range row {
			safe[i] = inert(cell)
		}
		if err := w.Write(safe); err != nil {
			return err
		}
	}
	w.Flush()
	v.W.Header().Set("Content-Disposition", `attachment; filename="`+name+"-"+day.UTC().Format(time.DateOnly)+`.csv"`)
	return v.Plain(http.StatusOK, "text/csv; charset=utf-8", b.Bytes())
}

// inert keeps a spreadsheet from running a cell: a platform chose its own name and purpose.
func inert(s string) string {
	if first, _ := utf8.DecodeRuneInString(s); s != "" && strings.ContainsRune("=+-@\t\r＝＋－＠", first) { // the wide ones begin a formula too, where Chinese is typed
		return "'" + s
	}
	return s
}
