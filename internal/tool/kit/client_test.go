package kit_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// careless is a relying party written by hand, without one of its checks.
type careless struct {
	flaw           string // the id of the kit's check that must catch it
	issuer, secret string
	base           string
	signer         *signer // proves itself by a key, pushes and binds

	seldom time.Duration // between the use of a key and a request for keys
	asked  time.Time

	mu      sync.Mutex
	waiting map[string]map[string]string // state → nonce, verifier, browser
	in      map[string][2]string         // browser → sub, sid
	keys    map[string]*ecdsa.PublicKey
	code    string // the last, for code-twice
}

func (c *careless) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/login":
		c.login(w, r)
	case "/backchannel":
		c.notified(w, r)
	case "/erasure":
		c.erasure(w, r)
	case "/cb":
		c.callback(w, r)
	case "/me":
		ck, err := r.Cookie("me")
		c.mu.Lock()
		defer c.mu.Unlock()
		if err != nil || c.in[ck.Value] == [2]string{} {
			http.Redirect(w, r, "/", http.StatusFound)
			return
		}
		fmt.Fprint(w, "signed in")
	default:
		fmt.Fprint(w, "welcome to the careless application")
	}
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func (c *careless) login(w http.ResponseWriter, r *http.Request) {
	state, nonce, verifier, me := rand.Text(), rand.Text(), rand.Text()+rand.Text(), rand.Text()
	fixed := "kit-fixed-value-0123456789-0123456789-0123456789"
	switch c.flaw {
	case "request-state":
		state = state[:8]
	case "request-nonce":
		nonce = nonce[:8]
	case "request-pkce-fresh":
		verifier = fixed
	}
	c.mu.Lock()
	c.waiting[state] = map[string]string{"nonce": nonce, "verifier": verifier, "me": me}
	c.mu.Unlock()
	http.SetCookie(w, &http.Cookie{Name: "me", Value: me, Path: "/"})
	sum := sha256.Sum256([]byte(verifier))
	q := url.Values{"client_id": {"app"}, "response_type": {"code"}, "scope": {"openid"}, "redirect_uri": {c.base + "/cb"}, "state": {state}, "nonce": {nonce},
		"code_challenge": {b64(sum[:])}, "code_challenge_method": {"S256"}, "max_age": {"3600"}, "acr_values": {"urn:netid:cert"}}
	switch c.flaw {
	case "request-pkce":
		q.Set("code_challenge_method", "plain")
	case "request-openid":
		q.Set("scope", "profile")
	case "request-redirect":
		q.Set("redirect_uri", c.base+"/cb?next=x")
	case "request-secret-apart":
		q.Set("client_secret", c.secret)
	}
	http.Redirect(w, r, c.ask(q), http.StatusFound)
}

// no refuses, unless this is the flaw.
func (c *careless) no(id string, wrong bool) bool { return wrong && c.flaw != id }

func (c *careless) callback(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	q := r.URL.Query()
	me := ""
	if ck, err := r.Cookie("me"); err == nil {
		me = ck.Value
	}
	state := q.Get("state")
	a := c.waiting[state]
	mine := func() map[string]string {
		for _, x := range c.waiting {
			if x["me"] == me {
				return x
			}
		}
		return nil
	}
	switch {
	case state == "" && c.flaw == "state-missing":
		a = mine()
	case state != "" && a == nil && c.flaw == "state-wrong":
		a = mine()
	case a != nil && a["me"] != me:
		if me != "" && c.flaw == "state-replayed" {
			a = mine()
		} else if me == "" && c.flaw == "browser-other" {
			me = rand.Text()
			http.SetCookie(w, &http.Cookie{Name: "me", Value: me, Path: "/"})
		} else {
			a = nil
		}
	}
	if a == nil {
		http.Error(w, "this sign-in did not begin here", http.StatusBadRequest)
		return
	}
	if c.flaw == "code-twice" && c.code != "" && c.code == q.Get("code") {
		c.exchange(c.code, a) // as it forgot that it had done so
	}
	if a["used"] != "" {
		http.Error(w, "this answer was used", http.StatusBadRequest)
		return
	}
	a["used"], c.code = "yes", q.Get("code")
	if c.no("iss-missing", !q.Has("iss")) || c.no("iss-other", q.Has("iss") && q.Get("iss") != c.issuer) {
		http.Error(w, "another issuer", http.StatusBadRequest)
		return
	}
	if e := q.Get("error"); e != "" {
		switch {
		case e == "access_denied" && c.flaw == "declined":
			w.WriteHeader(http.StatusBadGateway)
		case c.flaw == "error-markup" && q.Has("error_description"):
			fmt.Fprint(w, q.Get("error_description"))
		default:
			fmt.Fprint(w, "Nothing was proven. You can use another way here.")
		}
		return
	}
	why, who := c.prove(q.Get("code"), a)
	if c.flaw == "accept-first" {
		why = "it never signs anybody in"
	}
	if why != "" {
		http.Error(w, why, http.StatusBadGateway)
		return
	}
	c.in[me] = who
	http.Redirect(w, r, "/me", http.StatusFound)
}

