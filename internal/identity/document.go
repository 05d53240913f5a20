package identity

import (
	"time"

	"netid/internal/fault"
)

// DocumentKind is one of the legal identity documents of article 15.
type DocumentKind string

const (
	ResidentCard     DocumentKind = "resident-id-card"          // 居民身份证
	PassportAbroad   DocumentKind = "passport"                  // 定居国外的中国公民的护照
	PermitHongKong   DocumentKind = "mainland-permit-hk-macau"  // 港澳居民来往内地通行证
	PermitTaiwan     DocumentKind = "mainland-permit-taiwan"    // 台湾居民来往大陆通行证
	ResidenceHK      DocumentKind = "residence-permit-hk-macau" // 港澳居民居住证
	ResidenceTaiwan  DocumentKind = "residence-permit-taiwan"   // 台湾居民居住证
	ForeignPermanent DocumentKind = "foreigner-permanent-card"  // 外国人永久居留身份证
)

// DocumentKinds lists article 15 in its own order.
var DocumentKinds = []DocumentKind{ResidentCard, PassportAbroad, PermitHongKong, PermitTaiwan, ResidenceHK, ResidenceTaiwan, ForeignPermanent}

// ParseDocumentKind accepts exactly the kinds of article 15.
func ParseDocumentKind(s string) (DocumentKind, error) {
	for _, k := range DocumentKinds {
		if string(k) == s {
			return k, nil
		}
	}
	return "", fault.New("identity.ParseDocumentKind", fault.Invalid, "document_kind_unknown")
}

// Origin says who checked a document, in honest words for its owner.
type Origin string

const (
	CheckedHere      Origin = "chip-verified"     // chip signatures verified by netid itself
	CheckedSimulated Origin = "chip-simulated"    // the same, up to a root that is made up: no real one is public
	DecodedElsewhere Origin = "authority-decoded" // chip decoded by the authority's own module
)

// Document is a legal identity document after it was checked: what enrolment
// keeps of it, sealed under the person's identity key.
type Document struct {
	Kind    DocumentKind `json:"kind"`
	Number  string       `json:"number"` // normalised: upper case, no spaces
	Name    string       `json:"name"`
	Birth   Date         `json:"birth"`
	Expires Date         `json:"expires"` // last valid day; LongTerm documents carry the zero Date
	Long    bool         `json:"long_term,omitempty"`
	Origin  Origin       `json:"origin"`
	Active  bool         `json:"active_authentication,omitempty"` // the chip proved that it is no copy
}

// ValidOn reports whether the document is valid on the day.
func (d Document) ValidOn(day Date) bool { return d.Long || !d.Expires.Before(day) }

// PersonHandle is the population register's own opaque name for one natural
// person, the same behind every document of theirs (Art. 2: one person, one number).
type PersonHandle string

// Regime is what age means for a person's rights: articles 4 and 5.
type Regime string

const (
	Child Regime = "child" // under 14: guardian consents and applies
	Ward  Regime = "ward"  // 14 to 17: applies under a guardian's supervision
	Adult Regime = "adult"
)

// RegimeAt gives the regime of a person born on birth, on the day on.
func RegimeAt(birth, on Date) Regime {
	switch age := birth.Age(on); {
	case age < 14:
		return Child
	case age < 18:
		return Ward
	}
	return Adult
}

// Person is the real identity: the vault's plaintext, never stored unsealed.
type Person struct {
	Handle    PersonHandle `json:"handle,omitempty"`
	Name      string       `json:"name"`
	Birth     Date         `json:"birth"`
	Phone     string       `json:"phone"`
	Documents []Document   `json:"documents"`
	Next      *NextPhone   `json:"next_phone,omitempty"` // what takes the telephone's place, unless a device refuses it
	Asked     time.Time    `json:"asked,omitzero"`       // when somebody with the document asked for a new device
	Recovery  []byte       `json:"recovery,omitempty"`   // what is kept of each recovery code that was not used, one behind the other
	Wish      Wish         `json:"wish,omitempty"`       // for when they are dead
	Sandbox   bool         `json:"sandbox,omitempty"`
}

// PhoneWait is between asking for another telephone on a device and having it:
// whoever found that device, and saw the passcode, is alone with it for a while.
const PhoneWait = 72 * time.Hour

// NextPhone is a telephone that was confirmed and waits.
type NextPhone struct {
	Phone string    `json:"phone"`
	From  time.Time `json:"from"` // it is the person's from then on
}

// At is the person at a moment: a telephone whose wait is over is theirs. Nothing
// has to happen at that moment, so nothing can be late or be cut.
func (p Person) At(now time.Time) Person {
	if p.Next != nil && !now.Before(p.Next.From) {
		p.Phone, p.Next = p.Next.Phone, nil
	}
	return p
}
