package client

import (
	"encoding/json"
	"fmt"
	"time"
)

const (
	assertionLife = time.Minute
	// AssertionType is `client_assertion_type` of an assertion (RFC 7523 §2.2).
	AssertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
)

// NewAssertion is what a party proves itself by, once (private_key_jwt, RFC 7523 §3):
// for this issuer, good for a minute. id is drawn and never used twice; key is the party's
// private key (PEM, PKCS #8 or SEC 1, P-256), whose public half it registered. Fails with ErrKey.
func NewAssertion(key []byte, party, issuer, id string, now time.Time) (string, error) {
	private, err := parsePrivate(key)
	if err != nil {
		return "", err
	}
	claims, err := json.Marshal(map[string]any{"iss": party, "sub": party, "aud": issuer, "jti": id, "iat": now.Unix(), "exp": now.Add(assertionLife).Unix()})
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrKey, err)
	}
	message := encode64([]byte(`{"alg":"ES256","typ":"client-authentication+jwt"}`)) + "." + encode64(claims)
	signature, err := NewSign(private)([]byte(message))
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrKey, err)
	}
	return message + "." + encode64(signature), nil
}
