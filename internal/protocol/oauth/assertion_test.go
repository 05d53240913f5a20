package oauth_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"netid/internal/identity"
	"netid/internal/protocol/oauth"
	"netid/internal/suite"
)

func TestAssertions(t *testing.T) {
	type change = map[string]any
	at := func(d time.Duration) int64 { return noon.Add(d).Unix() }
	for name, c := range map[string]struct {
		header string // default: a good one
		change change
		ok     bool
	}{
		"good":                             {"", nil, true},
		"good, with the type of its own":   {`{"alg":"ES256","typ":"client-authentication+jwt"}`, nil, true},
		"good, without type":               {`{"alg":"ES256"}`, nil, true},
		"good, claims nobody knows":        {"", change{"x": change{"y": []int{1}}}, true},
		"good, without iat":                {"", change{"iat": nil}, true},
		"C10 aud an array":                 {"", change{"aud": []string{issuer}}, false},
		"C10 aud an array of two":          {"", change{"aud": []string{issuer, "https://other.example"}}, false},
		"C10 aud the token endpoint":       {"", change{"aud": issuer + "/token"}, false},
		"C10 aud the PAR endpoint":         {"", change{"aud": issuer + "/par"}, false},
		"C10 aud with a slash":             {"", change{"aud": issuer + "/"}, false},
		"C10 aud in another case":          {"", change{"aud": "https://ID.example"}, false},
		"C10 aud missing":                  {"", change{"aud": nil}, false},
		"C11 iss is not sub":               {"", change{"iss": "rival"}, false},
		"C11 sub is not iss":               {"", change{"sub": "rival"}, false},
		"C11 sub of another party":         {"", change{"iss": "rival", "sub": "rival"}, false},
		"C11 sub of a party without keys":  {"", change{"iss": "shop", "sub": "shop"}, false},
		"C11 no sub":                       {"", change{"sub": nil}, false},
		"C11 no iss":                       {"", change{"iss": nil}, false},
		"C11 no jti":                       {"", change{"jti": nil}, false},
		"C11 jti empty":                    {"", change{"jti": ""}, false},
		"C11 jti a number":                 {"", change{"jti": 7}, false},
		"C11 jti long":                     {"", change{"jti": strings.Repeat("x", 257)}, false},
		"C11 no exp":                       {"", change{"exp": nil}, false},
		"C11 exp a string":                 {"", change{"exp": "1900000000"}, false},
		"C12 exp 5 minutes ago":            {"", change{"exp": at(-5 * time.Minute)}, false},
		"C12 exp 10 s ago":                 {"", change{"exp": at(-10 * time.Second)}, false},
		"C12 exp 9 s ago, within the skew": {"", change{"exp": at(-9 * time.Second)}, true},
		"C12 exp in 24 h":                  {"", change{"exp": at(24 * time.Hour)}, true},
		"C12 exp in 24 h and a second":     {"", change{"exp": at(24*time.Hour + time.Second)}, false},
		"C12 nbf in 8 s":                   {"", change{"nbf": at(8 * time.Second)}, true},
		"C12 nbf in 61 s":                  {"", change{"nbf": at(61 * time.Second)}, false},
		"C12 iat in 8 s":                   {"", change{"iat": at(8 * time.Second)}, true},
		"C12 iat in 61 s":                  {"", change{"iat": at(61 * time.Second)}, false},
		"C12 iat a string":                 {"", change{"iat": "now"}, false},
		"C01 alg none":                     {`{"alg":"none"}`, nil, false},
		"C01 alg None":                     {`{"alg":"None"}`, nil, false},
		"C01 alg nOnE":                     {`{"alg":"nOnE"}`, nil, false},
		"C01 alg missing":                  {`{"typ":"JWT"}`, nil, false},
		"C01 alg empty":                    {`{"alg":""}`, nil, false},
		"C03 RS256":                        {`{"alg":"RS256"}`, nil, false},
		"C03 PS256":                        {`{"alg":"PS256"}`, nil, false},
		"C03 ES256K":                       {`{"alg":"ES256K"}`, nil, false},
		"C03 EdDSA":                        {`{"alg":"EdDSA"}`, nil, false},
		"C04 kid ../../dev/null":           {`{"alg":"ES256","kid":"../../dev/null"}`, nil, false},
		"C04 kid ' OR 1=1--":               {`{"alg":"ES256","kid":"' OR 1=1--"}`, nil, false},
		"C04 kid of 10 KB":                 {`{"alg":"ES256","kid":"` + strings.Repeat("k", 10<<10) + `"}`, nil, false},
		"C04 kid NUL":                      {`{"alg":"ES256","kid":"\u0000"}`, nil, false},
		"C04 kid a number":                 {`{"alg":"ES256","kid":1}`, nil, false},
		"C04 kid an array":                 {`{"alg":"ES256","kid":[]}`, nil, false},
		"C04 kid an object":                {`{"alg":"ES256","kid":{}}`, nil, false},
		"C07 Aud, not aud":                 {"", change{"aud": nil, "Aud": issuer}, false},
		"C07 aud and Aud":                  {"", change{"Aud": issuer}, false},
		"C16 a request object":             {`{"alg":"ES256","typ":"oauth-authz-req+jwt"}`, nil, false},
		"crit":                             {`{"alg":"ES256","crit":["x"],"x":1}`, nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			d := open(t)
			header := c.header
			if header == "" {
				header = head
			}
			p, no := d.come(t, byKey(forge(t, d.robot, header, claims(c.change))))
			if (no == nil) != c.ok || no != nil && no.Code != "invalid_client" || no == nil && p != "robot" {
				t.Fatalf("got %q %+v", p, no)
			}
			if !c.ok && len(d.once.until) != 0 {
				t.Fatal("a refused assertion used up an id")
			}
		})
	}
}

