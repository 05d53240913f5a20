package oidc

import (
	"encoding/json"

	"netid/internal/act/authorize"
	"netid/internal/identity"
	"netid/internal/protocol/oauth"
	"netid/internal/token/jose"
)

const maxClaims = 4 << 10 // bytes of the claims parameter

// marks are the age marks in the order in which they are shown.
var marks = []identity.AgeMark{identity.Over14, identity.Over18, identity.Over60}

// claimsSupported is every claim that an answer can carry, for discovery.
var claimsSupported = []string{"iss", "sub", "aud", "exp", "iat", "nonce", "acr", "auth_time", "receipt", "sid", verifiedClaims, "terms",
	string(identity.Over14), string(identity.Over18), string(identity.Over60)}

// wanted is what may stand beside a claim's name (Core §5.5.1).
type wanted struct {
	essential bool
	values    []string
}

// claims reads the claims parameter (Core §5.5). What is not known is ignored, and
// so is a name or a number beside verified_claims, essential or not: it is not an
// error that it is not there (§5.5.1), and it is never given that way (Art. 8).
func claims(f oauth.Form, r *authorize.Request) refusal {
	raw := f["claims"]
	if raw == "" {
		return nil
	}
	all, err := jose.ParseObject([]byte(raw), maxClaims)
	if err != nil {
		return malformed()
	}
	idToken, ok1 := member(all, "id_token")
	userInfo, ok2 := member(all, "userinfo")
	if !ok1 || !ok2 {
		return malformed()
	}
	for _, m := range marks {
		mark := identity.Mark{Mark: m, IDToken: idToken.Has(string(m)), UserInfo: userInfo.Has(string(m))}
		if mark.IDToken || mark.UserInfo {
			r.Marks = append(r.Marks, mark)
		}
	}
	if no := verified(idToken, userInfo, r); no != nil {
		return no
	}
	for _, asked := range []jose.Object{idToken, userInfo} {
		for name, v := range asked {
			if name == verifiedClaims {
				continue
			}
			w, ok := parseWanted(v)
			if !ok {
				return malformed()
			}
			if name == "sub" && len(w.values) > 0 {
				// Core §5.5.1 would have only that person answer; nobody can be called by name here.
				return oauth.Say("invalid_request", "claims: sub cannot be asked by value")
			}
		}
	}
	r.AuthTime = r.AuthTime || idToken.Has("auth_time")
	return acr(idToken, r)
}

// acr asked as an essential claim must be one that there is (Core §5.5.1.1).
func acr(idToken jose.Object, r *authorize.Request) refusal {
	w, _ := parseWanted(idToken["acr"])
	for _, s := range w.values {
		if m, err := identity.ParseMode(s); err == nil && len(r.Modes) < 8 {
			r.Modes = append(r.Modes, m)
		}
	}
	if w.essential && len(w.values) > 0 && len(r.Modes) == 0 {
		return oauth.Say("unmet_authentication_requirements", "acr: none of the essential values is served")
	}
	return nil
}

// member is an object inside an object; absent and null are empty.
func member(o jose.Object, name string) (jose.Object, bool) {
	raw := o[name]
	if len(raw) == 0 || string(raw) == "null" {
		return jose.Object{}, true
	}
	in, err := jose.ParseObject(raw, maxClaims)
	return in, err == nil
}

// parseWanted reads null or {essential, value, values}; other members are ignored.
func parseWanted(raw json.RawMessage) (w wanted, ok bool) {
	if len(raw) == 0 || string(raw) == "null" {
		return w, true
	}
	o, err := jose.ParseObject(raw, maxClaims)
	if err != nil {
		return w, false
	}
	if e, there := o["essential"]; there {
		switch string(e) {
		case "true":
			w.essential = true
		case "false":
		default:
			return w, false
		}
	}
	if v, there := o["value"]; there {
		w.values = append(w.values, text(v))
	}
	var many []json.RawMessage
	if v, there := o["values"]; there && json.Unmarshal(v, &many) != nil {
		return w, false
	}
	for _, v := range many {
		w.values = append(w.values, text(v))
	}
	return w, true
}

// text is a string's value, or the JSON of anything else: enough to know that
// it is none of ours.
func text(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return string(raw)
	}
	return s
}

func malformed() refusal { return oauth.Say("invalid_request", "claims: malformed") }
