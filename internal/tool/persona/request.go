package persona

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// Answered is an error that the relying party is told about at its redirect URI.
type Answered struct {
	Code        string // RFC 6749 §4.1.2.1: "access_denied", "invalid_scope"
	Description string
	Asked       bool // the citizen was shown the request
}

func (a *Answered) Error() string {
	s := "the party is answered with " + a.Code
	if a.Description != "" {
		s += ": " + a.Description
	}
	if !a.Asked {
		s += " (the citizen was never asked)"
	}
	return s
}

// leaving reads the answer in an address that the browser would call next.
func leaving(address string, asked bool) (string, error) {
	u, err := url.Parse(address)
	if err != nil {
		return address, err
	}
	if code := u.Query().Get("error"); code != "" {
		return address, &Answered{code, u.Query().Get("error_description"), asked}
	}
	return address, nil
}

// decide walks a request to its answer. choice makes the form that the
// citizen sends once they are signed in and the request is before them.
func (c *citizen) decide(ctx context.Context, address string, choice func(*page) (*form, error)) (string, error) {
	at, err := c.visit(ctx, address)
	stale := ""
	for range 6 { // sign in, enrol anew, sign in, decide
		if err != nil {
			return "", err
		}
		if at.page == nil {
			return leaving(at.leave, false)
		}
		if !asks(at.page) {
			return "", lost(at.page)
		}
		if !at.page.carries("data-challenge") {
			return c.answer(ctx, at.page, choice)
		}
		at, stale, err = c.enter(ctx, at.page, stale)
	}
	return "", errors.New("the request keeps asking to sign in")
}

func asks(p *page) bool { return p.name == "request" || p.name == "signin" }

// enter signs in from the page that asks for it and opens the request again.
// When the server does not know the device, the wallet it came from is stale.
func (c *citizen) enter(ctx context.Context, p *page, stale string) (step, string, error) {
	w, err := c.carry(ctx, stale)
	if err != nil {
		return step{}, stale, err
	}
	// enrolling may have signed the browser in or made the challenge old
	at, err := c.visit(ctx, p.at.String())
	if err != nil || at.page == nil || !at.page.carries("data-challenge") {
		return at, stale, err
	}
	at, err = c.prove(ctx, at.page, w)
	if unknownDevice(err) && stale != w.Certificate {
		at, err = c.visit(ctx, p.at.String())
		return at, w.Certificate, err
	}
	return at, stale, err
}

// prove answers a page's sign-in challenge with the wallet's key.
func (c *citizen) prove(ctx context.Context, p *page, w wallet) (step, error) {
	signature, err := w.sign(p.data("data-signin-text"))
	if err != nil {
		return step{}, err
	}
	f, err := p.form("/signin")
	if err != nil {
		return step{}, err
	}
	f.set("challenge", p.data("data-challenge"))
	f.set("certificate", w.Certificate)
	f.set("signature", signature)
	at, err := c.send(ctx, f) // away, where the party need not ask
	if err == nil {
		c.signedIn = w
	}
	return at, err
}

// signIn signs in outside any request.
func (c *citizen) signIn(ctx context.Context, w wallet) error {
	at, err := c.visit(ctx, "/signin")
	if err != nil {
		return err
	}
	if at.page == nil {
		return fmt.Errorf("the server sends the browser away to %s", at.leave)
	}
	if !at.page.carries("data-challenge") {
		return lost(at.page)
	}
	_, err = c.prove(ctx, at.page, w)
	return err
}

// unknownDevice reports that the server knows no certificate like the
// wallet's: the sandbox was reset, or the person erased.
func unknownDevice(err error) bool {
	var r *Refusal
	return errors.As(err, &r) && (r.Code == "device_unknown" || r.Code == "person_erased")
}

// answer sends the citizen's decision and follows it to the party's door.
func (c *citizen) answer(ctx context.Context, p *page, choice func(*page) (*form, error)) (string, error) {
	f, err := choice(p)
	if err != nil {
		return "", err
	}
	at, err := c.submit(ctx, f)
	if err != nil {
		return "", err
	}
	if at.page != nil && at.page.name == "wait" {
		at, err = c.await(ctx, at)
		if err != nil {
			return "", err
		}
	}
	if at.page != nil {
		return "", lost(at.page)
	}
	return leaving(at.leave, true)
}

// approval fills the request's form: every optional item decided, the factors
// of the mode, and the device's signature over exactly the lines on the page.
func (c *citizen) approval(p *page, withhold, tell []string, remember bool) (*form, error) {
	to := "/request/approve"
	if p.at.Path == "/across" { // for another device
		to = "/across/approve"
	}
	f, err := p.form(to)
	if err != nil {
		return nil, err
	}
	s, err := choose(p, f, withhold, tell, remember)
	if err != nil {
		return nil, err
	}
	w := c.signedIn
	signature, err := w.sign(string(s.Bytes()))
	if err != nil {
		return nil, err
	}
	passcode := strings.Contains(s.Mode, "-pwd")
	if strings.HasSuffix(s.Mode, "-face") {
		if f.offers("face", "match") {
			f.set("face", "match")
		} else { // no face step is served here; its twin is the passcode
			f.set("face", "twin")
			passcode = true
		}
	}
	if passcode {
		f.set("passcode", c.passcode(w))
	}
	f.set("certificate", w.Certificate)
	f.set("signature", signature)
	return f, nil
}
