package respond

import (
	"context"
	"slices"
	"time"

	"netid/internal/identity"
	"netid/internal/law"
)

// follows is what the news means for this person: an event of no kind when it is
// what was known already.
func (a *Act) follows(ctx context.Context, o identity.Opened, n identity.News) (identity.Event, []identity.Verb, error) {
	switch {
	case n.Kind.AboutDocument():
		return a.document(ctx, o, n)
	case n.Kind == identity.PersonDeceased:
		return a.close(ctx, o)
	case n.Kind == identity.PersonAlive:
		return a.reopen(ctx, o)
	}
	return a.guardianship(ctx, o, n)
}

func (a *Act) today() identity.Date { return identity.Today(a.Now()) }

// document writes down what the document is now. Whether the number stands
// still follows from all documents of the person that are known, so that the same told
// twice, or a lost one beside a good one, does no harm.
func (a *Act) document(ctx context.Context, o identity.Opened, n identity.News) (e identity.Event, verbs []identity.Verb, err error) {
	var documents []identity.Document
	known, changed := false, false
	keep, err := a.Vault.AmendIdentity(ctx, o, func(p *identity.Person) {
		for i, d := range p.Documents {
			if d.Kind == n.Document.Kind && d.Number == n.Document.Number {
				p.Documents[i] = n.Tells(d)
				known, changed = true, changed || p.Documents[i] != d
			}
		}
		documents = slices.Clone(p.Documents)
	})
	if err != nil {
		return e, nil, err
	}
	verdict := a.Law.Upheld(law.Holder{Alive: true, Documents: documents, Today: a.today()})
	to := o.Standing.Without(identity.Held)
	if !verdict.Allowed {
		to = o.Standing.With(identity.Held)
	}
	if !known || !changed && to == o.Standing {
		return e, nil, nil
	}
	if changed {
		verbs = append(verbs, keep)
	}
	e = identity.Event{Kind: identity.DocumentTold, Detail: string(n.Kind) + "/" + string(n.Document.Kind), Grounds: []identity.Ground{verdict.Ground()}}
	var more []identity.Verb
	if to.Has(identity.Held) {
		if !o.Standing.Has(identity.Held) {
			e.Kind = identity.HeldByNews
		}
		more, err = a.part(ctx, o)
	} else {
		more, err = a.shorten(ctx, o, documents)
	}
	return e, append(append(verbs, a.stand(o, to)), more...), err
}

// close ends everything that the person could do. Who they were and what they did
// stays, sealed, for as long as law keeps it of anybody.
func (a *Act) close(ctx context.Context, o identity.Opened) (e identity.Event, verbs []identity.Verb, err error) {
	verdict := a.Law.Upheld(law.Holder{Today: a.today()})
	if verdict.Allowed || o.Standing.Has(identity.Closed) {
		return e, nil, nil
	}
	revoked, err := a.certificates(ctx, o, func(row identity.CertificateRow, _ identity.Certificate) (identity.Verb, error) {
		return identity.RevokeCertificate{ID: row.ID}, nil
	})
	if err != nil {
		return e, nil, err
	}
	ends, err := a.part(ctx, o)
	verbs = append(append([]identity.Verb{a.stand(o, o.Standing.With(identity.Closed))}, revoked...), ends...)
	return identity.Event{Kind: identity.ClosedByNews, Grounds: []identity.Ground{verdict.Ground()}}, verbs, err
}

// reopen gives a number back to a person who was not dead. Certificates stay
// revoked: they show a document and get a new one, with the same number.
func (a *Act) reopen(ctx context.Context, o identity.Opened) (e identity.Event, verbs []identity.Verb, err error) {
	if !o.Standing.Has(identity.Closed) {
		return e, nil, nil
	}
	p, err := a.Vault.Identity(ctx, o)
	if err != nil {
		return e, nil, err
	}
	verdict := a.Law.Upheld(law.Holder{Alive: true, Documents: p.Documents, Today: a.today()})
	to := o.Standing.Without(identity.Closed)
	if !verdict.Allowed {
		to = to.With(identity.Held)
	}
	return identity.Event{Kind: identity.Reopened, Grounds: []identity.Ground{verdict.Ground()}}, []identity.Verb{a.stand(o, to)}, nil
}

