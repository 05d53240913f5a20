// Package persona is a headless citizen for developers of relying parties: it
// does what a synthetic person's browser would do, against a sandbox.
//
// It owns the citizen's side of the doors (cookies, forms, the device key and
// a wallet file) and refuses to know anything of the server: it imports none
// of its rooms, has no way in but the pages and takes no short cut that a
// person could not take. What it signs, it has parsed with the public client
// package first.
//
// Invariant: it talks to one origin, the sandbox's, and never calls a relying
// party's redirect URI: that address is its answer.
package persona

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
)

// Options say which citizen of which sandbox acts.
type Options struct {
	Server   string   // the sandbox's address: "http://localhost:7080"
	Persona  string   // "adult", "elder", "overseas"; List gives all
	Wallets  string   // directory of wallets; empty: the user's own configuration directory
	Remember bool     // the same party need not ask again for what it asks now
	SignedIn bool     // the browser was at netid before the party sends it there
	Withhold []string // optional items that are not given: "age_over_18"; everything else is
	Tell     []string // plain items that are given: "name", "match_name"; the others are not
	Passcode string   // typed instead of the wallet's own, so that a wrong one can be tried; empty: the wallet's
	Locale   string   // "zh-CN" or "en"; empty: en
	Guardian Part     // what a minor's guardian does
}

// Part is what the guardian does for a minor, in a session of their own.
type Part string

const (
	Agrees   Part = ""        // where a guardian is needed
	Always   Part = "always"  // and for this party until they withdraw
	Declines Part = "decline" // to each use; to the enrolment they agree
	Nothing  Part = "none"
)

// List writes the names of the sandbox's personas, one a line.
func List(ctx context.Context, o Options, w io.Writer) error {
	_, d, err := open(ctx, o)
	if err != nil {
		return err
	}
	for _, p := range d.Personas {
		if _, err := fmt.Fprintln(w, p.ID); err != nil {
			return err
		}
	}
	return nil
}

// Identity is a persona's synthetic identity, as Show writes it.
type Identity struct {
	Name           string `json:"name"`
	DocumentKind   string `json:"document_kind"`
	DocumentNumber string `json:"document_number"`
	Phone          string `json:"phone"`
	BirthDate      string `json:"birth_date"`
	State          string `json:"state,omitempty"`      // of the number, once this wallet has enrolled: "active", "frozen", "held", or "out" when it lets the persona in no more
	NetNumber      string `json:"net_number,omitempty"` // once this wallet has enrolled and the sandbox still knows it
}

// Show writes the persona's synthetic identity as one flat JSON object.
func Show(ctx context.Context, o Options, w io.Writer) error {
	c, err := meet(ctx, o)
	if err != nil {
		return err
	}
	id := Identity{Name: c.who.Name, DocumentKind: c.card.Kind, DocumentNumber: c.card.Number, Phone: c.who.Phone, BirthDate: c.who.BirthDate}
	wallet, err := c.wallet.read()
	switch {
	case errors.Is(err, errNoWallet):
	case err != nil:
		return err
	default:
		if id.State, err = c.state(ctx, wallet); err != nil {
			return err
		}
		if id.State != "out" {
			id.NetNumber = wallet.NetNumber
		}
	}
	return write(w, id)
}

// write gives one JSON object on one line, in the person's own letters.
func write(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// Approve follows a relying party's authorization request as the citizen who
// agrees: it enrols where needed, signs in, signs the statement and returns
// the address that the browser would call next, the party's redirect URI with
// its answer. When that answer is an error, or came before the citizen was
// asked, the address comes with an error that explains it; when there is only
// a page, the error alone.
func Approve(ctx context.Context, o Options, authorizeURL string) (string, error) {
	c, err := meet(ctx, o)
	if err != nil {
		return "", err
	}
	if o.SignedIn {
		w, err := c.carry(ctx, "")
		if err == nil {
			err = c.signIn(ctx, w)
		}
		if err != nil {
			return "", err
		}
	}
	return c.decide(ctx, authorizeURL, func(p *page) (*form, error) { return c.approval(p, o.Withhold, o.Tell, o.Remember) })
}

// Decline follows a request as the citizen who says no, signed in, so that
// they find it in their records. The party's access_denied is its success.
func Decline(ctx context.Context, o Options, authorizeURL string) (string, error) {
	c, err := meet(ctx, o)
	if err != nil {
		return "", err
	}
	final, err := c.decide(ctx, authorizeURL, func(p *page) (*form, error) { return p.form("/request/decline") })
	var answered *Answered
	if errors.As(err, &answered) && answered.Asked && answered.Code == "access_denied" {
		err = nil
	}
	return final, err
}

// Erase ends the persona at the sandbox, as the person would on the erase
// page, and then forgets the wallet. It writes the receipt as one flat JSON object.
func Erase(ctx context.Context, o Options, w io.Writer) error {
	c, err := meet(ctx, o)
	if err != nil {
		return err
	}
	unlock, err := c.wallet.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	wallet, err := c.wallet.read()
	if errors.Is(err, errNoWallet) {
		return fmt.Errorf("%s has not enrolled from this wallet: there is nothing to erase", o.Persona)
	}
	if err != nil {
		return err
	}
	if err := c.signIn(ctx, wallet); err != nil {
		if unknownDevice(err) {
			err = errors.Join(fmt.Errorf("%s is not known at %s any more; the wallet is forgotten", o.Persona, o.Server), c.wallet.forget())
		}
		return err
	}
	receipt, err := c.erase(ctx, c.passcode(wallet))
	if err != nil {
		return err
	}
	if err := c.wallet.forget(); err != nil {
		return err
	}
	return write(w, receipt)
}

// citizen is one persona at one sandbox with a browser of its own.
type citizen struct {
	*browser
	options Options
	who     persona
	card    card // the one it enrols with
	wallet  walletFile

	signedIn wallet // whose session the browser has
}

// open looks at the sandbox's card drawer.
func open(ctx context.Context, o Options) (*browser, drawer, error) {
	b, err := newBrowser(o.Server, o.Locale)
	if err != nil {
		return nil, drawer{}, err
	}
	d, err := b.drawer(ctx)
	return b, d, err
}

func meet(ctx context.Context, o Options) (*citizen, error) {
	b, d, err := open(ctx, o)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(d.Personas, func(p persona) bool { return p.ID == o.Persona })
	if i < 0 {
		return nil, fmt.Errorf("there is no persona %q at %s: see `netid persona list`", o.Persona, o.Server)
	}
	k, err := d.cardOf(d.Personas[i])
	if err != nil {
		return nil, err
	}
	file, err := newWalletFile(o.Wallets, b.origin.String(), o.Persona)
	return &citizen{browser: b, options: o, who: d.Personas[i], card: k, wallet: file}, err
}

func (c *citizen) passcode(w wallet) string {
	if c.options.Passcode != "" {
		return c.options.Passcode
	}
	return w.Passcode
}
