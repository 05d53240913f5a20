package citizen

import (
	"netid/internal/fault"
	"netid/internal/law"
	"netid/internal/web/shell"
)

// Notice is one text of the law's room as a page shows it: exactly its words.
type Notice struct {
	ID, Version string
	Title       string
	Parts       []part
	Others      []Notice
}

type part struct{ Heading, Body string }

// text finds a notice and fills in the operator.
func (d *Door) text(id, locale string) (Notice, bool) {
	n, ok := law.NoticeByID(id)
	if !ok {
		return Notice{}, false
	}
	page := Notice{ID: n.ID, Version: n.Version, Title: n.Title.In(locale)}
	for _, i := range n.In(locale, d.Operator).Items {
		page.Parts = append(page.Parts, part{i.Title.In(locale), i.Body.In(locale)})
	}
	return page, true
}

// notice shows a text to whoever wants to read it again.
func (d *Door) notice(v *shell.Visit) error {
	if _, err := v.Session(); err != nil {
		return err
	}
	page, ok := d.text(v.R.PathValue("id"), v.Locale)
	if !ok {
		return fault.New("citizen.notice", fault.NotFound, "page_unknown")
	}
	for _, o := range law.Notices() {
		if o.ID != page.ID {
			page.Others = append(page.Others, Notice{ID: o.ID, Title: o.Title.In(v.Locale)})
		}
	}
	return v.Show(d.pages, "reading", page)
}
