package emrtd_test

import (
	"strings"
	"testing"

	"netid/internal/emrtd"
	"netid/internal/fault"
)

func permit(code, number, birth, expires string) string {
	n, e, b := number+digit(number), expires+digit(expires), birth+digit(birth)
	l2 := "ABCDEFGHIJKL" + "SANDBOX<<ERIKA"
	return code + n + "<" + e + "<" + b + "<" + digit(n+e+b) + l2 + strings.Repeat("<", 30-len(l2)) + "F" + strings.Repeat("<", 29)
}

func TestPermitZones(t *testing.T) {
	for _, code := range []string{"CR", "CS", "CD"} {
		zone := permit(code, "HI9900001", "860504", "310101")
		z, err := emrtd.ParseZone(zone, clock())
		if err != nil || z.Code != code || z.Issuer != "" || z.Number != "HI9900001" || z.Name != "SANDBOX ERIKA" || z.Birth.String() != "1986-05-04" || z.Expires.String() != "2031-01-01" {
			t.Errorf("%s: %+v %v", zone, z, err)
		}
		for i := range zone[:30] { // every character of the first line, its fillers and code apart
			if zone[i] < '0' || zone[i] > '9' {
				continue
			}
			bad := zone[:i] + string('0'+(zone[i]-'0'+1)%10) + zone[i+1:]
			if _, err := emrtd.ParseZone(bad, clock()); !fault.Because(err, emrtd.Malformed) {
				t.Errorf("%s: %v", bad, err)
			}
		}
	}
	if z, err := emrtd.ParseZone(permit("CT", "HI9900001", "860504", "310101"), clock()); err == nil {
		t.Errorf("laid out as another: %+v", z)
	}
	if _, _, ok := emrtd.Claims([]byte("no file")); ok {
		t.Error("nothing claims to be a passport")
	}
}

func FuzzCardZone(f *testing.F) {
	f.Add(permit("CR", "HI9900001", "860504", "310101"))
	f.Add("I<UTOD23145890<7349<<<<<<<<<<<3407127M9507122UTO<<<<<<<<<<<2STEVENSON<<PETER<JOHN<<<<<<<<<")
	f.Add(strings.Repeat("<", 90))
	f.Fuzz(func(t *testing.T, zone string) {
		z, err := emrtd.ParseZone(zone, clock())
		if err == nil && (len(zone) != 90 && len(zone) != 88 || z.Name == "" || !z.Birth.Valid() || !z.Expires.Valid() || strings.ContainsAny(z.Number+z.Name, "<")) {
			t.Fatalf("%q read as %+v", zone, z)
		}
	})
}