func (c *careless) exchange(code string, a map[string]string) (status int, body []byte, err error) {
	form := url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {c.base + "/cb"}, "code_verifier": {a["verifier"]}}
	c.credentials(form)
	patient := &http.Client{Timeout: 2 * time.Second}
	if c.flaw == "token-silent" {
		patient.Timeout = 10 * time.Second
	}
	req, err := http.NewRequest(http.MethodPost, c.issuer+"/token", strings.NewReader(form.Encode()))
	if err != nil {
		return 0, nil, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	c.bear(req, "")
	resp, err := patient.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	all := io.Reader(resp.Body)
	if c.flaw != "token-endless" {
		all = io.LimitReader(all, 1<<20)
	}
	body, err = io.ReadAll(all)
	return resp.StatusCode, body, err
}

func (c *careless) prove(code string, a map[string]string) (why string, who [2]string) {
	who = [2]string{"somebody"}
	status, body, err := c.exchange(code, a)
	var t struct {
		Access string `json:"access_token"`
		ID     string `json:"id_token"`
	}
	broken := func(id string, wrong bool) bool { return wrong && c.flaw == id } // signs in without any token
	switch {
	case broken("token-500", status == 500), broken("token-400", status == 400), broken("token-cut", errors.Is(err, io.ErrUnexpectedEOF)):
		return "", who
	case err != nil || status != 200:
		return "no token", who
	}
	if json.Unmarshal(body, &t) != nil {
		if c.flaw == "token-not-json" && body[0] == '<' {
			return "", who
		}
		return "no JSON", who
	}
	parts := strings.Split(t.ID, ".")
	switch {
	case broken("id-token-absent", t.ID == ""), broken("id-token-garbled", t.ID != "" && len(parts) != 3):
		return "", who
	case len(parts) != 3:
		return "no ID token", who
	}
	var h struct {
		Alg, Kid, JKU, X5U string
		JWK                *key
		Crit               []string
	}
	var k map[string]any
	hb, _ := base64.RawURLEncoding.DecodeString(parts[0])
	kb, _ := base64.RawURLEncoding.DecodeString(parts[1])
	if json.Unmarshal(hb, &h) != nil || json.Unmarshal(kb, &k) != nil {
		return "no token", who
	}
	if w := c.signed(h.Alg, h.Kid, h.JKU, h.X5U, h.JWK, parts); w != "" {
		return w, who
	}
	if c.no("crit-unknown", len(h.Crit) > 0) {
		return "crit", who
	}
	sub, _ := k["sub"].(string)
	sid, _ := k["sid"].(string)
	return c.claims(k, t.Access, a), [2]string{sub, sid}
}

