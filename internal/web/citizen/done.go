package citizen

import (
	"netid/internal/web/shell"
)

// donePage shows the number, once, and hands the certificate to the device.
type donePage struct {
	parcel
	Grouped   string
	Next      string
	Asked     bool // a party's request waits
	Challenge string
	Text      string
}

// done opens the parcel. It stays openable for minutes, so that a lost answer
// loses nobody their certificate; signing in ends it.
func (d *Door) done(v *shell.Visit) error {
	var p parcel
	if err := d.Parcels.Open(v.Cookie(shell.CookieParcel), &p); err != nil || !d.Now().Before(p.Until) {
		v.DropCookie(shell.CookieParcel)
		return v.Go("/")
	}
	return d.unpack(v, p)
}

func (d *Door) unpack(v *shell.Visit, p parcel) error {
	c, err := d.Signin.Challenge()
	if err != nil {
		return err
	}
	next := shell.LocalPath(v.Cookie(shell.CookieReturn))
	return v.Show(d.pages, "done", donePage{parcel: p, Grouped: p.Number.Grouped(), Next: next, Asked: next != "/", Challenge: c, Text: d.Signin.Text(c)})
}
