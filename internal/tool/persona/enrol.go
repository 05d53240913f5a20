package persona

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// carry gives the citizen's wallet, enrolling when there is none.
// stale names the certificate that the server did not know, if any: a wallet
// with another one was made meanwhile and is good.
func (c *citizen) carry(ctx context.Context, stale string) (wallet, error) {
	unlock, err := c.wallet.lock(ctx)
	if err != nil {
		return wallet{}, err
	}
	defer unlock()
	w, err := c.wallet.read()
	if err == nil && w.Certificate != stale {
		return w, nil
	}
	if err != nil && !errors.Is(err, errNoWallet) {
		return w, err
	}
	w, err = c.enrol(ctx)
	if err != nil {
		return w, fmt.Errorf("enrol %s: %w", c.options.Persona, err)
	}
	if err := c.wallet.write(w); err != nil {
		return w, err
	}
	return w, c.become(ctx, w)
}

// enrol walks the enrolment as a person does: page after page, each saying
// what comes next, until the net number is shown.
func (c *citizen) enrol(ctx context.Context) (wallet, error) {
	key, err := newDeviceKey()
	if err != nil {
		return wallet{}, err
	}
	at, err := c.visit(ctx, "/enrol")
	if err != nil {
		return wallet{}, err
	}
	at, err = c.fill(ctx, at, "/enrol", func(f *form) error { f.set("kind", c.card.Kind); return nil })
	for range 24 { // nine steps, and none is done twice for long
		if err != nil {
			return wallet{}, err
		}
		if at.page.carries("data-certificate") {
			return c.pocket(at.page, key, passcodeOfAll)
		}
		next := at.page.data("data-next")
		if next == "" {
			return wallet{}, lost(at.page)
		}
		if path := "/enrol/" + next; at.page.at.Path != path {
			at, err = c.visit(ctx, path)
			continue
		}
		at, err = c.take(ctx, at, next, key, passcodeOfAll)
	}
	return wallet{}, errors.New("the enrolment does not come to an end")
}

// take does one step on its own page.
func (c *citizen) take(ctx context.Context, at step, name string, key deviceKey, passcode string) (step, error) {
	if name == "face-consent" && at.page != nil {
		if _, err := at.page.form("/enrol/face-consent"); err != nil { // no face step is served here: its twin is
			return c.fill(ctx, at, "/enrol/face", func(f *form) error { f.set("twin", "1"); return nil })
		}
	}
	if name == "code" {
		return c.readBack(ctx, at)
	}
	if name == "guardian" {
		return c.application(ctx, at)
	}
	return c.fill(ctx, at, "/enrol/"+name, func(f *form) error {
		switch name {
		case "notice", "document-consent", "face-consent":
			f.agree()
		case "card":
			return c.hold(ctx, f)
		case "face":
			if f.values.Has("signature") { // the page compares faces, and nobody is before the camera
				f.set("twin", "1")
			} else {
				f.set("assertion", "match")
			}
		case "phone":
			f.set("phone", c.who.Phone)
		case "passcode":
			f.set("passcode", passcode)
			f.set("again", passcode)
		case "confirm":
			return prove(f, key, at.page.data("data-proof"))
		default:
			return fmt.Errorf("the enrolment asks for %q, a step that is not known here", name)
		}
		return nil
	})
}

// readBack types the code that came. The same person may be enrolling
// elsewhere at the same time: then the newest code is the other's.
func (c *citizen) readBack(ctx context.Context, at step) (step, error) {
	codes, err := c.codes(ctx, c.who.Phone)
	for _, code := range codes {
		at, err = c.fill(ctx, at, "/enrol/code", func(f *form) error { f.set("code", code); return nil })
		var r *Refusal
		if !errors.As(err, &r) || r.Code != "code_wrong" {
			break
		}
	}
	return at, err
}

// fill finds the form, changes it and sends it. A page that comes back with
// an error ends the walk with that error.
func (c *citizen) fill(ctx context.Context, at step, path string, change func(*form) error) (step, error) {
	if at.page == nil {
		return step{}, fmt.Errorf("the server sends the browser away to %s", at.leave)
	}
	f, err := at.page.form(path)
	if err != nil {
		return step{}, err
	}
	if err := change(f); err != nil {
		return step{}, err
	}
	next, err := c.send(ctx, f)
	if err == nil && next.page == nil {
		err = fmt.Errorf("the server sends the browser away to %s", next.leave)
	}
	return next, err
}

// send submits a form that may lead away, and hears what its page refuses.
func (c *citizen) send(ctx context.Context, f *form) (step, error) {
	next, err := c.submit(ctx, f)
	if err == nil && next.page != nil {
		err = next.page.refusal()
	}
	return next, err
}

// hold presents the card to the service's own challenge.
func (c *citizen) hold(ctx context.Context, f *form) error {
	var in struct {
		Challenge string `json:"challenge"`
	}
	if err := c.call(ctx, http.MethodPost, "/enrol/challenge", nil, &in); err != nil {
		return err
	}
	evidence, err := c.present(ctx, c.card.ID, in.Challenge)
	f.set("evidence", evidence)
	return err
}

// prove signs the confirmation with the new device key.
func prove(f *form, key deviceKey, proof string) error {
	if proof == "" {
		return errors.New("the confirmation has nothing to sign")
	}
	device, err := key.jwk()
	if err != nil {
		return err
	}
	signature, err := key.sign(proof)
	f.set("device", device)
	f.set("signature", signature)
	return err
}

// pocket keeps what the last page hands to the device.
func (c *citizen) pocket(p *page, key deviceKey, passcode string) (wallet, error) {
	device, err := key.seal()
	if err != nil {
		return wallet{}, err
	}
	return wallet{Server: c.origin.String(), Persona: c.options.Persona, Device: device, Certificate: p.data("data-certificate"),
		Token: p.data("data-token"), Passcode: passcode, NetNumber: p.data("data-number"), Enrolled: time.Now().UTC().Truncate(time.Second)}, nil
}

func lost(p *page) error {
	if err := p.refusal(); err != nil {
		return err
	}
	return fmt.Errorf("the page %q at %s was not expected", p.name, p.at.Path)
}
