package jose_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	oracle "github.com/go-jose/go-jose/v4"

	"netid/internal/fault"
	"netid/internal/suite"
	"netid/internal/token/jose"
)

var place = jose.Place{Algs: []string{jose.ES256}, Types: []string{"", "JWT"}, Limit: 4 << 10}

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

// trusted is the set that a party with this signer would register.
func trusted(t testing.TB, signers ...jose.Signer) jose.Set {
	t.Helper()
	b, err := jose.Publish(jose.ES256, signers...)
	if err != nil {
		t.Fatal(err)
	}
	set, err := jose.ParseSet(b, jose.PartyAlgs()...)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// forge signs any header and payload with the signer.
func forge(t testing.TB, s jose.Signer, header, payload string) string {
	t.Helper()
	enc := base64.RawURLEncoding.EncodeToString
	input := enc([]byte(header)) + "." + enc([]byte(payload))
	sig, err := s.Sign([]byte(input))
	if err != nil {
		t.Fatal(err)
	}
	return input + "." + enc(sig)
}

func only(s jose.Signer) func() []jose.Signer {
	return func() []jose.Signer { return []jose.Signer{s} }
}

func TestOthersReadWhatWeWrite(t *testing.T) {
	s := signer(t)
	c, err := jose.NewCoder(jose.ES256, only(s), "JWT")
	if err != nil {
		t.Fatal(err)
	}
	compact, err := c.Encode(map[string]any{"sub": "somebody"})
	if err != nil {
		t.Fatal(err)
	}
	published, err := jose.Publish(jose.ES256, s)
	if err != nil {
		t.Fatal(err)
	}
	var set oracle.JSONWebKeySet
	if err := json.Unmarshal(published, &set); err != nil || len(set.Keys) != 1 || !set.Keys[0].Valid() || !set.Keys[0].IsPublic() {
		t.Fatalf("the set is not good to others: %v", err)
	}
	jws, err := oracle.ParseSignedCompact(compact, []oracle.SignatureAlgorithm{oracle.ES256})
	if err != nil {
		t.Fatal(err)
	}
	if jws.Signatures[0].Header.KeyID != set.Keys[0].KeyID {
		t.Fatal("kid of the token is not in the set")
	}
	if payload, err := jws.Verify(set); err != nil || string(payload) != `{"sub":"somebody"}` {
		t.Fatalf("%s %v", payload, err)
	}
	if strings.Contains(string(published), `"d"`) {
		t.Fatal("a private part is published")
	}
}

func TestWeReadWhatOthersWrite(t *testing.T) {
	key := ecKey(t)
	other, err := oracle.NewSigner(oracle.SigningKey{Algorithm: oracle.ES256, Key: oracle.JSONWebKey{Key: key, KeyID: "k1"}}, (&oracle.SignerOptions{}).WithType("JWT"))
	if err != nil {
		t.Fatal(err)
	}
	jws, err := other.Sign([]byte(`{"iss":"party","exp":1700000000.5}`))
	if err != nil {
		t.Fatal(err)
	}
	compact, err := jws.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	registered, err := json.Marshal(oracle.JSONWebKeySet{Keys: []oracle.JSONWebKey{{Key: &key.PublicKey, KeyID: "k1", Algorithm: "ES256", Use: "sig"}}})
	if err != nil {
		t.Fatal(err)
	}
	set, err := jose.ParseSet(registered, jose.PartyAlgs()...)
	if err != nil {
		t.Fatal(err)
	}
	token, err := place.Parse(compact)
	if err != nil {
		t.Fatal(err)
	}
	claims, err := token.Verify(set)
	if err != nil {
		t.Fatal(err)
	}
	if iss, ok := claims.Text("iss"); !ok || iss != "party" {
		t.Fatal("iss")
	}
	if at, ok := claims.Instant("exp"); !ok || !at.Equal(time.Unix(1700000000, 5e8)) {
		t.Fatal("exp", at)
	}
}

func TestRefusedBeforeAnyKeyIsTouched(t *testing.T) {
	s := signer(t)
	const good, body = `{"alg":"ES256","typ":"JWT"}`, `{"a":1}`
	if _, err := place.Parse(forge(t, s, good, body)); err != nil {
		t.Fatal("the control must pass:", err)
	}
	whole := forge(t, s, good, body)
	parts := strings.Split(whole, ".")
	for name, compact := range map[string]string{
		"alg none":               forge(t, s, `{"alg":"none"}`, body),
		"alg None":               forge(t, s, `{"alg":"None"}`, body),
		"alg nOnE":               forge(t, s, `{"alg":"nOnE"}`, body),
		"alg empty":              forge(t, s, `{"alg":""}`, body),
		"alg missing":            forge(t, s, `{"typ":"JWT"}`, body),
		"alg a number":           forge(t, s, `{"alg":256}`, body),
		"alg in another case":    forge(t, s, `{"alg":"es256"}`, body),
		"Alg, not alg":           forge(t, s, `{"Alg":"ES256"}`, body),
		"HS256":                  forge(t, s, `{"alg":"HS256"}`, body),
		"RS256":                  forge(t, s, `{"alg":"RS256"}`, body),
		"ES256K":                 forge(t, s, `{"alg":"ES256K"}`, body),
		"ES384":                  forge(t, s, `{"alg":"ES384"}`, body),
		"EdDSA":                  forge(t, s, `{"alg":"EdDSA"}`, body),
		"alg twice":              forge(t, s, `{"alg":"none","alg":"ES256"}`, body),
		"alg twice, escaped":     forge(t, s, `{"alg":"ES256","\u0061lg":"none"}`, body),
		"alg twice, cases":       forge(t, s, `{"alg":"ES256","ALG":"none"}`, body),
		"another type":           forge(t, s, `{"alg":"ES256","typ":"oauth-authz-req+jwt"}`, body),
		"type a number":          forge(t, s, `{"alg":"ES256","typ":1}`, body),
		"crit":                   forge(t, s, `{"alg":"ES256","crit":["exp"],"exp":1}`, body),
		"crit empty":             forge(t, s, `{"alg":"ES256","crit":[]}`, body),
		"b64":                    forge(t, s, `{"alg":"ES256","b64":false}`, body),
		"kid a number":           forge(t, s, `{"alg":"ES256","kid":7}`, body),
		"kid an array":           forge(t, s, `{"alg":"ES256","kid":["a"]}`, body),
		"kid an object":          forge(t, s, `{"alg":"ES256","kid":{}}`, body),
		"claim twice":            forge(t, s, good, `{"aud":"a","aud":"b"}`),
		"claim twice, deeper":    forge(t, s, good, `{"x":[{"y":1,"y":2}]}`),
		"claim twice, Aud":       forge(t, s, good, `{"aud":"a","Aud":"b"}`),
		"payload an array":       forge(t, s, good, `[]`),
		"payload null":           forge(t, s, good, `null`),
		"payload two values":     forge(t, s, good, `{}{}`),
		"payload empty":          forge(t, s, good, ``),
		"payload too deep":       forge(t, s, good, `{"a":`+strings.Repeat("[", 9)+strings.Repeat("]", 9)+`}`),
		"payload not UTF-8":      forge(t, s, good, "{\"a\":\"\xff\"}"),
		"too large":              forge(t, s, good, `{"a":"`+strings.Repeat("x", 4<<10)+`"}`),
		"empty":                  "",
		"two parts":              parts[0] + "." + parts[1],
		"four parts":             whole + ".",
		"five parts":             whole + ".a.b",
		"padding":                parts[0] + "=." + parts[1] + "." + parts[2],
		"line break":             parts[0] + "." + parts[1][:2] + "\n" + parts[1][2:] + "." + parts[2],
		"line break in the end":  whole + "\n",
		"standard base64":        parts[0] + "." + parts[1] + "." + strings.Repeat("+", 86),
		"no signature":           parts[0] + "." + parts[1] + ".",
		"63 bytes":               parts[0] + "." + parts[1] + "." + strings.Repeat("A", 84),
		"65 bytes":               parts[0] + "." + parts[1] + "." + strings.Repeat("A", 87),
		"loose bits at the end":  parts[0] + "." + parts[1] + "." + strings.Repeat("A", 85) + "B",
		"DER instead of r and s": parts[0] + "." + parts[1] + "." + base64.RawURLEncoding.EncodeToString(der(t, s, parts[0]+"."+parts[1])),
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := place.Parse(compact); !fault.Because(err, "jws_invalid") {
				t.Fatalf("got %v", err)
			}
		})
	}
}

