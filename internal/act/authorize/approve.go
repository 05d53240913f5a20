package authorize

import (
	"context"
	"encoding/base64"
	"slices"
	"strconv"
	"strings"
	"time"

	"netid/client"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
)

// Approval is what the citizen's browser sends when they agree.
type Approval struct {
	Locale      string
	Give        []string // names of the optional items that are given
	Passcode    string
	Face        string // "" or the device's assertion
	Certificate string
	Signature   []byte // over the statement's bytes, as the certificate's key signs (client.CheckDevice)
}

// decision is a request that the citizen's device signed, everything about it checked.
type decision struct {
	ask        identity.Ask
	party      identity.Party
	who        identity.Opened
	cert       identity.Certificate
	used       []identity.Ground
	statement  []byte
	reached    identity.Mode
	generation uint64
	receipt    identity.EventID
	give       []string
	in         Approval
}

// Approve checks the signed approval and seals it into a code on its way to
// the party. Nothing is stored: the redemption is the record. A child under 14 hears
// "guardian_needed", and goes on with ApproveGuarded.
func (a *Act) Approve(ctx context.Context, s identity.Session, sealed string, browser identity.Handle, in Approval) (string, error) {
	const op = "authorize.Approve"
	ask, err := a.ask(op, sealed, browser)
	if err != nil {
		return "", err
	}
	d, err := a.decide(ctx, op, s, ask, in, false)
	if fault.Because(err, "other_person") {
		return a.other(ctx, op, ask)
	}
	if err != nil {
		return "", err
	}
	// Last of all: what a citizen can mend, a wrong passcode, uses nothing up.
	now := a.Now().UTC().Truncate(time.Second)
	approval := identity.Approval{Statement: d.statement, Signature: in.Signature, Device: d.cert.Device, Certificate: d.cert.ID.String()}
	var consent identity.EventID
	switch {
	case slices.Contains(d.give, short(ask).Lasting()):
		err = a.remember(ctx, d.who, ask, d.party, d.cert, d.generation, d.used, approval, now)
	case len(agreed(ask, d.give)) > 0:
		consent, err = a.consent(ctx, ask, d.who, d.party, d.generation, &approval, in)
		if fault.Because(err, "match_cap") {
			return a.answer(op, ask, identity.Answer{Error: "access_denied"})
		}
	default:
		err = a.take(ctx, ask)
	}
	if err != nil {
		return "", answered(op, err)
	}
	c := a.code(d, now)
	c.Consent = consent
	code, err := a.Codes.Seal(c)
	if err != nil {
		return "", fault.At(op, err)
	}
	return a.answer(op, ask, identity.Answer{Code: code})
}

// decide holds a signed approval against everything that it must fit. Invalid
// "other_person" where the party asks for somebody else.
func (a *Act) decide(ctx context.Context, op string, s identity.Session, ask identity.Ask, in Approval, guarded bool) (d decision, err error) {
	d.ask, d.in = ask, in
	if !ask.Accepts(s) {
		return d, fault.New(op, fault.Unauthenticated, "session_over")
	}
	if d.party, err = a.party(ctx, op, ask.Party); err != nil {
		return d, err
	}
	if d.who, err = a.Vault.Visit(ctx, s); err != nil {
		return d, fault.At(op, err)
	}
	if !a.meant(ask, d.who, d.party) {
		return d, fault.New(op, fault.Invalid, "other_person")
	}
	if d.cert, err = a.certificate(ctx, s, in.Certificate); err != nil {
		return d, fault.At(op, err)
	}
	if ask.Kinds != nil {
		guarded = false // nobody can agree to a use that we do not see
		if err := a.attests(ctx, op, d.who); err != nil {
			return d, err
		}
	}
	if d.used, err = a.mayUse(ctx, op, d.who, d.cert, guarded); err != nil {
		return d, err
	}
	d.statement = a.Statement(short(ask), d.party, in.Locale, in.Give).Bytes()
	if _, err := client.CheckApproval(d.statement, in.Signature, d.cert.Device); err != nil {
		return d, fault.Wrap(op, fault.Unauthenticated, "signature_invalid", err)
	}
	if d.reached, err = a.reach(ctx, d.who, s, ask.Mode, in); err != nil {
		return d, fault.At(op, err)
	}
	if d.generation, err = a.Store.Link(ctx, a.Vault.LinkIndex(d.who, d.party.ID)); err != nil {
		return d, fault.At(op, err)
	}
	// The request's own id becomes the record's: a decision that is sent twice
	// makes two codes, and one verification.
	if d.receipt, err = identity.ParseEventID(ask.Transaction); err != nil {
		return d, fault.Wrap(op, fault.Invalid, "request_invalid", err)
	}
	d.give = given(ask, in.Give)
	return d, nil
}