// Every algorithm of parties, each by its own key (C03).
func TestAssertionsOfEveryAlgorithm(t *testing.T) {
	for _, key := range []suite.Signer{signer(t), newRSA(t), suite.NewEdDSA(suite.NewSecret(identity.ES256))} {
		for _, alg := range []string{"ES256", "PS256", "EdDSA", "RS256", "HS256", "none"} {
			d := open(t)
			p := d.register.known["robot"]
			p.JWKS = []byte(`{"keys":[` + string(key.PublicJWK()) + `]}`)
			d.register.known["robot"] = p
			_, no := d.come(t, byKey(forge(t, key, `{"alg":"`+alg+`"}`, claims(nil))))
			if (no == nil) != (alg == key.Alg()) {
				t.Errorf("a key for %s, an assertion of %s: %+v", key.Alg(), alg, no)
			}
		}
	}
}

// After a restore nobody knows which ids were used before: what may be of
// before is refused for as long as it could be good.
func TestAssertionsAfterARestore(t *testing.T) {
	at := func(d time.Duration) int64 { return noon.Add(d).Unix() }
	for name, c := range map[string]struct {
		raised time.Duration // before now
		iat    any
		ok     bool
	}{
		"made after it":               {time.Hour, at(0), true},
		"made before it":              {time.Hour, at(-time.Hour - time.Second), false},
		"made within the skew":        {time.Hour, at(-time.Hour + 9*time.Second), false},
		"made behind the skew":        {time.Hour, at(-time.Hour + 10*time.Second), true},
		"without iat":                 {time.Hour, nil, false},
		"without iat, a day later":    {24*time.Hour + 21*time.Second, nil, true},
		"made before it, a day later": {24*time.Hour + 21*time.Second, at(-25 * time.Hour), true},
	} {
		t.Run(name, func(t *testing.T) {
			d := open(t)
			d.Since = noon.Add(-c.raised)
			if _, no := d.come(t, byKey(forge(t, d.robot, head, claims(map[string]any{"iat": c.iat})))); (no == nil) != c.ok {
				t.Fatalf("got %+v", no)
			}
		})
	}
}

func TestAssertionsOfOthers(t *testing.T) {
	d := open(t)
	ghost := signer(t)
	refused := func(name string, f oauth.Form) {
		t.Run(name, func(t *testing.T) {
			if p, no := d.come(t, f); no == nil || no.Code != "invalid_client" {
				t.Fatalf("got %q %+v", p, no)
			}
		})
	}
	good := forge(t, d.robot, head, claims(nil))
	refused("C14 client_id in the body is another", oauth.Form{"client_id": "rival", "client_assertion": good, "client_assertion_type": byKey("")["client_assertion_type"]})
	refused("another assertion type", oauth.Form{"client_assertion": good, "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:saml2-bearer"})
	refused("no assertion type", oauth.Form{"client_assertion": good})
	refused("no assertion", oauth.Form{"client_assertion_type": byKey("")["client_assertion_type"]})
	refused("signed by another party", byKey(forge(t, d.rival, head, claims(nil))))
	refused("C04 kid of another party", byKey(forge(t, d.rival, `{"alg":"ES256","kid":"`+d.rival.KeyID()+`"}`, claims(nil))))
	refused("C05 key in the header", byKey(forge(t, ghost, `{"alg":"ES256","jwk":`+string(ghost.PublicJWK())+`}`, claims(nil))))
	refused("C05 address of keys in the header", byKey(forge(t, ghost, `{"alg":"ES256","jku":"http://127.0.0.1:1/","x5u":"http://127.0.0.1:1/"}`, claims(nil))))
	refused("C07 aud twice", byKey(forge(t, d.robot, head, fmt.Sprintf(`{"iss":"robot","sub":"robot","aud":"x","aud":%q,"jti":"j","exp":%d}`, issuer, noon.Unix()+60))))
	refused("C07 alg twice", byKey(forge(t, d.robot, `{"alg":"none","alg":"ES256"}`, claims(nil))))
	refused("C09 63 bytes", byKey(good[:strings.LastIndex(good, ".")+1]+strings.Repeat("A", 84)))
	refused("C09 r and s zero", byKey(good[:strings.LastIndex(good, ".")+1]+strings.Repeat("A", 86)))
	refused("JWE instead of JWS", byKey(good+".a.b"))
	refused("more than 8 KB", byKey(forge(t, d.robot, head, claims(map[string]any{"pad": strings.Repeat("x", 8<<10)}))))
	if p, no := d.come(t, byKey(good)); no != nil || p != "robot" {
		t.Fatalf("none of this used up the good one: %+v", no)
	}
}

