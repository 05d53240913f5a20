package citizen

import (
	"encoding/base64"
	"net/url"

	"netid/internal/fault"
	"netid/internal/web/shell"
)

// signinPage carries the challenge that the device key answers.
type signinPage struct {
	Next      string
	Challenge string
	Text      string
}

func signinAt(next string) string { return "/signin?next=" + url.QueryEscape(shell.LocalPath(next)) }

func (d *Door) signin(v *shell.Visit) error {
	page, err := d.knock(v.Query("next"))
	if err != nil {
		return err
	}
	return v.Show(d.pages, "signin", page)
}

func (d *Door) knock(next string) (signinPage, error) {
	c, err := d.Signin.Challenge()
	return signinPage{shell.LocalPath(next), c, d.Signin.Text(c)}, err
}

// prove takes the device's answer and goes where the citizen wanted to go.
func (d *Door) prove(v *shell.Visit) error {
	next := shell.LocalPath(v.Form("next"))
	signature, err := base64.RawURLEncoding.Strict().DecodeString(v.Form("signature"))
	if err != nil {
		return d.stranger(v, fault.Wrap("citizen.prove", fault.Unauthenticated, "device_unknown", err))
	}
	s, err := d.Signin.Prove(v.Context(), v.Form("challenge"), v.Form("certificate"), signature)
	if err != nil {
		return d.stranger(v, err)
	}
	if err := v.SignIn(s); err != nil {
		return err
	}
	v.DropCookie(shell.CookieParcel)
	v.DropCookie(shell.CookieReturn)
	return v.Go(next)
}

// stranger says why not and offers a fresh challenge.
func (d *Door) stranger(v *shell.Visit, refusal error) error {
	if !shell.Recoverable(refusal) {
		return refusal
	}
	v.Back(signinAt(v.Form("next")))
	page, err := d.knock(v.Form("next"))
	if err != nil {
		return err
	}
	return v.Refuse(d.pages, "signin", refusal, page, "")
}

// signout forgets the session and what the browser cached of it. The device
// key stays: it is what signs in again.
func (d *Door) signout(v *shell.Visit) error {
	v.SignOut()
	v.W.Header().Set("Clear-Site-Data", `"cache"`)
	return v.Go("/")
}
