package client

import (
	"encoding/json"
	"fmt"
	"time"
)

const (
	receiptType = "netid-receipt+jwt" // neither half passes for an ID token
	maxReceipt  = 20 << 10            // bytes: an ID token's claims, two headers, two signatures
)

// CheckReceipt checks the `receipt` of a token response, where the issuer signs
// twice: one JWS in the general serialization (RFC 7515 §7.2.1) over the claims
// of the ID token, signed by ES256 and by SM2, each under a protected header of
// its own. Both signatures must hold, each by a key of the issuer's set of that
// algorithm; a third, or one twice, is refused, so that nothing stands in the
// receipt that was not checked. The claims are checked as CheckAnswer does, as of
// the moment at which the receipt came: who checks a kept one later gives that
// moment again, and the key sets as they were, for keys are retired. Fails with
// ErrReceipt, ErrKey, ErrSignature or ErrToken.
func CheckReceipt(receipt, jwks, jwksSM []byte, issuer, audience, nonce string, came time.Time) (Answer, error) {
	r, err := parseReceipt(receipt)
	if err != nil {
		return Answer{}, err
	}
	for _, half := range []struct {
		algorithm
		keys []byte
	}{{es256(), jwks}, {sm2P256(), jwksSM}} {
		if err := r.check(half.algorithm, half.keys); err != nil {
			return Answer{}, err
		}
	}
	return readAnswer(r.payload, issuer, audience, nonce, came)
}

// receipt is one that was parsed and not yet checked.
type receipt struct {
	payload string
	signed  [2]struct {
		protected string
		signature []byte
	}
}

// parseReceipt takes exactly the members that there must be: an unprotected
// header, or a signature of the flattened form beside the list, could say to
// another reader what this one did not check (§7.2.2 forbids the latter).
func parseReceipt(b []byte) (r receipt, err error) {
	if len(b) > maxReceipt {
		return r, refuseReceipt("too long")
	}
	o, err := parseObject(b)
	if err != nil || len(o) != 2 {
		return r, refuseReceipt("not payload and signatures alone")
	}
	if r.payload, err = o.text("payload"); err != nil || r.payload == "" {
		return r, refuseReceipt("payload")
	}
	var all []object
	if err := json.Unmarshal(o["signatures"], &all); err != nil || len(all) != len(r.signed) {
		return r, refuseReceipt("not two signatures")
	}
	for i, s := range all {
		half := &r.signed[i]
		if half.protected, err = s.text("protected"); err != nil || half.protected == "" || len(s) != 2 {
			return r, refuseReceipt("not protected and signature alone")
		}
		signature, err := s.text("signature")
		if err != nil {
			return r, refuseReceipt("signature")
		}
		if half.signature, err = decode64(signature); err != nil {
			return r, refuseReceipt("signature")
		}
	}
	return r, nil
}

// check finds the signature of the algorithm and checks it. There are two
// signatures, and both algorithms are asked for: one twice leaves the other
// without.
func (r receipt) check(a algorithm, jwks []byte) error {
	found, kid := -1, ""
	for i, s := range r.signed {
		if id, err := a.header(s.protected, receiptType); err == nil {
			found, kid = i, id
		}
	}
	if found < 0 || kid == "" {
		return refuseReceipt("no signature by " + a.name + " under a key with an id")
	}
	key, err := keyOf(jwks, kid, a)
	if err != nil {
		return err
	}
	half := r.signed[found]
	return a.verify(key, []byte(half.protected+"."+r.payload), half.signature)
}

func refuseReceipt(what string) error { return fmt.Errorf("%w: %s", ErrReceipt, what) }
