package suite_test

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"testing"

	"netid/internal/identity"
	"netid/internal/suite"
)

func TestES256SignerMakesWhatVerifyTakes(t *testing.T) {
	for range 20 { // r and s with leading zeros must keep their 32 bytes
		key, err := suite.NewES256Secret()
		if err != nil {
			t.Fatal(err)
		}
		s, err := suite.NewES256(key)
		if err != nil {
			t.Fatal(err)
		}
		sig, err := s.Sign([]byte("m"))
		if err != nil || s.Alg() != "ES256" {
			t.Fatal(s.Alg(), err)
		}
		if err := suite.VerifyES256(s.PublicJWK(), []byte("m"), sig); err != nil {
			t.Error(err)
		}
		canonical, thumbprint, err := suite.ParseDeviceKey(s.PublicJWK())
		if err != nil || string(canonical) != string(s.PublicJWK()) || s.KeyID() != base64.RawURLEncoding.EncodeToString(thumbprint[:]) {
			t.Errorf("%s, id %s: %v", canonical, s.KeyID(), err)
		}
	}
}

func TestES256RefusesWhatIsNoScalar(t *testing.T) {
	n, _ := hex.DecodeString("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551")
	for name, s := range map[string]identity.Secret{"zero": {}, "n": identity.NewSecret(identity.ES256, [32]byte(n)), "max": secret(0xff)} {
		if _, err := suite.NewES256(s); err == nil {
			t.Errorf("%s makes a signer", name)
		}
	}
}

func TestEdDSAOfRFC8032(t *testing.T) { // §7.1 test 1; key id: RFC 8037 appendix A.3
	seed, _ := hex.DecodeString("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
	s := suite.NewEdDSA(identity.NewSecret(identity.ES256, [32]byte(seed)))
	sig, err := s.Sign(nil)
	if err != nil || hex.EncodeToString(sig) != "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b" {
		t.Errorf("%x %v", sig, err)
	}
	if s.Alg() != "EdDSA" || s.KeyID() != "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k" {
		t.Error(s.Alg(), s.KeyID())
	}
	var k struct{ Kty, Crv, X string }
	if err := json.Unmarshal(s.PublicJWK(), &k); err != nil || k.Kty != "OKP" || k.Crv != "Ed25519" {
		t.Fatal(k, err)
	}
	public, _ := base64.RawURLEncoding.DecodeString(k.X)
	sig, _ = s.Sign([]byte("m"))
	if !ed25519.Verify(public, []byte("m"), sig) {
		t.Error("does not verify")
	}
}

func TestPublicJWKIsACopy(t *testing.T) {
	s := suite.NewEdDSA(secret(1))
	id := s.KeyID()
	s.PublicJWK()[0] = 'x'
	if s.KeyID() != id || s.PublicJWK()[0] != '{' {
		t.Error("a caller can change the signer")
	}
}
