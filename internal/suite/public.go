package suite

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"math/big"
	"strconv"
	"strings"

	"netid/internal/fault"
)

// The algorithms of other people's keys (RFC 7518 §3.1, RFC 8037 §3.1).
const (
	AlgES256 = "ES256"
	AlgPS256 = "PS256"
	AlgEdDSA = "EdDSA" // Ed25519 alone
)

const (
	minRSA = 2048 // bits; RFC 7518 §3.5
	maxRSA = 4096
)

// PublicKey is somebody else's key, read once. It verifies one algorithm: its
// kind decides which, and nothing that is signed by it does.
type PublicKey struct {
	alg string
	jwk []byte // canonical
	key any    // *ecdsa.PublicKey, *rsa.PublicKey or ed25519.PublicKey
}

// ParsePublicKey reads a JWK of at most 1 KB, no member twice, no private
// member: EC on P-256 is for ES256, OKP with Ed25519 for EdDSA, RSA of 2048 to
// 4096 bits for PS256, EC on CurveSM2 for SM2. Keys that are no keys are
// refused: a point off its curve or of small order, an exponent below 65537, a
// modulus of the broken generator that CVE-2017-15361 is about. Other members are
// ignored. Fails with Invalid "device_key_invalid".
func ParsePublicKey(jwk []byte) (PublicKey, error) {
	m, err := members(jwk)
	if err != nil {
		return PublicKey{}, err
	}
	for _, private := range privateMembers {
		if _, there := m[private]; there {
			return PublicKey{}, badKey("private member")
		}
	}
	switch kty, crv := text(m["kty"]), text(m["crv"]); {
	case kty == "EC" && crv == CurveSM2:
		k, err := readEC(jwk, CurveSM2)
		if err != nil {
			return PublicKey{}, err
		}
		public, err := readSM2Key(jwk)
		return PublicKey{AlgSM2, k.canonical(), public}, err
	case kty == "EC":
		k, public, err := deviceKey(m)
		return PublicKey{AlgES256, k.canonical(), public}, err
	case kty == "OKP" && crv == "Ed25519":
		x, ok := number(text(m["x"]), ed25519.PublicKeySize)
		if !ok || len(x) != ed25519.PublicKeySize {
			return PublicKey{}, badKey("x")
		}
		return ed25519Of(x)
	case kty == "RSA":
		n, ok1 := number(text(m["n"]), maxRSA/8)
		e, ok2 := number(text(m["e"]), 4)
		if !ok1 || !ok2 {
			return PublicKey{}, badKey("n or e")
		}
		return rsaOf(new(big.Int).SetBytes(n), new(big.Int).SetBytes(e))
	}
	return PublicKey{}, badKey("kty or crv")
}

func badKey(what string) error {
	return fault.Newf("suite.ParsePublicKey", fault.Invalid, "device_key_invalid", "%s", what)
}

// number reads base64url of at most so many bytes.
func number(s string, most int) ([]byte, bool) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	return b, err == nil && len(b) > 0 && len(b) <= most && !strings.ContainsAny(s, "\r\n")
}

// ed25519Of refuses keys for which anybody can make a signature.
func ed25519Of(x []byte) (PublicKey, error) {
	y := append([]byte(nil), x...)
	y[31] &= 0x7f // the sign of the other coordinate
	for _, small := range smallOrder {
		if hex.EncodeToString(y) == small {
			return PublicKey{}, badKey("a point of small order")
		}
	}
	jwk := `{"crv":"Ed25519","kty":"OKP","x":"` + base64.RawURLEncoding.EncodeToString(x) + `"}`
	return PublicKey{AlgEdDSA, []byte(jwk), ed25519.PublicKey(x)}, nil
}

// smallOrder are the y of the points of Ed25519's curve of order 1, 2, 4 and 8,
// little-endian, in every form in which the field's elements can be written.
var smallOrder = [...]string{
	"0000000000000000000000000000000000000000000000000000000000000000",
	"0100000000000000000000000000000000000000000000000000000000000000",
	"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
	"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
	"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
}

func rsaOf(n, e *big.Int) (PublicKey, error) {
	switch {
	case n.BitLen() < minRSA || n.BitLen() > maxRSA || n.Bit(0) == 0:
		return PublicKey{}, badKey("modulus")
	case !e.IsInt64() || e.Int64() < 65537 || e.Int64() > 1<<31-1 || e.Bit(0) == 0: // FIPS 186-5 §5.1; the bound above is the library's
		return PublicKey{}, badKey("exponent")
	case weakGenerator(n):
		return PublicKey{}, badKey("a modulus of CVE-2017-15361")
	}
	enc := base64.RawURLEncoding.EncodeToString
	jwk := `{"e":"` + enc(e.Bytes()) + `","kty":"RSA","n":"` + enc(n.Bytes()) + `"}`
	return PublicKey{AlgPS256, []byte(jwk), &rsa.PublicKey{N: n, E: int(e.Int64())}}, nil
}

// weakGenerator knows the moduli of that generator by their mark: its primes,
// and so their product, are powers of 65537 modulo every small prime (Nemec and
// others, CCS 2017). Of other moduli less than one in 2^27 has it.
func weakGenerator(n *big.Int) bool {
	for _, p := range []int64{3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107, 109, 113, 127,
		131, 137, 139, 149, 151, 157, 163, 167} {
		rest := new(big.Int).Mod(n, big.NewInt(p)).Int64()
		power, found := int64(1), false
		for range p {
			found = found || power == rest
			power = power * 65537 % p
		}
		if !found {
			return false
		}
	}
	return true
}

// Alg is the algorithm that the key verifies.
func (k PublicKey) Alg() string { return k.alg }

// Thumbprint is base64url of the key's RFC 7638 thumbprint.
func (k PublicKey) Thumbprint() string {
	t := sha256.Sum256(k.jwk)
	return base64.RawURLEncoding.EncodeToString(t[:])
}

// JWK is the canonical form: the members that RFC 7638 takes, in its order.
func (k PublicKey) JWK() []byte { return append([]byte(nil), k.jwk...) }

// Verify checks a signature in the form that JWS gives it: r||s of 64 bytes
// (RFC 7518 §3.4), RSASSA-PSS with a salt as long as the digest (§3.5), or R||S
// (RFC 8037). Fails with Invalid "signature_invalid".
func (k PublicKey) Verify(message, sig []byte) error {
	const op = "suite.PublicKey.Verify"
	switch key := k.key.(type) {
	case *ecdsa.PublicKey:
		if k.alg == AlgSM2 {
			return VerifySM2(k.jwk, message, sig)
		}
		return fault.At(op, verifyES256(key, message, sig))
	case ed25519.PublicKey:
		if len(sig) == ed25519.SignatureSize && ed25519.Verify(key, message, sig) {
			return nil
		}
	case *rsa.PublicKey:
		d := sha256.Sum256(message)
		err := rsa.VerifyPSS(key, crypto.SHA256, d[:], sig, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash})
		return fault.Wrap(op, fault.Invalid, "signature_invalid", err)
	}
	return fault.Newf(op, fault.Invalid, "signature_invalid", "%d bytes by %s", len(sig), strconv.Quote(k.alg))
}
