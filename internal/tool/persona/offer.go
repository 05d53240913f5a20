package persona

import (
	"context"
	"fmt"
	"io"
)

// Offering is how an offer is made.
type Offering struct {
	TxCode    bool // the wallet needs a transaction code
	Later     bool // what the wallet asks for is deferred
	Reference bool // the address says where the offer is, as the square on the page does
}

// Offer has the persona offer its attestations to a wallet, enrolling where
// needed: age first, then person. The last line that it writes is the offer's
// address; with a transaction code the line before is what the wallet has to bring.
func Offer(ctx context.Context, o Options, kinds []string, how Offering, w io.Writer) error {
	c, err := meet(ctx, o)
	if err != nil {
		return err
	}
	held, err := c.carry(ctx, "")
	if err == nil {
		err = c.signIn(ctx, held)
	}
	if err != nil {
		return err
	}
	at, err := c.offered(ctx, kinds, how)
	if err != nil {
		return err
	}
	if how.TxCode {
		fmt.Fprintln(w, at.data("data-tx-code"))
	}
	_, err = fmt.Fprintln(w, at.data(map[bool]string{false: "data-offer", true: "data-where"}[how.Reference]))
	return err
}

func (c *citizen) offered(ctx context.Context, kinds []string, how Offering) (*page, error) {
	at, err := c.visit(ctx, "/wallet/offer")
	if err != nil {
		return nil, err
	}
	at, err = c.fill(ctx, at, "/wallet/offer", func(f *form) error {
		f.values.Del("kinds")
		for _, k := range kinds {
			f.values.Add("kinds", k)
		}
		if how.TxCode {
			f.set("tx", "1")
		}
		if how.Later {
			f.values.Set("later", "1")
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if !at.page.carries("data-offer") {
		return nil, lost(at.page)
	}
	return at.page, nil
}
