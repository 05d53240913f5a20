package persona

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// Clerks are the counters at which a persona enrols: the credential of the one
// that reads the document, and of a second, where the persona has no telephone.
type Clerks struct{ First, Second string }

// Enrol has the persona enrol at a counter, without a device of their own, and writes
// the net number. The clerk's pages are walked in a browser of the clerk's own. A device is
// bound later, by whatever needs one.
func Enrol(ctx context.Context, o Options, at Clerks, w io.Writer) error {
	c, err := meet(ctx, o)
	if err != nil {
		return err
	}
	unlock, err := c.wallet.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	if _, err := c.wallet.read(); !errors.Is(err, errNoWallet) {
		return errors.Join(fmt.Errorf("%s has a device already", o.Persona), err)
	}
	page, err := c.atCounter(ctx, at)
	if err != nil {
		return fmt.Errorf("enrol %s at a counter: %w", o.Persona, err)
	}
	return write(w, map[string]string{"net_number": page.data("data-number")})
}

// atCounter walks the person's screen to the page that shows the number.
func (c *citizen) atCounter(ctx context.Context, by Clerks) (*page, error) {
	at, err := c.visit(ctx, "/enrol")
	if err == nil {
		at, err = c.fill(ctx, at, "/enrol", func(f *form) error { f.set("kind", c.card.Kind); return nil })
	}
	slip := ""
	for range 24 {
		if err != nil {
			return nil, err
		}
		if at.page.name == "numbered" {
			return at.page, nil
		}
		next := at.page.data("data-next")
		if next == "" {
			return nil, lost(at.page)
		}
		if path := "/enrol/" + next; at.page.at.Path != path {
			at, err = c.visit(ctx, path)
			continue
		}
		switch {
		case next == "card":
			if at, err = c.fill(ctx, at, "/enrol/clerk", func(*form) error { return nil }); err == nil {
				slip = at.page.data("data-slip")
				if err = c.clerk(ctx, by.First, slip, c.reads); err == nil {
					at, err = c.visit(ctx, "/enrol")
				}
			}
		case next == "phone" && by.Second != "":
			if at, err = c.fill(ctx, at, "/enrol/second", func(f *form) error { f.set("phone", "ask"); return nil }); err != nil {
				break
			}
			if err = c.clerk(ctx, by.Second, slip, agrees); err != nil {
				break
			}
			if at, err = c.visit(ctx, "/enrol/phone"); err == nil {
				at, err = c.fill(ctx, at, "/enrol/second", func(f *form) error { f.set("phone", "none"); return nil })
			}
		case next == "confirm":
			at, err = c.fill(ctx, at, "/enrol/finish", func(*form) error { return nil })
		default:
			at, err = c.take(ctx, at, next, deviceKey{}, passcodeOfAll)
		}
	}
	return nil, errors.New("the enrolment does not come to an end")
}

// clerk signs in, opens what the slip leads to, and does their part.
func (c *citizen) clerk(ctx context.Context, credential, slip string, do func(ctx context.Context, k *citizen, at step, slip string) error) error {
	b, err := newBrowser(c.options.Server, c.options.Locale)
	if err != nil {
		return err
	}
	k := &citizen{browser: b, options: c.options, who: c.who, card: c.card}
	at, err := k.visit(ctx, "/counter")
	if err == nil {
		at, err = k.fill(ctx, at, "/counter/signin", func(f *form) error { f.set("credential", credential); return nil })
	}
	if err == nil {
		at, err = k.fill(ctx, at, "/counter/case", func(f *form) error { f.set("slip", slip); return nil })
	}
	if err != nil {
		return err
	}
	return do(ctx, k, at, slip)
}

// reads lays the persona's document on the clerk's reader.
func (c *citizen) reads(ctx context.Context, k *citizen, at step, slip string) error {
	var in struct {
		Challenge string `json:"challenge"`
	}
	if err := k.call(ctx, http.MethodPost, "/counter/challenge", map[string]string{"slip": slip}, &in); err != nil {
		return err
	}
	evidence, err := k.present(ctx, c.card.ID, in.Challenge)
	if err == nil {
		_, err = k.fill(ctx, at, "/counter/read", func(f *form) error {
			f.set("present", "yes")
			f.set("evidence", evidence)
			return nil
		})
	}
	return err
}

func agrees(ctx context.Context, k *citizen, at step, _ string) error {
	_, err := k.fill(ctx, at, "/counter/agree", func(*form) error { return nil })
	return err
}
