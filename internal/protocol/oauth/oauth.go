// Package oauth is the authorization server's half of a conversation: how a
// relying party proves itself and holds its keys, how a form is read, and how a
// refusal is said (RFC 6749, 6750, 7521, 7523, 8705, 9449, 9700; FAPI 2.0 Security
// Profile §5.3.2.1).
//
// It owns the shapes that every protocol over OAuth shares and refuses to
// know what a party asks for or receives.
//
// Invariant: whatever leaves in an error comes from a closed list of words,
// never from the request; what is not known to be the caller's mistake is ours.
package oauth

import (
	"context"

	"netid/internal/identity"
	"netid/internal/token/jose"
)

// Parties finds registered parties and checks their secrets.
type Parties interface {
	Party(ctx context.Context, id identity.PartyID) (identity.Party, error)
	SecretMatches(p identity.Party, secret string) bool
}

// Once takes ids for good until their instants, all or none; a conflict means
// that one of them was taken before. It is shared by every node, and all are in
// one commit.
type Once func(ctx context.Context, ids ...identity.TakeOnce) error

// Keys finds the keys by which a party signs. It may look again where has says
// that they are not the ones.
type Keys func(ctx context.Context, p identity.Party, has func(jose.Set) bool) (jose.Set, error)
