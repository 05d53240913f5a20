package sdjwt_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/url"
	"runtime"
	"strings"
	"testing"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
	"netid/internal/token/jose"
	"netid/internal/token/sdjwt"
)

type claims = map[string]any

// refused reads a forged payload with its disclosures, which must not come out.
func refused(t *testing.T, name, reason string, payload any, disclosures ...string) {
	t.Helper()
	key := signer(t, identity.ES256)
	if p, err := verifier(t, identity.ES256, key).Read(forge(t, key, payload, disclosures...), day); !fault.Because(err, reason) {
		t.Errorf("%s: read %+v: %v", name, p, err)
	}
}

func TestI01ForgedDisclosure(t *testing.T) {
	_, digest := conceal(`["c2FsdHNhbHRzYWx0c2E","over18",false]`)
	for name, content := range map[string]string{
		"another value": `["c2FsdHNhbHRzYWx0c2E","over18",true]`,
		"another name":  `["c2FsdHNhbHRzYWx0c2E","over60",false]`,
		"another salt":  `["c2FsdHNhbHRzYWx0c2F","over18",false]`,
		"a space":       `["c2FsdHNhbHRzYWx0c2E", "over18",false]`,
	} {
		text, _ := conceal(content)
		refused(t, name, "credential_invalid", claims{"_sd": []string{digest}}, text)
	}
}

func TestI02ExtraDisclosure(t *testing.T) {
	text, digest := conceal(`["s","a",1]`)
	extra, _ := conceal(`["s","b",2]`)
	refused(t, "nothing answers for it", "credential_invalid", claims{"_sd": []string{digest}}, text, extra)
	refused(t, "it is there twice", "credential_invalid", claims{"_sd": []string{digest}}, text, text)
	inner, innerDigest := conceal(`["s","c",3]`)
	_, outerDigest := conceal(`["s","d",{"_sd":["` + innerDigest + `"]}]`)
	refused(t, "without the one in which its digest lies", "credential_invalid", claims{"_sd": []string{outerDigest}}, inner)
}

func TestI03DigestTwice(t *testing.T) {
	text, digest := conceal(`["s","a",1]`)
	element, elementDigest := conceal(`["s",1]`)
	refused(t, "in one object", "credential_invalid", claims{"_sd": []string{digest, digest}}, text)
	refused(t, "in two objects", "credential_invalid", claims{"_sd": []string{digest}, "o": claims{"_sd": []string{digest}}}, text)
	refused(t, "in two arrays", "credential_invalid", claims{"o": []any{claims{"...": elementDigest}}, "p": []any{claims{"...": elementDigest}}}, element)
	refused(t, "a decoy", "credential_invalid", claims{"_sd": []string{"x"}, "o": claims{"_sd": []string{"x"}}})
	outer, outerDigest := conceal(`["s","b",{"_sd":["` + digest + `"]}]`)
	refused(t, "in the payload and in a disclosure", "credential_invalid", claims{"_sd": []string{digest, outerDigest}}, text, outer)
	other, otherDigest := conceal(`["s","c",{"_sd":["` + digest + `"]}]`)
	refused(t, "in two disclosures", "credential_invalid", claims{"_sd": []string{outerDigest, otherDigest}}, outer, other)
}

func TestI05DigestsOfAnotherKind(t *testing.T) {
	text, digest := conceal(`["s","a",1]`)
	for _, alg := range []any{"md5", "SHA-256", "sha-512", sdjwt.SM3, "", 1, nil, []string{"sha-256"}} {
		refused(t, fmt.Sprint(alg), "credential_invalid", claims{"_sd": []string{digest}, "_sd_alg": alg}, text)
	}
	refused(t, "inside", "credential_invalid", claims{"o": claims{"_sd": []string{digest}, "_sd_alg": "sha-256"}}, text)
	key := signer(t, identity.SM)
	v := verifier(t, identity.SM, key)
	smText := base64.RawURLEncoding.EncodeToString([]byte(`["s","a",1]`))
	for alg, good := range map[string]bool{sdjwt.SM3: true, "sha-256": false, "sm3": false} {
		p, err := v.Read(forge(t, key, claims{"_sd": []string{digestOf(identity.SM, smText)}, "_sd_alg": alg}, smText), day)
		if (err == nil) != good {
			t.Errorf("%s under sm: %+v, %v", alg, p, err)
		}
	}
	if _, err := v.Read(forge(t, key, claims{"a": 1}), day); !fault.Because(err, "credential_invalid") { // absent is sha-256
		t.Errorf("absent under sm: %v", err)
	}
}

