package logout

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/ledger"
)

// Session is one at a party that may still live.
type Session struct {
	Receipt identity.EventID
	Party   identity.PartyID
	Purpose identity.Text
	Intent  identity.Intent
	Time    time.Time
	until   time.Time // of what its party was given to come back with, if it was
	sid     string    // as its party knows it; "": it was not told one
}

// Sessions lists the person's own, the latest first. One whose party revoked what
// it was given is over: no record says so, since only the party has a part in it.
func (a *Act) Sessions(ctx context.Context, visit identity.Session) ([]Session, error) {
	const op = "logout.Sessions"
	o, err := a.Vault.Visit(ctx, visit)
	if err != nil {
		return nil, fault.At(op, err)
	}
	all, _, err := a.living(ctx, o)
	if err != nil {
		return nil, fault.At(op, err)
	}
	var live []Session
	for _, s := range all {
		over, err := a.Store.VerificationRevoked(ctx, a.Book.EntryKey(s.Receipt).ID)
		if err != nil {
			return nil, fault.At(op, err)
		}
		if !over {
			live = append(live, s)
		}
	}
	return live, nil
}

// living is read from the person's own records, and so needs nothing that
// would tell anybody else who is signed in where. unread are those that do not
// open: each may be a session's.
func (a *Act) living(ctx context.Context, o identity.Opened) (live []Session, unread []identity.EntryKey, err error) {
	rows, err := a.Store.EntriesOf(ctx, ledger.Owner(o.Keys))
	if err != nil {
		return nil, nil, err
	}
	now := a.Now()
	first, last := identity.DayOf(now.Add(-identity.OfflineLife)), identity.DayOf(now.Add(-identity.SessionLife))
	for _, r := range rows {
		if r.Day < first {
			continue
		}
		e, _, err := ledger.OpenEntry(o.Keys, r)
		if err != nil {
			unread = append(unread, r.EntryKey)
			continue // altered: scrub says so, and it keeps nobody from leaving
		}
		if live, err = after(live, e); err != nil {
			return nil, nil, err
		}
	}
	live = slices.DeleteFunc(live, func(s Session) bool { return identity.DayOf(s.Time) < last && !now.Before(s.until) })
	slices.Reverse(live)
	return live, unread, nil
}

// after is what lives after one more event.
func after(live []Session, e identity.Event) ([]Session, error) {
	switch e.Kind {
	case identity.Verified:
		id, err := identity.ParseEventID(e.ID)
		s := Session{Receipt: id, Party: e.Party, Intent: e.Intent, Time: e.Time, sid: e.Session}
		if e.Purpose != nil {
			s.Purpose = *e.Purpose
		}
		if e.Until != nil {
			s.until = *e.Until
		}
		return append(live, s), err
	case identity.Frozen, identity.DeviceRemoved, identity.HeldByNews, identity.ClosedByNews: // each ends all sessions in its own commit
		return nil, nil
	case identity.Disowned: // it ends all at that party
		return slices.DeleteFunc(live, func(s Session) bool { return s.Party == e.Party }), nil
	case identity.Withdrawn, identity.ErasureAsked, identity.SessionEnded:
		return slices.DeleteFunc(live, func(s Session) bool {
			return s.Party == e.Party && (e.Detail == "" || e.Detail == s.Receipt.String())
		}), nil
	}
	return live, nil
}

// Letters are the notices that belong into the commit of whatever ends all of the
// person's sessions at a party, or everywhere (""). Call Nudge after it.
func (a *Act) Letters(ctx context.Context, o identity.Opened, party identity.PartyID) ([]identity.Verb, error) {
	const op = "logout.Letters"
	live, _, err := a.living(ctx, o)
	if err != nil {
		return nil, fault.At(op, err)
	}
	if party != "" {
		live = slices.DeleteFunc(live, func(s Session) bool { return s.Party != party })
	}
	verbs, err := a.letters(ctx, o, live)
	return verbs, fault.At(op, err)
}

// Close is Letters to all, and the end of every token: for what may be undone,
// as a freeze, without bringing the sessions back.
func (a *Act) Close(ctx context.Context, o identity.Opened) ([]identity.Verb, error) {
	const op = "logout.Close"
	live, unread, err := a.living(ctx, o)
	if err != nil {
		return nil, fault.At(op, err)
	}
	verbs, err := a.letters(ctx, o, live)
	until, now := a.ended(), a.Now()
	for _, s := range live {
		if now.Sub(s.Time) > time.Hour && !now.Before(s.until) {
			continue // its access token was over long ago, and there is none to come back with
		}
		verbs = append(verbs, identity.RevokeVerification{ID: a.Book.EntryKey(s.Receipt).ID, Until: until})
	}
	for _, key := range unread { // whatever it was: it may have tokens, and ends with the others
		verbs = append(verbs, identity.RevokeVerification{ID: key.ID, Until: until})
	}
	return verbs, fault.At(op, err)
}

// Nudge has notices go that were just committed.
func (a *Act) Nudge() { a.Post.Nudge() }

// letters are one notice a party, which ends all of the person's sessions there
// (Back-Channel Logout 1.0 §2.4: `sub` alone), or one a session for a
// party that needs it named.
func (a *Act) letters(ctx context.Context, o identity.Opened, live []Session) (verbs []identity.Verb, err error) {
	told := map[identity.PartyID]bool{}
	for _, s := range live {
		if len(verbs) == most {
			break
		}
		p, err := a.Store.Party(ctx, s.Party)
		if fault.Is(err, fault.NotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		sid := ""
		if p.BySession {
			sid = s.sid
		}
		if p.BackChannel == "" || p.BySession && sid == "" || !p.BySession && told[p.ID] {
			continue
		}
		told[p.ID] = true
		letter, err := a.letter(o, p, sid)
		if err != nil {
			return nil, err
		}
		verbs = append(verbs, letter)
	}
	return verbs, nil
}

// letter is a notice as it waits, sealed. It goes to where the party is
// registered when it is sent, so it names the party and no address.
func (a *Act) letter(o identity.Opened, p identity.Party, sid string) (identity.Deliver, error) {
	text, err := json.Marshal(identity.LogoutNotice{Subject: a.Vault.Subject(o, p.Sector), SID: sid})
	if err != nil {
		return identity.Deliver{}, fault.Wrap("logout.letter", fault.Internal, "", err)
	}
	return a.Post.Leave(identity.Message{Kind: identity.LogoutToken, Address: string(p.ID), Text: string(text)}, a.Now().Add(Late))
}
