package verify

import (
	"context"
	"math"
	"slices"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
)

// Codes that were none, of all terminals of one venue: nobody guesses 128 bits, and
// a venue whose terminals ask by the thousand is out of order.
const (
	wrongMost = 600
	wrongIn   = time.Minute
)

// Cover keeps what waits for a venue, each under its code.
type Cover interface {
	ID(h identity.Handle) []byte
	Open(h identity.Handle, sealed []byte, v any) error
}

// Scan is a code that somebody shows at a gate of an authenticated venue.
type Scan struct {
	Code  identity.OnlineCode
	Party identity.PartyID
	Marks []identity.AgeMark  // what this gate needs to know beside the result
	Takes []identity.TakeOnce // what the venue's proof uses up: taken with the record, and only then
}

// MayScan asks the law whether a party may ask this of whoever stands at its
// gate; no code is looked at. Reasons "venue_unregistered", "party_suspended" and the law's.
func (a *Act) MayScan(ctx context.Context, id identity.PartyID, marks []identity.AgeMark) (identity.Party, []identity.Ground, error) {
	const op = "verify.MayScan"
	p, err := a.Store.Party(ctx, id)
	if err != nil {
		return p, nil, fault.At(op, err)
	}
	if p.Standing != identity.PartyActive {
		return p, nil, fault.New(op, fault.Forbidden, "party_suspended")
	}
	if !p.Venue() {
		return p, nil, fault.New(op, fault.Forbidden, "venue_unregistered")
	}
	verdicts := []law.Verdict{a.Law.Asks(p, []string{"result"})}
	for _, m := range marks {
		verdicts = append(verdicts, a.Law.Marks(p, m))
	}
	var grounds []identity.Ground
	for _, v := range verdicts {
		if err := v.Err(op); err != nil {
			return p, nil, err
		}
		grounds = append(grounds, v.Ground())
	}
	return p, grounds, nil
}

// Scan answers a venue about who shows a code, once, and about nobody in
// particular: no pseudonym, no token. The code goes in the commit of the
// record, with everything that must still hold. Every refusal but MayScan's,
// "too_many_tries" and an outage is one thing to the venue.
func (a *Act) Scan(ctx context.Context, r Scan) (identity.Verification, error) {
	const op = "verify.Scan"
	none := identity.Verification{}
	p, grounds, err := a.MayScan(ctx, r.Party, r.Marks)
	if err != nil {
		return none, err
	}
	c, err := a.shown(ctx, op, p, r.Code)
	if err != nil {
		return none, err
	}
	o, err := a.Vault.Open(ctx, c.Person)
	if fault.Is(err, fault.NotFound) {
		return none, fault.Wrap(op, fault.Gone, "person_gone", err)
	}
	if err != nil {
		return none, fault.At(op, err)
	}
	v := identity.Verification{Receipt: c.Receipt, Party: p.ID, Mode: c.Mode, Time: a.Now().UTC().Truncate(time.Second), IDToken: map[identity.AgeMark]bool{}}
	event, err := a.seen(ctx, r, c, p, o, &v)
	if err != nil {
		return none, fault.At(op, err)
	}
	event.Grounds = append(append(c.Grounds, grounds...), event.Grounds...)
	verbs := []identity.Verb{
		identity.GuardPerson{ID: o.ID, Standing: identity.Active, Epoch: c.Epoch},
		identity.GuardCertificate{ID: c.Certificate},
		identity.GuardParty{ID: p.ID},
		identity.TakePushed{ID: a.Cover.ID(r.Code.Handle())},
	}
	for _, id := range r.Takes {
		verbs = append(verbs, id)
	}
	_, err = a.Book.Record(ctx, o, event, verbs...)
	if fault.Because(err, "already_recorded") || fault.Because(err, "request_used") {
		return none, fault.Wrap(op, fault.Gone, "code_used", err)
	}
	if err != nil {
		return none, fault.At(op, err)
	}
	return v, nil
}

// shown finds what waits under a code. A code that is none counts against the venue.
func (a *Act) shown(ctx context.Context, op string, p identity.Party, code identity.OnlineCode) (c identity.Online, err error) {
	d := a.Digest([]byte("netid/online-wrong/v1"), []byte(p.ID))
	now := a.Now()
	n, since, err := a.Store.Counted(ctx, d[:])
	if err != nil {
		return c, fault.At(op, err)
	}
	if n >= wrongMost && now.Before(since.Add(wrongIn)) {
		return c, fault.New(op, fault.TooMany, "too_many_tries")
	}
	row, err := a.Store.Pushed(ctx, a.Cover.ID(code.Handle()))
	if fault.Is(err, fault.NotFound) {
		if err := a.Store.Jot(ctx, identity.Count{Index: d[:], Limit: math.MaxInt, Window: wrongIn, Now: now}); err != nil {
			return c, fault.At(op, err)
		}
		return c, fault.Wrap(op, fault.Invalid, "code_invalid", err)
	}
	if err != nil {
		return c, fault.At(op, err)
	}
	if err := a.Cover.Open(code.Handle(), row.Body, &c); err != nil {
		return c, fault.Wrap(op, fault.Invalid, "code_invalid", err)
	}
	if !now.Before(c.Expires) {
		return c, fault.New(op, fault.Gone, "code_expired")
	}
	return c, nil
}

// seen is the record: a mark leaves where the gate asks, the venue's registration
// allows and the citizen chose it.
func (a *Act) seen(ctx context.Context, r Scan, c identity.Online, p identity.Party, o identity.Opened, v *identity.Verification) (identity.Event, error) {
	asked, approved, answered := []string{"result"}, []string{"result"}, []string{"result"}
	given, withheld := []string{"result"}, []string(nil)
	for _, m := range c.Marks {
		approved = append(approved, string(m))
	}
	for _, m := range r.Marks {
		name := string(m)
		asked = append(asked, name)
		if !slices.Contains(c.Marks, m) {
			withheld = append(withheld, name)
			continue
		}
		over, err := a.Vault.Over(ctx, o, m.Years(), identity.Today(a.Now()))
		if err != nil {
			return identity.Event{}, err
		}
		v.IDToken[m] = over
		answered, given = append(answered, name), append(given, marked(name, over))
	}
	verdict := a.Law.Answers(asked, approved, answered)
	return identity.Event{ID: c.Receipt.String(), Kind: identity.Verified, Party: p.ID, Name: &p.Name, Purpose: &p.Purpose.Text, Given: given, Withheld: withheld, Mode: c.Mode,
		Grounds:  []identity.Ground{verdict.Ground()},
		Approval: &identity.Approval{Statement: c.Statement, Signature: c.Signature, Device: c.Device, Certificate: c.Certificate.String()}}, verdict.Err("verify.seen")
}