func TestI06ValidityIsNeverHidden(t *testing.T) {
	key := signer(t, identity.ES256)
	i := issuing(t, identity.ES256, key, 1)
	for _, name := range []string{"iss", "aud", "nbf", "exp", "cnf", "vct", "vct#integrity", "aka_vcts", "status"} {
		for how, v := range map[string]any{
			"itself": sdjwt.Hidden{"x"}, "below": sdjwt.Object{"a": sdjwt.Hidden{"x"}},
			"far below": sdjwt.Object{"a": sdjwt.List{sdjwt.Object{"b": sdjwt.Hidden{1}}}},
		} {
			if text, err := i.Issue(sdjwt.Object{name: v}); err == nil {
				t.Errorf("%s is hidden: %s: %.60q", name, how, text)
			}
		}
		text, digest := conceal(`["s","` + name + `","x"]`)
		refused(t, name, "credential_invalid", claims{"_sd": []string{digest}}, text)
		text, digest = conceal(`["s","a","x"]`)
		refused(t, "below "+name, "credential_invalid", claims{name: claims{"_sd": []string{digest}}}, text)
	}
	for _, name := range []string{"_sd", "...", "_sd_alg"} {
		text, digest := conceal(`["s","` + name + `",["x"]]`)
		refused(t, name, "credential_invalid", claims{"_sd": []string{digest}}, text)
		refused(t, name+" inside", "credential_invalid", claims{"o": claims{"_sd": []string{digest}}}, text)
	}
}

