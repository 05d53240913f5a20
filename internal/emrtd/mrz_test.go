package emrtd_test

import (
	"crypto"
	"os"
	"strings"
	"testing"
	"time"

	"netid/internal/emrtd"
	"netid/internal/fault"
)

// zoneRead signs any zone at all and shows it, so that what the zone's own
// checks refuse is seen alone.
func zoneRead(t *testing.T, b *booklet, zone string, now func() time.Time) (emrtd.Zone, error) {
	t.Helper()
	b.dg1 = dg1Of(zone)
	b.object = ldsObject(t, 0, crypto.SHA256, map[int][]byte{1: b.dg1, 15: b.dg15})
	return read(t, b.state.root, b.evidence(t), now)
}

func TestICAOsOwnCheckDigits(t *testing.T) {
	for field, want := range map[string]string{"L898902C3": "6", "740812": "2", "120415": "9", "ZE184226B<<<<<": "1", "L898902C36" + "7408122" + "1204159ZE184226B<<<<<1": "0"} {
		if got := digit(field); got != want { // of the tests' own maker of zones
			t.Errorf("%s: %s", field, got)
		}
	}
}

func TestZones(t *testing.T) {
	b := newBooklet(t, kinds()[3])
	good := testZone("EI9900001", "860504", "310101")
	at := func(zone string, i int, s string) string { return zone[:i] + s + zone[i+len(s):] }
	composite := func(zone string) string {
		l2 := zone[44:]
		return zone[:87] + digit(l2[0:10]+l2[13:20]+l2[21:43])
	}
	other := func(i int) string { return string('0' + (good[i]-'0'+1)%10) }
	for name, zone := range map[string]string{
		"number's digit": composite(at(good, 44+9, other(44+9))), "birth's digit": composite(at(good, 44+19, other(44+19))), "expiry's digit": composite(at(good, 44+27, other(44+27))),
		"personal number's digit": composite(at(good, 44+42, "1")), "composite digit": at(good, 87, other(87)),
		"composite of filler": at(good, 87, "<"), "number's digit a filler": composite(at(good, 44+9, "<")),
		"lower case": strings.ToLower(good), "a space": at(good, 30, " "), "a letter of another script": at(good, 30, "é"),
		"short": good[:87], "long": good + "<", "no passport": at(good, 0, "I"), "a visa": at(good, 0, "V"),
		"a digit in the name": at(good, 5, "0"), "no name": at(good, 5, strings.Repeat("<", 39)), "no surname": at(good, 5, "<<ERIKA"), "two surnames' ends": at(good, 5, "A<<B<<C<<<<<<<<<<<<<"),
		"a sex":                            at(good, 44+20, "X")[:44+20] + "Q" + good[44+21:],
		"a birth that never was":           testZone("EI9900001", "230229", "310101"),
		"an unknown birth":                 testZone("EI9900001", "86<<<<", "310101"),
		"an expiry that never was":         testZone("EI9900001", "860504", "311301"),
		"no number":                        testZone("<<<<<<<<<", "860504", "310101"),
		"a filler in the number's midst":   testZone("EI9<00001", "860504", "310101"),
		"a line break":                     good[:44] + "\n" + good[45:],
		"the number's letter O for a zero": at(good, 44+5, "O"),
	} {
		if _, err := zoneRead(t, &b, zone, clock); !fault.Because(err, "document_malformed") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, c := range map[string]struct{ zone, name, number, birth string }{
		"personal number with a 0 for its digit": {composite(at(good, 44+42, "0")), "SANDBOX ERIKA MARIA", "EI9900001", "1986-05-04"},
		"a shorter number":                       {testZone("EI99<<<<<", "860504", "310101"), "SANDBOX ERIKA MARIA", "EI99", "1986-05-04"},
		"one name":                               {at(good, 5, "SANDBOX"+strings.Repeat("<", 32)), "SANDBOX", "EI9900001", "1986-05-04"},
		"a name of full length":                  {at(good, 5, "SANDBOX<<"+strings.Repeat("A", 30)), "SANDBOX " + strings.Repeat("A", 30), "EI9900001", "1986-05-04"},
		"two surnames":                           {at(good, 5, "SAND<BOX<<ERIKA<<<<<<"), "SAND BOX ERIKA", "EI9900001", "1986-05-04"},
		"born today":                             {testZone("EI9900001", "261123", "310101"), "SANDBOX ERIKA MARIA", "EI9900001", "2026-11-23"},
		"not born tomorrow":                      {testZone("EI9900001", "261124", "310101"), "SANDBOX ERIKA MARIA", "EI9900001", "1926-11-24"},
		"born on a leap day":                     {testZone("EI9900001", "000229", "310101"), "SANDBOX ERIKA MARIA", "EI9900001", "2000-02-29"},
		"unspecified sex":                        {at(good, 44+20, "<"), "SANDBOX ERIKA MARIA", "EI9900001", "1986-05-04"},
	} {
		doc, err := zoneRead(t, &b, c.zone, clock)
		if err != nil || doc.Name != c.name || doc.Number != c.number || doc.Birth.String() != c.birth {
			t.Errorf("%s: %+v %v", name, doc, err)
		}
	}
}

// TestICAOsZones are ICAO's own specimens; each one is refused with any one of
// its characters changed to another digit where a check digit covers it.
func TestICAOsZones(t *testing.T) {
	b, err := os.ReadFile("testdata/vectors/zones.txt")
	if err != nil {
		t.Fatal(err)
	}
	var zone string
	found := 0
	for _, line := range strings.Split(string(b), "\n") {
		switch {
		case line == "" || line[0] == '#':
			continue
		case !strings.Contains(line, "|"):
			zone += line
			continue
		}
		z, err := emrtd.ParseZone(zone, testNow)
		if got := strings.Join([]string{z.Code, z.Issuer, z.Name, z.Number, z.Nationality, z.Birth.String(), z.Expires.String()}, "|"); err != nil || got != line {
			t.Errorf("%s: %s %v", line, got, err)
		}
		for i := range zone {
			if zone[i] < '0' || zone[i] > '9' {
				continue
			}
			if _, err := emrtd.ParseZone(zone[:i]+string('0'+(zone[i]-'0'+1)%10)+zone[i+1:], testNow); !fault.Because(err, emrtd.Malformed) {
				t.Errorf("%s: with its character %d changed: %v", line, i, err)
			}
		}
		zone = ""
		found++
	}
	if found != 3 {
		t.Errorf("%d zones", found)
	}
}

func TestCardsThatAreNone(t *testing.T) {
	const good = "I<UTOD23145890<7349<<<<<<<<<<<3407127M9507122UTO<<<<<<<<<<<2STEVENSON<<PETER<JOHN<<<<<<<<<"
	at := func(i int, s string) string { return good[:i] + s + good[i+len(s):] }
	for name, zone := range map[string]string{
		"a passport's letter": at(0, "P"), "a visa's": at(0, "V"), "no digit after the number": at(15, "<"), "a digit and no more of the number": at(15, "9<"),
		"a number that ends and goes on": at(12, "<<"), "short": good[:89], "long": good + "<", "two lines": good[:60], "no name": at(60, strings.Repeat("<", 30)),
	} {
		if _, err := emrtd.ParseZone(zone, testNow); !fault.Because(err, emrtd.Malformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
