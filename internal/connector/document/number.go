package document

import (
	"strings"

	"netid/internal/fault"
	"netid/internal/identity"
)

// ResidentNumber is a citizen identity number (公民身份号码, GB 11643-1999):
// 6 digits of area (GB/T 2260), 8 of birth date, 3 of sequence, one check
// character. It shows that a number was copied without a slip, no more.
type ResidentNumber string

// sandboxArea begins the numbers of synthetic people. GB/T 2260 assigns no
// area beginning 99.
const sandboxArea = "99"

// provinces are the first two digits of GB/T 2260 that a resident card can
// carry. 81, 82 and 83 are on residence permits, 91 on cards of foreigners:
// other kinds of document.
const provinces = "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 " + sandboxArea

// ParseResidentNumber reads 17 digits and the check character, an upper-case
// X where it stands for ten (the standard's only form: a lower-case one is
// nothing that a card carries). The birth date must have been a day, today at
// the latest. Any refusal is "id_number_invalid".
func ParseResidentNumber(s string, today identity.Date) (ResidentNumber, error) {
	bad := fault.New("document.ParseResidentNumber", fault.Invalid, reasonNumber)
	if len(s) != 18 || strings.Trim(s[:17], "0123456789") != "" || s[17] != CheckCharacter(s[:17]) {
		return "", bad
	}
	if !strings.Contains(" "+provinces+" ", " "+s[:2]+" ") {
		return "", bad
	}
	birth, err := identity.ParseDate(s[6:14])
	if err != nil || birth.Year < 1800 || today.Before(birth) {
		return "", bad
	}
	return ResidentNumber(s), nil
}

// Birth is the birth date in the number.
func (n ResidentNumber) Birth() identity.Date {
	d, _ := identity.ParseDate(string(n[6:14])) // checked by Parse
	return d
}

// Sandbox reports whether the number is a synthetic person's.
func (n ResidentNumber) Sandbox() bool { return strings.HasPrefix(string(n), sandboxArea) }

// CheckCharacter is ISO 7064 MOD 11-2 over the 17 digits of a resident number.
func CheckCharacter(digits string) byte {
	p := 0
	for i := range len(digits) {
		p = (p + int(digits[i]-'0')) * 2 % 11
	}
	return "0123456789X"[(12-p)%11]
}

// sandboxPassport reports whether a passport number is synthetic: its second
// character is an I, which the real series leave out.
func sandboxPassport(number string) bool { return strings.HasPrefix(number, "EI") }
