package oidc

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"netid/internal/act/authorize"
	"netid/internal/identity"
	"netid/internal/protocol/oauth"
	"netid/internal/token/jose"
)

const (
	// framework is the one trust framework of what is verified here: documents
	// of article 15, by their chips or the authority's own decoder (docs/choices.md).
	framework = "netid"

	verifiedClaims = "verified_claims"
	maxValue       = 256 // bytes of a value that is to be matched
)

// plainClaims is every claim that verified claims can hold, for discovery: each
// item, and whether it is the value that the party sent.
func plainClaims() (names []string) {
	for _, item := range identity.Items() {
		names = append(names, string(item), identity.PlainAsk{Item: item, Match: true}.Name())
	}
	return names
}

// verified reads verified_claims (OpenID Connect for Identity Assurance Claims
// 1.0 §5, §6), one object or an array of them. They are given in the ID token
// alone: it is the one answer of the transaction that nobody can fetch again. A
// claim asked with a value is matched. What is not known is ignored, as is what
// asks for another trust framework.
func verified(idToken, userInfo jose.Object, r *authorize.Request) refusal {
	if userInfo.Has(verifiedClaims) {
		return oauth.Say("invalid_request", "claims: verified_claims are given in id_token alone")
	}
	raw := idToken[verifiedClaims]
	if len(raw) == 0 {
		return nil
	}
	all := []json.RawMessage{raw}
	if raw[0] == '[' && (json.Unmarshal(raw, &all) != nil || len(all) == 0) {
		return malformed()
	}
	for _, one := range all {
		o, err := jose.ParseObject(one, maxClaims)
		if err != nil {
			return malformed()
		}
		if no := verifiedOne(o, r); no != nil {
			return no
		}
	}
	slices.SortFunc(r.Plain, func(a, b identity.PlainAsk) int { return order(a) - order(b) })
	return nil
}

func order(a identity.PlainAsk) int { return slices.Index(plainClaims(), a.Name()) }

// verifiedOne reads one such object: verification with its trust framework, and
// claims, are required (§5.1, §6).
func verifiedOne(o jose.Object, r *authorize.Request) refusal {
	verification, ok := member(o, "verification")
	if !ok || !verification.Has("trust_framework") {
		return oauth.Say("invalid_request", "verified_claims: verification with trust_framework is required")
	}
	w, ok := parseWanted(verification["trust_framework"])
	if !ok {
		return malformed()
	}
	asked, ok := member(o, "claims")
	if !ok || len(asked) == 0 {
		return oauth.Say("invalid_request", "verified_claims: claims are required")
	}
	if len(w.values) > 0 && !slices.Contains(w.values, framework) {
		return nil // §6.5.1: what cannot be met is left out
	}
	for _, item := range identity.Items() {
		raw, there := asked[string(item)]
		if !there {
			continue
		}
		if no := plainAsk(item, raw, r); no != nil {
			return no
		}
	}
	return nil
}

// plainAsk reads how one item is asked. A value is somebody's personal data,
// if the party is right: it comes by the party's own connection, and never
// through the address line of a browser.
func plainAsk(item identity.Item, raw json.RawMessage, r *authorize.Request) refusal {
	o := jose.Object{}
	if len(raw) > 0 && string(raw) != "null" {
		var err error
		if o, err = jose.ParseObject(raw, maxClaims); err != nil {
			return malformed()
		}
	}
	if _, ok := parseWanted(raw); !ok || o.Has("values") {
		return oauth.Say("invalid_request", "verified_claims: essential, or one value to match")
	}
	ask := identity.PlainAsk{Item: item, Match: o.Has("value")}
	if ask.Match {
		value, ok := o.Text("value")
		if !ok || strings.TrimSpace(value) == "" || len(value) > maxValue {
			return oauth.Say("invalid_request", "verified_claims: a value to match is a string of at most 256 bytes")
		}
		ask.Value = identity.Plain(value)
	}
	if slices.ContainsFunc(r.Plain, func(a identity.PlainAsk) bool { return a.Item == item }) {
		return oauth.Say("invalid_request", "verified_claims: an item is asked twice")
	}
	r.Plain = append(r.Plain, ask)
	return nil
}

// matching reports whether a request holds a value that is to be matched.
func matching(r authorize.Request) bool {
	return slices.ContainsFunc(r.Plain, func(a identity.PlainAsk) bool { return a.Match })
}

// assured are the verified claims of an answer (Identity Assurance Claims 1.0 §5).
type assured struct {
	Verification struct {
		Framework string `json:"trust_framework"`
		Time      string `json:"time"`                 // of this verification: the day of an enrolment would join two parties' people
		Process   string `json:"verification_process"` // the receipt
	} `json:"verification"`
	Claims map[string]any `json:"claims"`
}

// terms are what the party agreed to when it asked: they travel with the
// plain text, inside the same encryption (Art. 8).
type terms struct {
	Consent     string                   `json:"consent"` // names the citizen's record of it
	Purpose     identity.Text            `json:"purpose"`
	Bases       map[identity.Item]string `json:"bases"` // the law that the party cites
	KeepDays    int                      `json:"keep_days"`
	KeepUntil   string                   `json:"keep_until"`            // the day, UTC, on which that is over
	Unencrypted bool                     `json:"unencrypted,omitempty"` // a sandbox that was told so
}

// plain puts what was disclosed into an ID token.
func (t *idToken) plain(p identity.Party, v identity.Verification) {
	if v.Plain == nil {
		return
	}
	d, a := v.Plain, &assured{Claims: map[string]any{}}
	a.Verification.Framework, a.Verification.Time, a.Verification.Process = framework, v.Time.UTC().Format(time.RFC3339), v.Receipt.String()
	for item, value := range d.Values {
		a.Claims[string(item)] = string(value)
	}
	for name, same := range d.Matches {
		a.Claims[name] = same
	}
	t.Verified = a
	t.Terms = &terms{Consent: d.Consent.String(), Purpose: d.Purpose, Bases: d.Bases, KeepDays: d.Days,
		KeepUntil: v.Time.UTC().AddDate(0, 0, d.Days).Format(time.DateOnly), Unencrypted: p.Sealed == ""}
}
