package vci_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"netid/internal/act/attest"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/protocol/oauth"
	"netid/internal/protocol/vci"
	"netid/internal/suite"
	"netid/internal/token/jose"
	"netid/internal/token/vc"
)

const issuer = "https://netid.example"

var noon = time.Date(2026, 11, 23, 4, 0, 0, 0, time.UTC)

// desk stands in for the act: every token is its own grant, and what is ordered is remembered.
type desk struct {
	*vci.Door
	mux    *http.ServeMux
	nonces vci.Nonces
	now    time.Time
	mu     sync.Mutex // guards orders
	orders []attest.Order
	fails  error
	kinds  []string
}

func (d *desk) Redeem(_ context.Context, r attest.Redemption) (attest.Granted, error) {
	return attest.Granted{Access: "access", TTL: time.Minute, Kinds: d.kinds, Confirm: r.Confirm}, d.fails
}

func (d *desk) Renew(_ context.Context, r attest.Renewal) (attest.Granted, error) {
	return attest.Granted{Access: "access", TTL: time.Minute, Kinds: d.kinds, Confirm: r.Confirm}, d.fails
}

func (d *desk) Grant(token string) (identity.CredentialGrant, error) {
	if !strings.HasPrefix(token, "access") {
		return identity.CredentialGrant{}, fault.New("desk", fault.Unauthenticated, "token_invalid")
	}
	g := identity.CredentialGrant{Kinds: d.kinds, Receipt: identity.EventID{byte(len(token))}}
	if strings.HasSuffix(token, "bound") {
		g.Confirm.JKT = "key"
	}
	if strings.HasSuffix(token, "client") {
		g.Client = "wallet"
	}
	return g, nil
}

func (d *desk) Issue(_ context.Context, r attest.Order) ([]string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.fails != nil {
		return nil, d.fails
	}
	d.orders = append(d.orders, r)
	return make([]string, len(r.Keys)), nil
}

func newDesk(t testing.TB) *desk {
	t.Helper()
	secret := suite.NewSecret(identity.ES256)
	d := &desk{mux: http.NewServeMux(), now: noon, kinds: []string{"age"}}
	d.nonces = vci.Nonces{Secrets: func() []identity.Secret { return []identity.Secret{secret} }, Label: "nonce"}
	now := func() time.Time { return d.now }
	c := vci.Config{Issuer: issuer, Attester: d, Configurations: map[string]map[string]any{}, Types: map[string][]byte{}, Nonces: d.nonces, Transactions: suite.NewBox(suite.NewSecret(identity.ES256), "deferred"), Now: now,
		Gate: oauth.Gate{Issuer: issuer, Now: now, Nonces: oauth.Nonces{Secrets: d.nonces.Secrets}, Once: func(context.Context, ...identity.TakeOnce) error { return nil }}}
	for _, k := range vc.Kinds(false) {
		c.Configurations[k.ID] = k.Configuration(issuer)
		b, err := k.Document(issuer)
		if err != nil {
			t.Fatal(err)
		}
		c.Types[k.Name] = b
	}
	s := signer(t)
	var err error
	if c.Coder, err = jose.NewCoder(jose.ES256, func() []jose.Signer { return []jose.Signer{s} }, vci.TypeMetadata); err != nil {
		t.Fatal(err)
	}
	if d.Door, err = vci.New(c); err != nil {
		t.Fatal(err)
	}
	d.Register(d.mux)
	return d
}

func signer(t testing.TB) suite.Signer {
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

func (d *desk) send(method, path, kind, body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, issuer+path, strings.NewReader(body))
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	d.mux.ServeHTTP(w, r)
	return w
}

func (d *desk) ask(t testing.TB, token string, request map[string]any) *httptest.ResponseRecorder {
	t.Helper()
	b, err := json.Marshal(request)
	if err != nil {
		t.Fatal(err)
	}
	return d.send("POST", "/credential", "application/json", string(b), "Authorization", "Bearer "+token)
}

func told(t testing.TB, w *httptest.ResponseRecorder, status int, code string) {
	t.Helper()
	var a struct{ Error string }
	if err := json.Unmarshal(w.Body.Bytes(), &a); err != nil || w.Code != status || a.Error != code || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("%d %s %v, not %d %s", w.Code, w.Body, err, status, code)
	}
}

