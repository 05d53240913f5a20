package citizen

import "netid/internal/web/shell"

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
