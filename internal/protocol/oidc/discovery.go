package oidc

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/protocol/oauth"
	"netid/internal/token/attestation"
	"netid/internal/token/jose"
)

// describe is the provider's metadata (OpenID Connect Discovery 1.0 §3,
// RFC 8414 §2, RFC 9207 §3). It says what is so: RS256, which Discovery would
// have every provider list, is not served and not listed (docs/choices.md).
func (d *Door) describe() ([]byte, error) {
	m := map[string]any{
		"issuer":                                         d.Issuer,
		"authorization_endpoint":                         d.Issuer + "/authorize",
		"token_endpoint":                                 d.Issuer + "/token",
		"userinfo_endpoint":                              d.Issuer + "/userinfo",
		"introspection_endpoint":                         d.Issuer + "/introspect",
		"end_session_endpoint":                           d.Issuer + "/logout",
		"backchannel_logout_supported":                   true,
		"backchannel_logout_session_supported":           true,
		"revocation_endpoint":                            d.Issuer + "/revoke",
		"jwks_uri":                                       d.Issuer + "/jwks",
		"service_documentation":                          d.Documentation,
		"scopes_supported":                               []string{"openid", offlineAccess},
		"response_types_supported":                       []string{"code"},
		"response_modes_supported":                       ways,
		"grant_types_supported":                          grants(),
		"subject_types_supported":                        []string{"pairwise"},
		"id_token_signing_alg_values_supported":          []string{jose.ES256},
		"userinfo_signing_alg_values_supported":          []string{jose.ES256},
		"dpop_signing_alg_values_supported":              oauth.ProofAlgs(), // RFC 9449 §5.1
		"code_challenge_methods_supported":               []string{"S256"},
		"acr_values_supported":                           identity.Modes,
		"claim_types_supported":                          []string{"normal"},
		"claims_supported":                               claimsSupported,
		"claims_parameter_supported":                     true,
		"id_token_encryption_alg_values_supported":       jose.SealAlgs(),
		"id_token_encryption_enc_values_supported":       []string{jose.A256GCM},
		"verified_claims_supported":                      true, // OpenID Connect for Identity Assurance 1.0 §8
		"trust_frameworks_supported":                     []string{framework},
		"claims_in_verified_claims_supported":            plainClaims(),
		"pushed_authorization_request_endpoint":          d.Issuer + "/par",
		"require_pushed_authorization_requests":          false, // of all; of a party as it is registered
		"request_object_signing_alg_values_supported":    jose.PartyAlgs(),
		"require_signed_request_object":                  false,
		"authorization_signing_alg_values_supported":     []string{jose.ES256},
		"authorization_details_types_supported":          []string{identity.DetailVerification},
		"request_parameter_supported":                    true,
		"request_uri_parameter_supported":                false, // left out it would mean true
		"prompt_values_supported":                        []string{"none", "login", "consent", "select_account"},
		"ui_locales_supported":                           []string{"zh-CN", "en"},
		"authorization_response_iss_parameter_supported": true,
	}
	if len(d.Credentials) > 0 { // OpenID4VCI 1.0 §5.1, RFC 9396 §10
		m["scopes_supported"] = append([]string{"openid", offlineAccess}, d.Credentials...)
		m["authorization_details_types_supported"] = []string{identity.DetailVerification, identity.DetailCredential}
	}
	for _, kind := range slices.Sorted(maps.Keys(d.Grants)) {
		if !slices.Contains(grants(), kind) {
			m["grant_types_supported"] = append(m["grant_types_supported"].([]string), kind)
			m["pre-authorized_grant_anonymous_access_supported"] = true // OpenID4VCI 1.0 §12.3
		}
	}
	if d.Erasures != nil {
		m["netid_erasure_endpoint"] = d.Issuer + "/erasure" // docs/integrate.md
	}
	if d.Registrar != nil {
		m["registration_endpoint"] = d.Issuer + "/register"
	}
	for _, endpoint := range []string{"token", "introspection", "revocation"} {
		m[endpoint+"_endpoint_auth_methods_supported"] = d.gate.Methods()
		m[endpoint+"_endpoint_auth_signing_alg_values_supported"] = jose.PartyAlgs()
	}
	m["introspection_endpoint_auth_methods_supported"] = slices.DeleteFunc(d.gate.Methods(), func(s string) bool { return s == string(identity.AuthNone) })
	if d.Wallets.Wallets() { // draft-ietf-oauth-attestation-based-client-auth-07 §8, §10.1
		m["challenge_endpoint"] = d.Issuer + "/challenge"
		m["client_attestation_signing_alg_values_supported"] = attestation.Algs()
		m["client_attestation_pop_signing_alg_values_supported"] = attestation.Algs()
	}
	if d.MTLS != "" { // RFC 8705 §3.3, §5
		m["tls_client_certificate_bound_access_tokens"] = true
		m["mtls_endpoint_aliases"] = map[string]string{"token_endpoint": d.MTLS + "/token", "pushed_authorization_request_endpoint": d.MTLS + "/par", "userinfo_endpoint": d.MTLS + "/userinfo",
			"introspection_endpoint": d.MTLS + "/introspect", "revocation_endpoint": d.MTLS + "/revoke"}
	}
	b, err := json.Marshal(m)
	return b, fault.Wrap("oidc.describe", fault.Internal, "", err)
}

// static serves a public document that changes with a restart only.
func (d *Door) static(body []byte, kind string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { public(w, body, kind, "public, max-age=300") }
}

// keySet publishes every live key of one algorithm. It is asked for anew each
// time: a party that meets a new key's id in a token must not be given
// yesterday's set. The keys of SM2 have a set of their own, which discovery
// does not name: a reader that meets a kind of key it does not know may refuse
// the whole set (RFC 7517 §5 only asks it not to).
func (d *Door) keySet(alg string, signers func() []jose.Signer) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		set, err := jose.Publish(alg, signers()...)
		if err != nil {
			d.refused(r, "jwks", "", "", err)
			http.Error(w, "", http.StatusInternalServerError)
			return
		}
		public(w, set, "application/jwk-set+json", "no-cache")
	}
}

func public(w http.ResponseWriter, body []byte, kind, cache string) {
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Cache-Control", cache)
	h.Set("X-Content-Type-Options", "nosniff")
	anyOrigin(h)
	w.Write(body)
}

// anyOrigin lets pages of any origin read the answer. No credentials go with
// such a request: no cookie of ours means anything where this is used.
func anyOrigin(h http.Header) { h.Set("Access-Control-Allow-Origin", "*") }

// readable lets such a page read the headers too that it needs for its next request.
func readable(h http.Header) {
	anyOrigin(h)
	h.Set("Access-Control-Expose-Headers", "WWW-Authenticate, DPoP-Nonce")
}

func preflight(methods, headers string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		anyOrigin(h)
		h.Set("Access-Control-Allow-Methods", methods)
		if headers != "" {
			h.Set("Access-Control-Allow-Headers", headers)
		}
		h.Set("Access-Control-Max-Age", "600")
		w.WriteHeader(http.StatusNoContent)
	}
}