func compact(t testing.TB, s suite.Signer, header, claims string) string {
	t.Helper()
	input := b64([]byte(header)) + "." + b64([]byte(claims))
	sig, err := s.Sign([]byte(input))
	if err != nil {
		t.Fatal(err)
	}
	return input + "." + b64(sig)
}

func (d *desk) proof(t testing.TB, s suite.Signer) string {
	t.Helper()
	return compact(t, s, `{"typ":"openid4vci-proof+jwt","alg":"ES256","jwk":`+string(s.PublicJWK())+`}`,
		fmt.Sprintf(`{"aud":%q,"iat":%d,"nonce":%q}`, issuer, d.now.Unix(), d.nonces.Make(d.now)))
}

func of(proofs ...string) map[string]any {
	return map[string]any{"credential_configuration_id": "age", "proofs": map[string]any{"jwt": proofs}}
}

func TestH01Proofs(t *testing.T) {
	d, s, other := newDesk(t), signer(t), signer(t)
	nonce := d.nonces.Make(d.now)
	own := string(s.PublicJWK())
	header := func(more string) string {
		return `{"typ":"openid4vci-proof+jwt","alg":"ES256","jwk":` + own + more + `}`
	}
	claims := func(aud string, iat int64, more string) string {
		return fmt.Sprintf(`{"aud":%q,"iat":%d,"nonce":%q%s}`, aud, iat, nonce, more)
	}
	good := claims(issuer, noon.Unix(), "")
	for name, text := range map[string]string{
		"none":                "",
		"not signed":          b64([]byte(`{"typ":"openid4vci-proof+jwt","alg":"none"}`)) + "." + b64([]byte(good)) + ".",
		"by another key":      compact(t, other, header(""), good),
		"another type":        compact(t, s, `{"typ":"JWT","alg":"ES256","jwk":`+own+`}`, good),
		"no type":             compact(t, s, `{"alg":"ES256","jwk":`+own+`}`, good),
		"no key":              compact(t, s, `{"typ":"openid4vci-proof+jwt","alg":"ES256"}`, good),
		"a key beside":        compact(t, s, header(`,"kid":"x"`), good),
		"a chain beside":      compact(t, s, header(`,"x5c":["AA=="]`), good),
		"critical":            compact(t, s, header(`,"crit":["b64"]`), good),
		"private part":        compact(t, s, `{"typ":"openid4vci-proof+jwt","alg":"ES256","jwk":`+own[:len(own)-1]+`,"d":"AA"}}`, good),
		"off its curve":       compact(t, s, `{"typ":"openid4vci-proof+jwt","alg":"ES256","jwk":{"kty":"EC","crv":"P-256","x":"`+strings.Repeat("A", 42)+`E","y":"`+strings.Repeat("A", 42)+`E"}}`, good),
		"another issuer":      compact(t, s, header(""), claims("https://other.example", noon.Unix(), "")),
		"audiences":           compact(t, s, header(""), fmt.Sprintf(`{"aud":[%q],"iat":%d,"nonce":%q}`, issuer, noon.Unix(), nonce)),
		"the endpoint":        compact(t, s, header(""), claims(issuer+"/credential", noon.Unix(), "")),
		"old":                 compact(t, s, header(""), claims(issuer, noon.Add(-6*time.Minute).Unix(), "")),
		"from the future":     compact(t, s, header(""), claims(issuer, noon.Add(61*time.Second).Unix(), "")),
		"no time":             compact(t, s, header(""), fmt.Sprintf(`{"aud":%q,"nonce":%q}`, issuer, nonce)),
		"no nonce":            compact(t, s, header(""), fmt.Sprintf(`{"aud":%q,"iat":%d}`, issuer, noon.Unix())),
		"a client of no name": compact(t, s, header(""), claims(issuer, noon.Unix(), `,"iss":"wallet"`)),
	} {
		w := d.ask(t, "access", of(text))
		told(t, w, 400, "invalid_proof")
		if t.Failed() {
			t.Fatal(name)
		}
	}
	for _, proofs := range []any{nil, []any{}, map[string]any{}, map[string]any{"jwt": []any{}}, map[string]any{"jwt": "x"}, map[string]any{"jwt": []any{1}}, map[string]any{"ldp_vp": []any{"x"}},
		map[string]any{"jwt": []any{d.proof(t, s)}, "attestation": []any{"x"}}} {
		told(t, d.ask(t, "access", map[string]any{"credential_configuration_id": "age", "proofs": proofs}), 400, "invalid_proof")
	}
	told(t, d.ask(t, "access", map[string]any{"credential_configuration_id": "age"}), 400, "invalid_proof")
	told(t, d.ask(t, "access client", of(compact(t, s, header(""), claims(issuer, noon.Unix(), `,"iss":"another"`)))), 401, "invalid_token") // a space is in no token
	if w := d.ask(t, "access-client", of(compact(t, s, header(""), claims(issuer, noon.Unix(), `,"iss":"wallet","more":{"x":1}`)))); w.Code != 200 {
		t.Error(w.Body)
	}
	told(t, d.ask(t, "access-client", of(compact(t, s, header(""), claims(issuer, noon.Unix(), `,"iss":"another"`)))), 400, "invalid_proof")
	if len(d.orders) != 1 || string(d.orders[0].Keys[0]) != own || len(d.orders[0].Nonces) != 1 {
		t.Errorf("%+v", d.orders)
	}
}

