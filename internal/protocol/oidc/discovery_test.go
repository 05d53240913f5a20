package oidc_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	oracle "github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"netid/internal/identity"
)

// shownElsewhere are members that need the whole house to be seen true.
func shownElsewhere() map[string]string {
	return map[string]string{
		"service_documentation":   "test/clients TestDiscoveryLeadsSomewhere",
		"subject_types_supported": "test/clients TestZitadelOIDC: two parties, two names of one person",

		"backchannel_logout_supported":         "TestLogoutToken: a notice is signed, sent, and read by others",
		"backchannel_logout_session_supported": "test/browser: the demonstration shop hears which session ended",
	}
}

// TestEveryMemberOfTheMetadataIsTrue goes through the document member by member: each
// value that is listed works, what is not listed is refused, and a
// member that nobody here can show is a failure. A member that is left out would
// say what its default says: so each of these must be there, too.
func TestEveryMemberOfTheMetadataIsTrue(t *testing.T) {
	var m map[string]any
	if err := json.Unmarshal(serve(t).get("/.well-known/openid-configuration").Body.Bytes(), &m); err != nil {
		t.Fatal(err)
	}
	known := truths(newHands(t))
	for name, v := range m {
		show, ok := known[name]
		switch {
		case ok:
			t.Run(name, func(t *testing.T) { show(t, v) })
		case strings.HasSuffix(name, "_endpoint") || name == "jwks_uri":
			t.Run(name, func(t *testing.T) { answers(t, v) })
		case shownElsewhere()[name] == "":
			t.Errorf("nothing shows that %s is so", name)
		}
		delete(known, name)
	}
	for name := range known {
		t.Errorf("%s is left out, and its default is not so", name)
	}
	for _, name := range []string{"registration", "end_session", "device_authorization", "backchannel_authentication"} {
		if path := "/" + name; m[name+"_endpoint"] == nil && serve(t).get(path).Code != http.StatusNotFound {
			t.Errorf("%s is served and not listed", path)
		}
	}
}

