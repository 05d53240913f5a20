package rights

import (
	"context"
	"encoding/hex"
	"slices"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/ledger"
)

// Departed is a close relative who died, as the person sees them who may act for them.
type Departed struct {
	Ref    string // names them on this person's pages
	Name   string // masked
	Since  time.Time
	From   time.Time // from then on it can be ended
	Copies bool      // what was said in life allows a copy
	Erases bool      // and the end of it, today
}

// Say writes down what relatives may do one day. It needs the passcode: whoever found
// the device does not decide it.
func (a *Act) Say(ctx context.Context, s identity.Session, w identity.Wish, passcode string) error {
	const op = "rights.Say"
	o, err := a.Vault.Visit(ctx, s)
	if err != nil {
		return fault.At(op, err)
	}
	view := a.Law.Sees(o.ID == s.Person)
	if err := view.Err(op); err != nil {
		return err
	}
	if err := a.Vault.Passcode(ctx, o, s.Certificate, passcode); err != nil {
		return fault.At(op, err)
	}
	keep, err := a.Vault.AmendIdentity(ctx, o, func(p *identity.Person) { p.Wish = w })
	if err != nil {
		return fault.At(op, err)
	}
	_, err = a.Book.Record(ctx, o, identity.Event{Kind: identity.WishSaid, Detail: string(w), Grounds: []identity.Ground{view.Ground()}},
		identity.GuardPerson{ID: o.ID, Standing: o.Standing, Epoch: o.Epoch}, identity.GuardCertificate{ID: s.Certificate}, keep)
	return fault.At(op, err)
}

// Departed lists the dead relatives of whom something is kept here, but for those who
// closed it to everybody: of them nothing is said.
func (a *Act) Departed(ctx context.Context, s identity.Session) (all []Departed, err error) {
	const op = "rights.Departed"
	err = a.relatives(ctx, s, func(_ identity.Opened, ref string, o identity.Opened) error {
		h, name, err := a.heir(ctx, o)
		if err != nil || !h.Dead {
			return err
		}
		d := Departed{Ref: ref, Name: identity.MaskName(name), Since: h.Since, From: law.HeirFrom(h.Since), Copies: a.Law.Inherits(h).Allowed}
		h.Erases = true
		if d.Erases = a.Law.Inherits(h).Allowed; h.Wish != identity.WishClosed {
			all = append(all, d)
		}
		return nil
	})
	return all, fault.At(op, err)
}

// Copy is what was kept of a dead relative. The record of it is with theirs.
func (a *Act) Copy(ctx context.Context, s identity.Session, ref, passcode string) ([]byte, error) {
	const op = "rights.Copy"
	dead, guards, ground, err := a.inherit(ctx, op, s, ref, false)
	if err != nil {
		return nil, err
	}
	o, err := a.Vault.Visit(ctx, s)
	if err != nil {
		return nil, fault.At(op, err)
	}
	if err := a.Vault.Passcode(ctx, o, s.Certificate, passcode); err != nil {
		return nil, fault.At(op, err)
	}
	b, err := a.Copier.CopyFor(ctx, dead, identity.Event{Kind: identity.HeirCopied, Grounds: []identity.Ground{ground}}, guards...)
	return b, fault.At(op, err)
}

// Ends opens the dead relative whose data is to be erased, for the act that erases, with
// the guards that go into its commit and the ground.
func (a *Act) Ends(ctx context.Context, s identity.Session, ref string) (identity.Opened, []identity.Verb, identity.Ground, error) {
	return a.inherit(ctx, "rights.Ends", s, ref, true)
}

// inherit: that the dead are dead still, and the heir who they were, is held in the commit.
func (a *Act) inherit(ctx context.Context, op string, s identity.Session, ref string, erases bool) (dead identity.Opened, guards []identity.Verb, g identity.Ground, err error) {
	h := law.Heir{Erases: erases, Now: a.Now()}
	var heir identity.Opened
	err = a.relatives(ctx, s, func(o identity.Opened, r string, relative identity.Opened) (err error) {
		if r != ref {
			return nil
		}
		heir, dead = o, relative
		h, _, err = a.heir(ctx, relative)
		h.Erases = erases
		return err
	})
	if err != nil {
		return identity.Opened{}, nil, g, fault.At(op, err)
	}
	verdict := a.Law.Inherits(h)
	if err := verdict.Err(op); err != nil {
		return identity.Opened{}, nil, g, err
	}
	return dead, []identity.Verb{identity.GuardPerson{ID: heir.ID, Standing: identity.Active, Epoch: heir.Epoch}, identity.GuardCertificate{ID: s.Certificate},
		identity.GuardPerson{ID: dead.ID, Standing: dead.Standing, Epoch: dead.Epoch}}, verdict.Ground(), nil
}

// relatives opens those of the person's close relatives who are enrolled here.
func (a *Act) relatives(ctx context.Context, s identity.Session, do func(heir identity.Opened, ref string, relative identity.Opened) error) error {
	o, err := a.Vault.Visit(ctx, s)
	if err != nil {
		return err
	}
	p, err := a.Vault.Identity(ctx, o)
	if err != nil || p.Handle == "" {
		return err
	}
	handles, err := a.Register.Relatives(ctx, p.Handle)
	if err != nil {
		return err
	}
	for _, h := range slices.Sorted(slices.Values(handles)) {
		if h == p.Handle {
			continue
		}
		relative, err := a.open(ctx, h)
		if fault.Is(err, fault.NotFound) || fault.Is(err, fault.Gone) { // not enrolled, or erased
			continue
		}
		if err == nil {
			err = do(o, hex.EncodeToString(a.Vault.WardIndex(o, h)), relative)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (a *Act) open(ctx context.Context, h identity.PersonHandle) (o identity.Opened, err error) {
	id, err := a.Vault.Find(ctx, a.Vault.HandleIndex(h))
	if err == nil {
		o, err = a.Vault.Open(ctx, id)
	}
	return o, err
}

// heir is what the law asks about a relative: since when the register says that they are dead,
// and what they said while they lived. Of the living nothing more is opened.
func (a *Act) heir(ctx context.Context, o identity.Opened) (h law.Heir, name string, err error) {
	h = law.Heir{Relative: true, Dead: o.Standing.Has(identity.Closed), Now: a.Now()}
	if !h.Dead {
		return h, "", nil
	}
	p, err := a.Vault.Identity(ctx, o)
	if err != nil {
		return h, "", err
	}
	h.Wish = p.Wish
	rows, err := a.Store.EntriesOf(ctx, ledger.Owner(o.Keys))
	if err != nil {
		return h, "", err
	}
	for _, r := range rows {
		e, _, err := ledger.OpenEntry(o.Keys, r)
		if err != nil {
			return h, "", err
		}
		if e.Kind == identity.ClosedByNews {
			h.Since = e.Time
		}
	}
	return h, p.Name, nil
}
