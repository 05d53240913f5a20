package citizen_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"netid/client"
	"netid/internal/act/assist"
	"netid/internal/act/enrol"
	"netid/internal/act/erase"
	"netid/internal/act/incident"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/suite"
	"netid/internal/web/citizen"
	"netid/internal/web/drawer"
	"netid/internal/web/shell"
)

const issuer = "http://localhost:7080"

// world stands in for every act: it remembers one person and checks the
// device's signatures, so that a browser can walk through the real pages.
type world struct {
	halted      string // the reason of a stop of issuance
	transaction string // of the request, where it is a record's
	ofChild     []assist.Told
	assisted    int        // how often authorities were told of the person
	seen        bool       // the notice of an incident
	mu          sync.Mutex // guards everything below
	now         func() time.Time
	box         *suite.Box
	drafts      map[identity.Handle]*enrol.View
	device      []byte // public key of the certificate
	cert        identity.Certificate
	chain       string // behind the certificate's text
	number      identity.Number
	frozen      bool
	held        bool
	gone        bool
	fail        map[string]error // by method, once
	party       identity.Party
	mode        identity.Mode
	marks       []identity.Mark
	plain       []client.Item // asked beyond
	fresh       bool
	intent      identity.Intent
	wishes      string // language that the party asks for
	asked       time.Time
	browser     identity.Handle
	parties     []string // withdrawn
	parted      []string // what was ended
	goodbye     identity.Goodbye
	given       []string
	events      []identity.Event
	posted      []drawer.Message
	salt        []byte
	lasting     string   // the item by which one may consent for longer
	silent      bool     // a standing consent answers
	ended       []string // parties that must ask again
	until       *time.Time
	paper       identity.Slip   // that was printed
	slipped     identity.Handle // what it leads to
	refused     *time.Time      // the party is not to ask until then
	evil        bool            // the proof does not fit
	slow        bool            // messages wait to be delivered
	renewed     string          // the token of a certificate's successor
	ends        identity.Date   // of the document
	named       identity.DeviceName
	others      byte // devices beside this one
	passkey     bool // the session is a passkey's
	invited     identity.Handle
	offered     bool
	adult       bool // chosen for a gate
	claimed     time.Time
	next        *identity.NextPhone
	resumed     string // what a child's use comes to; "": it waits
	family      *family
	rights      *righter
	signal      identity.Signal // of this device
	mute        bool            // the operator lists no push service
	wished      []string        // what was asked of platforms
	erases      bool            // the party takes requests to erase
	erasure     *identity.Erasure
	copies      int
	due         bool // the notice changed
	anew        []string

	crossing crossed
}

func newWorld() *world {
	now := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	w := &world{now: func() time.Time { return now }, box: suite.NewBox(suite.NewSecret(identity.ES256), "test"), drafts: map[identity.Handle]*enrol.View{},
		paper: identity.NewSlip(), slipped: identity.NewHandle(),
		fail: map[string]error{}, number: "2345678923456789", mode: identity.ModeCertPwd, browser: identity.NewHandle(), asked: now.Add(-time.Minute),
		salt: suite.Random(32), ends: identity.Date{Year: 2031, Month: 1, Day: 2},
		marks: []identity.Mark{{Mark: identity.Over18, IDToken: true}},
		party: identity.Party{ID: "demo-shop", Name: identity.Text{ZH: "桃花小铺（演示）", EN: "Peach Blossom Shop (demonstration)"}, Domain: "127.0.0.1:7081",
			RedirectURIs: []string{"http://127.0.0.1:7081/callback"}, Purpose: identity.Purpose{ID: "main", Text: identity.Text{
				ZH: "为您登录，并核对购酒的年龄限制", EN: "Sign you in, and check the age limit for alcohol"}}, Standing: identity.PartyActive, Sandbox: true}}
	w.cert = identity.Certificate{ID: identity.CertificateID{1, 2, 3}, Person: identity.PersonID{9}, Issued: now.AddDate(0, -1, 0), Expires: now.AddDate(0, 5, 0)}
	w.happened()
	w.family = newFamily(w)
	w.rights = newRighter(w)
	return w
}

