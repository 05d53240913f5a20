package citizen

import (
	"strings"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/web/shell"
)

// phone has a code sent to a telephone.
func (d *Door) phone(v *shell.Visit) error {
	h, err := d.handle(v)
	if err != nil {
		return err
	}
	return d.took(v, "phone", "phone", d.Enrol.Phone(v.Context(), h, v.Form("phone"), v.Locale))
}

// code takes what arrived there.
func (d *Door) code(v *shell.Visit) error {
	h, err := d.handle(v)
	if err != nil {
		return err
	}
	return d.took(v, "code", "code", d.Enrol.Code(v.Context(), h, v.Form("code")))
}

// movePhone starts a draft for another telephone, and goes to its first page.
func (d *Door) movePhone(v *shell.Visit, s identity.Session) error {
	h, err := d.Enrol.Move(v.Context(), s)
	if err != nil {
		return d.onData(v, s, err)
	}
	if err := d.under(v, h); err != nil {
		return err
	}
	return v.Go("/enrol/phone")
}

// keepPhone ends it, with the passcode.
func (d *Door) keepPhone(v *shell.Visit, s identity.Session) error {
	h, err := d.handle(v)
	if err != nil {
		return err
	}
	if err := d.Enrol.KeepPhone(v.Context(), s, h, v.Form("passcode")); err != nil {
		field := ""
		if strings.HasPrefix(fault.Public(err), "passcode_") {
			field = "passcode"
		}
		return d.took(v, "move", field, err)
	}
	v.DropCookie(shell.CookieDraft)
	return v.Go("/data")
}

func (d *Door) refusePhone(v *shell.Visit, s identity.Session) error {
	return d.onData(v, s, d.Devices.RefusePhone(v.Context(), s))
}

// onData goes back to the citizen's data, or shows there why not.
func (d *Door) onData(v *shell.Visit, s identity.Session, refusal error) error {
	v.Back("/data")
	if refusal == nil {
		return v.Go("/data")
	}
	if !shell.Recoverable(refusal) || fault.Is(refusal, fault.Unauthenticated) {
		return refusal
	}
	p, err := d.Look.Data(v.Context(), s)
	if err != nil {
		return err
	}
	return v.Refuse(d.pages, "data", refusal, p, "")
}
