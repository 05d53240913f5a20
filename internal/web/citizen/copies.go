package citizen

import (
	"bytes"
	"encoding/csv"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"netid/internal/identity"
	"netid/internal/web/shell"
)

// ours reports whether the citizen asked by a page of ours, or by hand. Taking a
// copy is an event in their records, so another site's link must not cause it.
func ours(v *shell.Visit) bool {
	switch v.R.Header.Get("Sec-Fetch-Site") {
	case "", "same-origin", "none":
		return true
	}
	return false
}

// copyRecords hands the citizen the records that they chose as a table. Everything,
// with what proves it, is the file of /data/export.
func (d *Door) copyRecords(v *shell.Visit, s identity.Session) error {
	f := choice(v)
	if !ours(v) {
		return v.Go("/records?" + f.query())
	}
	all, err := d.Look.Copied(v.Context(), s)
	if err != nil {
		return err
	}
	rows := [][]string{{v.Say("record.time"), v.Say("record.what"), v.Say("record.party"), v.Say("record.purpose"), v.Say("record.given"), v.Say("record.withheld"), v.Say("record.ground"), v.Say("record.id")}}
	for _, r := range all {
		if !f.takes(r.Event) {
			continue
		}
		l := plain(v, r)
		rows = append(rows, []string{l.Time.In(beijing()).Format(time.RFC3339), l.What, l.Party, l.Purpose, strings.Join(l.Given, "; "), strings.Join(l.Withheld, "; "), l.Articles, l.ID})
	}
	return d.table(v, "netid-records", rows)
}

// table answers with a file that spreadsheets open.
func (d *Door) table(v *shell.Visit, name string, rows [][]string) error {
	var b bytes.Buffer
	b.WriteString("\ufeff") // by which spreadsheets know that it is UTF-8
	w := csv.NewWriter(&b)
	w.UseCRLF = true // RFC 4180 §2
	for _, row := range rows {
		for i := range row {
			row[i] = text(row[i])
		}
		if err := w.Write(row); err != nil {
			return err
		}
	}
	w.Flush()
	v.W.Header().Set("Content-Disposition", `attachment; filename="`+name+"-"+d.Now().UTC().Format("2006-01-02")+`.csv"`)
	return v.Plain(http.StatusOK, "text/csv; charset=utf-8", b.Bytes())
}

// text keeps a spreadsheet from running a cell: a platform chose its own name and purpose.
func text(s string) string {
	if first, _ := utf8.DecodeRuneInString(s); s != "" && strings.ContainsRune("=+-@\t\r＝＋－＠", first) { // the wide ones begin a formula too, where Chinese is typed
		return "'" + s
	}
	return s
}

// recordProofs hands the page's script what it checks all records with.
func (d *Door) recordProofs(v *shell.Visit, s identity.Session) error {
	b, err := d.Look.Proofs(v.Context(), s)
	if err != nil {
		return err
	}
	return v.Plain(http.StatusOK, "application/json", b)
}