func (w *world) happened() {
	ground := func(rule string, articles ...int) identity.Ground {
		return identity.Ground{Rule: rule, Version: "2025-07-15", Articles: articles}
	}
	at := w.now().Add(-48 * time.Hour)
	consent := func(subject string, given bool) identity.Consent {
		return identity.Consent{Subject: subject, Version: "2026-11-23", Given: given, Locale: "zh-CN", Time: at}
	}
	add := func(e identity.Event) {
		e.ID = identity.NewEventID(w.now()).String()
		at = at.Add(3 * time.Hour)
		e.Time, e.Seq = at, uint64(len(w.events)+1)
		w.events = append(w.events, e)
	}
	add(identity.Event{Kind: identity.Enrolled, Detail: "resident-id-card/authority-decoded/face-twin", Consents: []identity.Consent{consent("notice", true), consent("document", true), consent("face", false)},
		Grounds: []identity.Ground{ground("a4", 4), ground("a2", 2), ground("a9", 9), ground("a11", 11)}})
	add(identity.Event{Kind: identity.Issued, Detail: w.cert.ID.String(), Grounds: []identity.Ground{ground("a2", 2)}})
	st := w.statement("zh-CN", nil)
	st.Items[1].Given = true
	add(identity.Event{Kind: identity.Verified, Party: w.party.ID, Name: &w.party.Name, Purpose: &w.party.Purpose.Text, Given: []string{"result", "age_over_18=true"},
		Mode: identity.ModeCertPwd, Approval: &identity.Approval{Statement: st.Bytes()}, Grounds: []identity.Ground{ground("a8-result-only", 8), ground("a10", 10)}})
	add(identity.Event{Kind: identity.Declined, Party: w.party.ID, Name: &w.party.Name, Purpose: &w.party.Purpose.Text, Intent: identity.IntentRegister, Withheld: []string{"result", "age_over_18"},
		Grounds: []identity.Ground{ground("a4", 4)}})
	until := w.now().AddDate(0, 0, 90)
	add(identity.Event{Kind: identity.StandingGiven, Party: w.party.ID, Name: &w.party.Name, Purpose: &w.party.Purpose.Text, Mode: identity.ModeCert, Until: &until,
		Grounds: []identity.Ground{ground("a8-standing", 8, 4, 9)}})
	add(identity.Event{Kind: identity.Verified, Party: w.party.ID, Name: &w.party.Name, Purpose: &w.party.Purpose.Text, Given: []string{"result"}, Mode: identity.ModeCert,
		Standing: w.events[4].ID, Grounds: []identity.Ground{ground("a8-result-only", 8)}})
	add(identity.Event{Kind: identity.StandingEnded, Party: w.party.ID, Name: &w.party.Name, Standing: w.events[4].ID, Grounds: []identity.Ground{ground("a4", 4)}})
	consented := identity.NewEventID(w.now()).String()
	add(identity.Event{Kind: identity.Consented, Party: w.party.ID, Name: &w.party.Name, Purpose: &w.party.Purpose.Text, Grounds: []identity.Ground{ground("a8", 8, 7)},
		Consents: []identity.Consent{{Subject: "name", Given: true, Locale: "zh-CN", Time: at}, {Subject: "match_birthdate", Given: true, Locale: "zh-CN", Time: at}}})
	add(identity.Event{Kind: identity.Verified, Party: w.party.ID, Name: &w.party.Name, Purpose: &w.party.Purpose.Text, Given: []string{"result", "name=plaintext", "match_birthdate=false"},
		Withheld: []string{"document_number"}, Detail: consented, Mode: identity.ModeCertPwd, Grounds: []identity.Ground{ground("a8", 8, 7)}})
	add(identity.Event{Kind: identity.Declined, Party: w.party.ID, Name: &w.party.Name, Purpose: &w.party.Purpose.Text, Withheld: []string{"result", "match_name"}, Detail: "match-cap",
		Grounds: []identity.Ground{ground("a4", 4)}})
	add(identity.Event{Kind: identity.Frozen, Grounds: []identity.Ground{ground("a4", 4)}})
	add(identity.Event{Kind: identity.Thawed, Grounds: []identity.Ground{ground("a4", 4)}})
}

