package suite

import (
	"crypto/ecdh"
	"crypto/hpke"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"strings"

	"github.com/emmansun/gmsm/sm2"

	"netid/internal/fault"
	"netid/internal/identity"
)

// Recipient is the public half of a key that something can be sealed to by
// whoever has no key at all. Its algorithm belongs to its suite:
//
//	es256  HPKE base mode (RFC 9180): DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-256-GCM
//	sm     SM2 public key encryption (GB/T 32918.4, C1 || C3 || C2) of a fresh key, then Seal under it
//
// SM2's ciphertext is the standard's own concatenation and not the ASN.1 of
// GB/T 35276: of a fixed length, so that every row is as long as every other, and
// with nothing to parse.
type Recipient struct {
	suite identity.Suite
	point []byte // uncompressed, 65 bytes
}

const (
	pointSize    = 65
	sm2Wrapped   = pointSize + 32 + 32 // C1, C3, and C2 as long as the key
	envelopeInfo = "netid/envelope/v1"
)

// EnvelopeOverhead is what SealTo adds, by the suite of the recipient.
func EnvelopeOverhead(s identity.Suite) int {
	if s == identity.SM {
		return sm2Wrapped + Overhead
	}
	return pointSize + tagSize
}

// NewEnvelopeSecret draws the private half: a scalar of the suite's curve, in
// the range that both curves' standards ask for.
func NewEnvelopeSecret(s identity.Suite) (identity.Secret, error) {
	if s == identity.SM {
		return NewSM2Secret()
	}
	key, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		return identity.Secret{}, fault.Wrap("suite.NewEnvelopeSecret", fault.Internal, "internal", err)
	}
	return identity.NewSecret(s, [32]byte(key.Bytes())), nil
}

// RecipientOf gives the public half. Fails with Invalid "recipient_invalid"
// when the secret is no scalar of its suite's curve.
func RecipientOf(private identity.Secret) (Recipient, error) {
	const op = "suite.RecipientOf"
	if private.Suite() == identity.SM {
		key, err := sm2.NewPrivateKey(private.Bytes())
		if err != nil {
			return Recipient{}, fault.Newf(op, fault.Invalid, "recipient_invalid", "not an SM2 scalar")
		}
		point := make([]byte, pointSize)
		point[0] = 4
		key.X.FillBytes(point[1 : 1+coordinate])
		key.Y.FillBytes(point[1+coordinate:])
		return Recipient{identity.SM, point}, nil
	}
	key, err := ecdh.P256().NewPrivateKey(private.Bytes())
	if err != nil {
		return Recipient{}, fault.Newf(op, fault.Invalid, "recipient_invalid", "not a P-256 scalar")
	}
	return Recipient{identity.ES256, key.PublicKey().Bytes()}, nil
}

// ParseRecipient reads the one form that Text writes: the suite, a dot, and the
// point, which must lie on the curve. Fails with Invalid "recipient_invalid".
func ParseRecipient(text string) (Recipient, error) {
	const op = "suite.ParseRecipient"
	name, value, _ := strings.Cut(text, ".")
	r := Recipient{suite: identity.ES256}
	if name == identity.SM.String() {
		r.suite = identity.SM
	}
	var err error
	if r.point, err = base64.RawURLEncoding.Strict().DecodeString(value); err != nil || len(r.point) != pointSize || r.Text() != text {
		return Recipient{}, fault.Newf(op, fault.Invalid, "recipient_invalid", "not a suite and a point")
	}
	if r.suite == identity.SM {
		_, err = sm2.NewPublicKey(r.point)
	} else {
		_, err = ecdh.P256().NewPublicKey(r.point)
	}
	if err != nil {
		return Recipient{}, fault.Newf(op, fault.Invalid, "recipient_invalid", "not on the curve")
	}
	return r, nil
}

// Text is the public half as people and files carry it.
func (r Recipient) Text() string {
	return r.suite.String() + "." + base64.RawURLEncoding.EncodeToString(r.point)
}

// ID names the recipient: the first 8 bytes of a digest, in hexadecimal.
func (r Recipient) ID() string {
	d := DigestIn(r.suite, []byte("netid/recipient/v1"), r.point)
	return hex.EncodeToString(d[:8])
}

// Suite is the one whose algorithms it is used with.
func (r Recipient) Suite() identity.Suite { return r.suite }

