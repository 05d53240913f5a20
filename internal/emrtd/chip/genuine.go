package chip

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/asn1"
	"errors"
	"io"
	"math/big"
)

// agree is chip authentication (9303-11 §6.2): from the next command on, keys
// that only this chip's own key leads to.
func (c *Chip) agree(public []byte) status {
	g := c.content.Agreement
	theirs, ok := at(curveOf(g.Parameter), public)
	if !ok {
		return badData
	}
	c.safe = newChannel(g.Cipher, theirs.times(g.Key).across(), make([]byte, g.Cipher.size()))
	return done
}

// sign is INTERNAL AUTHENTICATE over the terminal's 8 bytes.
func (c *Chip) sign(r request) ([]byte, status) {
	if c.safe == nil {
		return nil, notSatisfied
	}
	if c.content.Active == nil {
		return nil, badIns
	}
	if len(r.data) != 8 {
		return nil, wrongLength
	}
	b, err := Sign(c.content.Active, r.data, c.random)
	if err != nil || len(b) > r.le {
		return nil, notNow
	}
	return b, done
}

// Sign is a chip's answer to a challenge, active authentication (9303-11
// §6.1.2): ISO/IEC 9796-2 scheme 1 with RSA, plain r||s with ECDSA on P-256.
func Sign(key crypto.Signer, challenge []byte, random io.Reader) ([]byte, error) {
	switch key := key.(type) {
	case *rsa.PrivateKey:
		return recoverable(key, challenge, random)
	case *ecdsa.PrivateKey:
		h := sha256.Sum256(challenge)
		r, s, err := ecdsa.Sign(random, key, h[:])
		if err != nil {
			return nil, err
		}
		b := make([]byte, 64) // plain r||s (TR-03111 §5.2.1)
		r.FillBytes(b[:32])
		s.FillBytes(b[32:])
		return b, nil
	}
	return nil, errors.New("a key of no kind that chips have")
}

// recoverable signs by ISO/IEC 9796-2 scheme 1 with partial recovery: 6A, the
// chip's own random part, SHA-256 over it and the challenge, 34CC.
func recoverable(key *rsa.PrivateKey, challenge []byte, random io.Reader) ([]byte, error) {
	size := key.Size()
	m := make([]byte, size)
	m[0] = 0x6A
	own := m[1 : size-sha256.Size-2]
	if _, err := io.ReadFull(random, own); err != nil {
		return nil, err
	}
	h := sha256.Sum256(append(append([]byte(nil), own...), challenge...))
	copy(m[size-sha256.Size-2:], h[:])
	m[size-2], m[size-1] = 0x34, 0xCC
	return new(big.Int).Exp(new(big.Int).SetBytes(m), key.D, key.N).FillBytes(make([]byte, size)), nil
}

// protocol is an object identifier below 0.4.0.127.0.7.2.2.
func protocol(arcs ...int) asn1.ObjectIdentifier {
	return append(asn1.ObjectIdentifier{0, 4, 0, 127, 0, 7, 2, 2}, arcs...)
}

// Infos are the SecurityInfos of a chip (9303-11 §9.2), as EF.CardAccess and
// data group 14 hold them.
func Infos(offers []PACE, g *Agreement) []byte {
	type info struct {
		Protocol asn1.ObjectIdentifier
		Version  int
		Number   int `asn1:"optional"`
	}
	var set []byte
	for _, o := range offers {
		b, _ := asn1.Marshal(info{protocol(4, 2, int(o.Cipher)), 2, o.Parameter})
		set = append(set, b...)
	}
	if g != nil {
		b, _ := asn1.Marshal(info{Protocol: protocol(3, 2, int(g.Cipher)), Version: 1})
		set = append(append(set, b...), g.public()...)
	}
	return tlv(asn1.ClassUniversal, asn1.TagSet, true, set)
}

// public is the key as a ChipAuthenticationPublicKeyInfo, its curve by the
// standardized number (TR-03110-3 A.2.1.1).
func (g *Agreement) public() []byte {
	type algorithm struct {
		ID        asn1.ObjectIdentifier
		Parameter int
	}
	type key struct {
		Algorithm algorithm
		Key       asn1.BitString
	}
	point := generator(curveOf(g.Parameter)).times(g.Key).bytes()
	b, _ := asn1.Marshal(struct {
		Protocol asn1.ObjectIdentifier
		Key      key
	}{protocol(1, 2), key{algorithm{asn1.ObjectIdentifier{0, 4, 0, 127, 0, 7, 1, 2}, g.Parameter}, asn1.BitString{Bytes: point, BitLength: 8 * len(point)}}})
	return b
}
