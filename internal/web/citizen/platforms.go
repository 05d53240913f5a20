package citizen

import (
	"cmp"
	"time"

	"netid/internal/act/logout"
	"netid/internal/act/look"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/web/shell"
)

// relation is one platform in the citizen's words.
type relation struct {
	ID          identity.PartyID
	Name        string
	Domain      string
	First, Last time.Time
	Times       int
	Given       []string
	Withdrawn   bool
	Until       time.Time
	Standing    *time.Time // not asked again until then
	Refused     *time.Time // does not ask until then
	Live        []live
	Erases      bool              // it takes requests to erase
	Erasure     *identity.Erasure // the last of them
	Overdue     bool
	Mends       bool // another may be made now
}

// live is one session at a platform that may still live.
type live struct {
	ID   string
	Time time.Time
	For  string
}

func (d *Door) platforms(v *shell.Visit, s identity.Session) error {
	all, err := d.Look.Parties(v.Context(), s)
	if err != nil {
		return err
	}
	sessions, err := d.Logout.Sessions(v.Context(), s)
	if err != nil {
		return err
	}
	page := struct {
		Platforms []relation
		Said      string
	}{Said: just(v, "withdrawn", "ended")}
	for _, r := range all {
		page.Platforms = append(page.Platforms, related(v, r, sessions, d.Now()))
	}
	return v.Show(d.pages, "platforms", page)
}

// related says what stands between the citizen and one platform.
func related(v *shell.Visit, r look.Relation, sessions []logout.Session, now time.Time) relation {
	p := relation{ID: r.Party, Name: cmp.Or(r.Name.In(v.Locale), string(r.Party)), Domain: r.Domain, First: r.First, Last: r.Last, Times: r.Times,
		Withdrawn: r.Withdrawn, Until: r.Until, Standing: r.Standing, Refused: r.Refused, Erases: r.Erases, Erasure: r.Erasure}
	for _, g := range r.Given {
		p.Given = append(p.Given, said(v, g))
	}
	for _, one := range sessions {
		if one.Party == r.Party {
			p.Live = append(p.Live, live{one.Receipt.String(), one.Time, whatFor(v, one)})
		}
	}
	p.Mends = r.Erases && r.Times > 0
	if e := r.Erasure; e != nil {
		p.Overdue = e.Overdue(now)
		p.Mends = p.Mends && (e.Done && !r.Withdrawn || !e.Done && !now.Before(e.Due))
	}
	return p
}

// withdraw ends what one platform was allowed.
func (d *Door) withdraw(v *shell.Visit, s identity.Session) error {
	v.Back("/platforms")
	id, err := identity.ParsePartyID(v.Form("party"))
	if err != nil {
		return notFound(err)
	}
	if err := d.Authorize.Withdraw(v.Context(), s, id); err != nil {
		return err
	}
	return v.Go("/platforms?said=withdrawn")
}

// whatFor is what a session was begun for: what the platform said then, else its purpose.
func whatFor(v *shell.Visit, s logout.Session) string {
	if s.Intent != "" {
		return v.Say("intent." + string(s.Intent))
	}
	return s.Purpose.In(v.Locale)
}

// endSession ends one session at a platform, or all of them there.
func (d *Door) endSession(v *shell.Visit, s identity.Session) error {
	v.Back("/platforms")
	if v.Form("receipt") == "" {
		id, err := identity.ParsePartyID(v.Form("party"))
		if err != nil {
			return notFound(err)
		}
		if err := d.Logout.EndAll(v.Context(), s, id); err != nil {
			return err
		}
		return v.Go("/platforms?said=ended")
	}
	receipt, err := identity.ParseEventID(v.Form("receipt"))
	if err != nil {
		return notFound(err)
	}
	if err := d.Logout.End(v.Context(), s, receipt); err != nil {
		return err
	}
	return v.Go("/platforms?said=ended")
}

// notFound answers an address that is no address: to this citizen there is no such thing.
func notFound(err error) error {
	return fault.Wrap("citizen", fault.NotFound, fault.Public(err), err)
}
