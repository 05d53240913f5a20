package admit_test

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"netid/internal/act/admit"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/suite"
	"netid/internal/token/jose"
	"netid/test/kit"
)

func good() admit.Application {
	return admit.Application{ID: "shop", Name: "Shop", NameZH: "小店", Purpose: "Sign you in", PurposeZH: "为您登录", RedirectURIs: []string{"https://shop.example/cb"},
		AgeMarks: map[string]string{"over18": "a law"}, Otherwise: []identity.Way{{Text: identity.Text{ZH: "柜台", EN: "Counter"}}}}
}

func TestRegister(t *testing.T) {
	ctx := context.Background()
	k := kit.New(t, law.New())
	p, secret, err := k.Admit.Register(ctx, good())
	if err != nil || secret == "" || p.Domain != "shop.example" || p.Auth != identity.AuthSecret {
		t.Fatalf("%+v %v", p, err)
	}
	if !k.Admit.SecretMatches(p, secret) || k.Admit.SecretMatches(p, secret+"x") || k.Admit.SecretMatches(p, "") {
		t.Error("the secret")
	}
	if _, _, err := k.Admit.Register(ctx, good()); !fault.Because(err, "party_exists") {
		t.Errorf("twice: %v", err)
	}
	public := good()
	public.ID, public.Public = "spa", true
	if p, secret, err = k.Admit.Register(ctx, public); err != nil || secret != "" || k.Admit.SecretMatches(p, "") {
		t.Errorf("public: %v", err)
	}
}

// What a party registers of its requests and answers is what it is held to.
func TestRegisterHowItAsks(t *testing.T) {
	ctx := context.Background()
	k := kit.New(t, law.New())
	a := good()
	a.JWKS, a.FAPI, a.Pushes, a.Signs, a.ResponseAlg, a.Details, a.Offline = keys(t), true, true, true, "ES256", []string{identity.DetailVerification}, 90
	if _, _, err := k.Admit.Register(ctx, a); err != nil {
		t.Fatal(err)
	}
	p, err := k.Admit.Party(ctx, "shop")
	if err != nil || !p.FAPI || !p.Pushes || !p.Signs || p.ResponseAlg != "ES256" || len(p.Details) != 1 || p.Offline != 90 || !p.MustPush() || p.Auth != identity.AuthKey {
		t.Errorf("%+v %v", p, err)
	}
	plain := good()
	plain.ID = "plain"
	if p, _, err := k.Admit.Register(ctx, plain); err != nil || p.MustPush() || len(p.Details) > 0 {
		t.Errorf("%+v %v", p, err)
	}
	trial := good()
	trial.ID, trial.Sandbox = "trial", true
	if p, _, err := k.Admit.Register(ctx, trial); err != nil || p.MustPush() || len(p.Details) != 1 {
		t.Errorf("%+v %v", p, err)
	}
	if fapi := (identity.Party{FAPI: true}); !fapi.MustPush() {
		t.Error("FAPI without pushing")
	}
}