// code is the signed approval as it travels.
func (a *Act) code(d decision, now time.Time) identity.Code {
	digest := a.Digest(d.statement)
	return even(identity.Code{Receipt: d.receipt, Ask: short(d.ask), Person: d.who.ID, Epoch: d.who.Epoch,
		Certificate: d.cert.ID, Device: d.cert.Device, Locale: d.in.Locale, Give: d.give, Mode: d.reached,
		Signature: d.in.Signature, Digest: digest[:], Generation: d.generation, Grounds: d.used, Time: now, Expires: now.Add(codeLife), Until: until(d.ask, d.cert, now)}, evenSigned)
}

// meant reports whether the party asks for this person, or for anybody.
func (a *Act) meant(ask identity.Ask, o identity.Opened, p identity.Party) bool {
	return ask.Hint == "" || ask.Hint == a.Vault.Subject(o, p.Sector)
}

// other answers where another person sits there than the party asks for: a no
// that tells nothing of who it is (OpenID Core §3.1.2.1, id_token_hint).
func (a *Act) other(ctx context.Context, op string, ask identity.Ask) (string, error) {
	if err := a.take(ctx, ask); err != nil {
		return "", answered(op, err)
	}
	return a.answer(op, ask, identity.Answer{Error: "login_required"})
}

// Characters of what even makes equal, of a code that was signed and of one on
// a standing consent: a passkey's key and signature, at their longest, need most.
const (
	evenSigned = 640 // and some more for a request across two devices
	evenSilent = 32
)

// even fills up what the length of a code would tell its party: the citizen's
// language, how often they withdrew, and what kind of device they have.
func even(c identity.Code, most int) identity.Code {
	uneven := len(c.Locale) + len(strconv.FormatUint(c.Generation, 10)) + base64.StdEncoding.EncodedLen(len(c.Signature)) + base64.StdEncoding.EncodedLen(len(c.Device))
	c.Even = strings.Repeat(" ", max(0, most-uneven))
	return c
}

// until is when the party is answered again no more, at the latest: a lasting
// answer does not outlive the certificate that it was approved with.
func until(ask identity.Ask, c identity.Certificate, now time.Time) time.Time {
	if ask.Offline == 0 {
		return time.Time{}
	}
	ends := ask.Offline.Ends(now)
	if c.Expires.Before(ends) {
		ends = c.Expires
	}
	return ends.UTC().Truncate(time.Second)
}

// certificate is the one that this session signed in with, still good.
func (a *Act) certificate(ctx context.Context, s identity.Session, named string) (identity.Certificate, error) {
	if named != s.Certificate.String() {
		return identity.Certificate{}, fault.New("authorize.certificate", fault.Unauthenticated, "session_over")
	}
	row, err := a.Store.Certificate(ctx, s.Certificate)
	if err != nil {
		return identity.Certificate{}, err
	}
	c, err := a.Vault.OpenCertificate(row)
	if err == nil && c.Person != s.Person {
		return c, fault.New("authorize.certificate", fault.Unauthenticated, "session_over")
	}
	return c, err
}

