package citizen

import (
	"encoding/base64"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/web/shell"
)

// parcelLife is how long the last page may be opened again when its answer
// got lost on the way.
const parcelLife = 10 * time.Minute

// parcel is what the device is handed at the end. It travels sealed.
type parcel struct {
	Number      identity.Number `json:"n"`
	Certificate string          `json:"c"`
	Token       string          `json:"t"`
	Expires     time.Time       `json:"e"` // of the certificate
	Again       bool            `json:"a,omitempty"`
	Until       time.Time       `json:"u"`
}

// confirm ends enrolment: the device's new key signs, the person gets a
// number, the key its certificate.
func (d *Door) confirm(v *shell.Visit) error {
	h, err := d.handle(v)
	if err != nil {
		return err
	}
	signature, err := base64.RawURLEncoding.Strict().DecodeString(v.Form("signature"))
	if err != nil {
		return d.took(v, "confirm", "", fault.Wrap("citizen.confirm", fault.Invalid, "signature_invalid", err))
	}
	device := []byte(v.Form("device"))
	grant, err := d.Enrol.Confirm(v.Context(), h, device, signature)
	if fault.Because(err, "device_waits") { // what was gathered is gone; they come back
		v.DropCookie(shell.CookieDraft)
		return err
	}
	if err != nil {
		return d.took(v, "confirm", "", err)
	}
	v.DropCookie(shell.CookieDraft)
	c, token, err := d.Issue.Mint(v.Context(), grant, device)
	if err != nil {
		return err
	}
	p := parcel{grant.Number, c.ID.String(), token, c.Expires, grant.Again, d.Now().Add(parcelLife)}
	sealed, err := d.Parcels.Seal(p)
	if err != nil {
		return err
	}
	if !v.SetCookie(shell.CookieParcel, sealed, int(parcelLife/time.Second)) {
		return d.unpack(v, p) // too large for a cookie: shown at once
	}
	return v.Go("/enrol/done")
}
