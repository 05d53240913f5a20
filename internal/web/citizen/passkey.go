package citizen

import (
	"encoding/base64"
	"strings"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/web/shell"
)

// passkeyPage has the browser make a passkey for the certificate of this id and
// have it answer the text.
type passkeyPage struct {
	Place, Text, Name string
	Certificate       identity.CertificateID
}

func (d *Door) placePasskey(v *shell.Visit, s identity.Session) error {
	place, id, err := d.Devices.Place(v.Context(), s, v.Form("name"), v.Form("passcode"))
	if err != nil {
		field := "passkey-passcode"
		if fault.Because(err, "device_name_invalid") {
			field = "passkey-name"
		}
		return d.onDevices(v, s, err, field)
	}
	v.Back("/devices")
	return v.Show(d.pages, "passkey", passkeyPage{place, d.Devices.PlaceText(place), strings.TrimSpace(v.Form("name")), id})
}

func (d *Door) putPasskey(v *shell.Visit, s identity.Session) error {
	signature, err := base64.RawURLEncoding.Strict().DecodeString(v.Form("signature"))
	if err != nil {
		err = fault.Wrap("citizen.putPasskey", fault.Invalid, "signature_invalid", err)
	} else {
		err = d.Devices.Put(v.Context(), s, v.Form("place"), []byte(v.Form("device")), signature)
	}
	return d.onDevices(v, s, err, "")
}
