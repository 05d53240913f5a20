package document

import (
	"strings"

	"netid/internal/emrtd"
	"netid/internal/fault"
	"netid/internal/identity"
)

// Numbers of the seven documents. A check digit shows that a number was copied
// without a slip, no more. Any refusal is "id_number_invalid", and none quotes.

// sandboxArea stands for a province in the numbers of synthetic people.
// GB/T 2260 assigns no area beginning 99.
const sandboxArea = "99"

// provinces are the first two digits of GB/T 2260 that a resident card can carry.
const provinces = "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71"

// inChina is no country of a foreigner's: ISO 3166-1 numeric.
const inChina = "156"

// civil reads an 18-digit number: 6 digits of area, 8 of birth date, 3 of
// sequence, one check character, an upper-case X where it stands for ten (the
// standard's only form: a lower-case one is nothing that a card carries). The
// birth date must have been a day, today at the latest.
//
// The resident card (GB 11643-1999), both residence permits and the new
// foreigner's card are made so, and differ in the area alone: no number is two kinds'.
func civil(area func(string) (known, sandbox bool)) func(string, identity.Date) (numbered, error) {
	return func(s string, today identity.Date) (numbered, error) {
		if len(s) != 18 || !digits(s[:17]) || s[17] != CheckCharacter(s[:17]) {
			return numbered{}, badNumber()
		}
		known, sandbox := area(s[:6])
		birth, err := identity.ParseDate(s[6:14])
		if !known || err != nil || birth.Year < 1800 || today.Before(birth) {
			return numbered{}, badNumber()
		}
		return numbered{birth, sandbox}, nil
	}
}

// residentArea takes a province's; synthetic ones begin 990.
func residentArea(area string) (known, sandbox bool) {
	sandbox = strings.HasPrefix(area, sandboxArea+"0")
	return sandbox || province(area[:2]), sandbox
}

// hongKongArea: 810000 is Hong Kong, 820000 Macao; synthetic ones 998100 and 998200.
func hongKongArea(area string) (known, sandbox bool) {
	sandbox = area == sandboxArea+"8100" || area == sandboxArea+"8200"
	return sandbox || area == "810000" || area == "820000", sandbox
}

// taiwanArea: 830000; synthetic ones 998300.
func taiwanArea(area string) (known, sandbox bool) {
	sandbox = area == sandboxArea+"8300"
	return sandbox || area == "830000", sandbox
}

// foreignArea: 9, a province, the country of ISO 3166-1 in digits.
func foreignArea(area string) (known, sandbox bool) {
	sandbox = strings.HasPrefix(area[1:], sandboxArea)
	country := area[3:]
	return area[0] == '9' && (sandbox || province(area[1:3])) && country != inChina && country != "000", sandbox
}

// foreignNumber reads both numbers of a foreigner's card: since December 2023
// one of 18, before 3 letters of the country, 4 digits of area, 6 of birth date,
// one of sequence, and 9303's check digit over those 14.
func foreignNumber(s string, today identity.Date) (numbered, error) {
	if len(s) != 15 {
		return civil(foreignArea)(s, today)
	}
	country, area, sandbox := s[:3], s[3:7], strings.HasPrefix(s[3:], sandboxArea)
	if strings.Trim(country, letters) != "" || country == issuerInZone || !digits(s[3:]) || s[14] != emrtd.CheckDigit(s[:14]) || !sandbox && !province(area[:2]) {
		return numbered{}, badNumber()
	}
	birth, err := emrtd.Born(s[7:13], today)
	if err != nil {
		return numbered{}, badNumber()
	}
	return numbered{birth, sandbox}, nil
}

// passportNumber: E and 8 digits, of which the first may be a letter but not I
// or O; before, G and 8 digits. Synthetic ones begin EI.
func passportNumber(s string, _ identity.Date) (numbered, error) {
	if len(s) == 9 && digits(s[2:]) {
		sandbox := s[:2] == "EI"
		series := s[0] == 'E' && (digits(s[1:2]) || strings.Contains(letters, s[1:2]) && s[1] != 'O') || s[0] == 'G' && digits(s[1:2])
		if series {
			return numbered{sandbox: sandbox}, nil
		}
	}
	return numbered{}, badNumber()
}

// hongKongNumber: H for Hong Kong or M for Macao, and 8 digits, the holder's for
// life. Synthetic ones have an I in place of the first digit. The cards of 1999,
// with ten digits, have no chip, and the last of them ran out.
func hongKongNumber(s string, _ identity.Date) (numbered, error) {
	if len(s) != 9 || s[0] != 'H' && s[0] != 'M' {
		return numbered{}, badNumber()
	}
	return eight(s[1:])
}

// taiwanNumber: 8 digits, the holder's for life. Synthetic ones have an I in place of the first.
func taiwanNumber(s string, _ identity.Date) (numbered, error) { return eight(s) }

func eight(s string) (numbered, error) {
	if len(s) != 8 || !digits(s[1:]) || s[0] != 'I' && !digits(s[:1]) {
		return numbered{}, badNumber()
	}
	return numbered{sandbox: s[0] == 'I'}, nil
}

// CheckCharacter is ISO 7064 MOD 11-2 over the 17 digits of a civil number.
func CheckCharacter(digits string) byte {
	p := 0
	for i := range len(digits) {
		p = (p + int(digits[i]-'0')) * 2 % 11
	}
	return "0123456789X"[(12-p)%11]
}

const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

func digits(s string) bool { return strings.Trim(s, "0123456789") == "" }

func province(s string) bool { return strings.Contains(" "+provinces+" ", " "+s+" ") }

func badNumber() error { return fault.New("document.number", fault.Invalid, reasonNumber) }
