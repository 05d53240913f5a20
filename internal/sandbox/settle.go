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

	Printed *printed `json:"printed,omitempty"` // resident cards
	Chip    *chip    `json:"chip,omitempty"`    // passports
}

// printed is what a resident card says.
type printed struct {
	Name    string        `json:"name"`
	Birth   identity.Date `json:"birth"`
	Expires identity.Date `json:"expires"`
	Long    bool          `json:"long_term,omitempty"`
}

// settle makes everybody, as of an instant.
func settle(now time.Time) (*Population, error) {
	home, err := newIssuer("SANDBOX CSCA (SIMULATED)", now)
	if err != nil {
		return nil, err
	}
	abroad, err := newIssuer("SANDBOX UNTRUSTED CSCA (SIMULATED)", now)
	if err != nil {
		return nil, err
	}
	p := &Population{csca: home.roots(), sam: suite.NewSecret(identity.ES256)} // the state's, played: no profile of ours chooses its algorithm
	today := identity.Today(now)
	for nth, plan := range plans() {
		who := person{Word: plan.word, Handle: identity.PersonHandle("sandbox-" + hex.EncodeToString(suite.Random(16))),
			Name:  text("沙盒·"+plan.zh, "Sandbox "+plan.en),
			Birth: born(plan.years, nth, today), Phone: phone(nth), Guardians: plan.guardians}
		if plan.birthday > 0 {
			who.Birth = bornAhead(plan.years, plan.birthday, today)
		}
		for _, c := range plan.cards {
			made, reg, err := p.issue(home, abroad, plan, c, who, nth, today)
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

// issue makes one card and its row in the register.
func (p *Population) issue(home, abroad *issuer, plan plan, c planned, who person, nth int, today identity.Date) (card, registered, error) {
	expires := today.AddMonths(12 * c.years)
	if c.long {
		expires = identity.Date{}
	}
	made := card{ID: c.id, Kind: c.kind, Owner: who.Word, Note: plan.note}
	if c.kind == identity.ResidentCard {
		made.Number = residentNumber(nth, who.Birth, plan.wrongDigit)
		made.Label = text(who.Name.ZH+"的居民身份证", who.Name.EN+", resident identity card")
		made.Printed = &printed{who.Name.ZH, who.Birth, expires, c.long}
		return made, registered{c.kind, made.Number, expires, c.long, c.lost}, nil
	}
	made.Number = passportNumber(nth)
	made.Label = text(who.Name.ZH+"的护照", who.Name.EN+", passport")
	by := home
	if c.flavor == foreign {
		by = abroad
	}
	var err error
	made.Chip, err = by.passport(zone(who, made.Number, expires), c.flavor)
	return made, registered{c.kind, made.Number, expires, c.long, c.lost}, err
}

// zone is the TD3 machine readable zone of a person's passport (9303-4 §4.2).
func zone(who person, number string, expires identity.Date) string {
	surname, given, _ := strings.Cut(strings.ToUpper(who.Name.EN), " ")
	name := surname + "<<" + strings.ReplaceAll(given, " ", "<")
	line1 := "POCHN" + name + strings.Repeat("<", 39-len(name))
	short := func(d identity.Date) string { return fmt.Sprintf("%02d%02d%02d", d.Year%100, d.Month, d.Day) }
	digit := func(s string) string { return s + checkDigit(s) }
	number = digit(number + strings.Repeat("<", 9-len(number)))
	birth, until, personal := digit(short(who.Birth)), digit(short(expires)), digit(strings.Repeat("<", 14))
	return line1 + number + "CHN" + birth + "<" + until + personal + checkDigit(number+birth+until+personal)
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
