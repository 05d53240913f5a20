package sandbox

import (
	"fmt"
	"strings"

	"netid/internal/connector/document"
	"netid/internal/identity"
)

// number is well-formed for its kind and of a series that is never issued.
func (c planned) number(nth int, birth identity.Date, wrong bool) string {
	switch c.kind {
	case identity.PassportAbroad: // real series leave out the I
		return fmt.Sprintf("EI%07d", 9900001+nth)
	case identity.PermitHongKong: // real ones have digits alone after the first letter
		return fmt.Sprintf("HI%07d", 9900001+nth)
	case identity.PermitTaiwan: // and these digits alone
		return fmt.Sprintf("I%07d", 9900001+nth)
	case identity.ResidenceHK:
		return civilNumber("998100", nth, birth, wrong)
	case identity.ResidenceTaiwan:
		return civilNumber("998300", nth, birth, wrong)
	case identity.ForeignPermanent:
		if c.old {
			digits := "KAZ9901" + short(birth) + "0"
			return digits + checkDigit(digits)
		}
		return civilNumber("999398", nth, birth, wrong)
	}
	if c.corrected {
		nth += 50
	}
	return civilNumber(fmt.Sprintf("9901%02d", nth%100), nth, birth, wrong)
}

// civilNumber is one of 18 digits in an area that is never assigned.
func civilNumber(area string, nth int, birth identity.Date, wrong bool) string {
	digits := fmt.Sprintf("%s%04d%02d%02d%03d", area, birth.Year, birth.Month, birth.Day, 100+nth)
	check := document.CheckCharacter(digits)
	if wrong {
		check = "0123456789"[(int(check-'0')+1)%10] // never the same: an X turns into a 1
	}
	return digits + string(check)
}

func short(d identity.Date) string { return fmt.Sprintf("%02d%02d%02d", d.Year%100, d.Month, d.Day) }

// zoneOf is what a chip's first data group says: each kind has a zone of its own.
func zoneOf(kind identity.DocumentKind, who person, number string, expires identity.Date) string {
	switch kind {
	case identity.PermitHongKong:
		return permitZone(who, number, expires)
	case identity.PermitTaiwan:
		return cardZone(who, number, expires)
	}
	return zone(who, number, expires)
}

// cardZone is ICAO's TD1 (9303-5 §4.2).
func cardZone(who person, number string, expires identity.Date) string {
	digit := func(s string) string { return s + checkDigit(s) }
	first := digit(filled(number, 9)) + strings.Repeat("<", 15)
	birth, until, optional := digit(short(who.Birth)), digit(short(expires)), strings.Repeat("<", 11)
	return "CTCHN" + first + birth + "<" + until + "CHN" + optional + checkDigit(first+birth+until+optional) + filled(latin(who), 30)
}

// permitZone is how the permits of mainland residents are laid out. What stands
// in the place of the name in Chinese is nothing: how it is encoded nobody here knows.
func permitZone(who person, number string, expires identity.Date) string {
	digit := func(s string) string { return s + checkDigit(s) }
	first, until, birth := digit(filled(number, 9)), digit(short(expires)), digit(short(who.Birth))
	return "CR" + first + "<" + until + "<" + birth + "<" + checkDigit(first+until+birth) + strings.Repeat("<", 12) + filled(latin(who), 18) + strings.Repeat("<", 30)
}

// latin is the name as zones have it (9303-3 §4.6).
func latin(who person) string {
	surname, given, _ := strings.Cut(strings.ToUpper(who.Name.EN), " ")
	return surname + "<<" + strings.ReplaceAll(given, " ", "<")
}

func filled(s string, size int) string { return s + strings.Repeat("<", size-len(s)) }

// called is what a kind of document is called on its label.
func called(kind identity.DocumentKind) identity.Text {
	return map[identity.DocumentKind]identity.Text{
		identity.ResidentCard:     text("居民身份证", "resident identity card"),
		identity.PassportAbroad:   text("护照", "passport"),
		identity.PermitHongKong:   text("港澳居民来往内地通行证", "mainland travel permit for Hong Kong and Macao residents"),
		identity.PermitTaiwan:     text("台湾居民来往大陆通行证", "mainland travel permit for Taiwan residents"),
		identity.ResidenceHK:      text("港澳居民居住证", "residence permit for Hong Kong and Macao residents"),
		identity.ResidenceTaiwan:  text("台湾居民居住证", "residence permit for Taiwan residents"),
		identity.ForeignPermanent: text("外国人永久居留身份证", "foreigner's permanent residence card"),
	}[kind]
}
