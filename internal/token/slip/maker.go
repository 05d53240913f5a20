package slip

import (
	"context"
	"encoding/base64"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
)

// Format is that of slips at the credential endpoint: our own word.
const Format = "netid-slip"

// Item is how records name slips.
const Item = "attest_slip"

// Persons answer what a slip says, and have the secret that names it.
type Persons interface {
	Over(ctx context.Context, o identity.Opened, years int, on identity.Date) (bool, error)
	SlipSecret(identity.Opened, identity.CertificateID) identity.Secret
}

// Maker makes slips for the keys of a wallet.
type Maker struct {
	Signers func() []suite.Signer // of one use, the first signs
	Persons Persons
}

// Make makes the slips of today with the holding's numbers, base64url as an answer of
// JSON carries them. Numbers from ADay on have none: "slips_over".
func (m Maker) Make(ctx context.Context, o identity.Opened, h identity.Holding, now time.Time) ([]string, error) {
	const op = "slip.Make"
	if h.From < 0 || h.From+len(h.Keys) > ADay {
		return nil, fault.New(op, fault.Forbidden, "slips_over")
	}
	signers, s := m.Signers(), Slip{Day: identity.Today(now)}
	if len(signers) == 0 {
		return nil, fault.Newf(op, fault.Internal, "internal", "no key for slips")
	}
	var err error
	if s.Over18, err = m.Persons.Over(ctx, o, identity.Over18.Years(), s.Day); err != nil {
		return nil, fault.At(op, err)
	}
	ids := IDs(m.Persons.SlipSecret(o, h.Certificate), s.Day)
	texts := make([]string, len(h.Keys))
	for i, key := range h.Keys {
		s.ID = ids[h.From+i]
		if s.Device, err = suite.ParsePublicKey(key); err != nil {
			return nil, fault.At(op, err)
		}
		b, err := Encode(signers[0], s)
		if err != nil {
			return nil, fault.At(op, err)
		}
		texts[i] = base64.RawURLEncoding.EncodeToString(b)
	}
	return texts, nil
}

// Configuration describes slips to wallets (OpenID4VCI 1.0 §12.2.4).
func Configuration(id string, signers []suite.Signer) (map[string]any, error) {
	if len(signers) == 0 {
		return nil, fault.Newf("slip.Configuration", fault.Internal, "internal", "no key for slips")
	}
	alg, _ := coseAlg(signers[0].Alg())
	return map[string]any{
		"format": Format, "scope": id,
		"credential_signing_alg_values_supported": []int64{alg}, // as COSE numbers them
		"cryptographic_binding_methods_supported": []string{"jwk"},
		"proof_types_supported":                   map[string]any{"jwt": map[string]any{"proof_signing_alg_values_supported": []string{suite.AlgES256}}},
		"credential_metadata": map[string]any{"display": []map[string]string{
			{"locale": "zh-CN", "name": "当日入场码"}, {"locale": "en", "name": "Code for a gate, good today"}}},
	}, nil
}