// failing gives the error that a test wants from a method, once.
func (w *world) failing(method string) error {
	err := w.fail[method]
	delete(w.fail, method)
	return err
}

// Enroller

func (w *world) Kinds() []identity.DocumentKind {
	return identity.DocumentKinds
}

func (w *world) Add(ctx context.Context, _ identity.Session, kind string) (identity.Handle, error) {
	h, err := w.Start(ctx, kind)
	if err == nil {
		w.drafts[h].Adds = true
	}
	return h, err
}

func (w *world) Keep(_ context.Context, _ identity.Session, h identity.Handle, passcode string) (identity.Grant, error) {
	return identity.Grant{Person: w.cert.Person, Number: w.number, Again: true}, w.step(h, "Keep", "keep", "kept", func(*enrol.View) error {
		if passcode != "24681357" {
			return fault.New("world", fault.Invalid, "passcode_wrong")
		}
		delete(w.drafts, h)
		return nil
	})
}

func (w *world) Move(ctx context.Context, _ identity.Session) (identity.Handle, error) {
	if err := w.failing("Move"); err != nil {
		return identity.Handle{}, err
	}
	h, err := w.Start(ctx, string(identity.ResidentCard))
	if err == nil {
		w.drafts[h].Kind, w.drafts[h].Moves, w.drafts[h].Next = "", true, "phone"
	}
	return h, err
}

func (w *world) KeepPhone(_ context.Context, _ identity.Session, h identity.Handle, passcode string) error {
	return w.step(h, "KeepPhone", "move", "kept", func(*enrol.View) error {
		if passcode != "24681357" {
			return fault.New("world", fault.Invalid, "passcode_wrong")
		}
		delete(w.drafts, h)
		w.next = &identity.NextPhone{Phone: "10000000002", From: w.now().Add(identity.PhoneWait)}
		return nil
	})
}

func (w *world) Renew(context.Context, identity.Session, identity.Grant) (identity.Certificate, string, error) {
	return w.cert, w.renewed, w.failing("Renew")
}

