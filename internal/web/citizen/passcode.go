package citizen

import (
	"netid/internal/fault"
	"netid/internal/web/shell"
)

// passcode takes the citizen's choice, typed twice.
func (d *Door) passcode(v *shell.Visit) error {
	h, err := d.handle(v)
	if err != nil {
		return err
	}
	err = d.Enrol.Passcode(v.Context(), h, v.Form("passcode"), v.Form("again"))
	field := "passcode"
	if fault.Because(err, "passcode_differs") {
		field = "again"
	}
	return d.took(v, "passcode", field, err)
}
