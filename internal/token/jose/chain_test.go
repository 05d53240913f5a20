package jose_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"netid/internal/fault"
	"netid/internal/suite"
	"netid/internal/token/jose"
)

// An array is read as strictly as an object, and its elements are parts of the text.
func TestParseArray(t *testing.T) {
	for in, want := range map[string]string{
		`[]`: "", ` [ ] `: "", `["a",1,null]`: `"a"|1|null`, ` [ {"a" : 1 } , [ 2 , 3 ] , "x" , -1.5e3 ] `: `{"a" : 1 }|[ 2 , 3 ]|"x"|-1.5e3`, `[true,false]`: "true|false",
	} {
		all, err := jose.ParseArray([]byte(in), 100)
		var got []string
		for _, raw := range all {
			got = append(got, string(raw))
		}
		if err != nil || strings.Join(got, "|") != want {
			t.Errorf("%s: %q, %v", in, got, err)
		}
	}
	for _, in := range []string{
		``, `{}`, `1`, `"["`, `null`, `[`, `[1,]`, `[,1]`, `[1] 2`, `[1][2]`, `[{"a":1,"a":2}]`, `[[{"b":{"a":1,"A":2}}]]`, "[\"\xff\"]", `[[[[[[[[[]]]]]]]]]`, `[` + strings.Repeat("1,", 60) + `1]`,
	} {
		if all, err := jose.ParseArray([]byte(in), 100); !fault.Because(err, "json_invalid") {
			t.Errorf("%s: %q, %v", in, all, err)
		}
	}
}

// FuzzArray: what is read as an array is, each element for itself.
func FuzzArray(f *testing.F) {
	f.Add([]byte(`["a",{"b":[1,2]},null]`))
	f.Fuzz(func(t *testing.T, b []byte) {
		all, err := jose.ParseArray(b, 1<<10)
		if err != nil {
			return
		}
		var parts []string
		for _, raw := range all {
			parts = append(parts, string(raw))
		}
		again, err := jose.ParseArray([]byte("["+strings.Join(parts, ",")+"]"), 2<<10)
		if err != nil || len(again) != len(all) {
			t.Fatalf("%q and again %q: %v", all, again, err)
		}
	})
}

// A token's certificates are read in the form that RFC 7515 §4.1.6 gives them, or not at all.
func TestChainIsReadStrictly(t *testing.T) {
	s := signer(t)
	for _, x5c := range []string{``, `,"x5c":null`, `,"x5c":[]`, `,"x5c":"AA"`, `,"x5c":[1]`, `,"x5c":["!"]`, `,"x5c":["AA"]`, `,"x5c":["A_-_"]`} {
		token, err := place.Parse(forge(t, s, `{"alg":"ES256"`+x5c+`}`, `{}`))
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := token.Chain(); !fault.Because(err, "certificate_invalid") {
			t.Errorf("%s: %v", x5c, err)
		}
	}
}

// A certificate is renewed while its key stays: the next token has the new one.
func TestChainIsAskedAtEveryToken(t *testing.T) {
	s := signer(t)
	key, err := suite.ParsePublicKey(s.PublicJWK())
	if err != nil {
		t.Fatal(err)
	}
	made := func(days int) []byte {
		from := time.Unix(0, 0).AddDate(0, 0, days)
		says := suite.Claim{Name: "root", From: from, To: from.AddDate(1, 0, 0)}
		root, err := suite.SelfSigned(s, says)
		if err != nil {
			t.Fatal(err)
		}
		c, err := root.Vouch(s, key, suite.Claim{Name: "leaf", From: from, To: from.AddDate(1, 0, 0)})
		if err != nil {
			t.Fatal(err)
		}
		return c.DER()
	}
	shown := [][]byte{made(0)}
	coder, err := jose.NewChainedCoder(jose.ES256, func() []jose.Signer { return []jose.Signer{s} }, "JWT", func(string) [][]byte { return shown })
	if err != nil {
		t.Fatal(err)
	}
	for days := range 2 {
		shown = [][]byte{made(days)}
		text, err := coder.Encode(map[string]int{})
		if err != nil {
			t.Fatal(err)
		}
		token, err := place.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if own, _, err := token.Chain(); err != nil || !bytes.Equal(own.DER(), shown[0]) {
			t.Errorf("day %d: %v", days, err)
		}
	}
	for _, none := range [][][]byte{nil, {[]byte("x")}} {
		shown = none
		if _, err := coder.Encode(map[string]int{}); err == nil {
			t.Error("signed without a certificate")
		}
	}
}
