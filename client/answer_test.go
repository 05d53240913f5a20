package client_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"netid/client"
)

const (
	issuer = "https://id.example"
	party  = "shop"
	nonce  = "n-0S6_WzA2Mj"
)

var asked = time.Date(2026, 3, 1, 4, 0, 0, 0, time.UTC)

func header() map[string]any { return map[string]any{"alg": "ES256", "kid": "k1", "typ": "JWT"} }

func claims() map[string]any {
	return map[string]any{"iss": issuer, "aud": party, "sub": "c3ViamVjdA", "nonce": nonce, "acr": "urn:netid:acr:cert-pwd",
		"iat": asked.Unix(), "exp": asked.Unix() + 300, "receipt": "0123456789abcdef0123456789abcdef", "age_over_18": true, "auth_time": asked.Unix() - 5}
}

// with is m with members changed or, when nil, taken away.
func with(m map[string]any, change map[string]any) map[string]any {
	for k, v := range change {
		if m[k] = v; v == nil {
			delete(m, k)
		}
	}
	return m
}

func (d device) token(header, claims any) string {
	h, _ := json.Marshal(header)
	c, _ := json.Marshal(claims)
	return d.raw(string(h), string(c))
}

func (d device) raw(header, claims string) string {
	input := b64([]byte(header)) + "." + b64([]byte(claims))
	return input + "." + b64(d.sign([]byte(input)))
}

func keySet(keys ...[]byte) []byte {
	var all []json.RawMessage
	for _, k := range keys {
		all = append(all, k)
	}
	b, _ := json.Marshal(map[string]any{"keys": all})
	return b
}

func (d device) set() []byte {
	other := []byte(`{"kty":"RSA","kid":"old","n":"AQAB","e":"AQAB"}`)
	return keySet(other, d.jwk(map[string]any{"kid": "k1", "use": "sig", "alg": "ES256"}))
}

