// Package sandbox is a small country of synthetic people: their documents,
// the chips in them, the passport authority that signed those, and the
// population register that knows them all.
//
// It owns who they are and how their chips answer, and refuses to know netid:
// nothing here enrols, checks or serves. Cards and chips play the citizen's
// side of the table, Register plays the state's; the two share files, as in
// life they share a country.
//
// Invariant: nobody here can be taken for a real person. Every number of a
// document is of a series that is never issued (numbers.go), telephones begin
// with 100, which none does; every name and every certificate says sandbox. The files are made once and then only read.
package sandbox

import (
	"crypto/x509"
	"slices"
	"time"

	"netid/internal/emrtd"
	"netid/internal/fault"
	"netid/internal/identity"
)

// Persona is a synthetic person with the document they enrol with first.
type Persona struct {
	Name           string // code word: "adult"
	Person         identity.Text
	DocumentKind   identity.DocumentKind
	DocumentNumber string
	Phone          string // on file in the register; 11 digits beginning 100
	BirthDate      identity.Date
	Cards          []string // ids; the first is the document above
	Guardians      []string // code words of who answers for them, where they are minors
}

// Card is a document in the drawer.
type Card struct {
	ID     string
	Kind   identity.DocumentKind
	Number string
	Owner  string        // a Persona's code word
	Label  identity.Text // what it is
	Note   identity.Text // what to expect of it
}

// Population is everybody in a sandbox with their cards.
type Population struct {
	people []person
	cards  []card
	csca   []*x509.Certificate
	sam    identity.Secret
	photo  []byte // while they settle
}

// Found opens the population under dir, making it first where there is none.
// Ages are as of the instant of the founding. dir may be anything; the files
// lie in dir/authority. Several founders at once end with one population.
func Found(dir string, now func() time.Time) (*Population, error) { return FoundWith(dir, now, nil) }

// FoundWith puts a photo (JPEG) into adult's passport when it makes one, for
// whoever tries to compare a face: a drawn one is no face.
func FoundWith(dir string, now func() time.Time, photo []byte) (*Population, error) {
	if p, err := open(dir); !missing(err) {
		return p, err
	}
	p, err := settle(now(), photo)
	if err != nil {
		return nil, fault.Wrap("sandbox.Found", fault.Internal, "", err)
	}
	if err := p.save(dir); err != nil {
		return nil, fault.Wrap("sandbox.Found", fault.Internal, "", err)
	}
	return open(dir) // another founder may have been first
}

// named are the code words of the people that commands and documents speak of.
func named() []string {
	return []string{"adult", "elder", "overseas", "lost-phone", "frozen", "revoked", "deceased", "hongkong", "taiwan", "hk-resident", "tw-resident", "foreigner",
		"guardian", "guardian-2", "infant", "child-9", "teen-16", "turning-14", "turning-18"}
}

// Personas are the people that developers enrol with.
func (p *Population) Personas() []Persona {
	var list []Persona
	for _, name := range named() {
		if who, ok := p.Persona(name); ok {
			list = append(list, who)
		}
	}
	return list
}

// Persona finds one person by code word: one of Personas or the Owner of any card.
func (p *Population) Persona(name string) (Persona, bool) {
	if n, ok := crowdNumber(name, ""); ok {
		w, c := crowd(n, p.sam)
		return Persona{w.Word, w.Name, c.Kind, c.Number, w.Phone, w.Birth, []string{c.ID}, nil}, true
	}
	i := slices.IndexFunc(p.people, func(w person) bool { return w.Word == name })
	if i < 0 {
		return Persona{}, false
	}
	w := p.people[i]
	who := Persona{Name: w.Word, Person: w.Name, Phone: w.Phone, BirthDate: w.Birth, Guardians: w.Guardians}
	for _, c := range p.cards {
		if c.Owner != name {
			continue
		}
		if who.Cards = append(who.Cards, c.ID); len(who.Cards) == 1 {
			who.DocumentKind, who.DocumentNumber = c.Kind, c.Number
		}
	}
	return who, true
}

// Cards lists the drawer: the personas' own cards first.
func (p *Population) Cards() []Card {
	list := make([]Card, len(p.cards))
	for i, c := range p.cards {
		list[i] = Card{c.ID, c.Kind, c.Number, c.Owner, c.Label, c.Note}
	}
	return list
}

// CSCA are the passport authority's roots, as a trust list would give them.
func (p *Population) CSCA() []*x509.Certificate { return slices.Clone(p.csca) }

// Trust trusts them.
func (p *Population) Trust() (*emrtd.Anchors, error) {
	var all [][]byte
	for _, c := range p.csca {
		all = append(all, c.Raw)
	}
	return emrtd.NewAnchors(all...)
}

// Present is what a reader gets from a card for this challenge (8 bytes): the
// JSON that document.Desk.Read takes. NotFound "card_unknown".
func (p *Population) Present(id string, challenge []byte) ([]byte, error) {
	const op = "sandbox.Present"
	c, known := p.card(id)
	if !known {
		return nil, fault.New(op, fault.NotFound, "card_unknown")
	}
	answer := passport
	if c.Printed != nil {
		answer = p.resident
	}
	b, err := answer(c, challenge)
	return b, fault.Wrap(op, fault.Internal, "", err)
}

func (p *Population) card(id string) (card, bool) {
	if n, ok := crowdNumber(id, "-card"); ok {
		_, c := crowd(n, p.sam)
		return c, true
	}
	i := slices.IndexFunc(p.cards, func(c card) bool { return c.ID == id })
	if i < 0 {
		return card{}, false
	}
	return p.cards[i], true
}
