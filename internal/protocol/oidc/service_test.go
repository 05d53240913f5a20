package oidc_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	oracle "github.com/go-jose/go-jose/v4"

	"netid/internal/act/authorize"
	"netid/internal/act/verify"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/protocol/oauth"
	"netid/internal/protocol/oidc"
	"netid/internal/suite"
	"netid/internal/token/jose"
	"netid/test/wallet"
)

const (
	issuer   = "https://id.example"
	verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk" // RFC 7636 appendix B
	codeOnce = "code-of-shop"
)

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// service is the door with acts that remember what they saw.
type service struct {
	provider *wallet.Provider // of purse
	door     *oidc.Door
	desk     *desk
	mux      *http.ServeMux
	acts     *acts
	now      time.Time
	robot    suite.Signer
	bound    suite.Signer   // the key of proofs that the token access-bound is bound to
	nonce    string         // the last that was handed out
	signers  []suite.Signer // of the door, newest first
	sm       []suite.Signer // the same of SM2
	unseals  oracle.JSONWebKey
}

func newSigner(t testing.TB) suite.Signer {
	t.Helper()
	secret, err := suite.NewES256Secret()
	if err != nil {
		t.Fatal(err)
	}
	s, err := suite.NewES256(secret)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func serve(t testing.TB) *service { return serveAs(t, issuer) }

func serveAs(t testing.TB, issuer string) *service { return serveIn(t, issuer, suite.International) }

func serveIn(t testing.TB, issuer string, profile suite.Profile, changes ...func(*service, *oidc.Config)) *service {
	t.Helper()
	s := &service{mux: http.NewServeMux(), now: start, robot: newSigner(t), bound: newSigner(t), signers: []suite.Signer{newSigner(t)}}
	set, err := jose.Publish(jose.ES256, s.robot)
	if err != nil {
		t.Fatal(err)
	}
	clock := func() time.Time { return s.now }
	s.acts = newActs(clock, set)
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	s.unseals = oracle.JSONWebKey{Key: private, KeyID: "enc-1", Use: "enc"}
	learns := s.acts.parties["learns"]
	if learns.JWKS, err = json.Marshal(oracle.JSONWebKeySet{Keys: []oracle.JSONWebKey{s.unseals.Public()}}); err != nil {
		t.Fatal(err)
	}
	s.acts.parties["learns"] = learns
	key, err := suite.ParsePublicKey(s.bound.PublicJWK())
	if err != nil {
		t.Fatal(err)
	}
	s.acts.jkt = key.Thumbprint()
	s.desk = &desk{t: t, acts: s.acts}
	secret := []identity.Secret{suite.NewSecret(identity.ES256)}
	var sm func() []suite.Signer
	if profile.SM() {
		s.sm = []suite.Signer{newSM(t)}
		sm = func() []suite.Signer { return s.sm }
	}
	config := oidc.Config{Issuer: issuer, Signers: func() []suite.Signer { return s.signers }, SignersSM: sm, Twice: profile.Twice(), Authorizer: s.acts, Verifier: s.acts, Parties: s.acts, Registrar: s.desk, Ender: ender{s.acts}, Sandbox: true,
		Keys: oauth.NewPublished(func(context.Context, string) ([]byte, time.Duration, error) {
			return nil, 0, errors.New("nobody there")
		}, oauth.PartyAlgs(identity.ES256), clock).Keys, Nonces: oauth.Nonces{Secrets: func() []identity.Secret { return secret }},
		Once: s.acts.take, Now: clock, Page: func(w http.ResponseWriter, r *http.Request, status int, reason string) {
			w.WriteHeader(status)
			fmt.Fprint(w, "page ", reason)
		}, Handover: func(w http.ResponseWriter, r *http.Request, action string, fields url.Values) {
			fmt.Fprint(w, "post ", action, "\n", fields.Encode())
		}}
	for _, change := range changes {
		change(s, &config)
	}
	door, err := oidc.New(config)
	if err != nil {
		t.Fatal(err)
	}
	s.door = door
	door.Register(s.mux)
	return s
}

// good fills in what makes a good request at its path.
func (s *service) good(r *request) {
	if strings.HasPrefix(r.path, "/register") {
		r.head.Set("Content-Type", "application/json")
		r.meta = map[string]any{"client_name": "Shop", "client_name#zh-CN": "小店", "redirect_uris": []string{"https://shop.example/cb"}, "netid_purpose": "Sign you in", "netid_purpose#zh-CN": "为您登录",
			"netid_otherwise": []identity.Way{{Text: identity.Text{ZH: "柜台", EN: "Counter"}}}}
	}
	set := func(v map[string]string) {
		for name, value := range v {
			r.params.Set(name, value)
		}
	}
	switch r.path {
	case "/authorize", "/par":
		set(map[string]string{"client_id": "shop", "redirect_uri": "https://shop.example/cb", "response_type": "code", "scope": "openid",
			"state": "state-1", "nonce": "nonce-1", "code_challenge": suite.PKCE(verifier), "code_challenge_method": "S256"})
		if r.path == "/par" {
			r.params.Del("client_id") // who authenticates is known
		}
	case "/token":
		set(map[string]string{"grant_type": "authorization_code", "code": codeOnce, "redirect_uri": "https://shop.example/cb", "code_verifier": verifier})
	case "/userinfo":
		r.head.Set("Authorization", "Bearer access-1")
	case "/logout": // Core §2: an ID token of the party leaves, five minutes long over
		set(map[string]string{"post_logout_redirect_uri": "https://shop.example/bye", "state": "state-1"})
		r.typ = "JWT"
		r.hint = map[string]any{"iss": issuer, "sub": "pairwise-1", "aud": "leaves", "sid": "sid-1", "iat": s.now.Unix() - 600, "exp": s.now.Unix() - 300}
	case "/introspect", "/revoke":
		set(map[string]string{"token": "access-1"})
	}
}

// as adds how the party proves itself.
func (s *service) as(r *request, who string) {
	switch who {
	case "shop", "rival", "leaves", "asks", "odd", "reads", "pushes", "tells", "learns", "lost", "tries":
		u := &http.Request{Header: r.head}
		u.SetBasicAuth(who, "secret-of-"+who)
	case "robot", "fapi", "signs":
		r.claims = map[string]any{"iss": who, "sub": who, "aud": issuer, "jti": "jti-1", "exp": s.now.Unix() + 60, "iat": s.now.Unix()}
		r.params.Set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
	case "app", "pocket":
		r.params.Set("client_id", who)
	}
}

// request makes the HTTP request, signing the assertion last.
func (s *service) request(t *testing.T, q *request) *http.Request {
	t.Helper()
	if q.claims != nil {
		q.params.Set("client_assertion", compact(t, s.robot, map[string]any{"alg": "ES256"}, q.claims))
	}
	if q.meta != nil {
		b, err := json.Marshal(q.meta)
		if err != nil {
			t.Fatal(err)
		}
		q.raw = string(b)
	}
	if q.object != nil {
		by := s.robot
		if q.forged {
			by = newSigner(t)
		}
		q.params.Add("request", compact(t, by, q.header, q.object))
	}
	if q.hint != nil {
		by := s.signers[0]
		if q.former {
			by = s.signers[1]
		}
		header := map[string]any{"alg": by.Alg(), "kid": by.KeyID(), "typ": q.typ}
		if q.forged { // under the name of our key
			by = newSigner(t)
		}
		q.params.Set("id_token_hint", compact(t, by, header, q.hint))
	}
	text := q.raw
	if text == "" {
		text = q.params.Encode()
	}
	var r *http.Request
	if q.method == http.MethodPost || q.method == http.MethodPut {
		r = httptest.NewRequest(q.method, q.path, strings.NewReader(text))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	} else {
		r = httptest.NewRequest(q.method, q.path, nil)
		if text != "" {
			r.URL.RawQuery = text
		}
	}
	for name, v := range q.head {
		r.Header[name] = v
	}
	if q.proof != nil {
		r.Header.Add("DPoP", s.prove(t, q))
	}
	return r
}

// prove makes the request's DPoP proof: a good one, changed as told.
func (s *service) prove(t *testing.T, q *request) string {
	t.Helper()
	c := map[string]any{"jti": fmt.Sprint("jti-", s.nonce, len(s.acts.taken)), "htm": q.method, "htu": issuer + q.path, "iat": s.now.Unix()}
	if s.nonce != "" {
		c["nonce"] = s.nonce
	}
	if _, token, ok := strings.Cut(q.head.Get("Authorization"), "DPoP "); ok {
		c["ath"] = suite.PKCE(token)
	}
	key := s.bound
	for name, v := range q.proof {
		switch {
		case name == "key": // another
			key = newSigner(t)
		case v == nil:
			delete(c, name)
		default:
			c[name] = v
		}
	}
	payload, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	input := b64(fmt.Appendf(nil, `{"typ":"dpop+jwt","alg":"ES256","jwk":%s}`, key.PublicJWK())) + "." + b64(payload)
	sig, err := key.Sign([]byte(input))
	if err != nil {
		t.Fatal(err)
	}
	return input + "." + b64(sig)
}

// compact signs a token.
func compact(t *testing.T, by suite.Signer, header, claims map[string]any) string {
	t.Helper()
	h, err := json.Marshal(header)
	if err != nil {
		t.Fatal(err)
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	input := b64(h) + "." + b64(payload)
	sig, err := by.Sign([]byte(input))
	if err != nil {
		t.Fatal(err)
	}
	return input + "." + b64(sig)
}

// signed puts the request's parameters into an object that the party signs.
func (s *service) signed(r *request, who string) {
	r.header = map[string]any{"alg": "ES256", "typ": "oauth-authz-req+jwt"}
	r.object = map[string]any{"iss": who, "aud": issuer, "iat": s.now.Unix(), "nbf": s.now.Unix(), "exp": s.now.Unix() + 300}
	for name := range r.params {
		if !strings.HasPrefix(name, "client_assertion") {
			r.object[name] = r.params.Get(name)
			r.params.Del(name)
		}
	}
	r.object["client_id"] = who
	r.params.Set("client_id", who)
}

// claims verifies with an independent reader and the published keys.
func (s *service) claims(t *testing.T, compact string) map[string]string {
	t.Helper()
	w := httptest.NewRecorder()
	s.mux.ServeHTTP(w, httptest.NewRequest("GET", "/jwks", nil))
	var set oracle.JSONWebKeySet
	if err := json.Unmarshal(w.Body.Bytes(), &set); err != nil {
		t.Fatal(err)
	}
	if strings.Count(compact, ".") == 4 { // encrypted: by an independent reader too
		sealed, err := oracle.ParseEncryptedCompact(compact, []oracle.KeyAlgorithm{oracle.ECDH_ES}, []oracle.ContentEncryption{oracle.A256GCM})
		if err != nil || sealed.Header.KeyID != "enc-1" || sealed.Header.ExtraHeaders["cty"] != "JWT" {
			t.Fatalf("%+v %v", sealed, err)
		}
		inner, err := sealed.Decrypt(s.unseals)
		if err != nil {
			t.Fatal(err)
		}
		compact = string(inner)
	}
	jws, err := oracle.ParseSignedCompact(compact, []oracle.SignatureAlgorithm{oracle.ES256})
	if err != nil {
		t.Fatal(err)
	}
	payload, err := jws.Verify(set)
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]any
	if err := json.Unmarshal(payload, &m); err != nil {
		t.Fatal(err)
	}
	words := map[string]string{}
	for name, v := range m {
		words[name] = said(v)
	}
	return words
}

// acts stand in for the house: they hold what is bound to what, as the real
// ones do, without persons or a ledger.
type acts struct {
	now       func() time.Time
	parties   map[identity.PartyID]identity.Party
	request   *authorize.Request
	pushed    map[identity.Handle]waiting
	ans       identity.Answer
	failure   error
	used      bool
	taken     map[string]bool
	jkt       string // of service.bound
	revoked   []string
	withdrawn bool     // what the citizen allowed
	ended     []string // sessions
	goodbye   *identity.Goodbye
}

func newActs(now func() time.Time, robot []byte) *acts {
	uris := []string{"https://shop.example/cb", "https://shop.example/cb?own=1"}
	return &acts{now: now, taken: map[string]bool{}, pushed: map[identity.Handle]waiting{}, parties: map[identity.PartyID]identity.Party{
		"shop":   {ID: "shop", RedirectURIs: uris, Auth: identity.AuthSecret, Standing: identity.PartyActive, Offline: 30, AgeMarks: map[identity.AgeMark]string{identity.Over18: "a law"}},
		"rival":  {ID: "rival", RedirectURIs: []string{"https://rival.example/cb"}, Auth: identity.AuthSecret, Standing: identity.PartyActive},
		"robot":  {ID: "robot", RedirectURIs: uris, Auth: identity.AuthKey, JWKS: robot, Standing: identity.PartyActive, Details: []string{identity.DetailVerification}},
		"app":    {ID: "app", RedirectURIs: []string{"http://localhost:3000/cb", "https://shop.example/cb"}, Auth: identity.AuthNone, Standing: identity.PartyActive, Offline: 30},
		"asks":   {ID: "asks", RedirectURIs: uris, Auth: identity.AuthSecret, Standing: identity.PartyActive, IDTokenAlg: jose.SM2},
		"odd":    {ID: "odd", RedirectURIs: uris, Auth: identity.AuthSecret, Standing: identity.PartyActive, IDTokenAlg: "RS256"},
		"reads":  {ID: "reads", RedirectURIs: uris, Auth: identity.AuthSecret, Standing: identity.PartyActive, ResponseAlg: jose.ES256},
		"pushes": {ID: "pushes", RedirectURIs: uris, Auth: identity.AuthSecret, Standing: identity.PartyActive, Pushes: true},
		"fapi":   {ID: "fapi", RedirectURIs: uris, Auth: identity.AuthKey, JWKS: robot, Standing: identity.PartyActive, FAPI: true, Offline: 30, ResponseAlg: jose.ES256, Details: []string{identity.DetailVerification}},
		"signs":  {ID: "signs", RedirectURIs: uris, Auth: identity.AuthKey, JWKS: robot, Standing: identity.PartyActive, Signs: true, ResponseAlg: jose.ES256},
		"tells":  {ID: "tells", RedirectURIs: uris, Auth: identity.AuthSecret, Standing: identity.PartyActive, UserInfoAlg: jose.ES256},
		"leaves": {ID: "leaves", RedirectURIs: uris, Auth: identity.AuthSecret, Standing: identity.PartyActive, PostLogout: []string{"https://shop.example/bye", "https://shop.example/bye?own=1"}},
		"learns": {ID: "learns", RedirectURIs: uris, Auth: identity.AuthSecret, Standing: identity.PartyActive, Sealed: "ECDH-ES", KeepDays: 30,
			Bases: map[string]string{"name": "a law", "birthdate": "a law", "document_number": "another law"}},
		"lost":   {ID: "lost", RedirectURIs: uris, Auth: identity.AuthSecret, Standing: identity.PartyActive, Sealed: "ECDH-ES", KeepDays: 30, JWKSURI: "https://lost.example/jwks"},
		"tries":  {ID: "tries", RedirectURIs: uris, Auth: identity.AuthSecret, Standing: identity.PartyActive, Sandbox: true, Unsealed: true, KeepDays: 1},
		"purse":  {ID: "purse", RedirectURIs: uris, Auth: identity.AuthWallet, Standing: identity.PartyActive, Details: []string{identity.DetailCredential}},
		"pocket": {ID: "pocket", RedirectURIs: uris, Auth: identity.AuthNone, Standing: identity.PartyActive, Details: []string{identity.DetailVerification, identity.DetailCredential}},
		"closed": {ID: "closed", RedirectURIs: uris, Auth: identity.AuthSecret, Standing: identity.PartySuspended},
	}}
}

func (a *acts) Party(_ context.Context, id identity.PartyID) (identity.Party, error) {
	if a.failure != nil {
		return identity.Party{}, a.failure
	}
	if p, ok := a.parties[id]; ok {
		return p, nil
	}
	return identity.Party{}, fault.New("acts", fault.NotFound, "party_unknown")
}

func (a *acts) SecretMatches(p identity.Party, secret string) bool {
	return secret == "secret-of-"+string(p.ID)
}

func (a *acts) take(_ context.Context, ids ...identity.TakeOnce) error {
	for _, id := range ids {
		if a.taken[string(id.ID)] {
			return fault.New("acts", fault.Conflict, "already_used")
		}
	}
	for _, id := range ids {
		a.taken[string(id.ID)] = true
	}
	return nil
}

// waiting is a pushed request.
type waiting struct {
	authorize.Request
	until time.Time
}

// may refuses what the law refuses.
func (a *acts) may(r authorize.Request) error {
	p := a.parties[r.Party]
	switch {
	case p.Standing != identity.PartyActive:
		return fault.New("acts", fault.Forbidden, "party_suspended")
	case p.MustPush() && r.Pushed == nil:
		return fault.New("acts", fault.Invalid, "request_not_pushed")
	}
	for _, i := range r.Plain {
		if p.Bases[string(i.Item)] == "" {
			return fault.New("acts", fault.Forbidden, "plaintext_not_allowed")
		}
	}
	for _, m := range r.Marks {
		if p.AgeMarks[m.Mark] == "" {
			return fault.New("acts", fault.Forbidden, "age_mark_not_registered")
		}
	}
	switch {
	case r.Quiet && len(r.Modes) > 0 && r.Modes[0] != identity.ModeCert:
		return fault.New("acts", fault.Forbidden, "interaction_required")
	case r.Quiet && (len(r.Marks) > 0 || r.Intent == identity.IntentRegister || r.Intent == identity.IntentReverify):
		return fault.New("acts", fault.Forbidden, "standing_not_possible")
	}
	return nil
}

func (a *acts) Begin(_ context.Context, r authorize.Request) (string, error) {
	if err := a.may(r); err != nil {
		return "", err
	}
	a.request = &r
	return "sealed+request/=", nil
}

func (a *acts) Push(ctx context.Context, r authorize.Request, takes ...identity.TakeOnce) (identity.Handle, error) {
	h := identity.NewHandle()
	r.Pushed = h[:]
	if err := a.may(r); err != nil {
		return h, err
	}
	if err := a.take(ctx, takes...); err != nil {
		return h, err
	}
	a.pushed[h] = waiting{r, a.now().Add(authorize.PushedLife)}
	return h, nil
}

func (a *acts) Recall(_ context.Context, party identity.PartyID, h identity.Handle) (authorize.Request, error) {
	w, ok := a.pushed[h]
	if !ok || w.Party != party || !a.now().Before(w.until) {
		return authorize.Request{}, fault.New("acts", fault.Invalid, "request_uri_unknown")
	}
	return w.Request, nil
}

func (a *acts) Open(answer string) (identity.Answer, error) {
	if answer != "sealed" {
		return identity.Answer{}, fault.New("acts", fault.Invalid, "request_invalid")
	}
	if a.now().After(start.Add(time.Minute)) {
		return identity.Answer{}, fault.New("acts", fault.Gone, "request_expired")
	}
	return a.ans, nil
}

// answer: "code" or "access_denied", a redirect URI, and a way to travel;
// with the state "state-1".
func (a *acts) answer(words []string) {
	a.ans = identity.Answer{Redirect: words[1], State: "state-1", Party: "reads"}
	if len(words) > 2 {
		a.ans.Way = words[2]
	}
	if words[0] == "code" {
		a.ans.Code = codeOnce
	} else {
		a.ans.Error = words[0]
	}
}

// fail: "unavailable busy" and the like, from now on.
func (a *acts) fail(words []string) {
	kinds := map[string]fault.Kind{"internal": fault.Internal, "unavailable": fault.Unavailable, "too-many": fault.TooMany}
	a.failure = fault.Newf("acts", kinds[words[0]], words[1], "a detail for the log")
}

// Redeem binds the code to its party, redirect URI, verifier and minute, and
// to being used once.
func (a *acts) Redeem(ctx context.Context, r verify.Redemption) (identity.Verification, error) {
	no := func(kind fault.Kind, why string) (identity.Verification, error) {
		return identity.Verification{}, fault.Newf("acts", kind, why, "a detail for the log")
	}
	owner, ok := map[string]identity.PartyID{codeOnce: "shop", "code-of-robot": "robot", "code-of-app": "app", "code-with-marks": "shop", "code-of-asks": "asks", "code-of-odd": "odd", "code-of-fapi": "fapi", "code-of-leaves": "leaves", "code-of-intent": "robot",
		"code-for-a-key": "app", "code-that-lasts": "shop", "code-of-app-that-lasts": "app", "code-of-fapi-that-lasts": "fapi", "code-of-learns": "learns", "code-with-name": "learns", "code-of-lost": "lost", "code-of-purse": "purse", "code-of-pocket": "pocket", "code-of-tries": "tries", "code-by-mistake": "shop"}[r.Code]
	switch {
	case !ok:
		return no(fault.Invalid, "code_invalid")
	case owner != r.Party:
		return no(fault.Invalid, "other_party")
	case r.Redirect != "https://shop.example/cb":
		return no(fault.Invalid, "redirect_mismatch")
	case r.Verifier != verifier:
		return no(fault.Invalid, "verifier_wrong")
	case r.Code == "code-for-a-key" && r.JKT != a.jkt:
		return no(fault.Invalid, "proof_key_wrong")
	case a.now().After(start.Add(60 * time.Second)):
		return no(fault.Gone, "code_expired")
	}
	if err := a.take(ctx, r.Takes...); err != nil {
		return identity.Verification{}, err
	}
	if a.used {
		return no(fault.Gone, "code_used")
	}
	a.used = true
	v := identity.Verification{Receipt: identity.EventID{15: 1}, Subject: "pairwise-1", Party: r.Party, Mode: identity.ModeCertPwd, Nonce: "nonce-1",
		Time: start, Access: "access-1", TTL: 5 * time.Minute, Confirm: r.Confirm}
	a.kept(&v, r.Code)
	if r.Code == "code-of-purse" || r.Code == "code-of-pocket" {
		v = identity.Verification{Receipt: v.Receipt, Party: r.Party, Mode: v.Mode, Time: v.Time, TTL: 10 * time.Minute, Kinds: []string{"person", "age"}, Access: "access-2", Confirm: r.Confirm}
	}
	if r.Code == "code-of-leaves" {
		v.SID = "sid-1"
	}
	if r.Code == "code-of-intent" {
		v.Intent = identity.IntentReverify
	}
	if r.Code == "code-with-name" || r.Code == "code-of-tries" || r.Code == "code-by-mistake" {
		v.Plain = &identity.Disclosure{Values: map[identity.Item]identity.Plain{identity.ItemName: "沙盒·甲"}, Matches: map[string]bool{"match_birthdate": true},
			Consent: identity.EventID{15: 2}, Purpose: identity.Text{EN: "To sell"}, Bases: map[identity.Item]string{identity.ItemName: "a law"}, Days: 30}
	}
	if r.Code == "code-with-marks" {
		at := start.Add(-10 * time.Second)
		v.AuthTime = &at
		v.IDToken = map[identity.AgeMark]bool{identity.Over18: true, identity.Over60: false}
	}
	return v, nil
}

func (a *acts) Claims(_ context.Context, access string) (verify.Claimed, error) {
	if a.failure != nil {
		return verify.Claimed{}, a.failure
	}
	c := verify.Claimed{Party: "shop", Subject: "pairwise-1", Marks: map[identity.AgeMark]bool{identity.Over18: true}, Time: start, Expires: start.Add(5 * time.Minute)}
	switch access {
	case "access-1":
	case "access-bound":
		c.JKT = a.jkt
	case "access-cert":
		c.X5T = "a-certificate"
	case "access-signed":
		c.UserInfoAlg, c.Party = jose.ES256, "tells"
	default:
		return verify.Claimed{}, fault.New("acts", fault.Unauthenticated, "token_revoked")
	}
	return c, nil
}

func (a *acts) Revoke(_ context.Context, party identity.PartyID, token string) error {
	if a.failure == nil {
		a.revoked = append(a.revoked, string(party)+" "+token)
	}
	return a.failure
}

// saw is the request that reached the act, in words.
func (a *acts) saw() map[string]string {
	if a.goodbye != nil || len(a.ended) > 0 {
		return a.parting()
	}
	r := a.request
	if r == nil {
		return map[string]string{"revoked": strings.Join(a.revoked, ", ")}
	}
	var modes, marks []string
	for _, m := range r.Modes {
		modes = append(modes, strings.TrimPrefix(string(m), "urn:netid:acr:"))
	}
	for _, m := range r.Marks {
		where := map[[2]bool]string{{true, false}: "id", {false, true}: "userinfo", {true, true}: "both"}[[2]bool{m.IDToken, m.UserInfo}]
		marks = append(marks, string(m.Mark)+":"+where)
	}
	var plain []string
	for _, i := range r.Plain {
		plain = append(plain, strings.TrimSuffix(i.Name()+":"+string(i.Value), ":"))
	}
	return map[string]string{"party": string(r.Party), "redirect": r.Redirect, "state": fmt.Sprint(len(r.State)), "nonce": r.Nonce,
		"challenge": r.Challenge, "modes": strings.Join(modes, " "), "marks": strings.Join(marks, " "),
		"plain": strings.Join(plain, " "), "intent": string(r.Intent), "kinds": strings.Join(r.Kinds, " "), "way": r.Way, "jkt": r.JKT, "pushed": fmt.Sprint(r.Pushed != nil),
		"auth_time": fmt.Sprint(r.AuthTime), "offline": fmt.Sprint(r.Offline), "fresh": fmt.Sprint(r.Fresh), "shown": fmt.Sprint(r.Shown), "quiet": fmt.Sprint(r.Quiet), "hint": fmt.Sprint(r.Hint != ""), "within": within(r.Within), "locale": r.Locale, "browser": fmt.Sprint(r.Browser != identity.Handle{})}
}

// within is max_age as it reached the act.
func within(seconds *int64) string {
	if seconds == nil {
		return "none"
	}
	return fmt.Sprint(*seconds)
}