// SealTo seals to whoever has the private half. aad is authenticated, not
// carried: {table, row, field, version}. To a recipient that was never set it fails
// with Internal.
func SealTo(to Recipient, plaintext, aad []byte) ([]byte, error) {
	const op = "suite.SealTo"
	if len(to.point) != pointSize {
		return nil, fault.Newf(op, fault.Internal, "internal", "the recipient was never set")
	}
	if to.suite == identity.SM {
		sealed, err := sealToSM2(to, plaintext, aad)
		return sealed, fault.Wrap(op, fault.Internal, "internal", err)
	}
	public, err := hpke.DHKEM(ecdh.P256()).NewPublicKey(to.point)
	if err != nil {
		return nil, fault.Wrap(op, fault.Internal, "internal", err)
	}
	enc, sender, err := hpke.NewSender(public, hpke.HKDFSHA256(), hpke.AES256GCM(), []byte(envelopeInfo))
	if err != nil {
		return nil, fault.Wrap(op, fault.Internal, "internal", err)
	}
	sealed, err := sender.Seal(aad, plaintext)
	return append(enc, sealed...), fault.Wrap(op, fault.Internal, "internal", err)
}

// OpenFrom undoes SealTo. Whatever is wrong (key, aad, one bit), it fails alike
// with Invalid "sealed_invalid". A zero key opens nothing (Internal).
func OpenFrom(private identity.Secret, sealed, aad []byte) ([]byte, error) {
	const op = "suite.OpenFrom"
	if private.Zero() {
		return nil, fault.Newf(op, fault.Internal, "internal", "the key was never set")
	}
	if len(sealed) < EnvelopeOverhead(private.Suite()) {
		return nil, fault.Newf(op, fault.Invalid, "sealed_invalid", "%d bytes", len(sealed))
	}
	if private.Suite() == identity.SM {
		plaintext, err := openFromSM2(private, sealed, aad)
		return plaintext, fault.Wrap(op, fault.Invalid, "sealed_invalid", err)
	}
	plaintext, err := openHPKE(private, []byte(envelopeInfo), sealed, aad)
	return plaintext, fault.Wrap(op, fault.Invalid, "sealed_invalid", err)
}

func openHPKE(private identity.Secret, info, sealed, aad []byte) ([]byte, error) {
	key, err := hpke.DHKEM(ecdh.P256()).NewPrivateKey(private.Bytes())
	if err != nil {
		return nil, err
	}
	recipient, err := hpke.NewRecipient(sealed[:pointSize], key, hpke.HKDFSHA256(), hpke.AES256GCM(), info)
	if err != nil {
		return nil, err
	}
	return recipient.Open(aad, sealed[pointSize:])
}

func sealToSM2(to Recipient, plaintext, aad []byte) ([]byte, error) {
	public, err := sm2.NewPublicKey(to.point)
	if err != nil {
		return nil, err
	}
	key := NewSecret(identity.SM)
	wrapped, err := sm2.Encrypt(rand.Reader, public, key.Bytes(), nil)
	if err != nil {
		return nil, err
	}
	return append(wrapped, Seal(under(key, wrapped), plaintext, aad)...), nil
}

func openFromSM2(private identity.Secret, sealed, aad []byte) ([]byte, error) {
	const op = "suite.openFromSM2"
	if sealed[0] != 4 { // the library would also take compressed points and ASN.1
		return nil, fault.Newf(op, fault.Invalid, "sealed_invalid", "not the one form")
	}
	key, err := sm2.NewPrivateKey(private.Bytes())
	if err != nil {
		return nil, fault.Newf(op, fault.Invalid, "sealed_invalid", "not an SM2 scalar")
	}
	b, err := sm2.Decrypt(key, sealed[:sm2Wrapped])
	if err != nil || len(b) != 32 {
		return nil, fault.Newf(op, fault.Invalid, "sealed_invalid", "the key does not open")
	}
	return Open(under(identity.NewSecret(identity.SM, [32]byte(b)), sealed[:sm2Wrapped]), sealed[sm2Wrapped:], aad)
}

// under binds what is sealed to the wrapped key before it, as HPKE's key
// schedule does by itself.
func under(key identity.Secret, wrapped []byte) identity.Secret {
	return Derive(key, envelopeInfo, wrapped)
}
