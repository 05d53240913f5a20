package client

import (
	"crypto/ecdsa"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"time"
)

// Answer is what a relying party learns from an ID token: the least that serves.
type Answer struct {
	Issuer   string
	Audience string
	Subject  string // the pseudonym of this person at this party, and nowhere else
	Mode     string // acr: the mode that was actually reached
	Receipt  string // names this verification, for questions about it later
	Issued   time.Time
	Expires  time.Time
	AuthTime time.Time       // zero unless it was asked for
	Over     map[string]bool // "age_over_18": only what was asked and given
	Plain    *Disclosure     // plain text, nil where none was asked and given; such a token comes encrypted: see Open
}

const (
	maxToken = 16 << 10 // bytes of an ID token
	maxKeys  = 64 << 10 // bytes of a key set
	leeway   = time.Minute
)

// CheckAnswer checks an ID token (OpenID Connect Core 1.0 §3.1.3.7) against
// the issuer's key set (a JWK Set) and what the party itself knows: the issuer,
// its own client id, the nonce that it sent ("" if none). The algorithm is
// ES256 and no other; the header only picks a key of the set by its id. The
// token is for this audience alone, not expired, and not issued more than a
// minute from now. Whether Mode and Over suffice is for the party to decide.
// Fails with ErrToken, ErrKey or ErrSignature.
func CheckAnswer(idToken string, jwks []byte, issuer, audience, nonce string, now time.Time) (Answer, error) {
	return checkAnswer(es256(), idToken, jwks, issuer, audience, nonce, now)
}

// CheckAnswerSM is CheckAnswer for a party that registered for SM2: the
// algorithm is AlgSM2 and no other, and the key set is the issuer's of that
// algorithm (its address with /jwks-sm).
func CheckAnswerSM(idToken string, jwksSM []byte, issuer, audience, nonce string, now time.Time) (Answer, error) {
	return checkAnswer(sm2P256(), idToken, jwksSM, issuer, audience, nonce, now)
}

func checkAnswer(a algorithm, idToken string, jwks []byte, issuer, audience, nonce string, now time.Time) (Answer, error) {
	if len(idToken) > maxToken {
		return Answer{}, refuseToken("too long")
	}
	parts := strings.Split(idToken, ".")
	if len(parts) != 3 {
		return Answer{}, refuseToken("not three parts")
	}
	kid, err := a.header(parts[0], "", "JWT")
	if err != nil {
		return Answer{}, refuseToken(err.Error())
	}
	key, err := keyOf(jwks, kid, a)
	if err != nil {
		return Answer{}, err
	}
	signature, err := decode64(parts[2])
	if err != nil {
		return Answer{}, refuseToken("signature")
	}
	if err := a.verify(key, []byte(idToken[:len(parts[0])+1+len(parts[1])]), signature); err != nil {
		return Answer{}, err
	}
	return readAnswer(parts[1], issuer, audience, nonce, now)
}

// readAnswer reads claims whose signature was checked.
func readAnswer(payload, issuer, audience, nonce string, now time.Time) (Answer, error) {
	claims, err := decodeObject(payload)
	if err != nil {
		return Answer{}, refuseToken("claims")
	}
	if issuer == "" || audience == "" {
		return Answer{}, refuseToken("no issuer or audience to compare with")
	}
	return claims.answer(issuer, audience, nonce, now)
}

