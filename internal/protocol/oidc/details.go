package oidc

import (
	"encoding/json"
	"slices"

	"netid/internal/act/authorize"
	"netid/internal/identity"
	"netid/internal/protocol/oauth"
	"netid/internal/token/jose"
)

const maxDetails = 4 << 10 // bytes of authorization_details

// detail is the one type of authorization details (RFC 9396): what a
// verification is for. docs/choices.md describes it for parties.
type detail struct {
	Type   string          `json:"type"`
	Intent identity.Intent `json:"intent"`
}

// details reads authorization_details: one verification, of a type that the
// party registered, with its members and no others (RFC 9396 §5).
func (d *Door) details(p identity.Party, f oauth.Form, r *authorize.Request) refusal {
	raw := f["authorization_details"]
	if raw == "" {
		return nil
	}
	bad := func(why string) refusal {
		return oauth.Say("invalid_authorization_details", "authorization_details: "+why)
	}
	// An array is read as strictly as an object by being put into one.
	o, err := jose.ParseObject([]byte(`{"all":`+raw+`}`), maxDetails)
	var all []json.RawMessage
	if err != nil || len(o) != 1 || json.Unmarshal(o["all"], &all) != nil {
		return bad("an array of objects")
	}
	if len(all) > 0 && slices.Contains(p.Details, identity.DetailCredential) && names(all[0], identity.DetailCredential) {
		if why := d.wanted(all, r); why != "" {
			return bad(why)
		}
		return nil
	}
	if len(all) != 1 {
		return bad("exactly one verification")
	}
	one, err := jose.ParseObject(all[0], maxDetails)
	if err != nil {
		return bad("an array of objects")
	}
	if kind, _ := one.Text("type"); kind != identity.DetailVerification || !slices.Contains(p.Details, kind) {
		return bad("a type that the party registered")
	}
	for name := range one {
		if name != "type" && name != "intent" {
			return bad("members: type and intent")
		}
	}
	intent, _ := one.Text("intent")
	if r.Intent, err = identity.ParseIntent(intent); err != nil {
		return bad("intent: register, sign_in or reverify")
	}
	return nil
}

// names reports whether an entry is of the type.
func names(raw json.RawMessage, kind string) bool {
	one, err := jose.ParseObject(raw, maxDetails)
	got, _ := one.Text("type")
	return err == nil && got == kind
}

// granted says in the token answer what was approved (RFC 9396 §7).
func granted(v identity.Verification) []detail {
	if v.Intent == "" {
		return nil
	}
	return []detail{{identity.DetailVerification, v.Intent}}
}
