package citizen

import "netid/internal/web/shell"

const choiceAge = 365 * 24 * 3600 // seconds that a choice is remembered

// language remembers the citizen's language, or the view with larger type.
func (d *Door) language(v *shell.Visit) error {
	switch l := v.Form("locale"); l {
	case shell.Chinese, shell.English:
		v.SetCookie(shell.CookieLocale, l, choiceAge)
	}
	switch v.Form("view") {
	case "large":
		v.SetCookie(shell.CookieLarge, "1", choiceAge)
	case "standard":
		v.DropCookie(shell.CookieLarge)
	}
	return v.Go(v.Form("next"))
}
