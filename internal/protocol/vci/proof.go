package vci

import (
	"encoding/json"
	"time"

	"netid/internal/act/attest"
	"netid/internal/identity"
	"netid/internal/protocol/oauth"
	"netid/internal/suite"
	"netid/internal/token/attestation"
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
	key      suite.PublicKey
	nonce    string
	attested string // what somebody says of how it is kept (§F.1, `key_attestation`), unread; "" where nobody does
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
	p.key = key
	p.attested, _ = t.Head("key_attestation")
	return p, ""
}

// proofs reads all of a request (§8.2): one type, and of that one proof or more,
// in the order in which their credentials go back. One nonce may serve a whole batch.
func (d *Door) proofs(raw json.RawMessage, client identity.PartyID, kind string) (keys [][]byte, nonces []identity.TakeOnce, no *oauth.Refusal) {
	o, err := jose.ParseObject(raw, maxRequest)
	if err != nil || len(o) != 1 {
		return nil, nil, oauth.Say("invalid_proof", "proofs: one type, with its proofs")
	}
	need, needs := d.Needs[kind]
	read := map[bool]string{true: "jwt", false: "attestation"}[o.Has("jwt")]
	if !o.Has(read) || read == "attestation" && !needs {
		return nil, nil, oauth.Say("invalid_proof", "proofs: of a type that is served")
	}
	all, err := jose.ParseArray(o[read], maxRequest)
	switch {
	case err != nil || len(all) == 0:
		return nil, nil, oauth.Say("invalid_proof", "proofs: an array with a proof in it")
	case len(all) > attest.BatchMost:
		return nil, nil, oauth.Say("invalid_credential_request", "more proofs than batch_size")
	case read == "attestation" && len(all) > 1: // §F.3
		return nil, nil, oauth.Say("invalid_proof", "proofs: one attestation")
	}
	seen := map[string]bool{}
	for _, raw := range all {
		text, _ := jose.Object{"p": raw}.Text("p")
		var found []suite.PublicKey
		var nonce, why string
		if read == "attestation" {
			found, nonce, why = d.vouched(text, client, need)
		} else {
			var p proven
			if p, why = d.prove(text, client); why == "" && needs {
				why = d.kept(p, client, need)
			}
			found, nonce = []suite.PublicKey{p.key}, p.nonce
		}
		if why != "" {
			return nil, nil, oauth.Say("invalid_proof", "proofs: "+why)
		}
		id, good := d.Nonces.Read(nonce, d.Now())
		if !good {
			return nil, nil, oauth.Say("invalid_nonce", "the nonce is none of this issuer's, or too old")
		}
		for _, key := range found {
			keys = append(keys, key.JWK())
		}
		if !seen[nonce] {
			seen[nonce], nonces = true, append(nonces, id)
		}
	}
	if len(keys) > attest.BatchMost {
		return nil, nil, oauth.Say("invalid_credential_request", "more keys than batch_size")
	}
	return keys, nonces, nil
}

// kept holds a proven key against what is said of it (§F.1): by somebody who may speak for
// this wallet, of this very key, kept as hard as the kind needs, and where it answers a nonce, this one.
func (d *Door) kept(p proven, client identity.PartyID, need attestation.Need) (why string) {
	if p.attested == "" {
		return "key_attestation is missing"
	}
	k, err := d.Gate.Wallets.Keys(p.attested, client, d.Now())
	switch {
	case err != nil:
		return "key_attestation is not believed"
	case !k.Has(p.key):
		return "key_attestation: of other keys"
	case !k.Meets(need):
		return "key_attestation: the key is not kept as is needed"
	case k.Nonce != "" && k.Nonce != p.nonce:
		return "key_attestation: another nonce"
	}
	return ""
}

// vouched reads keys that no one proved by a signature, but somebody who is
// believed vouches for, over a nonce of ours (§F.3).
func (d *Door) vouched(text string, client identity.PartyID, need attestation.Need) (keys []suite.PublicKey, nonce, why string) {
	k, err := d.Gate.Wallets.Keys(text, client, d.Now())
	switch {
	case err != nil:
		return nil, "", "the attestation is not believed"
	case k.Nonce == "":
		return nil, "", "the attestation has no nonce"
	case !k.Meets(need):
		return nil, "", "the attestation: keys are not kept as is needed"
	}
	for _, key := range k.All {
		if key.Alg() != jose.ES256 {
			return nil, "", "the attestation: a key of another algorithm"
		}
	}
	return k.All, k.Nonce, ""
}
