package jose_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	oracle "github.com/go-jose/go-jose/v4"

	"netid/internal/fault"
	"netid/internal/token/jose"
)

func ecKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// der is a good signature in the other encoding.
func der(t testing.TB, _ jose.Signer, input string) []byte {
	t.Helper()
	d := sha256.Sum256([]byte(input))
	b, err := ecdsa.SignASN1(rand.Reader, ecKey(t), d[:])
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func jwk(t testing.TB, key any) string {
	t.Helper()
	b, err := json.Marshal(oracle.JSONWebKey{Key: key})
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// with adds members to a key.
func with(key, members string) string { return strings.TrimSuffix(key, "}") + "," + members + "}" }

func TestKeySets(t *testing.T) {
	key := ecKey(t)
	public := jwk(t, &key.PublicKey)
	another := jwk(t, &ecKey(t).PublicKey)
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	weak, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	const ed = `{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}` // RFC 8037 appendix A.2
	many := func(n int) string {
		var keys []string
		for i := range n {
			keys = append(keys, with(public, fmt.Sprintf(`"kid":"k%d"`, i)))
		}
		return strings.Join(keys, ",")
	}
	var x struct{ X, Y string }
	if err := json.Unmarshal([]byte(public), &x); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		keys string
		ok   bool
	}{
		"one, no name":           {public, true},
		"one, named":             {with(public, `"kid":"a","alg":"ES256","use":"sig"`), true},
		"unknown members":        {with(public, `"kid":"a","note":{"deep":[1]},"x5t#S256":"…"`), true},
		"two, named":             {with(public, `"kid":"a"`) + "," + with(another, `"kid":"b"`), true},
		"sixteen":                {many(16), true},
		"none":                   {"", false},
		"seventeen":              {many(17), false},
		"same name":              {with(public, `"kid":"a"`) + "," + with(another, `"kid":"a"`), false},
		"two, one without name":  {with(public, `"kid":"a"`) + "," + another, false},
		"empty name":             {with(public, `"kid":""`), false},
		"name a number":          {with(public, `"kid":1`), false},
		"long name":              {with(public, `"kid":"`+strings.Repeat("k", 257)+`"`), false},
		"private part":           {jwk(t, key), false},
		"private part null":      {with(public, `"d":null`), false},
		"symmetric part":         {with(public, `"k":"AAAA"`), false},
		"RSA":                    {jwk(t, &weak.PublicKey), true},
		"RSA, named":             {with(jwk(t, &weak.PublicKey), `"kid":"r","alg":"PS256"`) + "," + with(public, `"kid":"a"`), true},
		"RSA for RS256":          {with(jwk(t, &weak.PublicKey), `"alg":"RS256"`), false},
		"RSA, e = 1":             {strings.Replace(jwk(t, &weak.PublicKey), `"e":"AQAB"`, `"e":"AQ"`, 1), false},
		"Ed25519":                {ed, true},
		"Ed25519 for EdDSA":      {with(ed, `"alg":"EdDSA"`), true},
		"Ed25519 for ES256":      {with(ed, `"alg":"ES256"`), false},
		"SM2, unasked":           {string(sm(t).PublicJWK()), false},
		"RSA private":            {jwk(t, weak), false},
		"P-384":                  {jwk(t, &p384.PublicKey), false},
		"P-256 by another name":  {strings.Replace(public, "P-256", "secp256k1", 1), false},
		"symmetric":              {`{"kty":"oct","k":"AAAA"}`, false},
		"for encryption":         {with(public, `"use":"enc"`), true},
		"for encryption, of RSA": {with(jwk(t, &weak.PublicKey), `"alg":"RSA-OAEP-256"`), true},
		"both, named":            {with(public, `"kid":"a"`) + "," + with(another, `"kid":"b","use":"enc"`), true},
		"both, one name":         {with(public, `"kid":"a"`) + "," + with(another, `"kid":"a","use":"enc"`), false},
		"both, one without name": {with(public, `"kid":"a"`) + "," + with(another, `"use":"enc"`), false},
		"private for encryption": {with(jwk(t, key), `"use":"enc"`), false},
		"by RSA1_5":              {with(jwk(t, &weak.PublicKey), `"use":"enc","alg":"RSA1_5"`), false},
		"by OAEP with SHA-1":     {with(jwk(t, &weak.PublicKey), `"use":"enc","alg":"RSA-OAEP"`), false},
		"EC by RSA-OAEP-256":     {with(public, `"alg":"RSA-OAEP-256"`), false},
		"Ed25519 for encryption": {with(ed, `"use":"enc"`), false},
		"P-384 for encryption":   {with(jwk(t, &p384.PublicKey), `"use":"enc"`), false},
		"off the curve, for it":  {with(strings.Replace(public, x.Y, x.X, 1), `"use":"enc"`), false},
		"to verify":              {with(public, `"key_ops":["verify"]`), true},
		"to derive":              {with(public, `"key_ops":["deriveKey"]`), false},
		"to do nothing":          {with(public, `"key_ops":[]`), false},
		"to Verify":              {with(public, `"key_ops":["Verify"]`), false},
		"operations no list":     {with(public, `"key_ops":"verify"`), false},
		"operations null":        {with(public, `"key_ops":null`), false},
		"for another algorithm":  {with(public, `"alg":"ES384"`), false},
		"algorithm no string":    {with(public, `"alg":null`), false},
		"off the curve":          {strings.Replace(public, x.Y, x.X, 1), false},
		"infinity":               {`{"kty":"EC","crv":"P-256","x":"` + strings.Repeat("A", 43) + `","y":"` + strings.Repeat("A", 43) + `"}`, false},
		"short coordinate":       {strings.Replace(public, x.X, x.X[:42], 1), false},
		"no y":                   {`{"kty":"EC","crv":"P-256","x":"` + x.X + `"}`, false},
		"member twice":           {with(public, `"x":"`+x.X+`"`), false},
		"member twice, cases":    {with(public, `"KTY":"RSA"`), false},
		"a good key and a bad":   {with(public, `"kid":"a"`) + `,{"kty":"RSA","kid":"b","n":"AQ","e":"AQ"}`, false},
		"not an object":          {`"key"`, false},
		"null":                   {`null`, false},
		"more than 16 KB":        {with(public, `"note":"`+strings.Repeat("x", 16<<10)+`"`), false},
		"a certificate is noise": {with(public, `"kid":"a","x5c":["AAAA"],"x5u":"http://127.0.0.1:1/"`), true},
	} {
		t.Run(name, func(t *testing.T) {
			err := jose.CheckSet([]byte(`{"keys":[`+c.keys+`]}`), jose.PartyAlgs()...)
			if (err == nil) != c.ok || err != nil && !fault.Because(err, "jwks_invalid") {
				t.Fatalf("got %v", err)
			}
		})
	}
	for _, whole := range []string{``, `null`, `[]`, `{}`, `{"keys":null}`, `{"keys":{}}`, public, `{"keys":[` + public + `]} ` + `x`, `{"keys":[],"keys":[` + public + `]}`} {
		if !fault.Because(jose.CheckSet([]byte(whole), jose.PartyAlgs()...), "jwks_invalid") {
			t.Errorf("%.60s passes", whole)
		}
	}
}

// What a party publishes may hold keys for others; they are passed over, and
// never taken for one of ours.
func TestFetchedKeySets(t *testing.T) {
	public, ed := jwk(t, &ecKey(t).PublicKey), `{"kty":"OKP","crv":"X25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`
	token, err := jose.Place{Algs: jose.PartyAlgs(), Types: []string{""}, Limit: 4 << 10}.Parse(forge(t, signer(t), `{"alg":"ES256","kid":"a"}`, `{}`))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		keys      string
		ok, finds bool
	}{
		"one":                            {with(public, `"kid":"a"`), true, true},
		"beside another kind":            {ed + "," + with(public, `"kid":"a"`), true, true},
		"beside one of the same name":    {with(ed, `"kid":"a"`) + "," + with(public, `"kid":"a"`), true, true},
		"beside one for another alg":     {`{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","kid":"a"},` + with(public, `"kid":"a"`), true, true},
		"only one for another alg":       {`{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","kid":"a"}`, true, false},
		"beside one for encryption":      {with(public, `"use":"enc","kid":"a"`) + "," + with(public, `"kid":"a"`), true, true},
		"beside a long one":              {with(ed, `"x5c":["`+strings.Repeat("A", 20<<10)+`"]`) + "," + with(public, `"kid":"a"`), true, true},
		"two of the same name":           {with(public, `"kid":"a"`) + "," + with(public, `"kid":"a"`), true, false},
		"another name":                   {with(public, `"kid":"b"`), true, false},
		"no name":                        {public, true, false},
		"nothing of use":                 {ed, true, false},
		"a private part in a foreign":    {with(ed, `"d":"AA"`) + "," + with(public, `"kid":"a"`), false, false},
		"a secret":                       {`{"kty":"oct","k":"AAAA"},` + with(public, `"kid":"a"`), false, false},
		"no object":                      {`1,` + with(public, `"kid":"a"`), false, false},
		"none":                           {``, false, false},
		"more than 64 KB":                {with(public, `"note":"`+strings.Repeat("x", 64<<10)+`"`), false, false},
		"seventeen, though most foreign": {strings.Repeat(ed+",", 16) + with(public, `"kid":"a"`), false, false},
	} {
		set, err := jose.ParseFetched([]byte(`{"keys":[`+c.keys+`]}`), jose.PartyAlgs()...)
		if (err == nil) != c.ok || err != nil && !fault.Because(err, "jwks_invalid") || set.Finds(token) != c.finds {
			t.Errorf("%s: %v, finds it: %v", name, err, set.Finds(token))
		}
	}
}

