package sdjwt

import (
	"net/url"
	"slices"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
	"netid/internal/token/jose"
)

// Trust says whose tokens count: it checks the signature with a key that it
// trusts at that moment, and that the key is the issuer's that the token names
// (RFC 9901 §7.1 step 2).
type Trust func(t *jose.Token, now time.Time) (jose.Object, error)

// ByKeys trusts one issuer by the keys that it publishes.
func ByKeys(issuer string, keys jose.Set) Trust {
	return func(t *jose.Token, _ time.Time) (jose.Object, error) {
		claims, err := t.Verify(keys)
		if err != nil {
			return nil, err
		}
		if iss, ok := claims.Text("iss"); !ok || iss != issuer {
			return nil, untrusted("another issuer")
		}
		return claims, nil
	}
}

// ByRoots trusts every issuer whose certificate a root vouches for: the token
// brings the chain (`x5c`), the root it must not (HAIP 1.0 §6.1.1). The issuer is
// the certificate's subject (draft-ietf-oauth-sd-jwt-vc §2.5); where the token
// names one too (`iss`), the certificate must have that name: its URI, or the host of its https URI.
// A root certifies parties too, so whoever it is must be at the address of the kind (`vct`).
func ByRoots(roots suite.Roots) Trust {
	return func(t *jose.Token, now time.Time) (jose.Object, error) {
		own, between, err := t.Chain()
		if err != nil {
			return nil, err
		}
		if err := roots.VerifySigner(own, between, now); err != nil {
			return nil, err
		}
		key, ok := own.Key()
		if !ok {
			return nil, untrusted("a key of a kind that is not read")
		}
		claims, err := t.VerifyWith(key)
		if err != nil {
			return nil, err
		}
		kind, _ := claims.Text("vct")
		home := origin(kind)
		iss, ok := home, true
		if claims.Has("iss") {
			iss, ok = claims.Text("iss")
		}
		if home == "" || !ok || origin(iss) != home {
			return nil, untrusted("the kind is not this issuer's")
		}
		if !certified(own, iss) {
			return nil, untrusted("its certificate is for another issuer")
		}
		return claims, nil
	}
}

