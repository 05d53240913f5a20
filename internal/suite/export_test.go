package suite

import (
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/ecdsa"
	"io"

	"github.com/emmansun/gmsm/sm2"

	"netid/internal/identity"
)

// Times is multiplication in the field of shares, for its known answers.
func Times(a, b byte) byte { return times(a, b) }

// The primitives under the names, for vectors that choose keys, salts and
// digests themselves.

func HMAC(s identity.Suite, key, message []byte) [32]byte        { return mac(s, key, message) }
func HKDF(s identity.Suite, salt, key, info []byte) [32]byte     { return hkdf(s, salt, key, info) }
func SM4GCM(key [16]byte) cipher.AEAD                            { return sm4GCM(key) }
func VerifySM2Digest(public *ecdsa.PublicKey, e, s []byte) error { return verifySM2(public, e, s) }
func ReadSM2Key(jwk []byte) (*ecdsa.PublicKey, error)            { return readSM2Key(jwk) }

// SM2Drawing is an SM2 signer with another source of randomness.
func SM2Drawing(secret identity.Secret, random io.Reader) (Signer, error) {
	s, err := NewSM2(secret)
	if err != nil {
		return nil, err
	}
	other := s.(sm2Signer)
	other.random = random
	return other, nil
}

// SM2As signs as somebody does whose distinguishing identifier is another.
func SM2As(secret identity.Secret, id string, message []byte, random io.Reader) ([]byte, error) {
	s, err := NewSM2(secret)
	if err != nil {
		return nil, err
	}
	der, err := s.(sm2Signer).key.Sign(random, message, sm2.NewSM2SignerOption(true, []byte(id)))
	if err != nil {
		return nil, err
	}
	return ReadSM2DER(der)
}

// What the self-test is made of, for tests that make it fail.

type (
	Answer = answer
	Trial  = trial
)

func Answers() []Answer                   { return answers() }
func Trials() []Trial                     { return trials() }
func Examine(a []Answer, t []Trial) error { return examine(a, t) }
func (a Answer) Name() string             { return a.name }
func (a Answer) Giving(f func(right []byte) []byte) Answer {
	return Answer{a.name, func() []byte { return f(a.gets()) }, a.want}
}
func (t Trial) Name() string                 { return t.name }
func FailingTrial(name string) Trial         { return Trial{name, func() bool { return false }} }
func Known(s identity.Suite) identity.Secret { return known(s) }
func Signs(c func(identity.Secret) (Signer, error), v verify, key identity.Secret) bool {
	return signs(c, v, key)
}
func VerifiesRFC7515(v verify) bool  { return verifiesRFC7515(v) }
func VerifiesGBT32918(v verify) bool { return verifiesGBT32918(v) }
func VerifiesTheCarry(v func(*ecdsa.PublicKey, []byte, []byte) error) bool {
	return verifiesTheCarry(v)
}

func Seals(s identity.Suite, seal func(identity.Secret, []byte, []byte) []byte, open func(identity.Secret, []byte, []byte) ([]byte, error)) bool {
	return seals(s, seal, open)
}

// SmallOrder are the refused points of Ed25519.
func SmallOrder() []string { return smallOrder[:] }

// AgreementOf is an agreement key of a given scalar.
func AgreementOf(scalar []byte) (Agreement, error) {
	key, err := ecdh.P256().NewPrivateKey(scalar)
	return Agreement{key: key}, err
}
