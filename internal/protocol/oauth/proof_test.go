package oauth_test

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/protocol/oauth"
	"netid/internal/suite"
)

// rsaSigner is a party's key of a kind that netid itself never signs with.
type rsaSigner struct{ *rsa.PrivateKey }

func newRSA(t testing.TB) rsaSigner {
	t.Helper()
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return rsaSigner{k}
}

func (rsaSigner) Alg() string   { return "PS256" }
func (rsaSigner) KeyID() string { return "r" }

func (k rsaSigner) PublicJWK() []byte {
	enc := base64.RawURLEncoding.EncodeToString
	return fmt.Appendf(nil, `{"kty":"RSA","n":"%s","e":"%s"}`, enc(k.N.Bytes()), enc(big.NewInt(int64(k.E)).Bytes()))
}

func (k rsaSigner) Sign(m []byte) ([]byte, error) {
	d := sha256.Sum256(m)
	return rsa.SignPSS(rand.Reader, k.PrivateKey, crypto.SHA256, d[:], &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash})
}

// proofOf makes a proof of a good token request, changed.
func (d *desk) proofOf(t testing.TB, s suite.Signer, change map[string]any) string {
	t.Helper()
	c := map[string]any{"jti": "p-1", "htm": "POST", "htu": issuer + "/token", "iat": d.now.Unix(), "nonce": d.Nonces.Make("server", d.now)}
	for k, v := range change {
		if c[k] = v; v == nil {
			delete(c, k)
		}
	}
	return forge(t, s, fmt.Sprintf(`{"typ":"dpop+jwt","alg":"%s","jwk":%s}`, s.Alg(), s.PublicJWK()), c)
}

func thumbprint(t testing.TB, s suite.Signer) string {
	t.Helper()
	k, err := suite.ParsePublicKey(s.PublicJWK())
	if err != nil {
		t.Fatal(err)
	}
	return k.Thumbprint()
}

// act is what comes after Prove: one commit that takes the ids too, or a refusal.
func (d *desk) act(who oauth.Proved, no *oauth.Refusal) (oauth.Proved, *oauth.Refusal) {
	if no != nil || len(who.Takes()) == 0 {
		return who, no
	}
	if err := d.Once(context.Background(), who.Takes()...); err != nil {
		no, _ = d.Refused(context.Background(), who, oauth.Grant(err), err)
		return oauth.Proved{}, no
	}
	return who, nil
}

// prove sends a form with proofs to the token endpoint.
func (d *desk) prove(f oauth.Form, proofs ...string) (oauth.Proved, *oauth.Refusal) {
	r := httptest.NewRequest(http.MethodPost, "/token", nil)
	r.Host = "evil.example" // E09: what the request calls us does not count
	for _, p := range proofs {
		r.Header.Add("DPoP", p)
	}
	who, no, _ := d.Prove(r, f)
	return d.act(who, no)
}

var app = oauth.Form{"client_id": "app"}

