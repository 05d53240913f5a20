package citizen

import (
	"strings"

	"netid/internal/act/erase"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/web/shell"
)

// receiptPage is the receipt, of oneself or of a child: then this device's key stays.
type receiptPage struct {
	erase.Receipt
	Ward bool
}

func (d *Door) eraseForm(v *shell.Visit, _ identity.Session) error {
	return v.Show(d.pages, "erase", nil)
}

// erase ends the person's identity here and shows the receipt. The receipt is
// not kept anywhere, so it is the answer itself.
func (d *Door) erase(v *shell.Visit, s identity.Session) error {
	v.Back("/erase")
	if v.Form("confirm") != "erase" {
		return v.Refuse(d.pages, "erase", fault.New("citizen.erase", fault.Invalid, "erase_unconfirmed"), nil, "confirm")
	}
	r, err := d.Erase.Erase(v.Context(), s, v.Form("passcode"))
	if err != nil {
		if !shell.Recoverable(err) {
			return err
		}
		field := ""
		if strings.HasPrefix(fault.Public(err), "passcode_") {
			field = "passcode"
		}
		return v.Refuse(d.pages, "erase", err, nil, field)
	}
	v.Back("/")
	v.SignOut()
	v.DropCookie(shell.CookieParcel)
	v.DropCookie(shell.CookieReturn)
	v.W.Header().Set("Clear-Site-Data", `"cache"`)
	return v.Show(d.pages, "receipt", receiptPage{r, false})
}
