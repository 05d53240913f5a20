package client

import (
	"bytes"
	"strings"
	"time"
)

// Known is what a reader knows from elsewhere than the text that is read. What is
// missing is not guessed: what needs it was not checked, and the Finding says so.
type Known struct {
	Roots    []byte   // PEM: whose certificates count
	Issuer   string   // the service's address
	Keys     []byte   // its JWK Set (ES256)
	KeysSM   []byte   // and that of AlgSM2 (its address with /jwks-sm)
	Ledger   string   // verifier key of its ledger, or what ParseKeys reads
	Lists    [][]byte // status lists
	Bundle   []byte   // what codes of venues are checked by, below one of Roots
	Audience string   // who it must be for
	Nonce    string   // and in which transaction
	Now      time.Time
}

// Verdict is one of three words; there is no fourth that sounds like the first.
type Verdict string

const (
	Proven     Verdict = "proven"      // every check of its form was made, by a key of the reader's, and held
	NotProven  Verdict = "not_proven"  // a check failed: Err says which
	NotChecked Verdict = "not_checked" // what to check it by was not given, or this package has no check for it
)

// Form is what a text is by its looks, which prove nothing.
type Form string

const (
	FormAnswer       Form = "answer" // an ID token
	FormReceipt      Form = "receipt"
	FormCredential   Form = "credential"   // SD-JWT VC without a holder's proof
	FormPresentation Form = "presentation" // and with one
	FormStatusList   Form = "status_list"  // JWT or CWT
	FormTrustList    Form = "trust_list"
	FormRegistration Form = "registration"
	FormResult       Form = "result"   // what netid says to a party for which it asked a wallet
	FormBundle       Form = "bundle"   // what codes of venues are checked by
	FormExport       Form = "export"   // everything about me
	FormRecord       Form = "record"   // one event of an export, with its proof and head
	FormHead         Form = "head"     // of the ledger
	FormApproval     Form = "approval" // {"statement","signature","device"}
	FormSlip         Form = "slip"     // a venue's QR code
	FormSealed       Form = "sealed"   // encrypted: Open reads it first
	FormUnknown      Form = "unknown"
)

// Fact is one thing that was proven.
type Fact struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Finding is what Read found.
type Finding struct {
	Form    Form
	Verdict Verdict
	Err     error    // why it is not Proven; nil when it is
	Facts   []Fact   // what is proven; none unless it is
	Open    []string // what was not checked though the form has it: "keys", "issuer", "audience", "nonce", "status", "ledger_key", "device"; or the form, where this package has no check for it
}

const maxText = maxExport // bytes of the longest that is read

// Read tells by its form what a text is, and checks it with the check of that
// form (CheckAnswer and the others) and what is known. It is for people who look at a file: a program knows
// what it expects, and calls the one check. Here alone the text picks between ES256 and SM2,
// each with the keys that are given for it. An audience, nonce or issuer that is not given is
// taken from the text, and stands in Open.
func Read(text []byte, k Known) Finding {
	f := Finding{Form: looksLike(text)}
	if len(text) > maxText {
		f.Form, f.Verdict, f.Err = FormUnknown, NotProven, refuseToken("too long")
		return f
	}
	if f.Form != FormStatusList {
		text = bytes.TrimSpace(text)
	}
	r := reading{Finding: &f, Known: k, text: string(text)}
	check, known := map[Form]func() error{
		FormAnswer: r.answer, FormReceipt: r.receipt, FormCredential: r.credential, FormPresentation: r.credential,
		FormStatusList: r.statusList, FormTrustList: r.trustList, FormRegistration: r.registration, FormResult: r.result, FormBundle: r.bundle,
		FormSlip: r.slip, FormExport: r.export, FormRecord: r.record, FormHead: r.head, FormApproval: r.approval,
	}[f.Form]
	switch {
	case known:
		f.Err = check()
	case f.Form == FormUnknown:
		f.Err = refuseToken("nothing that is known here")
	default:
		f.Err, f.Open = errUnchecked, []string{string(f.Form)}
	}
	switch {
	case f.Err == nil:
		f.Verdict = Proven
	case f.Err == errUnchecked:
		f.Verdict, f.Facts = NotChecked, nil
	default:
		f.Verdict, f.Facts = NotProven, nil
	}
	return f
}

// errUnchecked: nothing was given to check by.
const errUnchecked Reason = "not_checked"

// looksLike looks at a text from outside. A wrong guess is refused by the check.
func looksLike(b []byte) Form {
	if len(b) > 0 && b[0] == coseSign1 {
		return FormStatusList
	}
	s := string(bytes.TrimSpace(b[:min(len(b), maxPresentation+1)]))
	switch dots := strings.Count(s, "."); {
	case s == "" || len(b) > maxText:
		return FormUnknown
	case s[0] == '{':
		return formOf(b)
	case strings.HasPrefix(s, "N1:"):
		return FormSlip
	case strings.Contains(s, "\n\n\u2014 "):
		return FormHead
	case strings.ContainsAny(s, " \t\r\n"):
	case strings.HasSuffix(s, "~"):
		return FormCredential
	case strings.Contains(s, "~"):
		return FormPresentation
	case dots == 4:
		return FormSealed
	case dots == 2:
		return formOfType(s)
	}
	return FormUnknown
}

func formOf(b []byte) Form {
	o, err := parseObject(bytes.TrimSpace(b))
	if err != nil {
		return FormUnknown
	}
	for _, known := range []struct {
		member string
		form   Form
	}{{"signatures", FormReceipt}, {"statement", FormApproval}, {"events", FormExport}, {"event", FormRecord}} {
		if o[known.member] != nil {
			return known.form
		}
	}
	return FormUnknown
}

func formOfType(s string) Form {
	header, _, _ := strings.Cut(s, ".")
	h, err := decodeObject(header)
	if err != nil {
		return FormUnknown
	}
	typ, err := h.text("typ")
	if err != nil {
		return FormUnknown
	}
	switch strings.ToLower(typ) {
	case "", "jwt":
		return FormAnswer
	case "statuslist+jwt":
		return FormStatusList
	case typeTrust:
		return FormTrustList
	case typeRegistration:
		return FormRegistration
	case ResultType:
		return FormResult
	case BundleType:
		return FormBundle
	}
	return FormUnknown
}