func TestOnlyTheRightKeyVerifies(t *testing.T) {
	mine, other := signer(t), signer(t)
	both := trusted(t, mine, other)
	head := func(extra string) string { return `{"alg":"ES256"` + extra + `}` }
	kid := func(s jose.Signer) string { return `,"kid":"` + s.KeyID() + `"` }
	jwk := `,"jwk":` + string(other.PublicJWK()) + `,"jku":"http://127.0.0.1:1/jwks","x5u":"http://127.0.0.1:1/x","x5c":["AAAA"]`
	for name, c := range map[string]struct {
		compact string
		set     jose.Set
		ok      bool
	}{
		"named":                            {forge(t, mine, head(kid(mine)), `{}`), both, true},
		"unnamed, one key":                 {forge(t, mine, head(""), `{}`), trusted(t, mine), true},
		"unnamed, two keys":                {forge(t, mine, head(""), `{}`), both, false},
		"named as the other":               {forge(t, mine, head(kid(other)), `{}`), both, false},
		"unknown name":                     {forge(t, mine, head(`,"kid":"../../dev/null"`), `{}`), both, false},
		"name of 10 KB is a name":          {forge(t, mine, head(`,"kid":"' OR 1=1--"`), `{}`), both, false},
		"empty name":                       {forge(t, mine, head(`,"kid":""`), `{}`), trusted(t, mine), false},
		"key brought along":                {forge(t, other, head(jwk), `{}`), trusted(t, mine), false},
		"key brought along is not in play": {forge(t, mine, head(jwk), `{}`), trusted(t, mine), true},
		"no keys":                          {forge(t, mine, head(""), `{}`), jose.Set{}, false},
		"r and s zero":                     {strings.Join(strings.Split(forge(t, mine, head(""), `{}`), ".")[:2], ".") + "." + strings.Repeat("A", 86), trusted(t, mine), false},
		"r and s too large":                {strings.Join(strings.Split(forge(t, mine, head(""), `{}`), ".")[:2], ".") + "." + strings.Repeat("_", 85) + "w", trusted(t, mine), false},
	} {
		t.Run(name, func(t *testing.T) {
			token, err := place.Parse(c.compact)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := token.Verify(c.set); (err == nil) != c.ok || err != nil && !fault.Because(err, "signature_invalid") {
				t.Fatalf("got %v", err)
			}
		})
	}
}

