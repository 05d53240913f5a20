package document_test

import (
	"strings"
	"testing"

	"netid/internal/connector/document"
	"netid/internal/fault"
	"netid/internal/identity"
)

func today() identity.Date { return identity.Today(testNow) }

func civil(digits string) string { return digits + string(document.CheckCharacter(digits)) }

// numbersOf are good numbers of each kind, real and synthetic, and bad ones
// beside what every kind refuses. The resident ones are the standard's own
// examples (GB 11643-1999, annex A); KAZ110090123105 is a published sample.
func numbersOf() map[identity.DocumentKind]struct{ real, synthetic, bad []string } {
	type set = struct{ real, synthetic, bad []string }
	return map[identity.DocumentKind]set{
		identity.ResidentCard: {
			real:      []string{"11010519491231002X", "440524188001010014", civil("11010520261123001")},
			synthetic: []string{civil("99010120240229001")},
			bad: []string{"11010519491231002x", "110105194912310021", "1101051949123100X2", "110105491231002", civil("10010119900101001"), civil("00010119900101001"),
				civil("98010119900101001"), civil("91010119900101001"), civil("99110119900101001")}},
		identity.PassportAbroad: {
			real:      []string{"E12345678", "EA1234567", "EZ9000001", "G12345678"},
			synthetic: []string{"EI9900001"},
			bad:       []string{"EO1234567", "GA1234567", "D12345678", "12345678E", "E1234567", "E123456789", "EII900001", "EAA234567", "H12345678", "E1234567<", "E1234 678"}},
		identity.PermitHongKong: {
			real:      []string{"H12345678", "M12345678"},
			synthetic: []string{"HI9900001", "MI9900001"},
			bad:       []string{"H1234567801", "T12345678", "12345678", "HII900001", "HA1234567", "H1234567", "H1234567I", "E12345678"}},
		identity.PermitTaiwan: {
			real:      []string{"12345678", "00000000"},
			synthetic: []string{"I9900001"},
			bad:       []string{"1234567801", "12345678A", "1234567801A", "A1234567", "II900001", "1234567", "123456789", "1234567I", "1234567<"}},
		identity.ResidenceHK: {
			real:      []string{civil("81000019900101001"), civil("82000019900101002")},
			synthetic: []string{civil("99810019900101001"), civil("99820019900101001")},
			bad:       []string{civil("81000119900101001"), civil("81010019900101001"), civil("83000019900101001"), civil("99830019900101001"), civil("99010119900101001"), "11010519491231002X"}},
		identity.ResidenceTaiwan: {
			real:      []string{civil("83000019900101001")},
			synthetic: []string{civil("99830019900101001")},
			bad:       []string{civil("83000119900101001"), civil("81000019900101001"), civil("82000019900101001"), civil("99810019900101001"), "11010519491231002X"}},
		identity.ForeignPermanent: {
			real:      []string{"KAZ110090123105", civil("91139819901231001"), civil("93184019650301002")},
			synthetic: []string{civil("99939819901231001"), "KAZ990190123102"},
			bad: []string{"KAZ110090123106", "kaz110090123105", "KA1110090123105", "CHN11009012310" + digit("CHN11009012310"), "KAZ100090123104", "KAZ110090133108", "KAZ11009012310", civil("91115619901231001"),
				civil("91100019901231001"), civil("91084019901231001"), civil("11139819901231001"), civil("99039819901231001"), "11010519491231002X"}},
	}
}

