package identity

import (
	"slices"
	"time"
)

// KindID is a configuration of credentials by its id, as the issuer's metadata
// names it (OpenID4VCI 1.0 §12.2.4): "age", "person", "age-sm".
type KindID string

// CredentialGrant is who may get which credentials until when. Both ways to
// credentials end in one, the pre-authorized code and the authorization code; the
// credential access token is this value, sealed, and nothing of it is kept here.
type CredentialGrant struct {
	Person      PersonID      `json:"o"`
	Certificate CertificateID `json:"c"` // of the device that approved: revoked, it ends the grant
	Epoch       uint64        `json:"e"` // of the person
	Kinds       []KindID      `json:"k"`
	Client      PartyID       `json:"p,omitempty"` // "" is a wallet that nobody registered
	Confirm     Confirm       `json:"f,omitzero"`  // what its bearer must hold (RFC 9449 §6)
	Receipt     EventID       `json:"i"`           // of the approval: what came of one is over together
	Until       time.Time     `json:"u"`
}

// Allows reports whether the grant is for the kind.
func (g CredentialGrant) Allows(kind KindID) bool { return slices.Contains(g.Kinds, kind) }
