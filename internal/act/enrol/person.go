package enrol

import "netid/internal/identity"

func (d draft) person(sandbox bool) identity.Person {
	return identity.Person{Handle: d.Handle, Name: d.Document.Name, Birth: d.Document.Birth, Phone: d.Phone,
		Documents: []identity.Document{*d.Document}, Sandbox: sandbox}
}

func (d draft) event(kind identity.EventKind, grounds []identity.Ground) identity.Event {
	return identity.Event{Kind: kind, Detail: string(d.Document.Kind) + "/" + string(d.Document.Origin) + "/face-" + d.Face,
		Consents: d.Consents, Grounds: grounds}
}

func (d draft) grant(o identity.Opened, again bool) identity.Grant {
	return identity.Grant{Person: o.ID, Number: o.Profile.Number, Expires: d.Document.Expires, Long: d.Document.Long, Again: again}
}

// withDocument replaces the document of the same kind and number, or adds it.
func withDocument(p identity.Person, doc identity.Document) (_ identity.Person, added bool) {
	docs := make([]identity.Document, 0, len(p.Documents)+1)
	added = true
	for _, known := range p.Documents {
		if known.Kind == doc.Kind && known.Number == doc.Number {
			known, added = doc, false
		}
		docs = append(docs, known)
	}
	if added {
		docs = append(docs, doc)
	}
	p.Documents = docs
	return p, added
}
