package persona

import (
	"context"
	"errors"
	"fmt"
	"net/url"
)

// errGuardian says that a minor cannot go on alone.
var errGuardian = errors.New("guardian must approve")

// application has the guardian decide about a minor's enrolment, and goes on.
func (c *citizen) application(ctx context.Context, at step) (step, error) {
	press := func(at step) (step, error) {
		return c.fill(ctx, at, "/enrol/guardian", func(*form) error { return nil })
	}
	_, err := press(at)
	if !waits(err) {
		return at, errors.Join(err, errors.New("the enrolment goes on without a guardian"))
	}
	part := c.options.Guardian
	if part == Declines { // to the use, not to this
		part = Agrees
	}
	if err := c.guardian(ctx, part, "apply"); err != nil {
		return step{}, err
	}
	if at, err = c.visit(ctx, "/enrol/guardian"); err != nil {
		return at, err
	}
	return press(at)
}

func waits(err error) bool {
	var r *Refusal
	return errors.As(err, &r) && r.Code == "guardian_waits"
}

// await has the guardian decide about a child's use, and follows the answer.
func (c *citizen) await(ctx context.Context, at step) (step, error) {
	if err := c.guardian(ctx, c.options.Guardian, "use"); err != nil {
		return step{}, err
	}
	f, err := at.page.form("/request/wait")
	if err != nil {
		return step{}, err
	}
	at, err = c.submit(ctx, f)
	if err == nil && at.page != nil && at.page.name == "wait" {
		err = errGuardian
	}
	return at, err
}

// guardian does the first guardian's part: in a browser and with a wallet of their
// own, enrolled first where they are not.
func (c *citizen) guardian(ctx context.Context, part Part, kind string) error {
	if part == Nothing || len(c.who.Guardians) == 0 {
		return errGuardian
	}
	o := Options{Server: c.options.Server, Persona: c.who.Guardians[0], Wallets: c.options.Wallets, Locale: c.options.Locale}
	g, err := meet(ctx, o)
	if err != nil {
		return err
	}
	w, err := g.carry(ctx, "")
	if err == nil {
		err = g.signIn(ctx, w)
	}
	if unknownDevice(err) { // the sandbox was made anew
		if w, err = g.carry(ctx, w.Certificate); err == nil {
			err = g.signIn(ctx, w)
		}
	}
	if err != nil {
		return fmt.Errorf("the guardian %s: %w", o.Persona, err)
	}
	return c.again(ctx, g, part, kind)
}

// again answers what waits. A guardian who enrolled only now was asked nothing
// yet: the minor asks once more.
func (c *citizen) again(ctx context.Context, g *citizen, part Part, kind string) error {
	err := g.decideFor(ctx, part, kind)
	if !errors.Is(err, errNothingWaits) || kind != "apply" {
		return err
	}
	at, err := c.visit(ctx, "/enrol/guardian")
	if err == nil {
		_, err = c.fill(ctx, at, "/enrol/guardian", func(*form) error { return nil })
	}
	if err != nil && !waits(err) {
		return err
	}
	return g.decideFor(ctx, part, kind)
}

var errNothingWaits = errors.New("nothing waits for the guardian")

// decideFor answers the newest matter of a kind that waits on "My children".
func (g *citizen) decideFor(ctx context.Context, part Part, kind string) error {
	at, err := g.visit(ctx, "/children")
	if err != nil {
		return err
	}
	if at.page == nil {
		return fmt.Errorf("the server sends the browser away to %s", at.leave)
	}
	key := ""
	for _, n := range at.page.all("data-matter") {
		if attribute(n, "data-matter-kind") == kind {
			key = attribute(n, "data-matter")
		}
	}
	if key == "" {
		return errNothingWaits
	}
	if at, err = g.visit(ctx, "/children/asked/"+url.PathEscape(key)); err != nil {
		return err
	}
	_, err = g.fill(ctx, at, "/children/asked", func(f *form) error { return g.sign(f, at.page, part) })
	return err
}

// sign fills a guardian's answer: what is on the page is signed where it is a yes.
func (g *citizen) sign(f *form, p *page, part Part) error {
	switch part {
	case Declines:
		f.set("answer", "no")
		return nil
	case Always:
		f.set("answer", "yes")
		if f.offers("answer", "always") {
			f.set("answer", "always")
		}
	default:
		f.set("answer", "yes")
	}
	text := p.data("data-text")
	if text == "" {
		for i, n := range p.all("data-line") {
			if i > 0 {
				text += "\n"
			}
			text += content(n)
		}
	}
	signature, err := g.signedIn.sign(text)
	f.set("certificate", g.signedIn.Certificate)
	f.set("signature", signature)
	return err
}
