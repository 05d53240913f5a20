package shop_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// provider is a small OpenID provider, made of another library, that can be
// told to misbehave.
type provider struct {
	*httptest.Server
	t      *testing.T
	key    *ecdsa.PrivateKey
	down   bool
	asked  url.Values     // the last authorization request
	claims map[string]any // what differs from a good ID token; nil values leave a claim out
	alg    jose.SignatureAlgorithm
	sign   any // nil: key
	error  string
	iss    *string // of the answer; nil: its own
	trades int
	left   url.Values // what the last log-out said
	id     string     // the last ID token

	erasures int        // how answers to requests to erase are answered
	erased   url.Values // the last of them
}

func startProvider(t *testing.T) *provider {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p := &provider{t: t, key: key, alg: jose.ES256, claims: map[string]any{}, erasures: http.StatusNoContent}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", p.describe)
	mux.HandleFunc("GET /authorize", p.authorize)
	mux.HandleFunc("POST /token", p.token)
	mux.HandleFunc("GET /logout", func(w http.ResponseWriter, r *http.Request) {
		p.left = r.URL.Query()
		http.Redirect(w, r, p.left.Get("post_logout_redirect_uri"), http.StatusSeeOther)
	})
	mux.HandleFunc("POST /erasure", func(w http.ResponseWriter, r *http.Request) {
		if id, secret, _ := r.BasicAuth(); id != "demo-shop" || secret != "the+secret%2F" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		r.ParseForm()
		p.erased = r.PostForm
		w.WriteHeader(p.erasures)
	})
	mux.HandleFunc("GET /jwks", func(w http.ResponseWriter, r *http.Request) {
		write(w, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &key.PublicKey, KeyID: "k", Algorithm: "ES256", Use: "sig"}}})
	})
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Close)
	return p
}

func write(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(v)
}

func (p *provider) describe(w http.ResponseWriter, r *http.Request) {
	if p.down {
		http.Error(w, "down", http.StatusServiceUnavailable)
		return
	}
	write(w, map[string]any{"issuer": p.URL, "authorization_endpoint": p.URL + "/authorize", "token_endpoint": p.URL + "/token", "jwks_uri": p.URL + "/jwks", "end_session_endpoint": p.URL + "/logout", "netid_erasure_endpoint": p.URL + "/erasure",
		"response_types_supported": []string{"code"}, "subject_types_supported": []string{"pairwise"}, "id_token_signing_alg_values_supported": []string{"ES256"},
		"authorization_response_iss_parameter_supported": true})
}

// authorize approves or refuses at once.
func (p *provider) authorize(w http.ResponseWriter, r *http.Request) {
	p.asked = r.URL.Query()
	iss := p.URL
	if p.iss != nil {
		iss = *p.iss
	}
	v := url.Values{"state": {p.asked.Get("state")}, "iss": {iss}}
	if p.error != "" {
		v.Set("error", p.error)
	} else {
		v.Set("code", "the-code")
	}
	http.Redirect(w, r, p.asked.Get("redirect_uri")+"?"+v.Encode(), http.StatusSeeOther)
}

func (p *provider) token(w http.ResponseWriter, r *http.Request) {
	p.trades++
	id, secret, _ := r.BasicAuth()
	sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	if id != "demo-shop" || secret != "the+secret%2F" || r.PostFormValue("code") != "the-code" || r.PostFormValue("redirect_uri") != p.asked.Get("redirect_uri") ||
		p.asked.Get("code_challenge_method") != "S256" || base64.RawURLEncoding.EncodeToString(sum[:]) != p.asked.Get("code_challenge") {
		w.WriteHeader(http.StatusBadRequest)
		write(w, map[string]string{"error": "invalid_grant"})
		return
	}
	now := time.Now()
	claims := map[string]any{"iss": p.URL, "sub": "pairwise-1", "aud": "demo-shop", "exp": now.Add(time.Minute).Unix(), "iat": now.Unix(),
		"nonce": p.asked.Get("nonce"), "acr": "urn:netid:acr:cert", "receipt": "00ff"}
	for k, v := range p.claims {
		if claims[k] = v; v == nil {
			delete(claims, k)
		}
	}
	var key any = jose.JSONWebKey{Key: p.key, KeyID: "k"}
	if p.sign != nil {
		key = p.sign
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: p.alg, Key: key}, nil)
	if err != nil {
		p.t.Error(err)
		return
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		p.t.Error(err)
		return
	}
	jws, err := signer.Sign(payload)
	if err != nil {
		p.t.Error(err)
		return
	}
	compact, err := jws.CompactSerialize()
	if err != nil {
		p.t.Error(err)
		return
	}
	p.id = compact
	write(w, map[string]any{"access_token": "a", "token_type": "Bearer", "expires_in": 60, "id_token": compact})
}