func TestProofs(t *testing.T) {
	key := signer(t)
	jwk := string(key.PublicJWK())
	type change = map[string]any
	d := open(t)
	at := func(s time.Duration) int64 { return noon.Add(s).Unix() }
	for name, c := range map[string]struct {
		header string // default: a good one
		change change
		want   string // an error code, or "" for good
	}{
		"good":                            {"", nil, ""},
		"claims nobody knows":             {"", change{"x": []int{1}}, ""},
		"htu with query and fragment":     {"", change{"htu": issuer + "/token?a=b#c"}, ""},
		"htu in other words":              {"", change{"htu": "HTTPS://ID.Example:443/x/../%74oken"}, ""},
		"a key with a name":               {`{"typ":"dpop+jwt","alg":"ES256","jwk":` + strings.TrimSuffix(jwk, "}") + `,"kid":"k","use":"sig"}}`, nil, ""},
		"D06 10 s ahead":                  {"", change{"iat": at(10 * time.Second)}, ""},
		"D06 10 s ago":                    {"", change{"iat": at(-10 * time.Second)}, ""},
		"D06 11 s ahead":                  {"", change{"iat": at(11 * time.Second)}, "invalid_dpop_proof"},
		"D06 70 s ago":                    {"", change{"iat": at(-70 * time.Second)}, "invalid_dpop_proof"},
		"D06 an hour ahead":               {"", change{"iat": at(time.Hour)}, "invalid_dpop_proof"},
		"D06 an hour ago":                 {"", change{"iat": at(-time.Hour)}, "invalid_dpop_proof"},
		"D11 made ahead, with old nonce":  {"", change{"iat": at(5 * time.Second), "nonce": d.Nonces.Make("server", noon.Add(-3*time.Minute))}, "use_dpop_nonce"},
		"D03 no typ":                      {`{"alg":"ES256","jwk":` + jwk + `}`, nil, "invalid_dpop_proof"},
		"D03 no alg":                      {`{"typ":"dpop+jwt","jwk":` + jwk + `}`, nil, "invalid_dpop_proof"},
		"D03 no jwk":                      {`{"typ":"dpop+jwt","alg":"ES256"}`, nil, "invalid_dpop_proof"},
		"D03 no jti":                      {"", change{"jti": nil}, "invalid_dpop_proof"},
		"D03 no htm":                      {"", change{"htm": nil}, "invalid_dpop_proof"},
		"D03 no htu":                      {"", change{"htu": nil}, "invalid_dpop_proof"},
		"D03 no iat":                      {"", change{"iat": nil}, "invalid_dpop_proof"},
		"D04 typ JWT":                     {`{"typ":"JWT","alg":"ES256","jwk":` + jwk + `}`, nil, "invalid_dpop_proof"},
		"D04 alg none":                    {`{"typ":"dpop+jwt","alg":"none","jwk":` + jwk + `}`, nil, "invalid_dpop_proof"},
		"D04 HS256":                       {`{"typ":"dpop+jwt","alg":"HS256","jwk":{"kty":"oct","k":"AAAA"}}`, nil, "invalid_dpop_proof"},
		"D04 RS256":                       {`{"typ":"dpop+jwt","alg":"RS256","jwk":` + jwk + `}`, nil, "invalid_dpop_proof"},
		"D04 alg of another kind":         {`{"typ":"dpop+jwt","alg":"EdDSA","jwk":` + jwk + `}`, nil, "invalid_dpop_proof"},
		"D04 a private key":               {`{"typ":"dpop+jwt","alg":"ES256","jwk":` + strings.TrimSuffix(jwk, "}") + `,"d":"AA"}}`, nil, "invalid_dpop_proof"},
		"D04 a symmetric key":             {`{"typ":"dpop+jwt","alg":"ES256","jwk":{"kty":"oct","k":"AAAA"}}`, nil, "invalid_dpop_proof"},
		"D04 another's key":               {`{"typ":"dpop+jwt","alg":"ES256","jwk":` + string(d.rival.PublicJWK()) + `}`, nil, "invalid_dpop_proof"},
		"D04 a key of small order":        {`{"typ":"dpop+jwt","alg":"EdDSA","jwk":{"kty":"OKP","crv":"Ed25519","x":"AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}}`, nil, "invalid_dpop_proof"},
		"crit":                            {`{"typ":"dpop+jwt","alg":"ES256","crit":["x"],"x":1,"jwk":` + jwk + `}`, nil, "invalid_dpop_proof"},
		"jti empty":                       {"", change{"jti": ""}, "invalid_dpop_proof"},
		"jti a number":                    {"", change{"jti": 1}, "invalid_dpop_proof"},
		"jti long":                        {"", change{"jti": strings.Repeat("x", 257)}, "invalid_dpop_proof"},
		"htm of another method":           {"", change{"htm": "GET"}, "invalid_dpop_proof"},
		"htm in another case":             {"", change{"htm": "post"}, "invalid_dpop_proof"},
		"htu of another endpoint":         {"", change{"htu": issuer + "/userinfo"}, "invalid_dpop_proof"},
		"htu of another host":             {"", change{"htu": "https://evil.example/token"}, "invalid_dpop_proof"},
		"htu over http":                   {"", change{"htu": "http://id.example/token"}, "invalid_dpop_proof"},
		"htu on another port":             {"", change{"htu": "https://id.example:8443/token"}, "invalid_dpop_proof"},
		"htu with a slash behind":         {"", change{"htu": issuer + "/token/"}, "invalid_dpop_proof"},
		"htu with a slash that is data":   {"", change{"htu": issuer + "/%2ftoken"}, "invalid_dpop_proof"},
		"htu with a user":                 {"", change{"htu": "https://a@id.example/token"}, "invalid_dpop_proof"},
		"htu a path":                      {"", change{"htu": "/token"}, "invalid_dpop_proof"},
		"D10 no nonce":                    {"", change{"nonce": nil}, "use_dpop_nonce"},
		"D10 a made-up one":               {"", change{"nonce": "x"}, "use_dpop_nonce"},
		"D10 of the resource":             {"", change{"nonce": d.Nonces.Make("resource", noon)}, "use_dpop_nonce"},
		"D10 of the window before":        {"", change{"nonce": d.Nonces.Make("server", noon.Add(-time.Minute))}, ""},
		"D10 of two windows before":       {"", change{"nonce": d.Nonces.Make("server", noon.Add(-2*time.Minute))}, "use_dpop_nonce"},
		"D10 of a node that is ahead":     {"", change{"nonce": d.Nonces.Make("server", noon.Add(time.Minute))}, ""},
		"D10 of two windows ahead":        {"", change{"nonce": d.Nonces.Make("server", noon.Add(2*time.Minute))}, "use_dpop_nonce"},
		"D10 a number":                    {"", change{"nonce": 1}, "use_dpop_nonce"},
		"D10 of before a restore":         {"", change{"nonce": oauth.Nonces{Secrets: d.Nonces.Secrets, Label: "another epoch"}.Make("server", noon)}, "use_dpop_nonce"},
		"more than 8 KB":                  {"", change{"pad": strings.Repeat("x", 8<<10)}, "invalid_dpop_proof"},
		"C07 a claim twice in two cases":  {"", change{"JTI": "x"}, "invalid_dpop_proof"},
		"C05 address of a key, not a key": {`{"typ":"dpop+jwt","alg":"ES256","jku":"http://127.0.0.1:1/"}`, nil, "invalid_dpop_proof"},
	} {
		t.Run(name, func(t *testing.T) {
			o := open(t)
			o.Nonces = d.Nonces
			proof := o.proofOf(t, key, c.change)
			if c.header != "" {
				proof = forge(t, key, c.header, map[string]any{"jti": "p-1", "htm": "POST", "htu": issuer + "/token", "iat": noon.Unix(), "nonce": d.Nonces.Make("server", noon)})
			}
			who, no := o.prove(app, proof)
			if c.want == "" && (no != nil || who.JKT != thumbprint(t, key) || who.Party.ID != "app") || c.want != "" && (no == nil || no.Code != c.want || no.Status != 400) {
				t.Fatalf("%+v %+v", who, no)
			}
			if c.want != "" && len(o.once.until) != 0 {
				t.Fatal("a refused proof used up an id")
			}
			if (c.want == "use_dpop_nonce") != (no != nil && no.Nonce != "") {
				t.Fatalf("the nonce that is wanted: %+v", no)
			}
		})
	}
}

