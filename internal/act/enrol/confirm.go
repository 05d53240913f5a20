package enrol

import (
	"bytes"
	"context"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
)

// Passcode takes the citizen's choice, typed twice, and keeps only its verifier.
func (a *Act) Passcode(ctx context.Context, h identity.Handle, digits, again string) error {
	const op = "enrol.Passcode"
	if digits != again {
		return fault.New(op, fault.Invalid, "passcode_differs")
	}
	d, _, err := a.load(ctx, h)
	if err != nil {
		return fault.At(op, err)
	}
	if err := d.expects(StepPasscode); err != nil {
		return fault.At(op, err)
	}
	p, err := identity.ChoosePasscode(digits, d.Document.Birth)
	if err != nil {
		return fault.At(op, err)
	}
	known, err := a.knows(ctx, d, p)
	if err != nil {
		return fault.At(op, err)
	}
	verifier := a.Vault.NewVerifier(p)
	keep := func(known []byte, with ...identity.Note) error {
		return a.step(ctx, op, h, func(d *draft) error {
			if err := d.expects(StepPasscode); err != nil {
				return err
			}
			d.Known, d.Verifier = known, verifier
			return nil
		}, with...)
	}
	err = keep(known, identity.Count{Index: a.Vault.CounterIndex("passcode-again", []byte(d.Handle)), Limit: knownTries, Window: knownWindow, Now: a.Now()})
	if fault.Is(err, fault.TooMany) {
		err = keep(nil)
	}
	return err
}

// Confirm ends the enrolment: the device shows that it holds its key by
// signing View.Proof, and in one commit the person gets a number, or, when
// they had one under another document or device, keeps it (Art. 2). The law
// is asked again here, over the facts of this moment.
func (a *Act) Confirm(ctx context.Context, h identity.Handle, device, signature []byte) (identity.Grant, error) {
	const op = "enrol.Confirm"
	d, row, err := a.last(ctx, h)
	if err != nil {
		return identity.Grant{}, fault.At(op, err)
	}
	if err := a.Cover.VerifyES256(device, []byte(a.proof(d)), signature); err != nil {
		return identity.Grant{}, fault.At(op, err)
	}
	if d.Device != nil && !a.Cover.Equal(d.Device, device) {
		return identity.Grant{}, fault.New(op, fault.Conflict, "face_other_device")
	}
	return a.end(ctx, op, h, d, row)
}

// last opens a draft of which only the end is left.
func (a *Act) last(ctx context.Context, h identity.Handle) (draft, identity.DraftRow, error) {
	d, row, err := a.load(ctx, h)
	if err == nil {
		err = d.expects(StepConfirm)
	}
	return d, row, err
}

// end is what both ends of an enrolment, with a device and without, have in common.
func (a *Act) end(ctx context.Context, op string, h identity.Handle, d draft, row identity.DraftRow) (identity.Grant, error) {
	drop := identity.DropDraft{ID: row.ID, Version: row.Version}
	g, err := a.settle(ctx, d, func() (identity.Grant, error) {
		if err := a.Register.Still(ctx, *d.Document, d.Handle); err != nil { // it may be lost, or its holder dead, since it was read (H12)
			return identity.Grant{}, err
		}
		agreed, err := a.guardian(ctx, h, d)
		if err != nil {
			return identity.Grant{}, err
		}
		grounds, err := a.grounds(op, d, agreed.By != identity.PersonID{})
		if err != nil {
			return identity.Grant{}, err
		}
		var g identity.Grant
		id, err := a.Vault.Find(ctx, a.Vault.HandleIndex(d.Handle))
		switch {
		case fault.Is(err, fault.NotFound):
			g, err = a.open(ctx, d, grounds, append(agreed.Verbs, drop)...)
		case err == nil:
			g, err = a.again(ctx, id, d, drop, grounds, agreed.Verbs...)
		}
		if fault.Because(err, "draft_moved") && len(agreed.Verbs) > 0 { // another guardian answered meanwhile
			err = fault.Wrap(op, fault.Conflict, "guardian_moved", err)
		}
		return g, err
	})
	if d.Counter != "" {
		if fault.Because(err, "too_many_tries") {
			err = fault.Wrap(op, fault.TooMany, "counter_busy", err)
		}
		a.Post.Nudge()
	}
	return g, fault.At(op, err)
}

// settle tries until no other change about the same person comes first. A lost
// race means: there is such a person now, or none any more, or they changed; look again.
func (a *Act) settle(ctx context.Context, d draft, try func() (identity.Grant, error)) (identity.Grant, error) {
	for range 8 {
		g, err := try()
		if !lost(err) {
			return g, err
		}
		if fault.Because(err, "index_taken") {
			if err := a.contested(ctx, d); err != nil {
				return identity.Grant{}, err
			}
		}
	}
	return identity.Grant{}, fault.New("enrol.settle", fault.Unavailable, "try_again")
}

// contested refuses a document that somebody else has, as the register's handle
// says: two people were given one number, or the register changed its mind. It is
// for people to clear up; nobody is made one with anybody here.
func (a *Act) contested(ctx context.Context, d draft) error {
	holder, err := a.Vault.Find(ctx, a.Vault.DocumentIndex(d.Document.Kind, d.Document.Number))
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	id, err := a.Vault.Find(ctx, a.Vault.HandleIndex(d.Handle))
	if err == nil && id == holder {
		return nil
	}
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	return fault.New("enrol.contested", fault.Conflict, "document_contested")
}

