package client

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"time"
)

// TrustList is what a service publishes about the keys to believe, so that others
// can check offline: the roots of its certificates.
type TrustList struct {
	Issuer  string
	Issued  time.Time
	Expires time.Time
	Roots   []byte            // PEM, for Expect.Roots
	Keys    map[string][]byte // JWK Sets by what they sign, for Expect.Keys: credentials of the suite sm by "attestation-sm"
}

// Registration is what a service says of a party that asks: who it is, for what, and for which kinds.
type Registration struct {
	Issuer  string
	Party   string // `sub`
	Name    map[string]string
	Domain  string
	Purpose map[string]string
	Kinds   map[string][]string // credential kind: the claims that may be asked beside what is open
	Issued  time.Time
	Expires time.Time
}

const (
	typeTrust        = "netid-trust+jwt"
	typeRegistration = "netid-registration+jwt"
	maxRoots         = 16
)

// CheckTrustList checks a trust list (GET /trust) by a root, or a key, that the
// reader has from elsewhere; its issuer, which the reader names; and its time. The root is what to keep: a list that is only checked
// by the roots in itself proves that it is whole, not whose it is. Fails with ErrToken, ErrKey or ErrSignature.
func CheckTrustList(token string, e Expect, now time.Time) (t TrustList, err error) {
	claims, err := statement(token, typeTrust, e, now)
	if err != nil {
		return t, err
	}
	t.Issuer, _ = claims.text("iss") // its form was seen, and that of the dates
	t.Issued, _ = claims.date("iat")
	t.Expires, _ = claims.date("exp")
	t.Keys = keysIn(claims)
	t.Roots, err = rootsIn(claims)
	return t, err
}

// keysIn reads the member `keys`. Where it is none there are no keys, and nothing is checked by them; what
// is in a set is looked at when something is.
func keysIn(claims object) map[string][]byte {
	var sets map[string]json.RawMessage
	if err := json.Unmarshal(claims["keys"], &sets); err != nil {
		return nil
	}
	keys := make(map[string][]byte, len(sets))
	for use, set := range sets {
		keys[use] = set
	}
	return keys
}

// rootsIn reads the member `roots` of a trust list: certificates as in `x5c`.
func rootsIn(claims object) ([]byte, error) {
	var texts []string
	if err := json.Unmarshal(claims["roots"], &texts); err != nil || len(texts) == 0 || len(texts) > maxRoots {
		return nil, refuseToken("roots")
	}
	var out bytes.Buffer
	for _, text := range texts {
		der, err := base64.StdEncoding.Strict().DecodeString(text)
		if err != nil {
			return nil, refuseToken("roots")
		}
		if c, err := x509.ParseCertificate(der); err != nil || !c.IsCA {
			return nil, fmt.Errorf("%w: a root that is none", ErrKey)
		}
		if err := pem.Encode(&out, &pem.Block{Type: "CERTIFICATE", Bytes: der}); err != nil {
			return nil, refuseToken("roots")
		}
	}
	return out.Bytes(), nil
}

// CheckRegistration checks a registration statement (`verifier_info` of a request for
// credentials): what the service says of the party that asks. That whoever sends it is
// that party, the request's own signature proves. Fails with ErrToken, ErrKey or ErrSignature.
func CheckRegistration(token string, e Expect, now time.Time) (r Registration, err error) {
	claims, err := statement(token, typeRegistration, e, now)
	if err != nil {
		return r, err
	}
	r.Issuer, _ = claims.text("iss")
	r.Issued, _ = claims.date("iat")
	r.Expires, _ = claims.date("exp")
	var errs [2]error
	r.Party, errs[0] = claims.text("sub")
	r.Domain, errs[1] = claims.text("domain")
	if errs != [2]error{} || r.Party == "" {
		return Registration{}, refuseToken("sub or domain")
	}
	for name, into := range map[string]any{"name": &r.Name, "purpose": &r.Purpose, "kinds": &r.Kinds} {
		if err := json.Unmarshal(claims[name], into); err != nil {
			return Registration{}, refuseToken(name)
		}
	}
	return r, nil
}

// statement checks what a service states under its own name, for a time.
func statement(token, typ string, e Expect, now time.Time) (object, error) {
	if (e.Roots == nil) == (e.Keys == nil) || e.Issuer == "" || len(token) > maxKeys { // a root certifies parties too
		return nil, refuseToken("nothing to compare with, or too long")
	}
	claims, err := signed(es256(), token, typ, e, now)
	if err != nil {
		return nil, err
	}
	if issuer, err := claims.text("iss"); err != nil || issuer != e.Issuer {
		return nil, refuseToken("iss")
	}
	var a Answer
	if err := claims.times(&a, now); err != nil {
		return nil, err
	}
	return claims, nil
}

// ReadRoots gives the roots in a file that the reader trusts because of where it
// comes from: PEM, or a trust list, which must be whole by a root in itself, and in its
// time. Fails with ErrKey, ErrToken or ErrSignature.
func ReadRoots(file []byte, now time.Time) ([]byte, error) {
	file = bytes.TrimSpace(file)
	if len(file) > maxKeys {
		return nil, fmt.Errorf("%w: too long", ErrKey)
	}
	if bytes.HasPrefix(file, []byte("-----BEGIN CERTIFICATE-----")) {
		return file, nil
	}
	_, claims := peek(string(file))
	roots, err := rootsIn(claims)
	if err != nil {
		return nil, err
	}
	issuer, err := claims.text("iss")
	if err != nil {
		return nil, refuseToken("iss")
	}
	t, err := CheckTrustList(string(file), Expect{Roots: roots, Issuer: issuer}, now)
	return t.Roots, err
}