func TestProofsOfEveryAlgorithm(t *testing.T) {
	for _, key := range []suite.Signer{signer(t), newRSA(t), suite.NewEdDSA(suite.NewSecret(identity.ES256))} {
		d := open(t)
		if who, no := d.prove(app, d.proofOf(t, key, nil)); no != nil || who.JKT != thumbprint(t, key) {
			t.Errorf("%s: %+v", key.Alg(), no)
		}
		// D04: by another key of the same kind
		spoilt := []byte(d.proofOf(t, key, map[string]any{"jti": "p-2"}))
		spoilt[len(spoilt)-9] ^= 1
		if _, no := d.prove(app, string(spoilt)); no == nil || no.Code != "invalid_dpop_proof" {
			t.Errorf("%s spoilt: %+v", key.Alg(), no)
		}
	}
}

// D02: one header, one proof in it.
func TestD02MoreThanOneProof(t *testing.T) {
	d := open(t)
	key := signer(t)
	one, two := d.proofOf(t, key, nil), d.proofOf(t, key, map[string]any{"jti": "p-2"})
	for name, headers := range map[string][]string{"two headers": {one, two}, "comma-joined": {one + ", " + two}, "no JWT": {"x"}, "empty": {""}, "an assertion": {forge(t, key, head, claims(nil))}} {
		if _, no := d.prove(app, headers...); no == nil || no.Code != "invalid_dpop_proof" || no.Status != 400 {
			t.Errorf("%s: %+v", name, no)
		}
	}
	if _, no := d.prove(app, one); no != nil {
		t.Errorf("none of this used up the good one: %+v", no)
	}
}

