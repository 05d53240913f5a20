package jose_test

import (
	"strings"
	"testing"

	"netid/internal/fault"
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
