package authority

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"

	"netid/internal/fault"
)

const unavailable = "authority_unavailable"

// ask sends one question and reads one answer: 200 with the answer, 422 with
// a refusal, anything else is no answer. It is not asked again: the citizen's
// page has a button for that.
func (c *Client) ask(ctx context.Context, op, method, path string, question, answer any) error {
	return c.within(ctx, maxAnswer, op, method, path, question, answer)
}

func (c *Client) within(ctx context.Context, most int64, op, method, path string, question, answer any) error {
	var body io.Reader
	if question != nil {
		b, err := json.Marshal(question)
		if err != nil {
			return fault.Wrap(op, fault.Internal, "", err)
		}
		body = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.url+path, body)
	if err != nil {
		return fault.Wrap(op, fault.Internal, "", err)
	}
	req.Header.Set("Authorization", "Bearer "+c.token)
	req.Header.Set("Accept", "application/json")
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := c.http.Do(req)
	if err != nil {
		return fault.Wrap(op, fault.Unavailable, unavailable, err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(io.LimitReader(res.Body, most+1))
	if err != nil || int64(len(b)) > most {
		return fault.Wrap(op, fault.Unavailable, unavailable, errors.Join(err, errors.New("no whole answer within the limit")))
	}
	switch res.StatusCode {
	case http.StatusOK:
		if err := json.Unmarshal(b, answer); err != nil { // the error may quote the answer, which is personal
			return fault.Newf(op, fault.Unavailable, unavailable, "an answer that can't be read")
		}
		return nil
	case http.StatusUnprocessableEntity:
		return refusal(op, b)
	}
	return fault.Newf(op, fault.Unavailable, unavailable, "the authority answers %d", res.StatusCode)
}

// refusal passes on the refusals of the closed list.
func refusal(op string, b []byte) error {
	var r Refused
	if json.Unmarshal(b, &r) == nil {
		switch r.Reason {
		case NotValid, NotListed, ChipFailed, Malformed:
			return fault.New(op, fault.Invalid, string(r.Reason))
		}
	}
	return fault.Newf(op, fault.Unavailable, unavailable, "a refusal that is not known here")
}
