package counter

import (
	"context"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
)

// session is what a clerk's cookie holds, sealed. Nothing of it is stored.
type session struct {
	Counter identity.CounterID `json:"c"`
	Key     []byte             `json:"k"` // digest of the credential by which it began
	Began   time.Time          `json:"b"`
	Seen    time.Time          `json:"s"`
}

// SignIn takes a counter's credential and gives the cookie of a session. A credential
// has 256 random bits, and its second half 80: nobody guesses one, and nobody is locked out
// by guessing.
func (a *Act) SignIn(ctx context.Context, credential string) (cookie string, err error) {
	const op = "counter.SignIn"
	name, secret, half := parts(credential)
	key, err := identity.ParseHandle(secret)
	if err != nil {
		return "", fault.Wrap(op, fault.Unauthenticated, "counter_unproven", err)
	}
	e, err := a.find(ctx, name)
	if err != nil && !fault.Because(err, "counter_unknown") {
		return "", fault.At(op, err)
	}
	digest := a.digest(name, key)
	if half != "" {
		digest = a.joined(digest, half)
	}
	if err != nil || !a.Cover.Equal(digest, e.Key) {
		return "", fault.New(op, fault.Unauthenticated, "counter_unproven")
	}
	now := a.Now().UTC()
	cookie, err = a.Sessions.Seal(session{e.ID, digest, now, now})
	return cookie, fault.At(op, err)
}

// Open reads a session and gives its cookie anew: it ends after 15 minutes without
// a page, after 12 hours, and with its counter or credential.
func (a *Act) Open(ctx context.Context, cookie string) (id identity.CounterID, next string, err error) {
	const op = "counter.Open"
	over := fault.New(op, fault.Unauthenticated, "counter_signed_out")
	var s session
	if err := a.Sessions.Open(cookie, &s); err != nil {
		return "", "", over
	}
	now := a.Now().UTC()
	if now.Sub(s.Began) > sessionLife || now.Sub(s.Seen) > idle {
		return "", "", over
	}
	e, err := a.find(ctx, s.Counter)
	if fault.Because(err, "counter_unknown") || err == nil && !a.Cover.Equal(s.Key, e.Key) {
		return "", "", over
	}
	if err != nil {
		return "", "", fault.At(op, err)
	}
	s.Seen = now
	next, err = a.Sessions.Seal(s)
	return s.Counter, next, fault.At(op, err)
}
