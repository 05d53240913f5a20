package document

import (
	"slices"

	"netid/internal/emrtd"
	"netid/internal/fault"
	"netid/internal/identity"
)

// entry is all that the desk knows of one kind of document. Another kind, or
// what a better source says of one, is a reviewed change of this table.
type entry struct {
	kind   identity.DocumentKind
	number func(number string, today identity.Date) (numbered, error)
	term   int  // the longest validity that the kind is issued with, in years
	long   bool // or without an end

	// code begins the machine readable zone of a chip that is verified here.
	// None: only the state's decoder reads the card.
	code     string
	citizens bool // its holder is a Chinese citizen, and the zone says so
	unrooted bool // no root of its issuer is public: a sandbox's is made up
}

// numbered is what a number of a kind tells.
type numbered struct {
	birth   identity.Date // zero: nothing
	sandbox bool          // a synthetic person's
}

// entries are the seven documents of article 15, in its order. What is known
// of each from one source alone stands in docs/adr/0036-seven-documents.md.
func entries() []entry {
	return []entry{
		{kind: identity.ResidentCard, number: civil(residentArea), term: 20, long: true},
		{kind: identity.PassportAbroad, number: passportNumber, term: 10, code: "P", citizens: true},
		{kind: identity.PermitHongKong, number: hongKongNumber, term: 10, code: "CR", unrooted: true},
		{kind: identity.PermitTaiwan, number: taiwanNumber, term: 5, code: "CT", unrooted: true},
		{kind: identity.ResidenceHK, number: civil(hongKongArea), term: 5},
		{kind: identity.ResidenceTaiwan, number: civil(taiwanArea), term: 5},
		{kind: identity.ForeignPermanent, number: foreignNumber, term: 10},
	}
}

// entryOf finds a kind. Another is "document_kind_unknown".
func entryOf(kind identity.DocumentKind) (entry, error) {
	all := entries()
	if i := slices.IndexFunc(all, func(e entry) bool { return e.kind == kind }); i >= 0 {
		return all[i], nil
	}
	return entry{}, fault.New("document.entryOf", fault.Invalid, "document_kind_unknown")
}

// good holds a document that was read to what its kind can be: its number, the
// birth that the number tells, its term and its last day. Whether it is still
// the holder's is for the register to say.
func (d *Desk) good(e entry, doc identity.Document) error {
	const op = "document.good"
	today := identity.Today(d.now())
	n, err := e.number(doc.Number, today)
	switch {
	case err != nil:
		return err
	case doc.Name == "" || n.birth != identity.Date{} && n.birth != doc.Birth:
		return fault.New(op, fault.Invalid, emrtd.Mismatch)
	case n.sandbox == d.production: // synthetic people stay out of production and real ones out of a sandbox
		return fault.New(op, fault.Invalid, reasonSandbox)
	case doc.Long && !e.long, !doc.Long && today.AddMonths(12*e.term).Before(doc.Expires):
		// It ends later than one that begins today: it is not valid yet, or of no such kind.
		return fault.New(op, fault.Invalid, reasonNotValid)
	case !doc.ValidOn(today):
		return fault.New(op, fault.Invalid, reasonExpired)
	}
	return nil
}

// origin says who checked the chip. A root that is made up is said to be.
func (d *Desk) origin(e entry) identity.Origin {
	switch {
	case e.code == "":
		return identity.DecodedElsewhere
	case e.unrooted && !d.production:
		return identity.CheckedSimulated
	}
	return identity.CheckedHere
}

// CheckNumber holds a number to its kind, as of a day: "id_number_invalid" when
// it is none. It says whether it is a synthetic person's.
func CheckNumber(kind identity.DocumentKind, number string, today identity.Date) (sandbox bool, err error) {
	e, err := entryOf(kind)
	if err != nil {
		return false, err
	}
	n, err := e.number(number, today)
	return n.sandbox, err
}
