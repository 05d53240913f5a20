package persona

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"netid/client"
)

// Code has the persona draw a code for a gate, enrolling where needed, and writes
// it as a QR code shows it. It signs nothing that says more than it wants to show.
func Code(ctx context.Context, o Options, over18 bool, w io.Writer) error {
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
	chosen := url.Values{}
	if over18 {
		chosen.Set("marks", "18")
	}
	var ask struct {
		Request, Locale, Certificate string
		Statement                    []string
	}
	if err := c.call(ctx, http.MethodPost, "/qr/online/ask", chosen, &ask); err != nil {
		return err
	}
	text := strings.Join(ask.Statement, "\n")
	if st, err := client.ParseStatement([]byte(text)); err != nil || len(st.Items) > 2 || !over18 && len(st.Items) > 1 {
		return fmt.Errorf("the server wants this signed: %s", text)
	}
	signature, err := c.signedIn.sign(text)
	if err != nil {
		return err
	}
	var code struct{ Text string }
	if err := c.call(ctx, http.MethodPost, "/qr/online", url.Values{"request": {ask.Request}, "locale": {ask.Locale}, "certificate": {ask.Certificate}, "signature": {signature}}, &code); err != nil {
		return err
	}
	_, err = fmt.Fprintln(w, code.Text)
	return err
}
