package document_test

import (
	"encoding/json"
	"strings"
	"testing"

	"netid/internal/connector/document"
	"netid/internal/emrtd"
	"netid/internal/fault"
	"netid/internal/identity"
)

// permitZone and cardZone are zones of the two permits, from makers of their own.
func permitZone(number, birth, expires string) string {
	n, e, b := number+digit(number), expires+digit(expires), birth+digit(birth)
	l2 := "ABCDEFGHIJKL" + "SANDBOX<<ERIKA"
	return "CR" + n + "<" + e + "<" + b + "<" + digit(n+e+b) + l2 + strings.Repeat("<", 30-len(l2)) + "F" + strings.Repeat("<", 29)
}

func cardZone(number, birth, expires string) string {
	n, b, e := number+digit(number)+strings.Repeat("<", 15), birth+digit(birth), expires+digit(expires)
	l3 := "SANDBOX<<ERIKA"
	return "CTCHN" + n + b + "F" + e + "CHN" + strings.Repeat("<", 11) + digit(n+b+e+strings.Repeat("<", 11)) + l3 + strings.Repeat("<", 30-len(l3))
}

// permit is one of the two, in the hand of a test.
type permit struct {
	kind   identity.DocumentKind
	number string // in the zone, nine characters
	zone   func(number, birth, expires string) string

	like, unlike string // codes of another document that is laid out so, and of one that is not
}

func permits() []permit {
	return []permit{{identity.PermitHongKong, "HI9900001", permitZone, "CS", "CT"}, {identity.PermitTaiwan, "I9900001<", cardZone, "I<", "CR"}}
}

func digit(s string) string { return string(emrtd.CheckDigit(s)) }

func hold(t testing.TB, s state, kind identity.DocumentKind, e document.Evidence, production bool) (identity.Document, error) {
	t.Helper()
	doc, _, err := document.NewDesk(s.trust, &register{handle: "handle-of-the-test"}, production, clock).Read(t.Context(), kind, must[[]byte](t)(json.Marshal(e)), challenge)
	return doc, err
}

