package document

import (
	"strings"
	"time"

	"netid/internal/identity"
)

// cardLength is the zone of a card: three lines of 30 characters (9303-5 §4.2).
const cardLength = 90

// span is where a field stands in a zone.
type span struct{ from, to int }

// layout says where the zone of a card has what. Number, birth and expiry have
// their check digits behind them.
type layout struct {
	code                   string // how the zone begins: the kind of document
	number, birth, expires span
	composite              []span // what the last digit is over,
	digit                  int    // and where that stands
	name                   span
	issuer, nationality    span // empty: it has none
	sex                    int  // 0: it has none, or nobody knows where
}

// cardZone is ICAO's TD1 (9303-5 §4.2.2).
func cardZone(code string) layout {
	return layout{code: code, issuer: span{2, 5}, number: span{5, 14}, birth: span{30, 36}, sex: 37, expires: span{38, 44}, nationality: span{45, 48},
		composite: []span{{5, 30}, {30, 37}, {38, 45}, {48, 59}}, digit: 59, name: span{60, 90}}
}

// permitZone is how the exit-entry permits of mainland residents are laid out:
// all that is checked in the first line, in the second a name in Chinese, encoded, and
// one in Latin letters. That the permit of Hong Kong and Macao residents has it too
// is an inference (ADR 0036).
func permitZone(code string) layout {
	return layout{code: code, number: span{2, 11}, expires: span{13, 19}, birth: span{21, 27},
		composite: []span{{2, 12}, {13, 20}, {21, 28}}, digit: 29, name: span{42, 60}}
}

// parse reads a zone and checks every check digit. Two-digit years are read as
// in a passport's.
func (l layout) parse(zone string, now time.Time) (mrz, error) {
	var m mrz
	if len(zone) != cardLength || strings.Trim(zone, mrzAlphabet) != "" || !strings.HasPrefix(zone, l.code) {
		return m, malformed("the zone is not this card's")
	}
	at := func(s span) string { return zone[s.from:s.to] }
	for _, s := range []span{l.number, l.birth, l.expires} {
		if zone[s.to] != checkDigit(at(s)) {
			return m, malformed("a check digit of the zone is wrong")
		}
	}
	var whole strings.Builder
	for _, s := range l.composite {
		whole.WriteString(at(s))
	}
	if zone[l.digit] != checkDigit(whole.String()) {
		return m, malformed("the zone's last check digit is wrong")
	}
	if l.sex > 0 && !strings.Contains("MFX<", zone[l.sex:l.sex+1]) {
		return m, malformed("the sex of the zone is no letter of 9303-5")
	}
	m.issuer, m.nationality, m.number = strings.TrimRight(at(l.issuer), "<"), strings.TrimRight(at(l.nationality), "<"), strings.TrimRight(at(l.number), "<")
	var err error
	if m.name, err = mrzName(at(l.name)); err != nil {
		return m, err
	}
	today := identity.Today(now)
	if m.birth, err = mrzDate(at(l.birth), today, 0); err != nil {
		return m, err
	}
	m.expires, err = mrzDate(at(l.expires), today, 50)
	return m, err
}
