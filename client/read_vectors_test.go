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
	"fmt"
	"iter"
	"maps"
	"math/big"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"netid/client"
	"netid/internal/identity"
	"netid/internal/suite"
	"netid/internal/token/jose"
	"netid/internal/token/statuslist"
)

const vectorFile = "testdata/vectors/verify.json"

// vectors are texts of every form with what a reader must find in them. The module for
// browsers is tested with the same file.
type vectors struct {
	Now    time.Time
	Issuer string
	Roots  string
	Keys   json.RawMessage
	KeysSM json.RawMessage
	Ledger string
	Cases  []vector
}

type vector struct {
	Name     string
	Text     string         `json:",omitempty"`
	Bytes    []byte         `json:",omitempty"` // where it is no text
	Without  []string       `json:",omitempty"` // of what is known: "roots", "keys", "keysSM", "ledger", "issuer"
	Lists    []string       `json:",omitempty"`
	Audience string         `json:",omitempty"`
	Nonce    string         `json:",omitempty"`
	At       *time.Time     `json:",omitempty"`
	Form     client.Form    // what is found
	Verdict  client.Verdict // by client
	Module   client.Verdict `json:",omitempty"` // by the module for browsers, where another
	Err      client.Reason  `json:",omitempty"`
	Open     []string       `json:",omitempty"`
	Facts    []client.Fact  `json:",omitempty"`
}

func readVectors(t testing.TB) (v vectors) {
	t.Helper()
	b, err := os.ReadFile(vectorFile)
	if err == nil {
		err = json.Unmarshal(b, &v)
	}
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func (v vectors) known(c vector) client.Known {
	k := client.Known{Roots: []byte(v.Roots), Issuer: v.Issuer, Keys: v.Keys, KeysSM: v.KeysSM, Ledger: v.Ledger, Audience: c.Audience, Nonce: c.Nonce, Now: v.Now}
	if c.At != nil {
		k.Now = *c.At
	}
	for _, list := range c.Lists {
		k.Lists = append(k.Lists, []byte(list))
	}
	for _, what := range c.Without {
		switch what {
		case "roots":
			k.Roots = nil
		case "keys":
			k.Keys = nil
		case "keysSM":
			k.KeysSM = nil
		case "ledger":
			k.Ledger = ""
		case "issuer":
			k.Issuer = ""
		}
	}
	return k
}

func (c vector) text() []byte {
	if c.Bytes != nil {
		return c.Bytes
	}
	return []byte(c.Text)
}

// maker makes the vectors anew: NETID_VECTORS=write.
type maker struct {
	testing.TB
	v          vectors
	es, sm     suite.Signer
	holder     suite.Signer
	root, leaf *x509.Certificate
	rootKey    *ecdsa.PrivateKey
	list1      string
}

func (m *maker) must(err error) {
	m.Helper()
	if err != nil {
		m.Fatal(err)
	}
}

func (m *maker) add(name, text string, form client.Form, verdict client.Verdict, change func(*vector)) {
	c := vector{Name: name, Text: text, Form: form, Verdict: verdict}
	if change != nil {
		change(&c)
	}
	found := client.Read(c.text(), m.v.known(c))
	if found.Form != form || found.Verdict != verdict {
		m.Errorf("%s: %+v, not %s and %s", name, found, form, verdict)
	}
	c.Open, c.Facts = found.Open, found.Facts
	for _, r := range []client.Reason{client.ErrToken, client.ErrKey, client.ErrSignature, client.ErrReceipt, client.ErrCredential, client.ErrStatus, client.ErrExport, client.ErrHead, client.ErrProof, client.ErrStatement} {
		if found.Err != nil && strings.HasPrefix(found.Err.Error(), string(r)) {
			c.Err = r
		}
	}
	m.v.Cases = append(m.v.Cases, c)
}

// sign makes any JWT, with any header beside alg and kid.
func (m *maker) sign(key suite.Signer, header, claims string) string {
	return m.signAs(key, key.Alg(), header, claims)
}

func (m *maker) signAs(key suite.Signer, alg, header, claims string) string {
	m.Helper()
	enc := base64.RawURLEncoding.EncodeToString
	input := enc(fmt.Appendf(nil, `{"alg":"%s","kid":"%s"%s}`, alg, key.KeyID(), header)) + "." + enc([]byte(claims))
	sig, err := key.Sign([]byte(input))
	m.must(err)
	return input + "." + enc(sig)
}

func (m *maker) certify(by *x509.Certificate, byKey *ecdsa.PrivateKey, name string, ca bool, public any, change func(*x509.Certificate)) *x509.Certificate {
	m.Helper()
	x := &x509.Certificate{SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: name}, NotBefore: presentedAt.Add(-time.Hour), NotAfter: presentedAt.AddDate(1, 0, 0), IsCA: ca, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature}
	if ca {
		x.KeyUsage = x509.KeyUsageCertSign
	}
	if change != nil {
		change(x)
	}
	if by == nil {
		by = x
	}
	der, err := x509.CreateCertificate(rand.Reader, x, by, public, byKey)
	m.must(err)
	c, err := x509.ParseCertificate(der)
	m.must(err)
	return c
}