func (w *world) Start(_ context.Context, kind string) (identity.Handle, error) {
	k, err := identity.ParseDocumentKind(kind)
	if err != nil {
		return identity.Handle{}, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.failing("Start"); err != nil {
		return identity.Handle{}, err
	}
	h := identity.NewHandle()
	w.drafts[h] = &enrol.View{Kind: k, Checks: checks(k), Consents: map[string]bool{}, Next: "notice", Proof: "netid-enrol/1\n" + issuer + "\ntransaction", Expires: w.now().Add(enrol.Lifetime)}
	return h, nil
}

func (w *world) View(_ context.Context, h identity.Handle) (enrol.View, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.failing("View"); err != nil {
		return enrol.View{}, err
	}
	v := w.drafts[h]
	if v == nil {
		return enrol.View{}, fault.New("world", fault.NotFound, "draft_unknown")
	}
	return *v, nil
}

func (w *world) step(h identity.Handle, method, due string, next string, do func(*enrol.View) error) error {
	if w.drafts[h] != nil && w.drafts[h].Adds && method == "Present" {
		next = "keep"
	}
	if w.drafts[h] != nil && w.drafts[h].Moves && method == "Code" {
		next = "move"
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.failing(method); err != nil {
		return err
	}
	v := w.drafts[h]
	if v == nil {
		return fault.New("world", fault.NotFound, "draft_unknown")
	}
	if v.Next != due && !(due == "phone" && v.Next == "code") && !(method == "Twin" && v.Next == "face-consent") {
		return fault.New("world", fault.Conflict, "step_order")
	}
	if err := do(v); err != nil {
		return err
	}
	v.Next = next
	return nil
}

func (w *world) Consent(_ context.Context, h identity.Handle, subject string, given bool, _ string) error {
	due := map[string]string{"notice": "notice", "document": "document-consent", "face": "face-consent"}[subject]
	next := map[string]string{"notice": "document-consent", "document": "card", "face": "face"}[subject]
	if subject == "face" && !given {
		next = "phone"
	}
	if subject != "face" && !given {
		next = due
	}
	return w.step(h, "Consent", due, next, func(v *enrol.View) error {
		v.Consents[subject] = given
		if next == "phone" {
			v.Face = "twin"
		}
		return nil
	})
}

func (w *world) Challenge(_ context.Context, h identity.Handle) ([]byte, error) {
	return []byte("8 bytes!"), w.step(h, "Challenge", "card", "card", func(*enrol.View) error { return nil })
}

// checks is what the sandbox's registry says.
func checks(k identity.DocumentKind) identity.Origin {
	switch k {
	case identity.PassportAbroad:
		return identity.CheckedHere
	case identity.PermitHongKong, identity.PermitTaiwan:
		return identity.CheckedSimulated
	}
	return identity.DecodedElsewhere
}

// Exchange is of the files that come, so that a test sees which did.
func (w *world) Exchange(_ context.Context, h identity.Handle, evidence []byte) ([]byte, error) {
	return []byte(`{"of":` + string(evidence) + `}`), w.step(h, "Exchange", "card", "card", func(*enrol.View) error { return nil })
}

func (w *world) Present(_ context.Context, h identity.Handle, evidence []byte) error {
	return w.step(h, "Present", "card", "face-consent", func(v *enrol.View) error {
		if !json.Valid(evidence) {
			return fault.New("world", fault.Invalid, "document_expired")
		}
		v.Compares, v.Document = true, &enrol.Seen{Kind: v.Kind, Name: "•明", Number: "••••0011", Origin: v.Checks, Expires: identity.Date{Year: 2046, Month: 1, Day: 2}}
		if v.Adds && v.Kind == identity.ResidentCard {
			v.Before = &enrol.Seen{Kind: v.Kind, Name: "•明", Number: "••••0011", Expires: identity.Date{Year: 2027, Month: 1, Day: 2}}
		}
		return nil
	})
}

func (w *world) Face(_ context.Context, h identity.Handle, word identity.FaceWord) error {
	return w.step(h, "Face", "face", "phone", func(v *enrol.View) error {
		if word.Said != "match" {
			v.Differs = true
			return fault.New("world", fault.Invalid, "face_no_match")
		}
		v.Face = "match"
		return nil
	})
}

func (w *world) AskFace(context.Context, identity.Handle) (string, error) {
	return "netid-face/1", w.failing("AskFace")
}

func (w *world) Review(_ context.Context, h identity.Handle) error {
	return w.step(h, "Review", "face", "phone", func(v *enrol.View) error { v.Face = "review"; return nil })
}

func (w *world) Twin(_ context.Context, h identity.Handle) error {
	return w.step(h, "Twin", "face", "phone", func(v *enrol.View) error { v.Face = "twin"; return nil })
}

func (w *world) Phone(_ context.Context, h identity.Handle, phone, locale string) error {
	return w.step(h, "Phone", "phone", "code", func(v *enrol.View) error {
		if len(phone) != 11 {
			return fault.New("world", fault.Invalid, "phone_invalid")
		}
		v.Phone, v.CodeSent, v.CodeWaits = phone[:3]+"••••"+phone[7:], true, w.slow
		w.posted = append([]drawer.Message{{Phone: phone, Text: shell.CodeMessage(locale, "123456"), Time: w.now()}}, w.posted...)
		return nil
	})
}

func (w *world) Code(_ context.Context, h identity.Handle, code string) error {
	return w.step(h, "Code", "code", "passcode", func(v *enrol.View) error {
		if code != "123456" {
			return fault.New("world", fault.Invalid, "code_wrong")
		}
		v.PhoneConfirmed = true
		return nil
	})
}

func (w *world) Passcode(_ context.Context, h identity.Handle, digits, again string) error {
	return w.step(h, "Passcode", "passcode", "confirm", func(v *enrol.View) error {
		if digits != again {
			return fault.New("world", fault.Invalid, "passcode_differs")
		}
		_, err := identity.ChoosePasscode(digits, identity.Date{Year: 1990, Month: 5, Day: 17})
		v.Passcode = err == nil
		return err
	})
}

func (w *world) Confirm(_ context.Context, h identity.Handle, device, signature []byte) (identity.Grant, error) {
	err := w.step(h, "Confirm", "confirm", "confirm", func(v *enrol.View) error {
		return suite.VerifyES256(device, []byte(v.Proof), signature)
	})
	if err != nil {
		return identity.Grant{}, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.drafts, h)
	return identity.Grant{Person: w.cert.Person, Number: w.number}, nil
}

func (w *world) Shown(_ context.Context, h identity.Handle) (identity.PersonHandle, error) {
	return "handle", w.failing("Shown")
}

func (w *world) Cancel(_ context.Context, h identity.Handle) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.drafts, h)
	return w.failing("Cancel")
}

