package suite

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"

	"netid/internal/identity"
)

// answer is one known answer: what a primitive must give for what it is given.
type answer struct {
	name string
	gets func() []byte
	want string // hexadecimal
}

// SelfTest runs known answers through every primitive of the suite, with what
// each must refuse. A server that fails it must not start: a processor, a
// build or a library that computes wrongly would issue what nobody can check,
// or open what nobody may read.
func SelfTest() error {
	for _, a := range answers() {
		if got := hex.EncodeToString(a.gets()); got != a.want {
			return fmt.Errorf("suite self-test: %s computes wrongly", a.name)
		}
	}
	for name, ok := range map[string]func() bool{"ES256": signsES256, "Ed25519": signsEd25519, "AES-256-GCM": seals} {
		if !ok() {
			return fmt.Errorf("suite self-test: %s computes wrongly", name)
		}
	}
	return nil
}

func answers() []answer {
	return []answer{
		{"SHA-256 (FIPS 180-4, abc)", func() []byte { d := sha256.Sum256([]byte("abc")); return d[:] },
			"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
		{"HMAC-SHA-256 (RFC 4231, case 1)", func() []byte {
			h := hmac.New(sha256.New, bytes.Repeat([]byte{0x0b}, 20))
			h.Write([]byte("Hi There"))
			return h.Sum(nil)
		}, "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
		{"HKDF-SHA-256 (pinned)", func() []byte { return Derive(known(), "known answer", []byte("x")).Bytes() },
			"608a65cfe7349f65846654ecfffb90f2a175a6c12bbd310d99044c46e89459b0"},
		{"Ed25519 (RFC 8032 §7.1, test 1)", func() []byte {
			seed, _ := hex.DecodeString("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
			sig, _ := NewEdDSA(identity.NewSecret(identity.ES256, [32]byte(seed))).Sign(nil)
			return sig
		}, "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"},
		{"AES-256-GCM (pinned)", func() []byte {
			sealed, _ := hex.DecodeString("070707070707070707070707168729c5d1f3aa3f0d0afe54d3db3e462d0397b3a9")
			plain, _ := Open(known(), sealed, []byte("known answer"))
			return plain
		}, hex.EncodeToString([]byte("netid"))},
	}
}

// known is a key that anybody knows.
func known() identity.Secret {
	return identity.NewSecret(identity.ES256, [32]byte(bytes.Repeat([]byte{0x42}, 32)))
}

// signsES256: an own signature holds, and does not over another message.
func signsES256() bool {
	s, err := NewES256(known())
	if err != nil {
		return false
	}
	sig, err := s.Sign([]byte("known answer"))
	if err != nil {
		return false
	}
	return VerifyES256(s.PublicJWK(), []byte("known answer"), sig) == nil && VerifyES256(s.PublicJWK(), []byte("another"), sig) != nil &&
		VerifyES256([]byte(`{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}`),
			rfc7515(), rfc7515Signature()) == nil // RFC 7515, appendix A.3.1
}

func signsEd25519() bool {
	a, err := NewEdDSA(known()).Sign([]byte("a"))
	b, err2 := NewEdDSA(known()).Sign([]byte("a"))
	return err == nil && err2 == nil && bytes.Equal(a, b) && len(a) == 64
}

// seals: what is sealed opens, and not when one bit of text, key or place differs.
func seals() bool {
	sealed := Seal(known(), []byte("netid"), []byte("place"))
	plain, err := Open(known(), sealed, []byte("place"))
	if err != nil || string(plain) != "netid" {
		return false
	}
	bad := bytes.Clone(sealed)
	bad[len(bad)-1] ^= 1
	other := identity.NewSecret(identity.ES256, [32]byte(bytes.Repeat([]byte{0x43}, 32)))
	for _, open := range []func() ([]byte, error){
		func() ([]byte, error) { return Open(known(), bad, []byte("place")) },
		func() ([]byte, error) { return Open(other, sealed, []byte("place")) },
		func() ([]byte, error) { return Open(known(), sealed, []byte("elsewhere")) },
	} {
		if _, err := open(); err == nil {
			return false
		}
	}
	return true
}

func rfc7515() []byte {
	return []byte("eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ")
}

func rfc7515Signature() []byte {
	sig, _ := base64.RawURLEncoding.DecodeString("DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q")
	return sig
}
