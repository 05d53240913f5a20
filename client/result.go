package client

import (
	"encoding/json"
	"time"
)

// ResultType is the type of a Result's JWT.
const ResultType = "netid-result+jwt"

// Result is what netid says to a party that had it ask a wallet (`POST
// /vp/requests`), or to a venue about who shows a code (`POST /scan`): yes or no to each thing
// that was asked. It is about nobody in particular, so there is no subject in it.
type Result struct {
	Issuer   string
	Audience string
	Nonce    string          // the party's own, "" where it sent none
	Receipt  string          // names a verification at a gate, which the person's own records show too; "" of a wallet's
	Says     map[string]bool // "real_person", "age_over_18": never empty
	Issued   time.Time
	Expires  time.Time
}

// CheckResult checks a result against the issuer's key set (a JWK Set; ES256
// alone) and what the party itself knows: the issuer, its own client id, the nonce
// that it sent ("" if none). Fails with ErrToken, ErrKey or ErrSignature.
func CheckResult(jwt string, jwks []byte, issuer, audience, nonce string, now time.Time) (r Result, err error) {
	claims, err := statement(jwt, ResultType, Expect{Keys: jwks, Issuer: issuer}, now)
	if err != nil {
		return r, err
	}
	if audience == "" || !claims.isFor(audience) {
		return r, refuseToken("aud")
	}
	if got, err := claims.text("nonce"); err != nil || got != nonce {
		return r, refuseToken("nonce")
	}
	receipt, err := claims.text("receipt")
	if err != nil {
		return r, refuseToken("receipt")
	}
	says, err := parseObject(claims["says"])
	if err != nil || len(says) == 0 {
		return r, refuseToken("says")
	}
	r = Result{Issuer: issuer, Audience: audience, Nonce: nonce, Receipt: receipt, Says: make(map[string]bool, len(says))}
	for name, raw := range says {
		var said *bool
		if err := json.Unmarshal(raw, &said); err != nil || said == nil {
			return Result{}, refuseToken("says")
		}
		r.Says[name] = *said
	}
	r.Issued, _ = claims.date("iat") // there, or statement would have said no
	r.Expires, _ = claims.date("exp")
	return r, nil
}
