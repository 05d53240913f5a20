package admit

import (
	"netid/internal/fault"
	"netid/internal/identity"
)

// learns settles which plain text the party may ask, for how long it keeps it,
// and to which key of its own it is encrypted (Art. 8). Whether the citations
// are there the law says.
func (a *Act) learns(p *identity.Party, in Application) error {
	const op = "admit.learns"
	invalid := func(why string) error { return fault.New(op, fault.Invalid, why) }
	for item, law := range in.Bases {
		if _, err := identity.ParseItem(item); err != nil && item != "" && law != "" {
			return err
		}
	}
	if err := ends(p, in); err != nil {
		return err
	}
	p.KeepDays, p.Unsealed = in.KeepDays, in.Unsealed
	switch {
	case len(in.Bases) > 0 && (in.KeepDays < 1 || in.KeepDays > 3650):
		return invalid("keep_days_missing")
	case len(in.Bases) == 0 && in.KeepDays != 0:
		return invalid("keep_days_alone")
	case in.Unsealed && !in.Sandbox:
		return invalid("unencrypted_in_sandbox_only")
	case in.Unsealed && in.Sealed != "":
		return invalid("encryption_ambiguous")
	case in.SealedEnc != "" && (in.Sealed == "" || in.SealedEnc != "A256GCM"):
		return invalid("encryption_alg_not_served")
	case in.Sealed == "":
		return nil
	}
	p.Sealed = in.Sealed
	jwks := []byte(in.JWKS)
	if len(jwks) == 0 && in.JWKSURI == "" {
		return invalid("encryption_key_missing")
	}
	if in.JWKSURI != "" {
		jwks = nil // fetched when it is needed
	}
	return a.Keys.CheckSeal(jwks, in.Sealed)
}

// ends settles the last day of each basis that has one. One that is over
// already is registered as it is: the law answers each request.
func ends(p *identity.Party, in Application) error {
	const op = "admit.ends"
	for item, day := range in.BasesUntil {
		if in.Bases[item] == "" {
			return fault.New(op, fault.Invalid, "basis_end_alone")
		}
		last, err := identity.ParseDate(day)
		if err != nil {
			return fault.Wrap(op, fault.Invalid, "basis_end_invalid", err)
		}
		if p.BasesUntil == nil {
			p.BasesUntil = map[string]identity.Date{}
		}
		p.BasesUntil[item] = last
	}
	return nil
}

// signing reports whether the party has keys to prove by. Some have keys for
// encryption alone.
func (a *Act) signing(in Application) bool {
	return len(in.JWKS) > 0 && a.Keys.Signing(in.JWKS) || in.JWKSURI != ""
}
