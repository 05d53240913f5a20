package enrol

import (
	"context"
	"reflect"
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
	return a.step(ctx, op, h, func(d *draft) error {
		if err := d.expects(StepPasscode); err != nil {
			return err
		}
		p, err := identity.ChoosePasscode(digits, d.Document.Birth)
		if err != nil {
			return err
		}
		d.Verifier = a.Vault.NewVerifier(p)
		return nil
	})
}

// Confirm ends the enrolment: the device shows that it holds its key by
// signing View.Proof, and in one commit the person gets a number, or, when
// they had one under another document or device, keeps it (Art. 2). The law
// is asked again here, over the facts of this moment.
func (a *Act) Confirm(ctx context.Context, h identity.Handle, device, signature []byte) (identity.Grant, error) {
	const op = "enrol.Confirm"
	d, row, err := a.load(ctx, h)
	if err != nil {
		return identity.Grant{}, fault.At(op, err)
	}
	if err := d.expects(StepConfirm); err != nil {
		return identity.Grant{}, fault.At(op, err)
	}
	if err := a.Cover.VerifyES256(device, []byte(a.proof(d)), signature); err != nil {
		return identity.Grant{}, fault.At(op, err)
	}
	grounds, err := a.grounds(op, d)
	if err != nil {
		return identity.Grant{}, err
	}
	drop := identity.DropDraft{ID: row.ID, Version: row.Version}
	for range 8 { // a lost race means: there is such a person now, or none any more, or they changed; look again
		var g identity.Grant
		id, err := a.Vault.Find(ctx, a.Vault.HandleIndex(d.Handle))
		switch {
		case fault.Is(err, fault.NotFound):
			g, err = a.open(ctx, d, grounds, drop)
		case err == nil:
			g, err = a.again(ctx, id, d, drop, grounds)
		}
		if !lost(err) {
			return g, fault.At(op, err)
		}
	}
	return identity.Grant{}, fault.New(op, fault.Unavailable, "try_again")
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
	for _, guard := range []string{"index_taken", "person_gone", "standing_changed", "identity_changed", "keys_moved"} {
		if fault.Because(err, guard) {
			return true
		}
	}
	return false
}

// grounds asks every rule that an enrolment stands on.
func (a *Act) grounds(op string, d draft) ([]identity.Ground, error) {
	verdicts := []law.Verdict{
		a.Law.InForce(a.today()),
		a.Law.Accepts(d.Document.Kind, a.Desk.Kinds()),
		a.Law.Holds(*d.Document, a.today()),
		a.Law.Applies(law.Applicant{Regime: identity.RegimeAt(d.Document.Birth, a.today())}),
		a.Law.Informed(a.notified(&d, "enrolment")),
		a.Law.Separately("document", d.Consents),
		a.Law.Collects([]string{"name", "birth_date", "document_kind", "document_number", "document_expiry", "phone"}),
	}
	if d.Face == "match" {
		verdicts = append(verdicts, a.Law.Separately("face", d.Consents))
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
		Enrolled: a.Now().UTC().Truncate(time.Second), Sandbox: a.Sandbox}
	keep, err := a.Vault.SealIdentity(o, d.person(a.Sandbox))
	if err != nil {
		return identity.Grant{}, err
	}
	verdict := a.Law.OneNumber("", o.Profile.Number)
	if err := verdict.Err("enrol.open"); err != nil {
		return identity.Grant{}, err
	}
	event := d.event(identity.Enrolled, append(grounds, verdict.Ground()))
	_, err = a.Book.Record(ctx, o, event, append(with,
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
func (a *Act) again(ctx context.Context, id identity.PersonID, d draft, drop identity.DropDraft, grounds []identity.Ground) (identity.Grant, error) {
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
	// Whom the authority said to be dead, the register knew when the document was read: who comes so far slipped in between.
	upheld := a.Law.Upheld(law.Holder{Alive: !o.Standing.Has(identity.Closed), Documents: []identity.Document{*d.Document}, Today: a.today()})
	if err := upheld.Err("enrol.again"); err != nil {
		return identity.Grant{}, fault.Wrap("enrol.again", fault.Invalid, "document_not_valid", err)
	}
	verbs := []identity.Verb{drop, identity.GuardPerson{ID: o.ID, Standing: o.Standing, Epoch: o.Epoch}}
	if o.Standing.Has(identity.Held) {
		verbs = append(verbs, identity.SetStanding{ID: o.ID, From: o.Standing, To: o.Standing.Without(identity.Held)})
	}
	var added, changed bool
	keep, err := a.Vault.AmendIdentity(ctx, o, func(p *identity.Person) {
		known := *p
		*p, added = withDocument(known, *d.Document)
		p.Phone = d.Phone
		changed = !reflect.DeepEqual(known, *p)
	})
	if err != nil {
		return identity.Grant{}, gone(err)
	}
	if changed {
		verbs = append(verbs, keep)
	}
	if added {
		verbs = append(verbs, a.Vault.Claim(o, a.Vault.DocumentIndex(d.Document.Kind, d.Document.Number)))
	}
	o.Profile.Verifier = d.Verifier
	verbs = append(verbs, identity.SetProfile{ID: o.ID, Profile: a.Vault.SealProfile(o, o.Profile)})
	if _, err := a.Book.Record(ctx, o, d.event(identity.DocumentAdded, append(grounds, verdict.Ground(), upheld.Ground())), verbs...); err != nil {
		return identity.Grant{}, err
	}
	return d.grant(o, true), nil
}
