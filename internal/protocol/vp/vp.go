// Package vp is the door at which a registered party has netid ask a wallet for
// credentials (OpenID4VP 1.0, HAIP 1.0), and at which the wallet answers.
//
// It owns the shape of a party's question and of its answer. How a wallet is asked and its
// answer checked is the public package client's, so that a party that reads by itself gets exactly
// the same; what a party may ask is the act's. It refuses to know who a person is.
//
// Invariants: the answer has yes and no in it and nothing by which two answers could be found to be
// one person's: no credential, no key, no issuing time. It goes to the party that asked, by a word
// that only that party was told.
package vp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"netid/client"
	"netid/client/verifier"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/protocol/oauth"
	"netid/internal/token/jose"
)

const (
	resultLife = 5 * time.Minute
	maxNonce   = 128
)

// Asker says what a party may ask, and keeps its questions.
type Asker interface {
	Asks(words []string) (kind string, claims []string, err error)
	May(p identity.Party, kinds map[string][]string) error
	Put(ctx context.Context, name string, text []byte, until time.Time) error
	Get(ctx context.Context, name string) ([]byte, error)
	Replace(ctx context.Context, name string, was, becomes []byte) error
}

// Config is what the door leans on. Everything but Log is needed.
type Config struct {
	Issuer    string
	Gate      oauth.Gate
	Signers   func() []jose.Signer                                        // of ID tokens, and so of answers
	Readers   func() []jose.Signer                                        // of request objects: ES256, newest first
	Chains    jose.Chains                                                 // of Readers
	Roots     func() ([]byte, error)                                      // PEM: whose credentials count
	Statement func(ctx context.Context, p identity.Party) (string, error) // what the party registered, signed: wallets show it
	Asker     Asker
	Square    func(text string) (path string, side int, err error) // draws a QR code
	Now       func() time.Time
	Log       *slog.Logger
}

// Door serves parties and wallets.
type Door struct {
	Config
	desk    *verifier.Desk
	results *jose.Coder
}

