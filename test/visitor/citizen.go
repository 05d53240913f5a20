package visitor

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"netid/client"
)

// Refused is an answer that is not the one a step leads to.
type Refused struct {
	At     string
	Status int
	Reason string // the page's own, or the head of the answer
}

func (r *Refused) Error() string { return fmt.Sprintf("%s answers %d %s", r.At, r.Status, r.Reason) }

// refused names what an answer says.
func refused(a *Answer) error {
	why := a.Reason()
	if why == "" {
		why = a.Leads() + " " + a.Body[:min(len(a.Body), 160)]
	}
	return &Refused{a.At.Path, a.Status, why}
}

// Citizen is a person with a card of the sandbox's drawer, a telephone and a device.
type Citizen struct {
	*Browser
	Card     string // of the drawer: "adult-card"
	Kind     string // of the card: "resident-id-card", "passport"
	Phone    string
	Passcode string

	Number      string // net number, once enrolled
	Certificate string
	Remember    bool // tick the box of a standing consent where there is one
	key         *ecdsa.PrivateKey
}

// NewCitizen gives a person a browser and a new device key.
func NewCitizen(server, card, phone string) (*Citizen, error) {
	kind := "resident-id-card"
	if strings.Contains(card, "passport") {
		kind = "passport"
	}
	c := &Citizen{Browser: New(server), Card: card, Kind: kind, Phone: phone, Passcode: "73914628"}
	return c, c.NewKey()
}

// Holding is somebody who has a certificate already, and the private key of its
// device: 32 bytes, big-endian.
func Holding(server, certificate string, private []byte) (*Citizen, error) {
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), private)
	return &Citizen{Browser: New(server), Passcode: "73914628", Certificate: certificate, key: key}, err
}

// NewKey replaces the device's key.
func (c *Citizen) NewKey() (err error) {
	c.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	return err
}

// Again opens another browser of the same person on the same device.
func (c *Citizen) Again() *Citizen {
	other := *c
	other.Browser = New(c.URL)
	other.Browser.Watch = c.Watch
	return &other
}

// Sign is ES256 by the device's key, base64url.
func (c *Citizen) Sign(text string) (string, error) {
	digest := sha256.Sum256([]byte(text))
	r, s, err := ecdsa.Sign(rand.Reader, c.key, digest[:])
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)), nil
}

// Device is the public key as a JWK.
func (c *Citizen) Device() (string, error) {
	point, err := c.key.PublicKey.Bytes()
	if err != nil {
		return "", err
	}
	b64 := base64.RawURLEncoding.EncodeToString
	return `{"kty":"EC","crv":"P-256","x":"` + b64(point[1:33]) + `","y":"` + b64(point[33:]) + `"}`, nil
}

// Steps of enrolment, as the pages name them.
func Steps() []string {
	return []string{"notice", "document-consent", "card", "face-consent", "face", "phone", "code", "passcode", "confirm"}
}

// Start begins an enrolment in this browser.
func (c *Citizen) Start() error {
	a, err := c.Post("/enrol", url.Values{"kind": {c.Kind}})
	if err == nil && a.Status != http.StatusSeeOther {
		err = refused(a)
	}
	return err
}

// Until walks an enrolment that was started up to the page of a step.
func (c *Citizen) Until(step string) error {
	for _, s := range Steps() {
		if s == step {
			return nil
		}
		a, err := c.Step(s)
		if err != nil {
			return err
		}
		if a.Status != http.StatusSeeOther {
			return fmt.Errorf("step %s: %w", s, refused(a))
		}
	}
	return fmt.Errorf("no step is called %q", step)
}

// Step does one step rightly.
func (c *Citizen) Step(name string) (*Answer, error) {
	form := url.Values{}
	switch name {
	case "notice", "document-consent", "face-consent":
		form.Set("consent", "agree")
		form.Set("locale", "en")
	case "card":
		evidence, err := c.Evidence()
		if err != nil {
			return nil, err
		}
		form.Set("evidence", evidence)
	case "face":
		form.Set("assertion", "match")
	case "phone":
		form.Set("phone", c.Phone)
	case "code":
		return c.typeCode()
	case "passcode":
		form.Set("passcode", c.Passcode)
		form.Set("again", c.Passcode)
	case "confirm":
		var err error
		if form, err = c.Proof(); err != nil {
			return nil, err
		}
	}
	return c.Post("/enrol/"+name, form)
}

// Evidence holds the card to the reader for a fresh challenge of the server.
func (c *Citizen) Evidence() (string, error) {
	a, err := c.Call(http.MethodPost, "/enrol/challenge", "")
	if err != nil {
		return "", err
	}
	var got struct{ Challenge string }
	if json.Unmarshal([]byte(a.Body), &got) != nil || got.Challenge == "" {
		return "", refused(a)
	}
	return c.Answer(c.Card, got.Challenge)
}

// Answer is what a card says to a challenge.
func (c *Citizen) Answer(card, challenge string) (string, error) {
	a, err := c.Call(http.MethodPost, "/sandbox/drawer/"+card, `{"challenge":"`+challenge+`"}`)
	if err == nil && a.Status != http.StatusOK {
		err = refused(a)
	}
	if err != nil {
		return "", err
	}
	return a.Body, nil
}

