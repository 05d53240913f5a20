package jose

import (
	"encoding/base64"
	"encoding/json"
	"strings"

	"netid/internal/fault"
)

// General signs the JSON of claims with every coder and gives one JWS in the
// general serialization (RFC 7515 §7.2.1): one payload, and for each coder, in
// their order, a protected header of its own and a signature. No header stands
// unprotected.
func General(claims any, coders ...*Coder) (json.RawMessage, error) {
	const op = "jose.General"
	payload, err := json.Marshal(claims)
	if err != nil {
		return nil, fault.Wrap(op, fault.Internal, "", err)
	}
	type signature struct {
		Protected string `json:"protected"`
		Signature string `json:"signature"`
	}
	var all struct {
		Payload    string      `json:"payload"`
		Signatures []signature `json:"signatures"`
	}
	for _, c := range coders {
		input, sig, err := c.sign(payload)
		if err != nil {
			return nil, fault.At(op, err)
		}
		var s signature
		s.Protected, all.Payload, _ = strings.Cut(string(input), ".")
		s.Signature = base64.RawURLEncoding.EncodeToString(sig)
		all.Signatures = append(all.Signatures, s)
	}
	b, err := json.Marshal(all)
	return b, fault.Wrap(op, fault.Internal, "", err)
}