// Issuer

func (w *world) Mint(_ context.Context, _ identity.Grant, device []byte) (identity.Certificate, string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.device, w.gone = device, false
	return w.cert, "net.certificate.token" + w.chain, w.failing("Mint")
}

func (w *world) Again(context.Context, identity.Session) (identity.Certificate, string, error) {
	return w.cert, "net.certificate.again", w.failing("Again")
}

// teller has one notice of an incident, until it is read.
type teller struct{ *world }

func (t teller) Notices(context.Context, identity.Session) ([]incident.Told, error) {
	x := func(word string) identity.Text { return identity.Text{ZH: "说明" + word, EN: "words of " + word} }
	one := incident.Told{Reference: "feed", At: t.now(), Mark: "c0ffee", Notice: law.IncidentNotice{Kinds: x("kinds"), Cause: x("cause"), Harm: x("harm"), Measures: x("measures"), Yourself: x("yourself"), Contact: "12345"}}
	if t.seen {
		return nil, t.failing("Notices")
	}
	two := one
	two.Mark, two.Child, two.Drill = "c0ffef", "小*", true
	return []incident.Told{one, two}, t.failing("Notices")
}

func (t teller) Stopped(_ context.Context, kind identity.EventKind) error {
	if t.halted == "" || kind != identity.Enrolled {
		return t.failing("Stopped")
	}
	return fault.New("world", fault.Unavailable, t.halted)
}

func (t teller) Seen(_ context.Context, _ identity.Session, mark string) error {
	if mark != "c0ffee" {
		return fault.New("world", fault.NotFound, "incident_unknown")
	}
	t.seen = true
	return t.failing("Seen")
}

func (w *world) Freeze(context.Context, identity.Session) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.frozen = true
	return w.failing("Freeze")
}

func (w *world) Thaw(_ context.Context, _ identity.Session, passcode string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if passcode != "24681357" {
		return fault.New("world", fault.Invalid, "passcode_wrong")
	}
	w.frozen = false
	return nil
}

// Eraser

func (w *world) Erase(_ context.Context, _ identity.Session, passcode string) (erase.Receipt, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.failing("Erase"); err != nil {
		return erase.Receipt{}, err
	}
	if passcode != "24681357" {
		return erase.Receipt{}, fault.New("world", fault.Invalid, "passcode_wrong")
	}
	w.gone = true
	return erase.Receipt{ID: identity.NewEventID(w.now()).String(), Time: w.now(), Leaf: 41, Head: "netid.ledger\n42\nroot\n",
		Gone:  []string{"erased_identity", "erased_number", "erased_certificates", "erased_records", "erased_keys"},
		Stays: []string{"stays_leaves", "stays_tombstone", "stays_party_copies"},
		Held: []erase.Held{{Class: identity.Logs, Records: 3, Until: time.Date(2027, 6, 1, 0, 0, 0, 0, time.UTC)},
			{Class: identity.Proofs, Records: 2, Until: time.Date(2029, 12, 1, 0, 0, 0, 0, time.UTC)}}}, nil
}

