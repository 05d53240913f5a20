package client_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net/url"
	"os"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"netid/client"
	"netid/internal/identity"
	"netid/internal/suite"
	"netid/internal/token/jose"
	"netid/internal/token/sdjwt"
)

const (
	credentialKind = "https://netid.example/types/age/1"
	credentialsBy  = "https://netid.example"
	theShop        = "x509_hash:abc"
	theNonce       = "n-0S6_WzA2Mj"
)

var presentedAt = time.Date(2026, 11, 28, 8, 0, 0, 0, time.UTC)

func credentialKey(t testing.TB, s identity.Suite) suite.Signer {
	t.Helper()
	draw, make := suite.NewES256Secret, suite.NewES256
	if s == identity.SM {
		draw, make = suite.NewSM2Secret, suite.NewSM2
	}
	secret, err := draw()
	if err != nil {
		t.Fatal(err)
	}
	key, err := make(secret)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// presented is a credential as netid issues it, in its holder's hands, with the reader that netid itself would be.
type presented struct {
	held   *sdjwt.Held
	holder suite.Signer
	expect client.Expect
	theirs sdjwt.Verifier
}

func present(t testing.TB, s, holders identity.Suite, key suite.Signer, coder sdjwt.Coder) presented {
	t.Helper()
	p := presented{holder: credentialKey(t, holders)}
	if coder == nil {
		c, err := jose.NewCoder(key.Alg(), func() []jose.Signer { return []jose.Signer{key} }, sdjwt.TypeCredential)
		if err != nil {
			t.Fatal(err)
		}
		coder = c
	}
	i, err := sdjwt.NewIssuer(coder, s, 4)
	if err != nil {
		t.Fatal(err)
	}
	public, err := suite.ParsePublicKey(p.holder.PublicJWK())
	if err != nil {
		t.Fatal(err)
	}
	text, err := i.Credential(sdjwt.Credential{Kind: credentialKind, Issuer: credentialsBy, Issued: presentedAt, Expires: presentedAt.Add(time.Hour), Holder: public,
		Status: &sdjwt.Reference{Index: 5, URI: "https://netid.example/status/1"},
		Claims: sdjwt.Object{"open": "yes", "over18": sdjwt.Hidden{Value: true}, "place": sdjwt.Hidden{Value: sdjwt.Object{"city": sdjwt.Hidden{Value: "上海"}}}, "marks": sdjwt.List{sdjwt.Hidden{Value: "a"}, "b"}}})
	if err != nil {
		t.Fatal(err)
	}
	keys, err := jose.Publish(key.Alg(), key)
	if err != nil {
		t.Fatal(err)
	}
	set, err := jose.ParseSet(keys, key.Alg())
	if err != nil {
		t.Fatal(err)
	}
	p.expect = client.Expect{Kind: credentialKind, Keys: keys, Issuer: credentialsBy, Audience: theShop, Nonce: theNonce}
	p.theirs = sdjwt.Verifier{Suite: s, Types: []string{sdjwt.TypeCredential}, Kind: credentialKind, Trust: sdjwt.ByKeys(credentialsBy, set), Holders: []string{jose.ES256}}
	if s == identity.SM {
		p.theirs.Holders = append(p.theirs.Holders, jose.SM2)
	}
	if p.held, _, err = p.theirs.Accept(text, presentedAt); err != nil {
		t.Fatal(err)
	}
	return p
}

func (p presented) show(t testing.TB, places ...string) string {
	t.Helper()
	text, err := p.held.Select(places...)
	if err == nil {
		text, err = p.held.Bind(text, p.holder, theShop, theNonce, presentedAt)
	}
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// both asks this package and netid's own reader, which share no code.
func (p presented) both(text string) (ours client.Presentation, err, theirs error) {
	check := client.CheckPresentation
	if p.theirs.Suite == identity.SM {
		check = client.CheckPresentationSM
	}
	ours, err = check(text, p.expect, presentedAt)
	_, theirs = p.theirs.ReadBound(text, sdjwt.Binding{Audience: p.expect.Audience, Nonce: p.expect.Nonce, Window: 5 * time.Minute}, presentedAt)
	return ours, err, theirs
}

func TestCheckPresentation(t *testing.T) {
	for _, c := range [][2]identity.Suite{{identity.ES256, identity.ES256}, {identity.SM, identity.SM}, {identity.SM, identity.ES256}} {
		p := present(t, c[0], c[1], credentialKey(t, c[0]), nil)
		got, err, theirs := p.both(p.show(t, "/over18", "/place/city"))
		if err != nil || theirs != nil {
			t.Fatal(c, err, theirs)
		}
		if got.Kind != credentialKind || got.Issuer != credentialsBy || !got.Issued.Equal(presentedAt) || !got.Expires.Equal(presentedAt.Add(time.Hour)) ||
			!reflect.DeepEqual(got.Status, &client.StatusReference{Index: 5, URI: "https://netid.example/status/1"}) {
			t.Errorf("%+v", got)
		}
		if s := string(got.Claims["over18"]) + string(got.Claims["place"]) + string(got.Claims["marks"]) + string(got.Claims["open"]); s != `true{"city":"上海"}["b"]"yes"` || got.Claims["_sd"] != nil || got.Claims["_sd_alg"] != nil {
			t.Errorf("%s in %v", s, got.Claims)
		}
	}
	es, sm := present(t, identity.ES256, identity.ES256, credentialKey(t, identity.ES256), nil), present(t, identity.SM, identity.ES256, credentialKey(t, identity.SM), nil)
	if _, err := client.CheckPresentationSM(es.show(t), es.expect, presentedAt); !errors.Is(err, client.ErrCredential) {
		t.Errorf("es256 read as sm: %v", err)
	}
	if _, err := client.CheckPresentation(sm.show(t), sm.expect, presentedAt); !errors.Is(err, client.ErrCredential) {
		t.Errorf("sm read as es256: %v", err)
	}
}

// The credential that RFC 9901 has in A.3, by its own keys; the other examples are no credentials.
func TestCheckPresentationRFC9901(t *testing.T) {
	b, err := os.ReadFile("../internal/token/sdjwt/testdata/vectors/rfc9901.json")
	var v struct {
		Issuer   json.RawMessage
		Examples []struct {
			Section, Presented string
			Processed          map[string]any
		}
	}
	if err == nil {
		err = json.Unmarshal(b, &v)
	}
	if err != nil {
		t.Fatal(err)
	}
	e := client.Expect{Kind: "urn:eudi:pid:de:1", Issuer: "https://pid-issuer.bund.de.example", Keys: fmt.Appendf(nil, `{"keys":[%s]}`, v.Issuer), Audience: "https://verifier.example.org", Nonce: "1234567890"}
	at := time.Unix(1748536865, 0)
	for _, x := range v.Examples {
		got, err := client.CheckPresentation(x.Presented, e, at)
		if x.Section != "A.3" {
			if !errors.Is(err, client.ErrCredential) {
				t.Errorf("%s: %+v, %v", x.Section, got, err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		b, err := json.Marshal(got.Claims)
		var claims map[string]any
		if err == nil {
			err = json.Unmarshal(b, &claims)
		}
		if err != nil || !reflect.DeepEqual(claims, x.Processed) {
			t.Errorf("%v is not %v: %v", claims, x.Processed, err)
		}
	}
}

func TestCheckPresentationExpects(t *testing.T) {
	p := present(t, identity.ES256, identity.ES256, credentialKey(t, identity.ES256), nil)
	text := p.show(t, "/over18")
	other, err := jose.Publish(jose.ES256, credentialKey(t, identity.ES256))
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*client.Expect){
		"no kind": func(e *client.Expect) { e.Kind = "" }, "another kind": func(e *client.Expect) { e.Kind += "2" },
		"no reader": func(e *client.Expect) { e.Audience = "" }, "another reader": func(e *client.Expect) { e.Audience = "x509_hash:abd" },
		"no nonce": func(e *client.Expect) { e.Nonce = "" }, "another nonce": func(e *client.Expect) { e.Nonce = "x" },
		"no keys": func(e *client.Expect) { e.Keys = nil }, "another's keys": func(e *client.Expect) { e.Keys = other }, "keys and roots": func(e *client.Expect) { e.Roots = []byte{} },
		"no issuer": func(e *client.Expect) { e.Issuer = "" }, "another issuer": func(e *client.Expect) { e.Issuer += "/" },
		"roots that it brings no chain to": func(e *client.Expect) { e.Keys, e.Roots = nil, []byte{} },
	} {
		e := p.expect
		change(&e)
		if got, err := client.CheckPresentation(text, e, presentedAt); err == nil {
			t.Errorf("%s: %+v", name, got)
		}
	}
	for at, good := range map[time.Duration]bool{-5*time.Minute - 1: false, -5 * time.Minute: true, 5 * time.Minute: true, 5*time.Minute + 1: false, time.Hour: false} {
		if _, err := client.CheckPresentation(text, p.expect, presentedAt.Add(at)); (err == nil) != good {
			t.Errorf("at %v: %v", at, err)
		}
	}
	wide := p.expect
	wide.Window = 2 * time.Hour
	for at, good := range map[time.Duration]bool{time.Hour - time.Second: true, time.Hour: false} { // the credential's own end
		if _, err := client.CheckPresentation(text, wide, presentedAt.Add(at)); (err == nil) != good {
			t.Errorf("at %v: %v", at, err)
		}
	}
}

// Wherever a presentation is changed, neither reader takes it.
func TestChangedPresentations(t *testing.T) {
	p := present(t, identity.ES256, identity.ES256, credentialKey(t, identity.ES256), nil)
	text := []byte(p.show(t, "/over18", "/marks/0"))
	for i := 0; i < len(text); i += 11 {
		changed := bytes.Clone(text)
		if changed[i] ^= 1; changed[i] == '~' {
			continue
		}
		if got, err, theirs := p.both(string(changed)); err == nil || theirs == nil {
			t.Fatalf("byte %d: %+v, %v, %v", i, got, err, theirs)
		}
	}
	s := string(text)
	parts := strings.Split(s, "~")
	for name, in := range map[string]string{
		"without proof": s[:strings.LastIndexByte(s, '~')+1], "without one disclosure": strings.Join(append([]string{parts[0]}, parts[2:]...), "~"), "with one twice": strings.Replace(s, "~", "~"+parts[1]+"~", 1),
		"in another order": parts[0] + "~" + parts[2] + "~" + parts[1] + "~" + parts[3], "nothing": "", "a tilde": "~", "many": parts[0] + strings.Repeat("~", 300) + parts[3], "too long": parts[0] + strings.Repeat("~A", 70_000),
	} {
		if got, err, theirs := p.both(in); err == nil || theirs == nil {
			t.Errorf("%s: %+v, %v, %v", name, got, err, theirs)
		}
	}
}

// forgePresentation signs any payload, with any disclosures behind, and proves the holder's key over it, with more in the proof.
func forgePresentation(t testing.TB, key, holder suite.Signer, proven string, payload json.RawMessage, disclosures ...string) string {
	t.Helper()
	sign := func(key suite.Signer, typ string, b []byte) string {
		enc := base64.RawURLEncoding.EncodeToString
		input := enc([]byte(`{"alg":"`+key.Alg()+`","kid":"`+key.KeyID()+`","typ":"`+typ+`"}`)) + "." + enc(b)
		sig, err := key.Sign([]byte(input))
		if err != nil {
			t.Fatal(err)
		}
		return input + "." + enc(sig)
	}
	text := sign(key, "dc+sd-jwt", payload) + "~" + strings.Join(append(disclosures, ""), "~")
	d := suite.HashOf(identity.ES256, []byte(text))
	return text + sign(holder, "kb+jwt", fmt.Appendf(nil, `{"iat":%d,"aud":"%s","nonce":"%s","sd_hash":"%s"`+proven+`}`, presentedAt.Unix(), theShop, theNonce, base64.RawURLEncoding.EncodeToString(d[:])))
}

// What must be refused is refused by this package as by netid's own reader.
func TestPresentationsThatAreNone(t *testing.T) {
	key := credentialKey(t, identity.ES256)
	p := present(t, identity.ES256, identity.ES256, key, nil)
	conceal := func(content string) (text, digest string) {
		text = base64.RawURLEncoding.EncodeToString([]byte(content))
		d := suite.HashOf(identity.ES256, []byte(text))
		return text, base64.RawURLEncoding.EncodeToString(d[:])
	}
	base := `"vct":"` + credentialKind + `","iss":"` + credentialsBy + `","cnf":{"jwk":` + string(p.holder.PublicJWK()) + `}`
	proven := ""
	try := func(name string, good bool, more string, disclosures ...string) {
		t.Helper()
		got, err, theirs := p.both(forgePresentation(t, key, p.holder, proven, json.RawMessage(`{`+base+more+`}`), disclosures...))
		if (err == nil) != good || (theirs == nil) != good {
			t.Errorf("%s: %+v, %v, %v", name, got, err, theirs)
		}
	}
	member, memberDigest := conceal(`["s","a",1]`)
	element, elementDigest := conceal(`["s",1]`)
	try("plain", true, ``)
	try("a member", true, `,"_sd":["`+memberDigest+`","x"]`, member)
	try("an element", true, `,"l":[{"...":"`+elementDigest+`"},{"...":"y"},{}]`, element)
	for _, proven = range []string{`,"exp":1795852800`, `,"nbf":1795852801`, `,"exp":"x"`, `,"aud":"x"`} {
		try("a proof with "+proven, false, ``)
	}
	proven = ""
	large, largeDigest := conceal(`["s","a","` + strings.Repeat("x", 100_000) + `"]`)
	try("larger than all may be", false, `,"_sd":["`+largeDigest+`"]`, large)
	var many, manyDigests []string
	for i := range 257 {
		text, digest := conceal(fmt.Sprintf(`["s","m%d",1]`, i))
		many, manyDigests = append(many, text), append(manyDigests, digest)
	}
	try("as many as may be", true, `,"_sd":["`+strings.Join(manyDigests[1:], `","`)+`"]`, many[1:]...)
	try("one too many", false, `,"_sd":["`+strings.Join(manyDigests, `","`)+`"]`, many...)
	var chain []string
	inner, innerDigest := conceal(`["s","a",1]`)
	for range 250 { // each inside the next
		chain = append(chain, inner)
		inner, innerDigest = conceal(`["s","a",{"_sd":["` + innerDigest + `"],"x":"` + strings.Repeat("x", 150) + `"}]`)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	try("disclosures in each other", false, `,"_sd":["`+innerDigest+`"]`, append(chain, inner)...)
	if runtime.ReadMemStats(&after); after.TotalAlloc-before.TotalAlloc > 6<<20 {
		t.Errorf("%d bytes for nothing", after.TotalAlloc-before.TotalAlloc)
	}
	try("nothing answers for it", false, ``, member)
	try("a digest twice", false, `,"_sd":["`+memberDigest+`","`+memberDigest+`"]`, member)
	try("a decoy twice", false, `,"_sd":["x"],"o":{"_sd":["x"]}`)
	try("a member for an element", false, `,"l":[{"...":"`+memberDigest+`"}]`, member)
	try("an element for a member", false, `,"_sd":["`+elementDigest+`"]`, element)
	try("it is there", false, `,"a":0,"_sd":["`+memberDigest+`"]`, member)
	try("it is there but for case", false, `,"A":0,"_sd":["`+memberDigest+`"]`, member)
	for _, more := range []string{`,"_sd":"x"`, `,"_sd":null`, `,"_sd":[null]`, `,"_sd":[1]`, `,"...":"x"`, `,"o":{"...":"x"}`, `,"l":[{"...":1}]`, `,"l":[{"...":"x","b":1}]`, `,"_sd_alg":"md5"`, `,"_sd_alg":null`, `,"_sd_alg":""`, `,"o":{"_sd_alg":"sha-256"}`,
		`,"exp":1795852800`, `,"exp":"x"`, `,"nbf":1795852801`, `,"nbf":null`, `,"a":1,"a":2`, `,"vct":"x"`, `,"d":[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]`} {
		try(more, false, more)
	}
	for _, status := range []string{`{}`, `null`, `"x"`, `{"status_list":{"idx":-1,"uri":"u"}}`, `{"status_list":{"idx":null,"uri":"u"}}`, `{"status_list":{"idx":1}}`, `{"status_list":{"idx":1,"uri":1}}`} { // sdjwt says so when it is asked for the status
		if got, err := client.CheckPresentation(forgePresentation(t, key, p.holder, "", json.RawMessage(`{`+base+`,"status":`+status+`}`)), p.expect, presentedAt); err == nil {
			t.Errorf("status %s: %+v", status, got)
		}
	}
	for _, name := range []string{"aud", "nbf", "exp", "aka_vcts", "status", "vct#integrity"} {
		text, digest := conceal(`["s","` + name + `",1]`)
		try("hidden: "+name, false, `,"_sd":["`+digest+`"]`, text)
		text, digest = conceal(`["s","x",1]`)
		try("hidden below "+name, false, `,"`+name+`":{"_sd":["`+digest+`"]}`, text)
	}
	for _, content := range []string{`["s"]`, `["s","a",1,2]`, `[1,"a",1]`, `["s",1,1]`, `{}`, `x`, `["s","_sd",["x"]]`, `["s","...",1]`, `["s","_sd_alg","sha-256"]`, `["s","b",{"a":1,"a":2}]`} {
		text, digest := conceal(content)
		try(content, false, `,"_sd":["`+digest+`"]`, text)
	}
}

// The chain that a credential brings ends at a root of the reader's, and does not bring it.
func TestPresentationByItsChain(t *testing.T) {
	key := credentialKey(t, identity.ES256)
	type pair struct {
		c   *x509.Certificate
		key *ecdsa.PrivateKey
	}
	certify := func(by *pair, name string, ca bool, public any, change func(*x509.Certificate)) *pair {
		own, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		x := &x509.Certificate{SerialNumber: big.NewInt(3), Subject: pkix.Name{CommonName: name}, NotBefore: presentedAt.Add(-time.Hour), NotAfter: presentedAt.Add(time.Hour), IsCA: ca, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature}
		if ca {
			x.KeyUsage = x509.KeyUsageCertSign
		}
		if change != nil {
			change(x)
		}
		if by == nil {
			by = &pair{x, own}
		}
		if public == nil {
			public = &own.PublicKey
		}
		der, err := x509.CreateCertificate(rand.Reader, x, by.c, public, by.key)
		if err != nil {
			t.Fatal(err)
		}
		if x, err = x509.ParseCertificate(der); err != nil {
			t.Fatal(err)
		}
		return &pair{x, own}
	}
	var jwk struct{ X, Y string }
	if err := json.Unmarshal(key.PublicJWK(), &jwk); err != nil {
		t.Fatal(err)
	}
	point, err := base64.RawURLEncoding.DecodeString(jwk.X)
	if err != nil {
		t.Fatal(err)
	}
	y, err := base64.RawURLEncoding.DecodeString(jwk.Y)
	if err != nil {
		t.Fatal(err)
	}
	public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), append(append([]byte{4}, point...), y...))
	if err != nil {
		t.Fatal(err)
	}
	uri := func(x *x509.Certificate) {
		u, _ := url.Parse(credentialsBy)
		x.URIs = []*url.URL{u}
	}
	host := func(x *x509.Certificate) { x.DNSNames = []string{"netid.example"} }
	root := certify(nil, "root", true, nil, nil)
	middle := certify(root, "middle", true, nil, nil)
	foreign := certify(nil, "root", true, nil, nil)
	self := certify(nil, "self", false, nil, nil)
	leaf := certify(middle, "netid", false, public, uri)
	pemOf := func(p *pair) []byte { return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: p.c.Raw}) }
	for _, c := range []struct {
		name  string
		good  bool
		roots []byte
		chain []*pair
	}{
		{"by its URI", true, pemOf(root), []*pair{leaf, middle}},
		{"by its host", true, pemOf(root), []*pair{certify(middle, "netid", false, public, host), middle}},
		{"below the root", true, pemOf(root), []*pair{certify(root, "netid", false, public, uri)}},
		{"a link is missing", false, pemOf(root), []*pair{leaf}},
		{"with the root", false, pemOf(root), []*pair{leaf, middle, root}},
		{"another root of the name", false, pemOf(foreign), []*pair{leaf, middle}},
		{"no root", false, []byte{}, []*pair{leaf, middle}},
		{"it is the root", false, pemOf(leaf), []*pair{leaf, middle}},
		{"no name", false, pemOf(root), []*pair{certify(middle, "netid", false, public, nil), middle}},
		{"another's host", false, pemOf(root), []*pair{certify(middle, "netid", false, public, func(x *x509.Certificate) { x.DNSNames = []string{"netid.example.evil"} }), middle}},
		{"an authority", false, pemOf(root), []*pair{certify(middle, "netid", true, public, func(x *x509.Certificate) { uri(x); x.KeyUsage |= x509.KeyUsageDigitalSignature }), middle}},
		{"not for signatures", false, pemOf(root), []*pair{certify(middle, "netid", false, public, func(x *x509.Certificate) { uri(x); x.KeyUsage = x509.KeyUsageKeyAgreement }), middle}},
		{"another key's", false, pemOf(root), []*pair{certify(middle, "netid", false, nil, uri), middle}},
		{"by itself", false, pemOf(self), []*pair{self}},
		{"out of time", false, pemOf(root), []*pair{certify(middle, "netid", false, public, func(x *x509.Certificate) { uri(x); x.NotAfter = presentedAt.Add(-time.Second) }), middle}},
		{"many", false, pemOf(root), []*pair{leaf, middle, middle, middle, middle, middle}},
	} {
		var chain [][]byte
		for _, p := range c.chain {
			chain = append(chain, p.c.Raw)
		}
		p := present(t, identity.ES256, identity.ES256, key, chained{key, chain})
		p.expect.Keys, p.expect.Issuer, p.expect.Roots = nil, "", c.roots
		if roots, err := suite.ParseRoots(c.roots); err == nil {
			p.theirs.Trust = sdjwt.ByRoots(roots)
		} else {
			p.theirs.Trust = sdjwt.ByRoots(suite.Roots{})
		}
		if got, err, theirs := p.both(p.show(t)); (err == nil) != c.good || (theirs == nil) != c.good {
			t.Errorf("%s: %+v, %v, %v", c.name, got, err, theirs)
		}
	}
}

// chained signs with any chain, fitting or not.
type chained struct {
	key   suite.Signer
	chain [][]byte
}

func (c chained) Encode(claims any) (string, error) {
	b, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	x5c, err := json.Marshal(c.chain)
	if err != nil {
		return "", err
	}
	enc := base64.RawURLEncoding.EncodeToString
	input := enc(fmt.Appendf(nil, `{"alg":"ES256","kid":"%s","typ":"dc+sd-jwt","x5c":%s}`, c.key.KeyID(), x5c)) + "." + enc(b)
	sig, err := c.key.Sign([]byte(input))
	return input + "." + enc(sig), err
}

// FuzzPresentation: what this package takes, netid's own reader takes, and says the same.
func FuzzPresentation(f *testing.F) {
	key := credentialKey(f, identity.ES256)
	p := present(f, identity.ES256, identity.ES256, key, nil)
	base := `"vct":"` + credentialKind + `","iss":"` + credentialsBy + `","cnf":{"jwk":` + string(p.holder.PublicJWK()) + `}`
	f.Add(`"_sd":["x"],"l":[{"...":"y"}],"o":{"_sd":[]}`, "WyJzIiwxXQ", "WyJzIiwiYSIsMV0")
	b, err := os.ReadFile("../internal/token/sdjwt/testdata/vectors/rfc9901.json") // the RFC's payloads and disclosures
	var v struct {
		Examples []struct {
			Payload     map[string]json.RawMessage
			Disclosures [][2]string
		}
	}
	if err == nil {
		err = json.Unmarshal(b, &v)
	}
	if err != nil {
		f.Fatal(err)
	}
	for _, e := range v.Examples {
		for _, name := range []string{"vct", "iss", "cnf", "exp"} {
			delete(e.Payload, name)
		}
		payload, err := json.Marshal(e.Payload)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(payload[1:len(payload)-1]), e.Disclosures[0][1], e.Disclosures[len(e.Disclosures)-1][1])
	}
	f.Fuzz(func(t *testing.T, more, one, two string) {
		payload := json.RawMessage(`{` + base + `,` + more + `}`)
		if !json.Valid(payload) || strings.Contains(one+two, "~") {
			return
		}
		text := forgePresentation(t, key, p.holder, "", payload, one, two)
		ours, err, theirs := p.both(text)
		if err != nil {
			return // netid's may take a status that it was not asked about, and other times
		}
		if theirs != nil {
			t.Fatalf("only client takes %q: %v", text, theirs)
		}
		read, _ := p.theirs.ReadBound(text, sdjwt.Binding{Audience: theShop, Nonce: theNonce, Window: time.Hour}, presentedAt)
		if !reflect.DeepEqual(map[string]json.RawMessage(read.Claims), ours.Claims) {
			t.Errorf("%q is %v and %v", text, ours.Claims, read.Claims)
		}
	})
}
