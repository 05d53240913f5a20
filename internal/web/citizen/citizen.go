// Package citizen is the door at which a citizen knocks: the pages on which
// they enrol, sign in, decide what a platform learns, look at what happened,
// and leave.
//
// It owns pages, forms and the small scripts of the device key. It refuses to
// decide anything: each handler parses one form, calls one act and renders
// what the act said. A rule, a query or a key of the service has no place here.
//
// Invariant: nothing is given, agreed or chosen before the citizen did so; what
// the device signs is exactly the text of the lines on the page; an answer of
// refusal weighs as much on a page as an answer of consent.
//
// The attributes data-… of the pages are an interface: headless clients drive
// the same pages as people.
package citizen

import (
	"context"
	"embed"
	"io/fs"
	"maps"
	"time"

	"netid/internal/act/attest"
	"netid/internal/act/authorize"
	"netid/internal/act/enrol"
	"netid/internal/act/erase"
	"netid/internal/act/guard"
	"netid/internal/act/logout"
	"netid/internal/act/look"
	"netid/internal/act/signal"
	"netid/internal/act/signin"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/web/shell"
)

// Enroller walks a person through enrolment.
type Enroller interface {
	NoticeDue(context.Context, identity.Session) (bool, error)
	AgreeAnew(ctx context.Context, s identity.Session, version, locale string) error
	Kinds() []identity.DocumentKind
	Start(ctx context.Context, kind string) (identity.Handle, error)
	Add(ctx context.Context, s identity.Session, kind string) (identity.Handle, error)
	Keep(ctx context.Context, s identity.Session, h identity.Handle, passcode string) (identity.Grant, error)
	Move(context.Context, identity.Session) (identity.Handle, error)
	KeepPhone(ctx context.Context, s identity.Session, h identity.Handle, passcode string) error
	View(context.Context, identity.Handle) (enrol.View, error)
	Consent(ctx context.Context, h identity.Handle, subject string, given bool, locale string) error
	Challenge(context.Context, identity.Handle) ([]byte, error)
	Exchange(ctx context.Context, h identity.Handle, evidence []byte) ([]byte, error)
	Present(ctx context.Context, h identity.Handle, evidence []byte) error
	AskFace(context.Context, identity.Handle) (text string, err error)
	Face(ctx context.Context, h identity.Handle, word identity.FaceWord) error
	Twin(context.Context, identity.Handle) error
	Review(context.Context, identity.Handle) error
	Phone(ctx context.Context, h identity.Handle, phone, locale string) error
	Code(ctx context.Context, h identity.Handle, code string) error
	Passcode(ctx context.Context, h identity.Handle, digits, again string) error
	AskGuardian(context.Context, identity.Handle) error
	HearGuardian(context.Context, identity.Handle) error
	AskClerk(context.Context, identity.Handle) error
	AskSecond(context.Context, identity.Handle) error
	NoPhone(context.Context, identity.Handle) error
	Finish(context.Context, identity.Handle) (identity.Grant, error)
	Slip(context.Context, identity.Handle) (identity.Slip, time.Time, error)
	Resume(ctx context.Context, slip string) (identity.Handle, error)
	Confirm(ctx context.Context, h identity.Handle, device, signature []byte) (identity.Grant, error)
	Shown(context.Context, identity.Handle) (identity.PersonHandle, error)
	Cancel(context.Context, identity.Handle) error
}

// Issuer binds, freezes and thaws the net certificate.
type Issuer interface {
	Mint(ctx context.Context, g identity.Grant, device []byte) (identity.Certificate, string, error)
	Renew(ctx context.Context, s identity.Session, g identity.Grant) (c identity.Certificate, token string, err error)
	Again(ctx context.Context, s identity.Session) (c identity.Certificate, token string, err error)
	Freeze(context.Context, identity.Session) error
	Thaw(ctx context.Context, s identity.Session, passcode string) error
}

// Signer signs a browser in by its device key.
type Signer interface {
	Challenge() (string, error)
	Text(challenge string) string
	Prove(ctx context.Context, challenge, certificate string, signature []byte) (identity.Session, error)
}

