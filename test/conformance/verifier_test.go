package conformance_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"netid/client"
	"netid/client/verifier"
	"netid/test/holder"
)

// pid is what the suite's wallet holds and presents.
const pid = "urn:eudi:pid:1"

// asked is a reader that asked the suite's wallet, over TLS.
type asked struct {
	*testing.T
	desk      *verifier.Desk
	authority *holder.Authority
	wallet    *holder.Wallet
	begun     verifier.Begun
	plain     bool
}

// reading is a module of the plan, with what its wallet does.
type reading struct {
	name string
	run  func(*asked)
}

// verifierModules are those of VP1FinalVerifierTestPlan for SD-JWT VC, signed requests and x509_hash.
func verifierModules() []reading {
	return []reading{
		{"oid4vp-1final-verifier-happy-flow", func(a *asked) { a.accepts(a.fetch()) }},
		{"oid4vp-1final-verifier-minimal-cnf-jwk", minimalKey},
		{"oid4vp-1final-verifier-request-uri-method-post", func(a *asked) {
			if req := a.fetch(); req.WalletNonce == "" {
				a.Error("the nonce of the wallet does not come back")
			} else {
				a.accepts(req)
			}
		}},
		{"oid4vp-1final-verifier-request-uri-fetched-twice", func(a *asked) {
			first := a.fetch()
			a.wallet.ByGet = true
			if again := a.fetch(); again.Nonce != first.Nonce {
				a.Error("another question")
			}
			a.accepts(first)
		}},
		{"oid4vp-1final-verifier-invalid-kb-jwt-signature", func(a *asked) {
			key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
			if err != nil {
				a.Fatal(err)
			}
			a.wallet.Key = key
			a.refuses()
		}},
		{"oid4vp-1final-verifier-invalid-credential-signature", func(a *asked) {
			jwt := strings.Split(a.wallet.Holds[0].JWT, ".")
			other := strings.Split(a.issue(nil).JWT, ".")
			a.wallet.Holds[0].JWT = jwt[0] + "." + jwt[1] + "." + other[2]
			a.refuses()
		}},
		{"oid4vp-1final-verifier-invalid-sd-hash", func(a *asked) { a.proves("sd_hash", strings.Repeat("A", 43)) }},
		{"oid4vp-1final-verifier-invalid-kb-jwt-nonce", func(a *asked) { a.proves("nonce", "another") }},
		{"oid4vp-1final-verifier-invalid-kb-jwt-aud", func(a *asked) { a.proves("aud", "x509_hash:another") }},
		{"oid4vp-1final-verifier-kb-jwt-iat-in-past", func(a *asked) { a.proves("iat", time.Now().AddDate(-1, 0, 0).Unix()) }},
		{"oid4vp-1final-verifier-kb-jwt-iat-in-future", func(a *asked) { a.proves("iat", time.Now().AddDate(1, 0, 0).Unix()) }},
	}
}

// minimalKey has `kty`, `crv`, `x` and `y` and nothing else in it; and one with more, which is ignored.
func minimalKey(a *asked) {
	a.wallet.Holds[0] = a.issue(func(p map[string]any) {
		jwk := p["cnf"].(map[string]any)["jwk"].(map[string]any)
		jwk["kid"], jwk["netid-unknown"] = "x", "x"
	})
	a.accepts(a.fetch())
	a.wallet.Holds[0] = a.issue(nil)
	a.begin()
	a.accepts(a.fetch())
}

func (a *asked) issue(edit func(map[string]any)) holder.Credential {
	c, err := a.authority.Issue(pid, []holder.Hidden{{Name: "family_name", Value: "Mustermann"}, {Name: "given_name", Value: "Erika"}, {Name: "birthdate", Value: "1964-08-12"}}, edit)
	if err != nil {
		a.Fatal(err)
	}
	return c
}

func (a *asked) begin() {
	q, err := client.QueryFor(pid, "family_name", "given_name")
	if err == nil {
		a.begun, err = a.desk.Begin(a.Context(), verifier.Question{Query: q, Return: "https://shop.example/back", Plain: a.plain, Scheme: "haip-vp"})
	}
	if err != nil {
		a.Fatal(err)
	}
}

func (a *asked) fetch() holder.Request {
	req, err := a.wallet.Fetch(a.begun.Link)
	if err != nil {
		a.Fatal(err)
	}
	return req
}

func (a *asked) answer(req holder.Request) (holder.Answered, verifier.Result) {
	got, err := a.wallet.Answer(req)
	if err != nil {
		a.Fatal(err)
	}
	u, err := url.Parse(got.Redirect)
	if err != nil {
		a.Fatal(err)
	}
	r, err := a.desk.Result(a.Context(), a.begun.Handle, u.Query().Get("response_code"))
	if err != nil {
		a.Fatal(err)
	}
	return got, r
}

func (a *asked) accepts(req holder.Request) {
	got, r := a.answer(req)
	if got.Status != http.StatusOK || got.Redirect == "" || r.Pending || len(r.Credentials["credential"]) != 1 || string(r.Credentials["credential"][0].Claims["family_name"]) != `"Mustermann"` {
		a.Errorf("%+v, %+v", got, r)
	}
}

func (a *asked) refuses() {
	if got, r := a.answer(a.fetch()); got.Status != http.StatusBadRequest || got.Redirect != "" || !r.Pending {
		a.Errorf("%+v, %+v", got, r)
	}
}

// proves presents with another claim in the holder's proof, and then rightly: the claim was the fault.
func (a *asked) proves(name string, value any) {
	a.wallet.Proof = func(_, claims map[string]any) { claims[name] = value }
	a.refuses()
	a.wallet.Proof = nil
	a.accepts(a.fetch())
}

// The plan for readers, in both response modes: a party that asks with client/verifier.
func TestVerifier(t *testing.T) {
	for _, plain := range []bool{false, true} {
		for _, m := range verifierModules() {
			t.Run(map[bool]string{true: "direct_post", false: "direct_post.jwt"}[plain]+"/"+m.name, func(t *testing.T) {
				mux := http.NewServeMux()
				server := httptest.NewTLSServer(mux)
				defer server.Close()
				authority, err := holder.NewAuthority("https://issuer.example", time.Now())
				if err != nil {
					t.Fatal(err)
				}
				key, chain, err := authority.Certify("https://shop.example")
				if err != nil {
					t.Fatal(err)
				}
				reader := client.Reader{Chain: chain, Sign: client.NewSign(key), Roots: authority.Roots(), Issuers: map[string]string{pid: authority.Issuer}}
				a := &asked{T: t, authority: authority, plain: plain, wallet: &holder.Wallet{HTTP: server.Client(), Now: time.Now},
					desk: &verifier.Desk{Reader: func() (client.Reader, error) { return reader, nil }, Base: server.URL + "/wallet", Store: verifier.NewMemory(10, nil)}}
				if err := a.desk.Register(mux); err != nil {
					t.Fatal(err)
				}
				a.wallet.Holds = []holder.Credential{a.issue(nil)}
				a.begin()
				m.run(a)
			})
		}
	}
}
