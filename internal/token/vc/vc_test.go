package vc_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
	"netid/internal/token/jose"
	"netid/internal/token/sdjwt"
	"netid/internal/token/vc"
)

const issuer = "https://netid.example"

// ages is somebody of so many years.
type ages int

func (a ages) Over(_ context.Context, _ identity.Opened, years int, _ identity.Date) (bool, error) {
	if a < 0 {
		return false, fault.New("ages", fault.Unavailable, "store_unavailable")
	}
	return int(a) >= years, nil
}

func signer(t testing.TB, s identity.Suite) suite.Signer {
	t.Helper()
	var k suite.Signer
	secret, err := suite.NewES256Secret()
	if err == nil && s == identity.ES256 {
		k, err = suite.NewES256(secret)
	} else if err == nil {
		if secret, err = suite.NewSM2Secret(); err == nil {
			k, err = suite.NewSM2(secret)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// counted is somebody of so many years, and how often that was asked.
type counted struct {
	ages
	asked *int
}

func (c counted) Over(ctx context.Context, o identity.Opened, years int, on identity.Date) (bool, error) {
	*c.asked++
	return c.ages.Over(ctx, o, years, on)
}

// Each answer opens who the person is: it is asked once, whatever the batch.
func TestABatchAsksOnce(t *testing.T) {
	by, asked := signer(t, identity.ES256), 0
	coder, err := jose.NewCoder(jose.ES256, func() []jose.Signer { return []jose.Signer{by} }, sdjwt.TypeCredential)
	if err != nil {
		t.Fatal(err)
	}
	m, err := vc.NewMaker(vc.Kinds(false)[1], issuer, coder, counted{20, &asked})
	if err != nil {
		t.Fatal(err)
	}
	var keys [][]byte
	for range 5 {
		keys = append(keys, signer(t, identity.ES256).PublicJWK())
	}
	texts, err := m.Make(t.Context(), identity.Opened{}, identity.Holding{Keys: keys}, time.Date(2026, 11, 23, 4, 0, 0, 0, time.UTC))
	if err != nil || asked != 3 {
		t.Errorf("asked %d times, %v", asked, err)
	}
	slices.Sort(texts)
	if len(slices.Compact(texts)) != 5 {
		t.Errorf("%q", texts)
	}
}

// Each kind, in either suite, is read by the reader of its suite, says what its
// type says, and of two people of one age and day says the same.
func TestWhatAttestationsSay(t *testing.T) {
	now := time.Date(2026, 11, 23, 16, 30, 0, 0, time.UTC) // half past midnight of the 24th in Shanghai
	holder := signer(t, identity.ES256)
	for _, k := range vc.Kinds(true) {
		by := signer(t, k.Suite)
		signers := func() []jose.Signer { return []jose.Signer{by} }
		coder, err := jose.NewCoder(jose.AlgOf(k.Suite), signers, sdjwt.TypeCredential)
		if err != nil {
			t.Fatal(err)
		}
		m, err := vc.NewMaker(k, issuer, coder, ages(17))
		if err != nil {
			t.Fatal(err)
		}
		texts, err := m.Make(t.Context(), identity.Opened{}, identity.Holding{Keys: [][]byte{holder.PublicJWK()}}, now)
		if err != nil || len(texts) != 1 {
			t.Fatal(texts, err)
		}
		text := texts[0]
		set, err := jose.Publish(jose.AlgOf(k.Suite), by)
		if err != nil {
			t.Fatal(err)
		}
		keys, err := jose.ParseSet(set, jose.AlgOf(k.Suite))
		if err != nil {
			t.Fatal(err)
		}
		read := sdjwt.Verifier{Suite: k.Suite, Types: []string{sdjwt.TypeCredential}, Kind: k.Type(issuer), Trust: sdjwt.ByKeys(issuer, keys), Holders: []string{jose.ES256}}
		p, err := read.Read(text, now)
		if err != nil {
			t.Fatal(k.ID, err)
		}
		document, err := k.Document(issuer)
		if err != nil {
			t.Fatal(err)
		}
		kind, err := sdjwt.ParseKind(document)
		if err != nil {
			t.Fatal(err)
		}
		if err := kind.Check(p); err != nil {
			t.Error(k.ID, err)
		}
		if integrity, _ := p.Claims.Text("vct#integrity"); !sdjwt.Intact(integrity, document) {
			t.Error(k.ID, integrity)
		}
		want := map[string]string{"real_person": "true", "age_over_14": "true", "age_over_18": "false", "age_over_60": "false"}
		names := []string{"cnf", "exp", "iat", "iss", "nbf", "real_person", "vct", "vct#integrity"}
		for _, mark := range k.Marks {
			names = append(names, string(mark))
		}
		for name, raw := range p.Claims {
			if !slices.Contains(names, name) || want[name] != "" && want[name] != string(raw) {
				t.Errorf("%s says %s: %s", k.ID, name, raw)
			}
		}
		if len(p.Claims) != len(names) || len(p.Disclosed) != len(k.Marks) {
			t.Errorf("%s: %v %v", k.ID, p.Claims, p.Disclosed)
		}
		iat, _ := p.Claims.Instant("iat")
		nbf, _ := p.Claims.Instant("nbf")
		exp, _ := p.Claims.Instant("exp")
		if from := time.Date(2026, 11, 23, 16, 0, 0, 0, time.UTC); !iat.Equal(from) || !nbf.Equal(from) || !exp.Equal(from.Add(24*time.Hour)) {
			t.Error(k.ID, iat, nbf, exp)
		}
		if k.Marks != nil { // an answer that there is not is none
			if m, err = vc.NewMaker(k, issuer, coder, ages(-1)); err != nil {
				t.Fatal(err)
			}
			if text, err := m.Make(t.Context(), identity.Opened{}, identity.Holding{Keys: [][]byte{holder.PublicJWK()}}, now); err == nil {
				t.Error(text)
			}
		}
		if _, err := m.Make(t.Context(), identity.Opened{}, identity.Holding{Keys: [][]byte{holder.PublicJWK(), []byte("{}")}}, now); err == nil {
			t.Error("for no key")
		}
		if strings.Contains(text, "x5c") {
			t.Error(text)
		}
	}
}
