package citizen

import (
	"netid/internal/fault"
	"netid/internal/web/shell"
)

// noticeOf is the text behind each page that asks for consent.
var noticeOf = map[string]string{"notice": "enrolment", "document-consent": "document", "face-consent": "face"}

// consent takes one answer to one text. Saying no to the notice or to the
// document ends the enrolment and keeps nothing; saying no to the face chooses
// its twin.
func (d *Door) consent(page, subject string) shell.Handler {
	return func(v *shell.Visit) error {
		h, err := d.handle(v)
		if err != nil {
			return err
		}
		answer := v.Form("consent")
		if answer != "agree" && answer != "refuse" {
			return d.took(v, page, "consent", fault.New("citizen.consent", fault.Invalid, "choice_missing"))
		}
		// The language is that of the text on the page, which may have been
		// opened before the citizen changed theirs.
		locale := v.Form("locale")
		if locale != shell.Chinese && locale != shell.English {
			locale = v.Locale
		}
		err = d.Enrol.Consent(v.Context(), h, subject, answer == "agree", locale)
		if err == nil && answer == "refuse" && subject != "face" {
			return d.cancel(v)
		}
		return d.took(v, page, "consent", err)
	}
}
