// Package oauth is the authorization server's half of a conversation: how a
// relying party proves itself, how a form is read, and how a refusal is said
// (RFC 6749, 6750, 7521, 7523, 9700; FAPI 2.0 Security Profile §5.3.2.1).
//
// It owns the shapes that every protocol over OAuth shares and refuses to
// know what a party asks for or receives.
//
// Invariant: whatever leaves in an error comes from a closed list of words,
// never from the request; what is not known to be the caller's mistake is ours.
package oauth

import (
	"context"
	"time"

	"netid/internal/identity"
)

// Parties finds registered parties and checks their secrets.
type Parties interface {
	Party(ctx context.Context, id identity.PartyID) (identity.Party, error)
	SecretMatches(p identity.Party, secret string) bool
}

// Once takes an id for good until the instant; a conflict means that it was
// taken before. It is shared by every node.
type Once func(ctx context.Context, id []byte, until time.Time) error
