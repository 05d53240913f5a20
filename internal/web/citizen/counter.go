package citizen

import (
	"time"

	"netid/internal/fault"
	"netid/internal/web/shell"
)

// clerk shows a slip on the page that takes the document, for a clerk to type.
func (d *Door) clerk(v *shell.Visit) error {
	h, err := d.handle(v)
	if err != nil {
		return err
	}
	return d.took(v, "card", "", d.Enrol.AskClerk(v.Context(), h))
}

// second asks for a second clerk, or goes on without a telephone where one agreed.
func (d *Door) second(v *shell.Visit) error {
	h, err := d.handle(v)
	if err != nil {
		return err
	}
	if v.Form("phone") == "none" {
		err = d.Enrol.NoPhone(v.Context(), h)
	} else {
		err = d.Enrol.AskSecond(v.Context(), h)
	}
	return d.took(v, "phone", "", err)
}

// finish ends an enrolment at a counter without a device, and shows the number once.
// Nothing of it stays in the counter's browser.
func (d *Door) finish(v *shell.Visit) error {
	h, err := d.handle(v)
	if err != nil {
		return err
	}
	grant, err := d.Enrol.Finish(v.Context(), h)
	if fault.Because(err, "device_waits") {
		v.DropCookie(shell.CookieDraft)
		return err
	}
	if err != nil {
		return d.took(v, "confirm", "", err)
	}
	v.DropCookie(shell.CookieDraft)
	v.W.Header().Set("Clear-Site-Data", `"cache"`)
	return v.Show(d.pages, "numbered", struct {
		Number, Grouped string
		Again           bool
	}{string(grant.Number), grant.Number.Grouped(), grant.Again})
}

// slip prints what leads back to the enrolment, and forgets it here.
func (d *Door) slip(v *shell.Visit) error {
	h, err := d.handle(v)
	if err != nil {
		return err
	}
	s, until, err := d.Enrol.Slip(v.Context(), h)
	if err != nil {
		return d.took(v, "confirm", "", err)
	}
	v.DropCookie(shell.CookieDraft)
	v.W.Header().Set("Clear-Site-Data", `"cache"`)
	return v.Show(d.pages, "slip", struct {
		Slip, Address string
		Until         time.Time
	}{s.Grouped(), d.Issuer + "/enrol/resume", until})
}

func (d *Door) resumeForm(v *shell.Visit) error { return v.Show(d.pages, "resume", nil) }

// resume takes a printed slip and goes on in this browser.
func (d *Door) resume(v *shell.Visit) error {
	v.Back("/enrol/resume")
	if err := apart(v); err != nil {
		return err
	}
	h, err := d.Enrol.Resume(v.Context(), v.Form("slip"))
	if err != nil {
		if !shell.Recoverable(err) {
			return err
		}
		return v.Refuse(d.pages, "resume", err, nil, "slip")
	}
	if err := d.under(v, h); err != nil {
		return err
	}
	return v.Go("/enrol")
}
