package jose

import (
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
)

// The algorithms that are written and read. A place names one of them.
const (
	ES256 = "ES256"
	SM2   = suite.AlgSM2 // private: SM2 has no registered name
)

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

// verify checks a signature by a key of the algorithm.
func verify(alg string, jwk, input, signature []byte) error {
	switch alg {
	case ES256:
		return suite.VerifyES256(jwk, input, signature)
	case SM2:
		return suite.VerifySM2(jwk, input, signature)
	}
	return fault.Newf("jose.verify", fault.Internal, "", "algorithm %q", alg)
}