// Holder keeps the citizen's devices and recovery codes.
type Holder interface {
	Devices(context.Context, identity.Session) ([]signin.Device, error)
	Name(ctx context.Context, s identity.Session, device, name string) error
	Remove(ctx context.Context, s identity.Session, device, passcode string) (identity.Session, error)
	Invite(context.Context, identity.Session) (identity.Handle, error)
	JoinText(invitation string) string
	Offer(ctx context.Context, invitation identity.Handle, name string, device, signature []byte) (signin.Offered, error)
	Accept(ctx context.Context, s identity.Session, invitation identity.Handle, match, passcode string) error
	Place(ctx context.Context, s identity.Session, name, passcode string) (place string, id identity.CertificateID, err error)
	PlaceText(place string) string
	Put(ctx context.Context, s identity.Session, place string, device, signature []byte) error
	Codes(ctx context.Context, s identity.Session, passcode string) (identity.Number, []identity.RecoveryCode, error)
	Left(context.Context, identity.Session) (codes int, asked time.Time, err error)
	Refuse(context.Context, identity.Session) error
	RefusePhone(context.Context, identity.Session) error
	Lost(ctx context.Context, number, code string, gone bool) error
	Shown(context.Context, identity.PersonHandle) error
}

// Authorizer shows a party's request and takes the decision.
type Authorizer interface {
	Crosser
	Present(ctx context.Context, sealed string, browser identity.Handle, locale string) (authorize.Presented, error)
	Approve(ctx context.Context, s identity.Session, sealed string, browser identity.Handle, in authorize.Approval) (answer string, err error)
	DeclineLasting(ctx context.Context, s identity.Session, sealed string, browser identity.Handle) (answer string, err error)
	Decline(ctx context.Context, s *identity.Session, sealed string, browser identity.Handle) (answer string, err error)
	Withdraw(context.Context, identity.Session, identity.PartyID) error
	Silent(ctx context.Context, s *identity.Session, sealed string, browser identity.Handle) (answer string, err error)
	EndStanding(context.Context, identity.Session, identity.PartyID) error
	ApproveGuarded(ctx context.Context, s identity.Session, sealed string, browser identity.Handle, in authorize.Approval) (answer, waits string, err error)
	Resume(ctx context.Context, s identity.Session, waits string, browser identity.Handle) (answer string, err error)
	Offer(ctx context.Context, s identity.Session, over18 bool, locale string) (authorize.Offered, error)
	Draw(ctx context.Context, s identity.Session, request string, in authorize.Approval) (authorize.Drawn, error)
}

// Guardian answers for minors, in a session of the guardian's own.
type Guardian interface {
	Waiting(context.Context, identity.Session) ([]identity.Matter, error)
	Stopped(context.Context, identity.Session) ([]identity.Matter, error)
	Text(identity.Matter) []byte
	Answer(context.Context, identity.Session, guard.Reply) error
	Children(context.Context, identity.Session) ([]guard.Child, error)
	Uses(ctx context.Context, s identity.Session, ref string) (guard.Child, []identity.Event, error)
	Turned(context.Context, identity.Session) (identity.Regime, error)
	Review(context.Context, identity.Session) (guard.Review, error)
	Freeze(ctx context.Context, s identity.Session, ref string) error
	Thaw(ctx context.Context, s identity.Session, ref string) error
	Withdraw(ctx context.Context, s identity.Session, ref string, party identity.PartyID) error
}

// Signaller has the citizen's devices told that something waits.
type Signaller interface {
	View(context.Context, identity.Session) (signal.View, error)
	On(context.Context, identity.Session, identity.Signal) error
	Off(context.Context, identity.Session, identity.CertificateID) error
}

// Offerer lets the citizen carry attestations to a wallet.
type Offerer interface {
	Offer(context.Context, identity.Session, attest.Choice) (attest.Offered, error)
	Look(code string) (attest.Offered, error)
}

// Parter ends sessions at parties, and shows which may still live.
type Parter interface {
	Sessions(context.Context, identity.Session) ([]logout.Session, error)
	End(ctx context.Context, s identity.Session, receipt identity.EventID) error
	EndAll(ctx context.Context, s identity.Session, party identity.PartyID) error
	Disown(ctx context.Context, s identity.Session, receipt identity.EventID) error
	Read(ctx context.Context, sealed string) (identity.Goodbye, identity.Party, error)
}

// Looker shows the citizen what is known and what happened.
type Looker interface {
	Home(context.Context, identity.Session) (look.Home, error)
	Records(context.Context, identity.Session) ([]look.Record, error)
	Record(context.Context, identity.Session, identity.EventID) (look.Proven, error)
	Happened(context.Context, identity.Session, identity.EventID) (identity.Event, error)
	Parties(context.Context, identity.Session) ([]look.Relation, error)
	Platform(context.Context, identity.Session, identity.PartyID) (look.Platform, error)
	Copied(context.Context, identity.Session) ([]look.Record, error)
	Proofs(context.Context, identity.Session) ([]byte, error)
	Data(context.Context, identity.Session) (identity.Person, error)
	Export(context.Context, identity.Session) ([]byte, error)
	Erased(context.Context, identity.EventID) ([]byte, error)
	Head(context.Context) (note, verifierKey string, err error)
}

