package oidc

import (
	"encoding/base64"
	"encoding/json"
	"strconv"
	"strings"

	"netid/internal/act/authorize"
	"netid/internal/identity"
	"netid/internal/protocol/oauth"
)

const (
	maxState  = 2048
	maxNonce  = 512
	maxEchoed = 4000 // 3·redirect + state + 2·nonce: they travel sealed within each other, and must fit an address
)

// refusal is what a check of the request says; nil when there is nothing to say.
type refusal = *oauth.Refusal

// ask reads a request whose party and redirect URI are good into the act's
// words, or says what is wrong with it; the redirect URI has been held against
// what the party registered, as exact strings (RFC 9700 §2.1). login_hint, display,
// claims_locales and whatever is not known are not looked at (Core §3.1.2.1):
// who answers is whoever holds the citizen's device, never whom a party names.
func (d *Door) ask(p identity.Party, f oauth.Form, twice map[string]bool) (authorize.Request, refusal) {
	r := authorize.Request{Party: p.ID, Redirect: f["redirect_uri"], State: f["state"], Nonce: f["nonce"],
		Challenge: f["code_challenge"], Locale: locale(f["ui_locales"])}
	if len(twice) > 0 {
		return r, oauth.Say("invalid_request", "a parameter is there twice") // RFC 6749 §3.1
	}
	var served bool
	if r.Way, served = way(p, f["response_mode"]); !served {
		return r, oauth.Say("invalid_request", "response_mode: query or form_post; signed ones by registration")
	}
	for _, check := range []func(oauth.Form, *authorize.Request) refusal{echoed, kind, byReference, lasting, pkce, bound, claims, modes, age, prompt} {
		if no := check(f, &r); no != nil {
			return r, no
		}
	}
	d.scoped(f, &r)
	if no := d.details(p, f, &r); no != nil {
		return r, no
	}
	return r, d.settle(p, f, &r)
}

// echoed bounds what is carried along and given back.
func echoed(f oauth.Form, r *authorize.Request) refusal {
	if !legible(f["state"], maxState) {
		return oauth.Say("invalid_request", "state: at most 2048 printable ASCII characters")
	}
	if !legible(f["nonce"], maxNonce) {
		return oauth.Say("invalid_request", "nonce: at most 512 printable ASCII characters")
	}
	if 3*encoded(r.Redirect)+encoded(r.State)+2*encoded(r.Nonce) > maxEchoed {
		return oauth.Say("invalid_request", "redirect_uri, state and nonce are too long together")
	}
	return nil
}

// legible: printable ASCII (RFC 6749 appendix A.5), at most limit of it.
func legible(s string, limit int) bool {
	return len(s) <= limit && strings.IndexFunc(s, func(c rune) bool { return c < 0x20 || c > 0x7e }) < 0
}

// encoded is the length as it travels: JSON writes < > & with six characters.
func encoded(s string) int {
	b, err := json.Marshal(s)
	if err != nil {
		return maxEchoed
	}
	return len(b) - 2
}

// kind: the authorization code (Core §3.1.2.1).
func kind(f oauth.Form, _ *authorize.Request) refusal {
	switch {
	case f["response_type"] == "":
		return oauth.Say("invalid_request", "response_type is missing")
	case f["response_type"] != "code":
		return oauth.Say("unsupported_response_type", "response_type: only code")
	}
	return nil
}

// byReference: nothing is ever fetched for a party (Core §6.2), nor does a
// party register by the way (Core §7.2.1).
func byReference(f oauth.Form, _ *authorize.Request) refusal {
	for _, name := range []string{"request_uri", "registration"} {
		if f[name] != "" {
			return oauth.Say(name+"_not_supported", "push the request, or send the parameters themselves")
		}
	}
	return nil
}

// lasting: offline_access asks for a refresh token (Core §11). Of the other words of scope openid,
// or a credential, there must be; the rest are ignored and give nothing (Core §3.1.2.1, §5.4).
func lasting(f oauth.Form, r *authorize.Request) refusal {
	r.Offline = listed(f["scope"], offlineAccess)
	return nil
}

func listed(list, word string) bool {
	for s := range strings.SplitSeq(list, " ") {
		if s == word {
			return true
		}
	}
	return false
}

// pkce: S256 from everybody (RFC 7636 §4.3, RFC 9700 §2.1.1).
func pkce(f oauth.Form, r *authorize.Request) refusal {
	if f["code_challenge_method"] != "S256" {
		return oauth.Say("invalid_request", "code_challenge_method: S256 is required")
	}
	if !digest(r.Challenge) {
		return oauth.Say("invalid_request", "code_challenge: 43 base64url characters are required")
	}
	return nil
}

// bound: the key that alone may redeem the code, by its thumbprint (RFC 9449 §10).
func bound(f oauth.Form, r *authorize.Request) refusal {
	if r.JKT = f["dpop_jkt"]; r.JKT != "" && !digest(r.JKT) {
		return oauth.Say("invalid_request", "dpop_jkt: 43 base64url characters")
	}
	return nil
}

// digest: the base64url of 32 bytes, and nothing else.
func digest(s string) bool {
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	return len(s) == 43 && err == nil && len(b) == 32
}

// age: max_age (Core §3.1.2.1) asks for auth_time. On a page it is always met,
// because whoever decides there signs in anew; without one the sign-in of before
// must be younger.
func age(f oauth.Form, r *authorize.Request) refusal {
	s := f["max_age"]
	if s == "" {
		return nil
	}
	n, err := strconv.ParseInt(s, 10, 32)
	if err != nil || n < 0 || strconv.FormatInt(n, 10) != s {
		return oauth.Say("invalid_request", "max_age: whole seconds")
	}
	r.AuthTime, r.Fresh, r.Within = true, true, &n
	return nil
}

// prompt: none is for who has the citizen's standing consent (Core §3.1.2.6);
// whoever asks for a sign-in or a consent gets the page, whatever stands.
func prompt(f oauth.Form, r *authorize.Request) refusal {
	words := strings.Fields(f["prompt"])
	for _, w := range words {
		switch w {
		case "none":
			if len(words) > 1 {
				return oauth.Say("invalid_request", "prompt: none stands alone")
			}
			r.Quiet = true
		case "login", "select_account":
			r.Fresh, r.Shown = true, true
		case "consent":
			r.Shown = true
		default:
			return oauth.Say("invalid_request", "prompt: none, login, consent or select_account")
		}
	}
	return nil
}

// modes: the asked kinds of verification that there are, in the party's order;
// unknown ones are ignored (Core §3.1.2.1). What the claims parameter says comes first.
func modes(f oauth.Form, r *authorize.Request) refusal {
	for s := range strings.FieldsSeq(f["acr_values"]) {
		if m, err := identity.ParseMode(s); err == nil && len(r.Modes) < 8 {
			r.Modes = append(r.Modes, m)
		}
	}
	return nil
}

// locale is the first asked language that there is, or "".
func locale(list string) string {
	for s := range strings.FieldsSeq(list) {
		switch language, _, _ := strings.Cut(strings.ToLower(s), "-"); language {
		case "zh":
			return "zh-CN"
		case "en":
			return "en"
		}
	}
	return ""
}
