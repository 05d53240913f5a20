package conformance_test

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"
)

func configModules() []module {
	return []module{
		{"oidcc-discovery-endpoint-verification", discovery},
	}
}

// discovery is what oidcc-discovery-endpoint-verification looks at, but for
// one line: RS256, which Discovery §3 wants listed and FAPI 2.0 forbids.
func discovery(t *testing.T, p *party) {
	m := p.metadata
	a, err := p.me.Get("/.well-known/openid-configuration")
	if err != nil || a.Status != 200 || !strings.HasPrefix(a.Header.Get("Content-Type"), "application/json") || m["issuer"] != p.issuer {
		t.Fatalf("%v %v", a, err)
	}
	for name, v := range m {
		s, isText := v.(string)
		if !strings.HasSuffix(name, "_endpoint") && !strings.HasSuffix(name, "_uri") && name != "issuer" {
			continue
		}
		if u, err := url.Parse(s); !isText || err != nil || u.Scheme != "https" || u.Host == "" || u.Fragment != "" {
			t.Errorf("%s: %v", name, v)
		}
	}
	for _, name := range []string{"authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri", "claims_supported"} {
		if m[name] == nil {
			t.Errorf("no %s", name)
		}
	}
	for name, want := range map[string]string{"response_types_supported": `"code"`, "subject_types_supported": `"pairwise"`, "scopes_supported": `"openid"`, "grant_types_supported": `"authorization_code"`,
		"id_token_signing_alg_values_supported": `"ES256"`, "userinfo_signing_alg_values_supported": `"ES256"`, "code_challenge_methods_supported": `["S256"]`, "claims_supported": `"sub"`,
		"ui_locales_supported": `"zh-CN"`, "claims_parameter_supported": "true", "request_parameter_supported": "true", "request_uri_parameter_supported": "false"} {
		if got := p.list(name); !strings.Contains(got, want) {
			t.Errorf("%s: %s", name, got)
		}
	}
	keys, err := p.me.Get(m["jwks_uri"].(string))
	var set struct{ Keys []map[string]string }
	if err != nil || json.Unmarshal([]byte(keys.Body), &set) != nil || len(set.Keys) == 0 {
		t.Fatalf("jwks_uri: %v", err)
	}
	seen := map[string]bool{}
	for _, k := range set.Keys {
		if k["kid"] == "" || seen[k["kid"]] || k["d"] != "" || k["use"] != "sig" || k["alg"] == "" {
			t.Errorf("a published key: %v", k)
		}
		seen[k["kid"]] = true
	}
}

// fapiDiscovery is the same for the FAPI plans, with what they add.
func fapiDiscovery(t *testing.T, p *party) {
	discovery(t, p)
	for name, want := range map[string]string{"token_endpoint_auth_methods_supported": "private_key_jwt", "token_endpoint_auth_signing_alg_values_supported": `"PS256"`,
		"dpop_signing_alg_values_supported": `"ES256"`, "request_object_signing_alg_values_supported": `"ES256"`, "authorization_signing_alg_values_supported": `"ES256"`,
		"authorization_response_iss_parameter_supported": "true", "tls_client_certificate_bound_access_tokens": "true"} {
		if got := p.list(name); !strings.Contains(got, want) || strings.Contains(got, "RS256") || strings.Contains(got, "none") && name != "token_endpoint_auth_methods_supported" {
			t.Errorf("%s: %s", name, got)
		}
	}
	if p.auth == cert && !strings.Contains(p.list("token_endpoint_auth_methods_supported"), "self_signed_tls_client_auth") {
		t.Error("certificates are not offered")
	}
	aliases, _ := p.metadata["mtls_endpoint_aliases"].(map[string]any)
	for _, name := range []string{"token_endpoint", "userinfo_endpoint", "pushed_authorization_request_endpoint"} {
		if s, _ := aliases[name].(string); p.metadata[name] == nil || !strings.HasPrefix(s, p.side+"/") {
			t.Errorf("%s, with a certificate: %q", name, s)
		}
	}
}
