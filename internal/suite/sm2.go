package suite

import (
	"crypto/ecdsa"
	"crypto/rand"
	"encoding/base64"
	"math/big"

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
// scalar in 1..n-2, or not a key of the suite sm.
func NewSM2(secret identity.Secret) (Signer, error) {
	const op = "suite.NewSM2"
	if secret.Suite() != identity.SM {
		return nil, fault.Newf(op, fault.Internal, "internal", "a key of another suite")
	}
	key, err := sm2.NewPrivateKey(secret.Bytes())
	if err != nil {
		return nil, fault.Newf(op, fault.Internal, "internal", "not an SM2 scalar")
	}
	var x, y [coordinate]byte
	key.X.FillBytes(x[:])
	key.Y.FillBytes(y[:])
	enc := base64.RawURLEncoding.EncodeToString
	public := []byte(`{"crv":"` + CurveSM2 + `","kty":"EC","x":"` + enc(x[:]) + `","y":"` + enc(y[:]) + `"}`)
	return sm2Signer{key, named{AlgSM2, public}}, nil
}

type sm2Signer struct {
	key *sm2.PrivateKey
	named
}

// Sign gives r||s, 64 bytes, over SM3(ZA || message) with GB/T 35276's default
// identifier.
func (s sm2Signer) Sign(message []byte) ([]byte, error) {
	const op = "suite.Sign"
	der, err := s.key.Sign(rand.Reader, message, sm2.NewSM2SignerOption(true, []byte(sm2ID)))
	if err != nil {
		return nil, fault.Wrap(op, fault.Internal, "internal", err)
	}
	sig, err := ReadSM2DER(der)
	return sig, fault.At(op, err)
}

// VerifySM2 checks r||s over message by the public key of an own SM2 signer
// (the JWK that it gives). Fails with Invalid "device_key_invalid" or
// "signature_invalid".
func VerifySM2(jwk, message, sig []byte) error {
	const op = "suite.VerifySM2"
	public, err := readSM2Key(jwk)
	if err != nil {
		return fault.At(op, err)
	}
	if len(sig) != es256Size {
		return fault.Newf(op, fault.Invalid, "signature_invalid", "%d bytes", len(sig))
	}
	hash, err := sm2.CalculateSM2Hash(public, message, []byte(sm2ID))
	if err != nil {
		return fault.Wrap(op, fault.Invalid, "signature_invalid", err)
	}
	if !sm2.Verify(public, hash, new(big.Int).SetBytes(sig[:coordinate]), new(big.Int).SetBytes(sig[coordinate:])) {
		return fault.New(op, fault.Invalid, "signature_invalid")
	}
	return nil
}

func readSM2Key(jwk []byte) (*ecdsa.PublicKey, error) {
	const op = "suite.readSM2Key"
	m, err := members(jwk)
	if err != nil {
		return nil, err
	}
	var x, y [coordinate]byte
	if text(m["kty"]) != "EC" || text(m["crv"]) != CurveSM2 || !point(&x, text(m["x"])) || !point(&y, text(m["y"])) {
		return nil, fault.Newf(op, fault.Invalid, "device_key_invalid", "kty, crv or coordinate")
	}
	public, err := sm2.NewPublicKey(append(append([]byte{4}, x[:]...), y[:]...))
	if err != nil {
		return nil, fault.Newf(op, fault.Invalid, "device_key_invalid", "not on the curve")
	}
	return public, nil
}
