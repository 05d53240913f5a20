package enrol

import (
	"bytes"
	"context"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
)

const (
	// Wait is between showing the document for a new device and getting it, where
	// another device stands that may say no.
	Wait = 72 * time.Hour
	// claimLife is how long after the wait one may come back; then it begins anew.
	claimLife = 14 * 24 * time.Hour
	// knownTries is how often in a month whoever has the document and the telephone
	// may type the passcode that was. Beyond, it counts as not known.
	knownTries  = 10
	knownWindow = 30 * 24 * time.Hour
)

// knows gives what is kept of the person's passcode if it is this one, or nil:
// who shows the document, has the telephone and knows the passcode needs no wait.
//
// It says nothing by what it does, either: for somebody who is not enrolled the
// same is read and computed, and a try is counted in the commit that follows
// (K14). Whoever holds another's card could time it otherwise.
func (a *Act) knows(ctx context.Context, d draft, p identity.Passcode) ([]byte, error) {
	id, err := a.Vault.Find(ctx, a.Vault.HandleIndex(d.Handle))
	if fault.Is(err, fault.NotFound) {
		id, err = identity.NewPersonID(), nil // nobody's
	}
	if err != nil {
		return nil, err
	}
	o, err := a.Vault.Open(ctx, id)
	if fault.Is(err, fault.NotFound) || fault.Is(err, fault.Gone) {
		a.Vault.NewVerifier(p) // costs what comparing does
		return nil, nil
	}
	if err != nil || !a.Vault.PasscodeMatches(o, p) {
		return nil, err
	}
	return o.Profile.Verifier, nil
}

// admits lets whoever enrols again go on, or has them wait. Everything that
// a thief of a document and of a telephone number could change at once, a device,
// the telephone, the passcode, changes only after 72 hours in which every device
// that stands can refuse it. Nothing of theirs is kept meanwhile but when they may come back.
//
// known says that they typed the passcode that is: it stays as it is kept. Who was
// enrolled at a counter without a telephone has nothing else that a thief of the document
// lacks: they type it, or come to a counter again. before is the telephone that was.
func (a *Act) admits(ctx context.Context, o identity.Opened, d draft, drop identity.DropDraft, grounds []identity.Ground) (before string, known bool, err error) {
	p, err := a.Vault.Identity(ctx, o)
	if err != nil {
		return "", false, gone(err)
	}
	now := a.Now()
	known = d.Known != nil && bytes.Equal(d.Known, o.Profile.Verifier)
	if known && d.Phone == p.Phone {
		return p.Phone, true, nil
	}
	if ripe := p.Asked.Add(Wait); !p.Asked.IsZero() && now.Before(ripe.Add(claimLife)) {
		if now.Before(ripe) {
			return "", false, fault.New("enrol.admits", fault.Forbidden, "device_waits")
		}
		return p.Phone, known, nil
	}
	stands, err := a.stands(ctx, o)
	if err != nil {
		return "", false, err
	}
	if stands {
		return "", false, a.ask(ctx, o, d, p.Phone, drop, grounds)
	}
	if p.Phone == "" && !known && d.Counter == "" { // nobody would be told, and no device could refuse
		return "", false, fault.New("enrol.admits", fault.Forbidden, "passcode_needed")
	}
	return p.Phone, known, nil
}

// stands reports whether the person has a device that is not over.
func (a *Act) stands(ctx context.Context, o identity.Opened) (bool, error) {
	rows, err := a.Store.Certificates(ctx, a.Vault.CertOwner(o))
	if err != nil {
		return false, err
	}
	for _, row := range rows {
		c, err := a.Vault.OpenCertificate(row)
		if err != nil {
			return false, err
		}
		if c.ValidAt(a.Now()) {
			return true, nil
		}
	}
	return false, nil
}

// ask begins the wait, in the person's records and by a message to the telephone
// that was theirs until now.
func (a *Act) ask(ctx context.Context, o identity.Opened, d draft, phone string, drop identity.DropDraft, grounds []identity.Ground) error {
	keep, err := a.Vault.AmendIdentity(ctx, o, func(p *identity.Person) { p.Asked = a.Now().UTC().Truncate(time.Second) })
	if err != nil {
		return gone(err)
	}
	message, err := a.Post.Leave(identity.Message{Kind: identity.ShortMessage, Address: phone, Text: a.Warning(d.Consents[0].Locale)}, a.Now().Add(Wait))
	if err != nil {
		return err
	}
	if _, err := a.Book.Record(ctx, o, identity.Event{Kind: identity.DeviceAsked, Grounds: grounds}, drop, keep, message,
		identity.GuardPerson{ID: o.ID, Standing: o.Standing, Epoch: o.Epoch}); err != nil {
		return err
	}
	a.Post.Nudge()
	return fault.New("enrol.ask", fault.Forbidden, "device_waits")
}