func keys(t *testing.T) []byte {
	t.Helper()
	secret, err := suite.NewES256Secret()
	if err != nil {
		t.Fatal(err)
	}
	s, err := suite.NewES256(secret)
	if err != nil {
		t.Fatal(err)
	}
	set, err := jose.Publish(jose.ES256, s)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func TestRegisterRefuses(t *testing.T) {
	if testing.Short() {
		t.Skip("one thing after another: the race detector, which -short is for, learns nothing")
	}
	ctx := context.Background()
	for want, change := range map[string]func(*admit.Application){
		"party_id_invalid":        func(a *admit.Application) { a.ID = "Shop!" },
		"redirect_uri_invalid":    func(a *admit.Application) { a.RedirectURIs = []string{"http://shop.example/cb"} },
		"redirect_uri_invalid ":   func(a *admit.Application) { a.RedirectURIs = nil },
		"party_text_invalid":      func(a *admit.Application) { a.Name = "Shop\u202eevil" },
		"party_text_invalid ":     func(a *admit.Application) { a.Purpose, a.PurposeZH = "", "" },
		"party_text_invalid  ":    func(a *admit.Application) { a.Otherwise[0].Text.EN = "By m\u202eail" },
		"party_text_invalid   ":   func(a *admit.Application) { a.Otherwise[0].Text.ZH = strings.Repeat("邮", 301) },
		"party_text_invalid    ":  func(a *admit.Application) { a.AgeMarks = map[string]string{"age_over_18": "a law\n# of mine"} },
		"domain_mismatch":         func(a *admit.Application) { a.Domain = "bank.example" },
		"age_mark_unknown":        func(a *admit.Application) { a.AgeMarks = map[string]string{"over21": "x"} },
		"age_mark_not_registered": func(a *admit.Application) { a.AgeMarks = map[string]string{"over18": ""} },
		"item_unknown":            func(a *admit.Application) { a.Bases, a.KeepDays = map[string]string{"net_number": "a law"}, 30 },
		"keep_days_missing":       func(a *admit.Application) { a.Bases = map[string]string{"name": "a law"}; a.KeepDays = 3651 },
		"basis_end_alone": func(a *admit.Application) {
			a.Bases, a.KeepDays, a.BasesUntil = map[string]string{"name": "a law"}, 30, map[string]string{"phone_number": "2027-06-30"}
		},
		"basis_end_invalid": func(a *admit.Application) {
			a.Bases, a.KeepDays, a.BasesUntil = map[string]string{"name": "a law"}, 30, map[string]string{"name": "2027-02-30"}
		},
		"keep_days_alone":           func(a *admit.Application) { a.KeepDays = 30 },
		"encryption_key_missing":    func(a *admit.Application) { a.Sealed = "ECDH-ES" },
		"encryption_alg_not_served": func(a *admit.Application) { a.Sealed, a.JWKSURI = "RSA1_5", "https://keys.example/jwks" },
		"unencrypted_in_sandbox_only": func(a *admit.Application) {
			a.Sealed, a.JWKSURI, a.Unsealed = "ECDH-ES", "https://keys.example/jwks", true
		},
		"basis_missing":              func(a *admit.Application) { a.Bases, a.KeepDays = map[string]string{"name": ""}, 30 },
		"other_method_url_invalid":   func(a *admit.Application) { a.Otherwise[0].URL = "javascript:alert(1)" },
		"other_method_url_invalid ":  func(a *admit.Application) { a.Otherwise[0].URL = "http://127.0.0.1/form" },
		"other_method_missing":       func(a *admit.Application) { a.Otherwise = nil },
		"party_auth_ambiguous":       func(a *admit.Application) { a.Public, a.JWKS = true, []byte(`{"keys":[]}`) },
		"id_token_alg_not_served":    func(a *admit.Application) { a.IDTokenAlg = "urn:netid:alg:SM2" },
		"id_token_alg_unknown":       func(a *admit.Application) { a.IDTokenAlg = "none" },
		"jwks_invalid ":              func(a *admit.Application) { a.Method, a.JWKS = "self_signed_tls_client_auth", []byte(`{"keys":[]}`) },
		"party_auth_ambiguous ":      func(a *admit.Application) { a.Public, a.JWKSURI = true, "https://keys.example.com/" },
		"party_auth_ambiguous  ":     func(a *admit.Application) { a.Public, a.Method = true, "private_key_jwt" },
		"auth_method_unknown":        func(a *admit.Application) { a.Method = "client_secret_jwt" },
		"jwks_missing":               func(a *admit.Application) { a.Method = "private_key_jwt" },
		"jwks_missing ":              func(a *admit.Application) { a.Method = "self_signed_tls_client_auth" },
		"wallet_unfit":               func(a *admit.Application) { a.Method, a.Offline = "attest_jwt_client_auth", 30 },
		"wallet_unfit ":              func(a *admit.Application) { a.Method, a.CertBound = "attest_jwt_client_auth", true },
		"party_auth_ambiguous   ":    func(a *admit.Application) { a.Method, a.Public = "attest_jwt_client_auth", true },
		"jwks_ambiguous":             func(a *admit.Application) { a.JWKS, a.JWKSURI = []byte(keySet), "https://keys.example.com/" },
		"jwks_uri_invalid":           func(a *admit.Application) { a.JWKSURI = "https://169.254.169.254/" },
		"jwks_uri_invalid ":          func(a *admit.Application) { a.JWKSURI = "http://keys.example.com/" },
		"certificate_name_invalid":   func(a *admit.Application) { a.Method = "tls_client_auth" },
		"certificate_name_invalid ":  func(a *admit.Application) { a.SANDNS, a.SANURI = "shop.example", "spiffe://shop" },
		"certificate_name_invalid  ": func(a *admit.Application) { a.Method, a.SANDNS = "client_secret_basic", "shop.example" },
		"fapi_needs_key":             func(a *admit.Application) { a.FAPI = true },
		"fapi_needs_key ":            func(a *admit.Application) { a.FAPI, a.Public = true, true },
		"id_token_alg_unknown ":      func(a *admit.Application) { a.UserInfoAlg = "none" },
		"jwks_invalid":               func(a *admit.Application) { a.JWKS = []byte(`{"keys":[]}`) },
		"signing_needs_keys":         func(a *admit.Application) { a.Signs = true },
		"response_alg_not_served":    func(a *admit.Application) { a.ResponseAlg = "none" },
		"offline_term_unknown":       func(a *admit.Application) { a.Offline = 91 },
		"offline_term_unknown ":      func(a *admit.Application) { a.Offline = -7 },
		"details_type_unknown":       func(a *admit.Application) { a.Details = []string{"payment_initiation"} },
		"details_type_unknown ": func(a *admit.Application) {
			a.Details = []string{identity.DetailVerification, identity.DetailVerification}
		},
	} {
		t.Run(want, func(t *testing.T) {
			k := kit.New(t, law.New())
			a := good()
			change(&a)
			for want[len(want)-1] == ' ' {
				want = want[:len(want)-1]
			}
			if _, _, err := k.Admit.Register(ctx, a); !fault.Because(err, want) {
				t.Errorf("%v", err)
			}
			if all, err := k.Admit.Parties(ctx); err != nil || len(all) != 0 {
				t.Errorf("a refusal left a party: %v", err)
			}
		})
	}
}

const keySet = `{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}`

// How a party proves itself follows from what it brings, or is said.
func TestRegisterMethods(t *testing.T) {
	for want, change := range map[string]func(*admit.Application){
		"client_secret_basic":    func(*admit.Application) {},
		"client_secret_basic ":   func(a *admit.Application) { a.Method = "client_secret_post" },
		"client_secret_basic  ":  func(a *admit.Application) { a.Method, a.JWKS = "client_secret_basic", []byte(keySet) },
		"none":                   func(a *admit.Application) { a.Public = true },
		"none ":                  func(a *admit.Application) { a.Method = "none" },
		"private_key_jwt":        func(a *admit.Application) { a.JWKS, a.FAPI = []byte(keySet), true },
		"private_key_jwt ":       func(a *admit.Application) { a.JWKSURI, a.DPoP = "https://keys.example.com/jwks", true },
		"tls_client_auth":        func(a *admit.Application) { a.SubjectDN, a.FAPI, a.CertBound = "CN=shop", true, true },
		"attest_jwt_client_auth": func(a *admit.Application) { a.Method = "attest_jwt_client_auth" },
		"self_signed_tls_client_auth": func(a *admit.Application) {
			a.Method, a.JWKS, a.UserInfoAlg = "self_signed_tls_client_auth", []byte(keySet), "ES256"
		},
		"self_signed_tls_client_auth ": func(a *admit.Application) {
			a.Method, a.JWKSURI = "self_signed_tls_client_auth", "https://keys.example.com/jwks"
		},
	} {
		k := kit.New(t, law.New())
		in := good()
		change(&in)
		p, secret, err := k.Admit.Register(context.Background(), in)
		if err != nil || string(p.Auth) != strings.TrimRight(want, " ") || (secret != "") != (p.Auth == identity.AuthSecret) {
			t.Errorf("%s: %q %v", want, p.Auth, err)
		}
		if p.FAPI != in.FAPI || p.DPoP != in.DPoP || p.CertBound != in.CertBound || p.JWKSURI != in.JWKSURI || p.UserInfoAlg != in.UserInfoAlg || !bytes.Equal(p.JWKS, in.JWKS) ||
			p.Certificate.Name != in.SubjectDN {
			t.Errorf("%s: not what it said: %+v", want, p)
		}
		if p.NeedsProof() != (in.DPoP || p.Auth == identity.AuthWallet || in.FAPI && !in.CertBound) {
			t.Errorf("%s: needs a proof: %v", want, p.NeedsProof())
		}
		if p.MustPush() != (in.FAPI || p.Auth == identity.AuthWallet) { // HAIP 1.0 §4.3
			t.Errorf("%s: must push: %v", want, p.MustPush())
		}
	}
}

// Where the profile has SM2 a party that asks for it is admitted so, and one
// that does not is not.
func TestRegisterForSM2(t *testing.T) {
	ctx := context.Background()
	for _, profile := range []suite.Profile{suite.Guomi, suite.Dual} {
		k := kit.OpenAs(t, t.TempDir(), law.New(), profile)
		for id, alg := range map[string]string{"asks": "urn:netid:alg:SM2", "es": "ES256", "not": ""} {
			a := good()
			a.ID, a.IDTokenAlg = id, alg
			_, secret, err := k.Admit.Register(ctx, a)
			if err != nil {
				t.Fatalf("%s: %v", id, err)
			}
			p, err := k.Admit.Party(ctx, identity.PartyID(id))
			if err != nil || p.IDTokenAlg != alg {
				t.Errorf("%s: %q %v", id, p.IDTokenAlg, err)
			}
			d := suite.DigestIn(identity.SM, []byte("party-secret"), []byte(id), []byte(secret))
			if !bytes.Equal(p.SecretDigest, d[:]) || !k.Admit.SecretMatches(p, secret) || k.Admit.SecretMatches(p, secret+"x") {
				t.Errorf("%s: its secret is not kept by SM3, or does not match", id)
			}
		}
		a := good()
		a.IDTokenAlg = "SM2"
		if _, _, err := k.Admit.Register(ctx, a); !fault.Because(err, "id_token_alg_unknown") {
			t.Errorf("%v", err)
		}
	}
}

func TestKeepAmends(t *testing.T) {
	ctx := context.Background()
	k := kit.New(t, law.New())
	for i, redirect := range []string{"https://shop.example/cb", "https://shop.example/cb", "https://shop.example/other"} {
		a := good()
		a.Secret, a.RedirectURIs = "a-secret-of-at-least-32-characters", []string{redirect}
		if _, _, err := k.Admit.Keep(ctx, a); err != nil {
			t.Fatalf("%d: %v", i, err)
		}
	}
	p, err := k.Admit.Party(ctx, "shop")
	if err != nil || !p.Allows("https://shop.example/other") || p.Allows("https://shop.example/cb") {
		t.Fatalf("%+v %v", p, err)
	}
	rows, err := k.Store.Entries(ctx, 0, 10)
	if err != nil || len(rows) != 2 {
		t.Fatalf("%d events for one admission and one amendment: %v", len(rows), err)
	}
}
