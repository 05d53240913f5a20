package kit

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"netid/client"
	"netid/internal/act/authorize"
	"netid/internal/act/verify"
	"netid/internal/identity"
	"netid/internal/suite"
)

// Citizen is a synthetic person with a device.
type Citizen struct {
	*Kit
	Handle      identity.PersonHandle
	Document    identity.Document
	Face        string // "match" or "twin"
	Passcode    string
	Telephone   string // empty: the one on file
	Device      Device
	Certificate identity.Certificate
	Token       string
	Session     identity.Session
	Grant       identity.Grant
	Draft       identity.Handle
}

// Adult is a synthetic adult with a resident card, not enrolled yet.
func (k *Kit) Adult(n int) *Citizen {
	return k.Person(n, identity.Date{Year: 1990, Month: 3, Day: 7})
}

// Person is the n-th synthetic person, born on birth.
func (k *Kit) Person(n int, birth identity.Date) *Citizen {
	return &Citizen{Kit: k, Handle: identity.PersonHandle(fmt.Sprintf("handle-%d", n)), Face: "match", Passcode: "73914628", Device: NewDevice(),
		Document: identity.Document{Kind: identity.ResidentCard, Number: fmt.Sprintf("990101%04d%02d%02d%04d", birth.Year, birth.Month, birth.Day, n),
			Name: fmt.Sprintf("沙盒·测试%d", n), Birth: birth, Expires: identity.Date{Year: 2036, Month: 1, Day: 1}, Origin: identity.DecodedElsewhere}}
}

// Evidence is what the desk reads of the citizen's document.
func (c *Citizen) Evidence() []byte {
	b, _ := json.Marshal(Evidence{c.Document, c.Handle})
	return b
}

// Phone is the citizen's own: the one on file, or another that the test gave.
func (c *Citizen) Phone() string {
	if c.Telephone != "" {
		return c.Telephone
	}
	return Phone(c.Handle)
}

// Steps of an enrolment in order, by name; each may be left out by a test.
func (c *Citizen) Steps(ctx context.Context) []Step {
	twin := c.Face == "twin" || identity.RegimeAt(c.Document.Birth, identity.Today(c.Kit.Now())) == identity.Child
	face := Step{"face", func() error { return c.Kit.Enrol.Face(ctx, c.Draft, identity.FaceWord{Said: "match"}) }}
	if twin {
		face = Step{"face", func() error { return nil }}
	}
	return []Step{
		{"start", func() (err error) { c.Draft, err = c.Kit.Enrol.Start(ctx, string(c.Document.Kind)); return }},
		{"notice", func() error { return c.Kit.Enrol.Consent(ctx, c.Draft, "notice", true, "zh-CN") }},
		{"document-consent", func() error { return c.Kit.Enrol.Consent(ctx, c.Draft, "document", true, "zh-CN") }},
		{"challenge", func() error { _, err := c.Kit.Enrol.Challenge(ctx, c.Draft); return err }},
		{"card", func() error { return c.Kit.Enrol.Present(ctx, c.Draft, c.Evidence()) }},
		{"face-consent", func() error { return c.Kit.Enrol.Consent(ctx, c.Draft, "face", !twin, "zh-CN") }},
		face,
		{"phone", func() error { return c.Kit.Enrol.Phone(ctx, c.Draft, c.Phone(), "zh-CN") }},
		{"code", func() error { return c.Kit.Enrol.Code(ctx, c.Draft, c.Kit.Code(c.Phone())) }},
		{"passcode", func() error { return c.Kit.Enrol.Passcode(ctx, c.Draft, c.Passcode, c.Passcode) }},
		{"confirm", func() (err error) {
			v, err := c.Kit.Enrol.View(ctx, c.Draft)
			if err != nil {
				return err
			}
			c.Grant, err = c.Kit.Enrol.Confirm(ctx, c.Draft, c.Device.JWK, c.Device.Sign([]byte(v.Proof)))
			return err
		}},
		{"issue", func() (err error) { c.Certificate, c.Token, err = c.Kit.Issue.Mint(ctx, c.Grant, c.Device.JWK); return }},
	}
}

