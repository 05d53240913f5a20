package client

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"math"
	"time"

	"golang.org/x/mod/sumdb/note"
)

// witness is the Ed25519 key of a witness (C2SP tlog-cosignature): its
// signature covers a time and the head.
type witness struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

const algCosignature = 4

func (w witness) Name() string    { return w.name }
func (w witness) KeyHash() uint32 { return w.hash }

// Verify takes eight bytes of time and the signature.
func (w witness) Verify(msg, sig []byte) bool {
	if len(sig) != 8+ed25519.SignatureSize {
		return false
	}
	at := binary.BigEndian.Uint64(sig)
	return at <= math.MaxInt64 && ed25519.Verify(w.key, cosigned(at, msg), sig[8:])
}

// cosigned is what a witness signs.
func cosigned(at uint64, head []byte) []byte {
	return append(fmt.Appendf(nil, "cosignature/v1\ntime %d\n", at), head...)
}

// parseWitness reads "name+hash+base64" of a witness.
func parseWitness(key string) (w witness, err error) {
	bad := fmt.Errorf("%w: not the key of a witness", ErrKey)
	name, hash, b, ok := cutKey(key)
	if !ok || len(b) != 1+ed25519.PublicKeySize || b[0] != algCosignature {
		return w, bad
	}
	w = witness{name, hash, b[1:]}
	return w, nil
}

// CheckCosigned checks a head that a witness cosigned: signed by the ledger's
// key and, with its time, by the witness's, "name+hash+base64" of the type
// cosignature/v1. Who trusts the witness knows by it that the ledger shows
// everybody the same history, up to this head and as of this time. Fails with
// ErrKey or ErrHead.
func CheckCosigned(head []byte, verifierKey, witnessKey string) (Head, time.Time, error) {
	h, err := CheckHead(head, verifierKey)
	if err != nil {
		return Head{}, time.Time{}, err
	}
	w, err := parseWitness(witnessKey)
	if err != nil {
		return Head{}, time.Time{}, err
	}
	n, err := note.Open(head, note.VerifierList(w))
	if err != nil {
		return Head{}, time.Time{}, fmt.Errorf("%w: no cosignature of %s: %v", ErrHead, w.name, err)
	}
	line, err := base64.StdEncoding.DecodeString(n.Sigs[0].Base64)
	if err != nil || len(line) < 12 || !bytes.Equal(line[:4], binary.BigEndian.AppendUint32(nil, w.hash)) {
		return Head{}, time.Time{}, fmt.Errorf("%w: the cosignature of %s", ErrHead, w.name)
	}
	return h, time.Unix(int64(binary.BigEndian.Uint64(line[4:])), 0).UTC(), nil
}