// guardianship is a record of the child's, and a message to the telephone of the
// child and of every other guardian: whoever got or lost the say over a child does
// it in front of all. Nothing else need follow: who is a guardian is asked
// of the register whenever it matters (ADR 0037). Whose it is the record does not say.
func (a *Act) guardianship(ctx context.Context, o identity.Opened, n identity.News) (identity.Event, []identity.Verb, error) {
	e := identity.Event{Kind: identity.GuardianTold, Detail: "began", Grounds: []identity.Ground{}}
	if n.Ended {
		e.Detail = "ended"
	}
	guardians, err := a.Guardians.Of(ctx, n.Person)
	if err != nil {
		return e, nil, err
	}
	verbs := []identity.Verb{a.stand(o, o.Standing)}
	told := map[string]bool{}
	for _, who := range append([]identity.Opened{o}, guardians...) {
		p, err := a.Vault.Identity(ctx, who)
		if err != nil {
			return e, nil, err
		}
		if p.Handle == n.Guardian || told[p.Phone] { // a child may share a telephone
			continue
		}
		told[p.Phone] = true
		message, err := a.Post.Leave(identity.Message{Kind: identity.ShortMessage, Address: p.Phone, Text: a.Notice("guardian." + e.Detail)}, a.Now().Add(noticeLife))
		if err != nil {
			return e, nil, err
		}
		verbs = append(verbs, message)
	}
	return e, verbs, nil
}

// stand moves the standing, or holds it where it is.
func (a *Act) stand(o identity.Opened, to identity.Standing) identity.Verb {
	if to == o.Standing {
		return identity.GuardPerson{ID: o.ID, Standing: o.Standing, Epoch: o.Epoch}
	}
	return identity.SetStanding{ID: o.ID, From: o.Standing, To: to, CertOwner: a.Vault.CertOwner(o)}
}

// part ends every session at a party and every consent to be asked no more, as a freeze does.
func (a *Act) part(ctx context.Context, o identity.Opened) ([]identity.Verb, error) {
	ends, err := a.Parting.Close(ctx, o)
	return append(ends, identity.EndConsents{Owner: a.Vault.LinkOwner(o)}), err
}

// shorten has no certificate outlast the last of the documents that it may rest on
// (Art. 2), so that nothing need happen on the day when that one ends.
func (a *Act) shorten(ctx context.Context, o identity.Opened, documents []identity.Document) ([]identity.Verb, error) {
	var last time.Time
	for _, d := range documents {
		if d.Long {
			return nil, nil
		}
		if end := d.Expires.End().UTC(); end.After(last) {
			last = end
		}
	}
	return a.certificates(ctx, o, func(row identity.CertificateRow, c identity.Certificate) (identity.Verb, error) {
		if !c.Expires.After(last) {
			return nil, nil
		}
		c.Expires = last
		sealed, err := a.Vault.SealCertificate(o, c)
		return identity.KeepCertificate{Certificate: sealed, From: row.Body}, err
	})
}

// certificates changes those of the person that are not revoked.
func (a *Act) certificates(ctx context.Context, o identity.Opened, change func(identity.CertificateRow, identity.Certificate) (identity.Verb, error)) (verbs []identity.Verb, err error) {
	rows, err := a.Store.Certificates(ctx, a.Vault.CertOwner(o))
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		if row.Revoked {
			continue
		}
		c, err := a.Vault.OpenCertificate(row)
		if err != nil {
			return nil, err
		}
		verb, err := change(row, c)
		if err != nil {
			return nil, err
		}
		if verb != nil {
			verbs = append(verbs, verb)
		}
	}
	return verbs, nil
}
