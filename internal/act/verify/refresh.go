package verify

import (
	"context"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
)

// refresh is a refresh token with its seal off. It points at the verification
// that it came of and says again what that one said, without the age marks: a
// mark that is asked again and again would tell the birthday.
type refresh struct {
	Receipt     identity.EventID       `json:"i"`
	Person      identity.PersonID      `json:"o"`
	Epoch       uint64                 `json:"e"`
	Certificate identity.CertificateID `json:"d"` // of the approval
	Party       identity.PartyID       `json:"p"`
	Generation  uint64                 `json:"g"`
	Mode        identity.Mode          `json:"m"`
	AuthTime    *time.Time             `json:"a,omitempty"` // where it was asked
	Turn        uint64                 `json:"n,omitempty"` // of one that is good once; 0: it is bound, and stays
	Time        time.Time              `json:"t"`           // of the verification
	Expires     time.Time              `json:"x"`
	Confirm     identity.Confirm       `json:"c,omitzero"` // of a public party: the key that alone may use it
}

// lasts seals what the party may come back with, where the citizen gave it
// that. A party that proves who it is needs no more (RFC 9449 §5, RFC 6749
// §6); one that proves nothing has its token bound to its key (RFC 9449 §5, RFC 8705
// §4), or good once (RFC 9700 §2.2.2).
func (a *Act) lasts(c identity.Code, p identity.Party, v identity.Verification) (string, error) {
	t := refresh{Receipt: c.Receipt, Person: c.Person, Epoch: c.Epoch, Certificate: c.Certificate, Party: p.ID, Generation: c.Generation,
		Mode: v.Mode, AuthTime: v.AuthTime, Time: v.Time, Expires: c.Until}
	if p.Auth == identity.AuthNone {
		t.Confirm = v.Confirm
	}
	if p.Auth == identity.AuthNone && t.Confirm == (identity.Confirm{}) {
		t.Turn = 1
	}
	return a.Refreshes.Seal(t)
}

// Renewal is a refresh token presented by an authenticated party.
type Renewal struct {
	Token            string
	Party            identity.PartyID
	identity.Confirm                     // as in Redemption
	Takes            []identity.TakeOnce // as in Redemption
}

// Refresh answers a party again without the citizen, for as long as everything
// holds that held when they agreed. The first answer of each day is a record; a token
// that is good once and comes twice ends all that came of its verification.
func (a *Act) Refresh(ctx context.Context, r Renewal) (identity.Verification, error) {
	const op = "verify.Refresh"
	none := identity.Verification{}
	t, p, err := a.brought(ctx, op, r)
	if err != nil {
		return none, err
	}
	o, err := a.Vault.Open(ctx, t.Person)
	if fault.Is(err, fault.NotFound) {
		return none, fault.Wrap(op, fault.Gone, "person_gone", err)
	}
	if err != nil {
		return none, fault.At(op, err)
	}
	var guards []identity.Guard
	for _, id := range r.Takes {
		guards = append(guards, id)
	}
	guards = append(guards, a.holding(t, o)...)
	if t.Turn > 0 {
		guards = append(guards, identity.TurnRefresh{ID: a.Book.EntryKey(t.Receipt).ID, Turn: t.Turn, Until: t.Expires.Add(time.Minute)})
	}
	now := a.Now().UTC().Truncate(time.Second)
	v := identity.Verification{Receipt: t.Receipt.On(now), Subject: a.Vault.Subject(o, p.Sector), Party: p.ID, Mode: t.Mode, AuthTime: t.AuthTime,
		Time: now, TTL: min(accessLife, t.Expires.Sub(now)), Confirm: r.Confirm, Offline: true}
	err = a.again(ctx, o, p, t, v, guards)
	if fault.Because(err, "refresh_reused") { // RFC 9700 §4.14.2
		if err := a.end(ctx, t.Receipt, t.Expires); err != nil {
			return none, fault.At(op, err)
		}
		return none, fault.New(op, fault.Gone, "refresh_reused")
	}
	if err != nil {
		return none, fault.At(op, err)
	}
	if t.Turn > 0 {
		t.Turn++
		if v.Refresh, err = a.Refreshes.Seal(t); err != nil {
			return none, fault.At(op, err)
		}
	}
	v.Access, err = a.Accesses.Seal(access{Receipt: t.Receipt, Person: o.ID, Party: p.ID, Generation: t.Generation, Time: now, Expires: now.Add(v.TTL),
		Confirm: r.Confirm, Until: t.Expires})
	return v, fault.At(op, err)
}

