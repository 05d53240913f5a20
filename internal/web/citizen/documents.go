package citizen

import (
	"strings"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/web/shell"
)

// soon is how long before its last day a document, or a certificate, is said to
// end: long enough to have a card renewed.
const soon = 90 * 24 * time.Hour

// documentsPage is what somebody holds, and the choice of what to show next.
type documentsPage struct {
	kindPage
	Held    []heldDocument
	Sandbox bool
}

type heldDocument struct {
	identity.Document
	Over, Soon bool
}

func (d *Door) documents(v *shell.Visit, s identity.Session) error {
	page, err := d.held(v, s)
	if err != nil {
		return err
	}
	return v.Show(d.pages, "documents", page)
}

func (d *Door) held(v *shell.Visit, s identity.Session) (documentsPage, error) {
	p, err := d.Look.Data(v.Context(), s)
	if err != nil {
		return documentsPage{}, err
	}
	page := documentsPage{kindPage: d.kinds(v), Sandbox: p.Sandbox}
	for _, one := range p.Documents {
		over := !one.ValidOn(identity.Today(d.Now()))
		page.Held = append(page.Held, heldDocument{one, over, !over && !one.ValidOn(identity.Today(d.Now().Add(soon)))})
	}
	return page, nil
}

// addDocument starts a draft for one more document, or for the successor of one.
func (d *Door) addDocument(v *shell.Visit, s identity.Session) error {
	v.Back("/documents")
	h, err := d.Enrol.Add(v.Context(), s, v.Form("kind"))
	if v.Form("kind") == "" {
		err = fault.New("citizen.addDocument", fault.Invalid, "kind_missing")
	}
	if err != nil {
		if !shell.Recoverable(err) {
			return err
		}
		page, other := d.held(v, s)
		if other != nil {
			return other
		}
		return v.Refuse(d.pages, "documents", err, page, "kinds")
	}
	if err := d.under(v, h); err != nil {
		return err
	}
	return v.Go("/enrol")
}

// keptPage hands the device its new certificate, where there is one.
type keptPage struct {
	Certificate, Token string
	Expires            time.Time
}

// keepDocument ends it, with the passcode. A certificate that would end before
// the document now may gets a successor on this device.
func (d *Door) keepDocument(v *shell.Visit, s identity.Session) error {
	h, err := d.handle(v)
	if err != nil {
		return err
	}
	grant, err := d.Enrol.Keep(v.Context(), s, h, v.Form("passcode"))
	if err != nil {
		field := ""
		if strings.HasPrefix(fault.Public(err), "passcode_") {
			field = "passcode"
		}
		return d.took(v, "keep", field, err)
	}
	v.Back("/documents")
	v.DropCookie(shell.CookieDraft)
	c, token, err := d.Issue.Renew(v.Context(), s, grant)
	if err != nil {
		return err
	}
	return v.Show(d.pages, "kept", keptPage{c.ID.String(), token, c.Expires})
}

// unlisted is for whoever holds none of the seven: what they can do instead (Art. 7).
func (d *Door) unlisted(v *shell.Visit) error { return v.Show(d.pages, "unlisted", nil) }
