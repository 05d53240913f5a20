package citizen

import (
	"net/http"

	"netid/internal/identity"
	"netid/internal/web/shell"
)

// data shows what is kept about the person, to that person.
func (d *Door) data(v *shell.Visit, s identity.Session) error {
	p, err := d.Look.Data(v.Context(), s)
	if err != nil {
		return err
	}
	return v.Show(d.pages, "data", p)
}

// export hands the citizen everything as one file. Taking a copy is an event
// in their records, so another site's link must not be able to cause it.
func (d *Door) export(v *shell.Visit, s identity.Session) error {
	if !ours(v) {
		return v.Go("/data")
	}
	b, err := d.Look.Export(v.Context(), s)
	if err != nil {
		return err
	}
	v.W.Header().Set("Content-Disposition", `attachment; filename="netid-`+d.Now().UTC().Format("2006-01-02")+`.json"`)
	return v.Plain(http.StatusOK, "application/json", b)
}
