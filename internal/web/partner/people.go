package partner

import (
	"netid/internal/act/partner"
	"netid/internal/fault"
	"netid/internal/web/shell"
)

// peoplePage has the roles that somebody may have and, this once, an invitation.
type peoplePage struct {
	Roles  []partner.Role
	Secret string
}

func (d *Door) members(v *shell.Visit, by partner.Who) error {
	return d.show(v, by, "partner-members", peoplePage{Roles: partner.Roles()})
}

func (d *Door) unheard(v *shell.Visit, by partner.Who, err error) error {
	v.Back("/partner/members")
	return d.again(v, by, "partner-members", peoplePage{Roles: partner.Roles()}, err)
}

func (d *Door) invite(v *shell.Visit, by partner.Who) error {
	secret, err := d.Organisations.Invite(v.Context(), by, partner.Role(v.Form("role")))
	if err != nil {
		return d.unheard(v, by, err)
	}
	v.Back("/partner/members")
	return d.show(v, by, "partner-members", peoplePage{partner.Roles(), secret})
}

func (d *Door) appoint(v *shell.Visit, by partner.Who) error {
	if err := d.Organisations.Appoint(v.Context(), by, partner.ID(v.Form("id")), partner.Role(v.Form("role"))); err != nil {
		return d.unheard(v, by, err)
	}
	return v.Go("/partner/members")
}

func (d *Door) remove(v *shell.Visit, by partner.Who) error {
	whom := partner.ID(v.Form("id"))
	if err := d.Organisations.Remove(v.Context(), by, whom); err != nil {
		return d.unheard(v, by, err)
	}
	if whom == by.Member {
		return d.signout(v)
	}
	return v.Go("/partner/members")
}

// tokenPage has a token, this once.
type tokenPage struct{ Secret, Issuer string }

func (d *Door) tokens(v *shell.Visit, by partner.Who) error {
	return d.show(v, by, "partner-tokens", tokenPage{Issuer: d.Issuer})
}

func (d *Door) issue(v *shell.Visit, by partner.Who) error {
	v.Back("/partner/tokens")
	token, err := d.Organisations.Issue(v.Context(), by)
	if err != nil {
		return d.again(v, by, "partner-tokens", tokenPage{Issuer: d.Issuer}, err)
	}
	return d.show(v, by, "partner-tokens", tokenPage{token, d.Issuer})
}

func (d *Door) strike(v *shell.Visit, by partner.Who) error {
	if err := d.Organisations.Strike(v.Context(), by, partner.ID(v.Form("id"))); err != nil {
		return err
	}
	return v.Go("/partner/tokens")
}

func (d *Door) leaving(v *shell.Visit, by partner.Who) error {
	return d.show(v, by, "partner-leave", nil)
}

// leave ends the organisation. Its label is typed, so that no single press ends it.
func (d *Door) leave(v *shell.Visit, by partner.Who) error {
	v.Back("/partner/leave")
	if v.Form("label") != string(by.Organisation) {
		return d.again(v, by, "partner-leave", nil, fault.New("partner.leave", fault.Invalid, "partner_unsaid"))
	}
	if err := d.Organisations.Leave(v.Context(), by); err != nil {
		return d.again(v, by, "partner-leave", nil, err)
	}
	return d.signout(v)
}
