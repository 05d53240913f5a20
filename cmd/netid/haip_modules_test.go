package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"netid/test/wallet"
)

// haipModules are those of the plan oid4vci-1_0-issuer-haip-test-plan that are
// about issuing: the authorization code flow, wallets that their provider vouches
// for, DPoP. Those that end at the pushed request are in internal/protocol/oidc.
func haipModules() map[string]func(*issuing) {
	return map[string]func(*issuing){
		"oid4vci-1_0-issuer-metadata-test": func(i *issuing) {
			header, body := i.get("/.well-known/openid-credential-issuer", "application/json")
			var m struct {
				Issuer     string `json:"credential_issuer"`
				Credential string `json:"credential_endpoint"`
				Nonce      string `json:"nonce_endpoint"`
				Kinds      map[string]struct {
					Scope  string `json:"scope"`
					Proofs map[string]struct {
						Kept map[string]any `json:"key_attestations_required"`
					} `json:"proof_types_supported"`
				} `json:"credential_configurations_supported"`
			}
			must(i.t, json.Unmarshal(body, &m))
			kept := m.Kinds["age-attested"].Proofs
			if !strings.HasPrefix(header.Get("Content-Type"), "application/json") || m.Issuer != i.f.house.Issuer || !strings.HasPrefix(m.Credential, m.Issuer) || !strings.HasPrefix(m.Nonce, m.Issuer) ||
				m.Kinds["age"].Scope != "age" || kept["jwt"].Kept == nil || kept["attestation"].Kept == nil || m.Kinds["age"].Proofs["jwt"].Kept != nil {
				i.t.Errorf("%+v", m)
			}
			var server map[string]any
			_, body = i.get("/.well-known/oauth-authorization-server", "application/json")
			must(i.t, json.Unmarshal(body, &server))
			if server["issuer"] != m.Issuer || server["pushed_authorization_request_endpoint"] == nil || !strings.Contains(string(body), `"attest_jwt_client_auth"`) {
				i.t.Error(server)
			}
		},
		"oid4vci-1_0-issuer-metadata-test-signed": func(i *issuing) {
			header, body := i.get("/.well-known/openid-credential-issuer", "application/jwt")
			head, _, _ := strings.Cut(string(body), ".")
			text, err := base64.RawURLEncoding.DecodeString(head)
			var said struct {
				Typ   string   `json:"typ"`
				Chain []string `json:"x5c"`
			}
			if err == nil {
				err = json.Unmarshal(text, &said)
			}
			if header.Get("Content-Type") != "application/jwt" || err != nil || said.Typ != "openidvci-issuer-metadata+jwt" || len(said.Chain) == 0 {
				i.t.Error(header, said, err)
			}
		},
		"oid4vci-1_0-issuer-happy-flow": func(i *issuing) {
			m := i.ok(i.ask(i.access, "age", i.proofs(1)))
			if status := i.notified(m["notification_id"]); status != http.StatusNoContent {
				i.t.Error(status)
			}
			i.sealed()
		},
		"oid4vci-1_0-issuer-happy-flow-additional-requests": func(i *issuing) {
			i.ok(i.ask(i.access, "age", i.proofs(1)))
			i.ok(i.ask(i.access, "age", i.proofs(2)))
		},
		"oid4vci-1_0-issuer-happy-flow-multiple-clients": func(i *issuing) {
			other := &vouchedFor{t: i.t, f: i.f, provider: i.provider, instance: wallet.NewKey(), key: wallet.NewKey()}
			access, _ := other.granted("age age-attested")
			first, second := i.ok(i.ask(i.access, "age", i.proofs(1))), i.ok(other.ask(access, "age", i.proofs(1)))
			if reflect.DeepEqual(first["credentials"], second["credentials"]) {
				i.t.Error("two instances have one credential")
			}
			i.refused(401, "invalid_token")(other.ask(i.access, "age", i.proofs(1))) // the token of another's key
		},
		"oid4vci-1_0-issuer-happy-flow-skip-notification": func(i *issuing) { i.ok(i.ask(i.access, "age", i.proofs(1))) },
		"oid4vci-1_0-issuer-fail-invalid-nonce": func(i *issuing) {
			i.refused(400, "invalid_nonce")(i.ask(i.access, "age", `{"jwt":["`+i.proof(wallet.NewKey(), "nobody-gave-this", "")+`"]}`))
		},
		"oid4vci-1_0-issuer-fail-invalid-jwt-proof-signature": func(i *issuing) {
			i.refused(400, "invalid_proof")(i.ask(i.access, "age", `{"jwt":["`+spoilt(i.proof(wallet.NewKey(), i.fresh(), ""))+`"]}`))
		},
		"oid4vci-1_0-issuer-fail-invalid-key-attestation-signature": func(i *issuing) {
			key, nonce := wallet.NewKey(), i.fresh()
			kept := spoilt(i.provider.Keys(nonce, time.Now(), nil, key))
			i.refused(400, "invalid_proof")(i.ask(i.access, "age-attested", `{"jwt":["`+i.proof(key, nonce, kept)+`"]}`))
			i.refused(400, "invalid_proof")(i.ask(i.access, "age-attested", `{"attestation":["`+kept+`"]}`))
		},
		"oid4vci-1_0-issuer-fail-missing-proof": func(i *issuing) {
			i.refused(400, "invalid_proof")(i.asked(`{"credential_identifier":"age"}`))
		},
		"oid4vci-1_0-issuer-fail-unknown-credential-configuration": func(i *issuing) {
			i.refused(400, "unknown_credential_configuration")(i.asked(`{"credential_configuration_id":"nobody-has-this","proofs":` + i.proofs(1) + `}`))
		},
		"oid4vci-1_0-issuer-fail-unknown-credential-identifier": func(i *issuing) {
			i.refused(400, "unknown_credential_identifier")(i.ask(i.access, "nobody-has-this", i.proofs(1)))
		},
		"oid4vci-1_0-issuer-fail-unsupported-encryption-algorithm": func(i *issuing) {
			jwk := wallet.NewKey().JWK()
			jwk["alg"], jwk["use"], jwk["kid"] = "UNSUPPORTED_ALG", "enc", "answers"
			to, err := json.Marshal(jwk)
			must(i.t, err)
			status, m := i.seal(`{"credential_identifier":"age","proofs":` + i.proofs(1) + `,"credential_response_encryption":{"jwk":` + string(to) + `,"enc":"A128GCM"}}`)
			i.refused(400, "invalid_encryption_parameters")(status, nil, m)
		},
		"oid4vci-1_0-issuer-fail-on-access-token-in-query": func(i *issuing) {
			r := httptest.NewRequestWithContext(i.t.Context(), http.MethodPost, "/credential?access_token="+i.access, strings.NewReader(`{"credential_identifier":"age","proofs":`+i.proofs(1)+`}`))
			r.Header.Set("Content-Type", "application/json")
			w := httptest.NewRecorder()
			i.f.house.server.ServeHTTP(w, r)
			if w.Code < 400 || w.Code > 499 || strings.Contains(w.Body.String(), "credentials") {
				i.t.Error(w.Code, w.Body)
			}
		},
	}
}