// New makes the door.
func New(c Config) (*Door, error) {
	const op = "vp.New"
	if c.Issuer == "" || c.Gate.Parties == nil || c.Signers == nil || c.Readers == nil || c.Chains == nil || c.Roots == nil || c.Statement == nil || c.Asker == nil || c.Square == nil || c.Now == nil {
		return nil, fault.Wrap(op, fault.Internal, "", errors.New("a part is missing"))
	}
	if c.Log == nil {
		c.Log = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	d := &Door{Config: c}
	d.desk = &verifier.Desk{Reader: d.reader, Base: c.Issuer + "/vp/wallet", Store: rows{c.Asker}, Now: c.Now}
	var err error
	d.results, err = jose.NewCoder(jose.ES256, c.Signers, client.ResultType)
	return d, fault.At(op, err)
}

// Register puts the door's routes on a mux.
func (d *Door) Register(m verifier.Mux) error {
	m.Handle("POST /vp/requests", http.HandlerFunc(d.ask))
	m.Handle("GET /vp/requests/{id}", http.HandlerFunc(d.tell))
	return d.desk.Register(m)
}

// reader is netid as wallets meet it.
func (d *Door) reader() (client.Reader, error) {
	all := d.Readers()
	if len(all) == 0 {
		return client.Reader{}, fault.New("vp.reader", fault.Unavailable, "")
	}
	roots, err := d.Roots()
	return client.Reader{Chain: d.Chains(all[0].KeyID()), Sign: all[0].Sign, Roots: roots}, fault.At("vp.reader", err)
}

// rows are the act's, in the words of the public package.
type rows struct{ Asker }

func (r rows) Get(ctx context.Context, name string) ([]byte, error) {
	text, err := r.Asker.Get(ctx, name)
	if fault.Is(err, fault.NotFound) {
		return nil, fmt.Errorf("%w: %w", verifier.ErrUnknown, err)
	}
	return text, err
}

func (r rows) Replace(ctx context.Context, name string, was, becomes []byte) error {
	err := r.Asker.Replace(ctx, name, was, becomes)
	if fault.Is(err, fault.Conflict) {
		return fmt.Errorf("%w: %w", verifier.ErrTaken, err)
	}
	return err
}

// tag goes with a question and comes back with its answer.
type tag struct {
	Party identity.PartyID `json:"p"`
	Nonce string           `json:"n,omitempty"`
}

// asked is what a party is told of its question.
type asked struct {
	ID         string `json:"id"`
	Access     string `json:"access_token"` // for the answer; nobody else's
	Request    string `json:"request_uri"`
	Link       string `json:"link"`         // of the service's own web wallet
	QR         string `json:"qr,omitempty"` // SVG; not where the person's browser is to come back
	WalletLink string `json:"wallet_link"`  // the same question, for other people's wallets
	WalletQR   string `json:"wallet_qr,omitempty"`
	Expires    int64  `json:"expires_in"`
}

// ask takes a party's question: a form, with what the party proves itself by.
func (d *Door) ask(w http.ResponseWriter, r *http.Request) {
	f, no := oauth.ParseForm(w, r)
	if no != nil {
		d.refuse(w, r, "", no, nil)
		return
	}
	p, no, cause := d.Gate.Authenticate(r, f)
	if no != nil {
		d.refuse(w, r, "", no, cause)
		return
	}
	a, err := d.begin(r.Context(), p, f)
	if err != nil {
		d.refuse(w, r, p.ID, refusal(err), err)
		return
	}
	oauth.WriteJSON(w, http.StatusCreated, a)
}

func (d *Door) begin(ctx context.Context, p identity.Party, f oauth.Form) (a asked, err error) {
	const op = "vp.begin"
	q, err := d.query(f)
	if err != nil {
		return a, err
	}
	if err := d.Asker.May(p, q.Kinds()); err != nil {
		return a, err
	}
	if back := f["redirect_uri"]; back != "" && !p.Allows(back) {
		return a, fault.New(op, fault.Invalid, "redirect_uri_unregistered")
	}
	if len(f["nonce"]) > maxNonce {
		return a, fault.New(op, fault.Invalid, "nonce_invalid")
	}
	mine, err := json.Marshal(tag{p.ID, f["nonce"]})
	if err != nil {
		return a, fault.Wrap(op, fault.Internal, "", err)
	}
	statement, err := d.Statement(ctx, p)
	if err != nil {
		return a, fault.At(op, err)
	}
	b, err := d.desk.Begin(ctx, verifier.Question{Query: q, Return: f["redirect_uri"], Scheme: d.Issuer + "/present", Statement: statement, Tag: string(mine)})
	if err != nil {
		return a, fault.At(op, err)
	}
	_, asks, _ := strings.Cut(b.Link, "#")
	a = asked{Access: b.Handle, Request: b.RequestURI, Link: b.Link, WalletLink: "openid4vp://?" + asks, Expires: int64(b.Expires.Sub(d.Now()) / time.Second)}
	a.ID, _, _ = strings.Cut(b.Handle, ".")
	if f["redirect_uri"] != "" {
		return a, nil
	}
	if a.QR, err = d.draw(a.Link); err == nil {
		a.WalletQR, err = d.draw(a.WalletLink)
	}
	return a, err
}

// query reads DCQL, or the words of the short form: "person", "age_over_18".
func (d *Door) query(f oauth.Form) (client.Query, error) {
	const op = "vp.query"
	words, text := strings.Fields(f["ask"]), f["dcql_query"]
	if (text == "") == (len(words) == 0) {
		return client.Query{}, fault.New(op, fault.Invalid, "query_invalid")
	}
	if text != "" {
		q, err := client.ParseQuery([]byte(text))
		if err != nil {
			return q, fault.Wrap(op, fault.Invalid, "query_invalid", err)
		}
		return q, nil
	}
	kind, claims, err := d.Asker.Asks(words)
	if err != nil {
		return client.Query{}, err
	}
	q, err := client.QueryFor(kind, claims...)
	if err != nil {
		return q, fault.Wrap(op, fault.Invalid, "query_invalid", err)
	}
	return q, nil
}

func (d *Door) draw(link string) (string, error) {
	path, side, err := d.Square(link)
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d"><path d="%s"/></svg>`, side, side, path), fault.At("vp.draw", err)
}

// refusal is the door's table.
func refusal(err error) *oauth.Refusal {
	public := fault.Public(err)
	switch fault.Of(err) {
	case fault.Invalid:
		return oauth.Say("invalid_request", public)
	case fault.Forbidden:
		return &oauth.Refusal{Status: http.StatusForbidden, Code: "access_denied", Description: oauth.Clean(public)}
	case fault.Unavailable:
		return &oauth.Refusal{Status: http.StatusServiceUnavailable, Code: "temporarily_unavailable"}
	}
	return &oauth.Refusal{Status: http.StatusInternalServerError, Code: "server_error"}
}

// refuse leaves a line for the operator: what was told, and why.
func (d *Door) refuse(w http.ResponseWriter, r *http.Request, party identity.PartyID, no *oauth.Refusal, cause error) {
	level := slog.LevelInfo
	if no.Status >= http.StatusInternalServerError {
		level = slog.LevelError
	}
	d.Log.Log(r.Context(), level, "refused", "at", "vp", "party", string(party), "told", no.Code, "cause", cause)
	no.Write(w)
}
