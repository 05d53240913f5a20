package citizen

import (
	"net/url"

	"netid/internal/identity"
	"netid/internal/web/shell"
)

// silent sends the browser straight back where no page is needed, or none is
// wanted. In a frame nobody is signed in: the cookies do not come along there
// (SameSite), and a browser that says so is believed besides.
func (d *Door) silent(v *shell.Visit, sealed string) (gone bool, err error) {
	var s *identity.Session
	if in := v.R.Header.Get("Sec-Fetch-Dest"); in == "" || in == "document" {
		if s, err = v.Session(); err != nil {
			return false, err
		}
	}
	answer, err := d.Authorize.Silent(v.Context(), s, sealed, browser(v))
	if err != nil || answer == "" {
		return false, err
	}
	return true, v.Go("/authorize/answer?a=" + url.QueryEscape(answer))
}

// endStanding has one platform ask again.
func (d *Door) endStanding(v *shell.Visit, s identity.Session) error {
	v.Back("/platforms")
	id, err := identity.ParsePartyID(v.Form("party"))
	if err != nil {
		return notFound(err)
	}
	if err := d.Authorize.EndStanding(v.Context(), s, id); err != nil {
		return err
	}
	return v.Go("/platforms")
}