func (m *maker) public(key suite.Signer) *ecdsa.PublicKey {
	m.Helper()
	var jwk struct{ X, Y string }
	m.must(json.Unmarshal(key.PublicJWK(), &jwk))
	point := []byte{4}
	for _, text := range []string{jwk.X, jwk.Y} {
		b, err := base64.RawURLEncoding.DecodeString(text)
		m.must(err)
		point = append(point, b...)
	}
	public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
	m.must(err)
	return public
}

func x5c(chain ...*x509.Certificate) string {
	var texts []string
	for _, c := range chain {
		texts = append(texts, `"`+base64.StdEncoding.EncodeToString(c.Raw)+`"`)
	}
	return `,"x5c":[` + strings.Join(texts, ",") + `]`
}

func digested(content string) (text, digest string) {
	text = base64.RawURLEncoding.EncodeToString([]byte(content))
	d := suite.HashOf(identity.ES256, []byte(text))
	return text, base64.RawURLEncoding.EncodeToString(d[:])
}

// credential is one with the disclosures, and a proof if asked for.
func (m *maker) credential(key suite.Signer, s identity.Suite, header, more string, proof func(over string) string, disclosures ...string) string {
	m.Helper()
	hash := "sha-256"
	if s == identity.SM {
		hash = "urn:netid:hash:SM3"
	}
	claims := fmt.Sprintf(`{"iss":"%s","vct":"%s","iat":%d,"exp":%d,"_sd_alg":"%s","cnf":{"jwk":%s},"real_person":true%s}`, m.v.Issuer, m.v.Issuer+"/credentials/age", presentedAt.Unix(), presentedAt.Add(8*time.Hour).Unix(), hash, m.holder.PublicJWK(), more)
	text := m.sign(key, `,"typ":"dc+sd-jwt"`+header, claims) + "~" + strings.Join(append(disclosures, ""), "~")
	if proof != nil {
		text += proof(text)
	}
	return text
}

func (m *maker) prove(s identity.Suite, more string) func(string) string {
	return func(over string) string {
		d := suite.HashOf(s, []byte(over))
		return m.sign(m.holder, `,"typ":"kb+jwt"`, fmt.Sprintf(`{"iat":%d,"aud":"%s","nonce":"%s","sd_hash":"%s"%s}`, presentedAt.Unix(), theShop, theNonce, base64.RawURLEncoding.EncodeToString(d[:]), more))
	}
}

func TestWriteVectors(t *testing.T) {
	if os.Getenv("NETID_VECTORS") != "write" {
		t.Skip("only where they are made anew: NETID_VECTORS=write")
	}
	m := &maker{TB: t, es: credentialKey(t, identity.ES256), sm: credentialKey(t, identity.SM), holder: credentialKey(t, identity.ES256)}
	own, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	m.must(err)
	m.rootKey = own
	m.root = m.certify(nil, own, "netid root", true, &own.PublicKey, nil)
	uri := func(x *x509.Certificate) {
		u, _ := url.Parse("https://netid.example")
		x.URIs = []*url.URL{u}
	}
	m.leaf = m.certify(m.root, own, "netid", false, m.public(m.es), uri)
	keys, err := jose.Publish(jose.ES256, m.es)
	m.must(err)
	keysSM, err := jose.Publish(jose.SM2, m.sm)
	m.must(err)
	ledger, err := os.ReadFile("testdata/vectors/ledger.key")
	m.must(err)
	m.v = vectors{Now: presentedAt, Issuer: "https://netid.example", Keys: keys, KeysSM: keysSM, Ledger: strings.TrimSpace(string(ledger)),
		Roots: string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: m.root.Raw}))}
	m.answers()
	m.lists()
	m.credentials(uri)
	m.statements()
	m.ledger()
	m.others()
	b, err := json.MarshalIndent(m.v, "", " ")
	m.must(err)
	if !t.Failed() {
		m.must(os.WriteFile(vectorFile, append(b, '\n'), 0o644))
	}
}

func toward(audience, nonce string) func(*vector) {
	return func(c *vector) { c.Audience, c.Nonce = audience, nonce }
}

func all(changes ...func(*vector)) func(*vector) {
	return func(c *vector) {
		for _, change := range changes {
			if change != nil {
				change(c)
			}
		}
	}
}

func without(what ...string) func(*vector) { return func(c *vector) { c.Without = what } }
func module(v client.Verdict) func(*vector) {
	return func(c *vector) { c.Module = v }
}

const (
	proven    = client.Proven
	failed    = client.NotProven
	unchecked = client.NotChecked
)

