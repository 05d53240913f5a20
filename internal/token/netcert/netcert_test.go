package netcert_test

import (
	"strings"
	"testing"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
	"netid/internal/token/jose"
	"netid/internal/token/netcert"
	"netid/internal/token/sdjwt"
)

const issuer = "https://netid.example"

// scene is an issuer in one suite, and the place where it reads its own.
func scene(t *testing.T, s identity.Suite) (*sdjwt.Issuer, sdjwt.Verifier) {
	t.Helper()
	secret, err := suite.NewES256Secret()
	make := suite.NewES256
	if s == identity.SM {
		secret, err = suite.NewSM2Secret()
		make = suite.NewSM2
	}
	must(t, err)
	key, err := make(secret)
	must(t, err)
	coder, err := jose.NewCoder(jose.AlgOf(s), func() []suite.Signer { return []suite.Signer{key} }, sdjwt.TypeCredential)
	must(t, err)
	i, err := sdjwt.NewIssuer(coder, s, 1)
	must(t, err)
	public, err := suite.ParsePublicKey(key.PublicJWK())
	must(t, err)
	keys := func(tok *jose.Token, _ time.Time) (jose.Object, error) { return tok.VerifyWith(public) }
	return i, sdjwt.Verifier{Suite: s, Types: []string{sdjwt.TypeCredential}, Kind: netcert.Kind(issuer), Trust: keys, Holders: []string{jose.ES256}}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// The certificate is a credential of its holder's key, with the place of its status;
// the number in it is netid's alone to read.
func TestNetCertificate(t *testing.T) {
	for _, s := range []identity.Suite{identity.ES256, identity.SM} {
		t.Run(s.String(), func(t *testing.T) {
			i, v := scene(t, s)
			list := func(shard uint32) string { return issuer + "/status/" + string(rune('0'+shard)) }
			number := suite.Only(suite.NewSecret(s))
			m := netcert.New(issuer, i, number, list)
			secret, err := suite.NewES256Secret()
			must(t, err)
			device, err := suite.NewES256(secret)
			must(t, err)
			n := identity.NewNumber()
			c := identity.Certificate{ID: identity.NewCertificateID(), Device: device.PublicJWK(), Issued: time.Unix(100, 0), Expires: time.Unix(200, 0), Place: identity.PlaceIn(3, 77)}
			text, err := m.Mint(c, n)
			must(t, err)
			held, p, err := v.Accept(text, time.Unix(150, 0))
			must(t, err)
			bound, err := held.Bind(text, device, issuer, "nonce", time.Unix(150, 0))
			must(t, err)
			if _, err := v.ReadBound(bound, sdjwt.Binding{Audience: issuer, Nonce: "nonce", Window: time.Minute}, time.Unix(150, 0)); err != nil {
				t.Errorf("its holder does not present it: %v", err)
			}
			if ref, there, err := p.Status(); err != nil || !there || ref != (sdjwt.Reference{Index: 77, URI: issuer + "/status/3"}) {
				t.Errorf("%+v %v %v", ref, there, err)
			}
			if len(p.Claims) != 8 {
				t.Errorf("it says %d things", len(p.Claims))
			}
			if strings.Contains(text, string(n)) {
				t.Error("the number stands in the clear")
			}
			sealed, _ := p.Claims.Text("number")
			if id, _ := p.Claims.Text("jti"); id != c.ID.String() {
				t.Error(id)
			}
			if back, err := m.Number(c.ID, sealed); err != nil || back != n {
				t.Errorf("own number: %v", err)
			}
			if _, err := m.Number(identity.NewCertificateID(), sealed); err == nil {
				t.Error("opens under another certificate's id")
			}
			if _, err := netcert.New(issuer, i, suite.Only(suite.NewSecret(s)), list).Number(c.ID, sealed); err == nil {
				t.Error("opens under another key")
			}
			c.Place = 0
			if _, err := m.Mint(c, n); !fault.Is(err, fault.Internal) {
				t.Errorf("without a place: %v", err)
			}
		})
	}
}
