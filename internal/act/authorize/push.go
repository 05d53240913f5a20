package authorize

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
)

// PushedLife is how long a pushed request may wait for the citizen's browser:
// one redirect on a slow line. FAPI 2.0 §5.3.2.2: less than 600 s.
const PushedLife = 90 * time.Second

const (
	pushedSize = 1500             // bytes: rows of pushed requests have few lengths
	pushedAll  = 120              // in pushedIn, of a party that proves nothing: anybody may fill the table in its name
	pushedIn   = 10 * time.Second // of that limit
)

// pushed is the row of a request with its seal off.
type pushed struct {
	Request Request   `json:"r"`
	Expires time.Time `json:"x"`
	Even    string    `json:"w"`
}

// Push keeps a party's request until the citizen's browser brings its handle
// (RFC 9126). The row is sealed under the handle, which is not kept: nothing of
// ours opens it before it comes back. The law is asked now, so that the party hears at once what it
// may not ask, and again when the browser comes. What the party's proofs use up is taken with the row.
func (a *Act) Push(ctx context.Context, r Request, takes ...identity.TakeOnce) (identity.Handle, error) {
	const op = "authorize.Push"
	h := identity.NewHandle()
	r.Pushed = a.Cover.ID(h)
	p, err := a.may(ctx, op, r)
	if err != nil {
		return h, err
	}
	now := a.Now()
	in := pushed{Request: r, Expires: now.Add(PushedLife)}
	plain, err := json.Marshal(in)
	if err != nil {
		return h, fault.Wrap(op, fault.Internal, "internal", err)
	}
	in.Even = strings.Repeat(" ", pushedSize-len(plain)%pushedSize)
	body, err := a.Cover.Seal(h, in)
	if err != nil {
		return h, fault.At(op, err)
	}
	var notes []identity.Note
	for _, id := range takes {
		notes = append(notes, id)
	}
	notes = append(notes, identity.PutPushed{Row: identity.PushedRow{ID: r.Pushed, Until: in.Expires.Add(requestLife), Body: body}})
	if p.Auth == identity.AuthNone {
		index := a.Cover.Digest([]byte("netid/pushed/v1"), []byte(p.ID))
		notes = append(notes, identity.Count{Index: index[:], Limit: pushedAll, Window: pushedIn, Now: now})
	}
	return h, fault.At(op, a.Store.Jot(ctx, notes...))
}

// Recall gives a party its pushed request back, for Begin. It takes nothing: a
// page that is loaded again is no second use (RFC 9126 §7.3). What was
// answered, is over, is another party's or never was: fault.Invalid, "request_uri_unknown".
func (a *Act) Recall(ctx context.Context, party identity.PartyID, h identity.Handle) (Request, error) {
	const op = "authorize.Recall"
	unknown := func(err error) (Request, error) {
		return Request{}, fault.Wrap(op, fault.Invalid, "request_uri_unknown", err)
	}
	row, err := a.Store.Pushed(ctx, a.Cover.ID(h))
	if fault.Is(err, fault.NotFound) {
		return unknown(err)
	}
	if err != nil {
		return Request{}, fault.At(op, err)
	}
	var in pushed
	switch err := a.Cover.Open(h, row.Body, &in); {
	case err != nil:
		return unknown(err)
	case in.Request.Party != party:
		return unknown(fault.Newf(op, fault.Invalid, "", "pushed by another party"))
	case !a.Now().Before(in.Expires):
		return unknown(fault.Newf(op, fault.Gone, "", "expired"))
	}
	return in.Request, nil
}

// answered names the guard that a second decision meets.
func answered(op string, err error) error {
	if fault.Because(err, "request_used") {
		return fault.Wrap(op, fault.Gone, "request_used", err)
	}
	return fault.At(op, err)
}
