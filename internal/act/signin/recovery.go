package signin

import (
	"context"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
)

const (
	codeCount = 4 // recovery codes in a set
	keptCode  = 8 // bytes that are kept of each
	shownMost = 3 // reports with one document
	shownIn   = 24 * time.Hour

	byDocument = "document" // the word of such a report in the event
)

// Codes makes a new set of recovery codes and voids the former. They are shown
// once: what is kept is a digest of each, sealed with the person's identity. It
// takes the passcode, since each code can stop everything.
func (a *Act) Codes(ctx context.Context, s identity.Session, passcode string) (identity.Number, []identity.RecoveryCode, error) {
	const op = "signin.Codes"
	o, err := a.Vault.Visit(ctx, s)
	if err != nil {
		return "", nil, fault.At(op, err)
	}
	ground := a.Law.Sees(o.ID == s.Person)
	if err := ground.Err(op); err != nil {
		return "", nil, err
	}
	if err := a.Vault.Passcode(ctx, o, s.Certificate, passcode); err != nil {
		return "", nil, fault.At(op, err)
	}
	codes, kept := make([]identity.RecoveryCode, codeCount), []byte{}
	for i := range codes {
		codes[i] = identity.NewRecoveryCode()
		kept = append(kept, a.kept(o, codes[i])...)
	}
	for again := 0; ; again++ {
		keep, err := a.Vault.AmendIdentity(ctx, o, func(p *identity.Person) { p.Recovery = kept })
		if err != nil {
			return "", nil, fault.At(op, err)
		}
		_, err = a.Book.Record(ctx, o, identity.Event{Kind: identity.CodesMade, Grounds: []identity.Ground{ground.Ground()}},
			standing(o), identity.GuardCertificate{ID: s.Certificate}, keep)
		if err == nil {
			return o.Profile.Number, codes, nil
		}
		if !fault.Because(err, "identity_changed") || again == 3 {
			return "", nil, fault.At(op, err)
		}
	}
}

// Left is how many recovery codes were not used, and when somebody with the
// document asked for a new device; zero: nobody did.
func (a *Act) Left(ctx context.Context, s identity.Session) (codes int, asked time.Time, err error) {
	const op = "signin.Left"
	o, err := a.Vault.Visit(ctx, s)
	if err != nil {
		return 0, asked, fault.At(op, err)
	}
	if err := a.Law.Sees(o.ID == s.Person).Err(op); err != nil {
		return 0, asked, err
	}
	p, err := a.Vault.Identity(ctx, o)
	return len(p.Recovery) / keptCode, p.Asked, fault.At(op, err)
}

// Refuse undoes a claim to a new device: one tap and no question, since it only stops.
func (a *Act) Refuse(ctx context.Context, s identity.Session) error {
	return fault.At("signin.Refuse", a.undo(ctx, s, identity.DeviceRefused, func(p *identity.Person) (waits bool) {
		waits, p.Asked = !p.Asked.IsZero(), time.Time{}
		return waits
	}))
}

// RefusePhone undoes a change of the telephone that waits, in the same way.
func (a *Act) RefusePhone(ctx context.Context, s identity.Session) error {
	return fault.At("signin.RefusePhone", a.undo(ctx, s, identity.PhoneRefused, func(p *identity.Person) (waits bool) {
		waits, p.Next = p.Next != nil, nil
		return waits
	}))
}

// undo commits an end of what waits, where it does.
func (a *Act) undo(ctx context.Context, s identity.Session, kind identity.EventKind, end func(*identity.Person) (waits bool)) error {
	o, err := a.Vault.Visit(ctx, s)
	if err != nil {
		return err
	}
	ground := a.Law.Freezes(o.ID == s.Person)
	if err := ground.Err("signin.undo"); err != nil {
		return err
	}
	for again := 0; ; again++ {
		waits := false
		keep, err := a.Vault.AmendIdentity(ctx, o, func(p *identity.Person) { waits = end(p) })
		if err != nil || !waits {
			return err
		}
		_, err = a.Book.Record(ctx, o, identity.Event{Kind: kind, Grounds: []identity.Ground{ground.Ground()}},
			standing(o), identity.GuardCertificate{ID: s.Certificate}, keep)
		if !fault.Because(err, "identity_changed") || again == 3 {
			return err
		}
	}
}

// kept is what is kept of a person's code.
func (a *Act) kept(o identity.Opened, c identity.RecoveryCode) []byte {
	d := a.Cover.Digest([]byte("netid/recovery/v1"), o.ID[:], []byte(c.Digits()))
	return d[:keptCode]
}

// Lost stops everything at once, from any browser, at the word of whoever has
// one recovery code: the number is frozen, all sessions and standing consents
// end, and where gone is said every device is put out for good. The code is used
// up in the same commit. It only ever stops: to start again takes the passcode,
// on a device that is still good or with the document.
//
// Nothing counts tries here: a number and a code are 149 random bits, so no
// guess comes near, and no stranger can use a citizen's tries up.
func (a *Act) Lost(ctx context.Context, number, code string, gone bool) error {
	const op = "signin.Lost"
	unknown := func(err error) error {
		return fault.Wrap(op, fault.Invalid, "recovery_unknown", err) // of all that can be wrong, one word
	}
	n, err := identity.ParseNumber(number)
	if err != nil {
		return unknown(err)
	}
	c, err := identity.ParseRecoveryCode(code)
	if err != nil {
		return unknown(err)
	}
	id, err := a.Vault.Find(ctx, a.Vault.NumberIndex(n))
	if fault.Is(err, fault.NotFound) {
		err = a.nobody(ctx, c)
	}
	for again := 0; err == nil; again++ {
		detail := "recovery-code"
		if gone {
			detail = "recovery-code/devices"
		}
		err = a.lose(ctx, id, detail, gone, func(o identity.Opened, p *identity.Person) (found bool) {
			p.Recovery, found = without(p.Recovery, a.kept(o, c), a.Cover.Equal)
			return found
		})
		if again == 7 || !beaten(err) {
			break
		}
		err = nil
	}
	if fault.Is(err, fault.NotFound) || fault.Is(err, fault.Gone) {
		return unknown(err)
	}
	return fault.At(op, err)
}

