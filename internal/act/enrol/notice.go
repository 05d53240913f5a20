package enrol

import (
	"bytes"
	"context"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
)

// mark is that of the notice that was agreed to with the draft.
func (d *draft) mark() (mark []byte) {
	for _, c := range d.Consents {
		if c.Subject == "notice" && c.Given && len(c.Digest) > 8 {
			mark = c.Digest[:8]
		}
	}
	return mark
}

// NoticeDue reports whether the notice has changed since the person agreed to it.
func (a *Act) NoticeDue(ctx context.Context, s identity.Session) (bool, error) {
	o, err := a.Vault.Visit(ctx, s)
	if err != nil {
		return false, fault.At("enrol.NoticeDue", err)
	}
	return !a.Law.Current(o.Profile.Notice).Allowed, nil
}

// AgreeAnew records the person's consent to the notice in force, in the commit
// that lets them use their number again. version is that of the words that were on
// the page: where they changed meanwhile, nobody has read what would be agreed to.
func (a *Act) AgreeAnew(ctx context.Context, s identity.Session, version, locale string) error {
	const op = "enrol.AgreeAnew"
	n, ok := law.NoticeByID("enrolment")
	if !ok || n.Version != version {
		return fault.New(op, fault.Conflict, "notice_moved")
	}
	c := identity.Consent{Subject: n.Subject, Version: n.Version, Digest: n.Digest(locale, a.Operator), Locale: locale, Given: true, Time: a.Now().UTC().Truncate(time.Second)}
	v := a.Law.Informed(law.Notified{Notice: n, Consents: []identity.Consent{c}})
	if err := v.Err(op); err != nil {
		return err
	}
	for range 8 {
		s.Found = nil // as they are now
		o, err := a.Vault.Visit(ctx, s)
		if err != nil {
			return fault.At(op, err)
		}
		mark := n.Mark(locale, a.Operator)
		if bytes.Equal(o.Profile.Notice, mark) { // sent twice
			return nil
		}
		turn := a.profileTurn(o)
		o.Profile.Notice = mark
		_, err = a.Book.Record(ctx, o, identity.Event{Kind: identity.NoticeAgreed, Consents: []identity.Consent{c}, Grounds: []identity.Ground{v.Ground()}},
			identity.GuardPerson{ID: o.ID, Standing: o.Standing, Epoch: o.Epoch}, turn,
			identity.SetProfile{ID: o.ID, Profile: a.Vault.SealProfile(o, o.Profile)})
		if !fault.Because(err, "already_used") {
			return fault.At(op, err)
		}
	}
	return fault.New(op, fault.Unavailable, "try_again")
}

// profileTurn is the guard of whoever writes a profile: of two who read the same one,
// on whatever nodes, the second reads again. Else a new passcode could be
// lost under the older one that somebody else had read.
func (a *Act) profileTurn(o identity.Opened) identity.TakeOnce {
	p := o.Profile
	faced := byte(0)
	if p.Faced {
		faced = 1
	}
	name := a.Vault.CounterIndex("profile", o.ID[:], p.Verifier, p.Notice, []byte{faced})
	return identity.TakeOnce{ID: name[:16], Until: a.Now().Add(time.Minute)}
}
