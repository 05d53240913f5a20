package persona

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
)

// deviceKey is the P-256 key that a browser would hold non-extractable. It
// prints nothing; only a wallet file of mode 0600 carries it.
type deviceKey struct{ private *ecdsa.PrivateKey }

func newDeviceKey() (deviceKey, error) {
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	return deviceKey{k}, err
}

func (deviceKey) String() string   { return "device key" }
func (deviceKey) GoString() string { return "device key" }

// sign is ES256 as a browser's SubtleCrypto gives it: r||s, 64 bytes, base64url.
func (k deviceKey) sign(text string) (string, error) {
	digest := sha256.Sum256([]byte(text))
	r, s, err := ecdsa.Sign(rand.Reader, k.private, digest[:])
	if err != nil {
		return "", fmt.Errorf("sign with the device key: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(append(fixed(r), fixed(s)...)), nil
}

// jwk is the public key (RFC 7518 §6.2.1).
func (k deviceKey) jwk() (string, error) {
	point, err := k.private.PublicKey.Bytes() // 0x04 || x || y
	if err != nil {
		return "", err
	}
	b, err := json.Marshal(struct {
		Kty string `json:"kty"`
		Crv string `json:"crv"`
		X   string `json:"x"`
		Y   string `json:"y"`
	}{"EC", "P-256", base64.RawURLEncoding.EncodeToString(point[1:33]), base64.RawURLEncoding.EncodeToString(point[33:])})
	return string(b), err
}

// seal and unseal are the wallet file's form of the private key: 32 bytes, base64url.
func (k deviceKey) seal() (string, error) {
	d, err := k.private.Bytes()
	return base64.RawURLEncoding.EncodeToString(d), err
}

func unseal(s string) (deviceKey, error) {
	d, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		return deviceKey{}, err
	}
	k, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), d)
	return deviceKey{k}, err
}

func fixed(n *big.Int) []byte { return n.FillBytes(make([]byte, 32)) }

// passcodeOfAll is the passcode of every persona, so that two wallets of one persona know the same:
// a synthetic person has nothing to protect.
const passcodeOfAll = "40718263"