func TestTravelPermits(t *testing.T) {
	b := newState(t)
	for _, p := range permits() {
		want := identity.Document{Kind: p.kind, Number: strings.TrimRight(p.number, "<"), Name: "SANDBOX ERIKA", Birth: identity.Date{Year: 1986, Month: 5, Day: 4},
			Expires: identity.Date{Year: 2031, Month: 1, Day: 1}, Origin: identity.CheckedSimulated, Active: true}
		good := p.zone(p.number, "860504", "310101")
		if doc, err := hold(t, b, p.kind, b.passport(t, good), false); err != nil || doc != want {
			t.Errorf("%s: %+v %v", p.kind, doc, err)
		}
		if doc, err := hold(t, b, p.kind, b.passport(t, p.zone(p.number, "860504", "261123")), false); err != nil || doc.Expires.String() != "2026-11-23" {
			t.Errorf("%s on its last day: %+v %v", p.kind, doc, err)
		}
		if _, err := hold(t, b, p.kind, b.passport(t, good), true); !fault.Because(err, "sandbox_document_refused") {
			t.Errorf("%s in production: %v", p.kind, err)
		}
		real := p.zone(strings.Replace(p.number, "I", "1", 1), "860504", "310101")
		if _, err := hold(t, b, p.kind, b.passport(t, real), false); !fault.Because(err, "sandbox_document_refused") {
			t.Errorf("a real %s in a sandbox: %v", p.kind, err)
		}
		if doc, err := hold(t, b, p.kind, b.passport(t, real), true); err != nil || doc.Origin != identity.CheckedHere {
			t.Errorf("a real %s under a root that production trusts: %+v %v", p.kind, doc, err)
		}
		for name, c := range map[string]struct{ zone, want string }{
			"yesterday":                {p.zone(p.number, "860504", "261122"), "document_expired"},
			"a term that none has":     {p.zone(p.number, "860504", "370101"), "document_not_valid"},
			"a birth that never was":   {p.zone(p.number, "230229", "310101"), "document_malformed"},
			"an expiry that never was": {p.zone(p.number, "860504", "310631"), "document_malformed"},
			"an unknown birth":         {p.zone(p.number, "86<<<<", "310101"), "document_malformed"},
			"another number":           {p.zone("E12345678", "860504", "310101"), "id_number_invalid"},
			"no number":                {p.zone("<<<<<<<<<", "860504", "310101"), "document_malformed"},
			"a filler in its midst":    {p.zone(p.number[:3]+"<"+p.number[4:], "860504", "310101"), "document_malformed"},
			"lower case":               {strings.ToLower(good), "document_malformed"},
			"a passport's zone":        {zone("CHN", "CHN", "EI9900001", "860504", "310101"), "document_data_mismatch"},
			"another kind of document": {p.like + good[2:], "document_data_mismatch"},
			"laid out as another":      {p.unlike + good[2:], "document_malformed"},
			"no name":                  {strings.ReplaceAll(good, "SANDBOX<<ERIKA", "<<<<<<<<<<<<<<"), "document_malformed"},
			"a digit in the name":      {strings.ReplaceAll(good, "ERIKA", "ER1KA"), "document_malformed"},
			"one line short":           {good[:60], "document_malformed"},
			"a space":                  {strings.Replace(good, "SANDBOX<", "SANDBOX ", 1), "document_malformed"},
		} {
			if doc, err := hold(t, b, p.kind, b.passport(t, c.zone), false); !fault.Because(err, c.want) || doc != (identity.Document{}) {
				t.Errorf("%s, %s: %v, want %s", p.kind, name, err, c.want)
			}
		}
		for i, r := range good { // every digit, one up: some check digit misses it, or it is none of what is read
			if r < '0' || r > '9' {
				continue
			}
			s := []byte(good)
			s[i] = '0' + (s[i]-'0'+1)%10
			if _, err := hold(t, b, p.kind, b.passport(t, string(s)), false); !fault.Because(err, "document_malformed") {
				t.Errorf("%s, digit %d up: %v", p.kind, i, err)
			}
		}
		for _, other := range append(permits(), permit{kind: identity.PassportAbroad}) {
			if other.kind == p.kind {
				continue
			}
			if _, err := hold(t, b, other.kind, b.passport(t, good), false); !fault.Because(err, "document_data_mismatch") {
				t.Errorf("%s taken for %s: %v", p.kind, other.kind, err)
			}
		}
	}
	taiwan := cardZone("I9900001<", "860504", "310101")
	for name, zone := range map[string]string{"another issuer": "CTTWN" + taiwan[5:]} {
		if _, err := hold(t, b, identity.PermitTaiwan, b.passport(t, zone), false); !fault.Because(err, "document_data_mismatch") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := hold(t, b, identity.PermitTaiwan, b.passport(t, taiwan[:37]+"Q"+taiwan[38:]), false); !fault.Because(err, "document_malformed") {
		t.Errorf("a sex that is none: %v", err)
	}
}

// What a permit's chip must do is what a passport's must (K01 to K04).
func TestPermitChipsAreHeldToTheSame(t *testing.T) {
	b := newState(t)
	other := newState(t)
	for _, p := range permits() {
		good := p.zone(p.number, "860504", "310101")
		for name, c := range map[string]struct {
			root state
			do   func(*document.Evidence)
			want string
		}{
			"another root": {other, func(*document.Evidence) {}, "document_signature_invalid"},
			"a changed zone": {b, func(e *document.Evidence) {
				e.DG1 = app(1, raw(1, 31, false, []byte(p.zone(p.number, "860504", "310102"))))
			}, "document_data_mismatch"},
			"a copy":           {b, func(e *document.Evidence) { e.DG15, e.Signature = nil, nil }, "chip_downgraded"},
			"another's answer": {b, func(e *document.Evidence) { e.Signature = other.passport(t, good).Signature }, "chip_authentication_failed"},
		} {
			e := b.passport(t, good)
			c.do(&e)
			if _, err := hold(t, c.root, p.kind, e, false); !fault.Because(err, c.want) {
				t.Errorf("%s, %s: %v, want %s", p.kind, name, err, c.want)
			}
		}
	}
}

// The cards that only the state reads, each by the same table.
func TestDecodedKinds(t *testing.T) {
	for kind, c := range map[identity.DocumentKind]struct {
		number, other string
		term          int
		long          string // what is said of one without an end
	}{
		identity.ResidentCard:     {civil("99010119860504001"), civil("99810019860504001"), 20, ""},
		identity.ResidenceHK:      {civil("99810019860504001"), civil("99830019860504001"), 5, "document_not_valid"},
		identity.ResidenceTaiwan:  {civil("99830019860504001"), civil("99010119860504001"), 5, "document_not_valid"},
		identity.ForeignPermanent: {civil("99939819860504001"), civil("99810019860504001"), 10, "document_not_valid"},
	} {
		day := identity.Today(testNow)
		for name, row := range map[string]struct {
			want string
			do   func(*identity.Document)
		}{
			"good":                  {"", func(*identity.Document) {}},
			"on its last day":       {"", func(d *identity.Document) { d.Expires = day }},
			"with its longest term": {"", func(d *identity.Document) { d.Expires = day.AddMonths(12 * c.term) }},
			"without an end":        {c.long, func(d *identity.Document) { d.Long, d.Expires = true, identity.Date{} }},
			"not valid yet":         {"document_not_valid", func(d *identity.Document) { d.Expires = day.AddMonths(12*c.term + 1) }},
			"expired": {"document_expired", func(d *identity.Document) {
				d.Expires = identity.Date{Year: day.Year, Month: day.Month, Day: day.Day - 1}
			}},
			"another kind's number": {"id_number_invalid", func(d *identity.Document) { d.Number = c.other }},
			"lower case":            {"id_number_invalid", func(d *identity.Document) { d.Number = strings.ToLower(d.Number[:17]) + "x" }},
			"another birth":         {"document_data_mismatch", func(d *identity.Document) { d.Birth.Day++ }},
			"no name":               {"document_data_mismatch", func(d *identity.Document) { d.Name = "" }},
			"another kind":          {"document_data_mismatch", func(d *identity.Document) { d.Kind = identity.PermitTaiwan }},
		} {
			r := &register{handle: "handle-of-the-test", doc: identity.Document{Kind: kind, Number: c.number, Name: "沙盒·林一", Birth: identity.Date{Year: 1986, Month: 5, Day: 4},
				Expires: day.AddMonths(24), Origin: identity.CheckedHere, Active: true}}
			row.do(&r.doc)
			doc, _, err := document.NewDesk(nil, r, false, clock).Read(t.Context(), kind, []byte(cardEvidence), challenge)
			if row.want == "" {
				if err != nil || doc.Origin != identity.DecodedElsewhere || doc.Active || doc.Number != c.number {
					t.Errorf("%s, %s: %+v %v", kind, name, doc, err)
				}
				continue
			}
			if !fault.Because(err, row.want) || doc != (identity.Document{}) {
				t.Errorf("%s, %s: %v, want %s", kind, name, err, row.want)
			}
		}
	}
	old := "KAZ99019012310" // an area of nowhere, born on 901231
	r := &register{handle: "handle-of-the-test", doc: identity.Document{Kind: identity.ForeignPermanent, Number: old + digit(old), Name: "SANDBOX OLD",
		Birth: identity.Date{Year: 1990, Month: 12, Day: 31}, Expires: identity.Date{Year: 2030, Month: 1, Day: 1}}}
	for birth, want := range map[identity.Date]string{{Year: 1990, Month: 12, Day: 31}: "", {Year: 1990, Month: 12, Day: 30}: "document_data_mismatch"} {
		r.doc.Birth = birth
		doc, _, err := document.NewDesk(nil, r, false, clock).Read(t.Context(), identity.ForeignPermanent, []byte(cardEvidence), challenge)
		if want == "" && (err != nil || len(doc.Number) != 15) || want != "" && !fault.Because(err, want) {
			t.Errorf("an old foreigner's card of somebody born on %s: %+v %v", birth, doc, err)
		}
	}
}

// An ordinary foreign passport is told what it is, whoever signed it (Art. 15).
func TestForeignPassportsAreNotOnTheList(t *testing.T) {
	b, other := newState(t), newState(t)
	abroad := zone("UTO", "UTO", "EI9900001", "860504", "310101")
	if _, err := hold(t, other, identity.PassportAbroad, b.passport(t, abroad), false); !fault.Because(err, "document_not_listed") {
		t.Error(err)
	}
}
