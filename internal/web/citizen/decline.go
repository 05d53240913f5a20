package citizen

import (
	"net/url"

	"netid/internal/web/shell"
)

// decline says no. It needs nobody to be signed in; the party cannot tell.
func (d *Door) decline(v *shell.Visit) error {
	s, err := v.Session()
	if err != nil {
		return err
	}
	answer, err := d.Authorize.Decline(v.Context(), s, v.Form("r"), browser(v))
	if err != nil {
		return err
	}
	return v.Go("/authorize/answer?a=" + url.QueryEscape(answer))
}