// D07: a proof is good once, also in parallel and on another node.
func TestD07AProofIsGoodOnce(t *testing.T) {
	d := open(t)
	key := signer(t)
	proof := d.proofOf(t, key, nil)
	node := *d
	var passed atomic.Int32
	var wg sync.WaitGroup
	for i := range 64 {
		at := []*desk{d, &node}[i%2]
		wg.Go(func() {
			if _, no := at.prove(app, proof); no == nil {
				passed.Add(1)
			} else if no.Code != "invalid_dpop_proof" {
				t.Errorf("%+v", no)
			}
		})
	}
	wg.Wait()
	if passed.Load() != 1 {
		t.Fatalf("%d of 64", passed.Load())
	}
	if _, no := d.prove(app, d.proofOf(t, signer(t), nil)); no != nil {
		t.Errorf("the same jti by another key is another proof: %+v", no)
	}
	for _, until := range d.once.until {
		if until.Before(noon.Add(70 * time.Second)) {
			t.Errorf("an id is forgotten at %v, while its proof is good", until)
		}
	}
}

// The ids of an assertion and a proof are one commit; whichever of the two came
// before, it is that one which is refused, and the other is not used up.
func TestAssertionAndProofInOneCommit(t *testing.T) {
	d := open(t)
	key := signer(t)
	assertion := func(jti string) oauth.Form { return byKey(forge(t, d.robot, head, claims(map[string]any{"jti": jti}))) }
	proof := func(jti string) string { return d.proofOf(t, key, map[string]any{"jti": jti}) }
	if who, no := d.prove(assertion("a"), proof("p")); no != nil || who.Party.ID != "robot" || d.once.commits != 1 || len(d.once.until) != 2 {
		t.Fatalf("%+v, %d commits of %d ids", no, d.once.commits, len(d.once.until))
	}
	if _, no := d.prove(assertion("a"), proof("p2")); no == nil || no.Code != "invalid_client" {
		t.Errorf("the assertion came before: %+v", no)
	}
	if _, no := d.prove(assertion("a2"), proof("p2")); no != nil {
		t.Errorf("the proof was used up by a refused request: %+v", no)
	}
	if _, no := d.prove(assertion("a3"), proof("p")); no == nil || no.Code != "invalid_dpop_proof" {
		t.Errorf("the proof came before: %+v", no)
	}
	if _, no := d.prove(assertion("a"), proof("p")); no == nil || no.Code != "invalid_client" {
		t.Errorf("both came before: %+v", no)
	}
	d.once.down = fault.New("store", fault.Unavailable, "busy")
	if _, no := d.prove(assertion("a4"), proof("p4")); no == nil || no.Status != 503 {
		t.Errorf("the store is away: %+v", no)
	}
}

func TestConstrained(t *testing.T) {
	for name, c := range map[string]struct {
		party identity.Party
		held  identity.Confirm
		want  string
	}{
		"nothing asked":                       {identity.Party{}, identity.Confirm{}, ""},
		"D01 registered for DPoP":             {identity.Party{DPoP: true}, identity.Confirm{}, "invalid_dpop_proof"},
		"D01 FAPI":                            {identity.Party{FAPI: true}, identity.Confirm{}, "invalid_dpop_proof"},
		"FAPI, with a proof":                  {identity.Party{FAPI: true}, identity.Confirm{JKT: "k"}, ""},
		"FAPI by certificate":                 {identity.Party{FAPI: true, CertBound: true}, identity.Confirm{X5T: "c"}, ""},
		"FAPI by certificate, without":        {identity.Party{FAPI: true, CertBound: true}, identity.Confirm{}, "invalid_request"},
		"FAPI by certificate, a proof of old": {identity.Party{FAPI: true, CertBound: true}, identity.Confirm{JKT: "k"}, "invalid_request"},
		"both, one there":                     {identity.Party{DPoP: true, CertBound: true}, identity.Confirm{X5T: "c"}, "invalid_dpop_proof"},
	} {
		no := oauth.Proved{Party: c.party, Confirm: c.held}.Constrained()
		if no == nil && c.want != "" || no != nil && no.Code != c.want {
			t.Errorf("%s: %+v", name, no)
		}
	}
}