func TestI07DepthAndNumber(t *testing.T) {
	key := signer(t, identity.ES256)
	v := verifier(t, identity.ES256, key)
	var chain []string
	text, digest := conceal(`["s","a",1]`)
	for range 250 { // each inside the next
		chain = append(chain, text)
		text, digest = conceal(`["s","a",{"_sd":["` + digest + `"],"x":"` + strings.Repeat("x", 150) + `"}]`)
	}
	good := forge(t, key, claims{"a": 1})
	for name, in := range map[string]string{
		"disclosures in each other":  forge(t, key, claims{"_sd": []string{digest}}, append(chain, text)...),
		"deep in one":                forge(t, key, claims{"a": json.RawMessage(strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000))}),
		"a hundred thousand":         good + strings.Repeat("e30~", 100_000),
		"three hundred":              good + strings.Repeat("e30~", 300),
		"ten megabytes":              good + strings.Repeat("A", 10<<20),
		"ten megabytes of tildes":    strings.Repeat("~", 10<<20),
		"a name twice":               forge(t, key, json.RawMessage(`{"a":1,"a":2}`)),
		"a name twice but for case":  forge(t, key, json.RawMessage(`{"a":1,"A":2}`)),
		"no tilde":                   strings.TrimSuffix(good, "~"),
		"nothing":                    "",
		"only a tilde":               "~",
		"a disclosure in two lines":  good + "WyJz\nIiwiYSIsMV0~",
		"a disclosure with padding":  good + "WyJzIiwxXQ==~",
		"a disclosure of one":        good + base64.RawURLEncoding.EncodeToString([]byte(`["s"]`)) + "~",
		"a disclosure of four":       good + base64.RawURLEncoding.EncodeToString([]byte(`["s","a",1,2]`)) + "~",
		"a disclosure with no salt":  good + base64.RawURLEncoding.EncodeToString([]byte(`[1,"a",1]`)) + "~",
		"an object for a disclosure": good + "e30~",
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if p, err := v.Read(in, day); err == nil {
			t.Errorf("%s: read %+v", name, p)
		}
		runtime.ReadMemStats(&after)
		if n := after.TotalAlloc - before.TotalAlloc; n > 4<<20 {
			t.Errorf("%s: %d bytes for nothing", name, n)
		}
	}
	for name, payload := range map[string]any{
		"a string":         claims{"_sd": "x"},
		"null":             claims{"_sd": nil},
		"null in it":       claims{"_sd": []any{nil}},
		"a number in it":   claims{"_sd": []any{1}},
		"an object":        claims{"_sd": claims{}},
		"not in an array":  claims{"...": "x"},
		"not alone":        claims{"a": []any{claims{"...": "x", "b": 1}}},
		"no string":        claims{"a": []any{claims{"...": 1}}},
		"inside an object": claims{"a": claims{"...": "x"}},
	} {
		refused(t, "digests that are "+name, "credential_invalid", payload)
	}
	for _, content := range []string{`["s"]`, `["s","a",1,2]`, `[1,"a",1]`, `["s",1,1]`, `{"s":"a"}`, `s`, `["s","a",{"b":1,"b":2}]`} {
		text, digest := conceal(content)
		refused(t, content, "credential_invalid", claims{"_sd": []string{digest}}, text)
	}
	large, largeDigest := conceal(`["s","a","` + strings.Repeat("x", 100_000) + `"]`)
	refused(t, "one that is larger than all may be", "credential_invalid", claims{"_sd": []string{largeDigest}}, large)
	broken := strings.Replace(base64.RawURLEncoding.EncodeToString([]byte(`["s","a",1]`)), "I", "I\n", 1) // its digest is over the line end too
	refused(t, "one in two lines", "credential_invalid", claims{"_sd": []string{digestOf(identity.ES256, broken)}}, broken)
	member, memberDigest := conceal(`["s","a",1]`)
	element, elementDigest := conceal(`["s",1]`)
	four, fourDigest := conceal(`["s",1,2,3]`)
	refused(t, "four for an element", "credential_invalid", claims{"l": []any{claims{"...": fourDigest}}}, four)
	refused(t, "a member for an element", "credential_invalid", claims{"l": []any{claims{"...": memberDigest}}}, member)
	refused(t, "an element for a member", "credential_invalid", claims{"_sd": []string{elementDigest}}, element)
	refused(t, "a claim that is there already", "credential_invalid", claims{"a": 0, "_sd": []string{memberDigest}}, member)
	refused(t, "a claim that is there but for case", "credential_invalid", claims{"A": 0, "_sd": []string{memberDigest}}, member)
}

// authority issues certificates as a platform's root would.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	der  []byte
}

func certify(t testing.TB, by *authority, name string, ca bool, until time.Time, public any, change func(*x509.Certificate)) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	x := &x509.Certificate{SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: name}, NotBefore: day.Add(-time.Hour), NotAfter: until,
		IsCA: ca, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature}
	if ca {
		x.KeyUsage = x509.KeyUsageCertSign
	}
	if change != nil {
		change(x)
	}
	self := &authority{x, key, nil}
	if by == nil {
		by = self
	}
	if public == nil {
		public = &key.PublicKey
	}
	if self.der, err = x509.CreateCertificate(rand.Reader, x, by.cert, public, by.key); err != nil {
		t.Fatal(err)
	}
	if self.cert, err = x509.ParseCertificate(self.der); err != nil {
		t.Fatal(err)
	}
	return self
}

func (a *authority) roots(t testing.TB) suite.Roots {
	t.Helper()
	r, err := suite.ParseRoots(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.der}))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// ecKey is a signer's key as crypto/x509 takes it.
