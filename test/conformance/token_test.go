package conformance_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/json"
	"testing"

	oracle "github.com/go-jose/go-jose/v4"
)

func digest(s string) string {
	d := sha256.Sum256([]byte(s))
	return b64(d[:])
}

// signed makes a JWS by the party's key of an algorithm, also where no honest
// party would: "none" has no signature, "RS256" an honest one.
func signed(t *testing.T, p *party, alg string, header, claims map[string]any) string {
	t.Helper()
	if _, told := header["alg"]; !told && alg != "" {
		header["alg"] = alg
	}
	if kid := map[string]string{"ES256": "ec", "PS256": "rsa", "RS256": "rsa"}[alg]; kid != "" && header["typ"] != "dpop+jwt" {
		header["kid"] = kid
	}
	h, err := json.Marshal(header)
	if err != nil {
		t.Fatal(err)
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	input := b64(h) + "." + b64(payload)
	d := sha256.Sum256([]byte(input))
	var sig []byte
	switch alg {
	case "ES256":
		r, s, e := ecdsa.Sign(rand.Reader, p.sign, d[:])
		if err = e; e == nil {
			sig = append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
		}
	case "RS256":
		sig, err = rsa.SignPKCS1v15(rand.Reader, p.rsa, crypto.SHA256, d[:])
	case "PS256":
		sig, err = rsa.SignPSS(rand.Reader, p.rsa, crypto.SHA256, d[:], &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash})
	}
	if err != nil {
		t.Fatal(err)
	}
	return input + "." + b64(sig)
}

// read verifies a JWT of the server's by its published keys, with another
// implementation, and holds it to this party.
func (p *party) read(t *testing.T, compact string) map[string]any {
	t.Helper()
	a, err := p.me.Get(p.metadata["jwks_uri"].(string))
	if err != nil {
		t.Fatal(err)
	}
	var set oracle.JSONWebKeySet
	if err := json.Unmarshal([]byte(a.Body), &set); err != nil {
		t.Fatal(err)
	}
	jws, err := oracle.ParseSignedCompact(compact, []oracle.SignatureAlgorithm{oracle.ES256})
	if err != nil {
		t.Fatalf("%q: %v", compact, err)
	}
	if id := jws.Signatures[0].Header.KeyID; id == "" || len(set.Key(id)) != 1 {
		t.Errorf("signed by the key %q, which is not published once", id)
	}
	payload, err := jws.Verify(set)
	if err != nil {
		t.Fatal(err)
	}
	var claims map[string]any
	if err := json.Unmarshal(payload, &claims); err != nil {
		t.Fatal(err)
	}
	exp, _ := claims["exp"].(float64)
	if claims["iss"] != p.issuer || claims["aud"] != p.id || int64(exp) <= p.now().Unix()-10 {
		t.Errorf("not from %s to %s in time: %v", p.issuer, p.id, claims)
	}
	return claims
}
