package client

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	jose "github.com/go-jose/go-jose/v4"
)

// Disclosure is plain text that a citizen agreed to tell this party, once, with
// the terms under which they did. The party may use it for the purpose alone,
// passes it on to nobody, and deletes it on KeepUntil at the latest.
type Disclosure struct {
	Values      map[string]string // "name", "birthdate" (2006-01-02), "document_number", "phone_number": what was asked and given
	Matches     map[string]bool   // "match_name", …: whether the person's is the one that the party sent
	Consent     string            // names the citizen's record of their consents
	Purpose     map[string]string // as the citizen read it: "zh", "en"
	Bases       map[string]string // item: the law that the party cited
	KeepDays    int
	KeepUntil   time.Time // a day, UTC
	Unencrypted bool      // a sandbox party that tries without a key: never elsewhere
}

// Open decrypts an ID token that came encrypted (a signed one nested in a
// compact JWE, RFC 7516, RFC 7519 §5.2) with the party's own private key, a JWK
// of P-256 or RSA. The result is for CheckAnswer, or CheckAnswerSM: a token that was
// merely encrypted to the party proves nothing, since anybody can do that.
// Fails with ErrToken or ErrKey.
func Open(sealed string, privateJWK []byte) (string, error) {
	if len(sealed) > 2*maxToken || strings.Count(sealed, ".") != 4 || strings.ContainsAny(sealed, "\r\n") {
		return "", refuseToken("not an encrypted token")
	}
	var key jose.JSONWebKey
	if len(privateJWK) > maxKey || key.UnmarshalJSON(privateJWK) != nil || key.IsPublic() || !key.Valid() {
		return "", fmt.Errorf("%w: not a private key for encryption", ErrKey)
	}
	algs := []jose.KeyAlgorithm{jose.ECDH_ES, jose.ECDH_ES_A256KW, jose.RSA_OAEP_256}
	if key.Algorithm != "" { // the key says what it is for, and the token does not choose
		algs = slices.DeleteFunc(algs, func(a jose.KeyAlgorithm) bool { return string(a) != key.Algorithm })
	}
	if len(algs) == 0 {
		return "", fmt.Errorf("%w: for an algorithm that is not served", ErrKey)
	}
	read, err := jose.ParseEncryptedCompact(sealed, algs, []jose.ContentEncryption{jose.A256GCM})
	if err != nil {
		return "", refuseToken("encryption")
	}
	if kid := read.Header.KeyID; kid != "" && key.KeyID != "" && kid != key.KeyID {
		return "", refuseToken("encrypted to another key")
	}
	inner, err := read.Decrypt(key.Key)
	if err != nil || len(inner) > maxToken {
		return "", refuseToken("encryption")
	}
	return string(inner), nil
}

// disclosed reads verified claims and their terms, which come together or not
// at all; only what this package has words for, and nothing of another kind.
func (o object) disclosed() (*Disclosure, error) {
	if o["verified_claims"] == nil && o["terms"] == nil {
		return nil, nil
	}
	bad := refuseToken("verified_claims")
	verified, err1 := parseObject(o["verified_claims"])
	terms, err2 := parseObject(o["terms"])
	if err1 != nil || err2 != nil {
		return nil, bad
	}
	claims, err := parseObject(verified["claims"])
	if err != nil {
		return nil, bad
	}
	d := &Disclosure{Values: map[string]string{}, Matches: map[string]bool{}}
	for _, name := range PlainItems() {
		raw, there := claims[name]
		switch {
		case !there:
		case strings.HasPrefix(name, matchOf):
			if string(raw) != "true" && string(raw) != "false" {
				return nil, bad
			}
			d.Matches[name] = raw[0] == 't'
		default:
			if d.Values[name], err = claims.text(name); err != nil || d.Values[name] == "" {
				return nil, bad
			}
		}
	}
	if err := terms.under(d); err != nil {
		return nil, refuseToken("terms")
	}
	return d, nil
}

// under reads the terms. Without a consent, a time of keeping and a purpose
// there is no ground on which a party could hold plain text.
func (o object) under(d *Disclosure) (err error) {
	if d.Consent, err = o.text("consent"); err != nil || !consentID.MatchString(d.Consent) {
		return ErrToken
	}
	until, err := o.text("keep_until")
	if err != nil {
		return err
	}
	if d.KeepUntil, err = time.Parse(time.DateOnly, until); err != nil {
		return err
	}
	for name, into := range map[string]any{"keep_days": &d.KeepDays, "purpose": &d.Purpose, "bases": &d.Bases} {
		if err := json.Unmarshal(o[name], into); err != nil {
			return err
		}
	}
	if raw, there := o["unencrypted"]; there {
		err = json.Unmarshal(raw, &d.Unencrypted)
	}
	if d.KeepDays < 1 || len(d.Bases) == 0 || len(d.Purpose) == 0 {
		return ErrToken
	}
	return err
}

var consentID = regexp.MustCompile(`^[0-9a-f]{32}$`)
