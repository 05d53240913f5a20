package citizen

import (
	"cmp"
	"slices"
	"time"

	"netid/internal/act/authorize"
	"netid/internal/act/logout"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/web/shell"
)

// requestsPage is what waits for the citizen now, and what they may still undo.
type requestsPage struct {
	Across  bool // a code was read in this browser, and its request is not over
	Matters []matterView
	Recent  []recent // verifications of the last minutes
	Signals bool
}

type recent struct {
	Party string // as the records name it
	live
}

func (d *Door) requests(v *shell.Visit, s identity.Session) error {
	across, err := d.underWay(v, s)
	if err != nil {
		return err
	}
	page := requestsPage{Across: across, Signals: d.Signals != nil}
	all, err := d.Guard.Waiting(v.Context(), s)
	if err != nil {
		return err
	}
	for _, m := range all {
		page.Matters = append(page.Matters, d.matterView(m))
	}
	sessions, err := d.Logout.Sessions(v.Context(), s)
	if err != nil {
		return err
	}
	sessions = slices.DeleteFunc(sessions, func(one logout.Session) bool { return !d.undoable(one.Time) })
	names, err := d.namesOf(v, s, sessions)
	if err != nil {
		return err
	}
	for _, one := range sessions {
		page.Recent = append(page.Recent, recent{cmp.Or(names[one.Party], string(one.Party)), live{one.Receipt.String(), one.Time, whatFor(v, one)}})
	}
	return v.Show(d.pages, "requests", page)
}

// namesOf are the names of parties, where there is any to name.
func (d *Door) namesOf(v *shell.Visit, s identity.Session, sessions []logout.Session) (map[identity.PartyID]string, error) {
	if len(sessions) == 0 {
		return nil, nil
	}
	all, err := d.Look.Parties(v.Context(), s)
	names := map[identity.PartyID]string{}
	for _, r := range all {
		names[r.Party] = r.Name.In(v.Locale)
	}
	return names, err
}

// underWay reports whether a code that this browser read waits for something still.
func (d *Door) underWay(v *shell.Visit, s identity.Session) (bool, error) {
	kept := v.Cookie(shell.CookieScan)
	if kept == "" {
		return false, nil
	}
	c, err := d.Authorize.Scanned(v.Context(), s, kept, v.Locale)
	switch {
	case fault.Is(err, fault.Gone) || fault.Is(err, fault.Forbidden):
		return false, nil
	case err != nil:
		return false, err
	}
	return c.State == authorize.CrossingRead || c.State == authorize.CrossingAsked || c.State == authorize.CrossingApproved, nil
}

// undoable: the citizen may still say of a verification of then that it was not them.
func (d *Door) undoable(then time.Time) bool { return d.Now().Before(then.Add(logout.UndoFor)) }

// disown takes the word "it wasn't me".
func (d *Door) disown(v *shell.Visit, s identity.Session) error {
	v.Back("/records")
	id, err := identity.ParseEventID(v.Form("receipt"))
	if err != nil {
		return notFound(err)
	}
	if err := d.Logout.Disown(v.Context(), s, id); err != nil {
		return fault.At("citizen.disown", err)
	}
	return v.Show(d.pages, "disowned", nil)
}
