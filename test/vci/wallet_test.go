package vci_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	sandboxtest "netid/test/sandbox"
)

// key is one of a wallet's.
type key struct{ *ecdsa.PrivateKey }

func newKey(t testing.TB) key {
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key{k}
}

func (k key) jwk() map[string]any {
	p, _ := k.PublicKey.Bytes()
	return map[string]any{"kty": "EC", "crv": "P-256", "x": b64(p[1:33]), "y": b64(p[33:])}
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func (k key) sign(t testing.TB, header, claims map[string]any) string {
	h, _ := json.Marshal(header)
	c, _ := json.Marshal(claims)
	input := b64(h) + "." + b64(c)
	d := sha256.Sum256([]byte(input))
	r, s, err := ecdsa.Sign(rand.Reader, k.PrivateKey, d[:])
	if err != nil {
		t.Fatal(err)
	}
	var sig [64]byte
	r.FillBytes(sig[:32])
	s.FillBytes(sig[32:])
	return input + "." + b64(sig[:])
}

// wallet is somebody else's, written from the specification alone.
type wallet struct {
	testing.TB
	url     string
	session key
	access  string
	refresh string
	keys    []key
	nonce   string // of DPoP
	sandbox *sandboxtest.Sandbox
	also    http.Header // beside what a request needs
}

func newWallet(t testing.TB, url string) *wallet { return &wallet{TB: t, url: url, session: newKey(t)} }

func (w *wallet) with(t testing.TB) *wallet {
	other := *w
	other.TB = t
	return &other
}

type offer struct {
	Issuer string   `json:"credential_issuer"`
	Kinds  []string `json:"credential_configuration_ids"`
	Grants map[string]struct {
		Code string                `json:"pre-authorized_code"`
		Tx   *struct{ Length int } `json:"tx_code"`
	}
}

const grantType = "urn:ietf:params:oauth:grant-type:pre-authorized_code"

func (o offer) tx() int {
	if t := o.Grants[grantType].Tx; t != nil {
		return t.Length
	}
	return 0
}

func (w *wallet) offer(address string) (o offer) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "openid-credential-offer" {
		w.Fatal(address, err)
	}
	text := []byte(u.Query().Get("credential_offer"))
	if at := u.Query().Get("credential_offer_uri"); at != "" && len(text) == 0 {
		text = w.fetch(at)
	}
	if err := json.Unmarshal(text, &o); err != nil {
		w.Fatal(address, string(text), err)
	}
	return o
}

// fetch gets an offer by reference, as a wallet that is a page of another origin may.
func (w *wallet) fetch(address string) []byte {
	resp, err := http.Get(address)
	if err != nil {
		w.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if h := resp.Header; err != nil || resp.StatusCode != 200 || h.Get("Content-Type") != "application/json" || h.Get("Cache-Control") != "no-store" || h.Get("Access-Control-Allow-Origin") != "*" {
		w.Fatal(resp.Status, resp.Header, err)
	}
	return b
}

func (w *wallet) offered(s *sandboxtest.Sandbox, how ...string) offer {
	out, errs, code := s.Run(append([]string{"persona", "offer", "adult", "--server", s.URL}, how...)...)
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if code != 0 {
		w.Fatal(out, errs)
	}
	return w.offer(lines[len(lines)-1])
}

type answer struct {
	status int
	header http.Header
	body   map[string]any
}

// send makes one request, and again with the DPoP nonce that it is told.
func (w *wallet) send(method, path, kind, body, access string) answer {
	for {
		r, err := http.NewRequest(method, w.url+path, strings.NewReader(body))
		if err != nil {
			w.Fatal(err)
		}
		maps.Copy(r.Header, w.also)
		if kind != "" {
			r.Header.Set("Content-Type", kind)
		}
		if path == "/token" || access != "" {
			claims := map[string]any{"jti": b64([]byte(fmt.Sprint(time.Now().UnixNano()))), "htm": method, "htu": w.url + path, "iat": time.Now().Unix()}
			if w.nonce != "" {
				claims["nonce"] = w.nonce
			}
			if access != "" {
				d := sha256.Sum256([]byte(access))
				claims["ath"] = b64(d[:])
				r.Header.Set("Authorization", "DPoP "+access)
			}
			r.Header.Set("DPoP", w.session.sign(w, map[string]any{"typ": "dpop+jwt", "alg": "ES256", "jwk": w.session.jwk()}, claims))
		}
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			w.Fatal(err)
		}
		b, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		a := answer{resp.StatusCode, resp.Header, map[string]any{}}
		if len(b) > 0 && json.Unmarshal(b, &a.body) != nil {
			a.body["text"] = string(b)
		}
		next := resp.Header.Get("DPoP-Nonce")
		if a.body["error"] == "use_dpop_nonce" && next != w.nonce {
			w.nonce = next
			continue
		}
		return a
	}
}

func (w *wallet) form(v url.Values) answer {
	w.nonce = ""
	a := w.send("POST", "/token", "application/x-www-form-urlencoded", v.Encode(), "")
	w.nonce = ""
	return a
}

func (w *wallet) redeem(o offer, tx string) answer {
	v := url.Values{"grant_type": {grantType}, "pre-authorized_code": {o.Grants[grantType].Code}}
	if tx != "" {
		v.Set("tx_code", tx)
	}
	return w.form(v)
}

