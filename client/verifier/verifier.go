// Package verifier lets a web application ask wallets for credentials
// (OpenID4VP 1.0, HAIP 1.0) with no server in between: it serves the signed request,
// takes the wallet's answer, and tells the application what was shown.
//
// It owns the addresses, the binding of an answer to the browser that asked, and
// that a transaction is answered once. It refuses to know what an application
// does with an answer, who its users are, and where things are kept (Store).
//
// Invariant: what was shown is told to whoever holds the handle that Begin gave,
// which is in no link and no QR code; on the same device also the code that came
// back with the browser is needed.
package verifier

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"time"

	"netid/client"
)

// What a Store and Result say, for errors.Is; everything else that fails is the store's own.
const (
	ErrUnknown client.Reason = "transaction_unknown" // no such transaction, or not any more, or not for whoever asks
	ErrTaken   client.Reason = "transaction_taken"   // somebody else was first
)

// Store keeps one secret text for each transaction, for minutes. Several servers
// share one, or each browser and wallet must come back to the server that began.
type Store interface {
	// Put keeps a text until then under a new name of 43 characters [A-Za-z0-9_-].
	Put(ctx context.Context, name string, text []byte, until time.Time) error
	// Get gives it back; errors.Is ErrUnknown where it is not there.
	Get(ctx context.Context, name string) ([]byte, error)
	// Replace puts another in its place, if it is still this one: of many who
	// try at once one succeeds, and the others get ErrTaken.
	Replace(ctx context.Context, name string, was, becomes []byte) error
}

// Desk is one reader at one address.
type Desk struct {
	Reader func() (client.Reader, error) // who asks now; its certificate changes with the years
	Base   string                        // where Register's routes are reached: "https://shop.example/wallet"
	Store  Store
	Now    func() time.Time // nil: time.Now
}

// Question is what an application asks of one person.
type Question struct {
	Query     client.Query
	Return    string            // same device: where the person's browser comes back to. "": another device, by a QR code
	Scheme    string            // of the link, or a web wallet's address; "" is "openid4vp"
	Statement string            // instead of the reader's own
	Data      []json.RawMessage // transaction data
	Plain     bool              // the answer comes unencrypted, for wallets that cannot
	Tag       string            // the application's own; comes back with the result
}

// Begun is a question on its way.
type Begun struct {
	Handle     string // for the session of the browser that asked, and for nobody else's eyes
	Link       string // same device: a link to tap. Another device: the text of a QR code
	RequestURI string
	Expires    time.Time
}

// Result is what came of it.
type Result struct {
	Pending bool // nothing yet
	Tag     string
	client.Shown
}

// record is what the store keeps.
type record struct {
	Transaction client.Transaction `json:"transaction"`
	Statement   string             `json:"statement,omitempty"`
	Return      string             `json:"return,omitempty"`
	Tag         string             `json:"tag,omitempty"`
	Secret      []byte             `json:"secret"`         // digest of the handle's second half
	Code        []byte             `json:"code,omitempty"` // digest of the code that went back with the browser
	Shown       *client.Shown      `json:"shown,omitempty"`
}

// Begin makes a transaction and its link. On the same device and on another are
// two questions, each with a handle of its own: who may collect the answer differs.
func (d *Desk) Begin(ctx context.Context, q Question) (Begun, error) {
	r, err := d.Reader()
	if err != nil {
		return Begun{}, err
	}
	if u, err := url.Parse(q.Return); q.Return != "" && (err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http") {
		return Begun{}, fmt.Errorf("%w: no address to return to", client.ErrRequest)
	}
	if strings.Contains(q.Scheme, "#") {
		return Begun{}, fmt.Errorf("%w: what is asked stands behind '#'", client.ErrRequest)
	}
	name, secret := draw(), draw()
	rec := record{Return: q.Return, Statement: q.Statement, Tag: q.Tag, Secret: digest(secret)}
	rec.Transaction, err = r.Begin(client.Asking{Query: q.Query, ResponseURI: d.Base + "/" + name + "/response", Data: q.Data, Plain: q.Plain}, d.now())
	if err != nil {
		return Begun{}, err
	}
	text, err := json.Marshal(rec)
	if err != nil {
		return Begun{}, err
	}
	if err := d.Store.Put(ctx, name, text, rec.Transaction.Expires); err != nil {
		return Begun{}, err
	}
	if q.Scheme == "" {
		q.Scheme = "openid4vp"
	}
	at := d.Base + "/" + name + "/request"
	return Begun{Handle: name + "." + secret, Link: r.Link(q.Scheme, at, true), RequestURI: at, Expires: rec.Transaction.Expires}, nil
}