func ecKey(t testing.TB, s suite.Signer) *ecdsa.PublicKey {
	t.Helper()
	var jwk struct{ X, Y string }
	if err := json.Unmarshal(s.PublicJWK(), &jwk); err != nil {
		t.Fatal(err)
	}
	point := []byte{4}
	for _, c := range []string{jwk.X, jwk.Y} {
		b, err := base64.RawURLEncoding.DecodeString(c)
		if err != nil {
			t.Fatal(err)
		}
		point = append(point, b...)
	}
	key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func named(uri string) func(*x509.Certificate) {
	return func(x *x509.Certificate) {
		u, _ := url.Parse(uri)
		x.URIs = []*url.URL{u}
	}
}

func TestI08TypeAlgorithmAndIssuer(t *testing.T) {
	key := signer(t, identity.ES256)
	root := certify(t, nil, "root", true, day.AddDate(9, 0, 0), nil, nil)
	middle := certify(t, root, "middle", true, day.AddDate(3, 0, 0), nil, nil)
	leaf := func(by *authority, until time.Time, change func(*x509.Certificate)) []byte {
		return certify(t, by, "netid", false, until, ecKey(t, key), change).der
	}
	year := day.AddDate(1, 0, 0)
	v := verifier(t, identity.ES256, key)
	v.Trust = sdjwt.ByRoots(root.roots(t))
	says := claims{"iss": issuer, "vct": issuer + "/kind", "a": 1}
	read := func(header string, chain ...[]byte) error {
		x5c := ""
		if chain != nil {
			b, err := json.Marshal(chain)
			if err != nil {
				t.Fatal(err)
			}
			x5c = `,"x5c":` + string(b)
		}
		_, err := v.Read(sign(t, key, `{`+header+x5c+`}`, says)+"~", day)
		return err
	}
	const es = `"alg":"ES256","typ":"dc+sd-jwt"`
	good := leaf(middle, year, named(issuer))
	for name, chain := range map[string][][]byte{
		"by its URI":               {good, middle.der},
		"by its host":              {leaf(middle, year, func(x *x509.Certificate) { x.DNSNames = []string{"netid.example"} }), middle.der},
		"below the root":           {leaf(root, year, named(issuer))},
		"with more than is needed": {leaf(root, year, named(issuer)), middle.der},
	} {
		if err := read(es, chain...); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	foreign := certify(t, nil, "root", true, year, nil, nil)
	for name, err := range map[string]error{
		"typ of another":       read(`"alg":"ES256","typ":"vc+sd-jwt"`, good, middle.der),
		"no typ":               read(`"alg":"ES256"`, good, middle.der),
		"a holder's proof":     read(`"alg":"ES256","typ":"kb+jwt"`, good, middle.der),
		"alg none":             read(`"alg":"none","typ":"dc+sd-jwt"`, good, middle.der),
		"alg HS256":            read(`"alg":"HS256","typ":"dc+sd-jwt"`, good, middle.der),
		"alg of sm":            read(`"alg":"urn:netid:alg:SM2","typ":"dc+sd-jwt"`, good, middle.der),
		"no chain":             read(es),
		"a foreign root":       read(es, leaf(foreign, year, named(issuer))),
		"a link is missing":    read(es, good),
		"the root is in it":    read(es, good, middle.der, root.der),
		"it is out of time":    read(es, leaf(middle, day.Add(-time.Second), named(issuer)), middle.der),
		"the root itself":      read(es, root.der),
		"an authority signs":   read(es, middle.der),
		"another's name":       read(es, leaf(middle, year, named("https://evil.example")), middle.der),
		"no name":              read(es, leaf(middle, year, nil), middle.der),
		"a key for other uses": read(es, leaf(middle, year, func(x *x509.Certificate) { named(issuer)(x); x.KeyUsage = x509.KeyUsageKeyAgreement }), middle.der),
		"six certificates":     read(es, good, middle.der, middle.der, middle.der, middle.der, middle.der),
		"no certificate":       read(es, []byte("x")),
	} {
		if err == nil {
			t.Errorf("%s: read", name)
		}
	}
	// A root certifies parties too: whoever is certified speaks for the kinds at its own address.
	shops := leaf(middle, year, func(x *x509.Certificate) { x.DNSNames = []string{"shop.example"} })
	for name, c := range map[string]struct {
		says  claims
		chain []byte
		good  bool
	}{
		"its own kind":             {claims{"iss": "https://shop.example", "vct": "https://shop.example/kind"}, shops, true},
		"its own, unnamed":         {claims{"vct": "https://shop.example/kind"}, shops, true},
		"another's kind":           {claims{"iss": "https://shop.example", "vct": issuer + "/kind"}, shops, false},
		"another's kind, unnamed":  {claims{"vct": issuer + "/kind"}, shops, false},
		"in another's name":        {claims{"iss": issuer, "vct": issuer + "/kind"}, shops, false},
		"a kind of nobody":         {claims{"iss": issuer, "vct": "urn:eudi:pid:1"}, good, false},
		"no kind":                  {claims{"iss": issuer}, good, false},
		"a kind at another port":   {claims{"iss": issuer, "vct": issuer + ":8443/kind"}, good, false},
		"a kind at another scheme": {claims{"iss": issuer, "vct": strings.Replace(issuer, "https", "http", 1) + "/kind"}, good, false},
	} {
		says = c.says
		if err := read(es, c.chain, middle.der); (err == nil) != c.good || !c.good && !fault.Because(err, "issuer_untrusted") {
			t.Errorf("%s: %v", name, err)
		}
	}
	says = claims{"iss": issuer, "vct": issuer + "/kind", "a": 1}
	v.Trust = sdjwt.ByRoots(suite.Roots{})
	if read(es, good, middle.der) == nil {
		t.Error("without roots: read")
	}
	b, err := jose.Publish(jose.ES256, key)
	if err != nil {
		t.Fatal(err)
	}
	set, err := jose.ParseSet(b, jose.ES256)
	if err != nil {
		t.Fatal(err)
	}
	v.Trust = sdjwt.ByKeys("https://another.example", set)
	if err := read(es); !fault.Because(err, "issuer_untrusted") {
		t.Errorf("another issuer's keys: %v", err)
	}
	v.Trust = sdjwt.ByKeys(issuer, set)
	if err := read(es); err != nil {
		t.Errorf("its own keys: %v", err)
	}
	v.Trust = nil
	if err := read(es); !fault.Is(err, fault.Internal) {
		t.Errorf("no trust: %v", err)
	}
}

// What is signed with a chain is read by its root alone, and a chain for another key signs nothing.
func TestIssuedWithItsChain(t *testing.T) {
	key, other := signer(t, identity.ES256), signer(t, identity.ES256)
	root := certify(t, nil, "root", true, day.AddDate(9, 0, 0), nil, nil)
	leaf := certify(t, root, "netid", false, day.AddDate(1, 0, 0), ecKey(t, key), named(issuer))
	chains := map[string][][]byte{key.KeyID(): {leaf.der}, other.KeyID(): {leaf.der}}
	make := func(s suite.Signer) (*jose.Coder, error) {
		return jose.NewChainedCoder(jose.ES256, func() []jose.Signer { return []jose.Signer{s} }, sdjwt.TypeCredential, func(kid string) [][]byte { return chains[kid] })
	}
	for name, s := range map[string]suite.Signer{"another key's": other, "none": signer(t, identity.ES256)} {
		if _, err := make(s); !fault.Is(err, fault.Internal) {
			t.Errorf("%s: %v", name, err)
		}
	}
	c, err := make(key)
	if err != nil {
		t.Fatal(err)
	}
	i, err := sdjwt.NewIssuer(c, identity.ES256, 1)
	if err != nil {
		t.Fatal(err)
	}
	text, err := i.Issue(sdjwt.Object{"iss": issuer, "vct": issuer + "/kind", "a": sdjwt.Hidden{1}})
	if err != nil {
		t.Fatal(err)
	}
	v := sdjwt.Verifier{Suite: identity.ES256, Types: []string{sdjwt.TypeCredential}, Trust: sdjwt.ByRoots(root.roots(t))}
	if p, err := v.Read(text, day); err != nil || string(p.Claims["a"]) != "1" {
		t.Errorf("%+v, %v", p, err)
	}
}

func TestI09HoldersProof(t *testing.T) {
	key, holder, thief := signer(t, identity.ES256), signer(t, identity.ES256), signer(t, identity.ES256)
	v := verifier(t, identity.ES256, key)
	v.Holders = []string{jose.ES256}
	text := forge(t, key, claims{"cnf": claims{"jwk": json.RawMessage(holder.PublicJWK())}})
	const kb = `{"alg":"ES256","typ":"kb+jwt"}`
	hash := digestOf(identity.ES256, text)
	proof := func(change claims) claims {
		all := claims{"iat": day.Unix(), "aud": shop, "nonce": nonce, "sd_hash": hash}
		for k, v := range change {
			if all[k] = v; v == nil {
				delete(all, k)
			}
		}
		return all
	}
	bind := sdjwt.Binding{Audience: shop, Nonce: nonce, Window: 5 * time.Minute}
	at := func(d time.Duration) claims { return proof(claims{"iat": day.Add(d).Unix()}) }
	for name, in := range map[string]string{
		"plain":                  sign(t, holder, kb, proof(nil)),
		"as old as may be":       sign(t, holder, kb, at(-5*time.Minute)),
		"as young as may be":     sign(t, holder, kb, at(5*time.Minute)),
		"with what is not known": sign(t, holder, `{"alg":"ES256","typ":"kb+jwt","x":1}`, proof(claims{"y": claims{}})),
	} {
		if p, err := v.ReadBound(text+in, bind, day); err != nil || p.Holder != public(t, holder).Thumbprint() {
			t.Errorf("%s: %v", name, err)
		}
	}
	good := sign(t, holder, kb, proof(nil))
	for name, in := range map[string]string{
		"missing":              "",
		"another type":         sign(t, holder, `{"alg":"ES256","typ":"JWT"}`, proof(nil)),
		"no type":              sign(t, holder, `{"alg":"ES256"}`, proof(nil)),
		"alg none":             sign(t, holder, `{"alg":"none","typ":"kb+jwt"}`, proof(nil)),
		"alg none, unsigned":   strings.Join(strings.Split(sign(t, holder, `{"alg":"none","typ":"kb+jwt"}`, proof(nil)), ".")[:2], ".") + ".",
		"another algorithm":    sign(t, holder, `{"alg":"urn:netid:alg:SM2","typ":"kb+jwt"}`, proof(nil)),
		"a bad signature":      good[:len(good)-4] + "AAAA",
		"another's key":        sign(t, thief, kb, proof(nil)),
		"the issuer's key":     sign(t, key, kb, proof(nil)),
		"its own key inside":   sign(t, thief, `{"alg":"ES256","typ":"kb+jwt","jwk":`+string(thief.PublicJWK())+`}`, proof(nil)),
		"another reader":       sign(t, holder, kb, proof(claims{"aud": "x509_hash:abd"})),
		"a list of readers":    sign(t, holder, kb, proof(claims{"aud": []string{shop}})),
		"no reader":            sign(t, holder, kb, proof(claims{"aud": nil})),
		"another transaction":  sign(t, holder, kb, proof(claims{"nonce": "x"})),
		"no transaction":       sign(t, holder, kb, proof(claims{"nonce": nil})),
		"another hash":         sign(t, holder, kb, proof(claims{"sd_hash": digestOf(identity.ES256, text+"x")})),
		"the hash of sm":       sign(t, holder, kb, proof(claims{"sd_hash": digestOf(identity.SM, text)})),
		"no hash":              sign(t, holder, kb, proof(claims{"sd_hash": nil})),
		"too old":              sign(t, holder, kb, at(-5*time.Minute-time.Second)),
		"too young":            sign(t, holder, kb, at(5*time.Minute+time.Second)),
		"a year old":           sign(t, holder, kb, at(-365*24*time.Hour)),
		"a year ahead":         sign(t, holder, kb, at(365*24*time.Hour)),
		"no time":              sign(t, holder, kb, proof(claims{"iat": nil})),
		"a time that is text":  sign(t, holder, kb, proof(claims{"iat": "now"})),
		"expired":              sign(t, holder, kb, proof(claims{"exp": day.Unix()})),
		"not yet":              sign(t, holder, kb, proof(claims{"nbf": day.Unix() + 1})),
		"a SD-JWT for a proof": strings.TrimSuffix(text, "~"),
	} {
		if p, err := v.ReadBound(text+in, bind, day); !fault.Is(err, fault.Unauthenticated) || !fault.Because(err, "binding_invalid") {
			t.Errorf("%s: %+v, %v", name, p, err)
		}
	}
	for name, cnf := range map[string]any{
		"no key": nil, "a name for a key": claims{"kid": "x"}, "a private key": claims{"jwk": json.RawMessage(`{"d":"AA",` + string(holder.PublicJWK()[1:]))}, "text": "x",
	} {
		text := forge(t, key, claims{"cnf": cnf})
		in := sign(t, holder, kb, proof(claims{"sd_hash": digestOf(identity.ES256, text)}))
		if p, err := v.ReadBound(text+in, bind, day); !fault.Because(err, "binding_invalid") {
			t.Errorf("%s: %+v, %v", name, p, err)
		}
	}
	if p, err := v.Read(text+good, day); !fault.Because(err, "credential_invalid") {
		t.Errorf("a proof that nobody asked for: %+v, %v", p, err)
	}
	for _, b := range []sdjwt.Binding{{Audience: shop, Window: 1}, {Nonce: nonce, Window: 1}, {Audience: shop, Nonce: nonce}} {
		if p, err := v.ReadBound(text+good, b, day); !fault.Is(err, fault.Internal) {
			t.Errorf("bound to nothing: %+v, %v", p, err)
		}
	}
}

func TestI10OtherDisclosuresThanSigned(t *testing.T) {
	key, holder := signer(t, identity.ES256), signer(t, identity.ES256)
	v := verifier(t, identity.ES256, key)
	held, _, err := v.Accept(sample(t, identity.ES256, key, holder), day)
	if err != nil {
		t.Fatal(err)
	}
	text := func(places ...string) string {
		s, err := held.Select(places...)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	two, bind := text("/over18", "/marks/0"), sdjwt.Binding{Audience: shop, Nonce: nonce, Window: time.Minute}
	bound, err := held.Bind(two, holder, shop, nonce, day)
	if err != nil {
		t.Fatal(err)
	}
	proof := strings.TrimPrefix(bound, two)
	if _, err := v.ReadBound(two+proof, bind, day); err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(strings.TrimSuffix(two, "~"), "~")
	for name, other := range map[string]string{
		"one fewer": text("/over18"), "none": text(), "one more": text("/over18", "/marks/0", "/place"), "another": text("/over18", "/place"),
		"another order": parts[0] + "~" + parts[2] + "~" + parts[1] + "~",
	} {
		if p, err := v.ReadBound(other+proof, bind, day); !fault.Because(err, "binding_invalid") {
			t.Errorf("%s: %+v, %v", name, p, err)
		}
	}
}

func TestI11TimesToTheSecond(t *testing.T) {
	key := signer(t, identity.ES256)
	v := verifier(t, identity.ES256, key)
	text := forge(t, key, claims{"nbf": day.Unix(), "exp": day.Add(time.Hour).Unix()})
	for offset, want := range map[time.Duration]string{
		-time.Second: "credential_early", 0: "", time.Second: "", time.Hour - time.Second: "", time.Hour: "credential_expired", time.Hour + time.Second: "credential_expired",
	} {
		if _, err := v.Read(text, day.Add(offset)); err == nil != (want == "") || err != nil && !fault.Because(err, want) {
			t.Errorf("%v: %v", offset, err)
		}
	}
	for _, payload := range []claims{{"exp": "tomorrow"}, {"exp": -1}, {"exp": nil}, {"exp": 1e30}} {
		refused(t, fmt.Sprint(payload), "credential_expired", payload)
	}
	refused(t, "nbf of text", "credential_early", claims{"nbf": "x"})
}

func TestI13HolderKeyOfFewMembers(t *testing.T) {
	key, holder := signer(t, identity.ES256), signer(t, identity.ES256)
	v := verifier(t, identity.ES256, key)
	bare := string(holder.PublicJWK())
	for _, jwk := range []string{bare, bare[:len(bare)-1] + `,"kid":"k","use":"sig","alg":"ES256","zzz":{"a":[1]}}`} {
		text := forge(t, key, claims{"cnf": json.RawMessage(`{"jwk":` + jwk + `,"other":1}`)})
		proof := sign(t, holder, `{"alg":"ES256","typ":"kb+jwt"}`, claims{"iat": day.Unix(), "aud": shop, "nonce": nonce, "sd_hash": digestOf(identity.ES256, text)})
		if _, err := v.ReadBound(text+proof, sdjwt.Binding{Audience: shop, Nonce: nonce, Window: 1}, day); err != nil {
			t.Errorf("%s: %v", jwk, err)
		}
	}
}

// Copies of one credential share no salt and no digest; every salt is of 128 bits.
func TestI14Salts(t *testing.T) {
	key := signer(t, identity.ES256)
	o := sdjwt.Object{}
	for n := range 200 {
		o[fmt.Sprint("claim", n)] = sdjwt.Hidden{true}
	}
	i, seen := issuing(t, identity.ES256, key, 1), map[string]bool{}
	for range 20 {
		text, err := i.Issue(o)
		if err != nil {
			t.Fatal(err)
		}
		all := strings.Split(text, "~")
		for _, d := range all[1 : len(all)-1] {
			b, err := base64.RawURLEncoding.DecodeString(d)
			var content []any
			if err == nil {
				err = json.Unmarshal(b, &content)
			}
			if err != nil {
				t.Fatal(err)
			}
			salt := content[0].(string)
			if raw, err := base64.RawURLEncoding.DecodeString(salt); err != nil || len(raw) < 16 || seen[salt] {
				t.Fatalf("salt %q: %v, seen: %v", salt, err, seen[salt])
			}
			seen[salt] = true
		}
	}
	if len(seen) != 4000 {
		t.Errorf("%d salts", len(seen))
	}
}

// Decoys are passed over, fill every list to the same number, and stand anywhere in it.
func TestI15Decoys(t *testing.T) {
	key := signer(t, identity.ES256)
	v := verifier(t, identity.ES256, key)
	places := map[int]bool{}
	for range 40 {
		text, err := issuing(t, identity.ES256, key, 8).Issue(sdjwt.Object{"a": sdjwt.Hidden{1}, "l": sdjwt.List{sdjwt.Hidden{2}, 3}, "plain": sdjwt.Object{"b": 1}})
		if err != nil {
			t.Fatal(err)
		}
		p, err := v.Read(text, day)
		if err != nil || string(p.Claims["l"]) != "[2,3]" || string(p.Claims["a"]) != "1" || string(p.Claims["plain"]) != `{"b":1}` {
			t.Fatalf("%+v, %v", p, err)
		}
		b, err := base64.RawURLEncoding.DecodeString(strings.Split(text, ".")[1])
		var payload struct {
			Digests []string `json:"_sd"`
			L       []any    `json:"l"`
		}
		if err == nil {
			err = json.Unmarshal(b, &payload)
		}
		if err != nil || len(payload.Digests) != 8 || len(payload.L) != 9 { // the open element and eight hidden
			t.Fatalf("%s: %v", b, err)
		}
		for i, d := range payload.Digests {
			if d == digestOf(identity.ES256, strings.Split(text, "~")[1]) {
				places[i] = true
			}
		}
	}
	if len(places) < 3 {
		t.Errorf("the claim's digest stands at %v alone", places)
	}
}

// What is of another kind, or another format, is not read.
func TestI16OtherFormats(t *testing.T) {
	key := signer(t, identity.ES256)
	v := verifier(t, identity.ES256, key)
	v.Kind = kind
	good := forge(t, key, claims{"vct": kind})
	if _, err := v.Read(good, day); err != nil {
		t.Fatal(err)
	}
	for name, in := range map[string]string{
		"another kind": forge(t, key, claims{"vct": kind + "/2"}), "no kind": forge(t, key, claims{"a": 1}), "a kind that is no text": forge(t, key, claims{"vct": []string{kind}}),
		"a JWT": strings.TrimSuffix(good, "~"), "CBOR": "\xd2\x84\x43\xa1\x01\x26~", "the JSON serialization": `{"payload":"e30","protected":"e30","signature":""}`,
	} {
		if p, err := v.Read(in, day); err == nil {
			t.Errorf("%s: %+v", name, p)
		}
	}
}
