package emrtd

import (
	"strings"
	"time"

	"netid/internal/identity"
)

// mrzLength is the machine readable zone of a TD3 document (a passport
// booklet): two lines of 44 characters (9303-4 §4.2).
const mrzLength = 88

// Zone is a machine readable zone, taken apart.
type Zone struct {
	Code        string // of the document: "P", "PO"
	Issuer      string // of three letters, fillers taken off: "CHN"
	Name        string // "SURNAME GIVEN NAMES"
	Number      string
	Nationality string
	Birth       identity.Date
	Expires     identity.Date
}

// ParseZone reads a TD3 zone and checks all five check digits. Two-digit
// years: a birth is the latest that is not after today, an expiry lies within
// fifty years.
func ParseZone(zone string, now time.Time) (Zone, error) {
	var m Zone
	if len(zone) != mrzLength || strings.Trim(zone, mrzAlphabet) != "" {
		return m, malformed("the zone is no TD3")
	}
	l1, l2 := zone[:44], zone[44:]
	if l1[0] != 'P' {
		return m, malformed("the zone is no passport's")
	}
	for _, f := range []struct {
		field string
		digit byte
		blank bool // a filler may stand for the 0 of an empty field (9303-4 §4.2.2.2)
	}{
		{l2[0:9], l2[9], false}, {l2[13:19], l2[19], false}, {l2[21:27], l2[27], false}, {l2[28:42], l2[42], true},
		{l2[0:10] + l2[13:20] + l2[21:43], l2[43], false},
	} {
		if f.digit != CheckDigit(f.field) && (!f.blank || f.digit != '<' || strings.Trim(f.field, "<") != "") {
			return m, malformed("a check digit of the zone is wrong")
		}
	}
	if !strings.Contains("MFX<", l2[20:21]) {
		return m, malformed("the sex of the zone is no letter of 9303-4")
	}
	var err error
	m.Code, m.Issuer, m.Nationality, m.Number = strings.TrimRight(l1[:2], "<"), strings.TrimRight(l1[2:5], "<"), strings.TrimRight(l2[10:13], "<"), strings.TrimRight(l2[:9], "<")
	if m.Number == "" || strings.Contains(m.Number, "<") {
		return m, malformed("the zone has no number")
	}
	if m.Name, err = mrzName(l1[5:]); err != nil {
		return m, err
	}
	today := identity.Today(now)
	if m.Birth, err = mrzDate(l2[13:19], today, 0); err != nil {
		return m, err
	}
	m.Expires, err = mrzDate(l2[21:27], today, 50)
	return m, err
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