func TestH02Nonces(t *testing.T) {
	d, s := newDesk(t), signer(t)
	var a struct {
		Nonce string `json:"c_nonce"`
	}
	w := d.send("POST", "/nonce", "", "")
	if json.Unmarshal(w.Body.Bytes(), &a) != nil || w.Header().Get("Cache-Control") != "no-store" {
		t.Fatal(w.Body)
	}
	id, good := d.nonces.Read(a.Nonce, d.now)
	if again, _ := d.nonces.Read(a.Nonce, d.now); !good || string(again.ID) != string(id.ID) || id.Until.Before(d.now.Add(5*time.Minute)) {
		t.Error(id, good)
	}
	if other := d.nonces.Make(d.now); other == a.Nonce {
		t.Error("twice the same")
	}
	proof := func(nonce string) string {
		return compact(t, s, `{"typ":"openid4vci-proof+jwt","alg":"ES256","jwk":`+string(s.PublicJWK())+`}`, fmt.Sprintf(`{"aud":%q,"iat":%d,"nonce":%q}`, issuer, d.now.Unix(), nonce))
	}
	later := vci.Nonces{Secrets: d.nonces.Secrets, Label: "after a restore"}
	flipped := "A" + a.Nonce[1:]
	if flipped == a.Nonce {
		flipped = "B" + a.Nonce[1:]
	}
	for _, nonce := range []string{"x", flipped, a.Nonce + "A", a.Nonce[:len(a.Nonce)-1], later.Make(d.now), d.nonces.Make(d.now.Add(-5 * time.Minute)), d.nonces.Make(d.now.Add(2 * time.Minute))} {
		told(t, d.ask(t, "access", of(proof(nonce))), 400, "invalid_nonce")
	}
	d.fails = fault.New("desk", fault.Conflict, "nonce_used")
	told(t, d.ask(t, "access", of(proof(a.Nonce))), 400, "invalid_nonce")
}

func TestH03Names(t *testing.T) {
	d, s := newDesk(t), signer(t)
	ask := func(name, value string, more ...any) *httptest.ResponseRecorder {
		r := map[string]any{name: value, "proofs": map[string]any{"jwt": []string{d.proof(t, s)}}, "unknown": []any{map[string]any{"x": nil}}}
		for i := 0; i < len(more); i += 2 {
			r[more[i].(string)] = more[i+1]
		}
		return d.ask(t, "access", r)
	}
	if w := ask("credential_configuration_id", "age"); w.Code != 200 {
		t.Error(w.Body)
	}
	if w := ask("credential_identifier", "age"); w.Code != 200 {
		t.Error(w.Body)
	}
	told(t, ask("credential_configuration_id", "passport"), 400, "unknown_credential_configuration")
	told(t, ask("credential_identifier", "passport"), 400, "unknown_credential_identifier")
	told(t, ask("credential_identifier", "person"), 400, "unknown_credential_identifier")
	told(t, ask("credential_configuration_id", "age", "credential_identifier", "age"), 400, "invalid_credential_request")
	told(t, ask("format", "dc+sd-jwt"), 400, "invalid_credential_request")
	for _, body := range []string{"", "[]", "{", `{"a":1,"a":2}`, `{"a":1} x`} {
		told(t, d.send("POST", "/credential", "application/json", body, "Authorization", "Bearer access"), 400, "invalid_credential_request")
	}
	told(t, d.send("POST", "/credential", "text/plain", "{}", "Authorization", "Bearer access"), 415, "invalid_credential_request")
	told(t, d.send("POST", "/credential", "application/json", `{"a":"`+strings.Repeat("x", 130<<10)+`"}`, "Authorization", "Bearer access"), 413, "invalid_credential_request")
}

