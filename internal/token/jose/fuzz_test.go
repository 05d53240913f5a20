package jose_test

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"testing"
	"unicode/utf8"

	oracle "github.com/go-jose/go-jose/v4"

	"netid/internal/token/jose"
)

// FuzzJWS: what we verify, an independent reader verifies too, to the same bytes.
func FuzzJWS(f *testing.F) {
	s := signer(f)
	published, err := jose.Publish(jose.ES256, s)
	if err != nil {
		f.Fatal(err)
	}
	set := trusted(f, s)
	var theirs oracle.JSONWebKeySet
	if err := json.Unmarshal(published, &theirs); err != nil {
		f.Fatal(err)
	}
	good := `{"alg":"ES256","typ":"JWT","kid":"` + s.KeyID() + `"}`
	f.Add(forge(f, s, good, `{"iss":"a"}`), false)
	f.Add(good, true)
	f.Add(`{"alg":"ES256"}`, true)
	f.Add(`{"alg":"none"}`, true)
	f.Add(`{"alg":"ES256","crit":["b64"],"b64":false}`, true)
	f.Add("..", false)
	f.Fuzz(func(t *testing.T, in string, header bool) {
		if header {
			in = forge(t, s, in, `{"iss":"a"}`)
		}
		token, err := place.Parse(in)
		if err != nil {
			return
		}
		if _, err := token.Verify(set); err != nil {
			return
		}
		jws, err := oracle.ParseSignedCompact(in, []oracle.SignatureAlgorithm{oracle.ES256})
		if err != nil {
			t.Fatalf("only we read %q: %v", in, err)
		}
		if _, err := jws.Verify(theirs.Keys[0]); err != nil {
			t.Fatalf("only we verify %q: %v", in, err)
		}
	})
}

// FuzzJWKS: every set we take, an independent reader takes, with public keys only.
func FuzzJWKS(f *testing.F) {
	published, err := jose.Publish(jose.ES256, signer(f), signer(f))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(published)
	f.Add([]byte(`{"keys":[{"kty":"EC","crv":"P-256","x":"","y":""}]}`))
	f.Add([]byte(`{"keys":[{"kty":"oct","k":"AA"}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		if jose.CheckSet(b, jose.PartyAlgs()...) != nil {
			return
		}
		var raw struct{ Keys []map[string]any }
		if err := json.Unmarshal(b, &raw); err != nil || len(raw.Keys) == 0 {
			t.Fatalf("no keys in %q: %v", b, err)
		}
		for _, k := range raw.Keys {
			bare, err := json.Marshal(map[string]any{"kty": k["kty"], "crv": k["crv"], "x": k["x"], "y": k["y"]})
			if err != nil {
				t.Fatal(err)
			}
			var key oracle.JSONWebKey
			if err := key.UnmarshalJSON(bare); err != nil || !key.IsPublic() || !key.Valid() || k["d"] != nil {
				t.Fatalf("taken: %q: %v", b, err)
			}
		}
	})
}

// FuzzObject: what is taken reads the same to encoding/json, and what is not it
// would not take either, or would forgive.
func FuzzObject(f *testing.F) {
	for _, s := range objects {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		o, err := jose.ParseObject(b, 1<<12)
		want, ok := slowly(b)
		if (err == nil) != (ok && len(b) <= 1<<12) {
			t.Fatalf("%q: %v", b, err)
		}
		for name, raw := range o {
			var s string
			is := raw[0] == '"' && json.Unmarshal(raw, &s) == nil
			if got, text := o.Text(name); string(raw) != string(want[name]) || text != is || got != s {
				t.Fatalf("%q: %q is %q, and not %q", b, name, raw, want[name])
			}
		}
		if err == nil && len(o) != len(want) {
			t.Fatalf("%q: %d members of %d", b, len(o), len(want))
		}
	})
}

var objects = []string{`{}`, ` { } `, `{"a":[1,{"b":null}]}`, `{"a":1,"A":2}`, `{"\u0061":1,"a":2}`, `[[[[[[[[[[`, `{"a":1}x`, `{"a":1}{"b":2}`,
	`{"a":[[[[[[[1]]]]]]]}`, `{"a":[[[[[[[[1]]]]]]]]}`, `{"a":{"a":{"a":{"a":{"a":{"a":{"a":{}}}}}}}}`, `{"a":{"b":1,"B":2}}`, `{"a":[{"b":1,"b":2}]}`,
	"{ \"a\" : \t-1.5e3 ,\r\n\"b\":[ ] , \"c\" : [ true , false,null, \"]}\" ] }", `{"a\"b\\":"\\\"","c":"\ud800","d":"\u00e9"}`, `{"":""}`, `{"a":1,}`, `{,"a":1}`, `{"a" 1}`,
	`{"K":1,"k":2}`, `{"ſ":1,"s":2}`, "{\"a\":\"\xff\"}", `"a"`, `1`, ``, ` `, `{"a":[1,]}`, `{"a":01}`, `{"a":tru}`, `{"a"`, `{"a":"`}

// slowly reads one object as encoding/json's own tokens have it: what ParseObject
// takes and what it gives is the same.
func slowly(b []byte) (o map[string]json.RawMessage, ok bool) {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	if t, err := d.Token(); err != nil || t != json.Delim('{') || !utf8.Valid(b) || !members(d, 1) {
		return nil, false
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, false
	}
	return o, json.Unmarshal(b, &o) == nil
}

func members(d *json.Decoder, depth int) bool {
	seen := map[string]bool{}
	for d.More() {
		t, err := d.Token()
		name, ok := t.(string)
		if name = strings.ToUpper(strings.ToLower(name)); err != nil || !ok || seen[name] || !value(d, depth) {
			return false
		}
		seen[name] = true
	}
	_, err := d.Token()
	return err == nil
}

func value(d *json.Decoder, depth int) bool {
	t, err := d.Token()
	if delim, ok := t.(json.Delim); err != nil || ok && depth >= 8 {
		return false
	} else if delim == '{' {
		return members(d, depth+1)
	} else if delim == '[' {
		for d.More() {
			if !value(d, depth+1) {
				return false
			}
		}
		_, err = d.Token()
	}
	return err == nil
}

func BenchmarkEncode(b *testing.B) {
	c, err := jose.NewCoder(jose.ES256, only(signer(b)), "JWT")
	if err != nil {
		b.Fatal(err)
	}
	claims := struct {
		Iss, Sub, Aud string
		Exp, Iat      int64
	}{"https://id.example", "c3ViamVjdA", "shop", 1, 2}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Encode(claims); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkGeneralOfTwo(b *testing.B) {
	one, two := coder(b, jose.ES256, "x+jwt", signer(b)), coder(b, jose.SM2, "x+jwt", sm(b))
	claims := struct {
		Iss, Sub, Aud string
		Exp, Iat      int64
	}{"https://id.example", "c3ViamVjdA", "shop", 1, 2}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := jose.General(claims, one, two); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseAndVerify(b *testing.B) {
	s := signer(b)
	set, compact := trusted(b, s), forge(b, s, `{"alg":"ES256"}`, `{"iss":"a","sub":"a","aud":"b","exp":1,"jti":"c"}`)
	b.ReportAllocs()
	for b.Loop() {
		token, err := place.Parse(compact)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := token.Verify(set); err != nil {
			b.Fatal(err)
		}
	}
}
