package authorize

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"netid/client"
	"netid/internal/fault"
	"netid/internal/identity"
)

// OnlineLife is how long a code at a gate is good: one look of a terminal.
const OnlineLife = 60 * time.Second

const (
	onlineAsk  = 5 * time.Minute // from the lines on the page to the device's signature
	onlineWay  = "online"        // of a request that no party makes
	onlineSize = 2000            // bytes: rows have few lengths
	onlineMost = 60              // codes of one person in onlineIn
	onlineIn   = 10 * time.Minute
)

// Offered is what the citizen's device signs before a code is drawn.
type Offered struct {
	Request   string // sealed
	Statement client.Statement
}

// Offer composes the statement by which the citizen shows a registered venue
// that they are a real person, and over 18 where they chose that. At which venue
// is not known, so the statement says so. Nothing is stored.
func (a *Act) Offer(ctx context.Context, s identity.Session, over18 bool, locale string) (Offered, error) {
	const op = "authorize.Offer"
	if _, _, _, err := a.mayShow(ctx, op, s, s.Certificate.String()); err != nil { // before anybody reads and signs
		return Offered{}, err
	}
	now := a.Now().UTC().Truncate(time.Second)
	ask := identity.Ask{Transaction: identity.NewEventID(now).String(), Mode: identity.ModeCert, Way: onlineWay, Locale: locale, Time: now, Expires: now.Add(onlineAsk)}
	if over18 {
		ask.Marks = []identity.Mark{{Mark: identity.Over18, IDToken: true}}
	}
	sealed, err := a.Requests.Seal(ask)
	return Offered{sealed, a.Statement(short(ask), a.Anywhere, locale, marked(ask))}, fault.At(op, err)
}

// Drawn is a code as its owner sees it.
type Drawn struct {
	Code    identity.OnlineCode
	Receipt identity.EventID // of the record that a venue's look will be
	Until   time.Time
}

// Draw checks what the device signed, and keeps it under a new code. Signed once
// and drawn twice is two codes and one answer: the receipt is in what was signed.
// Reasons of the law, "session_over", "signature_invalid", "request_invalid",
// "request_expired", "too_many_tries".
func (a *Act) Draw(ctx context.Context, s identity.Session, sealed string, in Approval) (Drawn, error) {
	const op = "authorize.Draw"
	ask, receipt, err := a.offered(op, sealed)
	if err != nil {
		return Drawn{}, err
	}
	o, cert, used, err := a.mayShow(ctx, op, s, in.Certificate)
	if err != nil {
		return Drawn{}, err
	}
	words := a.Statement(short(ask), a.Anywhere, in.Locale, marked(ask)).Bytes()
	if _, err := client.CheckApproval(words, in.Signature, cert.Device); err != nil {
		return Drawn{}, fault.Wrap(op, fault.Unauthenticated, "signature_invalid", err)
	}
	now := a.Now()
	out := Drawn{Code: identity.NewOnlineCode(), Receipt: receipt, Until: now.Add(OnlineLife).UTC().Truncate(time.Second)}
	kept := identity.Online{Receipt: receipt, Person: o.ID, Epoch: o.Epoch, Certificate: cert.ID, Device: cert.Device, Mode: identity.Reached(false, false),
		Statement: words, Signature: in.Signature, Grounds: used, Expires: out.Until}
	for _, m := range ask.Marks {
		kept.Marks = append(kept.Marks, m.Mark)
	}
	body, err := a.cover(out.Code.Handle(), kept)
	if err != nil {
		return Drawn{}, fault.At(op, err)
	}
	err = a.Store.Jot(ctx, identity.PutPushed{Row: identity.PushedRow{ID: a.Cover.ID(out.Code.Handle()), Until: out.Until, Body: body}},
		identity.Count{Index: a.Vault.CounterIndex("online", o.ID[:]), Limit: onlineMost, Window: onlineIn, Now: now})
	if err != nil {
		return Drawn{}, fault.At(op, err)
	}
	return out, nil
}

// mayShow asks whether this person may prove anything from this device now. A child
// under 14 may not: no guardian can agree at a gate.
func (a *Act) mayShow(ctx context.Context, op string, s identity.Session, named string) (o identity.Opened, c identity.Certificate, used []identity.Ground, err error) {
	if o, err = a.Vault.Visit(ctx, s); err != nil {
		return o, c, nil, fault.At(op, err)
	}
	if c, err = a.certificate(ctx, s, named); err != nil {
		return o, c, nil, fault.At(op, err)
	}
	used, err = a.mayUse(ctx, op, o, c, false)
	return o, c, used, err
}

// offered opens what Offer sealed; a party's request is none.
func (a *Act) offered(op, sealed string) (ask identity.Ask, receipt identity.EventID, err error) {
	if err := a.Requests.Open(sealed, &ask); err != nil {
		return ask, receipt, fault.Wrap(op, fault.Invalid, "request_invalid", err)
	}
	if ask.Way != onlineWay || ask.Party != "" {
		return ask, receipt, fault.New(op, fault.Invalid, "request_invalid")
	}
	if !a.Now().Before(ask.Expires) {
		return ask, receipt, fault.New(op, fault.Gone, "request_expired")
	}
	if receipt, err = identity.ParseEventID(ask.Transaction); err != nil {
		return ask, receipt, fault.Wrap(op, fault.Invalid, "request_invalid", err)
	}
	return ask, receipt, nil
}

// marked are the items that the citizen chose: what they did not choose is not asked.
func marked(ask identity.Ask) (give []string) {
	for _, m := range ask.Marks {
		give = append(give, string(m.Mark))
	}
	return give
}

func (a *Act) cover(h identity.Handle, kept identity.Online) ([]byte, error) {
	plain, err := json.Marshal(kept)
	if err != nil {
		return nil, fault.Wrap("authorize.cover", fault.Internal, "internal", err)
	}
	kept.Even = strings.Repeat(" ", onlineSize-len(plain)%onlineSize)
	return a.Cover.Seal(h, kept)
}