func TestH04Tokens(t *testing.T) {
	d, s := newDesk(t), signer(t)
	b, _ := json.Marshal(of(d.proof(t, s)))
	told(t, d.send("POST", "/credential?access_token=access", "application/json", string(b)), 400, "invalid_request")
	told(t, d.send("POST", "/credential", "application/json", string(b)), 401, "invalid_token")
	told(t, d.ask(t, "another", of(d.proof(t, s))), 401, "invalid_token")
	told(t, d.ask(t, "access-bound", of(d.proof(t, s))), 401, "invalid_token") // a mere bearer
	w := d.ask(t, "access", map[string]any{"credential_configuration_id": "person", "proofs": map[string]any{"jwt": []string{d.proof(t, s)}}})
	told(t, w, 403, "insufficient_scope")
	if w.Header().Get("WWW-Authenticate") == "" || len(d.orders) > 0 {
		t.Error(w.Header(), d.orders)
	}
}

func TestH05TooManyProofs(t *testing.T) {
	d, s := newDesk(t), signer(t)
	told(t, d.ask(t, "access", of(slices.Repeat([]string{d.proof(t, s)}, attest.BatchMost+1)...)), 400, "invalid_credential_request")
	for reason, code := range map[string]string{"key_twice": "invalid_proof", "key_used": "invalid_proof", "batch_size": "invalid_credential_request", "standing_changed": "credential_request_denied",
		"person_gone": "credential_request_denied", "attestation_not_for_children": "credential_request_denied", "attestations_over": "credential_request_denied"} {
		d.fails = fault.New("desk", fault.Forbidden, reason)
		told(t, d.ask(t, "access", of(d.proof(t, s))), 400, code)
	}
	d.fails = fault.New("desk", fault.Internal, "")
	told(t, d.ask(t, "access", of(d.proof(t, s))), 500, "server_error")
}

func TestH10NotificationsOfOthers(t *testing.T) {
	d, s := newDesk(t), signer(t)
	id := func(token string) string {
		var a struct {
			ID string `json:"notification_id"`
		}
		w := d.ask(t, token, of(d.proof(t, s)))
		if json.Unmarshal(w.Body.Bytes(), &a) != nil || a.ID == "" {
			t.Fatal(w.Body)
		}
		return a.ID
	}
	mine, others := id("access"), id("access-2")
	tell := func(id, event string) *httptest.ResponseRecorder {
		b, _ := json.Marshal(map[string]any{"notification_id": id, "event": event, "event_description": "x", "unknown": 1})
		return d.send("POST", "/notification", "application/json", string(b), "Authorization", "Bearer access")
	}
	for range 2 { // the same again is as good
		for _, event := range []string{"credential_accepted", "credential_failure", "credential_deleted"} {
			if w := tell(mine, event); w.Code != 204 || w.Body.Len() > 0 {
				t.Error(w.Code, w.Body)
			}
		}
	}
	told(t, tell(others, "credential_accepted"), 400, "invalid_notification_id")
	told(t, tell("x", "credential_accepted"), 400, "invalid_notification_id")
	told(t, tell(mine, "credential_eaten"), 400, "invalid_notification_request")
	told(t, d.send("POST", "/notification", "application/json", "{}"), 401, "invalid_token")
}