// truths are what shows each member.
func truths(keys hands) map[string]func(*testing.T, any) {
	bare := "GET /authorize good\n=> 303 request"
	return map[string]func(*testing.T, any){
		"issuer": func(t *testing.T, v any) {
			converse(t, "GET /authorize good\n  response_type = token\n=> 303 redirect unsupported_response_type\n  iss = "+v.(string))
		},
		"authorization_response_iss_parameter_supported": is(true, "GET /authorize good\n  scope = profile\n=> 303 redirect invalid_scope\n  iss = "+issuer),
		"scopes_supported": each("GET /authorize good\n  scope = openid %s\n=> 303 request",
			"GET /authorize good\n  scope = %s\n=> 303 redirect invalid_scope", "profile", "email"),
		"response_types_supported": each("GET /authorize good\n  response_type = %s\n=> 303 request",
			"GET /authorize good\n  response_type = %s\n=> 303 redirect unsupported_response_type", "token", "id_token", "code id_token", "none"),
		"response_modes_supported": each("GET /authorize good\n  client_id = reads\n  response_mode = %s\n=> 303 request",
			"GET /authorize good\n  client_id = reads\n  response_mode = %s\n=> 303 redirect invalid_request", "fragment", "fragment.jwt", "web_message"),
		"grant_types_supported": each("POST /token by shop\n  grant_type = %s\n=> 400 json invalid_request",
			"POST /token by shop\n  grant_type = %s\n=> 400 json unsupported_grant_type", "implicit", "password", "client_credentials", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"),
		"code_challenge_methods_supported": each("GET /authorize good\n  code_challenge_method = %s\n=> 303 request",
			"GET /authorize good\n  code_challenge_method = %s\n=> 303 redirect invalid_request", "plain", "S512"),
		"acr_values_supported": each("GET /authorize good\n  claims = {\"id_token\":{\"acr\":{\"essential\":true,\"value\":\"%s\"}}}\n=> 303 request",
			"GET /authorize good\n  claims = {\"id_token\":{\"acr\":{\"essential\":true,\"value\":\"%s\"}}}\n=> 303 redirect unmet_authentication_requirements", "urn:netid:acr:blood"),
		"authorization_details_types_supported": each("GET /authorize good\n  client_id = robot\n  authorization_details = [{\"type\":\"%s\",\"intent\":\"sign_in\"}]\n=> 303 request",
			"GET /authorize good\n  client_id = robot\n  authorization_details = [{\"type\":\"%s\",\"intent\":\"sign_in\"}]\n=> 303 redirect invalid_authorization_details", "urn:netid:payment"),
		"ui_locales_supported": each("GET /authorize good\n  ui_locales = %[1]s\n=> 303 request\n  saw locale = %[1]s",
			"GET /authorize good\n  ui_locales = %s\n=> 303 request\n  saw locale =", "fr"),
		"verified_claims_supported":  is(true, "GET /authorize good\n  client_id = learns\n  claims = {\"id_token\":{\"verified_claims\":{\"verification\":{\"trust_framework\":null},\"claims\":{\"name\":null}}}}\n=> 303 request\n  saw plain = name"),
		"trust_frameworks_supported": only([]any{"netid"}, "GET /authorize good\n  client_id = learns\n  claims = {\"id_token\":{\"verified_claims\":{\"verification\":{\"trust_framework\":{\"value\":\"netid\"}},\"claims\":{\"name\":null}}}}\n=> 303 request\n  saw plain = name"),
		"claims_in_verified_claims_supported": only([]any{"name", "match_name", "birthdate", "match_birthdate", "document_number", "match_document_number", "phone_number", "match_phone_number"},
			"POST /token good by learns\n  code = code-with-name\n=> 200 json\n  id only iss sub aud exp iat nonce acr receipt verified_claims terms"),
		"id_token_encryption_alg_values_supported": only([]any{"ECDH-ES", "ECDH-ES+A256KW", "RSA-OAEP-256"}, "POST /token good by learns\n  code = code-of-learns\n=> 200 json\n  id iss = "+issuer), // each: TestSealOpensForThePartyAlone
		"id_token_encryption_enc_values_supported": only([]any{"A256GCM"}, "POST /token good by learns\n  code = code-of-learns\n=> 200 json\n  id iss = "+issuer),
		"prompt_values_supported":                  prompts,
		"claim_types_supported":                    only([]any{"normal"}, "POST /token good by shop\n=> 200 json\n  id only iss sub aud exp iat nonce acr receipt"),
		"claims_supported":                         claimsAreSo,
		"claims_parameter_supported":               is(true, "GET /authorize good\n  claims = {\"id_token\":{\"age_over_18\":null}}\n=> 303 request\n  saw marks = age_over_18:id"),
		"require_pushed_authorization_requests":    is(false, bare),
		"require_signed_request_object":            is(false, bare),
		"request_uri_parameter_supported":          is(false, "GET /authorize good\n  request_uri = https://shop.example/r\n=> 303 redirect request_uri_not_supported"),
		"request_parameter_supported":              is(true, "GET /authorize good signed signs\n=> 303 request\n  saw party = signs"),
		"id_token_signing_alg_values_supported":    only([]any{"ES256"}, "POST /token good by shop\n=> 200 json\n  id iss = "+issuer),
		"userinfo_signing_alg_values_supported":    only([]any{"ES256"}, "GET /userinfo\n  Authorization: Bearer access-signed\n=> 200 jwt\n  iss = "+issuer),
		"authorization_signing_alg_values_supported": only([]any{"ES256"},
			"GET /authorize good\n  client_id = reads\n  response_mode = jwt\n  scope = profile\n=> 303 signed invalid_scope"),
		"token_endpoint_auth_methods_supported":                    methods("/token"),
		"introspection_endpoint_auth_methods_supported":            methods("/introspect"),
		"revocation_endpoint_auth_methods_supported":               methods("/revoke"),
		"token_endpoint_auth_signing_alg_values_supported":         keys.assertions("/token"),
		"introspection_endpoint_auth_signing_alg_values_supported": keys.assertions("/introspect"),
		"revocation_endpoint_auth_signing_alg_values_supported":    keys.assertions("/revoke"),
		"request_object_signing_alg_values_supported":              keys.objects,
		"dpop_signing_alg_values_supported":                        keys.proofs,
	}
}

// answers: somebody is there, and it is ours.
func answers(t *testing.T, v any) {
	path, ours := strings.CutPrefix(v.(string), issuer)
	if code := serve(t).get(path).Code; !ours || code == http.StatusNotFound {
		t.Errorf("%v: %d", v, code)
	}
}

func is(want bool, script string) func(*testing.T, any) { return only(want, script) }

// only: exactly this, and the conversation that shows it.
func only(want any, script string) func(*testing.T, any) {
	return func(t *testing.T, v any) {
		if said(v) != said(want) {
			t.Fatalf("it says %s, and %s is shown", said(v), said(want))
		}
		converse(t, script)
	}
}

// each listed value works; of the others, those that are not listed do not.
func each(works, refused string, others ...string) func(*testing.T, any) {
	return func(t *testing.T, v any) {
		all := list(v)
		for _, x := range all {
			converse(t, fmt.Sprintf(works, x))
		}
		for _, x := range others {
			if !slices.Contains(all, x) {
				converse(t, fmt.Sprintf(refused, x))
			}
		}
	}
}

func list(v any) (all []string) {
	for _, x := range v.([]any) {
		all = append(all, x.(string))
	}
	return all
}

func prompts(t *testing.T, v any) {
	for _, x := range append(list(v), "create") {
		outcome := map[string]string{"create": "redirect invalid_request"}[x]
		if outcome == "" {
			outcome = "request"
		}
		converse(t, "GET /authorize good\n  prompt = "+x+"\n=> 303 "+outcome)
	}
	converse(t, "GET /authorize good\n  prompt = none\n  acr_values = urn:netid:acr:cert-pwd\n=> 303 redirect interaction_required")
}

// claimsAreSo: the ID token has no claim that is not listed; each that is listed is
// in it, or is a mark that reaches the act.
func claimsAreSo(t *testing.T, v any) {
	s := serve(t)
	_, m := s.redeemed(t, "shop", "code-with-marks")
	got, listed := s.claims(t, idTokenOf(t, m)), list(v)
	other := serve(t)
	_, m = other.redeemed(t, "leaves", "code-of-leaves")
	got["sid"] = other.claims(t, idTokenOf(t, m))["sid"]
	other = serve(t)
	_, m = other.redeemed(t, "learns", "code-with-name")
	maps.Copy(got, other.claims(t, idTokenOf(t, m)))
	for name := range got {
		if !slices.Contains(listed, name) {
			t.Errorf("a claim %s that is not listed", name)
		}
	}
	for _, name := range listed {
		if _, there := got[name]; there {
			continue
		}
		s.acts.parties["shop"].AgeMarks[identity.AgeMark(name)] = "a law"
		q := &request{method: "GET", path: "/authorize", params: url.Values{}, head: http.Header{}}
		s.good(q)
		q.params.Set("claims", fmt.Sprintf(`{"id_token":{%q:null}}`, name))
		s.mux.ServeHTTP(httptest.NewRecorder(), s.request(t, q))
		if marks := s.acts.saw()["marks"]; marks != name+":id" {
			t.Errorf("%s is asked for, and what is seen is %q", name, marks)
		}
	}
}

// methods: parties prove themselves in each way that is listed, and in no other.
func methods(path string) func(*testing.T, any) {
	return func(t *testing.T, v any) {
		code := func(of string) string {
			if path == "/token" {
				return "  code = code-of-" + of + "\n"
			}
			return ""
		}
		ways := map[string]string{
			"client_secret_basic": "POST " + path + " good by shop\n",
			"client_secret_post":  "POST " + path + " good\n  client_id = shop\n  client_secret = secret-of-shop\n",
			"private_key_jwt":     "POST " + path + " good by robot\n" + code("robot"),
			"none":                "POST " + path + " good by app\n" + code("app"),
		}
		for _, x := range list(v) {
			if ways[x] == "" {
				t.Errorf("nothing shows %s", x)
				continue
			}
			if status, body := tell(t, serve(t), ways[x]); status != http.StatusOK {
				t.Errorf("%s: %d %s", x, status, body)
			}
			delete(ways, x)
		}
		for _, script := range ways {
			converse(t, script+"=> 401 json invalid_client")
		}
	}
}

// tell sends one request of a conversation, whatever comes of it.
func tell(t *testing.T, s *service, script string) (int, string) {
	t.Helper()
	k := &talk{t: t, s: s}
	for line := range strings.Lines(script) {
		if k.line = strings.TrimRight(line, "\n"); k.line[0] != ' ' {
			k.start(strings.Fields(k.line))
		} else {
			k.change(strings.TrimSpace(k.line))
		}
	}
	w := httptest.NewRecorder()
	s.mux.ServeHTTP(w, s.request(t, k.req))
	return w.Code, w.Body.String()
}

// hands hold a key for each algorithm, in another's library; RS256 and PS256 share theirs.
type hands map[string]any

func newHands(t *testing.T) hands {
	t.Helper()
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	r, err := rsa.GenerateKey(rand.Reader, 2048)
	must(t, err)
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	must(t, err)
	return hands{"ES256": ec, "PS256": r, "RS256": r, "EdDSA": ed}
}

// register gives the parties that have keys all of these.
func (h hands) register(t *testing.T, s *service) {
	t.Helper()
	var set oracle.JSONWebKeySet
	for _, alg := range []string{"ES256", "PS256", "EdDSA"} {
		k := oracle.JSONWebKey{Key: h[alg], KeyID: alg, Algorithm: alg, Use: "sig"}
		set.Keys = append(set.Keys, k.Public())
	}
	b, err := json.Marshal(set)
	must(t, err)
	for _, id := range []identity.PartyID{"robot", "signs"} {
		p := s.acts.parties[id]
		p.JWKS = b
		s.acts.parties[id] = p
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (h hands) sign(t *testing.T, alg string, o *oracle.SignerOptions, claims map[string]any) string {
	t.Helper()
	key := h[alg]
	if !o.EmbedJWK {
		key = oracle.JSONWebKey{Key: key, KeyID: strings.Replace(alg, "RS", "PS", 1)}
	}
	signer, err := oracle.NewSigner(oracle.SigningKey{Algorithm: oracle.SignatureAlgorithm(alg), Key: key}, o)
	must(t, err)
	text, err := jwt.Signed(signer).Claims(claims).Serialize()
	must(t, err)
	return text
}

// signing: what is signed by each listed algorithm is taken, and by the others not.
func (h hands) signing(t *testing.T, v any, accepted func(s *service, alg string) bool) {
	for alg := range h {
		s := serve(t)
		h.register(t, s)
		if got, want := accepted(s, alg), slices.Contains(list(v), alg); got != want {
			t.Errorf("%s: listed %v, accepted %v", alg, want, got)
		}
	}
}

func (h hands) assertions(path string) func(*testing.T, any) {
	return func(t *testing.T, v any) {
		h.signing(t, v, func(s *service, alg string) bool {
			q := &request{method: "POST", path: path, params: url.Values{}, head: http.Header{}}
			s.good(q)
			s.as(q, "robot")
			claims := q.claims
			q.claims = nil
			q.params.Set("code", "code-of-robot")
			q.params.Set("client_assertion", h.sign(t, alg, &oracle.SignerOptions{}, claims))
			w := httptest.NewRecorder()
			s.mux.ServeHTTP(w, s.request(t, q))
			return w.Code == http.StatusOK
		})
	}
}

func (h hands) objects(t *testing.T, v any) {
	h.signing(t, v, func(s *service, alg string) bool {
		q := &request{method: "GET", path: "/authorize", params: url.Values{}, head: http.Header{}}
		s.good(q)
		s.signed(q, "signs")
		object := q.object
		q.object = nil
		q.params.Set("request", h.sign(t, alg, (&oracle.SignerOptions{}).WithType("oauth-authz-req+jwt"), object))
		w := httptest.NewRecorder()
		s.mux.ServeHTTP(w, s.request(t, q))
		return strings.HasPrefix(w.Header().Get("Location"), "/request?r=")
	})
}

func (h hands) proofs(t *testing.T, v any) {
	h.signing(t, v, func(s *service, alg string) bool {
		claims := map[string]any{"jti": "jti-1", "htm": "POST", "htu": issuer + "/token", "iat": s.now.Unix()}
		for range 2 { // the first to learn the nonce
			q := &request{method: "POST", path: "/token", params: url.Values{}, head: http.Header{}}
			s.good(q)
			s.as(q, "shop")
			q.head.Set("DPoP", h.sign(t, alg, (&oracle.SignerOptions{EmbedJWK: true}).WithType("dpop+jwt"), claims))
			w := httptest.NewRecorder()
			s.mux.ServeHTTP(w, s.request(t, q))
			if w.Code == http.StatusOK {
				return true
			}
			claims["nonce"] = w.Header().Get("DPoP-Nonce")
		}
		return false
	})
}
