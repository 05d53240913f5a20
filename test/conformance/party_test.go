package conformance_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

// How a party proves itself, and what its tokens are bound to.
const (
	secret = "client_secret_basic"
	key    = "private_key_jwt"
	cert   = "mtls"
	dpop   = "dpop"
)

// variant is what the suite calls so: client_auth_type, sender_constrain, and
// whether requests and answers are signed (JAR and JARM).
type variant struct {
	auth, bound string
	signed      bool
}

func (v variant) String() string {
	if v.bound == "" {
		return v.auth
	}
	return v.auth + "+" + v.bound
}

// party is a client of the suite's: registered, and held to FAPI 2.0 unless it has a secret.
type party struct {
	*world
	variant
	id, redirect, secret string
	other                *party // the suite's second client
	sign                 *ecdsa.PrivateKey
	rsa                  *rsa.PrivateKey // of the same set
	holder               *ecdsa.PrivateKey
	pair                 tls.Certificate
	http, bare           *http.Client // bare shows no certificate
	nonces               map[string]string
}

func (w *world) register(t *testing.T, v variant) *party {
	t.Helper()
	w.parties++
	p := &party{world: w, variant: v, id: fmt.Sprint("suite-", w.parties), sign: ecKey(t), holder: ecKey(t), rsa: w.rsa, nonces: map[string]string{}}
	p.redirect = "https://127.0.0.1:9/" + p.id
	in := map[string]any{"id": p.id, "name": "Party of the Suite", "organisation": "91350100M000100Y43", "redirect_uris": []string{p.redirect, p.redirect + "?dummy1=lorem&dummy2=ipsum"}}
	p.bare = &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{TLSClientConfig: w.tls.Clone(), MaxIdleConnsPerHost: 2}}
	p.http = p.bare
	if v.auth != secret {
		in["fapi"] = v.bound != ""
		in["jwks"] = map[string]any{"keys": []any{with(jwk(t, p.sign), map[string]any{"kid": "ec", "alg": "ES256"}), map[string]any{"kty": "RSA", "kid": "rsa", "alg": "PS256", "n": b64(w.rsa.N.Bytes()), "e": "AQAB"}}}
		in["dpop_bound_access_tokens"], in["tls_client_certificate_bound_access_tokens"] = v.bound == dpop, v.bound == cert
	}
	if v.auth == cert || v.bound == cert {
		p.pair = selfSigned(t, p)
		showing := w.tls.Clone()
		showing.Certificates = []tls.Certificate{p.pair}
		p.http = &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{TLSClientConfig: showing, MaxIdleConnsPerHost: 2}}
	}
	if v.auth == cert {
		in["token_endpoint_auth_method"] = "self_signed_tls_client_auth"
	}
	if v.signed {
		in["require_signed_request_object"], in["authorization_signed_response_alg"] = true, "ES256"
	}
	body, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequest(http.MethodPost, w.issuer+"/admin/parties", strings.NewReader(string(body)))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer sandbox")
	a := p.do(t, p.bare, r)
	if a.status != http.StatusCreated {
		t.Fatalf("register: %d %s", a.status, a.body)
	}
	p.secret = a.text("client_secret")
	return p
}

func ecKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func jwk(t *testing.T, k *ecdsa.PrivateKey) map[string]any {
	t.Helper()
	point, err := k.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return map[string]any{"kty": "EC", "crv": "P-256", "x": b64(point[1:33]), "y": b64(point[33:])}
}

// selfSigned is a certificate for the party's own key (RFC 8705 §2.2).
func selfSigned(t *testing.T, p *party) tls.Certificate {
	t.Helper()
	x := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: p.id}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, x, x, &p.sign.PublicKey, p.sign)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: p.sign}
}

// answer is what an endpoint said.
type answer struct {
	status int
	head   http.Header
	body   string
	json   map[string]any
}

func (a *answer) text(name string) string { s, _ := a.json[name].(string); return s }

func (p *party) do(t *testing.T, by *http.Client, r *http.Request) *answer {
	t.Helper()
	resp, err := by.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		t.Fatal(err)
	}
	a := &answer{status: resp.StatusCode, head: resp.Header, body: string(b)}
	if strings.HasPrefix(resp.Header.Get("Content-Type"), "application/json") {
		if err := json.Unmarshal(b, &a.json); err != nil {
			t.Fatalf("%s: %v", b, err)
		}
	}
	return a
}

// endpoint is where the metadata says that this party goes.
func (p *party) endpoint(name string) string {
	name += "_endpoint"
	if p.auth == cert || p.bound == cert {
		if aliases, ok := p.metadata["mtls_endpoint_aliases"].(map[string]any); ok {
			if s, ok := aliases[name].(string); ok {
				return s
			}
		}
	}
	s, _ := p.metadata[name].(string)
	return s
}

// ask is a request of a party's, before it is made.
type ask struct {
	method        string
	form          url.Values
	head          http.Header
	by            *party         // who authenticates, and whose certificate is shown
	claims        map[string]any // changes of the assertion's; nil leaves one out
	alg           string         // of the assertion
	proof, header map[string]any // changes of the proof's
	holder        *ecdsa.PrivateKey
	proofAlg      string
	silent        bool // no authentication
	unheld        bool // no proof, no certificate
	bind          bool // a proof where none is due
	edit          func(*http.Request)
}