// issuing is one wallet with a token.
type issuing struct {
	*vouchedFor
	access string
}

// The modules of HAIP's plan, over HTTP against the whole server.
func TestHAIPModules(t *testing.T) {
	a := openPurse(t)
	access, _ := a.granted("age age-attested")
	for name, run := range haipModules() {
		t.Run(name, func(t *testing.T) {
			own := *a
			own.t = t
			run(&issuing{&own, access})
		})
	}
}

func (i *issuing) get(path, accept string) (http.Header, []byte) {
	i.t.Helper()
	r := httptest.NewRequestWithContext(i.t.Context(), http.MethodGet, path, nil)
	r.Header.Set("Accept", accept)
	w := httptest.NewRecorder()
	i.f.house.server.ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		i.t.Fatal(path, w.Code)
	}
	return w.Header(), w.Body.Bytes()
}

// proofs are some keys' over one nonce.
func (i *issuing) proofs(n int) string {
	i.t.Helper()
	nonce, all := i.fresh(), make([]string, n)
	for at := range all {
		all[at] = `"` + i.proof(wallet.NewKey(), nonce, "") + `"`
	}
	return `{"jwt":[` + strings.Join(all, ",") + `]}`
}

func (i *issuing) asked(body string) (int, []any, map[string]any) {
	i.t.Helper()
	status, m := i.send("/credential", "application/json", body, i.access, false)
	all, _ := m["credentials"].([]any)
	return status, all, m
}

