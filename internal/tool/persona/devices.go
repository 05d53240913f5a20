package persona

import (
	"context"
	"errors"
	"fmt"
	"io"
)

// Devices writes the id of each of the persona's devices, the oldest first, one a line.
func Devices(ctx context.Context, o Options, w io.Writer) error {
	return inside(ctx, o, func(c *citizen, _ wallet) error {
		at, err := c.visit(ctx, "/devices")
		if err != nil {
			return err
		}
		if at.page == nil {
			return fmt.Errorf("the server sends the browser away to %s", at.leave)
		}
		for _, n := range at.page.all("data-device") {
			if _, err := fmt.Fprintln(w, attribute(n, "data-device")); err != nil {
				return err
			}
		}
		return nil
	})
}

// Lose makes recovery codes while the persona has its phone, enrolling where
// needed, then loses the phone: it reports that with one code, from a browser in
// which nobody ever signed in, and forgets the wallet.
func Lose(ctx context.Context, o Options) error {
	c, err := meet(ctx, o)
	if err != nil {
		return err
	}
	w, err := c.carry(ctx, "")
	if err == nil {
		err = c.signIn(ctx, w)
	}
	if err != nil {
		return err
	}
	at, err := c.visit(ctx, "/devices")
	if err == nil {
		at, err = c.fill(ctx, at, "/devices/codes", func(f *form) error { f.set("passcode", c.passcode(w)); return nil })
	}
	if err != nil {
		return err
	}
	number, codes := at.page.data("data-number"), at.page.all("data-code")
	if len(codes) == 0 {
		return lost(at.page)
	}
	if c.browser, err = newBrowser(o.Server, o.Locale); err != nil {
		return err
	}
	at, err = c.visit(ctx, "/lost")
	if err == nil {
		at, err = c.fill(ctx, at, "/lost", func(f *form) error {
			f.set("number", number)
			f.set("code", attribute(codes[0], "data-code"))
			f.set("devices", "gone")
			return nil
		})
	}
	if err != nil {
		return err
	}
	if at.page.name != "stopped" {
		return lost(at.page)
	}
	unlock, err := c.wallet.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	return c.wallet.forget()
}

// Recover is the persona with a new phone: the document again, then the thaw.
func Recover(ctx context.Context, o Options) error {
	c, err := meet(ctx, o)
	if err != nil {
		return err
	}
	if _, err := c.wallet.read(); !errors.Is(err, errNoWallet) {
		return errors.Join(err, fmt.Errorf("%s has a phone from this wallet: there is nothing to recover", o.Persona))
	}
	w, err := c.carry(ctx, "")
	if err == nil {
		err = c.signIn(ctx, w)
	}
	if err != nil {
		return err
	}
	return c.press(ctx, "/", "/certificate/thaw", func(f *form) error { f.set("passcode", c.passcode(w)); return nil })
}
