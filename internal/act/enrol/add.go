package enrol

import (
	"context"
	"reflect"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
)

// Add opens a draft for a document of somebody who is signed in: a further one, or
// one that takes the place of theirs because it was renewed, replaced, corrected
// or says another name. Its steps are the notice, the consent, the card, Keep.
func (a *Act) Add(ctx context.Context, s identity.Session, kind string) (identity.Handle, error) {
	const op = "enrol.Add"
	o, err := a.Vault.Visit(ctx, s)
	if err != nil {
		return identity.Handle{}, fault.At(op, err)
	}
	return a.begin(ctx, op, kind, o.ID)
}

// Keep ends Add: the person whose session and passcode this is keeps the
// document and their number (Art. 2). That it is theirs was said by the register
// when it was read, and is held against the person again in the commit.
func (a *Act) Keep(ctx context.Context, s identity.Session, h identity.Handle, passcode string) (identity.Grant, error) {
	const op = "enrol.Keep"
	d, row, err := a.load(ctx, h)
	if err != nil {
		return identity.Grant{}, fault.At(op, err)
	}
	if err := d.expects(StepKeep); err != nil {
		return identity.Grant{}, fault.At(op, err)
	}
	o, err := a.Vault.Visit(ctx, s)
	if err != nil {
		return identity.Grant{}, fault.At(op, err)
	}
	if d.Owner != o.ID { // somebody else signed in at this browser meanwhile
		return identity.Grant{}, fault.New(op, fault.Gone, "draft_unknown")
	}
	if err := a.Vault.Passcode(ctx, o, s.Certificate, passcode); err != nil {
		return identity.Grant{}, fault.At(op, err)
	}
	grounds, err := a.grounds(op, d, true) // no application: a minor's guardian agreed to the number
	if err != nil {
		return identity.Grant{}, err
	}
	g, err := a.settle(ctx, d, func() (identity.Grant, error) {
		s.Found = nil // as they are now: something else may have come first
		if o, err = a.Vault.Visit(ctx, s); err != nil {
			return identity.Grant{}, err
		}
		if err := a.theirs(ctx, o.ID, d.Handle); err != nil {
			return identity.Grant{}, err
		}
		if err := a.Register.Still(ctx, *d.Document, d.Handle); err != nil {
			return identity.Grant{}, err
		}
		return a.keep(ctx, o, d, identity.DropDraft{ID: row.ID, Version: row.Version}, grounds)
	})
	return g, fault.At(op, err)
}

func (a *Act) keep(ctx context.Context, o identity.Opened, d draft, drop identity.DropDraft, grounds []identity.Ground) (identity.Grant, error) {
	verdict := a.Law.OneNumber(o.Profile.Number, o.Profile.Number)
	if err := verdict.Err("enrol.keep"); err != nil {
		return identity.Grant{}, err
	}
	released, upheld, err := a.upheld(o, d)
	if err != nil {
		return identity.Grant{}, err
	}
	verbs, change, err := a.hold(ctx, o, d)
	if err != nil {
		return identity.Grant{}, err
	}
	e := d.event(identity.DocumentAdded, append(grounds, verdict.Ground(), upheld))
	e.Detail = string(d.Document.Kind) + "/" + string(d.Document.Origin) + "/" + change
	if _, err := a.Book.Record(ctx, o, e, append(append(verbs, drop), released...)...); err != nil {
		return identity.Grant{}, err
	}
	return d.grant(o, true), nil
}

// upheld guards the person as they are read and, where no document of theirs was
// valid any more, has the number stand on this one (ADR 0039). Of whoever the authority
// said to be dead, the register knew when the document was read: who comes so far slipped in between.
func (a *Act) upheld(o identity.Opened, d draft) ([]identity.Verb, identity.Ground, error) {
	v := a.Law.Upheld(law.Holder{Alive: !o.Standing.Has(identity.Closed), Documents: []identity.Document{*d.Document}, Today: a.today()})
	if err := v.Err("enrol.upheld"); err != nil {
		return nil, identity.Ground{}, fault.Wrap("enrol.upheld", fault.Invalid, "document_not_valid", err)
	}
	verbs := []identity.Verb{identity.GuardPerson{ID: o.ID, Standing: o.Standing, Epoch: o.Epoch}}
	if to := o.Standing.Without(identity.Held); to != o.Standing {
		verbs = append(verbs, identity.SetStanding{ID: o.ID, From: o.Standing, To: to, CertOwner: a.Vault.CertOwner(o)})
	}
	return verbs, v.Ground(), nil
}

// theirs holds the register's handle against a person's. Another's document is
// refused in the words for one that the register does not know, so that nobody
// learns by it whose it is, or that they are enrolled.
func (a *Act) theirs(ctx context.Context, owner identity.PersonID, handle identity.PersonHandle) error {
	id, err := a.Vault.Find(ctx, a.Vault.HandleIndex(handle))
	if fault.Is(err, fault.NotFound) || err == nil && id != owner {
		return fault.New("enrol.theirs", fault.Invalid, "document_not_valid")
	}
	return err
}

// before is the owner's document of the same kind, if they have one.
func (a *Act) before(ctx context.Context, owner identity.PersonID, kind identity.DocumentKind) (*identity.Document, error) {
	o, err := a.Vault.Open(ctx, owner)
	if err != nil {
		return nil, err
	}
	p, err := a.Vault.Identity(ctx, o)
	if err != nil {
		return nil, err
	}
	for _, d := range p.Documents {
		if d.Kind == kind {
			return &d, nil
		}
	}
	return nil, nil
}

// hold is the part of a commit by which a person holds the draft's document: the
// one of its kind that they had gives way, and its number is anybody's again.
func (a *Act) hold(ctx context.Context, o identity.Opened, d draft) (verbs []identity.Verb, change string, err error) {
	doc := *d.Document
	var gone []identity.Document
	var changed bool
	keep, err := a.Vault.AmendIdentity(ctx, o, func(p *identity.Person) {
		known := *p
		*p, gone = withDocument(known, doc)
		if d.Phone != "" {
			p.Phone, p.Next, p.Asked = d.Phone, nil, time.Time{}
		}
		changed = !reflect.DeepEqual(known, *p)
	})
	if err != nil {
		return nil, "", err
	}
	if changed {
		verbs = append(verbs, keep)
	}
	claim := true
	for _, old := range gone {
		if old.Number == doc.Number {
			claim = false
			continue
		}
		verbs = append(verbs, identity.FreeIndex{Indexes: a.Vault.DocumentIndex(old.Kind, old.Number)})
	}
	if claim {
		verbs = append(verbs, a.Vault.Claim(o, a.Vault.DocumentIndex(doc.Kind, doc.Number)))
	}
	return verbs, changeOf(gone, doc), nil
}

// changeOf says in one word what became of a document, for its owner's record.
func changeOf(gone []identity.Document, doc identity.Document) string {
	switch {
	case len(gone) == 0:
		return "added"
	case gone[0].Number != doc.Number:
		return "renumbered"
	case gone[0].Name != doc.Name:
		return "renamed"
	}
	return "renewed"
}