// mayUse asks articles 2, 4, 5 and 11 about the person at this moment; guarded: if
// their guardian agrees.
func (a *Act) mayUse(ctx context.Context, op string, o identity.Opened, c identity.Certificate, guarded bool) ([]identity.Ground, error) {
	regime, err := a.Vault.Regime(ctx, o, identity.Today(a.Now()))
	if err != nil {
		return nil, fault.At(op, err)
	}
	v := a.Law.Uses(law.User{Standing: o.Standing, Regime: regime, GuardianConsents: guarded, CertificateValid: c.ValidAt(a.Now())})
	if err := v.Err(op); err != nil {
		return nil, err
	}
	current := a.Law.Current(o.Profile.Notice)
	if err := current.Err(op); err != nil {
		return nil, err
	}
	return []identity.Ground{v.Ground(), current.Ground()}, nil
}

// attests asks whether the person's attestations may lie in a wallet.
func (a *Act) attests(ctx context.Context, op string, o identity.Opened) error {
	regime, err := a.Vault.Regime(ctx, o, identity.Today(a.Now()))
	if err != nil {
		return fault.At(op, err)
	}
	return a.Law.Attests(regime).Err(op)
}

// reach checks the factors and names the mode they amount to. The passcode
// stands in for the face; the face is the device's own word.
func (a *Act) reach(ctx context.Context, o identity.Opened, s identity.Session, asked identity.Mode, in Approval) (identity.Mode, error) {
	const op = "authorize.reach"
	face := asked.Face() && in.Face != "" && a.Faces != nil // nil: not served here, its twin is
	if face {
		if err := a.Faces.Check(in.Face); err != nil {
			return "", err
		}
	}
	passcode := in.Passcode != ""
	reached := identity.Reached(passcode, face)
	if !asked.Satisfied(reached) {
		return "", fault.New(op, fault.Invalid, "passcode_needed")
	}
	if !passcode {
		return reached, nil
	}
	return reached, a.Vault.Passcode(ctx, o, s.Certificate, in.Passcode)
}

func (a *Act) answer(op string, ask identity.Ask, ans identity.Answer) (string, error) {
	ans.Party, ans.Redirect, ans.State, ans.Way = ask.Party, ask.Redirect, ask.State, ask.Way
	ans.Expires = a.Now().Add(answerLife)
	s, err := a.Answers.Seal(ans)
	return s, fault.At(op, err)
}

func asked(ask identity.Ask) []string {
	if holds := short(ask).Holds(); holds != nil {
		return holds
	}
	items := []string{"result"}
	for _, m := range ask.Marks {
		items = append(items, string(m.Mark))
	}
	if ask.Offline > 0 {
		items = append(items, ask.Offline.Item())
	}
	for _, i := range ask.Plain {
		items = append(items, i.Name())
	}
	return items
}

// given keeps of the chosen items those that were asked.
func given(ask identity.Ask, give []string) []string {
	var out []string
	for _, item := range asked(ask)[1:] { // the result, or what a wallet is to hold, is always given
		if slices.Contains(give, item) {
			out = append(out, item)
		}
	}
	if standing := short(ask).Lasting(); standing != "" && slices.Contains(give, standing) {
		out = append(out, standing)
	}
	return out
}

// take uses up a request that its party pushed.
func (a *Act) take(ctx context.Context, ask identity.Ask) error {
	if len(ask.Pushed) == 0 {
		return nil
	}
	return a.Store.Jot(ctx, identity.TakePushed{ID: ask.Pushed})
}

// short is what of the request the redemption needs.
func short(ask identity.Ask) identity.CodeAsk {
	return identity.CodeAsk{Transaction: ask.Transaction, Party: ask.Party, Redirect: ask.Redirect, Nonce: ask.Nonce,
		Challenge: ask.Challenge, JKT: ask.JKT, Mode: ask.Mode, Marks: ask.Marks, Plain: ask.Plain, Intent: ask.Intent, AuthTime: ask.AuthTime, Offline: ask.Offline, Remember: ask.Remember, Kinds: ask.Kinds, Across: ask.Across, Time: ask.Time}
}
