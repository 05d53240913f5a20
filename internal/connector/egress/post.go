package egress

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"

	"netid/internal/fault"
)

// Post hands over a form and gives the status that answers it; what else the
// answer says is not read. Reason "address_refused" or "address_unreachable".
func (g *Guard) Post(ctx context.Context, address string, form url.Values) (status int, err error) {
	return g.post(ctx, "egress.Post", address, http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}, strings.NewReader(form.Encode()))
}

// Knock hands over nothing but headers, and gives the status as Post does.
func (g *Guard) Knock(ctx context.Context, address string, h http.Header) (status int, err error) {
	return g.post(ctx, "egress.Knock", address, h, http.NoBody)
}

func (g *Guard) post(ctx context.Context, op, address string, h http.Header, body io.Reader) (status int, err error) {
	if err := g.Check(address); err != nil {
		return 0, fault.At(op, err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, body)
	if err != nil {
		return 0, fault.New(op, fault.Invalid, "address_refused") // without the error, which quotes it
	}
	req.Header = h
	res, err := g.do(op, req)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	io.Copy(io.Discard, io.LimitReader(res.Body, 4<<10))
	return res.StatusCode, nil
}
