package oidc

import (
	"encoding/json"
	"slices"

	"netid/internal/act/admit"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/token/jose"
)

const maxMetadata = 64 << 10 // bytes

// word is one member of client metadata: where it goes in an application, and
// what is registered of it, which the answer says.
type word struct {
	name string
	to   func(a *admit.Application) any // a pointer that JSON is read into
	of   func(p identity.Party) any     // nil: not said
}

// words is the whole table (RFC 7591 §2, OpenID Connect Registration 1.0 §2,
// RFC 8705, 9101, 9126, 9396, 9449, JARM; "netid_" begins what is ours). What is in no
// table here is ignored, is not in the answer, and is never fetched.
func words() []word {
	return []word{
		{"redirect_uris", func(a *admit.Application) any { return &a.RedirectURIs }, func(p identity.Party) any { return p.RedirectURIs }},
		{"client_name", func(a *admit.Application) any { return &a.Name }, func(p identity.Party) any { return p.Name.EN }},
		{"client_name#zh-CN", func(a *admit.Application) any { return &a.NameZH }, func(p identity.Party) any { return p.Name.ZH }},
		{"token_endpoint_auth_method", func(a *admit.Application) any { return &a.Method }, func(p identity.Party) any { return p.Auth }},
		{"jwks", func(a *admit.Application) any { return &a.JWKS }, func(p identity.Party) any { return json.RawMessage(p.JWKS) }},
		{"jwks_uri", func(a *admit.Application) any { return &a.JWKSURI }, func(p identity.Party) any { return p.JWKSURI }},
		{"sector_identifier_uri", func(a *admit.Application) any { return &a.SectorURI }, func(p identity.Party) any { return p.SectorURI }},
		{"id_token_signed_response_alg", func(a *admit.Application) any { return &a.IDTokenAlg }, func(p identity.Party) any { return or(p.IDTokenAlg, jose.ES256) }},
		{"userinfo_signed_response_alg", func(a *admit.Application) any { return &a.UserInfoAlg }, func(p identity.Party) any { return p.UserInfoAlg }},
		{"authorization_signed_response_alg", func(a *admit.Application) any { return &a.ResponseAlg }, func(p identity.Party) any { return p.ResponseAlg }},
		{"require_pushed_authorization_requests", func(a *admit.Application) any { return &a.Pushes }, func(p identity.Party) any { return p.MustPush() }},
		{"require_signed_request_object", func(a *admit.Application) any { return &a.Signs }, func(p identity.Party) any { return p.Signs }},
		{"dpop_bound_access_tokens", func(a *admit.Application) any { return &a.DPoP }, func(p identity.Party) any { return p.NeedsProof() }},
		{"tls_client_certificate_bound_access_tokens", func(a *admit.Application) any { return &a.CertBound }, func(p identity.Party) any { return p.CertBound }},
		{"tls_client_auth_subject_dn", func(a *admit.Application) any { return &a.SubjectDN }, certificate("dn")},
		{"tls_client_auth_san_dns", func(a *admit.Application) any { return &a.SANDNS }, certificate("dns")},
		{"tls_client_auth_san_uri", func(a *admit.Application) any { return &a.SANURI }, certificate("uri")},
		{"tls_client_auth_san_ip", func(a *admit.Application) any { return &a.SANIP }, certificate("ip")},
		{"tls_client_auth_san_email", func(a *admit.Application) any { return &a.SANEmail }, certificate("email")},
		{"authorization_details_types", func(a *admit.Application) any { return &a.Details }, func(p identity.Party) any { return p.Details }},
		{"netid_domain", func(a *admit.Application) any { return &a.Domain }, func(p identity.Party) any { return p.Domain }},
		{"netid_organisation", func(a *admit.Application) any { return &a.Organisation }, func(p identity.Party) any { return p.Organisation }},
		{"netid_purpose", func(a *admit.Application) any { return &a.Purpose }, func(p identity.Party) any { return p.Purpose.Text.EN }},
		{"netid_purpose#zh-CN", func(a *admit.Application) any { return &a.PurposeZH }, func(p identity.Party) any { return p.Purpose.Text.ZH }},
		{"netid_age_marks", func(a *admit.Application) any { return &a.AgeMarks }, func(p identity.Party) any { return p.AgeMarks }},
		{"netid_bases", func(a *admit.Application) any { return &a.Bases }, func(p identity.Party) any { return p.Bases }},
		{"netid_bases_until", func(a *admit.Application) any { return &a.BasesUntil }, func(p identity.Party) any { return p.BasesUntil }},
		{"netid_plain_keep_days", func(a *admit.Application) any { return &a.KeepDays }, func(p identity.Party) any { return p.KeepDays }},
		{"id_token_encrypted_response_alg", func(a *admit.Application) any { return &a.Sealed }, func(p identity.Party) any { return p.Sealed }},
		{"id_token_encrypted_response_enc", func(a *admit.Application) any { return &a.SealedEnc }, sealedEnc},
		{"post_logout_redirect_uris", func(a *admit.Application) any { return &a.PostLogout }, func(p identity.Party) any { return p.PostLogout }},
		{"backchannel_logout_uri", func(a *admit.Application) any { return &a.BackChannel }, func(p identity.Party) any { return p.BackChannel }},
		{"backchannel_logout_session_required", func(a *admit.Application) any { return &a.BySession }, func(p identity.Party) any { return p.BySession }},
		{"netid_erasure_uri", func(a *admit.Application) any { return &a.Erasures }, func(p identity.Party) any { return p.Erasures }},
		{"netid_otherwise", func(a *admit.Application) any { return &a.Otherwise }, func(p identity.Party) any { return p.Otherwise }},
		{"netid_offline", func(a *admit.Application) any { return &a.Offline }, func(p identity.Party) any { return p.Offline }},
		{"netid_fapi", func(a *admit.Application) any { return &a.FAPI }, func(p identity.Party) any { return p.FAPI }},
	}
}

