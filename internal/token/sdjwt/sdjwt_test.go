package sdjwt_test

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
	"netid/internal/token/jose"
	"netid/internal/token/sdjwt"
)

var day = time.Date(2025, 11, 20, 8, 0, 0, 0, time.UTC)

var suites = []identity.Suite{identity.ES256, identity.SM}

func signer(t testing.TB, s identity.Suite) suite.Signer {
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

func public(t testing.TB, s suite.Signer) suite.PublicKey {
	t.Helper()
	k, err := suite.ParsePublicKey(s.PublicJWK())
	if err != nil {
		t.Fatal(err)
	}
	return k
}

const (
	issuer = "https://netid.example"
	kind   = "https://netid.example/types/age/1"
	shop   = "x509_hash:abc"
	nonce  = "n-0S6_WzA2Mj"
)

// verifier is a reader that trusts the key, for any claims.
func verifier(t testing.TB, s identity.Suite, key suite.Signer) sdjwt.Verifier {
	t.Helper()
	return sdjwt.Verifier{Suite: s, Types: []string{sdjwt.TypeCredential}, Trust: byKey(public(t, key)), Holders: []string{jose.ES256, jose.SM2}}
}

func issuing(t testing.TB, s identity.Suite, key suite.Signer, fill int) *sdjwt.Issuer {
	t.Helper()
	c, err := jose.NewCoder(jose.AlgOf(s), func() []jose.Signer { return []jose.Signer{key} }, sdjwt.TypeCredential)
	if err != nil {
		t.Fatal(err)
	}
	i, err := sdjwt.NewIssuer(c, s, fill)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// forge signs any payload as a credential, with any disclosures behind.
func forge(t testing.TB, key suite.Signer, payload any, disclosures ...string) string {
	t.Helper()
	return sign(t, key, `{"alg":"`+key.Alg()+`","typ":"dc+sd-jwt"}`, payload) + "~" + strings.Join(append(disclosures, ""), "~")
}

func sign(t testing.TB, key suite.Signer, header string, payload any) string {
	t.Helper()
	b, err := json.Marshal(payload)
	if err != nil {
		t.Fatal(err)
	}
	enc := base64.RawURLEncoding.EncodeToString
	input := enc([]byte(header)) + "." + enc(b)
	sig, err := key.Sign([]byte(input))
	if err != nil {
		t.Fatal(err)
	}
	return input + "." + enc(sig)
}

func digestOf(s identity.Suite, text string) string {
	d := suite.HashOf(s, []byte(text))
	return base64.RawURLEncoding.EncodeToString(d[:])
}

// conceal is a disclosure of this JSON, and its digest.
func conceal(content string) (text, digest string) {
	text = base64.RawURLEncoding.EncodeToString([]byte(content))
	return text, digestOf(identity.ES256, text)
}

// sample is a credential with claims hidden in every way: a member, an element, one inside another.
func sample(t testing.TB, s identity.Suite, key, holder suite.Signer) string {
	t.Helper()
	text, err := issuing(t, s, key, 4).Credential(sdjwt.Credential{
		Kind: kind, Issuer: issuer, Issued: day, Expires: day.Add(24 * time.Hour), Holder: public(t, holder),
		Status: &sdjwt.Reference{Index: 412, URI: "https://netid.example/status/7"},
		Claims: sdjwt.Object{
			"open":   "yes",
			"over18": sdjwt.Hidden{true},
			"place":  sdjwt.Hidden{sdjwt.Object{"city": sdjwt.Hidden{"上海"}, "country": "CN"}},
			"marks":  sdjwt.List{sdjwt.Hidden{"a"}, "b", sdjwt.Hidden{sdjwt.Object{"c": sdjwt.Hidden{1}}}},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// What is issued is held, shown in part and read, under each suite, by a holder of either.
func TestIssueHoldRead(t *testing.T) {
	for _, s := range suites {
		for _, h := range suites {
			key, holder := signer(t, s), signer(t, h)
			v := verifier(t, s, key)
			v.Kind = kind
			held, all, err := v.Accept(sample(t, s, key, holder), day)
			if err != nil {
				t.Fatal(s, err)
			}
			if want := "/marks/0 /marks/2 /marks/2/c /over18 /place /place/city"; strings.Join(all.Disclosed, " ") != want {
				t.Errorf("all: %q", all.Disclosed)
			}
			shown, err := held.Select("/over18", "/marks/2/c")
			if err != nil {
				t.Fatal(err)
			}
			bound, err := held.Bind(shown, holder, shop, nonce, day)
			if err != nil {
				t.Fatal(err)
			}
			p, err := v.ReadBound(bound, sdjwt.Binding{Audience: shop, Nonce: nonce, Window: time.Minute}, day)
			if err != nil {
				t.Fatal(s, h, err)
			}
			if got := string(p.Claims["marks"]) + string(p.Claims["over18"]) + string(p.Claims["open"]); got != `["b",{"c":1}]true"yes"` || p.Claims.Has("place") {
				t.Errorf("read %s and %v", got, p.Claims)
			}
			if strings.Join(p.Disclosed, " ") != "/marks/2 /marks/2/c /over18" || p.Holder != public(t, holder).Thumbprint() {
				t.Errorf("disclosed %q by %s", p.Disclosed, p.Holder)
			}
			if ref, there, err := p.Status(); err != nil || !there || ref != (sdjwt.Reference{Index: 412, URI: "https://netid.example/status/7"}) {
				t.Errorf("status %+v %v %v", ref, there, err)
			}
			if p.Claims.Has("_sd") || p.Claims.Has("_sd_alg") {
				t.Error("the format's own names are left")
			}
		}
	}
}

// Nothing that is not hidden can be selected, and nothing of a text that is another's can be bound.
func TestHolderIsNotMisled(t *testing.T) {
	key, holder := signer(t, identity.ES256), signer(t, identity.ES256)
	held, _, err := verifier(t, identity.ES256, key).Accept(sample(t, identity.ES256, key, holder), day)
	if err != nil {
		t.Fatal(err)
	}
	for _, place := range []string{"/open", "/iss", "/marks/1", "/nobody", "over18", ""} {
		if shown, err := held.Select(place); !fault.Because(err, "claim_unknown") {
			t.Errorf("%q selects %q: %v", place, shown, err)
		}
	}
	shown, err := held.Select()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range [][3]string{{shown, "", nonce}, {shown, shop, ""}, {"x" + shown, shop, nonce}, {shown + "proof", shop, nonce}} {
		if bound, err := held.Bind(c[0], holder, c[1], c[2], day); err == nil {
			t.Errorf("bound %q", bound)
		}
	}
	bound, err := held.Bind(shown, holder, shop, nonce, day)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := verifier(t, identity.ES256, key).Accept(bound, day); !fault.Because(err, "credential_invalid") { // §7.2: an issuer sends no holder's proof
		t.Errorf("a holder accepts one with a proof: %v", err)
	}
}

// An issuer hides nothing that decides validity, writes no name of the format's and says nothing twice.
func TestIssuerRefuses(t *testing.T) {
	key := signer(t, identity.ES256)
	i := issuing(t, identity.ES256, key, 1)
	deep := any("x")
	for range 20 {
		deep = sdjwt.List{deep}
	}
	many := sdjwt.Object{}
	for n := range 300 {
		many[strings.Repeat("x", n+1)] = sdjwt.Hidden{n}
	}
	for name, o := range map[string]sdjwt.Object{
		"a digest list":           {"_sd": []string{"x"}},
		"an element's digest":     {"...": "x"},
		"the kind of digests":     {"_sd_alg": "md5"},
		"ready digests":           {"a": map[string]any{"_sd": []string{}}},
		"a ready element":         {"a": []any{map[string]any{"...": "x"}}},
		"ready digests, hidden":   {"a": sdjwt.Hidden{map[string]any{"b": map[string]any{"_sd": []string{"x"}}}}},
		"a nested kind":           {"a": map[string]any{"_sd_alg": "sha-256"}},
		"hidden inside a ready":   {"a": map[string]any{"b": json.RawMessage(`{"_s\u0064":["x"]}`)}},
		"nesting":                 {"a": deep},
		"too many":                many,
		"what JSON does not know": {"a": func() {}},
	} {
		if text, err := i.Issue(o); !fault.Is(err, fault.Internal) || text != "" {
			t.Errorf("%s: %.60q, %v", name, text, err)
		}
	}
	good := sdjwt.Credential{Kind: kind, Issuer: issuer, Issued: day, Expires: day.Add(time.Hour), Holder: public(t, key)}
	if _, err := i.Credential(good); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*sdjwt.Credential){
		"no kind":   func(c *sdjwt.Credential) { c.Kind = "" },
		"no issuer": func(c *sdjwt.Credential) { c.Issuer = "" },
		"no holder": func(c *sdjwt.Credential) { c.Holder = suite.PublicKey{} },
		"no time":   func(c *sdjwt.Credential) { c.Expires = c.Issued },
		"a second":  func(c *sdjwt.Credential) { c.Claims = sdjwt.Object{"exp": 1} },
	} {
		c := good
		change(&c)
		if text, err := i.Credential(c); !fault.Is(err, fault.Internal) {
			t.Errorf("%s: %.60q, %v", name, text, err)
		}
	}
	if _, err := sdjwt.NewIssuer(nil, identity.ES256, 0); err == nil {
		t.Error("an issuer that fills to nothing")
	}
}
