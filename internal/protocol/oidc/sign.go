package oidc

import (
	"encoding/json"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/token/jose"
)

// receiptType says that a signature is part of a receipt, so that neither half
// of one passes for an ID token, nor an ID token for a half (RFC 8725 §3.11).
const receiptType = "netid-receipt+jwt"

// sign makes the coders: one for each algorithm, and the two of receipts.
func (d *Door) sign() (err error) {
	if d.coder, err = jose.NewCoder(jose.ES256, d.Signers, "JWT"); err != nil {
		return err
	}
	if d.SignersSM != nil {
		if d.coderSM, err = jose.NewCoder(jose.SM2, d.SignersSM, "JWT"); err != nil {
			return err
		}
	}
	if !d.Twice {
		return nil
	}
	if d.SignersSM == nil {
		return fault.Newf("oidc.sign", fault.Internal, "", "receipts signed twice need the keys of both")
	}
	plain, err := jose.NewCoder(jose.ES256, d.Signers, receiptType)
	if err != nil {
		return err
	}
	other, err := jose.NewCoder(jose.SM2, d.SignersSM, receiptType)
	d.receipts = []*jose.Coder{plain, other}
	return err
}

// signed is the ID token in the algorithm that the party registered, and the
// receipt over the same claims where there is one. A party that asked for SM2
// never gets ES256 instead, nor the other way round.
func (d *Door) signed(p identity.Party, claims idToken) (token string, receipt json.RawMessage, err error) {
	coder, err := d.coderOf(p.IDTokenAlg)
	if err != nil {
		return "", nil, err
	}
	if token, err = coder.Encode(claims); err != nil || len(d.receipts) == 0 {
		return token, nil, err
	}
	claims.Verified, claims.Terms = nil, nil // plain text is nowhere but inside the encryption
	receipt, err = jose.General(claims, d.receipts...)
	return token, receipt, err
}

func notServed(alg string) error {
	return fault.Newf("oidc.sign", fault.Internal, "", "the party was admitted for %q, which is not served", alg)
}
