package holder

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"slices"
)

// metadata is of the verifier what an encrypted answer needs (OpenID4VP 1.0 §5.1).
type metadata struct {
	Keys struct {
		Keys []struct {
			public
			Alg string `json:"alg"`
			Kid string `json:"kid"`
		} `json:"keys"`
	} `json:"jwks"`
	Encs []string `json:"encrypted_response_enc_values_supported"`
}

// seal is compact JWE: ECDH-ES on P-256 with AES-GCM (RFC 7516 §5.1, RFC 7518 §4.6).
func (m metadata) seal(plain []byte) (string, error) {
	for _, k := range m.Keys.Keys {
		if k.Crv != "P-256" || k.Alg != "ECDH-ES" {
			continue
		}
		x, err1 := base64.RawURLEncoding.DecodeString(k.X)
		y, err2 := base64.RawURLEncoding.DecodeString(k.Y)
		theirs, err3 := ecdh.P256().NewPublicKey(slices.Concat([]byte{4}, x, y))
		if err := errors.Join(err1, err2, err3); err != nil {
			return "", err
		}
		enc, bits := "A128GCM", 128 // the default (§5.1)
		if slices.Contains(m.Encs, "A256GCM") {
			enc, bits = "A256GCM", 256
		}
		return sealTo(theirs, k.Kid, enc, bits, plain)
	}
	return "", errors.New("the verifier has no key to encrypt to")
}

func sealTo(theirs *ecdh.PublicKey, kid, enc string, bits int, plain []byte) (string, error) {
	ours, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		return "", err
	}
	z, err := ours.ECDH(theirs)
	if err != nil {
		return "", err
	}
	point := ours.PublicKey().Bytes()
	h, err := json.Marshal(map[string]any{"alg": "ECDH-ES", "enc": enc, "kid": kid, "epk": public{"EC", "P-256", encode(point[1:33]), encode(point[33:])}})
	if err != nil {
		return "", err
	}
	// RFC 7518 §4.6.2: one round of the Concat KDF, no PartyUInfo, no PartyVInfo.
	secret := sha256.Sum256(slices.Concat(number(1), z, number(len(enc)), []byte(enc), number(0), number(0), number(bits)))
	block, err := aes.NewCipher(secret[:bits/8])
	if err != nil {
		return "", err
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return "", err
	}
	iv := make([]byte, gcm.NonceSize())
	rand.Read(iv)
	header := encode(h)
	out := gcm.Seal(nil, iv, plain, []byte(header))
	cut := len(out) - gcm.Overhead()
	return header + ".." + encode(iv) + "." + encode(out[:cut]) + "." + encode(out[cut:]), nil
}

func number(n int) []byte { return binary.BigEndian.AppendUint32(nil, uint32(n)) }
