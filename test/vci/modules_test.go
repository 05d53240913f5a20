package vci_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	sandboxtest "netid/test/sandbox"
)

// module is one of the conformance suite's (docs/conformance.md), for a wallet that
// nobody registered, with a pre-authorized code and DPoP.
type module struct {
	name string
	run  func(*wallet)
}

func all() []module {
	return []module{
		{"oid4vci-1_0-issuer-metadata-test", func(w *wallet) { w.metadata() }},
		{"oid4vci-1_0-issuer-metadata-test-signed", func(w *wallet) {
			plain := w.metadata()
			w.also = http.Header{"Accept": {"application/jwt"}}
			a := w.found(w.send("GET", "/.well-known/openid-credential-issuer", "", "", ""))
			text, _ := a.body["text"].(string)
			var header, claims map[string]any
			if parts := strings.Split(text, "."); len(parts) == 3 {
				decode(w, parts[0], &header)
				decode(w, parts[1], &claims)
			}
			if a.header.Get("Content-Type") != "application/jwt" || header["typ"] != "openidvci-issuer-metadata+jwt" || claims["sub"] != w.url || claims["credential_endpoint"] != plain["credential_endpoint"] {
				w.Error(a.header, header, claims)
			}
		}},
		{"oid4vci-1_0-issuer-happy-flow", func(w *wallet) {
			a := w.ok(w.ask(w.request(1)))
			b, err := json.Marshal(map[string]any{"notification_id": a.body["notification_id"], "event": "credential_accepted"})
			if err != nil {
				w.Fatal(err)
			}
			w.nonce = ""
			if a := w.send("POST", "/notification", "application/json", string(b), w.access); a.status != http.StatusNoContent {
				w.Error(a)
			}
			w.sealed() // and with everything sealed
		}},
		{"oid4vci-1_0-issuer-happy-flow-skip-notification", func(w *wallet) { w.check("age", w.credentials("age", 1), true) }},
		{"oid4vci-1_0-issuer-happy-flow-additional-requests", func(w *wallet) {
			w.credentials("age", 1)
			for _, also := range []http.Header{{"X-Fapi-Customer-Ip-Address": {"2001:db8::1893:25c8:1946"}, "Accept": {"application/json; charset=utf-8"}}, {"Accept": {"application/json, application/*+json, */*"}}} {
				w.also = also
				w.credentials("age", 1)
			}
		}},
		{"oid4vci-1_0-issuer-happy-flow-multiple-clients", func(w *wallet) {
			other := newWallet(w.TB, w.url)
			other.take(other.ok(other.redeem(other.offered(w.sandbox), "")))
			first := w.credentials("age", 1)
			if second := other.credentials("age", 1); first[0] == second[0] {
				w.Error("the same credential")
			}
		}},
		{"oid4vci-1_0-issuer-batch-issuance", func(w *wallet) { w.check("age", w.credentials("age", 20), true) }},
		{"oid4vci-1_0-issuer-fail-invalid-nonce", func(w *wallet) {
			w.refused(w.ask(w.age(w.proofs(1, func(_, claims map[string]any) { claims["nonce"] = "nobody-gave-this" }))), 400, "invalid_nonce")
		}},
		{"oid4vci-1_0-issuer-fail-invalid-jwt-proof-signature", func(w *wallet) {
			proofs := w.proofs(1, nil)
			text := proofs["jwt"].([]string)[0]
			dot := strings.LastIndex(text, ".")
			spoilt := newKey(w).sign(w, map[string]any{}, map[string]any{})
			w.refused(w.ask(w.age(map[string]any{"jwt": []string{text[:dot] + spoilt[strings.LastIndex(spoilt, "."):]}})), 400, "invalid_proof")
		}},
		{"oid4vci-1_0-issuer-fail-missing-proof", func(w *wallet) {
			w.refused(w.ask(map[string]any{"credential_configuration_id": "age"}), 400, "invalid_proof")
		}},
		{"oid4vci-1_0-issuer-fail-unsupported-encryption-algorithm", func(w *wallet) {
			r := w.request(1)
			r["credential_response_encryption"] = map[string]any{"jwk": w.sealer(newKey(w), "UNSUPPORTED_ALG"), "enc": "A128GCM"}
			w.refused(w.seal(r), 400, "invalid_encryption_parameters")
		}},
		{"oid4vci-1_0-issuer-fail-unknown-credential-configuration", func(w *wallet) {
			r := w.request(1)
			r["credential_configuration_id"] = "nobody-has-this"
			w.refused(w.ask(r), 400, "unknown_credential_configuration")
		}},
		{"oid4vci-1_0-issuer-fail-unknown-credential-identifier", func(w *wallet) {
			r := w.request(1)
			delete(r, "credential_configuration_id")
			r["credential_identifier"] = "nobody-has-this"
			w.refused(w.ask(r), 400, "unknown_credential_identifier")
		}},
		{"oid4vci-1_0-issuer-fail-on-access-token-in-query", func(w *wallet) {
			b, err := json.Marshal(w.request(1))
			if err != nil {
				w.Fatal(err)
			}
			w.refused(w.send("POST", "/credential?access_token="+w.access, "application/json", string(b), ""), 400, "invalid_request")
		}},
	}
}