// gone names what it means that a person who was found is not there any more.
func gone(err error) error {
	if fault.Is(err, fault.NotFound) || fault.Is(err, fault.Gone) {
		return fault.Wrap("enrol.again", fault.Conflict, "person_gone", err)
	}
	return err
}

// lost reports whether somebody else's change about the same person came first.
func lost(err error) bool {
	for _, guard := range []string{"guardian_moved", "index_taken", "person_gone", "standing_changed", "identity_changed", "keys_moved", "index_gone", "draft_changed", "already_used"} {
		if fault.Because(err, guard) {
			return true
		}
	}
	return false
}

// grounds asks every rule that an enrolment stands on.
func (a *Act) grounds(op string, d draft, guarded bool) ([]identity.Ground, error) {
	verdicts := []law.Verdict{
		a.Law.InForce(a.today()),
		a.Law.Accepts(d.Document.Kind, a.Desk.Kinds()),
		a.Law.Holds(*d.Document, a.today()),
		a.Law.Applies(law.Applicant{Regime: identity.RegimeAt(d.Document.Birth, a.today()), GuardianConsents: guarded, GuardianActs: guarded}),
		a.Law.Informed(a.notified(&d, "enrolment")),
		a.Law.Separately("document", d.Consents),
	}
	collected := []string{"name", "birth_date", "document_kind", "document_number", "document_expiry"}
	if d.Phone != "" {
		collected = append(collected, "phone")
	}
	verdicts = append(verdicts, a.Law.Collects(collected))
	if d.Face == "match" {
		verdicts = append(verdicts, a.Law.Separately("face", d.Consents), a.mayBeCompared(d))
	}
	var grounds []identity.Ground
	for _, v := range verdicts {
		if err := v.Err(op); err != nil {
			return nil, err
		}
		grounds = append(grounds, v.Ground())
	}
	return grounds, nil
}

// open creates the person and their number.
func (a *Act) open(ctx context.Context, d draft, grounds []identity.Ground, with ...identity.Verb) (identity.Grant, error) {
	o, keys, err := a.Vault.Create(identity.NewPersonID())
	if err != nil {
		return identity.Grant{}, err
	}
	o.Profile = identity.Profile{Number: identity.NewNumber(), Root: a.Cover.Random(32), Verifier: d.Verifier,
		Enrolled: a.Now().UTC().Truncate(time.Second), Sandbox: a.Sandbox, Notice: d.mark()}
	with = append(with, a.tallied(d, &o.Profile)...)
	keep, err := a.Vault.SealIdentity(o, d.person(a.Sandbox))
	if err != nil {
		return identity.Grant{}, err
	}
	verdict := a.Law.OneNumber("", o.Profile.Number)
	if err := verdict.Err("enrol.open"); err != nil {
		return identity.Grant{}, err
	}
	event := d.event(identity.Enrolled, append(grounds, verdict.Ground()))
	helped, err := a.helped(ctx, d, "")
	if err != nil {
		return identity.Grant{}, err
	}
	_, err = a.Book.Record(ctx, o, event, append(append(with, helped...),
		a.Vault.Claim(o, a.Vault.HandleIndex(d.Handle)),
		a.Vault.Claim(o, a.Vault.DocumentIndex(d.Document.Kind, d.Document.Number)),
		a.Vault.Claim(o, a.Vault.NumberIndex(o.Profile.Number)),
		identity.OpenPerson{ID: o.ID, Keys: keys, Profile: a.Vault.SealProfile(o, o.Profile)},
		keep)...)
	if err != nil {
		return identity.Grant{}, err
	}
	return d.grant(o, false), nil
}

// again renews what is known of a person who has a number already.
func (a *Act) again(ctx context.Context, id identity.PersonID, d draft, drop identity.DropDraft, grounds []identity.Ground, with ...identity.Verb) (identity.Grant, error) {
	turn := &a.turns[int(id.Bucket())%len(a.turns)]
	turn.Lock()
	defer turn.Unlock()
	o, err := a.Vault.Open(ctx, id)
	if err != nil {
		return identity.Grant{}, gone(err)
	}
	verdict := a.Law.OneNumber(o.Profile.Number, o.Profile.Number)
	if err := verdict.Err("enrol.again"); err != nil {
		return identity.Grant{}, err
	}
	released, upheld, err := a.upheld(o, d)
	if err != nil {
		return identity.Grant{}, err
	}
	grounds = append(grounds, verdict.Ground(), upheld)
	before, known, err := a.admits(ctx, o, d, drop, grounds)
	if err != nil {
		return identity.Grant{}, err
	}
	verbs, _, err := a.hold(ctx, o, d)
	if err != nil {
		return identity.Grant{}, gone(err)
	}
	helped, err := a.helped(ctx, d, before)
	if err != nil {
		return identity.Grant{}, err
	}
	verbs = append(append(append(append(verbs, with...), helped...), drop), released...)
	alone := a.profileTurn(o)
	tally := a.tallied(d, &o.Profile)
	if !known {
		o.Profile.Verifier = d.Verifier
	}
	anew := !bytes.Equal(o.Profile.Notice, d.mark())
	o.Profile.Notice = d.mark()
	if verbs = append(verbs, tally...); !known || anew || len(tally) > 0 {
		verbs = append(verbs, alone, identity.SetProfile{ID: o.ID, Profile: a.Vault.SealProfile(o, o.Profile)})
	}
	if _, err := a.Book.Record(ctx, o, d.event(identity.DocumentAdded, grounds), verbs...); err != nil {
		return identity.Grant{}, err
	}
	return d.grant(o, true), nil
}
