package document_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"netid/internal/connector/document"
	"netid/internal/fault"
	"netid/internal/identity"
)

func residentCard() identity.Document {
	digits := "99010119860504001"
	return identity.Document{Kind: identity.ResidentCard, Number: digits + string(document.CheckCharacter(digits)), Name: "沙盒·林一",
		Birth: identity.Date{Year: 1986, Month: 5, Day: 4}, Expires: identity.Date{Year: 2026, Month: 11, Day: 23}, Origin: identity.CheckedHere, Active: true}
}

const cardEvidence = `{"transcript":"AAAA"}`

func TestResidentCards(t *testing.T) {
	for name, c := range map[string]struct {
		want string
		kind fault.Kind
		do   func(*register)
	}{
		"on its last day":           {"", 0, func(*register) {}},
		"long-term":                 {"", 0, func(r *register) { r.doc.Expires, r.doc.Long = identity.Date{}, true }},
		"expired":                   {"document_expired", fault.Invalid, func(r *register) { r.doc.Expires.Day-- }},
		"another kind":              {"document_data_mismatch", fault.Invalid, func(r *register) { r.doc.Kind = identity.PassportAbroad }},
		"another birth than its no": {"document_data_mismatch", fault.Invalid, func(r *register) { r.doc.Birth.Day++ }},
		"no name":                   {"document_data_mismatch", fault.Invalid, func(r *register) { r.doc.Name = "" }},
		"a wrong check character":   {"id_number_invalid", fault.Invalid, func(r *register) { r.doc.Number = r.doc.Number[:17] + "Z" }},
		"a real area in a sandbox": {"sandbox_document_refused", fault.Invalid, func(r *register) {
			r.doc.Number = "11010519491231002X"
			r.doc.Birth = identity.Date{Year: 1949, Month: 12, Day: 31}
		}},
		"nobody behind it":      {"authority_unavailable", fault.Unavailable, func(r *register) { r.handle = "" }},
		"the authority says no": {"document_not_valid", fault.Invalid, func(r *register) { r.err = fault.New("x", fault.Invalid, "document_not_valid") }},
		"the authority is down": {"authority_unavailable", fault.Unavailable, func(r *register) {
			r.err = fault.Wrap("x", fault.Unavailable, "authority_unavailable", errors.New("down"))
		}},
	} {
		r := &register{doc: residentCard(), handle: "handle-of-the-test"}
		c.do(r)
		doc, handle, err := document.NewDesk(nil, r, false, clock).Read(t.Context(), identity.ResidentCard, []byte(cardEvidence), challenge)
		if c.want == "" {
			want := r.doc
			want.Origin, want.Active = identity.DecodedElsewhere, false
			if err != nil || doc != want || handle != r.handle {
				t.Errorf("%s: %+v %v", name, doc, err)
			}
			continue
		}
		if !fault.Because(err, c.want) || !fault.Is(err, c.kind) || handle != "" || doc != (identity.Document{}) {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
	if _, _, err := document.NewDesk(nil, &register{doc: residentCard(), handle: "handle-of-the-test"}, true, clock).Read(t.Context(), identity.ResidentCard, []byte(cardEvidence), challenge); !fault.Because(err, "sandbox_document_refused") {
		t.Errorf("a synthetic person in production: %v", err)
	}
}

func TestEvidenceThatIsNone(t *testing.T) {
	r := &register{doc: residentCard(), handle: "handle-of-the-test"}
	desk := document.NewDesk(nil, r, false, clock)
	for name, s := range map[string]string{
		"empty": "", "null": "null", "an array": "[]", "a string": `"AAAA"`, "no member": "{}", "an empty transcript": `{"transcript":""}`, "a number": `{"transcript":1}`, "null inside": `{"transcript":null}`,
		"twice": `{"transcript":"AAAA","transcript":"AAAA"}`, "another case": `{"Transcript":"AAAA"}`, "an unknown member": `{"transcript":"AAAA","more":"AAAA"}`, "two values": cardEvidence + cardEvidence,
		"cut": cardEvidence[:len(cardEvidence)-1], "a list inside": `{"transcript":["AAAA"]}`, "deep": `{"transcript":` + strings.Repeat("[", 20000), "no base64": `{"transcript":"A*AA"}`,
		"base64url": `{"transcript":"__-_"}`, "a line break": `{"transcript":"AA\nAA"}`, "loose bits": `{"transcript":"AAB="}`, "no padding": `{"transcript":"AAA"}`, "too long": `{"transcript":"` + strings.Repeat("AAAA", 17<<10) + `"}`,
	} {
		if _, _, err := desk.Read(t.Context(), identity.ResidentCard, []byte(s), challenge); !fault.Because(err, "document_malformed") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if r.asked != 0 {
		t.Errorf("the authority was asked %d times", r.asked)
	}
	for name, s := range map[string]string{"no sod": `{"dg1":"AAAA"}`, "no dg1": `{"sod":"AAAA"}`, "a long dg1": `{"sod":"AAAA","dg1":"` + strings.Repeat("AAAA", 100) + `"}`,
		"a long signature": `{"sod":"AAAA","dg1":"AAAA","signature":"` + strings.Repeat("AAAA", 400) + `"}`, "a transcript": cardEvidence} {
		if _, _, err := desk.Read(t.Context(), identity.PassportAbroad, []byte(s), challenge); !fault.Because(err, "document_malformed") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A photo has no way in (K15): no form of evidence has a member for it, and what is
// too long is refused before any of it is read. So nothing here decodes pictures.
func TestNoPhotoIsTaken(t *testing.T) {
	desk := document.NewDesk(nil, &register{}, false, clock)
	pictures := map[string][]byte{
		"a JPEG of 65,535 by 65,535": {0xFF, 0xD8, 0xFF, 0xC0, 0, 17, 8, 0xFF, 0xFF, 0xFF, 0xFF, 3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1},
		"JPEG 2000":                  []byte("\x00\x00\x00\x0cjP  \r\n\x87\n"),
		"a PNG of 10^9 pixels":       []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x7f\xff\x00\x00\x7f\xff\x08\x06\x00\x00\x00"),
		"a page":                     []byte("GIF89a<script>alert(1)</script>"),
		"a long one":                 make([]byte, 1<<20),
	}
	for name, picture := range pictures {
		for _, kind := range identity.DocumentKinds {
			for _, member := range []string{"dg2", "photo", "face", "image"} {
				in, err := json.Marshal(map[string][]byte{"sod": {1}, "dg1": {1}, member: picture})
				if err != nil {
					t.Fatal(err)
				}
				if _, _, err := desk.Read(t.Context(), kind, in, challenge); !fault.Because(err, "document_malformed") {
					t.Errorf("%s as %s of %s: %v", name, member, kind, err)
				}
			}
		}
	}
}

func TestWhatTheDeskTakes(t *testing.T) {
	desk := document.NewDesk(nil, &register{}, false, clock)
	if k := desk.Kinds(); !slices.Equal(k, identity.DocumentKinds) {
		t.Errorf("%v", k)
	}
	for _, k := range []identity.DocumentKind{"", "driving-licence", "Passport"} {
		if _, _, err := desk.Read(t.Context(), k, []byte(cardEvidence), challenge); !fault.Because(err, "document_kind_unknown") {
			t.Errorf("%s: %v", k, err)
		}
	}
	for _, c := range [][]byte{nil, challenge[:7], append(challenge[:8:8], 0)} {
		if _, _, err := desk.Read(t.Context(), identity.ResidentCard, []byte(cardEvidence), c); !fault.Is(err, fault.Internal) || err == nil {
			t.Errorf("a challenge of %d bytes: %v", len(c), err)
		}
	}
}
