package citizen

import (
	"netid/internal/identity"
	"netid/internal/web/shell"
)

// doors are why the page of a code shows none, as it has sentences for it.
func doors() []string { return []string{"over", "offline", "frozen", "denied", "clock", "unable"} }

// qr is where a device shows a code at a door. Its script does that, without a network
// and without this server, which learns neither where nor when. So the page is the same
// for everybody and asks nobody to sign in: whoever holds the device has what it keeps.
func (d *Door) qr(v *shell.Visit) error {
	return v.Show(d.pages, "qr", struct{ Why []string }{doors()})
}

// qrOnline is where a device shows a code about which a venue asks this server (ADR 0053).
func (d *Door) qrOnline(v *shell.Visit, _ identity.Session) error {
	return v.Show(d.pages, "qr-online", nil)
}
