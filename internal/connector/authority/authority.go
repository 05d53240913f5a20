// Package authority asks the state: its decoder reads resident identity cards,
// its population register knows which person stands behind a document and
// which telephone is on file.
//
// It owns the wire (JSON over HTTP with a bearer token) and the small closed
// list of refusals. It refuses to know how a card is decoded and whether the
// other end is the state's own or the sandbox's simulator, except that it
// tells who it is: About.
//
// Invariant: every question has a time limit and every answer a size; what is
// not a well-formed answer is "authority_unavailable", never a yes; and a
// document that is unknown, lost, cancelled, replaced or a dead person's is one
// public refusal, "document_not_valid".
package authority

import (
	"context"
	"net/http"
	"strings"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
)

const (
	patience  = 5 * time.Second // a whole question, connection and answer
	maxAnswer = 64 << 10        // bytes
)

// Client asks one authority. Safe for concurrent use.
type Client struct {
	url, token string
	http       *http.Client
}

// New makes a client of the authority at url (scheme, host, an optional path).
func New(url, token string) *Client {
	return &Client{strings.TrimSuffix(url, "/"), token, &http.Client{
		Timeout: patience,
		Transport: &http.Transport{MaxIdleConnsPerHost: 32, MaxConnsPerHost: 256, IdleConnTimeout: time.Minute,
			TLSHandshakeTimeout: patience, ResponseHeaderTimeout: patience, MaxResponseHeaderBytes: 16 << 10},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, // the token goes to one place
	}}
}

// About says who answers.
type About struct {
	Name      identity.Text `json:"name"`
	Simulator bool          `json:"simulator"`
}

// About asks the authority who it is.
func (c *Client) About(ctx context.Context) (About, error) {
	var a About
	err := c.ask(ctx, "authority.About", http.MethodGet, "/v1/about", nil, &a)
	return a, err
}

// Decode lets the state's module read a resident card from the transcript of
// card and reader over this challenge. Refusals: "document_not_valid",
// "chip_authentication_failed" (a transcript of another challenge, or of no
// real card), "document_malformed".
func (c *Client) Decode(ctx context.Context, transcript, challenge []byte) (identity.Document, identity.PersonHandle, error) {
	const op = "authority.Decode"
	var a Decoded
	if err := c.ask(ctx, op, http.MethodPost, "/v1/decode", Decode{transcript, challenge}, &a); err != nil {
		return identity.Document{}, "", err
	}
	if err := checkHandle(op, a.Person); err != nil {
		return identity.Document{}, "", err
	}
	return a.Document, a.Person, nil
}

// Still asks again of a document that was read before, since it may have been lost, or
// its holder have died, meanwhile: Invalid "document_not_valid" unless it is this person's.
func (c *Client) Still(ctx context.Context, d identity.Document, p identity.PersonHandle) error {
	const op = "authority.Still"
	is, err := c.Resolve(ctx, d)
	if err == nil && is != p {
		err = fault.New(op, fault.Invalid, "document_not_valid")
	}
	return fault.At(op, err)
}

// Resolve finds the person behind a document that was checked here.
// Refusals: "document_not_valid", "document_not_listed".
func (c *Client) Resolve(ctx context.Context, d identity.Document) (identity.PersonHandle, error) {
	const op = "authority.Resolve"
	var a Resolved
	if err := c.ask(ctx, op, http.MethodPost, "/v1/resolve", Resolve{d.Kind, d.Number, d.Birth, d.Expires, d.Long}, &a); err != nil {
		return "", err
	}
	if err := checkHandle(op, a.Person); err != nil {
		return "", err
	}
	return a.Person, nil
}

// PhoneOnFile reports whether the register holds the telephone (11 digits)
// for the person.
func (c *Client) PhoneOnFile(ctx context.Context, p identity.PersonHandle, phone string) (bool, error) {
	var a OnFile
	err := c.ask(ctx, "authority.PhoneOnFile", http.MethodPost, "/v1/phone", Phone{p, phone}, &a)
	return err == nil && a.OnFile, err
}

// Guardians are those who answer for a minor before the law, as of now.
func (c *Client) Guardians(ctx context.Context, p identity.PersonHandle) ([]identity.PersonHandle, error) {
	return c.kin(ctx, "authority.Guardians", "/v1/guardians", p)
}

// Wards are those for whom the person answers, as of now.
func (c *Client) Wards(ctx context.Context, p identity.PersonHandle) ([]identity.PersonHandle, error) {
	return c.kin(ctx, "authority.Wards", "/v1/wards", p)
}

// Relatives are the close relatives of the person, the dead among them, as of now.
func (c *Client) Relatives(ctx context.Context, p identity.PersonHandle) ([]identity.PersonHandle, error) {
	return c.kin(ctx, "authority.Relatives", "/v1/relatives", p)
}

// maxKin bounds an answer: each name in it costs a look at the store.
const maxKin = 64

func (c *Client) kin(ctx context.Context, op, path string, p identity.PersonHandle) ([]identity.PersonHandle, error) {
	var a Related
	if err := c.ask(ctx, op, http.MethodPost, path, Kin{p}, &a); err != nil {
		return nil, err
	}
	if len(a.People) > maxKin {
		return nil, fault.Newf(op, fault.Unavailable, unavailable, "%d relatives", len(a.People))
	}
	for _, h := range a.People {
		if err := checkHandle(op, h); err != nil {
			return nil, err
		}
	}
	return a.People, nil
}

// checkHandle keeps an answer without a person from becoming everybody's one index.
func checkHandle(op string, p identity.PersonHandle) error {
	if n := len(p); n < 8 || n > 128 {
		return fault.Newf(op, fault.Unavailable, unavailable, "a person handle of %d bytes", n)
	}
	return nil
}