// typeCode types the newest code, and where that is another enrolment's the ones before it: a
// code is delivered at least once, and one of before may come after (of a node that died, say).
func (c *Citizen) typeCode() (a *Answer, err error) {
	codes, err := c.codes()
	for _, code := range codes[:min(len(codes), 3)] {
		if a, err = c.Post("/enrol/code", url.Values{"code": {code}}); err != nil || a.Reason() != "code_wrong" {
			break
		}
	}
	return a, err
}

// Code is the newest code that came to the telephone.
func (c *Citizen) Code() (string, error) {
	codes, err := c.codes()
	if err != nil {
		return "", err
	}
	return codes[0], nil
}

// codes are all that came to the telephone, the newest first; one at least.
func (c *Citizen) codes() (all []string, err error) {
	a, err := c.Call(http.MethodGet, "/sandbox/outbox", "")
	if err != nil {
		return nil, err
	}
	var box struct {
		Messages []struct{ Phone, Code string }
	}
	if err := json.Unmarshal([]byte(a.Body), &box); err != nil {
		return nil, err
	}
	for _, m := range box.Messages {
		if m.Phone == c.Phone {
			all = append(all, m.Code)
		}
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("no code came to the telephone")
	}
	return all, nil
}

// Proof fills the form that ends an enrolment.
func (c *Citizen) Proof() (url.Values, error) {
	page, err := c.Get("/enrol/confirm")
	if err != nil {
		return nil, err
	}
	text := page.Data("data-proof")
	if text == "" {
		return nil, refused(page)
	}
	signature, err := c.Sign(text)
	if err != nil {
		return nil, err
	}
	device, err := c.Device()
	return url.Values{"device": {device}, "signature": {signature}}, err
}

// Enrol does all of it and keeps number and certificate.
func (c *Citizen) Enrol() error {
	if err := c.Start(); err != nil {
		return err
	}
	if err := c.Until("confirm"); err != nil {
		return err
	}
	a, err := c.Step("confirm")
	if err != nil {
		return err
	}
	if a.Leads() != "/enrol/done" {
		return c.keep(a) // a certificate that is too large for a cookie is shown at once
	}
	return c.Unpack()
}

// Unpack reads the last page of an enrolment.
func (c *Citizen) Unpack() error {
	a, err := c.Get("/enrol/done")
	if err != nil {
		return err
	}
	return c.keep(a)
}

func (c *Citizen) keep(a *Answer) error {
	if a.Data("data-certificate") == "" {
		return refused(a)
	}
	c.Number, c.Certificate = a.Data("data-number"), a.Data("data-certificate")
	return nil
}

// Knock fetches a sign-in challenge and answers it, without sending the answer.
func (c *Citizen) Knock() (url.Values, error) {
	a, err := c.Get("/signin")
	if err != nil {
		return nil, err
	}
	text := a.Data("data-signin-text")
	if text == "" {
		return nil, refused(a)
	}
	signature, err := c.Sign(text)
	return url.Values{"challenge": {a.Data("data-challenge")}, "certificate": {c.Certificate}, "signature": {signature}}, err
}

// SignIn signs this browser in.
func (c *Citizen) SignIn() error {
	form, err := c.Knock()
	if err != nil {
		return err
	}
	a, err := c.Post("/signin", form)
	if err == nil && a.Status != http.StatusSeeOther {
		err = refused(a)
	}
	return err
}

// Ask follows a party's authorization request to its page here and gives the
// sealed request.
func (c *Citizen) Ask(authorize string) (string, error) {
	a, err := c.Get(authorize)
	if err != nil {
		return "", err
	}
	u, err := url.Parse(a.Leads())
	if err != nil || u.Path != "/request" {
		return "", refused(a)
	}
	return u.Query().Get("r"), nil
}

// Consent fills the form of an approval: the device signs exactly the lines
// that stand on the page with every optional item given.
func (c *Citizen) Consent(sealed string) (url.Values, error) {
	a, err := c.Get("/request?r=" + url.QueryEscape(sealed))
	if err != nil {
		return nil, err
	}
	lines, choices, standing := statement(a.Body, c.Remember)
	if a.Status != http.StatusOK || len(lines) == 0 {
		return nil, refused(a)
	}
	text := strings.Join(lines, "\n")
	if _, err := client.ParseStatement([]byte(text)); err != nil {
		return nil, fmt.Errorf("the page shows no statement: %w", err)
	}
	signature, err := c.Sign(text)
	form := url.Values{"r": {sealed}, "locale": {"en"}, "certificate": {c.Certificate}, "signature": {signature}}
	for _, item := range choices {
		form.Set("choice-"+item, "give")
	}
	if standing != "" {
		form.Set("remember", standing)
	}
	return form, err
}

// Approve does what a citizen does who agrees, and gives the address at which
// the party gets its answer.
func (c *Citizen) Approve(authorize string) (*url.URL, error) {
	sealed, err := c.Ask(authorize)
	if err != nil {
		return nil, err
	}
	form, err := c.Consent(sealed)
	if err != nil {
		return nil, err
	}
	return c.Decide("/request/approve", form)
}

// Decide sends a decision and follows it to the party's address.
func (c *Citizen) Decide(path string, form url.Values) (*url.URL, error) {
	a, err := c.Post(path, form)
	if err != nil {
		return nil, err
	}
	if !strings.HasPrefix(a.Leads(), "/authorize/answer?") {
		return nil, refused(a)
	}
	if a, err = c.Get(a.Leads()); err != nil {
		return nil, err
	}
	if a.Status != http.StatusSeeOther {
		return nil, refused(a)
	}
	return url.Parse(a.Leads())
}
