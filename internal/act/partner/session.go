package partner

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"time"

	"netid/client"
	"netid/internal/fault"
	"netid/internal/identity"
)

const (
	challengeLife = 5 * time.Minute
	sessionLife   = 12 * time.Hour
	sessionIdle   = 15 * time.Minute
	tokenLife     = 90 * 24 * time.Hour
)

type challenge struct {
	Nonce   identity.Handle `json:"n"`
	Expires time.Time       `json:"x"`
}

// session is what a browser holds, sealed. The role is not in it: it is read anew with each page.
type session struct {
	Org   ID        `json:"o"`
	ID    ID        `json:"i"`
	Out   uint64    `json:"u,omitempty"` // how often its member signed out before
	Began time.Time `json:"b"`
	Seen  time.Time `json:"s"`
}

// Token is an organisation's access token: its digest is kept, it was shown once. It ends
// with the membership of who made it, or with their right to build (By; "" of before that was kept).
type Token struct {
	ID      ID        `json:"id"`
	By      ID        `json:"by,omitempty"`
	Digest  []byte    `json:"digest"`
	Expires time.Time `json:"expires"`
}

// Challenge is what a passkey answers, once, within five minutes.
func (a *Act) Challenge() (sealed string, err error) {
	sealed, err = a.Challenges.Seal(challenge{identity.NewHandle(), a.Now().Add(challengeLife)})
	return sealed, fault.At("partner.Challenge", err)
}

func (a *Act) fresh(sealed string) (c challenge, err error) {
	if err := a.Challenges.Open(sealed, &c); err != nil || !a.Now().Before(c.Expires) {
		return c, fault.New("partner.fresh", fault.Unauthenticated, "partner_challenge_over")
	}
	return c, nil
}

// spent says what a challenge that was already answered is to its caller.
func spent(op string, err error) error {
	if fault.Because(err, "already_used") || fault.Because(err, "dossier_exists") { // an organisation is called by its challenge
		return fault.Wrap(op, fault.Unauthenticated, "partner_challenge_over", err)
	}
	return err
}

// SignInText is what a member's passkey signs.
func (a *Act) SignInText(sealed string) string {
	return "netid-partner-signin/1\n" + a.Issuer + "\n" + sealed
}

// SignIn takes a passkey's answer, once. Whether it was the member, the organisation or
// the signature is not said to who cannot prove themselves: Unauthenticated "partner_unproven".
func (a *Act) SignIn(ctx context.Context, sealed string, org, id ID, signature []byte) (cookie string, err error) {
	const op = "partner.SignIn"
	no := fault.New(op, fault.Unauthenticated, "partner_unproven")
	c, err := a.fresh(sealed)
	if err != nil {
		return "", fault.At(op, err)
	}
	var o Organisation
	_, err = a.Dossiers.Read(ctx, organisations, string(org), &o)
	if fault.Is(err, fault.NotFound) {
		return "", no
	}
	if err != nil {
		return "", fault.At(op, err)
	}
	m := o.member(id)
	if m == nil || client.CheckDevice([]byte(a.SignInText(sealed)), signature, m.Key) != nil {
		return "", no
	}
	if err := a.Store.Jot(ctx, identity.TakeOnce{ID: a.Cover.ID(c.Nonce), Until: c.Expires}); err != nil {
		return "", fault.At(op, spent(op, err))
	}
	return a.begin(org, *m)
}

func (a *Act) begin(org ID, m Member) (string, error) {
	now := a.Now().UTC()
	cookie, err := a.Sessions.Seal(session{org, m.ID, m.Out, now, now})
	return cookie, fault.At("partner.begin", err)
}

// Open reads a session and gives its cookie anew. It ends after 15 minutes without a page,
// after 12 hours, when its member signs out anywhere, and when they or the organisation go.
func (a *Act) Open(ctx context.Context, cookie string) (by Who, next string, err error) {
	const op = "partner.Open"
	s, o, _, err := a.opened(ctx, cookie)
	if err != nil {
		return Who{}, "", fault.At(op, err)
	}
	by = Who{Organisation: s.Org, Member: s.ID}
	by.Role, _ = o.roleOf(s.ID, a.Now())
	s.Seen = a.Now().UTC()
	next, err = a.Sessions.Seal(s)
	return by, next, fault.At(op, err)
}