// answer compares every claim that must be what the party expects.
func (o object) answer(issuer, audience, nonce string, now time.Time) (Answer, error) {
	a := Answer{Issuer: issuer, Audience: audience, Over: map[string]bool{}}
	for name, want := range map[string]string{"iss": issuer, "nonce": nonce} {
		if got, err := o.text(name); err != nil || got != want {
			return Answer{}, refuseToken(name)
		}
	}
	if !o.isFor(audience) {
		return Answer{}, refuseToken("aud")
	}
	if err := o.times(&a, now); err != nil {
		return Answer{}, err
	}
	var err [3]error
	a.Subject, err[0] = o.text("sub")
	a.Mode, err[1] = o.text("acr")
	a.Receipt, err[2] = o.text("receipt")
	if err != [3]error{} || a.Subject == "" || len(a.Subject) > 255 {
		return Answer{}, refuseToken("sub, acr or receipt")
	}
	if a.Plain, err[0] = o.disclosed(); err[0] != nil {
		return Answer{}, err[0]
	}
	return a, o.over(a.Over)
}

// isFor wants the party to be the only audience, as a string or an array of
// one, and the authorized party where one is named (§2).
func (o object) isFor(audience string) bool {
	var many []string
	one, err := o.text("aud")
	if err != nil && (json.Unmarshal(o["aud"], &many) != nil || len(many) != 1) {
		return false
	}
	if err != nil {
		one = many[0]
	}
	azp, err := o.text("azp")
	return err == nil && one == audience && (azp == "" || azp == audience)
}

func (o object) times(a *Answer, now time.Time) (err error) {
	for name, at := range map[string]*time.Time{"iat": &a.Issued, "exp": &a.Expires} {
		if *at, err = o.date(name); err != nil || at.IsZero() {
			return refuseToken(name)
		}
	}
	if a.AuthTime, err = o.date("auth_time"); err != nil {
		return err
	}
	before, err := o.date("nbf")
	if err != nil {
		return err
	}
	switch {
	case !now.Before(a.Expires):
		return refuseToken("expired")
	case !a.Issued.Before(a.Expires):
		return refuseToken("expires before it was issued")
	case a.Issued.After(now.Add(leeway)) || before.After(now.Add(leeway)):
		return refuseToken("not yet valid")
	}
	return nil
}

// date reads a NumericDate (RFC 7519 §2) of this millennium; absent is zero.
func (o object) date(name string) (time.Time, error) {
	raw, ok := o[name]
	if !ok {
		return time.Time{}, nil
	}
	var f *float64
	if err := json.Unmarshal(raw, &f); err != nil || f == nil || *f < 946684800 || *f > 32503680000 {
		return time.Time{}, refuseToken(name)
	}
	whole, part := math.Modf(*f)
	return time.Unix(int64(whole), int64(part*1e9)).UTC(), nil
}

// over reads the age marks: booleans, and only those.
func (o object) over(marks map[string]bool) error {
	for _, name := range itemNames()[1:] {
		raw, ok := o[name]
		if !ok {
			continue
		}
		switch string(raw) {
		case "true", "false":
			marks[name] = raw[0] == 't'
		default:
			return refuseToken(name)
		}
	}
	return nil
}

// keyOf finds the one key of that id; a token without an id is only taken
// when the set has a single key.
func keyOf(jwks []byte, kid string, a algorithm) (*ecdsa.PublicKey, error) {
	var found []object
	if len(jwks) > maxKeys {
		return nil, fmt.Errorf("%w: key set too long", ErrKey)
	}
	set, err := parseObject(jwks)
	if err != nil {
		return nil, fmt.Errorf("%w: key set", ErrKey)
	}
	var keys []object
	if err := json.Unmarshal(set["keys"], &keys); err != nil {
		return nil, fmt.Errorf("%w: key set", ErrKey)
	}
	for _, k := range keys {
		if id, err := k.text("kid"); err == nil && (id == kid || kid == "" && len(keys) == 1) {
			found = append(found, k)
		}
	}
	if len(found) != 1 {
		return nil, fmt.Errorf("%w: %d keys have the id", ErrKey, len(found))
	}
	return found[0].key(a)
}

func decodeObject(part string) (object, error) {
	b, err := decode64(part)
	if err != nil {
		return nil, err
	}
	return parseObject(b)
}

func refuseToken(what string) error { return fmt.Errorf("%w: %s", ErrToken, what) }
