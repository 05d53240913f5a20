package citizen

import (
	"cmp"
	"net/url"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/web/shell"
)

// logoutPage is a platform's log-out as the citizen meets it: the platform's
// session is over, or the citizen is asked.
type logoutPage struct {
	G        string // the sealed log-out
	Name     string // of the platform; "" where none is known
	Ended    bool
	SignedIn bool // at this service, in this browser
	Back     bool // the browser goes on to the platform
}

// goodbye tells the citizen that they are signed out at the platform, and offers
// to sign them out here. Who is not signed in here has nothing to decide
// and goes straight on.
func (d *Door) goodbye(v *shell.Visit) error {
	page, _, err := d.leaving(v, v.Query("g"))
	if err != nil {
		return err
	}
	if !page.SignedIn && page.Back {
		return v.Go(onward(page.G))
	}
	return v.Show(d.pages, "logout", page)
}

// part takes the choice. That a platform asked is no reason to end anything:
// without a good hint nothing has happened before this.
func (d *Door) part(v *shell.Visit) error {
	page, g, err := d.leaving(v, v.Form("g"))
	if err != nil {
		return err
	}
	s, err := v.Session()
	if err != nil {
		return err
	}
	switch choice := v.Form("choice"); {
	case choice == "stay":
	case s == nil:
		return fault.New("citizen.part", fault.Unauthenticated, "session_over")
	case choice == "out":
		v.SignOut()
		v.W.Header().Set("Clear-Site-Data", `"cache"`)
	case choice == "end" && !g.Ended && g.Party != "":
		if err := d.Logout.EndAll(v.Context(), *s, g.Party); err != nil {
			return err
		}
		return v.Go("/platforms")
	default:
		return fault.New("citizen.part", fault.Invalid, "choice_missing")
	}
	if page.Back {
		return v.Go(onward(page.G))
	}
	return v.Go("/")
}

func onward(sealed string) string { return "/logout/answer?g=" + url.QueryEscape(sealed) }

// leaving opens the log-out that this browser carries.
func (d *Door) leaving(v *shell.Visit, sealed string) (logoutPage, identity.Goodbye, error) {
	g, p, err := d.Logout.Read(v.Context(), sealed)
	if err != nil {
		return logoutPage{}, g, err
	}
	v.Prefer(g.Locale)
	v.LeadsTo(g.Redirect)
	v.Back("/logout/page?g=" + url.QueryEscape(sealed))
	s, err := v.Session()
	return logoutPage{G: sealed, Name: cmp.Or(p.Name.In(v.Locale), string(p.ID)), Ended: g.Ended, SignedIn: s != nil, Back: g.Redirect != ""}, g, err
}
