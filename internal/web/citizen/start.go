package citizen

import (
	"slices"

	"netid/internal/act/look"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/web/shell"
)

// homePage is the citizen's first page: their certificate.
type homePage struct {
	Card   cardView
	Turned identity.Regime // what the last birthday changed, within thirty days
	Waits  []waiting
	Told   []toldView
	Due    bool   // the notice changed since they agreed to it
	Said   string // what was just done: "frozen", "thawed"
}

// waiting is something that the citizen is asked elsewhere: its name in the
// catalogue, and the page that has it.
type waiting struct{ Name, Href string }

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
	v.Registers(workerPolicyApp)
	h, err := d.Look.Home(v.Context(), s)
	if err != nil {
		return homePage{}, err
	}
	turned, err := d.Guard.Turned(v.Context(), s)
	if err != nil {
		return homePage{}, err
	}
	waits, err := d.waits(v, s)
	if err != nil {
		return homePage{}, err
	}
	told, err := d.told(v, s)
	if err != nil {
		return homePage{}, err
	}
	due, err := d.Enrol.NoticeDue(v.Context(), s)
	shown := card(h, d.Now())
	said := just(v, "thawed")
	if shown.Frozen { // an old address says nothing that is not so
		said = just(v, "frozen")
	}
	return homePage{shown, turned, waits, told, due, said}, err
}

// just is what the page before says was done: one of these words, or none.
func just(v *shell.Visit, words ...string) string {
	if said := v.Query("said"); slices.Contains(words, said) {
		return said
	}
	return ""
}

// waits looks for what nobody but the citizen can settle.
func (d *Door) waits(v *shell.Visit, s identity.Session) (all []waiting, err error) {
	_, asked, err := d.Devices.Left(v.Context(), s)
	if err != nil {
		return nil, err
	}
	if !asked.IsZero() { // first: whoever asked may not be them
		all = append(all, waiting{"device", "/devices"})
	}
	matters, err := d.Guard.Waiting(v.Context(), s)
	if len(matters) > 0 {
		all = append(all, waiting{"child", "/children"})
	}
	return all, err
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