// Add puts a document beside those that the citizen has, or in the place of one,
// as somebody does who is signed in.
func (c *Citizen) Add(ctx context.Context, d identity.Document) error {
	for _, s := range c.Adding(ctx, d) {
		if err := s.Do(); err != nil {
			return fmt.Errorf("%s: %w", s.Name, err)
		}
	}
	return nil
}

// Adding are the steps of it.
func (c *Citizen) Adding(ctx context.Context, d identity.Document) []Step {
	shown := *c
	shown.Document = d
	return []Step{
		{"add", func() (err error) { c.Draft, err = c.Kit.Enrol.Add(ctx, c.Session, string(d.Kind)); return }},
		{"notice", func() error { return c.Kit.Enrol.Consent(ctx, c.Draft, "notice", true, "zh-CN") }},
		{"document-consent", func() error { return c.Kit.Enrol.Consent(ctx, c.Draft, "document", true, "zh-CN") }},
		{"challenge", func() error { _, err := c.Kit.Enrol.Challenge(ctx, c.Draft); return err }},
		{"card", func() error { return c.Kit.Enrol.Present(ctx, c.Draft, shown.Evidence()) }},
		{"keep", func() (err error) { c.Grant, err = c.Kit.Enrol.Keep(ctx, c.Session, c.Draft, c.Passcode); return }},
	}
}

// Moving are the steps by which somebody who is signed in asks for another telephone.
func (c *Citizen) Moving(ctx context.Context, phone string) []Step {
	return []Step{
		{"move", func() (err error) { c.Draft, err = c.Kit.Enrol.Move(ctx, c.Session); return }},
		{"phone", func() error { return c.Kit.Enrol.Phone(ctx, c.Draft, phone, "zh-CN") }},
		{"code", func() error { return c.Kit.Enrol.Code(ctx, c.Draft, c.Kit.Code(phone)) }},
		{"keep", func() error { return c.Kit.Enrol.KeepPhone(ctx, c.Session, c.Draft, c.Passcode) }},
	}
}

// Step is one of an enrolment.
type Step struct {
	Name string
	Do   func() error
}

// Enrol takes every step; the error names the one that was refused.
func (c *Citizen) Enrol(ctx context.Context) error {
	for _, s := range c.Steps(ctx) {
		if err := s.Do(); err != nil {
			return fmt.Errorf("%s: %w", s.Name, err)
		}
	}
	return nil
}

// SignIn opens a session.
func (c *Citizen) SignIn(ctx context.Context) (err error) {
	ch, err := c.Signin.Challenge()
	if err != nil {
		return err
	}
	c.Session, err = c.Signin.Prove(ctx, ch, c.Certificate.ID.String(), c.Device.Sign([]byte(c.Signin.Text(ch))))
	return err
}

// Verifier of every request that the kit makes.
const Verifier = "kit-verifier-kit-verifier-kit-verifier-kit-verifier"

// Browser of every request that the kit makes.
var Browser = identity.Handle{7}

// Request is one of the party's, with these marks.
func (k *Kit) Request(party identity.PartyID, mode identity.Mode, marks ...identity.AgeMark) authorize.Request {
	r := authorize.Request{Party: party, Redirect: "https://" + string(party) + ".example/cb", State: "s", Nonce: "n",
		Challenge: suite.PKCE(Verifier), Modes: []identity.Mode{mode}, Browser: Browser, Locale: "zh-CN"}
	for _, m := range marks {
		r.Marks = append(r.Marks, identity.Mark{Mark: m, IDToken: true, UserInfo: true})
	}
	return r
}

// Approve signs what is presented and gives the code.
func (c *Citizen) Approve(ctx context.Context, r authorize.Request, give ...string) (identity.Answer, error) {
	sealed, err := c.Authorize.Begin(ctx, r)
	if err != nil {
		return identity.Answer{}, err
	}
	return c.ApproveSealed(ctx, sealed, give...)
}