func (i *issuing) ok(status int, all []any, m map[string]any) map[string]any {
	i.t.Helper()
	if status != http.StatusOK || len(all) == 0 {
		i.t.Fatal(status, m)
	}
	return m
}

func (i *issuing) refused(status int, code string) func(int, []any, map[string]any) {
	return func(got int, all []any, m map[string]any) {
		i.t.Helper()
		if got != status || m["error"] != code || len(all) != 0 {
			i.t.Error(got, m)
		}
	}
}

func (i *issuing) notified(id any) int {
	i.t.Helper()
	b, err := json.Marshal(map[string]any{"notification_id": id, "event": "credential_accepted"})
	must(i.t, err)
	status, _ := i.send("/notification", "application/json", string(b), i.access, false)
	return status
}

// seal sends a request sealed to the issuer's key (§10), by another library.
func (i *issuing) seal(body string) (int, map[string]any) {
	i.t.Helper()
	_, about := i.get("/.well-known/openid-credential-issuer", "application/json")
	var m struct {
		Sealing struct {
			JWKS jose.JSONWebKeySet `json:"jwks"`
		} `json:"credential_request_encryption"`
	}
	must(i.t, json.Unmarshal(about, &m))
	k := m.Sealing.JWKS.Keys[0]
	e, err := jose.NewEncrypter(jose.A128GCM, jose.Recipient{Algorithm: jose.KeyAlgorithm(k.Algorithm), Key: k.Key, KeyID: k.KeyID}, nil)
	must(i.t, err)
	sealed, err := e.Encrypt([]byte(body))
	must(i.t, err)
	text, err := sealed.CompactSerialize()
	must(i.t, err)
	return i.send("/credential", "application/jwt", text, i.access, false)
}

// sealed gets a credential in an answer that the wallet alone opens (§10), by another library.
func (i *issuing) sealed() {
	i.t.Helper()
	own, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(i.t, err)
	to, err := json.Marshal(jose.JSONWebKey{Key: own.Public(), Algorithm: "ECDH-ES", Use: "enc", KeyID: "answers"})
	must(i.t, err)
	body := `{"credential_identifier":"age","proofs":` + i.proofs(1) + `,"credential_response_encryption":{"jwk":` + string(to) + `,"enc":"A256GCM"}}`
	_, m := i.seal(body)
	text, _ := m["text"].(string)
	read, err := jose.ParseEncryptedCompact(text, []jose.KeyAlgorithm{jose.ECDH_ES}, []jose.ContentEncryption{jose.A256GCM})
	must(i.t, err)
	plain, err := read.Decrypt(own)
	if err != nil || !strings.Contains(string(plain), `"credential":"`) {
		i.t.Fatal(string(plain), err)
	}
}

// spoilt has the signature of another text.
func spoilt(jwt string) string {
	other := wallet.NewKey().Sign("", nil, map[string]any{})
	return jwt[:strings.LastIndexByte(jwt, '.')] + other[strings.LastIndexByte(other, '.'):]
}
