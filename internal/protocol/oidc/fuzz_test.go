package oidc_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"netid/internal/identity"
	"netid/internal/protocol/oauth"
	"netid/internal/protocol/oidc"
	"netid/internal/token/jose"
)

// Whatever the claims of a signed request are: what comes out has the known
// parameters alone, and only where the request is the party's, for this
// issuer and of now.
func FuzzRequestObject(f *testing.F) {
	s := serve(f)
	p := s.acts.parties["fapi"]
	now := start.Unix()
	f.Add(fmt.Appendf(nil, `{"iss":"fapi","client_id":"fapi","aud":"%s","nbf":%d,"exp":%d,"scope":"openid","max_age":7,"claims":{"id_token":{}},"authorization_details":[{}]}`, issuer, now, now+60))
	f.Add(fmt.Appendf(nil, `{"iss":"fapi","client_id":"fapi","aud":["%s"],"nbf":%d.5,"exp":%d,"request":"x"}`, issuer, now, now+60))
	f.Add([]byte(`{"iss":"fapi","sub":"fapi"}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := jose.ParseObject(b, 16<<10)
		if err != nil {
			return
		}
		form, why := oidc.Inside(s.door, p, c)
		if why != "" {
			if form != nil {
				t.Fatalf("refused for %s with %v", why, form)
			}
			return
		}
		var claims struct {
			Iss    string `json:"iss"`
			Client string `json:"client_id"`
		}
		if err := json.Unmarshal(b, &claims); err != nil || claims.Iss != "fapi" || claims.Client != "fapi" || c.Has("sub") || c.Has("request") || c.Has("request_uri") {
			t.Fatalf("%s came through", b)
		}
		for name := range form {
			if !c.Has(name) || slices.Contains([]string{"iss", "aud", "exp", "nbf", "iat"}, name) {
				t.Fatalf("%q is no parameter", name)
			}
		}
	})
}

// No text that nobody signed is a signed request.
func FuzzSignedRequest(f *testing.F) {
	s := serve(f)
	p := s.acts.parties["signs"]
	f.Add("eyJhbGciOiJub25lIn0.e30.")
	f.Add("eyJhbGciOiJFUzI1NiJ9.e30.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
	f.Add("a.b.c.d.e")
	f.Fuzz(func(t *testing.T, text string) {
		if form, ok := oidc.Given(t.Context(), s.door, p, oauth.Form{"request": text, "scope": "openid"}); ok {
			t.Fatalf("%q gives %v", text, form)
		}
	})
}

// Whatever the claims parameter says: what is asked of it are known items, each
// once, and a match has its value.
func FuzzVerifiedClaims(f *testing.F) {
	for _, s := range []string{`{"id_token":{"verified_claims":{"verification":{"trust_framework":null},"claims":{"name":null,"birthdate":{"value":"1990-01-01"}}}}}`,
		`{"id_token":{"verified_claims":[{"verification":{"trust_framework":{"values":["netid","x"]}},"claims":{"phone_number":{"essential":true}}}]}}`,
		`{"id_token":{"verified_claims":[]}}`, `{"id_token":{"verified_claims":null}}`, `{"userinfo":{"verified_claims":{}}}`, `{"id_token":{"verified_claims":[[]]}}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		asked, ok := oidc.Plain(s)
		if !ok {
			return
		}
		seen := map[identity.Item]bool{}
		for _, a := range asked {
			if _, err := identity.ParseItem(string(a.Item)); err != nil || seen[a.Item] || a.Match != (a.Value != "") || len(a.Value) > 256 {
				t.Fatalf("%q asks %s", s, a.Name())
			}
			seen[a.Item] = true
		}
	})
}

// What is read as authorization details says exactly what it seems to.
func FuzzAuthorizationDetails(f *testing.F) {
	p := identity.Party{Details: []string{identity.DetailVerification}}
	for _, s := range []string{`[{"type":"urn:netid:verification","intent":"register"}]`, `[{"type":"urn:netid:verification"}]`, `[]`, `[1]`, `{}`, `[{}],"a":1`, "null"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		intent, ok := oidc.Details(p, s)
		if !ok || s == "" {
			return
		}
		var all []map[string]string
		if err := json.Unmarshal([]byte(s), &all); err != nil || len(all) != 1 || len(all[0]) != 2 || all[0]["type"] != identity.DetailVerification || all[0]["intent"] != string(intent) {
			t.Fatalf("%q is read as %q", s, intent)
		}
	})
}

// Whatever client metadata is: what comes out can be told again, says nothing that
// only the service says, and never more than its size.
func FuzzMetadata(f *testing.F) {
	f.Add([]byte(`{"client_name":"a","client_name#zh-CN":"b","redirect_uris":["https://a.example/cb"],"jwks":{"keys":[]},"netid_otherwise":[{"zh":"a","en":"b"}],"netid_bases":{"name":"x"}}`))
	f.Add([]byte(`{"response_types":["code"],"grant_types":"authorization_code","subject_type":"pairwise","token_endpoint_auth_method":null}`))
	f.Add([]byte(`{"subject_type":"public"}`))
	f.Add([]byte(`{"id":"x","sandbox":true,"Secret":"y","software_statement":"z"}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		in, why := oidc.Metadata(b)
		if why != "" {
			for _, r := range why {
				if r < ' ' || r > '~' {
					t.Fatalf("%q refuses with %q", b, why)
				}
			}
			return
		}
		if in.ID != "" || in.Secret != "" || in.Sandbox || in.Method == "" && !bytes.Contains(b, []byte("token_endpoint_auth_method")) {
			t.Fatalf("%q says what is not its own: %+v", b, in)
		}
		if _, err := json.Marshal(in); err != nil {
			t.Fatalf("%q: %v", b, err)
		}
	})
}

// No text that this issuer did not sign names anybody.
func FuzzIDTokenHint(f *testing.F) {
	s := serve(f)
	p := s.acts.parties["shop"]
	f.Add("eyJhbGciOiJub25lIn0.e30.")
	f.Add("eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJhIn0.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
	f.Fuzz(func(t *testing.T, text string) {
		if hint, ok := oidc.Hinted(s.door, p, text); hint != "" || ok && text != "" {
			t.Fatalf("%q names %q", text, hint)
		}
	})
}

// No text that nobody signed is a hint.
func FuzzHint(f *testing.F) {
	s := serve(f)
	f.Add("eyJhbGciOiJub25lIn0.e30.")
	f.Add("eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVCJ9.eyJzaWQiOiJ4In0.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
	f.Fuzz(func(t *testing.T, text string) {
		if party, sid, ok := oidc.Hint(s.door, text); ok {
			t.Fatalf("%q is a hint of %s, %s", text, party, sid)
		}
	})
}
