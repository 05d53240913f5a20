package guard

import (
	"context"
	"encoding/hex"
	"slices"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/ledger"
)

// Child is one minor as the guardian sees them.
type Child struct {
	Ref          string // names the child on this guardian's pages
	Name         string // masked
	Regime       identity.Regime
	Standing     identity.Standing
	Turned       identity.Regime // what they became within thirty days; "" if nothing
	Certificates []identity.Certificate

	// Number is for a door that asks what else was told of a child under 14, whose uses the
	// guardian reads anyway. It is shown nowhere, and no other act gives it.
	Number identity.Number
}

// Held reports whether no document of the child is valid any more, or the child is dead.
func (c Child) Held() bool { return c.Standing.Has(identity.Held | identity.Closed) }

// Frozen reports whether a guardian's freeze stands, which a guardian ends.
func (c Child) Frozen() bool { return c.Standing.Has(identity.FrozenByGuardian) }

// visit opens the guardian and asks the register for whom they answer now.
func (a *Act) visit(ctx context.Context, s identity.Session) (identity.Opened, map[identity.PersonHandle]bool, error) {
	o, err := a.Vault.Visit(ctx, s)
	if err != nil {
		return o, nil, err
	}
	h, err := a.handle(ctx, o)
	if err != nil || h == "" {
		return o, nil, err
	}
	list, err := a.Register.Wards(ctx, h)
	wards := map[identity.PersonHandle]bool{}
	for _, w := range list {
		wards[w] = w != h
	}
	return o, wards, err
}

// Children are the guardian's minors who are enrolled here; of whom turned
// eighteen it is told for a while that it is over.
func (a *Act) Children(ctx context.Context, s identity.Session) (all []Child, err error) {
	const op = "guard.Children"
	err = a.wards(ctx, s, func(_ identity.Opened, ref string, o identity.Opened) error {
		c, err := a.child(ctx, ref, o)
		if err == nil && (c.Regime != identity.Adult || c.Turned != "") {
			all = append(all, c)
		}
		return err
	})
	return all, fault.At(op, err)
}

// Minors are those for whom a guardian answers now, one by one, with their masked names.
func (a *Act) Minors(ctx context.Context, s identity.Session, do func(name string, regime identity.Regime, o identity.Opened) error) error {
	return fault.At("guard.Minors", a.wards(ctx, s, func(_ identity.Opened, _ string, o identity.Opened) error {
		p, err := a.Vault.Identity(ctx, o)
		if err != nil {
			return err
		}
		if regime := identity.RegimeAt(p.Birth, a.today()); regime != identity.Adult {
			return do(identity.MaskName(p.Name), regime, o)
		}
		return nil
	}))
}

func (a *Act) wards(ctx context.Context, s identity.Session, do func(guardian identity.Opened, ref string, o identity.Opened) error) error {
	g, wards, err := a.visit(ctx, s)
	if err != nil {
		return err
	}
	var handles []identity.PersonHandle
	for h, yes := range wards {
		if yes {
			handles = append(handles, h)
		}
	}
	slices.Sort(handles)
	return a.each(ctx, handles, func(h identity.PersonHandle, o identity.Opened) error {
		return do(g, hex.EncodeToString(a.Vault.WardIndex(g, h)), o)
	})
}

func (a *Act) child(ctx context.Context, ref string, o identity.Opened) (Child, error) {
	c := Child{Ref: ref, Standing: o.Standing}
	p, err := a.Vault.Identity(ctx, o)
	if err != nil {
		return c, err
	}
	c.Name, c.Regime = identity.MaskName(p.Name), identity.RegimeAt(p.Birth, a.today())
	c.Turned = a.turned(p.Birth)
	if c.Regime == identity.Adult { // nothing of theirs is a guardian's any more
		return Child{Ref: ref, Name: c.Name, Regime: c.Regime, Turned: c.Turned}, nil
	}
	rows, err := a.Store.Certificates(ctx, a.Vault.CertOwner(o))
	if err != nil {
		return c, err
	}
	for _, row := range rows {
		cert, err := a.Vault.OpenCertificate(row)
		if err != nil {
			return c, err
		}
		c.Certificates = append(c.Certificates, identity.Certificate{Issued: cert.Issued, Expires: cert.Expires, Revoked: cert.Revoked})
	}
	slices.SortFunc(c.Certificates, func(x, y identity.Certificate) int { return y.Issued.Compare(x.Issued) })
	return c, nil
}

// turned is what somebody became within the days in which it is told.
func (a *Act) turned(birth identity.Date) identity.Regime {
	now, before := identity.RegimeAt(birth, a.today()), identity.RegimeAt(birth, identity.Today(a.Now().AddDate(0, 0, -toldWithin)))
	if now == before || birth.Age(a.today()) < 1 {
		return ""
	}
	return now
}

// Turned tells the person who is signed in what their last birthday changed.
func (a *Act) Turned(ctx context.Context, s identity.Session) (identity.Regime, error) {
	const op = "guard.Turned"
	o, err := a.Vault.Visit(ctx, s)
	if err != nil {
		return "", fault.At(op, err)
	}
	p, err := a.Vault.Identity(ctx, o)
	if err != nil {
		return "", fault.At(op, err)
	}
	return a.turned(p.Birth), nil
}

// Uses are the records of a child under 14, for their guardian: the latest first.
func (a *Act) Uses(ctx context.Context, s identity.Session, ref string) (c Child, all []identity.Event, err error) {
	const op = "guard.Uses"
	child, _, err := a.mine(ctx, op, s, ref)
	if err != nil {
		return c, nil, err
	}
	if c, err = a.child(ctx, ref, child); err != nil {
		return c, nil, fault.At(op, err)
	}
	rows, err := a.Store.EntriesOf(ctx, ledger.Owner(child.Keys))
	if err != nil {
		return c, nil, fault.At(op, err)
	}
	for _, r := range rows {
		e, _, err := ledger.OpenEntry(child.Keys, r)
		if err != nil {
			return c, nil, fault.At(op, err)
		}
		all = append(all, e)
	}
	slices.Reverse(all)
	c.Number = child.Profile.Number
	return c, all, nil
}

// Mine is the child under 14 that a guardian names, for an act that does something
// for them, and the guards of the guardian's that go into its commit.
func (a *Act) Mine(ctx context.Context, s identity.Session, ref string) (identity.Opened, []identity.Verb, error) {
	return a.mine(ctx, "guard.Mine", s, ref)
}

// mine opens the child under 14 that a guardian names, and gives the guards that
// go with whatever the guardian does for them. From 14 on "not_yours".
func (a *Act) mine(ctx context.Context, op string, s identity.Session, ref string) (child identity.Opened, guards []identity.Verb, err error) {
	var guardian identity.Opened
	found := false
	err = a.wards(ctx, s, func(g identity.Opened, r string, o identity.Opened) error {
		if r == ref {
			guardian, child, found = g, o, true
		}
		return nil
	})
	if err != nil {
		return child, nil, fault.At(op, err)
	}
	regime := identity.Adult
	if found {
		if regime, err = a.Vault.Regime(ctx, child, a.today()); err != nil {
			return child, nil, fault.At(op, err)
		}
	}
	if regime != identity.Child {
		return identity.Opened{}, nil, a.Law.Sees(false).Err(op)
	}
	if _, err := a.mayGuard(ctx, op, guardian, found, regime); err != nil {
		return identity.Opened{}, nil, err
	}
	return child, []identity.Verb{identity.GuardPerson{ID: guardian.ID, Standing: identity.Active, Epoch: guardian.Epoch}, identity.GuardCertificate{ID: s.Certificate}}, nil
}
