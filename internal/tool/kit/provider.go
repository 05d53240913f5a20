package kit

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"sync"
)

// provider is an OpenID provider that asks nobody anything.
type provider struct {
	Config
	mux *http.ServeMux

	mu      sync.Mutex // guards all below
	key     *ecdsa.PrivateKey
	kid     string
	old     *ecdsa.PrivateKey // before the rotation
	foreign *ecdsa.PrivateKey // never in the key set
	turn    *turn
	codes   map[string]*turn
	last    url.Values // the request before this turn
	pushed  map[string]url.Values
	serial  int             // of pushed requests
	used    map[string]bool // what may be used once
}

// turn is one check's sign-in as the provider sees it.
type turn struct {
	check   Check
	request url.Values // the authorization request
	address url.Values // what of it the browser carried
	before  url.Values // that of the check before
	code    string
	sub     string
	tokens  int // requests at the token endpoint
	infos   int
	lured   int // requests at the address that a token's header names
	proof   string
	secret  bool // the application proved itself
	to      string
	bound   string // thumbprint of the key to which the token is bound
	poured  int    // bytes of an answer without an end that were taken
	erase   string // of a notice to erase
	forgot  bool   // the application answered it
}

func newProvider(c Config) (*provider, error) {
	p := &provider{Config: c, kid: "kit-1", codes: map[string]*turn{}, pushed: map[string]url.Values{}, used: map[string]bool{}, mux: http.NewServeMux()}
	for _, k := range []**ecdsa.PrivateKey{&p.key, &p.foreign} {
		var err error
		if *k, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
			return nil, err
		}
	}
	p.turn = &turn{sub: "kit-" + rand.Text()}
	p.mux.HandleFunc("GET /.well-known/openid-configuration", p.discovery)
	p.mux.HandleFunc("GET /jwks", p.keys)
	p.mux.HandleFunc("GET /lure", p.lure)
	p.mux.HandleFunc("GET /authorize", p.authorize)
	p.mux.HandleFunc("POST /par", p.push)
	p.mux.HandleFunc("POST /token", p.token)
	p.mux.HandleFunc("GET /userinfo", p.userinfo)
	p.mux.HandleFunc("POST /userinfo", p.userinfo)
	p.mux.HandleFunc("POST /erasure", p.answered)
	return p, nil
}

// ServeHTTP answers the application and the kit's own browser.
func (p *provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	p.mux.ServeHTTP(w, r)
}

func (p *provider) begin(c Check) *turn {
	p.mu.Lock()
	defer p.mu.Unlock()
	if c.rotate {
		if next, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err == nil {
			p.old, p.key, p.kid = p.key, next, "kit-2"
		}
	}
	before := p.last
	p.turn = &turn{check: c, sub: "kit-" + rand.Text(), before: before}
	return p.turn
}

// seen is a copy of what the turn has met.
func (p *provider) seen(t *turn) turn {
	p.mu.Lock()
	defer p.mu.Unlock()
	return *t
}

func (p *provider) discovery(w http.ResponseWriter, _ *http.Request) {
	proofs := []string{"client_secret_basic", "client_secret_post"}
	if p.Keys != nil {
		proofs = []string{"private_key_jwt"}
	}
	say(w, http.StatusOK, map[string]any{
		"issuer": p.Issuer, "authorization_endpoint": p.Issuer + "/authorize", "token_endpoint": p.Issuer + "/token",
		"userinfo_endpoint": p.Issuer + "/userinfo", "jwks_uri": p.Issuer + "/jwks", "response_types_supported": []string{"code"},
		"subject_types_supported": []string{"pairwise"}, "id_token_signing_alg_values_supported": []string{"ES256"},
		"code_challenge_methods_supported": []string{"S256"}, "authorization_response_iss_parameter_supported": true,
		"token_endpoint_auth_methods_supported": proofs, "token_endpoint_auth_signing_alg_values_supported": []string{"ES256"},
		"pushed_authorization_request_endpoint": p.Issuer + "/par", "dpop_signing_alg_values_supported": []string{"ES256"}, "scopes_supported": []string{"openid"},
		"claims_parameter_supported": true, "backchannel_logout_supported": true, "backchannel_logout_session_supported": true, "netid_erasure_endpoint": p.Issuer + "/erasure", "netid_kit": "a provider for tests: its answers are about nobody",
	})
}

func (p *provider) keys(w http.ResponseWriter, _ *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	say(w, http.StatusOK, map[string]any{"keys": []any{jwk(p.key, p.kid)}})
}

// lure is where a token's own header says that its key is (RFC 8725 §3.10).
func (p *provider) lure(w http.ResponseWriter, _ *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.turn.lured++
	say(w, http.StatusOK, map[string]any{"keys": []any{jwk(p.foreign, "foreign")}})
}