func TestH15Metadata(t *testing.T) {
	d := newDesk(t)
	w := d.send("GET", "/.well-known/openid-credential-issuer", "", "")
	o, err := jose.ParseObject(w.Body.Bytes(), 64<<10)
	if err != nil || w.Header().Get("Content-Type") != "application/json" || w.Header().Get("Access-Control-Allow-Origin") != "*" {
		t.Fatal(w.Body, err)
	}
	for name, want := range map[string]string{"credential_issuer": issuer, "credential_endpoint": issuer + "/credential", "nonce_endpoint": issuer + "/nonce", "notification_endpoint": issuer + "/notification", "deferred_credential_endpoint": issuer + "/deferred-credential"} {
		if got, _ := o.Text(name); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
	signed := d.send("GET", "/.well-known/openid-credential-issuer", "", "", "Accept", "application/jwt, application/json;q=0.5")
	token, err := (jose.Place{Algs: []string{jose.ES256}, Types: []string{vci.TypeMetadata}, Limit: 64 << 10}).Parse(signed.Body.String())
	if err != nil || signed.Header().Get("Content-Type") != "application/jwt" {
		t.Fatal(signed.Body, err)
	}
	c := token.Peek()
	if sub, _ := c.Text("sub"); sub != issuer || !c.Has("iat") || string(c["credential_configurations_supported"]) != string(o["credential_configurations_supported"]) {
		t.Errorf("%s", signed.Body)
	}
	if w := d.send("GET", "/credentials/age", "", ""); w.Code != 200 || !strings.Contains(w.Body.String(), issuer+"/credentials/age") {
		t.Error(w.Body)
	}
	if w := d.send("GET", "/credentials/passport", "", ""); w.Code != 404 {
		t.Error(w.Code)
	}
	for _, path := range []string{"/.well-known/openid-credential-issuer", "/nonce", "/credential", "/deferred-credential", "/notification", "/credentials/age"} {
		if w := d.send("OPTIONS", path, "", ""); w.Code != 204 || w.Header().Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("%s: %d %v", path, w.Code, w.Header())
		}
	}
}

// The token endpoint's half: what a wallet is told of an offer.
func TestOffersAtTheTokenEndpoint(t *testing.T) {
	d := newDesk(t)
	trade := func(v url.Values) *httptest.ResponseRecorder {
		f, _, _ := oauth.ParseParams(v.Encode())
		w := httptest.NewRecorder()
		d.Grants()[v.Get("grant_type")](w, httptest.NewRequest("POST", issuer+"/token", nil), f)
		return w
	}
	offer := url.Values{"grant_type": {vci.PreAuthorized}, "pre-authorized_code": {"code"}}
	if w := trade(offer); w.Code != 200 || strings.Contains(w.Body.String(), "authorization_details") || strings.Contains(w.Body.String(), "c_nonce") || !strings.Contains(w.Body.String(), `"Bearer"`) {
		t.Error(w.Body)
	}
	offer.Set("authorization_details", `[{"type":"openid_credential","credential_configuration_id":"person"}]`)
	if w := trade(offer); !strings.Contains(w.Body.String(), `"credential_configuration_id":"age","credential_identifiers":["age"]`) {
		t.Error(w.Body)
	}
	told(t, trade(url.Values{"grant_type": {vci.PreAuthorized}}), 400, "invalid_request")
	told(t, trade(url.Values{"grant_type": {"refresh_token"}}), 400, "invalid_request")
	for reason, code := range map[string]string{"tx_code_missing": "invalid_request", "tx_code_unexpected": "invalid_request", "tx_code_wrong": "invalid_grant", "tx_code_void": "invalid_grant",
		"code_used": "invalid_grant", "code_expired": "invalid_grant", "standing_changed": "invalid_grant"} {
		d.fails = fault.New("desk", fault.Gone, reason)
		told(t, trade(offer), 400, code)
		if body := trade(offer).Body.String(); strings.Contains(body, "standing") {
			t.Error(body)
		}
	}
}

// FuzzCredential: whatever a wallet sends, it is answered in the protocol's words.
func FuzzCredential(f *testing.F) {
	d, s := newDesk(f), signer(f)
	b, _ := json.Marshal(of(d.proof(f, s)))
	f.Add(string(b))
	f.Add(`{"credential_identifier":"age","proofs":{"jwt":["a.b.c"]}}`)
	f.Fuzz(func(t *testing.T, body string) {
		w := d.send("POST", "/credential", "application/json", body, "Authorization", "Bearer access")
		if w.Code != 200 && w.Code != 400 && w.Code != 403 && w.Code != 413 {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	})
}

// FuzzNonce: what is read is what was made.
func FuzzNonce(f *testing.F) {
	d := newDesk(f)
	f.Add(d.nonces.Make(noon))
	f.Fuzz(func(t *testing.T, text string) {
		if id, good := d.nonces.Read(text, noon); good && len(id.ID) == 0 {
			t.Error(text)
		}
	})
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