// At a resource the proof is about the token, and the token about the key.
func TestAccessBoundToAKey(t *testing.T) {
	key, other := signer(t), signer(t)
	bound := identity.Confirm{JKT: thumbprint(t, key)}
	const token = "a-token"
	for name, c := range map[string]struct {
		scheme string
		key    suite.Signer
		change map[string]any
		bound  identity.Confirm
		want   string // error, "" for good
	}{
		"good":                         {"DPoP", key, nil, bound, ""},
		"scheme in another case":       {"dpop", key, nil, bound, ""},
		"D01 as Bearer":                {"Bearer", key, nil, bound, "invalid_token"},
		"D01 without a proof":          {"DPoP", nil, nil, bound, "invalid_dpop_proof"},
		"D03 no ath":                   {"DPoP", key, map[string]any{"ath": nil}, bound, "invalid_dpop_proof"},
		"D08 ath of another token":     {"DPoP", key, map[string]any{"ath": suite.PKCE("another")}, bound, "invalid_dpop_proof"},
		"D08 another key":              {"DPoP", other, nil, bound, "invalid_token"},
		"a token that is not bound":    {"DPoP", key, nil, identity.Confirm{}, "invalid_token"},
		"D10 nonce of the server":      {"DPoP", key, map[string]any{"nonce": "server"}, bound, "use_dpop_nonce"},
		"htm of another method":        {"DPoP", key, map[string]any{"htm": "POST"}, bound, "invalid_dpop_proof"},
		"bound to a certificate too":   {"DPoP", key, nil, identity.Confirm{JKT: bound.JKT, X5T: "c"}, "invalid_token"},
		"a bearer's, of a certificate": {"Bearer", nil, nil, identity.Confirm{X5T: "c"}, "invalid_token"},
		"a bearer's":                   {"Bearer", nil, nil, identity.Confirm{}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			d := open(t)
			r := httptest.NewRequest(http.MethodGet, "/userinfo", nil)
			r.Header.Set("Authorization", c.scheme+" "+token)
			if c.key != nil {
				change := map[string]any{"htm": "GET", "htu": issuer + "/userinfo", "ath": suite.PKCE(token), "nonce": d.Nonces.Make("resource", noon)}
				for k, v := range c.change {
					if change[k] = v; v == "server" {
						change[k] = d.Nonces.Make("server", noon)
					}
				}
				r.Header.Set("DPoP", d.proofOf(t, c.key, change))
			}
			a, no, _ := d.Access(r)
			if no == nil {
				no, _ = d.Holds(context.Background(), a, c.bound)
			}
			if no == nil && c.want != "" || no != nil && (no.Code != c.want || no.Status != 401) {
				t.Fatalf("%+v", no)
			}
			if no != nil {
				scheme := "DPoP "
				if c.bound.JKT == "" && c.scheme == "Bearer" {
					scheme = "Bearer "
				}
				if !strings.HasPrefix(no.Challenge, scheme) || !strings.Contains(no.Challenge, `error="`+c.want+`"`) || (no.Nonce != "") != (c.want == "use_dpop_nonce") {
					t.Errorf("%+v", no)
				}
				return
			}
			if byKey := c.bound.JKT != ""; (d.Next(a) != "") != byKey {
				t.Error("the next nonce")
			} else if byKey { // D07
				again, no, _ := d.Access(r)
				if no == nil {
					no, _ = d.Holds(context.Background(), again, c.bound)
				}
				if no == nil || no.Code != "invalid_dpop_proof" || no.Status != 401 {
					t.Errorf("a second time: %+v", no)
				}
			}
		})
	}
}

// Two nodes that share a key know each other's nonces; a rotated key's too.
func TestNoncesOfOtherNodes(t *testing.T) {
	older, newer := suite.NewSecret(identity.ES256), suite.NewSecret(identity.ES256)
	before := oauth.Nonces{Secrets: func() []identity.Secret { return []identity.Secret{older} }}
	after := oauth.Nonces{Secrets: func() []identity.Secret { return []identity.Secret{newer, older} }}
	if n := before.Make("server", noon); !after.Good("server", n, noon) || len(n) != 32 {
		t.Errorf("%q", n)
	}
	if before.Good("server", after.Make("server", noon), noon) {
		t.Error("a nonce under an unknown key")
	}
	if before.Good("server", "", noon) || before.Good("server", strings.Repeat("A", 32), noon) {
		t.Error("no nonce at all")
	}
}

func FuzzProof(f *testing.F) {
	d := open(f)
	key := signer(f)
	good := d.proofOf(f, key, nil)
	f.Add(good)
	f.Add(good + "." + good)
	f.Add(d.proofOf(f, newRSA(f), nil))
	f.Add(d.proofOf(f, key, map[string]any{"htu": "https://id.example:99999999/%zz"}))
	f.Fuzz(func(t *testing.T, proof string) {
		who, no := d.prove(app, proof)
		if no == nil && (who.JKT == "" || strings.Count(proof, ".") != 2) {
			t.Fatalf("%q proves %+v", proof, who)
		}
		if no != nil && no.Code != "invalid_dpop_proof" && no.Code != "use_dpop_nonce" {
			t.Fatalf("%q: %+v", proof, no)
		}
	})
}