func (w *wallet) renew() answer {
	return w.form(url.Values{"grant_type": {"refresh_token"}, "refresh_token": {w.refresh}})
}

func (w *wallet) refused(a answer, status int, code string) {
	w.Helper()
	if a.status != status || a.body["error"] != code || a.header.Get("Cache-Control") != "no-store" {
		w.Errorf("%d %v, not %s", a.status, a.body, code)
	}
}

func (w *wallet) ok(a answer) answer {
	w.Helper()
	if a.status != 200 || a.header.Get("Cache-Control") != "no-store" {
		w.Fatalf("%d %v", a.status, a.body)
	}
	return a
}

func (w *wallet) take(a answer) {
	w.Helper()
	w.access, _ = a.body["access_token"].(string)
	w.refresh, _ = a.body["refresh_token"].(string)
	if w.access == "" || w.refresh == "" || a.body["token_type"] != "DPoP" || a.body["c_nonce"] != nil {
		w.Fatalf("%v", a.body)
	}
}

func (w *wallet) fresh() string {
	a := w.ok(w.send("POST", "/nonce", "", "", ""))
	return a.body["c_nonce"].(string)
}

// proofs are of so many new keys, over one nonce; change alters header and claims.
func (w *wallet) proofs(n int, change func(header, claims map[string]any)) map[string]any {
	w.keys = nil
	nonce := w.fresh()
	var all []string
	for range n {
		k := newKey(w)
		w.keys = append(w.keys, k)
		all = append(all, w.proof(k, nonce, change))
	}
	return map[string]any{"jwt": all}
}

func (w *wallet) proof(k key, nonce string, change func(header, claims map[string]any)) string {
	header := map[string]any{"typ": "openid4vci-proof+jwt", "alg": "ES256", "jwk": k.jwk()}
	claims := map[string]any{"aud": w.url, "iat": time.Now().Unix(), "nonce": nonce}
	if change != nil {
		change(header, claims)
	}
	return k.sign(w, header, claims)
}

func (w *wallet) ask(request map[string]any) answer {
	request = maps.Clone(request)
	request["unknown"] = map[string]any{"anything": 1} // ignored
	b, _ := json.Marshal(request)
	w.nonce = ""
	return w.send("POST", "/credential", "application/json", string(b), w.access)
}

// again asks for what was deferred.
func (w *wallet) again(id any) answer {
	b, err := json.Marshal(map[string]any{"transaction_id": id})
	if err != nil {
		w.Fatal(err)
	}
	w.nonce = ""
	return w.send("POST", "/deferred-credential", "application/json", string(b), w.access)
}

func (w *wallet) credentials(kind string, n int) (texts []string) {
	w.Helper()
	a := w.ok(w.ask(map[string]any{"credential_configuration_id": kind, "proofs": w.proofs(n, nil)}))
	all, _ := a.body["credentials"].([]any)
	for _, one := range all {
		texts = append(texts, one.(map[string]any)["credential"].(string))
	}
	if len(texts) != n {
		w.Fatalf("%d of %d: %v", len(texts), n, a.body)
	}
	return texts
}

// check is H11: what any two of a batch have in common is what everybody's have.
func (w *wallet) check(kind string, texts []string, marks bool) {
	w.Helper()
	seen := map[string]bool{}
	var same string
	for i, text := range texts {
		parts := strings.Split(text, "~")
		jwt := strings.Split(parts[0], ".")
		var header, claims map[string]any
		decode(w, jwt[0], &header)
		decode(w, jwt[1], &claims)
		jwk, _ := json.Marshal(claims["cnf"].(map[string]any)["jwk"])
		want, _ := json.Marshal(w.keys[i].jwk())
		if header["typ"] != "dc+sd-jwt" || string(jwk) != string(want) {
			w.Fatalf("%v %s", header, jwk)
		}
		pieces := append([]string{string(jwk), jwt[2]}, parts[1:len(parts)-1]...)
		if list, ok := claims["_sd"].([]any); ok {
			if len(list) != 8 {
				w.Errorf("%d digests", len(list))
			}
			for _, d := range list {
				pieces = append(pieces, d.(string))
			}
		}
		for _, p := range pieces {
			if seen[p] {
				w.Errorf("%s: %s is there twice", kind, p)
			}
			seen[p] = true
		}
		if n := len(parts) - 2; n != map[bool]int{true: 3, false: 0}[marks] {
			w.Errorf("%s: %d disclosures", kind, n)
		}
		for _, never := range []string{"sub", "jti", "status", "number"} {
			if claims[never] != nil {
				w.Errorf("%s: it has %s", kind, never)
			}
		}
		iat, exp := int64(claims["iat"].(float64)), int64(claims["exp"].(float64))
		if (iat+8*3600)%86400 != 0 || exp-iat != 86400 || claims["nbf"] != claims["iat"] || claims["real_person"] != true {
			w.Errorf("%s: %v", kind, claims)
		}
		delete(claims, "cnf")
		delete(claims, "_sd")
		rest, _ := json.Marshal([]any{header, claims})
		if same == "" {
			same = string(rest)
		}
		if string(rest) != same {
			w.Errorf("%s differs from %s", rest, same)
		}
	}
}

func decode(t testing.TB, s string, v any) {
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil || json.Unmarshal(b, v) != nil {
		t.Fatal(s)
	}
}
