package document_test

import (
	"strings"
	"testing"

	"netid/internal/connector/document"
	"netid/internal/fault"
	"netid/internal/identity"
)

func today() identity.Date { return identity.Today(testNow) }

// The standard's own examples (GB 11643-1999, annex A) and the sandbox's area.
func TestResidentNumbers(t *testing.T) {
	for s, birth := range map[string]string{"11010519491231002X": "1949-12-31", "440524188001010014": "1880-01-01"} {
		n, err := document.ParseResidentNumber(s, today())
		if err != nil || n.Birth().String() != birth || n.Sandbox() || string(n) != s {
			t.Errorf("%s: %v", s, err)
		}
	}
	make := func(digits string) string { return digits + string(document.CheckCharacter(digits)) }
	if n, err := document.ParseResidentNumber(make("99010120240229001"), today()); err != nil || !n.Sandbox() || n.Birth().String() != "2024-02-29" {
		t.Error(err)
	}
	if _, err := document.ParseResidentNumber(make("99010120261123001"), today()); err != nil {
		t.Errorf("born today: %v", err)
	}
	bad := map[string]string{
		"lower-case x": "11010519491231002x", "another check character": "110105194912310021", "an X in the midst": "1101051949123100X2", "15 digits": "110105491231002",
		"17": "11010519491231002", "19": "11010519491231002X0", "empty": "", "spaces": "11010519491231002X "[1:], "full-width digits": "１１０１０５194912",
		"29 February of a common year": make("11010520230229001"), "month 13": make("11010520231301001"), "day 0": make("11010520230100001"),
		"tomorrow": make("11010520261124001"), "year 0": make("11010500000101001"), "year 1799": make("11010517991231001"),
		"an area that is none": make("10010119900101001"), "area 00": make("00010119900101001"), "area 98": make("98010119900101001"),
		"a residence permit's area": make("81000019900101001"), "a foreigner's": make("91010119900101001"),
	}
	for i := range 17 { // every digit, one up
		s := []byte("11010519491231002X")
		s[i] = '0' + (s[i]-'0'+1)%10
		bad["digit "+string(rune('a'+i))] = string(s)
	}
	for i := range 16 { // neighbours changed about
		s := []byte("11010519491231002X")
		if s[i], s[i+1] = s[i+1], s[i]; s[i] != s[i+1] {
			bad["swap "+string(rune('a'+i))] = string(s)
		}
	}
	for what, s := range bad {
		_, err := document.ParseResidentNumber(s, today())
		if !fault.Because(err, "id_number_invalid") || !fault.Is(err, fault.Invalid) {
			t.Errorf("%s (%s): %v", what, s, err)
		} else if s != "" && strings.Contains(err.Error(), s) {
			t.Errorf("%s: the error quotes the number", what)
		}
	}
}

func FuzzResidentNumber(f *testing.F) {
	for _, s := range []string{"11010519491231002X", "440524188001010014", "11010519491231002x", "990101202402290010", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n, err := document.ParseResidentNumber(s, today())
		if err != nil {
			return
		}
		if string(n) != s || len(s) != 18 || !n.Birth().Valid() || today().Before(n.Birth()) || document.CheckCharacter(s[:17]) != s[17] {
			t.Fatalf("accepted %q", s)
		}
	})
}