func TestNumbers(t *testing.T) {
	sets := numbersOf()
	for _, kind := range identity.DocumentKinds {
		set := sets[kind]
		check := func(s, what string, want, sandbox bool) {
			t.Helper()
			got, err := document.CheckNumber(kind, s, today())
			if want {
				if err != nil || got != sandbox {
					t.Errorf("%s: %s: sandbox %v, %v", kind, s, got, err)
				}
				return
			}
			if !fault.Because(err, "id_number_invalid") || !fault.Is(err, fault.Invalid) {
				t.Errorf("%s: %s %q: %v", kind, what, s, err)
			} else if s != "" && strings.Contains(err.Error(), s) {
				t.Errorf("%s: %s: the error quotes the number", kind, what)
			}
		}
		if len(set.real) == 0 || len(set.synthetic) == 0 || len(set.bad) == 0 {
			t.Errorf("%s has no table", kind)
		}
		for _, s := range set.bad {
			check(s, "bad", false, false)
		}
		for i, s := range append(set.real, set.synthetic...) {
			check(s, "", true, i >= len(set.real))
			for what, bad := range map[string]string{"empty": "", "short": s[1:], "cut": s[:len(s)-1], "long": s + "0", "a space before": " " + s, "a space behind": s + " ",
				"a line": s + "\n", "full-width": wide(s), "one full-width": s[:len(s)-2] + wide(s[len(s)-2:len(s)-1]) + s[len(s)-1:], "Arabic digits": arabic(s), "a hyphen": s[:4] + "-" + s[5:]} {
				check(bad, what, false, false)
			}
			if lower := strings.ToLower(s); lower != s {
				check(lower, "lower case", false, false)
			}
			if len(s) < 15 { // no check digit: nothing shows a slip
				continue
			}
			for at := range s { // every digit, one up; every two neighbours changed about
				b := []byte(s)
				if b[at] >= '0' && b[at] <= '9' {
					b[at] = '0' + (b[at]-'0'+1)%10
					check(string(b), "a digit", false, false)
				}
				if len(s) == 18 && at < 16 {
					if b := []byte(s); b[at] != b[at+1] {
						b[at], b[at+1] = b[at+1], b[at]
						check(string(b), "a swap", false, false)
					}
				}
			}
		}
	}
}

// Days that never were, in every number that tells a birth.
func TestBirthsInNumbers(t *testing.T) {
	for kind, area := range map[identity.DocumentKind]string{identity.ResidentCard: "110105", identity.ResidenceHK: "810000", identity.ResidenceTaiwan: "830000", identity.ForeignPermanent: "911398"} {
		for birth, want := range map[string]bool{"20240229": true, "20261123": true, "18000101": true,
			"20230229": false, "19000229": false, "20231301": false, "20230100": false, "20230431": false, "20261124": false, "00000101": false, "17991231": false} {
			if _, err := document.CheckNumber(kind, civil(area+birth+"001"), today()); (err == nil) != want {
				t.Errorf("%s, born %s: %v", kind, birth, err)
			}
		}
	}
	if _, err := document.CheckNumber("driving-licence", "1", today()); !fault.Because(err, "document_kind_unknown") {
		t.Error(err)
	}
}

// No number is two kinds', but for the passport that nobody could mistake.
func TestNoCivilNumberIsOfTwoKinds(t *testing.T) {
	for kind, set := range numbersOf() {
		for _, s := range append(set.real, set.synthetic...) {
			for _, other := range identity.DocumentKinds {
				if _, err := document.CheckNumber(other, s, today()); other != kind && err == nil {
					t.Errorf("%s of %s is one of %s too", s, kind, other)
				}
			}
		}
	}
}

func wide(s string) string {
	return strings.Map(func(r rune) rune { return r + 0xFEE0 }, s)
}

func arabic(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r - '0' + 0x660
		}
		return r
	}, s)
}

func FuzzNumber(f *testing.F) {
	for kind, set := range numbersOf() {
		for _, s := range append(append(set.real, set.synthetic...), set.bad...) {
			f.Add(string(kind), s)
		}
	}
	f.Fuzz(func(t *testing.T, kind, s string) {
		_, err := document.CheckNumber(identity.DocumentKind(kind), s, today())
		if err != nil {
			return
		}
		for _, r := range s {
			if (r < '0' || r > '9') && (r < 'A' || r > 'Z') {
				t.Fatalf("accepted %q", s)
			}
		}
		if len(s) == 18 && document.CheckCharacter(s[:17]) != s[17] || len(s) < 8 || len(s) > 18 {
			t.Fatalf("accepted %q", s)
		}
	})
}