func (p *provider) authorize(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	t, q := p.turn, p.asked(r.URL.Query())
	t.request, t.address, t.to, t.code = q, r.URL.Query(), q.Get("redirect_uri"), rand.Text()
	p.last = q
	p.codes[t.code] = t
	to, err := url.Parse(t.to)
	// The address of an answer is the developer's, on their own machine.
	if err != nil || to.Scheme != "http" && to.Scheme != "https" || q.Get("client_id") != p.ClientID || q.Get("response_type") != "code" {
		http.Error(w, "the request names another client, response type or no redirect URI", http.StatusBadRequest)
		return
	}
	answer := url.Values{"code": {t.code}, "iss": {p.Issuer}}
	if q.Has("state") {
		answer.Set("state", q.Get("state"))
	}
	if t.check.answer != nil {
		t.check.answer(t, answer)
	}
	all := to.Query()
	for k, v := range answer {
		all[k] = v
	}
	to.RawQuery = all.Encode()
	http.Redirect(w, r, to.String(), http.StatusFound)
}

func (p *provider) token(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if r.ParseForm() != nil {
		say(w, http.StatusBadRequest, map[string]any{"error": "invalid_request"})
		return
	}
	t := p.codes[r.PostForm.Get("code")]
	p.turn.tokens++
	proven := p.proves(r)
	// x/oauth2 and others try the second way of proving a secret when the first is
	// refused; that is no second use of the code.
	if t == nil || t != p.turn || t.tokens > 1 && (t.secret || !proven) {
		say(w, http.StatusBadRequest, map[string]any{"error": "invalid_grant"})
		return
	}
	t.secret, t.proof = proven, r.PostForm.Get("code_verifier")
	if !t.secret {
		p.unproven(w)
		return
	}
	var ok bool
	if t.bound, ok = p.bound(r, ""); !ok {
		say(w, http.StatusBadRequest, map[string]any{"error": "invalid_dpop_proof"})
		return
	}
	if t.check.broken != nil {
		t.check.broken(w)
		return
	}
	if t.check.tiring != nil { // takes time, in which others are answered
		p.mu.Unlock()
		n := t.check.tiring(p, w, r)
		p.mu.Lock()
		t.poured = n
		return
	}
	raw, err := p.mint(t)
	if err != nil {
		say(w, http.StatusInternalServerError, map[string]any{"error": "server_error"})
		return
	}
	body := map[string]any{"access_token": access(t), "token_type": t.kind(), "expires_in": 300, "id_token": raw}
	if t.check.body != nil {
		t.check.body(body)
	}
	say(w, http.StatusOK, body)
}

// unproven refuses an application that did not prove itself.
func (p *provider) unproven(w http.ResponseWriter) {
	if p.Keys == nil {
		w.Header().Set("WWW-Authenticate", "Basic")
	}
	say(w, http.StatusUnauthorized, map[string]any{"error": "invalid_client"})
}

// proves: the application is who it says, by its key where it has one. Callers hold mu.
func (p *provider) proves(r *http.Request) bool {
	if p.Keys != nil {
		return p.asserts(r.PostForm)
	}
	id, secret, basic := r.BasicAuth()
	if basic { // RFC 6749 §2.3.1: both are form-encoded first
		id, _ = url.QueryUnescape(id)
		secret, _ = url.QueryUnescape(secret)
	} else {
		id, secret = r.PostForm.Get("client_id"), r.PostForm.Get("client_secret")
	}
	return id == p.ClientID && secret == p.ClientSecret
}

func (p *provider) userinfo(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	t := p.turn
	t.infos++
	if key, ok := p.bound(r, access(t)); !ok || key != t.bound || r.Header.Get("Authorization") != t.kind()+" "+access(t) {
		say(w, http.StatusUnauthorized, map[string]any{"error": "invalid_token"})
		return
	}
	sub := t.sub
	if t.check.otherInfo {
		sub += "-other"
	}
	say(w, http.StatusOK, map[string]any{"sub": sub})
}

// kind is the token's: bound to a key, or of whoever bears it (RFC 9449 §5).
func (t *turn) kind() string {
	if t.bound != "" {
		return "DPoP"
	}
	return "Bearer"
}

func access(t *turn) string { return "kit-access-" + t.code }

func halfHash(s string) string { // Core §3.1.3.6
	sum := sha256.Sum256([]byte(s))
	return b64(sum[:16])
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func say(w http.ResponseWriter, status int, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		status, b = http.StatusInternalServerError, []byte(`{}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	w.Write(b)
}

func challenge(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return b64(sum[:])
}

func same(a, b string) bool { return strings.TrimSpace(a) == strings.TrimSpace(b) }