// C02: a public key is no shared secret, however it is written.
func TestPublicKeyIsNoSecret(t *testing.T) {
	d := open(t)
	var k struct{ X, Y string }
	if err := json.Unmarshal(d.robot.PublicJWK(), &k); err != nil {
		t.Fatal(err)
	}
	x, err := base64.RawURLEncoding.DecodeString(k.X)
	if err != nil {
		t.Fatal(err)
	}
	y, err := base64.RawURLEncoding.DecodeString(k.Y)
	if err != nil {
		t.Fatal(err)
	}
	point := append(append([]byte{4}, x...), y...)
	der := append([]byte{0x30, 0x59, 0x30, 0x13, 6, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7, 3, 0x42, 0}, point...)
	for name, secret := range map[string][]byte{"JWK": d.robot.PublicJWK(), "point": point, "DER": der, "PEM": pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})} {
		for _, alg := range []string{"HS256", "ES256"} {
			full := forge(t, d.robot, `{"alg":"`+alg+`"}`, claims(nil))
			input := full[:strings.LastIndex(full, ".")]
			mac := hmac.New(sha256.New, secret)
			mac.Write([]byte(input))
			sum := mac.Sum(nil)
			for _, sig := range [][]byte{sum, bytes.Repeat(sum, 2)} {
				if _, no := d.come(t, byKey(input+"."+base64.RawURLEncoding.EncodeToString(sig))); no == nil {
					t.Errorf("%s as %s passes", name, alg)
				}
			}
		}
	}
}

// C13: an assertion is good once, under 64 at the same time, and stays used
// for as long as it could be accepted.
func TestAnAssertionIsGoodOnce(t *testing.T) {
	d := open(t)
	f := byKey(forge(t, d.robot, head, claims(nil)))
	var passed atomic.Int32
	var all sync.WaitGroup
	for range 64 {
		all.Go(func() {
			if _, no := d.come(t, f); no == nil {
				passed.Add(1)
			}
		})
	}
	all.Wait()
	if passed.Load() != 1 {
		t.Fatalf("%d of 64 passed", passed.Load())
	}
	for _, until := range d.once.until {
		if accepted := noon.Add(time.Minute + 10*time.Second); until.Before(accepted) {
			t.Fatalf("forgotten at %v, accepted until %v", until, accepted)
		}
	}
	// The id belongs to its party: another party may use the same.
	if _, no := d.come(t, byKey(forge(t, d.rival, head, claims(map[string]any{"iss": "rival", "sub": "rival"})))); no != nil {
		t.Fatalf("another party's id is taken too: %+v", no)
	}
	if _, no := d.come(t, byKey(forge(t, d.robot, head, claims(map[string]any{"jti": "id-2"})))); no != nil {
		t.Fatalf("the next one: %+v", no)
	}
}

func BenchmarkAssertion(b *testing.B) {
	d := open(b)
	r := httptest.NewRequest("POST", "/token", nil)
	var forms []oauth.Form
	for i := range 1000 {
		forms = append(forms, byKey(forge(b, d.robot, head, claims(map[string]any{"jti": fmt.Sprint(i)}))))
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		if i%1000 == 0 {
			clear(d.once.until)
		}
		if _, no, cause := d.Authenticate(r, forms[i%1000]); no != nil {
			b.Fatal(cause)
		}
		i++
	}
}

// What is kept of an id belongs to the suite of the house.
func TestIdsAreKeptInTheSuiteOfTheHouse(t *testing.T) {
	for _, s := range []identity.Suite{identity.ES256, identity.SM} {
		d := open(t)
		d.Suite = s
		f := byKey(forge(t, d.robot, head, claims(nil)))
		if _, no := d.come(t, f); no != nil {
			t.Fatalf("%v: %+v", s, no)
		}
		id := suite.DigestIn(s, []byte("netid/assertion/v1"), []byte("robot"), []byte("id-1"))
		if _, there := d.once.until[string(id[:])]; !there || len(d.once.until) != 1 {
			t.Errorf("%v: another name", s)
		}
		if _, no := d.come(t, f); no == nil {
			t.Errorf("%v: it passes twice", s)
		}
	}
}