// brought opens the token and holds it against who brings it.
func (a *Act) brought(ctx context.Context, op string, r Renewal) (t refresh, p identity.Party, err error) {
	invalid := func(why string) (refresh, identity.Party, error) { return t, p, fault.New(op, fault.Invalid, why) }
	if a.Refreshes.Open(r.Token, &t) != nil {
		return invalid("refresh_invalid")
	}
	switch {
	case t.Party != r.Party:
		return invalid("other_party")
	case t.Confirm.JKT != "" && t.Confirm.JKT != r.JKT:
		return invalid("proof_key_wrong")
	case t.Confirm.X5T != "" && t.Confirm.X5T != r.X5T:
		return invalid("certificate_wrong")
	}
	if p, err = a.Store.Party(ctx, t.Party); err != nil {
		return t, p, fault.At(op, err)
	}
	if p.Auth == identity.AuthNone && t.Turn == 0 && t.Confirm == (identity.Confirm{}) {
		return invalid("refresh_invalid") // it was given to a party that proved itself
	}
	// What the party is registered for now, too: a term that is taken back or made shorter.
	if now := a.Now(); !now.Before(t.Expires) || !now.Before(p.Offline.Ends(t.Time)) {
		return t, p, fault.New(op, fault.Gone, "refresh_expired")
	}
	return t, p, nil
}

// holding is what must still hold: each a guard of the commit, and of the look
// where nothing is committed.
func (a *Act) holding(t refresh, o identity.Opened) []identity.Guard {
	return []identity.Guard{
		identity.GuardVerification{ID: a.Book.EntryKey(t.Receipt).ID},
		identity.GuardPerson{ID: o.ID, Standing: identity.Active, Epoch: t.Epoch},
		identity.GuardCertificate{ID: t.Certificate},
		identity.GuardLink{Index: a.Vault.LinkIndex(o, t.Party), Generation: t.Generation},
		identity.GuardParty{ID: t.Party},
	}
}

// again records the day's first answer, under the verification's own id on that
// day; the verification itself is the record of its day. After that the guards
// stand alone.
func (a *Act) again(ctx context.Context, o identity.Opened, p identity.Party, t refresh, v identity.Verification, guards []identity.Guard) error {
	const op = "verify.again"
	result := []string{"result"}
	verdict := a.Law.Answers(result, result, result)
	if err := verdict.Err(op); err != nil {
		return err
	}
	var verbs []identity.Verb
	var notes []identity.Note
	for _, g := range guards {
		verbs, notes = append(verbs, g), append(notes, g)
	}
	if v.Receipt != t.Receipt {
		_, err := a.Book.Record(ctx, o, identity.Event{ID: v.Receipt.String(), Kind: identity.Refreshed, Party: p.ID, Name: &p.Name, Purpose: &p.Purpose.Text,
			Given: result, Mode: t.Mode, Detail: t.Receipt.String(), Grounds: []identity.Ground{verdict.Ground()}}, verbs...)
		if !fault.Because(err, "already_recorded") {
			return err
		}
	}
	return a.Store.Jot(ctx, notes...)
}

// end makes everything that came of a verification dead, at once and for as
// long as any of it could live.
func (a *Act) end(ctx context.Context, receipt identity.EventID, until time.Time) error {
	if soon := a.Now().Add(accessLife); until.Before(soon) {
		until = soon
	}
	return a.Store.Jot(ctx, identity.RevokeVerification{ID: a.Book.EntryKey(receipt).ID, Until: until.Add(time.Minute)})
}

// Lasting reads a party's own refresh token, and takes nothing: whether it is
// good still. Everything else is dead in the words of Claims.
func (a *Act) Lasting(ctx context.Context, party identity.PartyID, token string) (Claimed, error) {
	const op = "verify.Lasting"
	dead := func(err error) (Claimed, error) {
		return Claimed{}, &fault.Error{Op: op, Kind: fault.Unauthenticated, Public: "token_invalid", Err: err}
	}
	var t refresh
	if err := a.Refreshes.Open(token, &t); err != nil {
		return dead(err)
	}
	t, p, err := a.brought(ctx, op, Renewal{Token: token, Party: party, Confirm: t.Confirm})
	var o identity.Opened
	if err == nil {
		o, err = a.Vault.Open(ctx, t.Person)
	}
	if err == nil {
		var notes []identity.Note
		for _, g := range a.holding(t, o) {
			notes = append(notes, g)
		}
		err = a.Store.Jot(ctx, notes...)
	}
	switch {
	case err == nil:
	case fault.Is(err, fault.Internal) || fault.Is(err, fault.Unavailable):
		return Claimed{}, fault.At(op, err)
	default:
		return dead(err)
	}
	return Claimed{Party: p.ID, Subject: a.Vault.Subject(o, p.Sector), Time: t.Time, Expires: t.Expires, Confirm: t.Confirm}, nil
}
