package partner

import (
	"strings"

	"netid/internal/act/partner"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/web/shell"
)

// domains shows what was proven, and the line by which another one is.
func (d *Door) domains(v *shell.Visit, by partner.Who) error {
	return d.show(v, by, "partner-domains", "")
}

// prove looks at a host, as often as somebody asks: a file may take its time to appear.
func (d *Door) prove(v *shell.Visit, by partner.Who) error {
	host := strings.TrimSpace(v.Form("host"))
	if err := d.Organisations.Prove(v.Context(), by, host); err != nil {
		v.Back("/partner/domains")
		return d.again(v, by, "partner-domains", host, err)
	}
	return v.Go("/partner/domains")
}

// owned is a party of the organisation as it is registered.
type owned struct {
	ID    identity.PartyID
	Name  identity.Text
	State string // parties.state.*
	Gone  bool
}

// partiesPage are the parties, and what an assertion for one must say.
type partiesPage struct {
	All      []owned
	Audience string
	Party    string // as it was typed
}

func (d *Door) partiesOf(v *shell.Visit, by partner.Who) (partiesPage, error) {
	p := partiesPage{Audience: d.Organisations.Audience(by.Organisation), Party: v.Form("party")}
	o, err := d.Organisations.Look(v.Context(), by)
	if err != nil {
		return p, err
	}
	for _, id := range o.Applications {
		one, err := d.owned(v, id)
		if err != nil {
			return p, err
		}
		p.All = append(p.All, one)
	}
	return p, nil
}

// owned reads how a party stands. One that was never registered, or whose record is gone,
// takes part no more.
func (d *Door) owned(v *shell.Visit, id identity.PartyID) (owned, error) {
	p, err := d.Parties.Party(v.Context(), id)
	o := owned{ID: id, Name: p.Name, State: string(p.Standing)}
	switch {
	case fault.Is(err, fault.NotFound), err == nil && p.Standing == identity.PartyRemoved:
		o.State, o.Gone = string(identity.PartyRemoved), true
		return o, nil
	case err == nil && p.Standing == identity.PartySuspended && p.Reason == identity.PartyReview:
		o.State = "review"
	}
	return o, err
}

func (d *Door) parties(v *shell.Visit, by partner.Who) error {
	p, err := d.partiesOf(v, by)
	if err != nil {
		return err
	}
	return d.show(v, by, "partner-parties", p)
}

func (d *Door) unowned(v *shell.Visit, by partner.Who, refusal error) error {
	v.Back("/partner/parties")
	p, err := d.partiesOf(v, by)
	if err != nil {
		return err
	}
	return d.again(v, by, "partner-parties", p, refusal)
}

// claim takes a party by its key (M09).
func (d *Door) claim(v *shell.Visit, by partner.Who) error {
	id, err := identity.ParsePartyID(strings.TrimSpace(v.Form("party")))
	if err == nil {
		err = d.Organisations.Claim(v.Context(), by, id, strings.TrimSpace(v.Form("assertion")))
	}
	if err != nil {
		return d.unowned(v, by, err)
	}
	return v.Go("/partner/parties")
}

// release gives a party back that takes part no more.
func (d *Door) release(v *shell.Visit, by partner.Who) error {
	id, err := identity.ParsePartyID(v.Form("party"))
	var o owned
	if err == nil {
		o, err = d.owned(v, id)
	}
	if err == nil {
		err = d.Organisations.Release(v.Context(), by, id, o.Gone)
	}
	if err != nil {
		return d.unowned(v, by, err)
	}
	return v.Go("/partner/parties")
}
