package anchor_test

import (
	"encoding/base64"
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"netid/internal/anchor"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
	"netid/internal/token/jose"
)

func statements(t *testing.T) (*keys, *anchor.Statements) {
	t.Helper()
	k, _ := fresh(t)
	k.draw(t, "bundle", 5, spring)
	s, err := anchor.NewStatements(k.anchor(), "attestation", "bundle")
	if err != nil {
		t.Fatal(err)
	}
	return k, s
}

// stated checks a statement as an outsider does: by a root alone.
func stated(t *testing.T, k *keys, roots suite.Roots, text, typ string) (claims map[string]json.RawMessage) {
	t.Helper()
	token, err := jose.Place{Algs: []string{jose.ES256}, Types: []string{typ}, Limit: 64 << 10}.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	own, between, err := token.Chain()
	if err != nil {
		t.Fatal(err)
	}
	if err := roots.VerifySigner(own, between, k.now); err != nil {
		t.Fatal(err)
	}
	key, _ := own.Key()
	o, err := token.VerifyWith(key)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func TestTheListHasWhatLives(t *testing.T) {
	k, s := statements(t)
	first := trusting(t, root(t, s.Anchor))
	k.draw(t, "anchor", 6, spring)
	k.draw(t, "attestation", 7, spring)
	text, err := s.List()
	if err != nil {
		t.Fatal(err)
	}
	claims := stated(t, k, first, text, anchor.TrustType) // who has the former root learns the new one from it
	var list struct {
		Roots []string
		Keys  map[string]struct{ Keys []struct{ Kid, Alg string } }
	}
	for name, into := range map[string]any{"roots": &list.Roots, "keys": &list.Keys} {
		if err := json.Unmarshal(claims[name], into); err != nil {
			t.Fatal(err)
		}
	}
	all, err := s.Listed()
	if err != nil || len(list.Roots) != 2 || list.Roots[0] != base64.StdEncoding.EncodeToString(all[0].DER()) || list.Roots[1] != base64.StdEncoding.EncodeToString(all[1].DER()) {
		t.Error(list.Roots, err)
	}
	if len(list.Keys) != 2 || len(list.Keys["attestation"].Keys) != 2 || list.Keys["attestation"].Keys[0].Kid != k.live["attestation"][0].KeyID() || list.Keys["attestation"].Keys[0].Alg != "ES256" {
		t.Error(list.Keys)
	}
	var iat, exp int64
	if json.Unmarshal(claims["iat"], &iat) != nil || json.Unmarshal(claims["exp"], &exp) != nil || iat != spring.Unix() || exp-iat != int64((7*24*time.Hour).Seconds()) {
		t.Error(iat, exp)
	}
	pem, err := s.PEM()
	if err != nil {
		t.Fatal(err)
	}
	if r, err := suite.ParseRoots(pem); err != nil || verify(t, r, s.Chains("bundle")(k.live["bundle"][0].KeyID())[:1], spring) != nil {
		t.Error(err)
	}
	k.live["attestation"] = nil
	if _, err := s.List(); err == nil {
		t.Error("a list without the keys of a use")
	}
	if _, err := anchor.NewStatements(&anchor.Anchor{Issuer: "https://id.example", Roots: func() []suite.Signer { return nil }, Keys: s.Keys, Made: s.Made, Now: s.Now}); err == nil {
		t.Error("statements without a root")
	}
}

func TestRegistrations(t *testing.T) {
	k, s := statements(t)
	k.draw(t, "verifier", 8, spring)
	p := identity.Party{ID: "shop", Name: identity.Text{ZH: "商店", EN: "Shop"}, Domain: "shop.example", Standing: identity.PartyActive,
		Purpose: identity.Purpose{ID: "sale", Text: identity.Text{ZH: "出售", EN: "Sale"}}, AgeMarks: map[identity.AgeMark]string{identity.Over18: "law", identity.Over14: "law"}}
	p.Requests = []identity.RequestCertificate{{Thumbprint: "new", Until: spring.Add(time.Second)}, {Thumbprint: "over", Until: spring}}
	text, err := s.Registration(p)
	if err != nil {
		t.Fatal(err)
	}
	claims := stated(t, k, trusting(t, root(t, s.Anchor)), text, anchor.RegistrationType)
	for name, want := range map[string]string{"sub": `"shop"`, "domain": `"shop.example"`, "name": `{"zh":"商店","en":"Shop"}`, "purpose": `{"zh":"出售","en":"Sale"}`, "x5t#S256": `["new"]`, "iss": `"https://id.example:8443"`} {
		if string(claims[name]) != want {
			t.Errorf("%s: %s", name, claims[name])
		}
	}
	var kinds map[string][]string
	if err := json.Unmarshal(claims["kinds"], &kinds); err != nil || !reflect.DeepEqual(kinds, map[string][]string{
		"https://id.example:8443/credentials/person": {}, "https://id.example:8443/credentials/age": {"age_over_14", "age_over_18"}}) {
		t.Error(kinds, err)
	}
	if text, err = s.Hosted(p); err != nil {
		t.Fatal(err)
	}
	own, err := suite.ParseCertificate(s.Chains("verifier")(k.live["verifier"][0].KeyID())[0])
	if err != nil {
		t.Fatal(err)
	}
	if got, want := string(stated(t, k, trusting(t, root(t, s.Anchor)), text, anchor.RegistrationType)["x5t#S256"]), `["`+own.Thumbprint()+`","new"]`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	p.AgeMarks = nil
	if text, err = s.Registration(p); err != nil {
		t.Fatal(err)
	}
	if got := string(stated(t, k, trusting(t, root(t, s.Anchor)), text, anchor.RegistrationType)["kinds"]); got != `{"https://id.example:8443/credentials/person":[]}` {
		t.Error("may ask for marks without having registered any:", got)
	}
	for _, standing := range []identity.PartyStanding{identity.PartySuspended, identity.PartyRemoved, ""} {
		p.Standing = standing
		if _, err := s.Registration(p); !fault.Because(err, "party_suspended") {
			t.Errorf("%q: %v", standing, err)
		}
		if _, err := s.Hosted(p); !fault.Because(err, "party_suspended") {
			t.Errorf("%q: %v", standing, err)
		}
	}
	p.Standing, k.live["verifier"] = identity.PartyActive, nil
	if _, err := s.Hosted(p); !fault.Is(err, fault.Unavailable) {
		t.Error("a request that nobody can sign:", err)
	}
}