type change func(*ask)

func claim(name string, v any) change       { return func(a *ask) { a.claims[name] = v } }
func proof(name string, v any) change       { return func(a *ask) { a.proof[name] = v } }
func header(name string, v any) change      { return func(a *ask) { a.header[name] = v } }
func field(name string, v ...string) change { return func(a *ask) { a.form[name] = v } }
func asOther(a *ask)                        { a.by = a.by.other }
func silent(a *ask)                         { a.silent = true }
func unheld(a *ask)                         { a.unheld = true }
func bind(a *ask)                           { a.bind = true }
func algorithm(s string) change             { return func(a *ask) { a.alg = s } }

// post asks an endpoint for machines, and once more with the nonce where the
// first answer is a nonce (RFC 9449 §8).
func (p *party) post(t *testing.T, name string, form url.Values, changes ...change) *answer {
	t.Helper()
	a := p.once(t, name, form, changes...)
	if a.text("error") == "use_dpop_nonce" {
		a = p.once(t, name, form, changes...)
	}
	return a
}

func (p *party) once(t *testing.T, name string, form url.Values, changes ...change) *answer {
	t.Helper()
	q := &ask{method: http.MethodPost, form: url.Values{}, head: http.Header{}, by: p, claims: map[string]any{}, proof: map[string]any{}, header: map[string]any{}, holder: p.holder, alg: "ES256", proofAlg: "ES256"}
	for n, v := range form {
		q.form[n] = slices.Clone(v)
	}
	for _, c := range changes {
		c(q)
	}
	if !q.silent {
		q.by.authenticate(t, q)
	}
	at := p.endpoint(name)
	if p.bound == dpop && !q.unheld && (q.bind || name == "token") {
		q.head.Set("DPoP", p.prove(t, q, at, "", "server"))
	}
	r, err := http.NewRequest(q.method, at, strings.NewReader(q.form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header = q.head
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if q.edit != nil {
		q.edit(r)
	}
	by := q.by.http
	if q.unheld {
		by = p.bare
	}
	a := p.do(t, by, r)
	p.keep(a, "server")
	if a.head.Get("Cache-Control") != "no-store" {
		t.Errorf("%s may be stored", name)
	}
	return a
}

func (p *party) keep(a *answer, place string) {
	if n := a.head.Get("DPoP-Nonce"); n != "" {
		p.nonces[place] = n
	}
}

// authenticate adds what the party proves itself with.
func (p *party) authenticate(t *testing.T, q *ask) {
	t.Helper()
	switch p.auth {
	case secret:
		r := &http.Request{Header: q.head}
		r.SetBasicAuth(url.QueryEscape(p.id), url.QueryEscape(p.secret))
	case cert:
		if q.form.Get("client_id") == "" {
			q.form.Set("client_id", p.id)
		}
	case key:
		now := p.now().Unix()
		claims := with(map[string]any{"iss": p.id, "sub": p.id, "aud": p.issuer, "jti": rand.Text(), "iat": now, "nbf": now, "exp": now + 60}, q.claims)
		q.form.Set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
		q.form.Set("client_assertion", signed(t, p, q.alg, map[string]any{}, claims))
	}
}

// with changes a set of claims.
func with(all, changes map[string]any) map[string]any {
	for name, v := range changes {
		if all[name] = v; v == nil {
			delete(all, name)
		}
	}
	return all
}

// prove makes a DPoP proof: a good one, changed as told.
func (p *party) prove(t *testing.T, q *ask, at, access, place string) string {
	t.Helper()
	claims := map[string]any{"jti": rand.Text(), "htm": q.method, "htu": at, "iat": p.now().Unix()}
	if n := p.nonces[place]; n != "" {
		claims["nonce"] = n
	}
	if access != "" {
		claims["ath"] = digest(access)
	}
	holder := *p
	holder.sign = q.holder
	return signed(t, &holder, q.proofAlg, with(map[string]any{"typ": "dpop+jwt", "jwk": jwk(t, q.holder)}, q.header), with(claims, q.proof))
}

// resource asks UserInfo.
func (p *party) resource(t *testing.T, access string, changes ...change) *answer {
	t.Helper()
	a := p.resourceOnce(t, access, changes...)
	if a.text("error") == "use_dpop_nonce" {
		a = p.resourceOnce(t, access, changes...)
	}
	return a
}

func (p *party) resourceOnce(t *testing.T, access string, changes ...change) *answer {
	t.Helper()
	q := &ask{method: http.MethodGet, form: url.Values{}, head: http.Header{}, by: p, proof: map[string]any{}, header: map[string]any{}, holder: p.holder, proofAlg: "ES256"}
	scheme := "Bearer"
	if p.bound == dpop {
		scheme = "DPoP"
	}
	q.head.Set("Authorization", scheme+" "+access)
	for _, c := range changes {
		c(q)
	}
	at := p.endpoint("userinfo")
	if p.bound == dpop && !q.unheld {
		q.head.Set("DPoP", p.prove(t, q, at, access, "resource"))
	}
	r, err := http.NewRequest(q.method, at, strings.NewReader(q.form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header = q.head
	if len(q.form) > 0 {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if q.edit != nil {
		q.edit(r)
	}
	by := p.http
	if q.unheld {
		by = p.bare
	}
	a := p.do(t, by, r)
	p.keep(a, "resource")
	return a
}
