package citizen

import (
	"encoding/base64"
	"net/http"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/web/shell"
)

// faceTerms gives the device what it signs beside its word.
func (d *Door) faceTerms(v *shell.Visit) error {
	h, err := d.handle(v)
	if err != nil {
		return err
	}
	text, err := d.Enrol.AskFace(v.Context(), h)
	if err != nil {
		return err
	}
	return v.JSON(http.StatusOK, map[string]string{"text": text})
}

// face takes the device's own word, the choice of the way without a face, or
// the wish that a person looks.
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
	case v.Form("review") == "1":
		err = d.Enrol.Review(v.Context(), h)
	case v.Form("assertion") != "" && d.Face:
		err = d.hearFace(v, h)
	default:
		err = fault.New("citizen.face", fault.Invalid, "choice_missing")
	}
	return d.took(v, page, "choice", err)
}

func (d *Door) hearFace(v *shell.Visit, h identity.Handle) error {
	signature, err := base64.RawURLEncoding.Strict().DecodeString(v.Form("signature"))
	if err != nil {
		return fault.Wrap("citizen.hearFace", fault.Invalid, "face_invalid", err)
	}
	return d.Enrol.Face(v.Context(), h, identity.FaceWord{Said: v.Form("assertion"), Device: []byte(v.Form("device")), Signature: signature})
}

// prompts are what the page says while it looks.
func prompts() []string { return []string{"load", "front", "left", "right", "closer", "alone", "done"} }

// unseen is why the page may not have come to an answer, beside what the reader says.
func unseen() []string {
	return []string{"face_photo_other", "face_photo_unreadable", "face_camera_missing", "face_not_seen", "face_not_turned", "challenge_expired"}
}
