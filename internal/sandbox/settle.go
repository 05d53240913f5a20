package sandbox

import (
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"netid/internal/identity"
	"netid/internal/suite"
)

// card is a document with what its chip holds. The files of a passport are
// made at the founding; a resident card's content travels sealed, as no
// reader can read the real ones either.
type card struct {
	ID     string                `json:"id"`
	Kind   identity.DocumentKind `json:"kind"`
	Number string                `json:"number"`
	Owner  string                `json:"owner"`
	Label  identity.Text         `json:"label"`
	Note   identity.Text         `json:"note"`

	Printed *printed `json:"printed,omitempty"` // cards that only the decoder reads
	Chip    *chip    `json:"chip,omitempty"`    // passports and travel permits
}

// printed is what a card says to the decoder.
type printed struct {
	Name    string        `json:"name"`
	Birth   identity.Date `json:"birth"`
	Expires identity.Date `json:"expires"`
	Long    bool          `json:"long_term,omitempty"`
}

// settle makes everybody, as of an instant. photo is in adult's passport, or nil.
func settle(now time.Time, photo []byte) (*Population, error) {
	home, err := newIssuer("SANDBOX CSCA (SIMULATED)", now)
	if err != nil {
		return nil, err
	}
	permits, err := newIssuer("SANDBOX PERMIT CSCA (SIMULATED)", now)
	if err != nil {
		return nil, err
	}
	abroad, err := newIssuer("SANDBOX UNTRUSTED CSCA (SIMULATED)", now)
	if err != nil {
		return nil, err
	}
	by := issuers{home, permits, abroad}
	p := &Population{photo: photo, csca: append(home.roots(), permits.roots()...), sam: suite.NewSecret(identity.ES256)} // the state's, played: no profile of ours chooses its algorithm
	today := identity.Today(now)
	for nth, plan := range plans() {
		who := person{Word: plan.word, Handle: identity.PersonHandle("sandbox-" + hex.EncodeToString(suite.Random(16))),
			Name:  text("沙盒·"+plan.zh, "Sandbox "+plan.en),
			Birth: born(plan.years, nth, today), Phone: phone(nth), Guardians: plan.guardians, Kin: plan.kin}
		if plan.birthday > 0 {
			who.Birth = bornAhead(plan.years, plan.birthday, today)
		}
		for _, c := range plan.cards {
			made, reg, err := p.issue(by, plan, c, who, nth, today)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", c.id, err)
			}
			p.cards = append(p.cards, made)
			who.Documents = append(who.Documents, reg)
		}
		p.people = append(p.people, who)
	}
	return p, nil
}

// issuers are who sign chips: two that the sandbox trusts, and one that it does not.
type issuers struct{ home, permits, abroad *issuer }

func (i issuers) of(c planned) *issuer {
	switch {
	case c.flavor == foreign:
		return i.abroad
	case c.kind == identity.PassportAbroad:
		return i.home
	}
	return i.permits
}

// issue makes one card and its row in the register.
func (p *Population) issue(by issuers, plan plan, c planned, who person, nth int, today identity.Date) (card, registered, error) {
	expires := today.AddMonths(12*c.years + c.months)
	if c.long {
		expires = identity.Date{}
	}
	if c.renamed != "" {
		who.Name.ZH = "沙盒·" + c.renamed
	}
	label := called(c.kind)
	made := card{ID: c.id, Kind: c.kind, Owner: who.Word, Number: c.number(nth, who.Birth, plan.wrongDigit), Note: plan.note,
		Label: text(who.Name.ZH+"的"+label.ZH, who.Name.EN+", "+label.EN)}
	if c.note != (identity.Text{}) {
		made.Note = c.note
	}
	row := registered{c.kind, made.Number, expires, c.long, c.lost, c.atHome}
	var photo []byte
	if who.Word == "adult" {
		photo = p.photo
	}
	var err error
	switch c.kind {
	case identity.PassportAbroad, identity.PermitHongKong, identity.PermitTaiwan:
		made.Chip, err = by.of(c).passport(zoneOf(c.kind, who, made.Number, expires), photo, c.flavor)
	default:
		made.Printed = &printed{who.Name.ZH, who.Birth, expires, c.long}
	}
	return made, row, err
}

// zone is the TD3 machine readable zone of a person's passport (9303-4 §4.2).
func zone(who person, number string, expires identity.Date) string {
	digit := func(s string) string { return s + checkDigit(s) }
	number = digit(filled(number, 9))
	birth, until, personal := digit(short(who.Birth)), digit(short(expires)), digit(strings.Repeat("<", 14))
	return "POCHN" + filled(latin(who), 39) + number + "CHN" + birth + "<" + until + personal + checkDigit(number+birth+until+personal)
}

// checkDigit is 9303-3 §4.9, written a second time on purpose: the chip and
// its checker share no code that could be wrong in both.
func checkDigit(s string) string {
	sum := 0
	for i, r := range s {
		v := 0
		switch {
		case r >= '0' && r <= '9':
			v = int(r - '0')
		case r >= 'A' && r <= 'Z':
			v = int(r-'A') + 10
		}
		sum += v * []int{7, 3, 1}[i%3]
	}
	return fmt.Sprint(sum % 10)
}
