package suite

import (
	"crypto/ecdsa"
	"crypto/rand"
	"io"

	"github.com/emmansun/gmsm/sm2"

	"netid/internal/fault"
	"netid/internal/identity"
)

// SM2 has no registered name in JOSE, so these are ours, collision-resistant
// as RFC 7515 §4.1.1 and RFC 7517 §6.2.1.1 ask of private ones.
const (
	AlgSM2   = "urn:netid:alg:SM2"
	CurveSM2 = "urn:netid:crv:SM2"
)

// sm2ID is the distinguishing identifier of every signature, as GB/T 35276 has
// it where the parties agreed on no other.
const sm2ID = "1234567812345678"

// NewSM2Secret draws the private key of an SM2 signer: a scalar in 1..n-2,
// big-endian.
func NewSM2Secret() (identity.Secret, error) {
	key, err := sm2.GenerateKey(rand.Reader)
	if err != nil {
		return identity.Secret{}, fault.Wrap("suite.NewSM2Secret", fault.Internal, "internal", err)
	}
	var scalar [coordinate]byte
	key.D.FillBytes(scalar[:])
	return identity.NewSecret(identity.SM, scalar), nil
}

// NewSM2 makes the signer of a private scalar. Fails when the secret is no
// scalar in 1..n-2 (GB/T 32918.1 §6.1), or not a key of the suite sm.
func NewSM2(secret identity.Secret) (Signer, error) {
	const op = "suite.NewSM2"
	if secret.Suite() != identity.SM {
		return nil, fault.Newf(op, fault.Internal, "internal", "a key of another suite")
	}
	key, err := sm2.NewPrivateKey(secret.Bytes())
	if err != nil {
		return nil, fault.Newf(op, fault.Internal, "internal", "not an SM2 scalar")
	}
	public := ecKey{crv: CurveSM2}
	key.X.FillBytes(public.x[:])
	key.Y.FillBytes(public.y[:])
	return sm2Signer{key, rand.Reader, named{AlgSM2, public.canonical()}}, nil
}

type sm2Signer struct {
	key    *sm2.PrivateKey
	random io.Reader
	named
}

// Sign gives r||s, 64 bytes, over SM3(ZA || message) with GB/T 35276's default
// identifier. The nonce is drawn from key, digest and fresh randomness together,
// so that randomness that repeats gives no nonce twice; where there is none, it
// signs nothing.
func (s sm2Signer) Sign(message []byte) ([]byte, error) {
	const op = "suite.Sign"
	e, err := sm2.CalculateSM2Hash(&s.key.PublicKey, message, []byte(sm2ID)) // not left to Sign, which refuses an empty message
	if err != nil {
		return nil, fault.Wrap(op, fault.Internal, "internal", err)
	}
	der, err := s.key.Sign(s.random, e, nil)
	if err != nil {
		return nil, fault.Wrap(op, fault.Internal, "internal", err)
	}
	sig, err := ReadSM2DER(der)
	return sig, fault.Wrap(op, fault.Internal, "internal", err)
}

// VerifySM2 checks r||s over message, with GB/T 35276's default identifier, by
// a public key: a JWK of kty EC and the curve CurveSM2, read as strictly as a
// device's. Fails with Invalid "device_key_invalid" or "signature_invalid".
func VerifySM2(jwk, message, sig []byte) error {
	const op = "suite.VerifySM2"
	public, err := readSM2Key(jwk)
	if err != nil {
		return fault.At(op, err)
	}
	digest, err := sm2.CalculateSM2Hash(public, message, []byte(sm2ID))
	if err != nil {
		return fault.Wrap(op, fault.Invalid, "signature_invalid", err)
	}
	return fault.At(op, verifySM2(public, digest, sig))
}

// verifySM2 checks r||s over e, the digest of ZA and a message.
func verifySM2(public *ecdsa.PublicKey, e, sig []byte) error {
	der, err := SM2DER(sig) // refuses r and s outside 1..n-1
	if err != nil {
		return err
	}
	if !sm2.VerifyASN1(public, e, der) { // refuses r + s = n
		return fault.New("suite.verifySM2", fault.Invalid, "signature_invalid")
	}
	return nil
}

func readSM2Key(jwk []byte) (*ecdsa.PublicKey, error) {
	k, err := readEC(jwk, CurveSM2)
	if err != nil {
		return nil, err
	}
	public, err := sm2.NewPublicKey(k.point())
	if err != nil {
		return nil, fault.Newf("suite.readSM2Key", fault.Invalid, "device_key_invalid", "not on the curve")
	}
	return public, nil
}