// nobody reads and computes for a number that is nobody's what a wrong code of
// somebody's takes, so that no stranger can time which numbers there are (K14). What
// differs still is opening and sealing an identity, some 50 µs, of a number that
// nobody guesses.
func (a *Act) nobody(ctx context.Context, c identity.RecoveryCode) error {
	o := identity.Opened{ID: identity.NewPersonID()}
	_, err := a.Vault.Open(ctx, o.ID)
	if !fault.Is(err, fault.NotFound) {
		return err
	}
	if _, err = a.Vault.Identity(ctx, o); !fault.Is(err, fault.NotFound) {
		return err
	}
	without(nil, a.kept(o, c), a.Cover.Equal)
	return err
}

// beaten: something else about the person was quicker; look again.
func beaten(err error) bool {
	return fault.Because(err, "identity_changed") || fault.Because(err, "standing_changed") || fault.Because(err, "certificate_gone") || fault.Because(err, "draft_moved")
}

// Shown freezes the number of whoever's document was shown, as Lost does with a
// recovery code, but puts no device out: that takes more than a document. Who is not
// enrolled is answered like who is. Whoever found a document can stop its owner three times a
// day, who starts again with the passcode.
func (a *Act) Shown(ctx context.Context, handle identity.PersonHandle) error {
	const op = "signin.Shown"
	if err := a.Store.Jot(ctx, identity.Count{Index: a.Vault.CounterIndex("document-stops", []byte(handle)), Limit: shownMost, Window: shownIn, Now: a.Now()}); err != nil {
		return fault.At(op, err)
	}
	id, err := a.Vault.Find(ctx, a.Vault.HandleIndex(handle))
	for again := 0; err == nil; again++ {
		err = a.lose(ctx, id, byDocument, false, func(identity.Opened, *identity.Person) bool { return true })
		if again == 7 || !beaten(err) {
			break
		}
		err = nil
	}
	if fault.Is(err, fault.NotFound) || fault.Is(err, fault.Gone) {
		return nil
	}
	return fault.At(op, err)
}

// lose is the one commit; by is what of the person's identity the report uses up,
// and says whether it was there.
func (a *Act) lose(ctx context.Context, id identity.PersonID, detail string, gone bool, by func(identity.Opened, *identity.Person) bool) error {
	const op = "signin.lose"
	o, err := a.Vault.Open(ctx, id)
	if err != nil {
		return err
	}
	ground := a.Law.Freezes(true)
	if err := ground.Err(op); err != nil {
		return err
	}
	shown := detail == byDocument
	if shown && o.Standing.Has(identity.FrozenByOwner) {
		return nil // nothing more ends by it, and nobody is told again
	}
	found := false
	strike, err := a.Vault.AmendIdentity(ctx, o, func(p *identity.Person) {
		found = by(o, p)
		p.Asked, p.Next = time.Time{}, nil // and whoever waits begins anew
	})
	if err != nil {
		return err
	}
	if !found {
		return fault.New(op, fault.NotFound, "recovery_unknown")
	}
	verbs, now := []identity.Verb{strike}, o.Standing.With(identity.FrozenByOwner)
	if now != o.Standing {
		verbs = append(verbs, identity.SetStanding{ID: o.ID, From: o.Standing, To: now, CertOwner: a.Vault.CertOwner(o)})
	}
	if gone {
		all, err := a.held(ctx, o)
		if err != nil {
			return err
		}
		for _, h := range all {
			verbs = append(verbs, identity.RevokeCertificate{ID: h.cert.ID})
		}
		quiet, err := a.Signals.Quiet(ctx, o)
		if err != nil {
			return err
		}
		verbs = append(verbs, quiet...)
	}
	told := "stopped"
	if shown {
		told = "shown"
	}
	ends, err := a.ends(ctx, o, now, told)
	if err != nil {
		return err
	}
	_, err = a.Book.Record(ctx, o, identity.Event{Kind: identity.Frozen, Detail: detail, Grounds: []identity.Ground{ground.Ground()}}, append(verbs, ends...)...)
	if err == nil {
		a.Parting.Nudge()
	}
	return err
}

// without strikes one kept code, comparing as often as there are codes in a set,
// however many are left and whichever it is.
func without(all, one []byte, equal func(a, b []byte) bool) (rest []byte, found bool) {
	for i := range codeCount {
		kept := make([]byte, keptCode)
		n := copy(kept, all[min(len(all), i*keptCode):])
		if equal(kept, one) && n > 0 {
			found = true
			continue
		}
		rest = append(rest, kept[:n]...)
	}
	return rest, found
}
