package persona

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"golang.org/x/net/html/atom"
)

// Freeze stops every use of the persona's number, from its home page.
func Freeze(ctx context.Context, o Options) error {
	return inside(ctx, o, func(c *citizen, _ wallet) error {
		return c.press(ctx, "/", "/certificate/freeze", func(*form) error { return nil })
	})
}

// Thaw ends a freeze, with the passcode.
func Thaw(ctx context.Context, o Options) error {
	return inside(ctx, o, func(c *citizen, w wallet) error {
		return c.press(ctx, "/", "/certificate/thaw", func(f *form) error {
			f.set("passcode", c.passcode(w))
			return nil
		})
	})
}

// Withdraw ends what the persona allowed one party.
func Withdraw(ctx context.Context, o Options, party string) error {
	return inside(ctx, o, func(c *citizen, _ wallet) error {
		at, err := c.visit(ctx, "/platforms")
		if err != nil {
			return err
		}
		if at.page == nil || !at.page.holds("data-party", party) {
			return fmt.Errorf("%s has not used %q, or is not known any more", o.Persona, party)
		}
		if !at.page.withdrawable(party) {
			return fmt.Errorf("%s has withdrawn from %q already", o.Persona, party)
		}
		_, err = c.fill(ctx, at, "/platforms/withdraw", func(f *form) error {
			f.set("party", party)
			return nil
		})
		return err
	})
}

// Records writes the kind and the id of each of the persona's records, newest
// first, one a line. A verification's id is the receipt that its party has.
func Records(ctx context.Context, o Options, w io.Writer) error {
	return inside(ctx, o, func(c *citizen, _ wallet) error {
		at, err := c.visit(ctx, "/records")
		if err != nil {
			return err
		}
		if at.page == nil {
			return fmt.Errorf("the server sends the browser away to %s", at.leave)
		}
		for _, n := range at.page.all("data-kind") {
			if _, err := fmt.Fprintln(w, attribute(n, "data-kind"), attribute(n, "data-record")); err != nil {
				return err
			}
		}
		return nil
	})
}

// Export writes everything that the service knows about the persona, with
// proofs: the file that client.CheckExport checks.
func Export(ctx context.Context, o Options, w io.Writer) error {
	return inside(ctx, o, func(c *citizen, _ wallet) error {
		r, err := c.navigate(ctx, http.MethodGet, c.origin.JoinPath("/data/export"), "")
		if err != nil {
			return err
		}
		if r.status != http.StatusOK {
			return &status{"GET /data/export", r.status, ""}
		}
		_, err = w.Write(r.body)
		return err
	})
}

// inside signs in with the wallet and does what the citizen does there.
func inside(ctx context.Context, o Options, do func(*citizen, wallet) error) error {
	c, err := meet(ctx, o)
	if err != nil {
		return err
	}
	w, err := c.wallet.read()
	if errors.Is(err, errNoWallet) {
		return fmt.Errorf("%s has not enrolled from this wallet", o.Persona)
	}
	if err != nil {
		return err
	}
	if err := c.signIn(ctx, w); err != nil {
		return err
	}
	return do(c, w)
}

// press fills one form of one page.
func (c *citizen) press(ctx context.Context, page, path string, change func(*form) error) error {
	at, err := c.visit(ctx, page)
	if err != nil {
		return err
	}
	_, err = c.fill(ctx, at, path, change)
	return err
}

// withdrawable reports whether the page has the form that ends what this
// party was allowed: one that was left already has none.
func (p *page) withdrawable(party string) bool {
	for n := range p.root.Descendants() {
		if n.DataAtom != atom.Form {
			continue
		}
		to, err := p.at.Parse(attribute(n, "action"))
		if err == nil && to.Path == "/platforms/withdraw" && readForm(n, to).values.Get("party") == party {
			return true
		}
	}
	return false
}

// holds reports whether an element carries the attribute with this value.
func (p *page) holds(name, value string) bool {
	for _, n := range p.all(name) {
		if attribute(n, name) == value {
			return true
		}
	}
	return false
}
