package terminal

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/subtle"
)

// kind is a cipher of secure messaging with the length of its keys (9303-11 §9.7).
type kind int

const (
	tripleDES kind = iota // two keys, retail MAC
	aes128
	aes192
	aes256
)

func (k kind) block() int {
	if k == tripleDES {
		return des.BlockSize
	}
	return aes.BlockSize
}

// What a key is derived for (9303-11 §9.7.1).
const (
	forEncryption = 1
	forMAC        = 2
	forNonce      = 3
)

// derive is KDF(K, c): SHA-1 for keys of 112 and 128 bits, SHA-256 for longer
// ones. The parity bits of a DES key are left as they come: DES ignores them.
func (k kind) derive(shared []byte, use byte) []byte {
	in := append(bytes.Clone(shared), 0, 0, 0, use)
	switch k {
	case aes192:
		h := sha256.Sum256(in)
		return h[:24]
	case aes256:
		h := sha256.Sum256(in)
		return h[:]
	}
	h := sha1.Sum(in)
	return h[:16]
}

// cipher makes the block cipher of a derived key.
func (k kind) cipher(key []byte) (cipher.Block, error) {
	if k == tripleDES {
		return des.NewTripleDESCipher(append(bytes.Clone(key), key[:8]...)) // K1 K2 K1
	}
	return aes.NewCipher(key)
}

// mac is the retail MAC for 3DES (ISO/IEC 9797-1 algorithm 3, on blocks that
// are whole) and CMAC for AES (NIST SP 800-38B), 8 bytes of either.
func (k kind) mac(key, message []byte) ([]byte, error) {
	if k == tripleDES {
		return retail(key, message)
	}
	c, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cmac(c, message)[:8], nil
}

func retail(key, message []byte) ([]byte, error) {
	first, err := des.NewCipher(key[:8])
	if err != nil {
		return nil, err
	}
	second, err := des.NewCipher(key[8:16])
	if err != nil {
		return nil, err
	}
	y := make([]byte, des.BlockSize)
	for ; len(message) >= des.BlockSize; message = message[des.BlockSize:] {
		subtle.XORBytes(y, y, message[:des.BlockSize])
		first.Encrypt(y, y)
	}
	second.Decrypt(y, y)
	first.Encrypt(y, y)
	return y, nil
}

func cmac(c cipher.Block, message []byte) []byte {
	n := c.BlockSize()
	mask := make([]byte, n)
	c.Encrypt(mask, mask)
	doubled(mask)
	y := make([]byte, n)
	for ; len(message) > n; message = message[n:] {
		subtle.XORBytes(y, y, message[:n])
		c.Encrypt(y, y)
	}
	last := message
	if len(message) < n {
		doubled(mask)
		last = padded(message, n)
	}
	subtle.XORBytes(y, y, last)
	subtle.XORBytes(y, y, mask)
	c.Encrypt(y, y)
	return y
}

// doubled multiplies by x in GF(2^128) (SP 800-38B §6.1).
func doubled(b []byte) {
	carry := byte(0)
	for i := len(b) - 1; i >= 0; i-- {
		b[i], carry = b[i]<<1|carry, b[i]>>7
	}
	b[len(b)-1] ^= 0x87 & -carry
}

// padded adds 80 and zeros to whole blocks (ISO/IEC 9797-1 method 2).
func padded(b []byte, block int) []byte {
	out := make([]byte, (len(b)/block+1)*block)
	out[copy(out, b)] = 0x80
	return out
}

// unpadded takes exactly that off.
func unpadded(b []byte, block int) ([]byte, error) {
	n := len(bytes.TrimRight(b, "\x00")) - 1
	if n < 0 || len(b)-n > block || b[n] != 0x80 {
		return nil, malformed("padding")
	}
	return b[:n], nil
}
