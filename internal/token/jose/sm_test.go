package jose_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	oracle "github.com/go-jose/go-jose/v4"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
	"netid/internal/token/jose"
)

func sm(t testing.TB) suite.Signer {
	t.Helper()
	secret, err := suite.NewSM2Secret()
	if err != nil {
		t.Fatal(err)
	}
	s, err := suite.NewSM2(secret)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func coder(t testing.TB, alg, typ string, s jose.Signer) *jose.Coder {
	t.Helper()
	c, err := jose.NewCoder(alg, only(s), typ)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

var smPlace = jose.Place{Algs: []string{jose.SM2}, Types: []string{"JWT"}, Limit: 4 << 10}

// Each place reads its own algorithm and no other, whatever a token says and
// whatever key it is held against.
func TestPlacesDoNotMix(t *testing.T) {
	es, gm := signer(t), sm(t)
	plain, err := coder(t, jose.ES256, "JWT", es).Encode(map[string]int{"a": 1})
	if err != nil {
		t.Fatal(err)
	}
	other, err := coder(t, jose.SM2, "JWT", gm).Encode(map[string]int{"a": 1})
	if err != nil {
		t.Fatal(err)
	}
	if head, _ := base64.RawURLEncoding.DecodeString(strings.Split(other, ".")[0]); string(head) != `{"alg":"urn:netid:alg:SM2","kid":"`+gm.KeyID()+`","typ":"JWT"}` {
		t.Errorf("header %s", head)
	}
	named := func(alg string, s jose.Signer) string { // the header's word and the key's kind differ
		return forge(t, s, `{"alg":"`+alg+`","kid":"`+s.KeyID()+`","typ":"JWT"}`, `{"a":1}`)
	}
	both := jose.Place{Algs: []string{jose.ES256, jose.SM2}, Types: smPlace.Types, Limit: 4 << 10}
	for name, c := range map[string]struct {
		place jose.Place
		token string
		keys  jose.Set
		ok    bool
	}{
		"ES256":                       {place, plain, jose.Own(jose.ES256, es), true},
		"SM2":                         {smPlace, other, jose.Own(jose.SM2, gm), true},
		"SM2 in a set of two":         {smPlace, other, jose.Own(jose.SM2, sm(t), gm), true},
		"SM2 where ES256 is read":     {place, other, jose.Own(jose.SM2, gm), false},
		"ES256 where SM2 is read":     {smPlace, plain, jose.Own(jose.ES256, es), false},
		"SM2 by keys of ES256":        {smPlace, named(jose.SM2, es), jose.Own(jose.ES256, es), false},
		"ES256 by keys of SM2":        {place, named(jose.ES256, gm), jose.Own(jose.SM2, gm), false},
		"SM2 by name, ES256 in truth": {place, named(jose.SM2, es), jose.Own(jose.ES256, es), false},
		"ES256 by name, SM2 in truth": {smPlace, named(jose.ES256, gm), jose.Own(jose.SM2, gm), false},
		"SM2 by a stranger's key":     {smPlace, other, jose.Own(jose.SM2, sm(t)), false},
		"SM2 by a party's registered": {smPlace, other, trusted(t, es), false},
		"two names in one":            {jose.Place{Algs: []string{"ES256 " + jose.SM2}, Types: smPlace.Types, Limit: 4 << 10}, other, jose.Own(jose.SM2, gm), false},
		"a place of both":             {both, other, jose.Own(jose.SM2, gm), true},
		"a place of both, ES256":      {both, plain, jose.Own(jose.ES256, es), true},
		"a place of both, mixed":      {both, named(jose.SM2, es), jose.Own(jose.ES256, es), false},
		"a place of both, mixed too":  {both, named(jose.ES256, gm), jose.Own(jose.SM2, gm), false},
		"a place of nothing":          {jose.Place{Types: smPlace.Types, Limit: 4 << 10}, forge(t, gm, `{"alg":"","typ":"JWT"}`, `{}`), jose.Own(jose.SM2, gm), false},
	} {
		t.Run(name, func(t *testing.T) {
			token, err := c.place.Parse(c.token)
			if err == nil {
				_, err = token.Verify(c.keys)
			}
			if (err == nil) != c.ok {
				t.Errorf("%v", err)
			}
			if !c.ok && !fault.Because(err, "jws_invalid") && !fault.Because(err, "signature_invalid") {
				t.Errorf("%v", err)
			}
		})
	}
	if token, err := smPlace.Parse(other); err != nil {
		t.Error(err)
	} else if _, err := token.Verify(jose.Own(jose.ES256, es)); err == nil || !strings.Contains(err.Error(), "no such key") {
		t.Errorf("a key of another algorithm was tried: %v", err)
	}
	for _, alg := range []string{"", "none", "HS256", "ES256K"} { // a place that was set up wrongly reads nothing
		odd := jose.Place{Algs: []string{alg}, Types: smPlace.Types, Limit: 4 << 10}
		if _, err := odd.Parse(named(alg, es)); !fault.Because(err, "jws_invalid") {
			t.Errorf("a place of %q: %v", alg, err)
		}
	}
	spoilt := []byte(other)
	spoilt[len(spoilt)-5] ^= 1
	if token, err := smPlace.Parse(string(spoilt)); err == nil {
		if _, err := token.Verify(jose.Own(jose.SM2, gm)); err == nil {
			t.Error("a changed SM2 signature verifies")
		}
	}
}

func TestNothingOfOneAlgorithmInTheOthersPlace(t *testing.T) {
	es, gm := signer(t), sm(t)
	for _, c := range []struct {
		alg string
		s   jose.Signer
	}{{jose.ES256, gm}, {jose.SM2, es}, {"EdDSA", wrong{es}}, {"", es}} {
		if _, err := jose.NewCoder(c.alg, only(c.s), "JWT"); err == nil {
			t.Errorf("a coder of %q with a key of %s", c.alg, c.s.Alg())
		}
		if b, err := jose.Publish(c.alg, c.s); c.alg != "EdDSA" && err == nil {
			t.Errorf("a set of %q: %s", c.alg, b)
		}
	}
	published, err := jose.Publish(jose.SM2, gm)
	if err != nil || !bytes.Contains(published, []byte(`"kty":"EC","crv":"urn:netid:crv:SM2"`)) || bytes.Contains(published, []byte(`"d"`)) {
		t.Errorf("%s %v", published, err)
	}
	if jose.CheckSet(published, jose.PartyAlgs()...) == nil {
		t.Error("a party registers SM2 keys for its assertions, which are ES256 alone")
	}
}

func TestCheckAlg(t *testing.T) {
	for _, c := range []struct {
		profile suite.Profile
		alg     string
		why     string
	}{
		{suite.International, jose.ES256, ""}, {suite.Guomi, jose.ES256, ""}, {suite.Guomi, jose.SM2, ""}, {suite.Dual, jose.SM2, ""},
		{suite.International, jose.SM2, "id_token_alg_not_served"}, {suite.International, "none", "id_token_alg_unknown"},
		{suite.Guomi, "SM2", "id_token_alg_unknown"}, {suite.Dual, "RS256", "id_token_alg_unknown"}, {suite.Dual, "", "id_token_alg_unknown"},
	} {
		if err := jose.CheckAlg(c.profile, c.alg); (err == nil) != (c.why == "") || err != nil && !fault.Because(err, c.why) {
			t.Errorf("%+v: %v", c, err)
		}
	}
	if jose.AlgOf(identity.ES256) != jose.ES256 || jose.AlgOf(identity.SM) != jose.SM2 {
		t.Error("the algorithm of a suite")
	}
}

// Another library reads the general serialization: the payload, both protected
// headers, and that the ES256 half verifies.
func TestOthersReadTheGeneralSerialization(t *testing.T) {
	es, gm := signer(t), sm(t)
	b, err := jose.General(map[string]int{"a": 1}, coder(t, jose.ES256, "x+jwt", es), coder(t, jose.SM2, "x+jwt", gm))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := oracle.ParseSignedJSON(string(b), []oracle.SignatureAlgorithm{oracle.ES256}); err == nil {
		t.Error("a reader of ES256 alone was not told of the other algorithm")
	}
	jws, err := oracle.ParseSignedJSON(string(b), []oracle.SignatureAlgorithm{oracle.ES256, jose.SM2})
	if err != nil || len(jws.Signatures) != 2 {
		t.Fatalf("%s: %v", b, err)
	}
	for i, want := range []jose.Signer{es, gm} {
		h := jws.Signatures[i].Protected
		if h.Algorithm != want.Alg() || h.KeyID != want.KeyID() || h.ExtraHeaders["typ"] != "x+jwt" || jws.Signatures[i].Unprotected.Algorithm != "" {
			t.Errorf("header %d: %+v", i, h)
		}
	}
	published, err := jose.Publish(jose.ES256, es)
	if err != nil {
		t.Fatal(err)
	}
	var set oracle.JSONWebKeySet
	if err := json.Unmarshal(published, &set); err != nil {
		t.Fatal(err)
	}
	if at, _, payload, err := jws.VerifyMulti(set.Keys[0]); err != nil || at != 0 || string(payload) != `{"a":1}` {
		t.Errorf("%d %s %v", at, payload, err)
	}
	var raw struct {
		Payload    string
		Signatures []struct{ Protected, Signature string }
	}
	if err := json.Unmarshal(b, &raw); err != nil {
		t.Fatal(err)
	}
	half := jose.Place{Algs: []string{jose.SM2}, Types: []string{"x+jwt"}, Limit: 4 << 10}
	token, err := half.Parse(raw.Signatures[1].Protected + "." + raw.Payload + "." + raw.Signatures[1].Signature)
	if err == nil {
		_, err = token.Verify(jose.Own(jose.SM2, gm))
	}
	if err != nil {
		t.Error("the SM2 half:", err)
	}
	if _, err := jose.General(map[string]any{"a": func() {}}, coder(t, jose.ES256, "x", es)); err == nil {
		t.Error("what cannot be encoded was signed")
	}
}