// Eraser ends a person's identity here.
type Eraser interface {
	Erase(ctx context.Context, s identity.Session, passcode string) (erase.Receipt, error)
	EraseWard(ctx context.Context, s identity.Session, ref, passcode string) (erase.Receipt, error)
	EraseDead(ctx context.Context, s identity.Session, ref, passcode string) (erase.Receipt, error)
}

// Box seals what the last step of enrolment hands to the device, while it
// travels in a cookie for minutes.
type Box interface {
	Seal(v any) (string, error)
	Open(s string, v any) error
}

// Config is what the door opens onto.
type Config struct {
	Shell     *shell.Shell
	Enrol     Enroller
	Issue     Issuer
	Signin    Signer
	Devices   Holder
	Square    func(text string) (path string, side int, err error) // draws a QR code
	Issuer    string                                               // under which the square leads back here
	Authorize Authorizer
	Guard     Guardian
	Signals   Signaller // nil: no device is signalled, and no page says so
	Attest    Offerer
	Logout    Parter
	Incidents Incidents
	Look      Looker
	Redress   Redresser
	Erase     Eraser
	Rights    Righter
	Assists   Assister // what authorities were told of the citizen by law
	Parcels   Box
	Operator  law.Operator // named in every notice
	Drawer    bool         // the sandbox's card drawer and outbox are served beside this door
	Face      bool         // the face step is served; its twin always is
	Models    fs.FS        // with which pages compare faces (assets/*); nil: a simulator says what a device would
	Simulated bool         // the authority and the face engine are simulators, and the pages say so
	Now       func() time.Time
}

// Door answers citizens.
type Door struct {
	Config
	pages *shell.Pages
}

//go:embed templates/*.html
var templates embed.FS

//go:embed assets/*.js
var assets embed.FS

// New makes the door.
func New(c Config) *Door {
	return &Door{Config: c, pages: c.Shell.Pages(templates, "templates/*.html")}
}

// Register puts every page of the door on the mux.
func (d *Door) Register(mux shell.Mux) {
	for pattern, h := range d.handlers() {
		d.Shell.Handle(mux, pattern, h)
	}
	files := []fs.FS{assets}
	if d.Models != nil {
		files = append(files, d.Models)
	}
	d.Shell.Assets(mux, files...)
}