// modules runs them, each with an offer of its own.
func modules(t *testing.T, s *sandboxtest.Sandbox) {
	for _, m := range all() {
		t.Run(m.name, func(t *testing.T) {
			w := newWallet(t, s.URL)
			w.sandbox = s
			w.take(w.ok(w.redeem(w.offered(s), "")))
			m.run(w)
		})
	}
}

func (w *wallet) age(proofs map[string]any) map[string]any {
	return map[string]any{"credential_configuration_id": "age", "proofs": proofs}
}

// found is a page that whoever asks may keep.
func (w *wallet) found(a answer) answer {
	w.Helper()
	if a.status != http.StatusOK {
		w.Fatal(a)
	}
	return a
}

func (w *wallet) request(n int) map[string]any { return w.age(w.proofs(n, nil)) }

// metadata is what is needed before anything else (§12.2.4), at addresses of the issuer.
func (w *wallet) metadata() map[string]any {
	a := w.found(w.send("GET", "/.well-known/openid-credential-issuer", "", "", ""))
	if a.header.Get("Content-Type") != "application/json" || a.body["credential_issuer"] != w.url {
		w.Fatal(a)
	}
	for _, name := range []string{"credential_endpoint", "nonce_endpoint", "deferred_credential_endpoint", "notification_endpoint"} {
		if at, _ := a.body[name].(string); !strings.HasPrefix(at, w.url+"/") {
			w.Error(name, at)
		}
	}
	kinds, _ := a.body["credential_configurations_supported"].(map[string]any)
	if len(kinds) == 0 {
		w.Error(a.body)
	}
	for id, one := range kinds {
		c, _ := one.(map[string]any)
		_, binds := c["cryptographic_binding_methods_supported"]
		_, proves := c["proof_types_supported"]
		if slip := c["format"] == "netid-slip"; !slip && (c["format"] != "dc+sd-jwt" || c["vct"] == nil) || !binds || !proves {
			w.Error(id, c)
		}
	}
	server := w.found(w.send("GET", "/.well-known/oauth-authorization-server", "", "", ""))
	grants, _ := server.body["grant_types_supported"].([]any)
	if server.body["issuer"] != w.url || !slices.Contains(grants, any(grantType)) {
		w.Error(server.body)
	}
	return a.body
}

// seal sends a request sealed to the issuer's key (§10), by another library.
func (w *wallet) seal(request map[string]any) answer {
	b, err := json.Marshal(w.metadata()["credential_request_encryption"])
	if err != nil {
		w.Fatal(err)
	}
	var to struct{ JWKS jose.JSONWebKeySet }
	if err := json.Unmarshal(b, &to); err != nil {
		w.Fatal(err)
	}
	k := to.JWKS.Keys[0]
	e, err := jose.NewEncrypter(jose.A128GCM, jose.Recipient{Algorithm: jose.KeyAlgorithm(k.Algorithm), Key: k.Key, KeyID: k.KeyID}, nil)
	if err != nil {
		w.Fatal(err)
	}
	if b, err = json.Marshal(request); err != nil {
		w.Fatal(err)
	}
	sealed, err := e.Encrypt(b)
	if err != nil {
		w.Fatal(err)
	}
	text, err := sealed.CompactSerialize()
	if err != nil {
		w.Fatal(err)
	}
	w.nonce = ""
	return w.send("POST", "/credential", "application/jwt", text, w.access)
}

func (w *wallet) sealer(k key, alg string) map[string]any {
	jwk := k.jwk()
	jwk["alg"], jwk["use"], jwk["kid"] = alg, "enc", "answers"
	return jwk
}

// sealed gets a credential in an answer that the wallet alone opens.
func (w *wallet) sealed() {
	own, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		w.Fatal(err)
	}
	r := w.request(1)
	r["credential_response_encryption"] = map[string]any{"jwk": w.sealer(key{own}, "ECDH-ES"), "enc": "A256GCM"}
	a := w.ok(w.seal(r))
	text, _ := a.body["text"].(string)
	read, err := jose.ParseEncryptedCompact(text, []jose.KeyAlgorithm{jose.ECDH_ES}, []jose.ContentEncryption{jose.A256GCM})
	if err != nil || a.header.Get("Content-Type") != "application/jwt" {
		w.Fatal(a, err)
	}
	plain, err := read.Decrypt(own)
	var got struct{ Credentials []struct{ Credential string } }
	if err != nil || json.Unmarshal(plain, &got) != nil || len(got.Credentials) != 1 {
		w.Fatal(string(plain), err)
	}
	w.check("age", []string{got.Credentials[0].Credential}, true)
}
