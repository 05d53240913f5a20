package sms

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"time"

	"netid/internal/fault"
)

// Gateway hands messages to the operator's SMS gateway: one POST of
// {"phone": "…", "text": "…"} as JSON with a bearer token; any 2xx is success.
type Gateway struct {
	url, token string
	http       *http.Client
}

// NewGateway makes a client of the gateway at url, the full address of its send call.
func NewGateway(url, token string) *Gateway {
	return &Gateway{url, token, &http.Client{
		Timeout:       10 * time.Second,
		Transport:     &http.Transport{MaxIdleConnsPerHost: 8, IdleConnTimeout: time.Minute, MaxResponseHeaderBytes: 16 << 10},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, // the token goes to one place
	}}
}

// Send hands over one message. It is not tried again: a second code on the
// telephone confuses more than a button that says "send again".
func (g *Gateway) Send(ctx context.Context, phone, text string) error {
	const op = "sms.Send"
	body, err := json.Marshal(struct {
		Phone string `json:"phone"`
		Text  string `json:"text"`
	}{phone, text})
	if err != nil {
		return fault.Wrap(op, fault.Internal, "", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, g.url, bytes.NewReader(body))
	if err != nil {
		return fault.Wrap(op, fault.Internal, "", err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+g.token)
	res, err := g.http.Do(req)
	if err != nil {
		return fault.Wrap(op, fault.Unavailable, "sms_unavailable", err)
	}
	defer res.Body.Close()
	io.Copy(io.Discard, io.LimitReader(res.Body, 4<<10)) // so that the connection can be used again
	if res.StatusCode < 200 || res.StatusCode > 299 {
		return fault.Newf(op, fault.Unavailable, "sms_unavailable", "the gateway answers %d", res.StatusCode)
	}
	return nil
}