func sealedEnc(p identity.Party) any {
	if p.Sealed == "" {
		return ""
	}
	return jose.A256GCM
}

func certificate(kind string) func(p identity.Party) any {
	return func(p identity.Party) any {
		if p.Certificate.Kind != kind {
			return ""
		}
		return p.Certificate.Name
	}
}

// settled are members of which there is one way here. Another value is refused:
// a party that believes in it would wait for what never comes. Nothing at
// all in refused: what they ask for is not served.
func settled() (one map[string][]string, refused []string) {
	one = map[string][]string{
		"response_types":   {"code"},
		"grant_types":      grants(),
		"subject_type":     {"pairwise"},
		"application_type": {"web", "native"},
	}
	for _, of := range []string{"userinfo_encrypted_response", "authorization_encrypted_response", "request_object_encryption"} {
		refused = append(refused, of+"_alg", of+"_enc")
	}
	return one, refused
}

// parseMetadata reads one JSON object of client metadata. Members that are not
// known are ignored (RFC 7591 §2); why, when it is not "", says what is wrong.
func parseMetadata(b []byte) (in admit.Application, raw jose.Object, why string) {
	raw, err := jose.ParseObject(b, maxMetadata)
	if err != nil {
		return in, nil, "the metadata is no JSON object, is too large, or has a member twice"
	}
	for name, v := range raw { // null is as if it were not there
		if string(v) == "null" {
			delete(raw, name)
		}
	}
	one, refused := settled()
	for _, name := range refused {
		if raw.Has(name) {
			return in, nil, name + " is not served"
		}
	}
	for name, good := range one {
		if raw.Has(name) && !within(raw[name], good) {
			return in, nil, name + " takes " + good[0] + " alone"
		}
	}
	for _, m := range words() {
		if raw.Has(m.name) && json.Unmarshal(raw[m.name], m.to(&in)) != nil {
			return in, nil, m.name + " is of another kind"
		}
	}
	if !raw.Has("token_endpoint_auth_method") {
		in.Method = string(identity.AuthSecret) // RFC 7591 §2
	}
	return in, raw, ""
}

// within reports whether a member, a string or an array of them, has good values alone.
func within(v json.RawMessage, good []string) bool {
	var one string
	var all []string
	if json.Unmarshal(v, &one) == nil {
		return slices.Contains(good, one)
	}
	if json.Unmarshal(v, &all) != nil || len(all) == 0 {
		return false
	}
	return !slices.ContainsFunc(all, func(s string) bool { return !slices.Contains(good, s) })
}

// registered is what the answer says: all that is registered, and nothing that was ignored.
func registered(p identity.Party) map[string]any {
	m := map[string]any{"client_id": p.ID, "client_id_issued_at": p.Since.Unix(), "response_types": []string{"code"}, "grant_types": grantsOf(p),
		"subject_type": "pairwise", "netid_standing": p.Standing}
	if p.Reason != "" {
		m["netid_reason"] = p.Reason
	}
	if p.Returned != "" { // ADR 0070
		m["netid_returned"] = p.Returned
	}
	if p.Sandbox {
		m["netid_sandbox"] = true
	}
	for _, of := range words() {
		v := of.of(p)
		if b, err := json.Marshal(v); err == nil && !slices.Contains([]string{`""`, "null", "false", "0", "{}", "[]"}, string(b)) {
			m[of.name] = v
		}
	}
	return m
}

// grantsOf are what it may trade; a refresh token it is given where it is registered for one.
func grantsOf(p identity.Party) []string {
	if p.Offline == 0 {
		return grants()[:1]
	}
	return grants()
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// refusedMetadata is the table from what the act refuses to RFC 7591 §3.2.2.
func refusedMetadata(err error) (code, description string) {
	why := fault.Public(err)
	switch why {
	case "redirect_uri_invalid", "domain_mismatch", "sector_mismatch", "sector_missing":
		return "invalid_redirect_uri", why
	}
	return "invalid_client_metadata", why
}
