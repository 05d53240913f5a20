package admit

import (
	"netid/internal/fault"
	"netid/internal/identity"
)

// authenticate settles how the party proves itself, which keys it has, and to
// what its tokens are bound.
func (a *Act) authenticate(p *identity.Party, in Application) (secret string, err error) {
	const op = "admit.authenticate"
	if p.Auth, err = method(in, a.signing(in)); err != nil {
		return "", err
	}
	if err := a.keys(p, in); err != nil {
		return "", err
	}
	p.FAPI, p.DPoP, p.CertBound = in.FAPI, in.DPoP, in.CertBound
	if p.Auth.ByTLS() || p.CertBound || p.Auth == identity.AuthWallet {
		if err := a.Keys.CheckMethod(p.ID, p.Auth); err != nil {
			return "", err
		}
	}
	// HAIP 1.0 §4: tokens are bound by DPoP. A refresh token would be bound to the
	// instance too (attestation-based client auth -07 §10.3), which an answer without the citizen is not.
	if p.Auth == identity.AuthWallet && (p.CertBound || in.Offline != 0) {
		return "", fault.New(op, fault.Invalid, "wallet_unfit")
	}
	// FAPI 2.0 §5.3.2.1: confidential parties alone, and no secret that travels.
	if p.FAPI && (p.Auth == identity.AuthNone || p.Auth == identity.AuthSecret) {
		return "", fault.New(op, fault.Invalid, "fapi_needs_key")
	}
	if p.Auth != identity.AuthSecret {
		return "", nil
	}
	if secret = in.Secret; secret == "" {
		secret = identity.Handle(a.Keys.Random(32)).Text()
	}
	d := a.Keys.Digest([]byte("party-secret"), []byte(p.ID), []byte(secret))
	p.SecretDigest = d[:]
	return secret, nil
}

// method is the one that is named, or else the one that follows from what is
// there: keys prove by signatures, a public party by nothing, others by a secret.
func method(in Application, keys bool) (identity.PartyAuth, error) {
	const op = "admit.method"
	m := identity.PartyAuth(in.Method)
	switch {
	case keys && in.Public, in.Public && m != "" && m != identity.AuthNone:
		return "", fault.New(op, fault.Invalid, "party_auth_ambiguous")
	case m == "" && keys:
		m = identity.AuthKey
	case m == "" && in.Public:
		m = identity.AuthNone
	case m == "" && named(in).Kind != "":
		m = identity.AuthTLS
	case m == "" || m == "client_secret_post": // one secret, wherever it stands
		m = identity.AuthSecret
	}
	switch m {
	case identity.AuthSecret, identity.AuthNone:
	case identity.AuthKey, identity.AuthSelf:
		if !keys {
			return "", fault.New(op, fault.Invalid, "jwks_missing")
		}
	case identity.AuthTLS, identity.AuthWallet:
	default:
		return "", fault.New(op, fault.Invalid, "auth_method_unknown")
	}
	return m, nil
}

// keys are given or published, never both (RFC 7591 §2); the one name of a
// certificate belongs to the method that asks for it (RFC 8705 §2.1.2).
func (a *Act) keys(p *identity.Party, in Application) error {
	const op = "admit.keys"
	if len(in.JWKS) > 0 && in.JWKSURI != "" {
		return fault.New(op, fault.Invalid, "jwks_ambiguous")
	}
	if len(in.JWKS) > 0 {
		if err := a.Keys.CheckJWKS(in.JWKS); err != nil {
			return err
		}
	}
	if in.JWKSURI != "" {
		if err := a.Keys.CheckAddress(in.JWKSURI); err != nil {
			return fault.Wrap(op, fault.Invalid, "jwks_uri_invalid", err)
		}
	}
	p.JWKS, p.JWKSURI, p.Certificate = in.JWKS, in.JWKSURI, named(in)
	if (p.Auth == identity.AuthTLS) != (p.Certificate.Kind != "") || p.Certificate.Kind == "many" || len(p.Certificate.Name) > 1024 {
		return fault.New(op, fault.Invalid, "certificate_name_invalid")
	}
	return nil
}

// named is the one name that is given; of more than one the kind is "many".
func named(in Application) (n identity.CertificateName) {
	for _, of := range []identity.CertificateName{{Kind: "dn", Name: in.SubjectDN}, {Kind: "dns", Name: in.SANDNS}, {Kind: "uri", Name: in.SANURI},
		{Kind: "ip", Name: in.SANIP}, {Kind: "email", Name: in.SANEmail}} {
		switch {
		case of.Name == "":
		case n.Kind != "":
			return identity.CertificateName{Kind: "many"}
		default:
			n = of
		}
	}
	return n
}
