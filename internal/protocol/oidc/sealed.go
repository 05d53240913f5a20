package oidc

import (
	"context"
	"net/http"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/protocol/oauth"
	"netid/internal/token/jose"
)

// recipient are the keys to which the party's ID token is encrypted; none
// where it registered for that no algorithm. It is asked before a code is
// traded: an answer that could not leave must not be used up.
func (d *Door) recipient(ctx context.Context, p identity.Party) (jose.Set, refusal, error) {
	if p.Sealed == "" {
		return jose.Set{}, nil, nil
	}
	keys, err := d.Keys(ctx, p, func(s jose.Set) bool { return s.Seals(p.Sealed) })
	if err == nil && !keys.Seals(p.Sealed) {
		err = fault.New("oidc.recipient", fault.Unavailable, "encryption_key_missing")
	}
	if err != nil {
		return keys, &oauth.Refusal{Status: http.StatusServiceUnavailable, Code: "temporarily_unavailable", Description: "the party's encryption key cannot be had"}, err
	}
	return keys, nil, nil
}

// sealed encrypts an ID token for a party that registered for that (OpenID
// Connect Core §16.14: signed, then encrypted). Plain text for any other party
// stops here: only a sandbox may be told otherwise.
func sealed(p identity.Party, to jose.Set, v identity.Verification, token string) (string, error) {
	if p.Sealed != "" {
		return to.Seal(p.Sealed, token)
	}
	if v.Plain != nil && !(p.Sandbox && p.Unsealed) {
		return "", fault.Newf("oidc.sealed", fault.Internal, "", "plain text for a party without a key")
	}
	return token, nil
}
