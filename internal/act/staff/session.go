package staff

import (
	"context"
	"time"

	"netid/client"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
)

const challengeLife = 5 * time.Minute

type challenge struct {
	Nonce   identity.Handle `json:"n"`
	Expires time.Time       `json:"x"`
}

// session is what a browser holds, sealed. It names the version of the account: a
// change of role, a removal or a disabling ends it; and how often its owner signed out.
type session struct {
	ID      ID        `json:"i"`
	Version uint64    `json:"v"`
	Out     uint64    `json:"o,omitempty"`
	Began   time.Time `json:"b"`
	Seen    time.Time `json:"s"`
}

// Challenge is what a passkey answers to sign in, and the text that it signs.
func (a *Act) Challenge() (sealed, text string, err error) {
	sealed, err = a.Challenges.Seal(challenge{identity.NewHandle(), a.Now().Add(challengeLife)})
	return sealed, a.signinText(sealed), fault.At("staff.Challenge", err)
}

func (a *Act) signinText(sealed string) string {
	return "netid-staff-signin/1\n" + a.Issuer + "\n" + sealed
}

// SignIn takes a passkey's answer, once, and gives a session's cookie. Why it fails is
// not said to who cannot prove themselves.
func (a *Act) SignIn(ctx context.Context, sealed string, id ID, signature []byte) (cookie string, err error) {
	const op = "staff.SignIn"
	no := fault.New(op, fault.Unauthenticated, "staff_unproven")
	var c challenge
	if err := a.Challenges.Open(sealed, &c); err != nil || !a.Now().Before(c.Expires) {
		return "", no
	}
	l, version, err := a.account(ctx, id)
	if fault.Because(err, "staff_unknown") {
		return "", no
	}
	if err != nil {
		return "", fault.At(op, err)
	}
	if client.CheckDevice([]byte(a.signinText(sealed)), signature, l.Key) != nil {
		return "", no
	}
	if !l.Stands { // said to its owner alone, who has just proven it
		if l.Why == "removed" {
			return "", fault.New(op, fault.Forbidden, "staff_removed") // for good: nobody enables it again
		}
		return "", fault.New(op, fault.Forbidden, "staff_disabled")
	}
	var last time.Time
	at, err := a.Dossiers.Read(ctx, seen, string(id), &last)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return "", fault.At(op, err)
	}
	now := a.Now().UTC().Truncate(time.Second)
	kept, err := a.Dossiers.Keep(seen, string(id), at, now)
	if err != nil {
		return "", fault.At(op, err)
	}
	err = a.Store.Jot(ctx, identity.TakeOnce{ID: a.Cover.ID(c.Nonce), Until: c.Expires}, kept, a.Dossiers.Guard(accounts, string(id), version))
	if fault.Because(err, "already_used") {
		return "", no
	}
	if err != nil {
		return "", fault.At(op, err)
	}
	return a.begin(ctx, id, version)
}

func (a *Act) begin(ctx context.Context, id ID, version uint64) (string, error) {
	const op = "staff.begin"
	out, err := a.left(ctx, id)
	if err != nil {
		return "", fault.At(op, err)
	}
	now := a.Now().UTC()
	cookie, err := a.Sessions.Seal(session{id, version, out, now, now})
	return cookie, fault.At(op, err)
}

// left is how often somebody signed out: the version of the record that says when they did last.
func (a *Act) left(ctx context.Context, id ID) (version uint64, err error) {
	var last time.Time
	if version, err = a.Dossiers.Read(ctx, outs, string(id), &last); fault.Is(err, fault.NotFound) {
		return 0, nil
	}
	return version, err
}

// SignOut ends every session of whoever holds this cookie, in whichever browser and on each
// node: a copy of one is nothing any more. Of a cookie that is over already nothing happens.
func (a *Act) SignOut(ctx context.Context, cookie string) error {
	const op = "staff.SignOut"
	s, _, err := a.opened(ctx, cookie)
	if fault.Is(err, fault.Unauthenticated) {
		return nil
	}
	var kept identity.KeepDossier
	if err == nil {
		kept, err = a.Dossiers.Keep(outs, string(s.ID), s.Out, a.Now().UTC().Truncate(time.Second))
	}
	if err == nil {
		err = a.Store.Jot(ctx, kept)
	}
	if fault.Because(err, "dossier_moved") || fault.Because(err, "dossier_exists") { // they did so elsewhere, at this moment
		return nil
	}
	return fault.At(op, err)
}

// Open reads a session and gives its cookie anew: it ends after 15 minutes without a
// page, after 12 hours, with any change of its account, and when its owner signs out.
func (a *Act) Open(ctx context.Context, cookie string) (m Member, next string, err error) {
	const op = "staff.Open"
	s, m, err := a.opened(ctx, cookie)
	if err != nil {
		return Member{}, "", fault.At(op, err)
	}
	s.Seen = a.Now().UTC()
	next, err = a.Sessions.Seal(s)
	return m, next, fault.At(op, err)
}

func (a *Act) opened(ctx context.Context, cookie string) (s session, m Member, err error) {
	over := fault.New("staff.opened", fault.Unauthenticated, "staff_signed_out")
	if err := a.Sessions.Open(cookie, &s); err != nil {
		return s, m, over
	}
	idle, err := a.Setting(ctx, law.IdleMinutes)
	if err != nil {
		return s, m, err
	}
	hours, err := a.Setting(ctx, law.SessionHours)
	if err != nil {
		return s, m, err
	}
	now := a.Now().UTC()
	if now.Sub(s.Began) > time.Duration(hours)*time.Hour || now.Sub(s.Seen) > time.Duration(idle)*time.Minute {
		return s, m, over
	}
	l, version, err := a.account(ctx, s.ID)
	if fault.Because(err, "staff_unknown") || err == nil && (!l.Stands || version != s.Version) {
		return s, m, over
	}
	if err != nil {
		return s, m, err
	}
	out, err := a.left(ctx, s.ID)
	if err == nil && out != s.Out {
		err = over
	}
	return s, l.Member, err
}