// A token that brings its own key proves that its maker holds it, if the key
// is of the algorithm that the token names.
func TestVerifyOwn(t *testing.T) {
	key, other := signer(t), signer(t)
	public, ed := string(key.PublicJWK()), `{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`
	for name, c := range map[string]struct {
		header string
		ok     bool
	}{
		"its own":           {`{"alg":"ES256","jwk":` + public + `}`, true},
		"another's":         {`{"alg":"ES256","jwk":` + string(other.PublicJWK()) + `}`, false},
		"of another kind":   {`{"alg":"ES256","jwk":` + ed + `}`, false},
		"by another name":   {`{"alg":"EdDSA","jwk":` + public + `}`, false},
		"none":              {`{"alg":"ES256"}`, false},
		"null":              {`{"alg":"ES256","jwk":null}`, false},
		"with private part": {`{"alg":"ES256","jwk":` + with(public, `"d":"AA"`) + `}`, false},
	} {
		token, err := jose.Place{Algs: jose.PartyAlgs(), Types: []string{""}, Limit: 4 << 10}.Parse(forge(t, key, c.header, `{"a":1}`))
		if err != nil {
			t.Fatal(name, err)
		}
		_, thumbprint, err := token.VerifyOwn()
		if (err == nil) != c.ok || c.ok && len(thumbprint) != 43 || err != nil && !fault.Because(err, "signature_invalid") {
			t.Errorf("%s: %q %v", name, thumbprint, err)
		}
	}
}

func FuzzFetchedSet(f *testing.F) {
	f.Add([]byte(`{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","kid":"a"}]}`))
	f.Add([]byte(`{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB"},{"kty":"EC"}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		if jose.CheckSet(b, jose.PartyAlgs()...) == nil {
			if _, err := jose.ParseFetched(b, jose.PartyAlgs()...); err != nil {
				t.Fatalf("registered it would be good: %v", err)
			}
		}
	})
}
