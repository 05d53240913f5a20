package identity

import (
	"fmt"
	"io"
	"log/slog"
	"strings"

	"netid/internal/fault"
)

// Item is one fact that tells who somebody is, by the name of its claim.
// There are no others: a net number, a document's kind, a device or an address
// never leave, on whatever basis.
type Item string

const (
	ItemName   Item = "name"
	ItemBirth  Item = "birthdate"
	ItemNumber Item = "document_number"
	ItemPhone  Item = "phone_number"
)

// Items are all of them, in the order in which they are shown.
func Items() []Item { return []Item{ItemName, ItemBirth, ItemNumber, ItemPhone} }

// ParseItem accepts the claim's name.
func ParseItem(s string) (Item, error) {
	for _, i := range Items() {
		if s == string(i) {
			return i, nil
		}
	}
	return "", fault.New("identity.ParseItem", fault.Invalid, "item_unknown")
}

// Of is the item of this person, as it is written in an answer, or "".
func (i Item) Of(p Person) Plain {
	switch i {
	case ItemName:
		return Plain(p.Name)
	case ItemBirth:
		return Plain(p.Birth.String())
	case ItemNumber:
		if len(p.Documents) > 0 {
			return Plain(p.Documents[len(p.Documents)-1].Number) // the one that was shown last
		}
	case ItemPhone:
		return Plain(p.Phone)
	}
	return ""
}

// Same reports whether what a party sent is the person's: as people write it,
// without spaces, the middle dots of names and differences of case.
func (p Plain) Same(sent Plain) bool { return p != "" && p.bare() == sent.bare() }

func (p Plain) bare() string {
	return strings.ToUpper(strings.Map(func(r rune) rune {
		if strings.ContainsRune(" \u3000·•・‧", r) {
			return -1
		}
		return r
	}, string(p)))
}

// Plain is somebody's plain text on its way to one party. It prints nothing.
type Plain string

func (Plain) Format(f fmt.State, _ rune) { io.WriteString(f, "plaintext") }
func (Plain) LogValue() slog.Value       { return slog.StringValue("plaintext") }

// PlainAsk is one item that a party asks: its value, or whether it is the one
// that the party sent.
type PlainAsk struct {
	Item  Item  `json:"i"`
	Match bool  `json:"m,omitempty"`
	Value Plain `json:"v,omitempty"` // to match
}

// Name is the item's in statements, records and answers.
func (a PlainAsk) Name() string {
	if a.Match {
		return "match_" + string(a.Item)
	}
	return string(a.Item)
}

// Disclosure is what of a verification is plain text, with the terms under
// which it is given. It is made once, for one answer, and kept nowhere.
type Disclosure struct {
	Values  map[Item]Plain
	Matches map[string]bool // by PlainAsk.Name
	Consent EventID         // the record of the separate consents
	Purpose Text
	Bases   map[Item]string // the law that the party cites for each
	Days    int             // that the party may keep it
}
