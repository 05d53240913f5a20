package suite

import (
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"log/slog"

	"netid/internal/fault"
	"netid/internal/identity"
)

// Agreement is a key of ours to which others seal: the static half of ECDH-ES on
// P-256 (RFC 7518 §4.6). It comes of a secret of the keyring and changes with it, so that
// every node of a cluster has the same and nothing more is kept.
type Agreement struct {
	named
	key *ecdh.PrivateKey
}

// NewAgreement makes the key of one use. A scalar out of range, one of 2^32, is passed over.
func NewAgreement(secret identity.Secret, label string) (Agreement, error) {
	const op = "suite.NewAgreement"
	for i := byte(0); i < 8; i++ {
		scalar := MAC(secret, "netid/agreement/v1", []byte(label), []byte{i})
		key, err := ecdh.P256().NewPrivateKey(scalar[:])
		if err != nil {
			continue
		}
		public, ok := ecOf(curveP256, key.PublicKey().Bytes())
		if !ok {
			return Agreement{}, fault.Newf(op, fault.Internal, "internal", "a point of another length")
		}
		return Agreement{named{"ECDH-ES", public.canonical()}, key}, nil
	}
	return Agreement{}, fault.Newf(op, fault.Internal, "internal", "no scalar in eight")
}

// ContentKey is the key of one message (RFC 7518 §4.6.2, Concat KDF of one round): of
// so many bytes, for the content encryption enc, agreed with the sender's ephemeral
// key. Fails with Invalid "device_key_invalid" when that is no point of the curve.
func (a Agreement) ContentKey(ephemeral PublicKey, enc string, size int, apu, apv []byte) ([]byte, error) {
	const op = "suite.Agreement.ContentKey"
	other, ok := ephemeral.key.(*ecdsa.PublicKey)
	if !ok || ephemeral.alg != AlgES256 || size < 1 || size > sha256.Size {
		return nil, fault.New(op, fault.Invalid, "device_key_invalid")
	}
	point, err := other.ECDH()
	if err != nil {
		return nil, fault.Wrap(op, fault.Invalid, "device_key_invalid", err)
	}
	z, err := a.key.ECDH(point)
	if err != nil {
		return nil, fault.Wrap(op, fault.Invalid, "device_key_invalid", err)
	}
	in := append([]byte{0, 0, 0, 1}, z...)
	for _, part := range [][]byte{[]byte(enc), apu, apv} {
		in = append(binary.BigEndian.AppendUint32(in, uint32(len(part))), part...)
	}
	sum := sha256.Sum256(binary.BigEndian.AppendUint32(in, uint32(size*8)))
	return sum[:size], nil
}

func (a Agreement) Format(f fmt.State, _ rune) { io.WriteString(f, "agreement key") }
func (a Agreement) LogValue() slog.Value       { return slog.StringValue("agreement key") }
