package client

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"time"
)

// Hop makes one GET request, for a list in the JWT form, and follows nothing. With
// net/http it is a Client whose CheckRedirect returns http.ErrUseLastResponse.
type Hop func(ctx context.Context, address string) (Reply, error)

// Reply is the answer to one request. Body is closed by whoever reads it.
type Reply struct {
	Code     int
	Location string // of a redirection
	Body     io.ReadCloser
}

const maxHops = 3 // redirections (Token Status List §8.1 lets a reader follow them)

// FetchStatusList fetches the list that a credential names and checks it as
// CheckStatusList does. Only https is asked, by at most three redirections, and no
// more than a list can have is read. seen is the list that was kept from before, or
// the zero StatusList: one that is older is refused, and what was kept goes on being
// the newest that is known, until its own end.
// Fails with ErrStatus, and those of CheckStatusList: then nothing is known.
func FetchStatusList(ctx context.Context, uri string, seen StatusList, e Expect, hop Hop, now time.Time) (StatusList, error) {
	token, err := fetch(ctx, uri, hop)
	if err != nil {
		return StatusList{}, err
	}
	l, err := CheckStatusList(token, uri, e, now)
	if err != nil {
		return StatusList{}, err
	}
	if seen.URI == uri && l.Issued.Before(seen.Issued) {
		return StatusList{}, refuseStatus("older than one that was seen")
	}
	return l, nil
}

func fetch(ctx context.Context, address string, hop Hop) ([]byte, error) {
	for range maxHops + 1 {
		at, err := url.Parse(address)
		if err != nil || at.Scheme != "https" || at.Host == "" || at.User != nil {
			return nil, refuseStatus("an address that is not asked")
		}
		at.Fragment, at.RawFragment = "", ""
		r, err := hop(ctx, at.String())
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrStatus, err)
		}
		body, err := read(r)
		if err != nil || body != nil {
			return body, err
		}
		next, err := url.Parse(r.Location)
		if err != nil || r.Location == "" {
			return nil, refuseStatus("a redirection to nowhere")
		}
		address = at.ResolveReference(next).String()
	}
	return nil, refuseStatus("too many redirections")
}

// read takes the body of a list; nil is a redirection.
func read(r Reply) ([]byte, error) {
	if r.Body == nil {
		r.Body = io.NopCloser(eof{})
	}
	defer r.Body.Close()
	switch r.Code {
	case 301, 302, 303, 307, 308:
		return nil, nil
	case 200:
	default:
		return nil, refuseStatus(fmt.Sprintf("the answer %d", r.Code))
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxList+1))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrStatus, err)
	}
	if len(body) == 0 || len(body) > maxList {
		return nil, refuseStatus("too long, or nothing")
	}
	return body, nil
}

// eof is a body of nothing.
type eof struct{}

func (eof) Read([]byte) (int, error) { return 0, io.EOF }
