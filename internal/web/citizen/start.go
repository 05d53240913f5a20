package citizen

import (
	"netid/internal/act/look"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/web/shell"
)

// homePage is the citizen's first page: their certificate.
type homePage struct {
	Card   cardView
	Turned identity.Regime // what the last birthday changed, within thirty days
}

// cardView is the net certificate as the one object it is on every page.
type cardView struct {
	Masked  string
	Frozen  bool
	Held    bool // no document of theirs is valid
	Expired bool
	Soon    bool // it ends in weeks
	look.Home
}

// start is the front page, or home to whoever is signed in.
func (d *Door) start(v *shell.Visit) error {
	s, err := v.Session()
	if err != nil {
		return err
	}
	if s == nil {
		return v.Show(d.pages, "start", nil)
	}
	page, err := d.home(v, *s)
	if err != nil {
		return err
	}
	return v.Show(d.pages, "home", page)
}

func (d *Door) home(v *shell.Visit, s identity.Session) (homePage, error) {
	h, err := d.Look.Home(v.Context(), s)
	if err != nil {
		return homePage{}, err
	}
	turned, err := d.Guard.Turned(v.Context(), s)
	return homePage{card(h, d.Now()), turned}, err
}

// signedIn opens a page to whoever is signed in; others sign in first and come
// back. A form that arrives after the session ended is not replayed.
func (d *Door) signedIn(h func(*shell.Visit, identity.Session) error) shell.Handler {
	return func(v *shell.Visit) error {
		s, err := v.Session()
		if err != nil {
			return err
		}
		if s != nil {
			return h(v, *s)
		}
		if v.R.Method == "POST" {
			return fault.New("citizen", fault.Unauthenticated, "session_over")
		}
		return v.Go(signinAt(v.R.URL.RequestURI()))
	}
}
