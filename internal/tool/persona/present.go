package persona

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"netid/internal/tool/holder"
)

// Present answers a party's request to a wallet (OpenID4VP 1.0) as the
// persona's wallet, enrolling where needed: it takes one attestation by the door that every wallet
// uses, shows what is asked and nothing else, and writes who asked what, and the address to which the
// party sends the browser next, where it names one. It talks to the party as a
// wallet does: the sandbox takes no part in it.
func Present(ctx context.Context, o Options, request string, decline bool, out io.Writer) error {
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
	w := holder.Wallet{Client: &http.Client{Timeout: 30 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}, Now: time.Now}
	q, err := w.Ask(ctx, request)
	if err != nil {
		return err
	}
	next, done := "", "shown"
	if decline {
		done = "declined"
		next, err = w.Decline(ctx, q)
	} else {
		next, err = w.Show(ctx, q, func(kind string) (holder.Attestation, error) { return c.attested(ctx, w, kind) })
	}
	if err != nil {
		return err
	}
	lines := append(q.Lines(), done)
	if next != "" {
		lines = append(lines, next)
	}
	_, err = fmt.Fprintln(out, strings.Join(lines, "\n"))
	return err
}

// attested takes one attestation of a kind, by an offer to this session.
func (c *citizen) attested(ctx context.Context, w holder.Wallet, kind string) (holder.Attestation, error) {
	configuration := kind[strings.LastIndexByte(kind, '/')+1:]
	if kind != c.origin.String()+"/credentials/"+configuration {
		return holder.Attestation{}, fmt.Errorf("the party wants %q, which %s does not issue to parties", kind, c.origin)
	}
	at, err := c.offered(ctx, []string{configuration}, Offering{})
	if err != nil {
		return holder.Attestation{}, err
	}
	o, err := w.ParseOffer(ctx, at.data("data-offer"))
	if err != nil {
		return holder.Attestation{}, err
	}
	all, err := w.Receive(ctx, o, "", configuration, 1)
	if err != nil {
		return holder.Attestation{}, err
	}
	return all[0], nil
}
