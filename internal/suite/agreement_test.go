package suite_test

import (
	"encoding/base64"
	"fmt"
	"testing"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
)

// RFC 7518, Appendix C: what Bob agrees on with Alice.
func TestAgreementVector(t *testing.T) {
	d, err := base64.RawURLEncoding.DecodeString("VEmDZpDXXK8p8N0Cndsxs924q6nS1RXFASRl6BfUqdw")
	if err != nil {
		t.Fatal(err)
	}
	bob, err := suite.AgreementOf(d)
	if err != nil {
		t.Fatal(err)
	}
	alice, err := suite.ParsePublicKey([]byte(`{"kty":"EC","crv":"P-256","x":"gI0GAILBdu7T53akrFmMyGcsF3n5dO7MmwNBHKW5SV0","y":"SLW_xSffzlPWrHEVI30DHM_4egVwt3NQqeUD7nMFpps"}`))
	if err != nil {
		t.Fatal(err)
	}
	key, err := bob.ContentKey(alice, "A128GCM", 16, []byte("Alice"), []byte("Bob"))
	if got := base64.RawURLEncoding.EncodeToString(key); err != nil || got != "VqqN6vgjbSBcIijNcacQGg" {
		t.Error(got, err)
	}
	if _, err := bob.ContentKey(alice, "x", 33, nil, nil); err == nil {
		t.Error("more than one round gives")
	}
	for _, other := range []string{`{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`} {
		k, err := suite.ParsePublicKey([]byte(other))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := bob.ContentKey(k, "A128GCM", 16, nil, nil); !fault.Because(err, "device_key_invalid") {
			t.Error(other, err)
		}
	}
}

// The same secret gives every node the same key; another use or secret another one, and none is shown.
func TestAgreementComesOfASecret(t *testing.T) {
	for _, s := range []identity.Suite{identity.ES256, identity.SM} {
		secret := suite.NewSecret(s)
		seen := map[string]bool{}
		for _, of := range []struct {
			secret identity.Secret
			label  string
		}{{secret, "a"}, {secret, "a"}, {secret, "b"}, {suite.NewSecret(s), "a"}} {
			k, err := suite.NewAgreement(of.secret, of.label)
			if err != nil {
				t.Fatal(err)
			}
			seen[k.KeyID()] = true
			if fmt.Sprintf("%v %+v %#v", k, k, k) != "agreement key agreement key agreement key" {
				t.Errorf("%+v", k)
			}
		}
		if len(seen) != 3 {
			t.Errorf("%d keys", len(seen))
		}
	}
}