// opened reads a session with its organisation, in which its member stands.
func (a *Act) opened(ctx context.Context, cookie string) (s session, o Organisation, version uint64, err error) {
	over := fault.New("partner.opened", fault.Unauthenticated, "partner_signed_out")
	now := a.Now().UTC()
	if err := a.Sessions.Open(cookie, &s); err != nil || now.Sub(s.Began) >= sessionLife || now.Sub(s.Seen) >= sessionIdle {
		return s, o, 0, over
	}
	if o, version, err = a.read(ctx, Who{Organisation: s.Org, Member: s.ID}, Read); err != nil {
		return s, o, 0, err
	}
	if m := o.member(s.ID); m == nil || m.Out != s.Out {
		return s, o, 0, over
	}
	return s, o, version, nil
}

// SignOut ends every session of the member who holds this cookie, in whichever browser and
// on each node. Of a cookie that is over already nothing happens.
func (a *Act) SignOut(ctx context.Context, cookie string) error {
	err := a.again(func() error {
		s, o, version, err := a.opened(ctx, cookie)
		if err != nil {
			return err
		}
		o.member(s.ID).Out++
		kept, err := a.Dossiers.Keep(organisations, string(o.ID), version, o)
		if err != nil {
			return err
		}
		return a.Store.Jot(ctx, kept)
	})
	if fault.Is(err, fault.Unauthenticated) {
		return nil
	}
	return fault.At("partner.SignOut", err)
}

// Issue makes an access token for programs of the organisation: shown once, 90 days, with
// what a developer may do.
func (a *Act) Issue(ctx context.Context, by Who) (token string, err error) {
	const op = "partner.Issue"
	secret, id := identity.NewHandle(), word("t-")
	err = a.amend(ctx, by, Govern, identity.PartnerChanged, func(o *Organisation) ([]identity.Verb, string, error) {
		o.Tokens = slices.DeleteFunc(slices.Clone(o.Tokens), func(t Token) bool { return !a.Now().Before(t.Expires) })
		if len(o.Tokens) >= maxTokens {
			return nil, "", fault.New(op, fault.TooMany, "partner_full")
		}
		o.Tokens = append(o.Tokens, Token{id, by.Member, a.Cover.ID(secret), a.today().Add(tokenLife)})
		return a.pace(o), string(id) + " token", nil
	})
	if err != nil {
		return "", fault.At(op, err)
	}
	return string(by.Organisation) + "." + secret.Text(), nil
}

// Strike ends a token at once.
func (a *Act) Strike(ctx context.Context, by Who, id ID) error {
	const op = "partner.Strike"
	return fault.At(op, a.amend(ctx, by, Govern, identity.PartnerChanged, func(o *Organisation) ([]identity.Verb, string, error) {
		at := slices.IndexFunc(o.Tokens, func(t Token) bool { return t.ID == id })
		if at < 0 {
			return nil, "", fault.New(op, fault.NotFound, "partner_token_unknown")
		}
		o.Tokens = slices.Delete(slices.Clone(o.Tokens), at, at+1)
		return nil, string(id) + " struck", nil
	}))
}

// Bearer is whose a token is. One that never was, is over or was struck is
// Unauthenticated "partner_unproven".
func (a *Act) Bearer(ctx context.Context, token string) (Who, error) {
	const op = "partner.Bearer"
	no := fault.New(op, fault.Unauthenticated, "partner_unproven")
	org, rest, _ := strings.Cut(token, ".")
	secret, err := identity.ParseHandle(rest)
	if err != nil {
		return Who{}, no
	}
	var o Organisation
	_, err = a.Dossiers.Read(ctx, organisations, org, &o)
	if fault.Is(err, fault.NotFound) {
		return Who{}, no
	}
	if err != nil {
		return Who{}, fault.At(op, err)
	}
	digest := a.Cover.ID(secret)
	at := slices.IndexFunc(o.Tokens, func(t Token) bool { return bytes.Equal(t.Digest, digest) && o.good(t, a.Now()) })
	if at < 0 {
		return Who{}, no
	}
	return Who{o.ID, o.Tokens[at].ID, Developer}, nil
}
