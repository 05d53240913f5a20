package kit_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"netid/internal/tool/kit"
)

// signer is a key with which an application proves itself.
type signer struct{ key *ecdsa.PrivateKey }

func newSigner(t testing.TB) *signer {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return &signer{k}
}

func (s *signer) jwk() map[string]any {
	b, _ := s.key.PublicKey.Bytes()
	return map[string]any{"kty": "EC", "crv": "P-256", "x": b64(b[1:33]), "y": b64(b[33:])}
}

func (s *signer) keys(t testing.TB) kit.Keys {
	t.Helper()
	k := s.jwk()
	k["kid"], k["use"], k["alg"] = "k1", "sig", "ES256"
	b, err := json.Marshal(map[string]any{"keys": []any{k}})
	if err != nil {
		t.Fatal(err)
	}
	keys, err := kit.ParseKeys(b)
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func (s *signer) sign(header, claims map[string]any) string {
	h, _ := json.Marshal(header)
	c, _ := json.Marshal(claims)
	input := b64(h) + "." + b64(c)
	sum := sha256.Sum256([]byte(input))
	x, y, err := ecdsa.Sign(rand.Reader, s.key, sum[:])
	if err != nil {
		return ""
	}
	var sig [64]byte
	x.FillBytes(sig[:32])
	y.FillBytes(sig[32:])
	return input + "." + b64(sig[:])
}

func (s *signer) assertion(issuer string, spoil func(h, c map[string]any)) string {
	h, c := map[string]any{"alg": "ES256", "kid": "k1"}, map[string]any{"iss": "app", "sub": "app", "aud": issuer, "exp": time.Now().Unix() + 60, "jti": rand.Text()}
	if spoil != nil {
		spoil(h, c)
	}
	return s.sign(h, c)
}

func (s *signer) proof(method, at, token string, spoil func(h, c map[string]any)) string {
	h, c := map[string]any{"alg": "ES256", "typ": "dpop+jwt", "jwk": s.jwk()}, map[string]any{"htm": method, "htu": at, "iat": time.Now().Unix(), "jti": rand.Text()}
	if token != "" {
		sum := sha256.Sum256([]byte(token))
		c["ath"] = b64(sum[:])
	}
	if spoil != nil {
		spoil(h, c)
	}
	return s.sign(h, c)
}

// credentials is how the careless application proves itself: by its key where it has one.
func (c *careless) credentials(form url.Values) {
	form.Set("client_id", "app")
	if c.signer == nil {
		form.Set("client_secret", c.secret)
		return
	}
	form.Set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
	form.Set("client_assertion", c.signer.assertion(c.issuer, nil))
}

// bear shows a token, or posts a form, with a proof of the key where there is one.
func (c *careless) bear(req *http.Request, token string) {
	kind := "Bearer "
	if c.signer != nil {
		kind = "DPoP "
		req.Header.Set("DPoP", c.signer.proof(req.Method, req.URL.String(), token, nil))
	}
	if token != "" {
		req.Header.Set("Authorization", kind+token)
	}
}

// ask is the address of a request: pushed before where the application has a key.
func (c *careless) ask(q url.Values) string {
	if c.signer == nil {
		return c.issuer + "/authorize?" + q.Encode()
	}
	short := url.Values{"client_id": {"app"}}
	if q.Has("client_secret") {
		short.Set("client_secret", q.Get("client_secret"))
		q.Del("client_secret")
	}
	c.credentials(q)
	req, err := http.NewRequest(http.MethodPost, c.issuer+"/par", strings.NewReader(q.Encode()))
	if err != nil {
		return "/"
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return "/"
	}
	defer resp.Body.Close()
	var pushed struct {
		URI string `json:"request_uri"`
	}
	if json.NewDecoder(resp.Body).Decode(&pushed) != nil {
		return "/"
	}
	short.Set("request_uri", pushed.URI)
	return c.issuer + "/authorize?" + short.Encode()
}

// TestAnApplicationWithAKey: who proves itself by a key, pushes requests and binds tokens is
// tried as whoever has a secret is, and its flaws are caught too.
func TestAnApplicationWithAKey(t *testing.T) {
	t.Parallel()
	for _, flaw := range []string{"", "request-state", "request-nonce", "request-secret-apart", "signature-wrong", "code-twice", "userinfo-sub"} {
		t.Run(flaw, func(t *testing.T) {
			t.Parallel()
			s := newSigner(t)
			r := tryOut(t, kit.Config{ClientID: "app", Keys: s.keys(t), Start: "/login", SignedIn: "/me", Logout: "/backchannel", Erasure: "/erasure", Silence: 8 * time.Second}, func(issuer string) string {
				return serve(t, func(base string) http.Handler {
					return &careless{flaw: flaw, signer: s, issuer: issuer, secret: "none", base: base, waiting: map[string]map[string]string{}, in: map[string][2]string{}}
				})
			})
			var want []string
			if flaw != "" {
				want = []string{flaw}
			}
			if got := failed(r); !slices.Equal(got, want) {
				t.Errorf("caught by %v: %+v", got, r.Checks)
			}
			for _, c := range r.Checks {
				if c.Outcome == kit.Skipped {
					t.Errorf("%s was skipped: %s", c.ID, c.Why)
				}
			}
		})
	}
}

// door is a kit's provider for an application with a key.
func door(t testing.TB, s *signer) (issuer string, k *kit.Kit) {
	t.Helper()
	issuer = "http://127.0.0.1:7099"
	k, err := kit.New(kit.Config{Issuer: issuer, ClientID: "app", ClientSecret: "a secret", Keys: s.keys(t)})
	if err != nil {
		t.Fatal(err)
	}
	return issuer, k
}

func post(k http.Handler, at string, form url.Values, header map[string][]string) *httptest.ResponseRecorder {
	req := httptest.NewRequest(http.MethodPost, at, strings.NewReader(form.Encode()))
	for name, all := range header {
		req.Header[http.CanonicalHeaderKey(name)] = all
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	k.ServeHTTP(w, req)
	return w
}

func proving(assertion string) url.Values {
	return url.Values{"client_id": {"app"}, "response_type": {"code"}, "redirect_uri": {"http://127.0.0.1:9000/callback"}, "nonce": {"n"},
		"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}, "client_assertion": {assertion}}
}

// TestTheKitTakesGoodProofsAlone: an application that proves itself wrongly hears of it here
// and not first from the service.
func TestTheKitTakesGoodProofsAlone(t *testing.T) {
	s, other := newSigner(t), newSigner(t)
	issuer, k := door(t, s)
	set := func(name string, v any) func(h, c map[string]any) { return func(_, c map[string]any) { c[name] = v } }
	head := func(name string, v any) func(h, c map[string]any) { return func(h, _ map[string]any) { h[name] = v } }
	if w := post(k, "/par", proving(s.assertion(issuer, nil)), nil); w.Code != http.StatusCreated {
		t.Fatalf("a good one: %d %s", w.Code, w.Body)
	}
	for name, raw := range map[string]string{
		"another key": other.assertion(issuer, nil), "another kid": s.assertion(issuer, head("kid", "k2")), "alg none": s.assertion(issuer, head("alg", "none")),
		"another audience": s.assertion("https://other.example", nil), "a list": s.assertion(issuer, set("aud", []string{issuer})), "no audience": s.assertion(issuer, set("aud", nil)),
		"another iss": s.assertion(issuer, set("iss", "x")), "another sub": s.assertion(issuer, set("sub", "x")), "no jti": s.assertion(issuer, set("jti", "")),
		"late": s.assertion(issuer, set("exp", time.Now().Unix()-1)), "for ever": s.assertion(issuer, set("exp", time.Now().Unix()+1e6)), "nothing": "", "one part": "x", "four": "a.b.c.d",
	} {
		if w := post(k, "/par", proving(raw), nil); w.Code != http.StatusUnauthorized {
			t.Errorf("%s: %d", name, w.Code)
		}
	}
	once := s.assertion(issuer, nil)
	post(k, "/par", proving(once), nil)
	if w := post(k, "/par", proving(once), nil); w.Code != http.StatusUnauthorized {
		t.Errorf("an assertion twice: %d", w.Code)
	}
	kind := proving(s.assertion(issuer, nil))
	kind.Set("client_assertion_type", "other")
	if w := post(k, "/par", kind, nil); w.Code != http.StatusUnauthorized {
		t.Errorf("another type: %d", w.Code)
	}
	secret := proving("")
	secret.Set("client_secret", "a secret")
	if w := post(k, "/par", secret, nil); w.Code != http.StatusUnauthorized {
		t.Errorf("a secret where there is a key: %d", w.Code)
	}
}

func open(k http.Handler, client, uri string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	k.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/authorize?"+url.Values{"client_id": {client}, "request_uri": {uri}}.Encode(), nil))
	return w
}

// TestAPushedRequestIsOpenedOnce: by the client that pushed it, and a request does not point to another.
func TestAPushedRequestIsOpenedOnce(t *testing.T) {
	s := newSigner(t)
	issuer, k := door(t, s)
	push := func(more url.Values) (uri string, status int) {
		form := proving(s.assertion(issuer, nil))
		for name, v := range more {
			form[name] = v
		}
		w := post(k, "/par", form, nil)
		var pushed struct {
			URI string `json:"request_uri"`
		}
		if err := json.Unmarshal(w.Body.Bytes(), &pushed); err != nil {
			t.Fatal(err)
		}
		return pushed.URI, w.Code
	}
	uri, _ := push(nil)
	for i, want := range []int{http.StatusFound, http.StatusBadRequest} {
		if w := open(k, "app", uri); w.Code != want {
			t.Errorf("time %d: %d", i+1, w.Code)
		}
	}
	uri, _ = push(nil)
	if w := open(k, "another", uri); w.Code != http.StatusBadRequest {
		t.Errorf("another client: %d", w.Code)
	}
	if w := open(k, "app", "urn:unknown"); w.Code != http.StatusBadRequest {
		t.Errorf("an unknown one: %d", w.Code)
	}
	if _, status := push(url.Values{"request_uri": {uri}}); status != http.StatusBadRequest {
		t.Errorf("one that points to another: %d", status)
	}
}

// begun is a code of a pushed request, as the browser brings it back.
func begun(t *testing.T, k http.Handler, issuer string, s *signer) string {
	t.Helper()
	var pushed struct {
		URI string `json:"request_uri"`
	}
	if err := json.Unmarshal(post(k, "/par", proving(s.assertion(issuer, nil)), nil).Body.Bytes(), &pushed); err != nil {
		t.Fatal(err)
	}
	to, err := open(k, "app", pushed.URI).Result().Location()
	if err != nil {
		t.Fatal(err)
	}
	return to.Query().Get("code")
}

// TestTheKitBindsTokens: a token of a key is good with that key's proof alone.
func TestTheKitBindsTokens(t *testing.T) {
	s, other := newSigner(t), newSigner(t)
	issuer, k := door(t, s)
	buy := func(proofs ...string) *httptest.ResponseRecorder {
		_, k = door(t, s) // a code is exchanged once in a turn
		form := proving(s.assertion(issuer, nil))
		form.Set("code", begun(t, k, issuer, s))
		return post(k, "/token", form, map[string][]string{"DPoP": proofs})
	}
	set := func(name string, v any) func(h, c map[string]any) { return func(_, c map[string]any) { c[name] = v } }
	at := issuer + "/token"
	var got struct {
		Kind  string `json:"token_type"`
		Token string `json:"access_token"`
	}
	private := s.jwk()
	private["d"] = "AA"
	for name, raw := range map[string]string{
		"another method": s.proof("GET", at, "", nil), "another address": s.proof("POST", issuer+"/par", "", nil), "old": s.proof("POST", at, "", set("iat", time.Now().Unix()-400)),
		"of tomorrow": s.proof("POST", at, "", set("iat", time.Now().Unix()+86400)), "no jti": s.proof("POST", at, "", set("jti", "")), "a token's": s.proof("POST", at, "x", nil),
		"another type":      s.proof("POST", at, "", func(h, _ map[string]any) { h["typ"] = "JWT" }),
		"another's key":     s.proof("POST", at, "", func(h, _ map[string]any) { h["jwk"] = other.jwk() }),
		"no key":            s.proof("POST", at, "", func(h, _ map[string]any) { delete(h, "jwk") }),
		"a private key":     s.proof("POST", at, "", func(h, _ map[string]any) { h["jwk"] = private }),
		"nothing but noise": "x",
	} {
		if w := buy(raw); w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), "invalid_dpop_proof") {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
	if w := buy(s.proof("POST", at, "", nil), s.proof("POST", at, "", nil)); w.Code != http.StatusBadRequest {
		t.Errorf("two proofs: %d", w.Code)
	}
	used := map[string][]string{"DPoP": {s.proof("POST", issuer+"/par", "", nil)}}
	for i, want := range []int{http.StatusCreated, http.StatusBadRequest} {
		if w := post(k, "/par", proving(s.assertion(issuer, nil)), used); w.Code != want {
			t.Errorf("a proof, time %d: %d", i+1, w.Code)
		}
	}
	if w := buy(s.proof("POST", at, "", nil)); json.Unmarshal(w.Body.Bytes(), &got) != nil || got.Kind != "DPoP" {
		t.Fatalf("%d %+v", w.Code, got)
	}
	info := issuer + "/userinfo"
	for name, c := range map[string]struct {
		kind, proof string
		want        int
	}{
		"its key": {"DPoP ", s.proof("POST", info, got.Token, nil), 200}, "another key": {"DPoP ", other.proof("POST", info, got.Token, nil), 401}, "no proof": {"DPoP ", "", 401},
		"as a bearer": {"Bearer ", "", 401}, "without the token's hash": {"DPoP ", s.proof("POST", info, "", nil), 401},
	} {
		header := map[string][]string{"Authorization": {c.kind + got.Token}}
		if c.proof != "" {
			header["DPoP"] = []string{c.proof}
		}
		if w := post(k, "/userinfo", nil, header); w.Code != c.want {
			t.Errorf("%s: %d", name, w.Code)
		}
	}
}

// TestKeysThatAreNone: a private key, one without a name, and one of another kind.
func TestKeysThatAreNone(t *testing.T) {
	s := newSigner(t)
	for name, spoil := range map[string]func(k map[string]any){
		"no name": func(map[string]any) {}, "private": func(k map[string]any) { k["kid"], k["d"] = "k1", "AA" }, "RSA": func(k map[string]any) { k["kid"], k["kty"] = "k1", "RSA" },
		"another curve": func(k map[string]any) { k["kid"], k["crv"] = "k1", "P-384" }, "off the curve": func(k map[string]any) { k["kid"], k["x"] = "k1", k["y"] },
	} {
		k := s.jwk()
		spoil(k)
		b, _ := json.Marshal(map[string]any{"keys": []any{k}})
		if _, err := kit.ParseKeys(b); err == nil {
			t.Error(name)
		}
	}
	for _, b := range []string{"", "{}", `{"keys":[]}`, "[]"} {
		if _, err := kit.ParseKeys([]byte(b)); err == nil {
			t.Error(b)
		}
	}
}

// FuzzProofs: whatever is shown as keys, an assertion or a proof breaks nothing and proves nothing.
func FuzzProofs(f *testing.F) {
	s := newSigner(f)
	issuer, keyed := door(f, s)
	secret, err := kit.New(kit.Config{Issuer: issuer, ClientID: "app", ClientSecret: "s"})
	if err != nil {
		f.Fatal(err)
	}
	old := func(_, c map[string]any) { c["exp"], c["iat"] = 1, 1 }
	f.Add(`{"keys":[{"kty":"EC","crv":"P-256","kid":"k1","x":"AA","y":"AA"}]}`, s.assertion(issuer, old), s.proof("POST", issuer+"/par", "", old))
	f.Add("{}", "a.b.c", "e30.e30.")
	f.Fuzz(func(t *testing.T, keys, assertion, proof string) {
		if got, err := kit.ParseKeys([]byte(keys)); err == nil && len(got) == 0 {
			t.Error("no key is a key set")
		}
		if w := post(keyed, "/par", proving(assertion), nil); w.Code != http.StatusUnauthorized {
			t.Errorf("%q proves the application: %d", assertion, w.Code)
		}
		form := url.Values{"client_id": {"app"}, "client_secret": {"s"}}
		if w := post(secret, "/par", form, map[string][]string{"DPoP": {proof}}); w.Code != http.StatusBadRequest {
			t.Errorf("%q proves a key: %d", proof, w.Code)
		}
	})
}