// origin is scheme and host of an address, "" where it has none.
func origin(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

func certified(c suite.Certificate, iss string) bool {
	if c.Named("uri", iss) {
		return true
	}
	u, err := url.Parse(iss)
	return err == nil && u.Scheme == "https" && u.Host != "" && c.Named("dns", u.Host)
}

func untrusted(why string) error {
	return fault.Newf("sdjwt.Trust", fault.Unauthenticated, "issuer_untrusted", "%s", why)
}

// Verifier is a place where SD-JWTs are read: what it accepts is all that counts there.
type Verifier struct {
	Suite   identity.Suite // one: ES256 signs with ES256 and digests with sha-256, SM with SM2 and SM3
	Types   []string       // accepted `typ` of the issuer's JWT
	Kind    string         // the only accepted `vct`; "": what is read is no credential
	Trust   Trust
	Holders []string // algorithms of holders' keys; a browser's key is ES256 under either suite
}

// Binding is what a holder's proof must be for (RFC 9901 §7.3 step 5).
type Binding struct {
	Audience, Nonce string
	Window          time.Duration // how far the proof's time may lie from now, on either side; both ends are good
}

// Presented is what an SD-JWT says, all of it checked.
type Presented struct {
	Claims    jose.Object // the processed payload (§7.1), without the format's own names
	Disclosed []string    // the places of what was disclosed, as RFC 6901 writes them, in order; an element's as issued
	Holder    string      // thumbprint (RFC 7638) of the key whose proof was checked; "": none was asked for

	kept reading
}

// reading is what a second look needs.
type reading struct {
	suite   identity.Suite
	payload jose.Object
	texts   []string
}

// Read checks an SD-JWT where no holder's proof is asked for (RFC 9901 §7.1). One
// that brings a proof is refused: nobody here would look at it. Times have no
// slack: good from `nbf`, and until the second before `exp`.
// Reasons "credential_invalid", "credential_expired", "credential_early",
// "credential_kind", those of the trust and of package jose.
func (v Verifier) Read(text string, now time.Time) (*Presented, error) {
	const op = "sdjwt.Read"
	p, all, err := v.read(text, now)
	if err != nil {
		return nil, fault.At(op, err)
	}
	if all.proof != "" {
		return nil, invalid(op, "a holder's proof that was not asked for")
	}
	return p, nil
}

// ReadBound checks a presentation whose holder must prove the key that the
// issuer named, for this reader and this transaction (RFC 9901 §7.3). That the nonce serves once is the caller's to see to.
// Reason "binding_invalid", and those of Read.
func (v Verifier) ReadBound(text string, b Binding, now time.Time) (*Presented, error) {
	const op = "sdjwt.ReadBound"
	if b.Audience == "" || b.Nonce == "" || b.Window <= 0 {
		return nil, fault.Newf(op, fault.Internal, "", "a binding to nothing")
	}
	p, all, err := v.read(text, now)
	if err != nil {
		return nil, fault.At(op, err)
	}
	if p.Holder, err = v.bound(all, p.kept.payload, b, now); err != nil {
		return nil, fault.At(op, err)
	}
	return p, nil
}

func (v Verifier) alg() string { return jose.AlgOf(v.Suite) }

func (v Verifier) read(text string, now time.Time) (*Presented, parts, error) {
	const op = "sdjwt.read"
	if v.Trust == nil {
		return nil, parts{}, fault.Newf(op, fault.Internal, "", "a place that trusts nobody")
	}
	all, err := split(text)
	if err != nil {
		return nil, all, err
	}
	t, err := jose.Place{Algs: []string{v.alg()}, Types: v.Types, Limit: maxText}.Parse(all.jwt)
	if err != nil {
		return nil, all, err
	}
	payload, err := v.Trust(t, now)
	if err != nil {
		return nil, all, err
	}
	claims, taken, err := resolve(v.Suite, payload, all.disclosures, nil)
	if err != nil {
		return nil, all, err
	}
	if kind, ok := claims.Text("vct"); v.Kind != "" && (!ok || kind != v.Kind) {
		return nil, all, fault.Newf(op, fault.Invalid, "credential_kind", "of another kind")
	}
	if err := inTime(claims, now); err != nil {
		return nil, all, err
	}
	p := &Presented{Claims: claims, kept: reading{v.Suite, payload, all.disclosures}}
	for _, d := range taken {
		p.Disclosed = append(p.Disclosed, d.at.pointer())
	}
	slices.Sort(p.Disclosed)
	return p, all, nil
}

// inTime checks `exp` and `nbf` where they are (RFC 7519 §4.1.4, §4.1.5).
func inTime(claims jose.Object, now time.Time) error {
	const op = "sdjwt.inTime"
	if exp, ok := claims.Instant("exp"); claims.Has("exp") && (!ok || !now.Before(exp)) {
		return fault.New(op, fault.Invalid, "credential_expired")
	}
	if nbf, ok := claims.Instant("nbf"); claims.Has("nbf") && (!ok || now.Before(nbf)) {
		return fault.New(op, fault.Invalid, "credential_early")
	}
	return nil
}

// bound checks a holder's proof and gives the thumbprint of its key.
func (v Verifier) bound(all parts, payload jose.Object, b Binding, now time.Time) (holder string, err error) {
	const op = "sdjwt.bound"
	bad := func(why string) (string, error) {
		return "", fault.Newf(op, fault.Unauthenticated, "binding_invalid", "%s", why)
	}
	if all.proof == "" {
		return bad("no holder's proof")
	}
	cnf, err := jose.ParseObject(payload["cnf"], maxText)
	if err != nil {
		return bad("the issuer named no key")
	}
	key, err := suite.ParsePublicKey(cnf["jwk"]) // its other members say nothing here (I13)
	if err != nil {
		return bad("the issuer named no key that is read")
	}
	t, err := jose.Place{Algs: v.Holders, Types: []string{TypeBinding}, Limit: maxText}.Parse(all.proof)
	if err != nil {
		return "", fault.Wrap(op, fault.Unauthenticated, "binding_invalid", err)
	}
	claims, err := t.VerifyWith(key)
	if err != nil {
		return "", fault.Wrap(op, fault.Unauthenticated, "binding_invalid", err)
	}
	made, ok := claims.Instant("iat")
	if !ok || made.Before(now.Add(-b.Window)) || made.After(now.Add(b.Window)) {
		return bad("its time is too far from now")
	}
	if aud, ok := claims.Text("aud"); !ok || aud != b.Audience { // one string, §4.3
		return bad("it is for another reader")
	}
	if nonce, ok := claims.Text("nonce"); !ok || nonce != b.Nonce {
		return bad("it is for another transaction")
	}
	if hash, ok := claims.Text("sd_hash"); !ok || hash != digest(v.Suite, all.signed) {
		return bad("it is for other disclosures")
	}
	if err := inTime(claims, now); err != nil {
		return "", fault.Wrap(op, fault.Unauthenticated, "binding_invalid", err)
	}
	return key.Thumbprint(), nil
}
