package chip

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"crypto/elliptic"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/binary"
	"math/big"

	"github.com/ProtonMail/go-crypto/brainpool"
)

// Cipher is one of the four of secure messaging, numbered as the last arc of
// the protocols' object identifiers is.
type Cipher int

const (
	TripleDES Cipher = 1 + iota
	AES128
	AES192
	AES256
)

func (c Cipher) size() int {
	if c == TripleDES {
		return 8
	}
	return 16
}

// key is KDF(secret, use) (9303-11 §9.7.1).
func (c Cipher) key(secret []byte, use uint32) []byte {
	in := binary.BigEndian.AppendUint32(append([]byte(nil), secret...), use)
	h1, h2 := sha1.Sum(in), sha256.Sum256(in)
	switch c {
	case AES192:
		return h2[:24]
	case AES256:
		return h2[:]
	}
	return h1[:16]
}

func (c Cipher) block(key []byte) cipher.Block {
	var b cipher.Block
	if c == TripleDES {
		b, _ = des.NewTripleDESCipher(append(append([]byte(nil), key...), key[:8]...))
	} else {
		b, _ = aes.NewCipher(key) // of a length that key gives
	}
	return b
}

// sum authenticates: the last block of a CBC chain, finished as retail MAC or
// as CMAC. With 3DES the message is padded here, with AES CMAC does it itself.
func (c Cipher) sum(key, message []byte) []byte {
	if c == TripleDES {
		message = pad(message, 8)
		one, _ := des.NewCipher(key[:8])
		two, _ := des.NewCipher(key[8:16])
		cipher.NewCBCEncrypter(one, make([]byte, 8)).CryptBlocks(message, message)
		last := message[len(message)-8:]
		two.Decrypt(last, last)
		one.Encrypt(last, last)
		return last
	}
	b, _ := aes.NewCipher(key)
	zero := make([]byte, 16)
	b.Encrypt(zero, zero)
	k := twice(new(big.Int).SetBytes(zero))
	m := append([]byte(nil), message...)
	if len(m) == 0 || len(m)%16 != 0 {
		m, k = pad(m, 16), twice(k)
	}
	last := m[len(m)-16:]
	new(big.Int).Xor(new(big.Int).SetBytes(last), k).FillBytes(last)
	cipher.NewCBCEncrypter(b, make([]byte, 16)).CryptBlocks(m, m)
	return m[len(m)-16:][:8]
}

// twice is multiplication by x modulo x^128 + x^7 + x^2 + x + 1.
func twice(k *big.Int) *big.Int {
	k = new(big.Int).Lsh(k, 1)
	if k.Bit(128) == 1 {
		k.SetBit(k, 128, 0).Xor(k, big.NewInt(0x87))
	}
	return k
}

func pad(b []byte, size int) []byte {
	b = append(append([]byte(nil), b...), 0x80)
	for len(b)%size != 0 {
		b = append(b, 0)
	}
	return b
}

func unpad(b []byte) ([]byte, bool) {
	for i := len(b) - 1; i >= 0; i-- {
		switch b[i] {
		case 0:
		case 0x80:
			return b[:i], true
		default:
			return nil, false
		}
	}
	return nil, false
}

// curveOf are the standardized domain parameters by number (9303-11 §9.5.1).
func curveOf(parameter int) elliptic.Curve {
	switch parameter {
	case 12:
		return elliptic.P256()
	case 13:
		return brainpool.P256r1()
	case 15:
		return elliptic.P384()
	case 16:
		return brainpool.P384r1()
	}
	return nil
}

// spot is a point with the curve under it; (0, 0) is the one at infinity.
type spot struct {
	on   elliptic.Curve
	x, y *big.Int
}

func at(c elliptic.Curve, b []byte) (spot, bool) {
	n := (c.Params().BitSize + 7) / 8
	if len(b) != 1+2*n || b[0] != 4 {
		return spot{}, false
	}
	s := spot{c, new(big.Int).SetBytes(b[1 : 1+n]), new(big.Int).SetBytes(b[1+n:])}
	//lint:ignore SA1019 generic mapping adds points, which crypto/ecdh does not
	return s, c.IsOnCurve(s.x, s.y)
}

func generator(c elliptic.Curve) spot { return spot{c, c.Params().Gx, c.Params().Gy} }

func (s spot) times(k []byte) spot {
	//lint:ignore SA1019 as above
	x, y := s.on.ScalarMult(s.x, s.y, new(big.Int).Mod(new(big.Int).SetBytes(k), s.on.Params().N).Bytes())
	return spot{s.on, x, y}
}

func (s spot) plus(t spot) spot {
	//lint:ignore SA1019 as above
	x, y := s.on.Add(s.x, s.y, t.x, t.y)
	return spot{s.on, x, y}
}

func (s spot) bytes() []byte {
	n := (s.on.Params().BitSize + 7) / 8
	return append(append([]byte{4}, s.x.FillBytes(make([]byte, n))...), s.y.FillBytes(make([]byte, n))...)
}

// across is the x coordinate: what both sides share.
func (s spot) across() []byte {
	return s.x.FillBytes(make([]byte, (s.on.Params().BitSize+7)/8))
}
