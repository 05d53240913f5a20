package enrol

import (
	"context"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
)

// draft is what the steps have gathered. It exists only sealed.
type draft struct {
	Kind        identity.DocumentKind `json:"k"`
	Owner       identity.PersonID     `json:"w,omitzero"`   // who adds a document to what they have; nobody yet: an enrolment
	Moves       bool                  `json:"mo,omitempty"` // the owner wants another telephone, and nothing else
	Before      *identity.Document    `json:"b,omitempty"`  // theirs of the same kind, when the new one was read
	Transaction string                `json:"x"`
	Consents    []identity.Consent    `json:"c,omitempty"`
	Challenge   []byte                `json:"h,omitempty"`
	ChallengeBy time.Time             `json:"hb,omitzero"`
	Seed        []byte                `json:"hs,omitempty"` // of the exchange that took the challenge's place
	Document    *identity.Document    `json:"d,omitempty"`
	Handle      identity.PersonHandle `json:"p,omitempty"`
	Case        string                `json:"ca,omitempty"` // the slip that a clerk types to read the document
	Counter     identity.CounterID    `json:"cn,omitempty"` // where it was read, by a clerk
	ReadAt      time.Time             `json:"ra,omitzero"`  // when
	SlipBy      time.Time             `json:"sb,omitzero"`  // the end of the first slip that was printed of it
	Asked       bool                  `json:"sa,omitempty"` // for a second clerk, since the telephone is missing or another
	Second      identity.CounterID    `json:"s2,omitempty"` // who agreed to that
	NoPhone     bool                  `json:"np,omitempty"`
	Photo       string                `json:"ph,omitempty"` // the digest of the photo in the chip
	Made        bool                  `json:"-"`            // nobody walked through the pages
	Face        string                `json:"f,omitempty"`  // "match", "twin", "review" or "counter"
	Differs     bool                  `json:"fn,omitempty"` // the device has said once that the faces differ
	Device      []byte                `json:"fd,omitempty"` // that spoke of the face: the certificate is bound to no other
	Phone       string                `json:"t,omitempty"`
	Code        string                `json:"o,omitempty"`
	CodeBy      time.Time             `json:"ob,omitzero"`
	Tries       int                   `json:"ot,omitempty"`
	Confirmed   bool                  `json:"tc,omitempty"`
	Verifier    []byte                `json:"v,omitempty"`
	Known       []byte                `json:"vk,omitempty"` // what was kept of the passcode that was, if they knew it
	Minor       bool                  `json:"m,omitempty"`  // on the day on which the document was read
	Guarded     bool                  `json:"g,omitempty"`  // a guardian said yes; Confirm asks again
}

// Steps in their order; each needs all before it.
const (
	StepNotice          = "notice"
	StepDocumentConsent = "document-consent"
	StepCard            = "card"
	StepFaceConsent     = "face-consent"
	StepFace            = "face"
	StepPhone           = "phone"
	StepCode            = "code"
	StepPasscode        = "passcode"
	StepGuardian        = "guardian" // of minors alone
	StepConfirm         = "confirm"
	StepKeep            = "keep" // instead of all after the card, for somebody who is signed in
	StepMove            = "move" // after the code, for somebody who is signed in and wants another telephone
)

// next is the first step that is not done.
func (d draft) next() string {
	face, answered := d.consent("face")
	switch {
	case d.Moves && d.Phone == "":
		return StepPhone
	case d.Moves && !d.Confirmed:
		return StepCode
	case d.Moves:
		return StepMove
	case !d.given("notice"):
		return StepNotice
	case !d.given("document"):
		return StepDocumentConsent
	case d.Document == nil:
		return StepCard
	case d.adds():
		return StepKeep
	case !answered && d.Face == "":
		return StepFaceConsent
	case face && d.Face == "":
		return StepFace
	case d.Phone == "" && !d.NoPhone:
		return StepPhone
	case d.Phone != "" && !d.Confirmed:
		return StepCode
	case d.Verifier == nil:
		return StepPasscode
	case d.Minor && !d.Guarded:
		return StepGuardian
	}
	return StepConfirm
}

// adds reports whether it is of somebody who is enrolled and signed in.
func (d draft) adds() bool { return d.Owner != identity.PersonID{} }

