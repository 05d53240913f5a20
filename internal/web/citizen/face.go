package citizen

import (
	"netid/internal/fault"
	"netid/internal/web/shell"
)

// face takes the device's own word, or the choice of the way without a face.
func (d *Door) face(v *shell.Visit) error {
	h, err := d.handle(v)
	if err != nil {
		return err
	}
	page := "face"
	switch {
	case v.Form("twin") == "1":
		err = d.Enrol.Twin(v.Context(), h)
		page = "face-consent"
	case v.Form("assertion") != "" && d.Face:
		err = d.Enrol.Face(v.Context(), h, v.Form("assertion"))
	default:
		err = fault.New("citizen.face", fault.Invalid, "choice_missing")
	}
	return d.took(v, page, "choice", err)
}
