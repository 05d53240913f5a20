package oidc

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/token/jose"
)

const (
	logoutType  = "logout+jwt" // Back-Channel Logout 1.0 §2.4: so that no reader takes it for an ID token
	logoutEvent = "http://schemas.openid.net/event/backchannel-logout"
	logoutFor   = 2 * time.Minute // §2.4: short, at most two minutes
	notifyLimit = 3 * time.Second // of one attempt: a party that is slow keeps others' notices no longer
)

// Notifier tells parties that sessions are over (Back-Channel Logout 1.0 §2.5).
// It is a sender of the outbox: the token is made anew at each attempt, with an
// id of its own, so that one is fresh however long its notice waited, and a
// party that failed while it remembered an id takes the next.
type Notifier struct {
	Issuer  string
	Parties interface { // by which a party is found as it is registered now
		Party(ctx context.Context, id identity.PartyID) (identity.Party, error)
	}
	Signers   func() []jose.Signer
	SignersSM func() []jose.Signer // nil: none
	Post      func(ctx context.Context, address string, form url.Values) (status int, err error)
	Now       func() time.Time
}

// logoutToken has neither nonce nor anything that an answer has (§2.4).
type logoutToken struct {
	Iss    string              `json:"iss"`
	Sub    identity.Subject    `json:"sub"`
	Aud    identity.PartyID    `json:"aud"`
	Iat    int64               `json:"iat"`
	Exp    int64               `json:"exp"`
	JTI    string              `json:"jti"`
	SID    string              `json:"sid,omitempty"`
	Events map[string]struct{} `json:"events"`
}

// Send makes one attempt. Reason "logout_refused" when the party's server will
// never take this notice, "logout_unreachable" when it may later.
func (n Notifier) Send(ctx context.Context, _ identity.DeliveryID, party, text string) error {
	const op = "oidc.Send"
	var notice identity.LogoutNotice
	if err := json.Unmarshal([]byte(text), &notice); err != nil {
		return fault.Wrap(op, fault.Invalid, "logout_refused", err)
	}
	p, err := n.Parties.Party(ctx, identity.PartyID(party))
	if err != nil {
		return fault.At(op, err)
	}
	if p.BackChannel == "" {
		return fault.Newf(op, fault.Gone, "logout_refused", "the party takes no notices any more")
	}
	token, err := n.token(p, notice)
	if err != nil {
		return fault.At(op, err)
	}
	return n.post(ctx, op, p.BackChannel, url.Values{"logout_token": {token}}, "logout_refused", "logout_unreachable")
}

// post makes one attempt at an address that is a party's.
func (n Notifier) post(ctx context.Context, op, address string, form url.Values, never, later string) error {
	ctx, cancel := context.WithTimeout(ctx, notifyLimit)
	defer cancel()
	status, err := n.Post(ctx, address, form)
	switch {
	case err != nil:
		return fault.At(op, err) // an address that may not be asked is refused for good
	case status == http.StatusOK || status == http.StatusAccepted || status == http.StatusNoContent: // §2.8; RFC 8935 §2.2
		return nil
	case status == http.StatusBadRequest || status == http.StatusGone || status == http.StatusRequestEntityTooLarge || status == http.StatusUnprocessableEntity:
		return fault.Newf(op, fault.Invalid, never, "the party's server answers %d", status)
	}
	return fault.Newf(op, fault.Unavailable, later, "the party's server answers %d", status)
}

func (n Notifier) token(p identity.Party, notice identity.LogoutNotice) (string, error) {
	now := n.Now()
	return n.sign(p, logoutType, logoutToken{Iss: n.Issuer, Sub: notice.Subject, Aud: p.ID, Iat: now.Unix(), Exp: now.Add(logoutFor).Unix(),
		JTI: identity.NewHandle().Text(), SID: notice.SID, Events: map[string]struct{}{logoutEvent: {}}})
}

// sign signs as the party's ID tokens are signed.
func (n Notifier) sign(p identity.Party, kind string, claims any) (string, error) {
	alg, signers := jose.ES256, n.Signers
	if p.IDTokenAlg == jose.SM2 {
		alg, signers = jose.SM2, n.SignersSM
	}
	if signers == nil {
		return "", notServed(alg)
	}
	coder, err := jose.NewCoder(alg, signers, kind)
	if err != nil {
		return "", err
	}
	return coder.Encode(claims)
}