func (m *maker) answers() {
	claim := func(more string) string {
		return fmt.Sprintf(`{"iss":"%s","sub":"p1","aud":"shop","nonce":"n1","acr":"urn:netid:acr:cert","receipt":"r1","iat":%d,"exp":%d%s}`, m.v.Issuer, presentedAt.Unix(), presentedAt.Add(5*time.Minute).Unix(), more)
	}
	good := m.sign(m.es, `,"typ":"JWT"`, claim(`,"age_over_18":true,"age_over_60":false`))
	to := toward("shop", "n1")
	m.add("answer", good, client.FormAnswer, proven, to)
	m.add("answer, nobody said for whom", good, client.FormAnswer, proven, nil)
	m.add("answer without type", m.sign(m.es, "", claim("")), client.FormAnswer, proven, to)
	m.add("answer, its audience a list of one", m.sign(m.es, "", strings.Replace(claim(""), `"shop"`, `["shop"]`, 1)), client.FormAnswer, proven, to)
	m.add("answer, no keys", good, client.FormAnswer, unchecked, all(to, without("keys")))
	m.add("answer of the suite sm", m.sign(m.sm, `,"typ":"JWT"`, claim("")), client.FormAnswer, proven, all(to, module(unchecked)))
	m.add("answer to another", good, client.FormAnswer, failed, toward("shop2", "n1"))
	m.add("answer of another transaction", good, client.FormAnswer, failed, toward("shop", "n2"))
	late := presentedAt.Add(5 * time.Minute)
	m.add("answer past its time", good, client.FormAnswer, failed, all(to, func(c *vector) { c.At = &late }))
	early := presentedAt.Add(-61 * time.Second)
	m.add("answer before its time", good, client.FormAnswer, failed, all(to, func(c *vector) { c.At = &early }))
	m.add("answer with a member twice", m.sign(m.es, "", claim(`,"sub":"p2"`)), client.FormAnswer, failed, to)
	m.add("answer with a member twice but for case", m.sign(m.es, "", claim(`,"Sub":"p2"`)), client.FormAnswer, failed, to)
	m.add("answer with a mark that is no boolean", m.sign(m.es, "", claim(`,"age_over_18":"true"`)), client.FormAnswer, failed, to)
	m.add("answer with an extension", m.sign(m.es, `,"crit":["x"],"x":1`, claim("")), client.FormAnswer, failed, to)
	m.add("answer by another key", strings.Join(append(strings.Split(good, ".")[:2], strings.Split(m.sign(m.holder, "", claim("")), ".")[2]), "."), client.FormAnswer, failed, to)
	m.add("answer unsigned", base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`))+"."+strings.Split(good, ".")[1]+".", client.FormAnswer, failed, to)
	m.add("answer that names another algorithm", m.signAs(m.es, "ES384", "", claim("")), client.FormAnswer, failed, to)
	m.add("answer with a long number", m.sign(m.es, "", claim(`,"x":`+strings.Repeat("1", 500)+`,"y":[-1.5e3,null,"}\"]"]`)), client.FormAnswer, proven, to)
	m.add("answer with objects too deep", m.sign(m.es, "", claim(`,"d":`+strings.Repeat("[", 18)+strings.Repeat("]", 18))), client.FormAnswer, failed, to)
	m.add("answer by a chain alone", m.sign(m.es, x5c(m.leaf), claim("")), client.FormAnswer, failed, to)
	half := func(key suite.Signer) string {
		p := strings.Split(m.sign(key, `,"typ":"netid-receipt+jwt"`, claim("")), ".")
		return `{"protected":"` + p[0] + `","signature":"` + p[2] + `"}`
	}
	whole := func(halves ...string) string {
		return `{"payload":"` + base64.RawURLEncoding.EncodeToString([]byte(claim(""))) + `","signatures":[` + strings.Join(halves, ",") + `]}`
	}
	m.add("receipt", whole(half(m.es), half(m.sm)), client.FormReceipt, proven, all(to, module(unchecked)))
	m.add("receipt by one key twice", whole(half(m.es), half(m.es)), client.FormReceipt, failed, to)
	m.add("receipt by one key", whole(half(m.es)), client.FormReceipt, failed, to)
	m.add("receipt, no keys", whole(half(m.es), half(m.sm)), client.FormReceipt, unchecked, all(to, without("keysSM")))
}

const listAt = "https://netid.example/status/1"

func (m *maker) lists() {
	l, err := statuslist.New(2, 1<<20)
	m.must(err)
	m.must(l.Mark(5, statuslist.Revoked))
	m.must(l.Mark(6, statuslist.Frozen))
	c := statuslist.Claims{URI: listAt, Issued: presentedAt, Expires: presentedAt.Add(24 * time.Hour), TTL: 5 * time.Minute}
	coder, err := jose.NewCoder(jose.ES256, func() []jose.Signer { return []jose.Signer{m.es} }, statuslist.TypeJWT)
	m.must(err)
	m.list1, err = statuslist.EncodeJWT(coder, c, l)
	m.must(err)
	m.add("status list", m.list1, client.FormStatusList, proven, nil)
	m.add("status list, no keys", m.list1, client.FormStatusList, unchecked, without("keys", "keysSM"))
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(m.list1, ".")[1])
	m.must(err)
	m.add("status list by its chain", m.sign(m.es, `,"typ":"statuslist+jwt"`+x5c(m.leaf), string(payload)), client.FormStatusList, proven, without("keys", "keysSM"))
	cwt, err := statuslist.EncodeCWT(m.es, c, l)
	m.must(err)
	m.add("status list in CBOR", "", client.FormStatusList, proven, all(func(c *vector) { c.Bytes = cwt }, module(unchecked)))
	late := c.Expires
	m.add("status list past its time", m.list1, client.FormStatusList, failed, func(c *vector) { c.At = &late })
	early := presentedAt.Add(-61 * time.Second)
	m.add("status list from the future", m.list1, client.FormStatusList, failed, func(c *vector) { c.At = &early })
	coderSM, err := jose.NewCoder(jose.SM2, func() []jose.Signer { return []jose.Signer{m.sm} }, statuslist.TypeJWT)
	m.must(err)
	sm, err := statuslist.EncodeJWT(coderSM, c, l)
	m.must(err)
	m.add("status list of the suite sm", sm, client.FormStatusList, proven, module(unchecked))
	var o map[string]any
	m.must(json.Unmarshal(payload, &o))
	packed, err := base64.RawURLEncoding.DecodeString(o["status_list"].(map[string]any)["lst"].(string))
	m.must(err)
	for name, list := range sortedBy(map[string]string{
		"with bytes behind it": fmt.Sprintf(`{"bits":2,"lst":"%s"}`, base64.RawURLEncoding.EncodeToString(append(bytes.Clone(packed), 0))),
		"cut off":              fmt.Sprintf(`{"bits":2,"lst":"%s"}`, base64.RawURLEncoding.EncodeToString(packed[:len(packed)-1])),
		"with another sum":     fmt.Sprintf(`{"bits":2,"lst":"%s"}`, base64.RawURLEncoding.EncodeToString(append(bytes.Clone(packed[:len(packed)-1]), packed[len(packed)-1]^1))),
		"of three bits":        fmt.Sprintf(`{"bits":3,"lst":"%s"}`, base64.RawURLEncoding.EncodeToString(packed)),
		"that unpacks to much": fmt.Sprintf(`{"bits":2,"lst":"%s"}`, base64.RawURLEncoding.EncodeToString(bomb(m.TB))),
		"of nothing":           `{"bits":2,"lst":""}`,
	}) {
		claims := fmt.Sprintf(`{"sub":"%s","iat":%d,"exp":%d,"status_list":%s}`, listAt, presentedAt.Unix(), presentedAt.Add(time.Hour).Unix(), list)
		m.add("status list "+name, m.sign(m.es, `,"typ":"statuslist+jwt"`, claims), client.FormStatusList, failed, nil)
	}
}

func (m *maker) credentials(uri func(*x509.Certificate)) {
	over18, d18 := digested(`["2GLC42sKQveCfGfryNRN9w","age_over_18",true]`)
	over14, d14 := digested(`["eluV5Og3gSNII8EYnsxA_A","age_over_14",true]`)
	nested, dn := digested(`["6Ij7tM-a5iVPGboS5tmvVA",["上海",{"a":"\u0001<é"}]]`)
	sd := `,"_sd":["` + d18 + `","` + d14 + `","x"],"marks":[{"...":"` + dn + `"},{"...":"y"},"b"]`
	to, kb := toward(theShop, theNonce), m.prove(identity.ES256, "")
	es := func(header, more string, proof func(string) string, disclosures ...string) string {
		return m.credential(m.es, identity.ES256, header, more, proof, disclosures...)
	}
	chain := x5c(m.leaf)
	m.add("credential", es("", sd, nil, over18, over14, nested), client.FormCredential, proven, nil)
	m.add("credential by its chain", es(chain, sd, nil, over18), client.FormCredential, proven, without("keys", "issuer"))
	m.add("presentation", es("", sd, kb, over18, nested), client.FormPresentation, proven, to)
	m.add("presentation that shows nothing", es("", sd, kb), client.FormPresentation, proven, to)
	m.add("presentation by its chain", es(chain, sd, kb, over18), client.FormPresentation, proven, all(to, without("keys")))
	m.add("presentation, nobody said to whom", es(chain, sd, kb, over18), client.FormPresentation, proven, nil)
	m.add("presentation, no keys", es("", sd, kb, over18), client.FormPresentation, unchecked, all(to, without("keys")))
	m.add("presentation of the suite sm", m.credential(m.sm, identity.SM, "", `,"_sd":["x"]`, m.prove(identity.SM, "")), client.FormPresentation, proven, all(to, module(unchecked)))
	m.add("presentation to another", es("", sd, kb, over18), client.FormPresentation, failed, toward("shop2", theNonce))
	m.add("presentation in another transaction", es("", sd, kb, over18), client.FormPresentation, failed, toward(theShop, "other"))
	late := presentedAt.Add(5*time.Minute + time.Second)
	m.add("presentation shown again later", es("", sd, kb, over18), client.FormPresentation, failed, all(to, func(c *vector) { c.At = &late }))
	end := presentedAt.Add(8 * time.Hour)
	m.add("credential past its time", es("", sd, nil, over18), client.FormCredential, failed, func(c *vector) { c.At = &end })
	whole := es("", sd, kb, over18, nested)
	parts := strings.Split(whole, "~")
	m.add("presentation without one disclosure", strings.Join([]string{parts[0], parts[1], parts[3]}, "~"), client.FormPresentation, failed, to)
	m.add("presentation with one twice", strings.Join([]string{parts[0], parts[1], parts[1], parts[2], parts[3]}, "~"), client.FormPresentation, failed, to)
	m.add("disclosure that nothing answers for", es("", ``, kb, over18), client.FormPresentation, failed, to)
	m.add("a digest twice", es("", `,"_sd":["`+d18+`"],"o":{"_sd":["`+d18+`"]}`, kb, over18), client.FormPresentation, failed, to)
	m.add("a decoy twice", es("", `,"_sd":["x"],"o":{"_sd":["x"]}`, kb), client.FormPresentation, failed, to)
	m.add("a member for an element", es("", `,"l":[{"...":"`+d18+`"}]`, kb, over18), client.FormPresentation, failed, to)
	m.add("an element for a member", es("", `,"_sd":["`+dn+`"]`, kb, nested), client.FormPresentation, failed, to)
	m.add("a member that is there", es("", `,"age_over_18":false,"_sd":["`+d18+`"]`, kb, over18), client.FormPresentation, failed, to)
	m.add("a member that is there but for case", es("", `,"Age_Over_18":false,"_sd":["`+d18+`"]`, kb, over18), client.FormPresentation, failed, to)
	for _, name := range []string{"exp", "nbf", "status", "aud", "_sd", "..."} {
		text, d := digested(`["s","` + name + `",1]`)
		m.add("hidden: "+name, es("", `,"_sd":["`+d+`"]`, kb, text), client.FormPresentation, failed, to)
	}
	within, dw := digested(`["s","x",1]`)
	m.add("hidden within the status", es("", `,"status":{"status_list":{"idx":7,"uri":"u"},"_sd":["`+dw+`"]}`, kb, within), client.FormPresentation, failed, to)
	m.add("a member twice in a disclosure", func() string {
		text, d := digested(`["s","b",{"a":1,"a":2}]`)
		return es("", `,"_sd":["`+d+`"]`, kb, text)
	}(), client.FormPresentation, failed, to)
	m.add("digests of another kind", m.credential(m.es, identity.SM, "", ``, kb), client.FormPresentation, failed, to)
	m.add("a proof with an end in the past", es("", sd, m.prove(identity.ES256, fmt.Sprintf(`,"exp":%d`, presentedAt.Unix()))), client.FormPresentation, failed, to)
	m.add("a proof by another key", es("", sd, func(over string) string {
		other := *m
		other.holder = m.es
		return other.prove(identity.ES256, "")(over)
	}), client.FormPresentation, failed, to)
	m.add("a proof of another type", es("", sd, func(over string) string {
		d := suite.HashOf(identity.ES256, []byte(over))
		return m.sign(m.holder, `,"typ":"JWT"`, fmt.Sprintf(`{"iat":%d,"aud":"%s","nonce":"%s","sd_hash":"%s"}`, presentedAt.Unix(), theShop, theNonce, base64.RawURLEncoding.EncodeToString(d[:])))
	}), client.FormPresentation, failed, to)
	m.add("a token of another type", m.sign(m.es, `,"typ":"JWT"`, fmt.Sprintf(`{"iss":"%s","vct":"x","iat":%d}`, m.v.Issuer, presentedAt.Unix()))+"~", client.FormCredential, failed, nil)
	last := "AQgw"[strings.IndexByte("AQgw", whole[len(whole)-1])]
	m.add("a signature that is not canonical", whole[:len(whole)-1]+string(last+1), client.FormPresentation, failed, to)
	for name, more := range sortedBy(map[string]string{
		"objects too deep": `,"d":` + strings.Repeat("[", 18) + strings.Repeat("]", 18), "digests that are no array": `,"_sd":"x"`, "the kind of digests twice": `,"o":{"_sd_alg":"sha-256"}`,
		"an element's digest not alone": `,"l":[{"...":"y","b":1}]`, "an element's digest elsewhere": `,"o":{"...":"y"}`, "from a later time on": fmt.Sprintf(`,"nbf":%d`, presentedAt.Unix()+1),
	}) {
		m.add(name, es("", more, kb), client.FormPresentation, failed, to)
	}
	withD := *m
	withD.holder = overshared{m.holder}
	m.add("a holder's key that is private", withD.credential(m.es, identity.ES256, "", "", kb), client.FormPresentation, failed, to)
	var many, digests []string
	for i := range 257 {
		text, d := digested(fmt.Sprintf(`["s","m%d",1]`, i))
		many, digests = append(many, text), append(digests, `"`+d+`"`)
	}
	m.add("as many disclosures as may be", es("", `,"_sd":[`+strings.Join(digests[1:], ",")+`]`, kb, many[1:]...), client.FormPresentation, proven, to)
	m.add("a disclosure more", es("", `,"_sd":[`+strings.Join(digests, ",")+`]`, kb, many...), client.FormPresentation, failed, to)
	evil := m.certify(m.root, m.rootKey, "netid", false, m.public(m.es), func(x *x509.Certificate) {
		u, _ := url.Parse("https://evil.example")
		x.URIs = []*url.URL{u}
	})
	other := *m
	other.v.Issuer = "https://evil.example"
	m.add("another issuer below the root", other.credential(m.es, identity.ES256, x5c(evil), "", kb), client.FormPresentation, failed, all(to, without("keys")))
	m.add("another issuer's kind", m.sign(m.es, `,"typ":"dc+sd-jwt"`+x5c(evil), fmt.Sprintf(`{"iss":"https://evil.example","vct":"%s/credentials/age","exp":%d}`, m.v.Issuer, presentedAt.Add(time.Hour).Unix()))+"~", client.FormCredential, failed, without("keys", "issuer"))
	m.add("any issuer below the root", other.credential(m.es, identity.ES256, x5c(evil), "", kb), client.FormPresentation, proven, all(to, without("keys", "issuer")))
	m.chains(es, sd, kb, over18, uri)
	m.statuses(es, kb)
}

// overshared gives more of a key than it must.
type overshared struct{ suite.Signer }

func (p overshared) PublicJWK() []byte {
	return []byte(strings.Replace(string(p.Signer.PublicJWK()), "{", `{"d":"AAAA",`, 1))
}

func (m *maker) chains(es func(string, string, func(string) string, ...string) string, sd string, kb func(string) string, over18 string, uri func(*x509.Certificate)) {
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	m.must(err)
	foreign := m.certify(nil, other, "netid root", true, &other.PublicKey, nil)
	middleKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	m.must(err)
	middle := m.certify(m.root, m.rootKey, "middle", true, &middleKey.PublicKey, nil)
	below := m.certify(middle, middleKey, "netid", false, m.public(m.es), uri)
	noCA := m.certify(m.root, m.rootKey, "no authority", false, &middleKey.PublicKey, func(x *x509.Certificate) { x.KeyUsage |= x509.KeyUsageCertSign })
	alias := *m.root
	alias.RawSubject, alias.Subject = nil, pkix.Name{CommonName: "another name"}
	weak := m.certify(m.root, m.rootKey, "weak", true, &middleKey.PublicKey, func(x *x509.Certificate) { x.KeyUsage = x509.KeyUsageDigitalSignature })
	old := m.certify(m.root, m.rootKey, "old", true, &middleKey.PublicKey, func(x *x509.Certificate) { x.NotAfter = presentedAt.Add(-time.Second) })
	short := m.certify(m.root, m.rootKey, "short", true, &middleKey.PublicKey, func(x *x509.Certificate) { x.MaxPathLenZero = true })
	lower := m.certify(short, middleKey, "lower", true, &middleKey.PublicKey, nil)
	leaf := func(change func(*x509.Certificate)) *x509.Certificate {
		return m.certify(m.root, m.rootKey, "netid", false, m.public(m.es), func(x *x509.Certificate) {
			uri(x)
			if change != nil {
				change(x)
			}
		})
	}
	m.pastRoot(leaf)
	for _, c := range []struct {
		name  string
		good  client.Verdict
		chain []*x509.Certificate
	}{
		{"with a link", proven, []*x509.Certificate{below, middle}},
		{"whose link is missing", failed, []*x509.Certificate{below}},
		{"by host", proven, []*x509.Certificate{leaf(func(x *x509.Certificate) { x.URIs, x.DNSNames = nil, []string{"netid.example"} })}},
		{"with the root", failed, []*x509.Certificate{m.leaf, m.root}},
		{"of a root of the same name", failed, []*x509.Certificate{m.certify(foreign, other, "netid", false, m.public(m.es), uri)}},
		{"for another host", failed, []*x509.Certificate{leaf(func(x *x509.Certificate) { x.URIs, x.DNSNames = nil, []string{"netid.example.evil"} })}},
		{"for nobody", failed, []*x509.Certificate{leaf(func(x *x509.Certificate) { x.URIs = nil })}},
		{"past its time", failed, []*x509.Certificate{leaf(func(x *x509.Certificate) { x.NotAfter = presentedAt.Add(-time.Second) })}},
		{"before its time", failed, []*x509.Certificate{leaf(func(x *x509.Certificate) { x.NotBefore = presentedAt.Add(time.Second) })}},
		{"not for signatures", failed, []*x509.Certificate{leaf(func(x *x509.Certificate) { x.KeyUsage = x509.KeyUsageKeyAgreement })}},
		{"of an authority", failed, []*x509.Certificate{m.certify(m.root, m.rootKey, "netid", true, m.public(m.es), func(x *x509.Certificate) { uri(x); x.KeyUsage |= x509.KeyUsageDigitalSignature })}},
		{"for another key", failed, []*x509.Certificate{m.certify(m.root, m.rootKey, "netid", false, &other.PublicKey, uri)}},
		{"below what is no authority", failed, []*x509.Certificate{m.certify(noCA, middleKey, "netid", false, m.public(m.es), uri), noCA}},
		{"with something critical", failed, []*x509.Certificate{leaf(func(x *x509.Certificate) {
			x.ExtraExtensions = []pkix.Extension{{Id: []int{1, 2, 3, 4}, Critical: true, Value: []byte{5, 0}}}
		})}},
		{"of another name", failed, []*x509.Certificate{m.certify(&alias, m.rootKey, "netid", false, m.public(m.es), uri)}},
		{"by an authority for signatures", failed, []*x509.Certificate{m.certify(weak, middleKey, "netid", false, m.public(m.es), uri), weak}},
		{"by an authority past its time", failed, []*x509.Certificate{m.certify(old, middleKey, "netid", false, m.public(m.es), uri), old}},
		{"by an authority for one step", proven, []*x509.Certificate{m.certify(short, middleKey, "netid", false, m.public(m.es), uri), short}},
		{"by an authority that may not name another", failed, []*x509.Certificate{m.certify(lower, middleKey, "netid", false, m.public(m.es), uri), lower, short}},
		{"too long", failed, []*x509.Certificate{below, middle, middle, middle, middle, middle}},
	} {
		m.add("a chain "+c.name, es(x5c(c.chain...), sd, kb, over18), client.FormPresentation, c.good, all(toward(theShop, theNonce), without("keys")))
	}
}

// pastRoot: what stands below the root is still in its time, and the root no more.
func (m *maker) pastRoot(leaf func(func(*x509.Certificate)) *x509.Certificate) {
	long := leaf(func(x *x509.Certificate) { x.NotAfter = presentedAt.AddDate(2, 0, 0) })
	text := m.sign(m.es, `,"typ":"dc+sd-jwt"`+x5c(long), fmt.Sprintf(`{"iss":"%s","vct":"x","exp":%d}`, m.v.Issuer, presentedAt.AddDate(3, 0, 0).Unix())) + "~"
	m.add("a root in its time", text, client.FormCredential, proven, without("keys"))
	late := presentedAt.AddDate(1, 0, 1)
	m.add("a root past its time", text, client.FormCredential, failed, all(without("keys"), func(c *vector) { c.At = &late }))
}

func (m *maker) statuses(es func(string, string, func(string) string, ...string) string, kb func(string) string) {
	at := func(place int, uri string) string {
		return es("", fmt.Sprintf(`,"status":{"status_list":{"idx":%d,"uri":"%s"}}`, place, uri), kb)
	}
	to := toward(theShop, theNonce)
	lists := func(c *vector) { c.Lists = []string{m.list1} }
	m.add("status not looked up", at(4, listAt), client.FormPresentation, proven, to)
	m.add("status valid", at(4, listAt), client.FormPresentation, proven, all(to, lists))
	m.add("status revoked", at(5, listAt), client.FormPresentation, failed, all(to, lists))
	m.add("status frozen", at(6, listAt), client.FormPresentation, failed, all(to, lists))
	m.add("status of a place that is not there", at(1<<20, listAt), client.FormPresentation, failed, all(to, lists))
	m.add("status in another list", at(4, listAt+"0"), client.FormPresentation, failed, all(to, lists))
	for _, bad := range []string{`{}`, `null`, `{"status_list":{"idx":-1,"uri":"u"}}`, `{"status_list":{"idx":1}}`, `{"status_list":{"idx":1.5,"uri":"u"}}`} {
		m.add("status "+bad, es("", `,"status":`+bad, kb), client.FormPresentation, failed, to)
	}
}

func (m *maker) statements() {
	trust := func(more string) string {
		return fmt.Sprintf(`{"iss":"%s","iat":%d,"exp":%d,"roots":["%s"]%s}`, m.v.Issuer, presentedAt.Unix(), presentedAt.AddDate(0, 1, 0).Unix(), base64.StdEncoding.EncodeToString(m.root.Raw), more)
	}
	list := m.sign(m.es, `,"typ":"netid-trust+jwt"`+x5c(m.leaf), trust(""))
	m.add("trust list", list, client.FormTrustList, proven, without("keys"))
	m.add("trust list, no roots", list, client.FormTrustList, unchecked, without("roots", "keys"))
	m.add("trust list with a root that is none", m.sign(m.es, `,"typ":"netid-trust+jwt"`+x5c(m.leaf), strings.Replace(trust(""), base64.StdEncoding.EncodeToString(m.root.Raw), base64.StdEncoding.EncodeToString(m.leaf.Raw), 1)), client.FormTrustList, failed, nil)
	late := presentedAt.AddDate(0, 1, 0)
	m.add("trust list past its time", list, client.FormTrustList, failed, all(without("keys"), func(c *vector) { c.At = &late }))
	m.add("trust list of nobody", m.sign(m.es, `,"typ":"netid-trust+jwt"`+x5c(m.leaf), strings.Replace(trust(""), `"iss":"`+m.v.Issuer+`",`, "", 1)), client.FormTrustList, failed, without("keys", "issuer"))
	m.add("trust list without roots", m.sign(m.es, `,"typ":"netid-trust+jwt"`+x5c(m.leaf), strings.Replace(trust(""), base64.StdEncoding.EncodeToString(m.root.Raw), "", 1)), client.FormTrustList, failed, without("keys"))
	m.add("trust list with no roots", m.sign(m.es, `,"typ":"netid-trust+jwt"`+x5c(m.leaf), strings.Replace(trust(""), `["`+base64.StdEncoding.EncodeToString(m.root.Raw)+`"]`, "[]", 1)), client.FormTrustList, failed, without("keys"))
	says := fmt.Sprintf(`{"iss":"%s","iat":%d,"exp":%d,"sub":"shop","name":{"zh":"店","en":"Shop"},"domain":"shop.example","purpose":{"zh":"买酒","en":"To buy wine"},"kinds":{"%s/credentials/age":["age_over_18"]}}`, m.v.Issuer, presentedAt.Unix(), presentedAt.AddDate(0, 1, 0).Unix(), m.v.Issuer)
	reg := m.sign(m.es, `,"typ":"netid-registration+jwt"`+x5c(m.leaf), says)
	m.add("registration", reg, client.FormRegistration, proven, without("keys"))
	m.add("registration of nobody", m.sign(m.es, `,"typ":"netid-registration+jwt"`+x5c(m.leaf), strings.Replace(says, `"sub":"shop",`, "", 1)), client.FormRegistration, failed, without("keys"))
	m.results()
	m.add("registration by another issuer", m.sign(m.es, `,"typ":"netid-registration+jwt"`+x5c(m.leaf), strings.Replace(says, m.v.Issuer, "https://evil.example", 1)), client.FormRegistration, failed, without("keys", "issuer"))
}

func (m *maker) results() {
	to := toward(theShop, theNonce)
	says := fmt.Sprintf(`{"iss":"%s","aud":"%s","nonce":"%s","iat":%d,"exp":%d,"says":{"real_person":true,"age_over_18":false}}`, m.v.Issuer, theShop, theNonce, presentedAt.Unix(), presentedAt.Add(5*time.Minute).Unix())
	typ := `,"typ":"netid-result+jwt"`
	with := func(old, new string) string { return m.sign(m.es, typ, strings.Replace(says, old, new, 1)) }
	m.add("result", with("", ""), client.FormResult, proven, to)
	m.add("result without a nonce", with(`"nonce":"`+theNonce+`",`, ""), client.FormResult, proven, toward(theShop, ""))
	m.add("result, no key", with("", ""), client.FormResult, unchecked, all(to, without("keys")))
	m.add("result by a certificate", m.sign(m.es, typ+x5c(m.leaf), says), client.FormResult, failed, to)
	m.add("result for another", with("", ""), client.FormResult, failed, toward("another", theNonce))
	m.add("result for two", with(`"aud":"`+theShop+`"`, `"aud":["`+theShop+`","another"]`), client.FormResult, failed, to)
	m.add("result of another transaction", with("", ""), client.FormResult, failed, toward(theShop, "another"))
	m.add("result by another issuer", with(m.v.Issuer, "https://evil.example"), client.FormResult, failed, to)
	late := presentedAt.Add(5 * time.Minute)
	m.add("result past its time", with("", ""), client.FormResult, failed, all(to, func(c *vector) { c.At = &late }))
	for _, bad := range []string{`{}`, `[]`, `null`, `{"real_person":null}`, `{"real_person":"true"}`, `{"real_person":true,"real_person":false}`} {
		m.add("result that says "+bad, with(`{"real_person":true,"age_over_18":false}`, bad), client.FormResult, failed, to)
	}
	m.add("result that says nothing", with(`,"says":{"real_person":true,"age_over_18":false}`, ""), client.FormResult, failed, to)
	m.add("a bundle", m.sign(m.es, `,"typ":"netid-venue-bundle+jwt"`, `{}`), client.FormBundle, failed, module(unchecked)) // good ones are in slip.json
}

func (m *maker) ledger() {
	b, err := os.ReadFile("testdata/vectors/export.json")
	m.must(err)
	var x client.Export
	m.must(json.Unmarshal(b, &x))
	own := module(unchecked)
	m.add("export", string(b), client.FormExport, proven, own)
	m.add("export, no ledger key", string(b), client.FormExport, proven, all(own, without("ledger")))
	m.add("export with another word", strings.Replace(string(b), "verified", "declined", 1), client.FormExport, failed, own)
	m.add("head", x.Head, client.FormHead, proven, own)
	m.add("head, no ledger key", x.Head, client.FormHead, unchecked, without("ledger"))
	m.add("head of another size", strings.Replace(x.Head, "300", "301", 1), client.FormHead, failed, own)
	for n, e := range x.Events {
		record, err := json.Marshal(struct {
			client.ExportEvent
			Head string `json:"head"`
		}{e, x.Head})
		m.must(err)
		m.add(fmt.Sprintf("record %d", n+1), string(record), client.FormRecord, proven, own)
		m.add(fmt.Sprintf("record %d elsewhere", n+1), strings.Replace(string(record), `"index":`, `"index":1`, 1), client.FormRecord, failed, own)
		m.add(fmt.Sprintf("record %d, no ledger key", n+1), string(record), client.FormRecord, unchecked, without("ledger"))
		var event client.Event
		m.must(json.Unmarshal([]byte(e.Event), &event))
		if event.Approval == nil {
			continue
		}
		approval, err := json.Marshal(event.Approval)
		m.must(err)
		m.add("approval", string(approval), client.FormApproval, proven, own)
		event.Approval.Statement[3] ^= 1
		approval, err = json.Marshal(event.Approval)
		m.must(err)
		m.add("approval over another word", string(approval), client.FormApproval, failed, own)
	}
}

func (m *maker) others() {
	m.add("nothing", "", client.FormUnknown, failed, nil)
	m.add("words", "is this a token?", client.FormUnknown, failed, nil)
	m.add("an object", `{"a":1}`, client.FormUnknown, failed, nil)
	m.add("an object twice", `{"payload":"","signatures":[],"signatures":[]}`, client.FormUnknown, failed, nil)
	m.add("of another type", m.sign(m.es, `,"typ":"at+jwt"`, `{}`), client.FormUnknown, failed, nil)
	m.add("sealed", "a.b.c.d.e", client.FormSealed, unchecked, nil)
	m.add("a slip", "N1:ABC", client.FormSlip, unchecked, nil)
}

// sortedBy goes through a map in the order of its names: the file is the same each time but for keys.
func sortedBy(m map[string]string) iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for _, name := range slices.Sorted(maps.Keys(m)) {
			if !yield(name, m[name]) {
				return
			}
		}
	}
}
