package citizen

import (
	"net/url"

	"netid/internal/web/shell"
)

// decline says no, to this request or for longer. It needs nobody to be signed in
// for the first; the party cannot tell.
func (d *Door) decline(v *shell.Visit) error {
	s, err := v.Session()
	if err != nil {
		return err
	}
	var answer string
	if s != nil && v.Form("quiet") == "yes" {
		answer, err = d.Authorize.DeclineLasting(v.Context(), *s, v.Form("r"), browser(v))
	} else {
		answer, err = d.Authorize.Decline(v.Context(), s, v.Form("r"), browser(v))
	}
	if err != nil {
		return err
	}
	return v.Go("/authorize/answer?a=" + url.QueryEscape(answer))
}
