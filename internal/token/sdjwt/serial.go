package sdjwt

import (
	"encoding/json"
	"strings"

	"netid/internal/fault"
	"netid/internal/token/jose"
)

// Compact reads the JSON serialization (RFC 9901 §8), flattened or general, and
// gives the same SD-JWT in the compact one, over which a holder's proof is made in
// either (§8.1). Of several signatures the first counts, which is the one with the
// disclosures (§8.3); no other may have any. It checks nothing but the form.
// Reason "credential_invalid".
func Compact(text []byte) (string, error) {
	const op = "sdjwt.Compact"
	o, err := jose.ParseObject(text, maxText)
	if err != nil {
		return "", fault.Wrap(op, fault.Invalid, "credential_invalid", err)
	}
	one := o
	if o.Has("signatures") {
		all, err := jose.ParseArray(o["signatures"], maxText)
		if err != nil || len(all) == 0 || o.Has("signature") || o.Has("protected") || o.Has("header") {
			return "", invalid(op, "no signature, or both forms")
		}
		for i := len(all) - 1; i >= 0; i-- {
			if one, err = jose.ParseObject(all[i], maxText); err != nil {
				return "", fault.Wrap(op, fault.Invalid, "credential_invalid", err)
			}
			if header, err := jose.ParseObject(one["header"], maxText); i > 0 && err == nil && (header.Has("disclosures") || header.Has("kb_jwt")) {
				return "", invalid(op, "disclosures under a later signature")
			}
		}
	}
	protected, ok1 := one.Text("protected")
	payload, ok2 := o.Text("payload")
	signature, ok3 := one.Text("signature")
	if !ok1 || !ok2 || !ok3 {
		return "", invalid(op, "a part of the JWS is not there")
	}
	pieces := []string{protected + "." + payload + "." + signature}
	proof := ""
	if one.Has("header") {
		header, err := jose.ParseObject(one["header"], maxText)
		if err != nil {
			return "", fault.Wrap(op, fault.Invalid, "credential_invalid", err)
		}
		var disclosures []*string
		if header.Has("disclosures") && json.Unmarshal(header["disclosures"], &disclosures) != nil {
			return "", invalid(op, "disclosures that are no strings")
		}
		for _, d := range disclosures {
			if d == nil {
				return "", invalid(op, "disclosures that are no strings")
			}
			pieces = append(pieces, *d)
		}
		if proof, ok1 = header.Text("kb_jwt"); ok1 != header.Has("kb_jwt") {
			return "", invalid(op, "a holder's proof that is no string")
		}
	}
	pieces = append(pieces, proof)
	for _, p := range pieces {
		if strings.Contains(p, "~") { // it would be two parts of the compact text
			return "", invalid(op, "a tilde inside a part")
		}
	}
	return strings.Join(pieces, "~"), nil
}
