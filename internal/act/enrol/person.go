package enrol

import (
	"cmp"
	"slices"

	"netid/internal/identity"
)

func (d draft) person(sandbox bool) identity.Person {
	return identity.Person{Handle: d.Handle, Name: d.Document.Name, Birth: d.Document.Birth, Phone: d.Phone,
		Documents: []identity.Document{*d.Document}, Sandbox: sandbox}
}

func (d draft) event(kind identity.EventKind, grounds []identity.Ground) identity.Event {
	e := identity.Event{Kind: kind, Detail: string(d.Document.Kind) + "/" + string(d.Document.Origin) + "/face-" + d.Face,
		Consents: d.Consents, Grounds: grounds}
	for _, c := range []identity.CounterID{d.Counter, d.Second} {
		if c != "" {
			e.Detail += "/" + string(c)
		}
	}
	return e
}

func (d draft) grant(o identity.Opened, again bool) identity.Grant {
	return identity.Grant{Person: o.ID, Number: o.Profile.Number, Expires: d.Document.Expires, Long: d.Document.Long, Again: again}
}

// withDocument puts a document in the place of the one of its kind, or adds it:
// nobody has two valid ones of a kind. What gave way comes back.
//
// Name and birth follow, as the register has just vouched for both. A chip's zone
// has a name in Latin letters alone, so the name is that
// of a document that the state's decoder read, where there is one.
func withDocument(p identity.Person, doc identity.Document) (_ identity.Person, gone []identity.Document) {
	docs := make([]identity.Document, 0, len(p.Documents)+1) // the one that was shown last is the last
	for _, known := range p.Documents {
		if known.Kind == doc.Kind {
			gone = append(gone, known)
			continue
		}
		docs = append(docs, known)
	}
	docs = append(docs, doc)
	first := slices.MinFunc(docs, func(a, b identity.Document) int { return cmp.Compare(rank(a), rank(b)) })
	p.Documents, p.Name, p.Birth = docs, first.Name, doc.Birth
	return p, gone
}

// rank is what comes first: what the decoder read, then the order of article 15.
func rank(d identity.Document) int {
	at := slices.Index(identity.DocumentKinds, d.Kind)
	if d.Origin != identity.DecodedElsewhere {
		at += len(identity.DocumentKinds)
	}
	return at
}
