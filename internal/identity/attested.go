package identity

import "slices"

// Allows reports whether the grant is for credentials of the configuration.
func (g CredentialGrant) Allows(kind string) bool { return slices.Contains(g.Kinds, kind) }
