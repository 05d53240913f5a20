package citizen

import (
	"cmp"

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
	In          string // its language, where that is not the page's
	Former      bool
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

// former is a version that was shown once, in the language in which it was.
func (d *Door) former(id, version, locale string) (Notice, bool) {
	w, ok := law.NoticeAs(id, version, locale, d.Operator)
	page := Notice{ID: id, Version: version, Title: w.Title, In: locale, Former: true}
	for _, p := range w.Parts {
		page.Parts = append(page.Parts, part(p))
	}
	return page, ok
}

// notice shows a text to whoever wants to read it again.
func (d *Door) notice(v *shell.Visit) error {
	if _, err := v.Session(); err != nil {
		return err
	}
	page, ok := d.text(v.R.PathValue("id"), v.Locale)
	if version := v.Query("version"); ok && version != "" && (version != page.Version || v.Query("in") != "") {
		page, ok = d.former(page.ID, version, cmp.Or(v.Query("in"), v.Locale))
	}
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