func (d draft) consent(subject string) (given, answered bool) {
	for _, c := range d.Consents {
		if c.Subject == subject {
			given, answered = c.Given, true
		}
	}
	return
}

func (d draft) given(subject string) bool { g, _ := d.consent(subject); return g }

// expects refuses a step that is not due. A step already done may be done
// again only where again says so.
func (d draft) expects(steps ...string) error {
	for _, s := range steps {
		if d.next() == s {
			return nil
		}
	}
	return fault.Newf("enrol", fault.Conflict, "step_order", "due: %s", d.next())
}

// View is what the citizen's pages may show of a draft.
type View struct {
	Kind           identity.DocumentKind
	Checks         identity.Origin // who checks its chip
	Adds           bool            // to what somebody signed in has
	Moves          bool            // the telephone of somebody signed in, alone
	Before         *Seen           // what it takes the place of
	Consents       map[string]bool // subject -> given; absent: not answered yet
	Document       *Seen
	Case           string             // the slip for a clerk, where one is asked
	Counter        identity.CounterID // where a clerk read the document
	Home           bool               // a printed slip was taken home: what is left is a device of one's own
	Asked          bool               // a second clerk is waited for
	Second         bool               // and agreed
	Face           string             // "", "match", "twin", "review", "counter"
	Compares       bool               // a device can compare a face with this document's photo
	Photo          string             // the digest of that photo, for the device
	Differs        bool               // it said once that they differ: a person may look
	Bound          bool               // to the device that spoke of the face
	Phone          string             // masked
	CodeSent       bool
	CodeWaits      bool // its message was not delivered yet, and is tried again
	PhoneConfirmed bool
	Passcode       bool
	Minor          bool // a guardian is needed
	Next           string
	Proof          string // the exact text that the device key signs at Confirm
	Expires        time.Time
}

// Seen is the document as its owner sees it again: masked.
type Seen struct {
	Kind   identity.DocumentKind
	Name   string
	Number string
	Origin identity.Origin
	Active bool

	Expires identity.Date
	Long    bool
}

func seen(d *identity.Document) *Seen {
	if d == nil {
		return nil
	}
	return &Seen{d.Kind, identity.MaskName(d.Name), maskNumber(d.Number), d.Origin, d.Active, d.Expires, d.Long}
}

// View opens the draft for its own browser.
func (a *Act) View(ctx context.Context, h identity.Handle) (View, error) {
	d, row, err := a.load(ctx, h)
	if err != nil {
		return View{}, fault.At("enrol.View", err)
	}
	v := View{Kind: d.Kind, Checks: a.Desk.Origin(d.Kind), Adds: d.adds() && !d.Moves, Moves: d.Moves, Case: grouped(d.Case), Counter: d.Counter, Home: !d.SlipBy.IsZero(), Asked: d.Asked && d.Second == "", Second: d.Second != "", Before: seen(d.Before), Document: seen(d.Document), Consents: map[string]bool{}, Face: d.Face, Compares: a.compares(d), Photo: d.Photo, Differs: d.Differs, Bound: d.Device != nil, Phone: maskPhone(d.Phone),
		CodeSent: d.Code != "", PhoneConfirmed: d.Confirmed, Passcode: d.Verifier != nil, Minor: d.Minor,
		Next: d.next(), Proof: a.proof(d), Expires: row.Expires}
	for _, c := range d.Consents {
		v.Consents[c.Subject] = c.Given
	}
	if v.Next == StepCode && a.Now().Before(d.CodeBy) {
		if v.CodeWaits, err = a.Post.Waits(ctx, a.slot(h)); err != nil {
			return View{}, fault.At("enrol.View", err)
		}
	}
	return v, nil
}

// grouped is a slip as it is read out, or "".
func grouped(digits string) string {
	s, err := identity.ParseSlip(digits)
	if err != nil {
		return ""
	}
	return s.Grouped()
}

// proof is what binds the new device key to this enrolment and this service.
func (a *Act) proof(d draft) string {
	return "netid-enrol/1\n" + a.Issuer + "\n" + d.Transaction
}

func maskPhone(s string) string {
	if len(s) < 7 {
		return ""
	}
	return s[:3] + "••••" + s[len(s)-4:]
}

func maskNumber(s string) string {
	if len(s) < 4 {
		return ""
	}
	return "••••" + s[len(s)-4:]
}