func TestCheckAnswer(t *testing.T) {
	d := newDevice(t)
	want := client.Answer{Issuer: issuer, Audience: party, Subject: "c3ViamVjdA", Mode: "urn:netid:acr:cert-pwd", Receipt: "0123456789abcdef0123456789abcdef",
		Issued: asked, Expires: asked.Add(300 * time.Second), AuthTime: asked.Add(-5 * time.Second), Over: map[string]bool{"age_over_18": true}}
	got, err := client.CheckAnswer(d.token(header(), claims()), d.set(), issuer, party, nonce, asked.Add(time.Minute))
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Fatalf("%+v, %v", got, err)
	}
	for name, c := range map[string]struct {
		header, claims map[string]any
		nonce          string
		at             time.Duration
	}{
		"least":              {nil, map[string]any{"acr": nil, "receipt": nil, "age_over_18": nil, "auth_time": nil}, nonce, 0},
		"audience in a list": {nil, map[string]any{"aud": []string{party}}, nonce, 0},
		"with azp":           {nil, map[string]any{"azp": party}, nonce, 0},
		"without nonce":      {nil, map[string]any{"nonce": nil}, "", 0},
		"without typ":        {map[string]any{"typ": nil}, nil, nonce, 0},
		"last second":        {nil, nil, nonce, 300*time.Second - 1},
		"a minute ahead":     {nil, nil, nonce, -time.Minute},
		"fractions":          {nil, map[string]any{"exp": float64(asked.Unix()) + 0.5}, nonce, 0},
		"an unknown claim":   {nil, map[string]any{"colour": "red"}, nonce, 0},
		"a key of its own":   {map[string]any{"jwk": newDevice(t).members(), "jku": "https://evil.example"}, nil, nonce, 0},
		"a no is an answer":  {nil, map[string]any{"age_over_18": false, "age_over_60": false}, nonce, 0},
		"nbf before":         {nil, map[string]any{"nbf": asked.Unix()}, nonce, 0},
	} {
		token := d.token(with(header(), c.header), with(claims(), c.claims))
		if _, err := client.CheckAnswer(token, d.set(), issuer, party, c.nonce, asked.Add(c.at)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if a, _ := client.CheckAnswer(d.token(header(), with(claims(), map[string]any{"age_over_18": false})), d.set(), issuer, party, nonce, asked); a.Over["age_over_18"] {
		t.Error("a no reads as a yes")
	}
}

func TestCheckAnswerRefuses(t *testing.T) {
	d, other := newDevice(t), newDevice(t)
	good := d.token(header(), claims())
	parts := strings.Split(good, ".")
	claim := func(change map[string]any) string { return d.token(header(), with(claims(), change)) }
	head := func(change map[string]any) string { return d.token(with(header(), change), claims()) }
	plain, _ := json.Marshal(claims())
	for name, c := range map[string]struct {
		token string
		why   error
	}{
		"nothing":             {"", client.ErrToken},
		"two parts":           {parts[0] + "." + parts[1], client.ErrToken},
		"four parts":          {good + ".x", client.ErrToken},
		"alg none":            {b64([]byte(`{"alg":"none"}`)) + "." + parts[1] + ".", client.ErrToken},
		"alg in lower case":   {head(map[string]any{"alg": "es256"}), client.ErrToken},
		"alg HS256":           {head(map[string]any{"alg": "HS256"}), client.ErrToken},
		"no alg":              {head(map[string]any{"alg": nil}), client.ErrToken},
		"ALG for alg":         {d.raw(`{"ALG":"ES256","kid":"k1"}`, string(plain)), client.ErrToken},
		"alg twice":           {d.raw(`{"alg":"ES256","alg":"ES256","kid":"k1"}`, string(plain)), client.ErrToken},
		"crit":                {head(map[string]any{"crit": []string{"b64"}, "b64": false}), client.ErrToken},
		"other typ":           {head(map[string]any{"typ": "at+jwt"}), client.ErrToken},
		"kid a number":        {head(map[string]any{"kid": 1}), client.ErrToken},
		"unknown kid":         {head(map[string]any{"kid": "k2"}), client.ErrKey},
		"kid of an RSA key":   {head(map[string]any{"kid": "old"}), client.ErrKey},
		"no kid, two keys":    {head(map[string]any{"kid": nil}), client.ErrKey},
		"other signer":        {other.token(header(), claims()), client.ErrSignature},
		"signature cut":       {good[:len(good)-2], client.ErrSignature},
		"no signature":        {parts[0] + "." + parts[1] + ".", client.ErrSignature},
		"signature padded":    {good + "==", client.ErrToken},
		"signature line end":  {good + "\n", client.ErrToken},
		"claims changed":      {parts[0] + "." + b64([]byte(strings.Replace(string(plain), "shop", "shot", 1))) + "." + parts[2], client.ErrSignature},
		"claims not JSON":     {d.raw(`{"alg":"ES256","kid":"k1"}`, "x"), client.ErrToken},
		"claims a list":       {d.raw(`{"alg":"ES256","kid":"k1"}`, "[]"), client.ErrToken},
		"claims and more":     {d.raw(`{"alg":"ES256","kid":"k1"}`, string(plain)+"{}"), client.ErrToken},
		"claim twice":         {d.raw(`{"alg":"ES256","kid":"k1"}`, strings.Replace(string(plain), "{", `{"sub":"x",`, 1)), client.ErrToken},
		"claim twice in caps": {d.raw(`{"alg":"ES256","kid":"k1"}`, strings.Replace(string(plain), "{", `{"Sub":"x",`, 1)), client.ErrToken},
		"not UTF-8":           {d.raw(`{"alg":"ES256","kid":"k1"}`, strings.Replace(string(plain), "{", "{\"x\":\"\xff\",", 1)), client.ErrToken},
		"too deep":            {claim(map[string]any{"x": json.RawMessage(strings.Repeat("[", 40) + strings.Repeat("]", 40))}), client.ErrToken},
		"too long":            {claim(map[string]any{"x": strings.Repeat("x", 20_000)}), client.ErrToken},
		"other issuer":        {claim(map[string]any{"iss": issuer + "/"}), client.ErrToken},
		"no issuer":           {claim(map[string]any{"iss": nil}), client.ErrToken},
		"other audience":      {claim(map[string]any{"aud": "mall"}), client.ErrToken},
		"two audiences":       {claim(map[string]any{"aud": []string{party, "mall"}}), client.ErrToken},
		"no audience":         {claim(map[string]any{"aud": nil}), client.ErrToken},
		"empty audience":      {claim(map[string]any{"aud": []string{}}), client.ErrToken},
		"null audience":       {claim(map[string]any{"aud": json.RawMessage("null")}), client.ErrToken},
		"other azp":           {claim(map[string]any{"azp": "mall"}), client.ErrToken},
		"other nonce":         {claim(map[string]any{"nonce": "x"}), client.ErrToken},
		"no nonce":            {claim(map[string]any{"nonce": nil}), client.ErrToken},
		"no subject":          {claim(map[string]any{"sub": nil}), client.ErrToken},
		"empty subject":       {claim(map[string]any{"sub": ""}), client.ErrToken},
		"long subject":        {claim(map[string]any{"sub": strings.Repeat("x", 256)}), client.ErrToken},
		"subject a number":    {claim(map[string]any{"sub": 1}), client.ErrToken},
		"acr a list":          {claim(map[string]any{"acr": []string{"x"}}), client.ErrToken},
		"receipt null":        {claim(map[string]any{"receipt": json.RawMessage("null")}), client.ErrToken},
		"no exp":              {claim(map[string]any{"exp": nil}), client.ErrToken},
		"no iat":              {claim(map[string]any{"iat": nil}), client.ErrToken},
		"exp a string":        {claim(map[string]any{"exp": "1772337900"}), client.ErrToken},
		"exp huge":            {claim(map[string]any{"exp": 1e300}), client.ErrToken},
		"exp null":            {claim(map[string]any{"exp": json.RawMessage("null")}), client.ErrToken},
		"issued in 1970":      {claim(map[string]any{"iat": 300}), client.ErrToken},
		"expired":             {claim(map[string]any{"exp": asked.Unix()}), client.ErrToken},
		"expires first":       {claim(map[string]any{"iat": asked.Unix() + 30, "exp": asked.Unix() + 20}), client.ErrToken},
		"from the future":     {claim(map[string]any{"iat": asked.Unix() + 61}), client.ErrToken},
		"not before later":    {claim(map[string]any{"nbf": asked.Unix() + 61}), client.ErrToken},
		"nbf a string":        {claim(map[string]any{"nbf": "x"}), client.ErrToken},
		"auth_time a string":  {claim(map[string]any{"auth_time": "x"}), client.ErrToken},
		"mark a string":       {claim(map[string]any{"age_over_18": "true"}), client.ErrToken},
		"mark a number":       {claim(map[string]any{"age_over_18": 1}), client.ErrToken},
		"mark null":           {claim(map[string]any{"age_over_18": json.RawMessage("null")}), client.ErrToken},
	} {
		t.Run(name, func(t *testing.T) {
			if a, err := client.CheckAnswer(c.token, d.set(), issuer, party, nonce, asked); !errors.Is(err, c.why) {
				t.Errorf("%v, %+v", err, a)
			}
		})
	}
}

func TestCheckAnswerRefusesWithoutExpectation(t *testing.T) {
	d := newDevice(t)
	for _, c := range []struct{ iss, aud string }{{"", party}, {issuer, ""}} {
		token := d.token(header(), with(claims(), map[string]any{"iss": c.iss, "aud": c.aud}))
		if _, err := client.CheckAnswer(token, d.set(), c.iss, c.aud, nonce, asked); !errors.Is(err, client.ErrToken) {
			t.Errorf("%+v: %v", c, err)
		}
	}
	if _, err := client.CheckAnswer(d.token(header(), claims()), d.set(), issuer, party, "", asked); !errors.Is(err, client.ErrToken) {
		t.Errorf("a nonce that was never sent: %v", err)
	}
}

func TestCheckAnswerRefusesKeySets(t *testing.T) {
	d := newDevice(t)
	token := d.token(header(), claims())
	k1 := d.jwk(map[string]any{"kid": "k1"})
	if _, err := client.CheckAnswer(d.token(with(header(), map[string]any{"kid": nil}), claims()), keySet(d.jwk(nil)), issuer, party, nonce, asked); err != nil {
		t.Errorf("a single key needs no id: %v", err)
	}
	for name, set := range map[string][]byte{
		"nothing":      nil,
		"empty":        []byte(`{}`),
		"no keys":      keySet(),
		"list":         []byte(`[]`),
		"keys of null": []byte(`{"keys":null}`),
		"keys twice":   []byte(`{"keys":[],"keys":[]}`),
		"one id twice": keySet(k1, k1),
		"private":      keySet(d.jwk(map[string]any{"kid": "k1", "d": "AA"})),
		"encryption":   keySet(d.jwk(map[string]any{"kid": "k1", "use": "enc"})),
		"huge":         keySet(d.jwk(map[string]any{"kid": "k1", "x5t": strings.Repeat("x", 70_000)})),
	} {
		if _, err := client.CheckAnswer(token, set, issuer, party, nonce, asked); !errors.Is(err, client.ErrKey) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What another library signs, we accept; what we accept, it accepts.
func TestCheckAnswerAgreesWithGoJose(t *testing.T) {
	d := newDevice(t)
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: d.PrivateKey, KeyID: "k1"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	payload, _ := json.Marshal(claims())
	signed, err := signer.Sign(payload)
	if err != nil {
		t.Fatal(err)
	}
	token, _ := signed.CompactSerialize()
	if _, err := client.CheckAnswer(token, d.set(), issuer, party, nonce, asked); err != nil {
		t.Errorf("theirs: %v", err)
	}
	parsed, err := jose.ParseSignedCompact(d.token(header(), claims()), []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := parsed.Verify(&d.PublicKey); err != nil || string(got) != string(payload) {
		t.Errorf("ours: %v", err)
	}
}

func FuzzCheckAnswer(f *testing.F) {
	d := newDevice(f)
	set := d.set()
	f.Add(`{"alg":"ES256","kid":"k1"}`, fmt.Sprintf(`{"iss":%q,"aud":%q,"sub":"s","nonce":%q,"iat":%d,"exp":%d}`, issuer, party, nonce, asked.Unix(), asked.Unix()+60))
	f.Add(`{"alg":"none"}`, `{}`)
	f.Fuzz(func(t *testing.T, header, claims string) {
		a, err := client.CheckAnswer(d.raw(header, claims), set, issuer, party, nonce, asked)
		if err != nil {
			return
		}
		var h, c map[string]any
		if json.Unmarshal([]byte(header), &h) != nil || json.Unmarshal([]byte(claims), &c) != nil {
			t.Fatalf("%q %q passes", header, claims)
		}
		if h["alg"] != "ES256" || c["iss"] != issuer || c["nonce"] != nonce || c["sub"] != a.Subject || a.Subject == "" || !asked.Before(a.Expires) {
			t.Fatalf("%v %v gives %+v", h, c, a)
		}
		for mark := range maps.Keys(a.Over) {
			if c[mark] != a.Over[mark] {
				t.Fatalf("%s", mark)
			}
		}
	})
}

func BenchmarkCheckAnswer(b *testing.B) {
	d := newDevice(b)
	token, set := d.token(header(), claims()), d.set()
	for b.Loop() {
		if _, err := client.CheckAnswer(token, set, issuer, party, nonce, asked); err != nil {
			b.Fatal(err)
		}
	}
}
