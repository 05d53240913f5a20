package jose

import (
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
)

// The algorithms that are read; ES256 and SM2 alone are also written.
const (
	ES256 = suite.AlgES256
	PS256 = suite.AlgPS256
	EdDSA = suite.AlgEdDSA // Ed25519
	SM2   = suite.AlgSM2   // private: SM2 has no registered name
)

// PartyAlgs are how parties sign what they send (FAPI 2.0 §5.4.1).
func PartyAlgs() []string { return []string{ES256, PS256, EdDSA} }

// AlgOf is how keys of a suite sign.
func AlgOf(s identity.Suite) string {
	if s == identity.SM {
		return SM2
	}
	return ES256
}

// CheckAlg says whether a service of the profile signs ID tokens so, for a
// party that asks. Fails with Invalid "id_token_alg_unknown", or
// "id_token_alg_not_served" where only another profile has it.
func CheckAlg(p suite.Profile, alg string) error {
	const op = "jose.CheckAlg"
	switch {
	case alg == ES256, alg == SM2 && p.SM():
		return nil
	case alg == SM2:
		return fault.Newf(op, fault.Invalid, "id_token_alg_not_served", "the profile %s has no SM2", p)
	}
	return fault.Newf(op, fault.Invalid, "id_token_alg_unknown", "%q", alg)
}
