package vci

import (
	"encoding/json"
	"time"

	"netid/internal/act/attest"
	"netid/internal/identity"
	"netid/internal/protocol/oauth"
	"netid/internal/token/jose"
)

const (
	maxProof  = 8 << 10
	proofSkew = time.Minute // of a wallet's clock that is ahead
)

// places is where proofs are read (§F.1).
func place() jose.Place {
	return jose.Place{Algs: []string{jose.ES256}, Types: []string{"openid4vci-proof+jwt"}, Limit: maxProof}
}

// proven is one key that a wallet proved to hold.
type proven struct {
	key   []byte // a JWK
	nonce string
}

// prove reads one proof of a key (§F.4). What is wrong with it is said to the wallet's developer.
func (d *Door) prove(text string, client identity.PartyID) (p proven, why string) {
	t, err := place().Parse(text)
	if err != nil {
		return p, "malformed, or of a type or algorithm that is not accepted"
	}
	claims, key, err := t.OwnKey()
	if err != nil || key.Alg() != jose.ES256 {
		return p, "the key or the signature: exactly one jwk"
	}
	if aud, ok := claims.Text("aud"); !ok || aud != d.Issuer {
		return p, "aud is the credential issuer"
	}
	made, ok := claims.Instant("iat")
	if now := d.Now(); !ok || made.After(now.Add(proofSkew)) || !now.Before(made.Add(nonceLife+proofSkew)) {
		return p, "iat"
	}
	if iss, ok := claims.Text("iss"); claims.Has("iss") && (!ok || client == "" || iss != string(client)) { // §F.1
		return p, "iss is the client that was authenticated, or is not there"
	}
	if p.nonce, ok = claims.Text("nonce"); !ok || p.nonce == "" {
		return p, "nonce is missing"
	}
	p.key = key.JWK()
	return p, ""
}

// proofs reads all of a request (§8.2): one type, and of that one proof or more,
// in the order in which their credentials go back.
func (d *Door) proofs(raw json.RawMessage, client identity.PartyID) (keys [][]byte, nonces []identity.TakeOnce, no *oauth.Refusal) {
	o, err := jose.ParseObject(raw, maxRequest)
	if err != nil || len(o) != 1 {
		return nil, nil, oauth.Say("invalid_proof", "proofs: one type, with its proofs")
	}
	if !o.Has("jwt") {
		return nil, nil, oauth.Say("invalid_proof", "proofs: of a type that is served")
	}
	all, err := jose.ParseArray(o["jwt"], maxRequest)
	switch {
	case err != nil || len(all) == 0:
		return nil, nil, oauth.Say("invalid_proof", "proofs: an array with a proof in it")
	case len(all) > attest.BatchMost:
		return nil, nil, oauth.Say("invalid_credential_request", "more proofs than batch_size")
	}
	seen := map[string]bool{}
	for _, raw := range all {
		text, _ := jose.Object{"p": raw}.Text("p")
		p, why := d.prove(text, client)
		if why != "" {
			return nil, nil, oauth.Say("invalid_proof", "proofs: "+why)
		}
		id, good := d.Nonces.Read(p.nonce, d.Now())
		if !good {
			return nil, nil, oauth.Say("invalid_nonce", "the nonce is none of this issuer's, or too old")
		}
		keys = append(keys, p.key)
		if !seen[p.nonce] { // one serves a whole batch
			seen[p.nonce], nonces = true, append(nonces, id)
		}
	}
	return keys, nonces, nil
}