func TestOneChangedCharacterFails(t *testing.T) {
	s := signer(t)
	set := trusted(t, s)
	c, err := jose.NewCoder(jose.ES256, only(s), "JWT")
	if err != nil {
		t.Fatal(err)
	}
	compact, err := c.Encode(map[string]string{"sub": "x"})
	if err != nil {
		t.Fatal(err)
	}
	for i := range compact {
		b := []byte(compact)
		b[i] ^= 1
		token, err := place.Parse(string(b))
		if err == nil {
			_, err = token.Verify(set)
		}
		if err == nil {
			t.Fatalf("character %d may change", i)
		}
	}
}

type wrong struct{ jose.Signer }

func (wrong) Alg() string { return "EdDSA" }

func TestCoderWantsES256(t *testing.T) {
	if _, err := jose.NewCoder(jose.ES256, only(wrong{signer(t)}), "JWT"); err == nil {
		t.Fatal("a signer of another algorithm was taken")
	}
}

// A token's header and signature are of one key, the newest at that moment.
func TestCoderFollowsTheNewestKey(t *testing.T) {
	old, young := signer(t), signer(t)
	live := []jose.Signer{old}
	c, err := jose.NewCoder(jose.ES256, func() []jose.Signer { return live }, "JWT")
	if err != nil {
		t.Fatal(err)
	}
	for _, keys := range [][]jose.Signer{{old}, {young, old}, {old, young}} {
		live = keys
		compact, err := c.Encode(map[string]string{"sub": "x"})
		if err != nil {
			t.Fatal(err)
		}
		token, err := place.Parse(compact)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := token.Verify(trusted(t, keys[0])); err != nil {
			t.Error(err)
		}
		if _, err := token.Verify(trusted(t, old, young)); err != nil {
			t.Error("in the whole set:", err)
		}
	}
	for name, keys := range map[string][]jose.Signer{"none": nil, "another algorithm": {wrong{old}}} {
		live = keys
		if compact, err := c.Encode(map[string]string{"sub": "x"}); err == nil {
			t.Errorf("%s: %s", name, compact)
		}
	}
}

func TestInstantsAreBounded(t *testing.T) {
	for raw, ok := range map[string]bool{`1`: true, `0`: true, `1.5e9`: true, `-1`: false, `"1"`: false, `1e400`: false, `253402300800`: false, `null`: false, `true`: false, `[1]`: false} {
		o, err := jose.ParseObject(fmt.Appendf(nil, `{"exp":%s}`, raw), 100)
		if err != nil {
			t.Fatal(raw, err)
		}
		if _, got := o.Instant("exp"); got != ok {
			t.Errorf("%s: %v", raw, got)
		}
	}
}