func (d *Door) handlers() map[string]shell.Handler {
	routes := map[string]shell.Handler{
		"GET /{$}":              d.start,
		"GET /enrol":            d.enrolment,
		"POST /enrol":           d.chooseKind,
		"POST /enrol/cancel":    d.cancel,
		"POST /enrol/challenge": d.challenge,
		"POST /enrol/exchange":  d.exchange,
		"GET /enrol/done":       d.done,
		"GET /enrol/unlisted":   d.unlisted,

		"POST /enrol/notice":           d.consent("notice", "notice"),
		"POST /enrol/document-consent": d.consent("document-consent", "document"),
		"POST /enrol/face-consent":     d.consent("face-consent", "face"),
		"POST /enrol/card":             d.card,
		"POST /enrol/face":             d.face,
		"POST /enrol/face/terms":       d.faceTerms,
		"POST /enrol/phone":            d.phone,
		"POST /enrol/code":             d.code,
		"POST /enrol/passcode":         d.passcode,
		"POST /enrol/guardian":         d.guardian,
		"POST /enrol/confirm":          d.confirm,
		"POST /enrol/stop":             d.stop,
		"POST /enrol/clerk":            d.clerk,
		"POST /enrol/second":           d.second,
		"POST /enrol/finish":           d.finish,
		"POST /enrol/slip":             d.slip,
		"GET /enrol/resume":            d.resumeForm,
		"POST /enrol/resume":           d.resume,
		"POST /enrol/keep":             d.signedIn(d.keepDocument),

		"GET /signin":   d.signin,
		"POST /signin":  d.prove,
		"POST /signout": d.signout,

		"GET /request":          d.request,
		"POST /request/approve": d.approve,
		"POST /request/decline": d.decline,

		"POST /request/wait": d.wait,

		"GET /request/across":  d.screen,
		"POST /request/across": d.match,
		"GET /across":          d.arrive,
		"POST /across":         d.signedIn(d.scan),
		"POST /across/approve": d.signedIn(d.approveAcross),
		"POST /across/decline": d.signedIn(d.declineAcross),
		"GET /requests":        d.signedIn(d.requests),
		"POST /records/disown": d.signedIn(d.disown),

		"GET /children":             d.signedIn(d.children),
		"GET /children/asked/{key}": d.signedIn(d.matter),
		"POST /children/asked":      d.signedIn(d.answerMatter),
		"GET /children/of/{ref}":    d.signedIn(d.child),
		"POST /children/freeze":     d.signedIn(d.forChild(Guardian.Freeze)),
		"POST /children/thaw":       d.signedIn(d.forChild(Guardian.Thaw)),
		"POST /children/withdraw":   d.signedIn(d.withdrawFor),
		"POST /children/erase":      d.signedIn(d.eraseWard),

		"GET /logout/page":  d.goodbye,
		"POST /logout/page": d.part,

		"GET /records":             d.signedIn(d.records),
		"GET /records/{id}":        d.signedIn(d.record),
		"GET /platforms":           d.signedIn(d.platforms),
		"GET /platforms/of/{id}":   d.signedIn(d.platform),
		"POST /platforms/erase":    d.signedIn(d.askErase),
		"POST /platforms/report":   d.signedIn(d.report),
		"GET /records/copy":        d.signedIn(d.copyRecords),
		"GET /records/proofs":      d.signedIn(d.recordProofs),
		"GET /consents":            d.signedIn(d.consents),
		"GET /consents/copy":       d.signedIn(d.copyConsents),
		"GET /consents/again":      d.signedIn(d.noticeAgain),
		"POST /consents/again":     d.signedIn(d.agreeAgain),
		"POST /platforms/withdraw": d.signedIn(d.withdraw),
		"POST /platforms/ask":      d.signedIn(d.endStanding),
		"POST /platforms/end":      d.signedIn(d.endSession),
		"POST /certificate/freeze": d.signedIn(d.freeze),
		"POST /certificate/again":  d.signedIn(d.anew),
		"POST /told":               d.signedIn(d.seen),
		"POST /certificate/thaw":   d.signedIn(d.thaw),
		"GET /documents":           d.signedIn(d.documents),
		"POST /documents":          d.signedIn(d.addDocument),
		"GET /devices":             d.signedIn(d.devices),
		"POST /devices/name":       d.signedIn(d.nameDevice),
		"POST /devices/remove":     d.signedIn(d.removeDevice),
		"POST /devices/add":        d.signedIn(d.invite),
		"POST /devices/accept":     d.signedIn(d.accept),
		"POST /devices/refuse":     d.signedIn(d.refuseDevice),
		"POST /devices/passkey":    d.signedIn(d.placePasskey),
		"POST /devices/codes":      d.signedIn(d.codes),
		"GET /wallet":              d.signedIn(d.wallet),
		"GET /data":                d.signedIn(d.data),
		"GET /data/export":         d.signedIn(d.export),
		"POST /data/phone":         d.signedIn(d.movePhone),
		"POST /data/phone/refuse":  d.signedIn(d.refusePhone),
		"POST /enrol/move":         d.signedIn(d.keepPhone),
		"GET /erase":               d.signedIn(d.eraseForm),
		"POST /erase":              d.signedIn(d.erase),

		"POST /qr/online/ask":   d.signedIn(d.askOnline),
		"POST /qr/online":       d.signedIn(d.drawOnline),
		"POST /qr/online/state": d.signedIn(d.stateOnline),
		"GET /Q/{code}":         d.atGate,

		"GET /wallet/offer":  d.signedIn(d.offers),
		"POST /wallet/offer": d.signedIn(d.offerWallet),

		"GET /wallet/offers/{code}": d.offerAt,

		"POST /devices/passkey/put": d.signedIn(d.putPasskey),
		"GET /devices/signals":      d.signedIn(d.signals),
		"POST /devices/signals":     d.signedIn(d.signalsOn),
		"POST /devices/signals/off": d.signedIn(d.signalsOff),

		"GET /join":  d.join,
		"POST /join": d.offer,
		"GET /lost":  d.lostForm,
		"POST /lost": d.lost,

		"GET /present":      d.present,
		"GET /qr":           d.qr,
		"GET /qr/online":    d.signedIn(d.qrOnline),
		"GET /notices/{id}": d.notice,
		"GET /help":         d.help,
		"GET /offline":      d.offline,
		"POST /language":    d.language,
		"GET /ledger/head":  d.ledgerHead,
		"GET /ledger/key":   d.ledgerKey,
	}
	maps.Copy(routes, d.rightsRoutes())
	for _, step := range append(steps(), enrol.StepKeep, enrol.StepMove) {
		routes["GET /enrol/"+step] = d.step(step)
	}
	return routes
}