func (c *careless) claims(k map[string]any, access string, a map[string]string) string {
	now := float64(time.Now().Unix())
	num := func(n string) float64 { f, _ := k[n].(float64); return f }
	has := func(n string) bool { _, ok := k[n]; return ok }
	many, _ := k["aud"].([]any)
	aud := k["aud"]
	if len(many) > 0 {
		aud = many[0]
	}
	sum := sha256.Sum256([]byte(access))
	nonce, _ := k["nonce"].(string)
	earlier := false
	for _, x := range c.waiting {
		earlier = earlier || x["nonce"] == nonce
	}
	for id, wrong := range map[string]bool{
		"token-iss": k["iss"] != c.issuer, "token-aud": aud != "app", "token-azp": len(many) > 1 && k["azp"] != "app",
		"token-expired": has("exp") && num("exp") < now, "token-no-exp": !has("exp"), "token-iat-future": num("iat") > now+300, "token-nbf-future": num("nbf") > now+300,
		"nonce-missing": !has("nonce"), "nonce-wrong": has("nonce") && nonce != a["nonce"] && !earlier, "nonce-replayed": nonce != a["nonce"] && earlier,
		"sub-missing": !has("sub"), "sub-empty": k["sub"] == "", "at-hash": k["at_hash"] != b64(sum[:16]), "auth-time-old": num("auth_time") < now-3600, "acr-lower": k["acr"] != "urn:netid:cert",
	} {
		if c.no(id, wrong) {
			return id
		}
	}
	req, _ := http.NewRequest("GET", c.issuer+"/userinfo", nil)
	c.bear(req, access)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return "userinfo"
	}
	defer resp.Body.Close()
	var u struct{ Sub string }
	if json.NewDecoder(resp.Body).Decode(&u) != nil || c.no("userinfo-sub", has("sub") && k["sub"] != "" && u.Sub != k["sub"]) {
		return "userinfo"
	}
	return ""
}

type key struct{ Kid, X, Y string }

func (k *key) public() *ecdsa.PublicKey {
	x, _ := base64.RawURLEncoding.DecodeString(k.X)
	y, _ := base64.RawURLEncoding.DecodeString(k.Y)
	public, _ := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), slices.Concat([]byte{4}, x, y))
	return public // nil where it is none: then no signature is good
}

func (c *careless) fetch(at string) map[string]*ecdsa.PublicKey {
	out := map[string]*ecdsa.PublicKey{}
	resp, err := http.Get(at)
	if err != nil {
		return out
	}
	defer resp.Body.Close()
	var set struct{ Keys []key }
	if json.NewDecoder(resp.Body).Decode(&set) == nil {
		for _, k := range set.Keys {
			out[k.Kid] = k.public()
		}
	}
	return out
}

func (c *careless) signed(alg, kid, jku, x5u string, own *key, parts []string) string {
	sig, _ := base64.RawURLEncoding.DecodeString(parts[2])
	input := []byte(parts[0] + "." + parts[1])
	mac := func(secret []byte) bool {
		m := hmac.New(sha256.New, secret)
		m.Write(input)
		return hmac.Equal(m.Sum(nil), sig)
	}
	if c.keys == nil || c.keys[kid] == nil && c.flaw != "key-rotated" && time.Since(c.asked) >= c.seldom {
		c.asked = time.Now()
		fresh := c.fetch(c.issuer + "/jwks")
		if c.flaw == "key-retired" { // keeps what it ever saw
			for id, k := range c.keys {
				if fresh[id] == nil {
					fresh[id] = k
				}
			}
		}
		c.keys = fresh
	}
	k := c.keys[kid]
	switch {
	case alg == "none" && c.flaw == "alg-none":
		return ""
	case alg == "HS256":
		for _, p := range c.keys {
			der, _ := x509.MarshalPKIXPublicKey(p)
			if c.flaw == "alg-hmac-key" && mac(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})) {
				return ""
			}
		}
		if c.flaw == "alg-hmac-secret" && mac([]byte(c.secret)) {
			return ""
		}
		return "alg"
	case alg != "ES256" || len(sig) != 64:
		return "alg"
	case jku != "" && c.flaw == "key-jku":
		k = c.fetch(jku)[kid]
	case x5u != "" && c.flaw == "key-x5u":
		k = c.fetch(x5u)[kid]
	case own != nil && c.flaw == "key-jwk":
		k = own.public()
	case k == nil && jku == "" && x5u == "" && own == nil && kid == "foreign" && c.flaw == "kid-unknown":
		return ""
	}
	if k == nil {
		return "kid"
	}
	c.asked = time.Now()
	sum := sha256.Sum256(input)
	verify := func(in []byte) bool {
		sum = sha256.Sum256(in)
		return ecdsa.Verify(k, sum[:], new(big.Int).SetBytes(sig[:32]), new(big.Int).SetBytes(sig[32:]))
	}
	if !verify(input) {
		dotted := verify(append(append([]byte{}, input...), '.')) // what the kit signs where it spoils
		if dotted && c.flaw == "signature-wrong" || !dotted && c.flaw == "key-foreign" {
			return ""
		}
		return "signature"
	}
	return ""
}
