package citizen

import (
	"net/http"
	"strings"
	"time"

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
	return v.Table("netid-records", d.Now(), rows)
}

// recordProofs hands the page's script what it checks all records with.
func (d *Door) recordProofs(v *shell.Visit, s identity.Session) error {
	b, err := d.Look.Proofs(v.Context(), s)
	if err != nil {
		return err
	}
	return v.Plain(http.StatusOK, "application/json", b)
}