// ApproveSealed is Approve for a request that has begun.
func (c *Citizen) ApproveSealed(ctx context.Context, sealed string, give ...string) (identity.Answer, error) {
	in, err := c.Signed(ctx, sealed, give...)
	if err != nil {
		return identity.Answer{}, err
	}
	sealed, err = c.Authorize.Approve(ctx, c.Session, sealed, Browser, in)
	if err != nil {
		return identity.Answer{}, err
	}
	return c.Authorize.Open(sealed)
}

// Signed is what the citizen's device signs of a request that has begun.
func (c *Citizen) Signed(ctx context.Context, sealed string, give ...string) (in authorize.Approval, err error) {
	shown, err := c.Authorize.Present(ctx, sealed, Browser, "zh-CN")
	if err != nil {
		return in, err
	}
	st := shown.Statement
	for i, item := range st.Items {
		for _, g := range give {
			if item.Name == g {
				st.Items[i].Given = true
			}
		}
	}
	if shown.Lasting != "" && slices.Contains(give, shown.Lasting) {
		st.Items = append(st.Items, client.Item{Name: shown.Lasting, Given: true, Optional: true})
	}
	in = authorize.Approval{Locale: "zh-CN", Give: give, Certificate: c.Certificate.ID.String(), Signature: c.Device.Sign(st.Bytes())}
	if shown.Ask.Mode.Passcode() {
		in.Passcode = c.Passcode
	}
	if shown.Ask.Mode.Face() {
		in.Face = "match"
	}
	return in, nil
}

// Standing is the item by which a citizen consents for longer.
const Standing = "standing_90"

// Silent has the request answered without a page; an answer that says nothing
// means that one is shown.
func (c *Citizen) Silent(ctx context.Context, r authorize.Request) (identity.Answer, error) {
	sealed, err := c.Authorize.Begin(ctx, r)
	if err != nil {
		return identity.Answer{}, err
	}
	answer, err := c.Authorize.Silent(ctx, &c.Session, sealed, Browser)
	if err != nil || answer == "" {
		return identity.Answer{}, err
	}
	return c.Authorize.Open(answer)
}

// Redeem is the party's half.
func (k *Kit) Redeem(ctx context.Context, party identity.PartyID, code string) (identity.Verification, error) {
	return k.Verify.Redeem(ctx, verify.Redemption{Code: code, Party: party, Redirect: "https://" + string(party) + ".example/cb", Verifier: Verifier})
}

// WithPasskey is the citizen with a passkey that this device put down, signed in by it.
func (c *Citizen) WithPasskey(ctx context.Context, name string) (*Citizen, error) {
	place, id, err := c.Signin.Place(ctx, c.Session, name, c.Passcode)
	if err != nil {
		return nil, err
	}
	second := *c
	second.Device, second.Certificate = NewDevice(), identity.Certificate{ID: id}
	second.Device.Passkey = true
	if err := c.Signin.Put(ctx, c.Session, place, second.Device.JWK, second.Device.Sign([]byte(c.Signin.PlaceText(place)))); err != nil {
		return nil, err
	}
	return &second, second.SignIn(ctx)
}

// Another is the citizen on a second device, which this one lets in, signed in there.
func (c *Citizen) Another(ctx context.Context, name string) (*Citizen, error) {
	h, err := c.Signin.Invite(ctx, c.Session)
	if err != nil {
		return nil, err
	}
	second := *c
	second.Device = NewDevice()
	o, err := c.Signin.Offer(ctx, h, name, second.Device.JWK, second.Device.Sign([]byte(c.Signin.JoinText(h.Text()))))
	if err != nil {
		return nil, err
	}
	if err := c.Signin.Accept(ctx, c.Session, h, o.Match, c.Passcode); err != nil {
		return nil, err
	}
	second.Certificate = identity.Certificate{ID: o.Certificate}
	return &second, second.SignIn(ctx)
}
