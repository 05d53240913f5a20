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
	const op = "egress.Post"
	if err := g.Check(address); err != nil {
		return 0, fault.At(op, err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		return 0, fault.Wrap(op, fault.Invalid, "address_refused", err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := g.do(op, req)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	io.Copy(io.Discard, io.LimitReader(res.Body, 4<<10))
	return res.StatusCode, nil
}