// Result tells what came of a transaction to the browser that began it. Where it
// was on the same device, code is `response_code` of the address that the browser
// came back with: somebody who was sent another person's link brings the code and
// not the handle, and that person has the handle and not the code (OpenID4VP 1.0
// §14.2). Fails with ErrUnknown, which is also what a wrong handle or code gets.
func (d *Desk) Result(ctx context.Context, handle, code string) (Result, error) {
	name, secret, _ := strings.Cut(handle, ".")
	_, rec, err := d.load(ctx, name)
	if err != nil {
		return Result{}, err
	}
	if !same(rec.Secret, secret) {
		return Result{}, ErrUnknown
	}
	if rec.Shown == nil {
		return Result{Pending: true, Tag: rec.Tag}, nil
	}
	if rec.Return != "" && !same(rec.Code, code) {
		return Result{}, ErrUnknown
	}
	return Result{Tag: rec.Tag, Shown: *rec.Shown}, nil
}

func (d *Desk) load(ctx context.Context, name string) (text []byte, rec record, err error) {
	if b, err := base64.RawURLEncoding.Strict().DecodeString(name); err != nil || len(b) != 32 || len(name) != 43 {
		return nil, rec, ErrUnknown
	}
	if text, err = d.Store.Get(ctx, name); err != nil {
		return nil, rec, err
	}
	if err := json.Unmarshal(text, &rec); err != nil {
		return nil, rec, err
	}
	if !d.now().Before(rec.Transaction.Expires) {
		return nil, rec, ErrUnknown
	}
	return text, rec, nil
}

// answer takes what a wallet posted, once. What was wrong with it leaves the
// transaction as it was: else whoever sees a QR code could use it up.
func (d *Desk) answer(ctx context.Context, name string, body []byte) (back string, err error) {
	was, rec, err := d.load(ctx, name)
	if err != nil {
		return "", err
	}
	if rec.Shown != nil {
		return "", ErrTaken
	}
	r, err := d.Reader()
	if err != nil {
		return "", err
	}
	shown, err := r.Open(rec.Transaction, body, d.now())
	if err != nil {
		return "", err
	}
	rec.Shown, rec.Transaction.Key = &shown, nil // what opened it opens nothing any more
	if rec.Return != "" {
		code := draw()
		rec.Code, back = digest(code), with(rec.Return, code)
	}
	becomes, err := json.Marshal(rec)
	if err != nil {
		return "", err
	}
	return back, d.Store.Replace(ctx, name, was, becomes)
}

// with adds the code to an address (§8.2).
func with(address, code string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "" // Begin parsed it
	}
	q := u.Query()
	q.Set("response_code", code)
	u.RawQuery = q.Encode()
	return u.String()
}

func (d *Desk) now() time.Time {
	if d.Now == nil {
		return time.Now()
	}
	return d.Now()
}

func draw() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // it fails by ending the program
	return base64.RawURLEncoding.EncodeToString(b)
}

func digest(secret string) []byte {
	d := sha256.Sum256([]byte(secret))
	return d[:]
}

func same(kept []byte, brought string) bool {
	return kept != nil && subtle.ConstantTimeCompare(kept, digest(brought)) == 1
}
