package emrtd

import (
	"strings"
	"time"

	"netid/internal/identity"
)

// Lengths of the machine readable zones: two lines of 44 on a booklet
// (9303-4 §4.2), three of 30 on a card (9303-5 §4.2).
const (
	lengthTD3 = 88
	lengthTD1 = 90
)

// Zone is a machine readable zone, taken apart.
type Zone struct {
	Code        string // of the document: "P", "PO"; "I", "AC" and others on a card
	Issuer      string // of three letters, fillers taken off: "CHN"
	Name        string // "SURNAME GIVEN NAMES"
	Number      string
	Nationality string
	Birth       identity.Date
	Expires     identity.Date
}

// ParseZone reads a zone of TD3 or TD1, its lines one after the other, and
// checks all check digits. Two-digit years: a birth is the latest that is not
// after today, an expiry lies within fifty years.
func ParseZone(zone string, now time.Time) (Zone, error) {
	if strings.Trim(zone, mrzAlphabet) != "" {
		return Zone{}, malformed("the zone has a character that no zone has")
	}
	var p parts
	var err error
	switch len(zone) {
	case lengthTD3:
		p, err = partsTD3(zone[:44], zone[44:])
	case lengthTD1:
		if permit(zone) {
			p = partsPermit(zone[:30], zone[30:60])
			break
		}
		p, err = partsTD1(zone[:30], zone[30:60], zone[60:])
	default:
		err = malformed("the zone has a length that no zone has")
	}
	if err != nil {
		return Zone{}, err
	}
	return p.zone(identity.Today(now))
}

// parts are a zone's fields, cut out.
type parts struct {
	code, issuer, name, number, nationality, sex, birth, expires string
	checked                                                      []checked
}

// checked is a field with its check digit.
type checked struct {
	field string
	digit byte
	blank bool // a filler may stand for the 0 of an empty field (9303-4 §4.2.2.2)
}

func partsTD3(l1, l2 string) (parts, error) {
	if l1[0] != 'P' {
		return parts{}, malformed("the zone is no passport's")
	}
	return parts{code: l1[:2], issuer: l1[2:5], name: l1[5:], number: l2[:9], nationality: l2[10:13], birth: l2[13:19], sex: l2[20:21], expires: l2[21:27],
		checked: []checked{{l2[0:9], l2[9], false}, {l2[13:19], l2[19], false}, {l2[21:27], l2[27], false}, {l2[28:42], l2[42], true},
			{l2[0:10] + l2[13:20] + l2[21:43], l2[43], false}}}, nil
}

func partsTD1(l1, l2, l3 string) (parts, error) {
	if !strings.Contains("ACI", l1[:1]) {
		return parts{}, malformed("the zone is no card's")
	}
	number, digit := l1[5:14], l1[14]
	if digit == '<' { // a longer number goes on in the optional data, where its digit follows (9303-5 §4.2.2.1)
		more, _, _ := strings.Cut(l1[15:], "<")
		if len(more) < 2 {
			return parts{}, malformed("the zone's number goes on, and does not")
		}
		number, digit = number+more[:len(more)-1], more[len(more)-1]
	}
	return parts{code: l1[:2], issuer: l1[2:5], name: l3, number: number, birth: l2[:6], sex: l2[7:8], expires: l2[8:14], nationality: l2[15:18],
		checked: []checked{{number, digit, false}, {l2[0:6], l2[6], false}, {l2[8:14], l2[14], false},
			{l1[5:30] + l2[0:7] + l2[8:15] + l2[18:29], l2[29], false}}}, nil
}

func (p parts) zone(today identity.Date) (Zone, error) {
	bare := func(s string) string { return strings.TrimRight(s, "<") }
	z := Zone{Code: bare(p.code), Issuer: bare(p.issuer), Nationality: bare(p.nationality), Number: bare(p.number)}
	for _, c := range p.checked {
		if c.digit != CheckDigit(c.field) && (!c.blank || c.digit != '<' || bare(c.field) != "") {
			return Zone{}, malformed("a check digit of the zone is wrong")
		}
	}
	if !strings.Contains("MFX<", p.sex) {
		return Zone{}, malformed("the sex of the zone is no letter of 9303")
	}
	if z.Number == "" || strings.Contains(z.Number, "<") {
		return Zone{}, malformed("the zone has no number")
	}
	var err error
	if z.Name, err = mrzName(p.name); err != nil {
		return Zone{}, err
	}
	if z.Birth, err = mrzDate(p.birth, today, 0); err != nil {
		return Zone{}, err
	}
	if z.Expires, err = mrzDate(p.expires, today, 50); err != nil {
		return Zone{}, err
	}
	return z, nil
}

const mrzAlphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ<"

// CheckDigit is 9303-3 §4.9: weights 7, 3, 1, modulo 10; a filler counts 0, A counts 10.
func CheckDigit(field string) byte {
	sum := 0
	for i := range len(field) {
		v := strings.IndexByte(mrzAlphabet, field[i]) % 36
		sum += v * [...]int{7, 3, 1}[i%3]
	}
	return '0' + byte(sum%10)
}

// mrzName takes "SURNAME<<GIVEN<NAMES<<<" apart (9303-3 §4.6).
func mrzName(field string) (string, error) {
	if strings.ContainsAny(field, "0123456789") {
		return "", malformed("a digit in the zone's name")
	}
	surname, given, _ := strings.Cut(strings.TrimRight(field, "<"), "<<")
	if surname == "" || strings.HasPrefix(surname, "<") || strings.Contains(given, "<<") || strings.HasPrefix(given, "<") {
		return "", malformed("the zone has no name")
	}
	return strings.TrimSpace(strings.ReplaceAll(surname+" "+given, "<", " ")), nil
}

// mrzDate reads YYMMDD as the latest such day that is at most ahead years
// after today; with 0 ahead, not after today itself.
func mrzDate(s string, today identity.Date, ahead int) (identity.Date, error) {
	limit := identity.Date{Year: today.Year + ahead, Month: today.Month, Day: today.Day}
	for century := limit.Year / 100; century >= limit.Year/100-1; century-- {
		d, err := identity.ParseDate(string('0'+rune(century/10)) + string('0'+rune(century%10)) + s)
		if err == nil && !limit.Before(d) {
			return d, nil
		}
	}
	return identity.Date{}, malformed("a date of the zone never was")
}