type assisted struct{ *world }

// Told is one of each help, and one that a law kept back.
func (w assisted) Told(_ context.Context, n identity.Number) ([]assist.Told, error) {
	if n == childsNumber {
		return w.ofChild, w.failing("Told")
	}
	if n != w.number {
		return nil, fault.New("world", fault.Internal, "internal")
	}
	at := w.cert.Issued
	return []assist.Told{{Time: at, Help: law.AuthenticationLog, Authority: "某市公安局", Citation: "《中华人民共和国刑事诉讼法》第五十四条", Event: "e2", Late: &assist.Secret{Citation: "《中华人民共和国反间谍法》第四十条", Until: at}},
		{Time: at, Help: law.RealIdentity, Authority: "某市公安局", Citation: "《中华人民共和国刑事诉讼法》第五十四条", Event: "e1"}}[:w.assisted], w.failing("Told")
}

// Cards and Outbox

func (w *world) Personas() []drawer.Persona {
	return []drawer.Persona{{ID: "adult", Name: "沙明", BirthDate: "1990-05-17", Phone: "10000000001", Cards: []string{"adult-card"}},
		{ID: "overseas", Name: "SHA MINGYUE", BirthDate: "1985-02-03", Phone: "10000000003", Cards: []string{"overseas-passport"}}}
}

func (w *world) Cards() []drawer.Card {
	return []drawer.Card{{ID: "adult-card", Persona: "adult", Kind: "resident-id-card", Number: "990101199005170011"},
		{ID: "overseas-passport", Persona: "overseas", Kind: "passport", Number: "E99000001"}}
}

func (w *world) Messages() []drawer.Message {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]drawer.Message(nil), w.posted...)
}

// parlour is the drawer's view of the world (Present has another shape there).
type parlour struct{ *world }

func (p parlour) Present(_ context.Context, card string, challenge []byte) ([]byte, error) {
	if card != "adult-card" && card != "overseas-passport" {
		return nil, fault.New("world", fault.NotFound, "card_unknown")
	}
	return fmt.Appendf(nil, `{"card":%q,"answer":%q}`, card, challenge), nil
}

// handler serves the doors over the world.
func (w *world) handler(change ...func(*citizen.Config)) http.Handler {
	sh := shell.New(shell.Config{Issuer: issuer, Sandbox: true, Sessions: sessions{w}, Reasons: law.Reasons()})
	c := citizen.Config{Shell: sh, Enrol: w, Issue: w, Signin: signer{w}, Authorize: asker{w}, Logout: parter{w}, Guard: w.family, Incidents: teller{w}, Signals: w.signals(), Look: looker{w}, Redress: redresser{w}, Erase: w, Rights: w.rights, Assists: assisted{w}, Devices: holder{w}, Square: func(text string) (string, int, error) { return "M4 4h1v1h-1z", 9, w.failing("Square") }, Issuer: issuer,
		Parcels: suite.NewBox(suite.NewSecret(identity.ES256), "parcel"), Operator: law.Operator{Name: identity.Text{ZH: "netid 沙盒", EN: "netid sandbox"}, Contact: "sandbox@netid.invalid"},
		Drawer: true, Face: true, Simulated: true, Now: w.now}
	for _, f := range change {
		f(&c)
	}
	mux := http.NewServeMux()
	citizen.New(c).Register(mux)
	drawer.New(drawer.Config{Shell: sh, Cards: parlour{w}, Outbox: w}).Register(mux)
	return sh.Fallback(mux)
}

func (w *world) serve(t testing.TB) *httptest.Server {
	s := httptest.NewServer(w.handler())
	t.Cleanup(s.Close)
	return s
}
