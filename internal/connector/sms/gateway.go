package sms

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
)

// Gateway hands messages to the operator's SMS gateway: one POST of
// {"phone": "…", "text": "…"} as JSON with a bearer token and the message's id as
// Idempotency-Key (draft-ietf-httpapi-idempotency-key-header-07); any 2xx is success.
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

// Send hands over one message, once.
func (g *Gateway) Send(ctx context.Context, id identity.DeliveryID, phone, text string) error {
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
	req.Header.Set("Idempotency-Key", `"`+id.String()+`"`) // §2.1: a Structured Field string, so in quotes
	res, err := g.http.Do(req)
	if err != nil {
		return fault.Wrap(op, fault.Unavailable, "sms_unavailable", err)
	}
	defer res.Body.Close()
	io.Copy(io.Discard, io.LimitReader(res.Body, 4<<10)) // so that the connection can be used again
	switch {
	case res.StatusCode >= 200 && res.StatusCode <= 299:
		return nil
	case final(res.StatusCode):
		return fault.Newf(op, fault.Invalid, "sms_refused", "the gateway answers %d", res.StatusCode)
	}
	return fault.Newf(op, fault.Unavailable, "sms_unavailable", "the gateway answers %d", res.StatusCode)
}

// final reports whether an answer is about this message, so that the same one
// will be answered the same. 409 is not: the first attempt is still under way
// there (§2.6); nor is what the operator can mend, such as 401.
func final(status int) bool {
	switch status {
	case http.StatusBadRequest, http.StatusGone, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity:
		return true
	}
	return false
}
