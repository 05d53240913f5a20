package suite

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"strconv"

	"netid/internal/fault"
)

const (
	maxJWK     = 1 << 10 // bytes
	coordinate = 32      // bytes of x and y on P-256
)

// ParseDeviceKey reads the public key of a device: a JWK (RFC 7517) of kty EC
// and crv P-256 with a point on the curve (RFC 7518 §6.2.1), at most 1 KB, no
// member twice, no private member; other members are ignored. It gives the
// canonical form {"crv","kty","x","y"} and its SHA-256 (RFC 7638). Fails with
// Invalid "device_key_invalid".
func ParseDeviceKey(jwk []byte) (canonical []byte, thumbprint [32]byte, err error) {
	k, _, err := readDeviceKey(jwk)
	if err != nil {
		return nil, thumbprint, fault.Wrap("suite.ParseDeviceKey", fault.Invalid, "device_key_invalid", err)
	}
	canonical = k.canonical()
	return canonical, sha256.Sum256(canonical), nil
}

func readDeviceKey(jwk []byte) (ecKey, *ecdsa.PublicKey, error) {
	m, err := members(jwk)
	if err != nil {
		return ecKey{}, nil, err
	}
	return deviceKey(m)
}

func deviceKey(m map[string]json.RawMessage) (ecKey, *ecdsa.PublicKey, error) {
	k, err := ecIn(m, curveP256)
	if err != nil {
		return k, nil, err
	}
	public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), k.point())
	if err != nil {
		return k, nil, fault.Newf("suite.readDeviceKey", fault.Invalid, "device_key_invalid", "not on the curve")
	}
	return k, public, nil
}

const curveP256 = "P-256"

// ShortDeviceKey is a device's key in its canonical form as 64 bytes, x and y, to be kept,
// and a passkey's as 65, a 1 before them: its origin is the service's own.
// What is no such key stays as it is. LongDeviceKey is the way back.
func ShortDeviceKey(jwk []byte, origin string) []byte {
	k, err := readEC(jwk, curveP256)
	switch {
	case err == nil && bytes.Equal(k.canonical(), jwk):
		return k.point()[1:]
	case err == nil && bytes.Equal(k.passkey(origin), jwk):
		return append([]byte{1}, k.point()[1:]...)
	}
	return jwk
}

// LongDeviceKey gives what ShortDeviceKey was given, and whether it is a passkey's.
func LongDeviceKey(kept []byte, origin string) (jwk []byte, passkey bool) {
	if k, ok := ecOf(curveP256, append([]byte{4}, kept...)); ok {
		return k.canonical(), false
	}
	if len(kept) == 1+2*coordinate && kept[0] == 1 {
		if k, ok := ecOf(curveP256, append([]byte{4}, kept[1:]...)); ok {
			return k.passkey(origin), true
		}
	}
	return kept, false
}

// PasskeyOf is a device's key as the one of a passkey: it has the origin that it is
// for as a member (client.CheckDevice). Fails as ParseDeviceKey does.
func PasskeyOf(jwk []byte, origin string) ([]byte, error) {
	k, _, err := readDeviceKey(jwk)
	return k.passkey(origin), fault.Wrap("suite.PasskeyOf", fault.Invalid, "device_key_invalid", err)
}

// privateMembers are those that carry private or symmetric keys (RFC 7518 §6, RFC 9964).
var privateMembers = [...]string{"d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"}

// ecKey is a public key of an elliptic curve as a JWK has it. Whether it is a
// point of its curve, the curve's own reader finds.
type ecKey struct {
	crv  string
	x, y [coordinate]byte
}

// readEC is the one reader of public keys, whatever their curve: a key that is
// refused for one suite is not taken for the other.
func readEC(jwk []byte, crv string) (ecKey, error) {
	m, err := members(jwk)
	if err != nil {
		return ecKey{}, err
	}
	return ecIn(m, crv)
}

func ecIn(members map[string]json.RawMessage, crv string) (ecKey, error) {
	bad := func(what string) (ecKey, error) {
		return ecKey{}, fault.Newf("suite.readEC", fault.Invalid, "device_key_invalid", "%s", what)
	}
	for _, private := range privateMembers {
		if _, there := members[private]; there {
			return bad("private member")
		}
	}
	if text(members["kty"]) != "EC" || text(members["crv"]) != crv {
		return bad("kty or crv")
	}
	k := ecKey{crv: crv}
	if !point(&k.x, text(members["x"])) || !point(&k.y, text(members["y"])) {
		return bad("coordinate")
	}
	return k, nil
}

// ecOf is the key of an uncompressed point (SEC 1 §2.3.3).
func ecOf(crv string, point []byte) (ecKey, bool) {
	if len(point) != 1+2*coordinate || point[0] != 4 {
		return ecKey{}, false
	}
	return ecKey{crv, [coordinate]byte(point[1 : 1+coordinate]), [coordinate]byte(point[1+coordinate:])}, true
}

func (k ecKey) point() []byte { return append(append([]byte{4}, k.x[:]...), k.y[:]...) }

// canonical has the members that RFC 7638 takes, in its order.
func (k ecKey) canonical() []byte {
	enc := base64.RawURLEncoding.EncodeToString
	return []byte(`{"crv":"` + k.crv + `","kty":"EC","x":"` + enc(k.x[:]) + `","y":"` + enc(k.y[:]) + `"}`)
}

func (k ecKey) passkey(origin string) []byte {
	return bytes.Replace(k.canonical(), []byte(`"x":`), []byte(`"origin":`+strconv.Quote(origin)+`,"x":`), 1)
}

// members reads one JSON object, names compared exactly (encoding/json's
// structs would take "KTY" for "kty" and the last of two).
func members(b []byte) (map[string]json.RawMessage, error) {
	bad := fault.Newf("suite.members", fault.Invalid, "device_key_invalid", "not one JSON object of at most %d bytes, each member once", maxJWK)
	if len(b) > maxJWK {
		return nil, bad
	}
	d := json.NewDecoder(bytes.NewReader(b))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, bad
	}
	m := map[string]json.RawMessage{}
	for d.More() {
		t, err := d.Token()
		name, ok := t.(string)
		if err != nil || !ok {
			return nil, bad
		}
		var value json.RawMessage
		if _, twice := m[name]; twice || d.Decode(&value) != nil {
			return nil, bad
		}
		m[name] = value
	}
	if t, err := d.Token(); err != nil || t != json.Delim('}') {
		return nil, bad
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, bad
	}
	return m, nil
}

// text is a JSON string's value, "" for anything else.
func text(raw json.RawMessage) (s string) {
	if len(raw) == 0 || raw[0] != '"' || json.Unmarshal(raw, &s) != nil {
		return ""
	}
	return s
}

// point reads a coordinate in full length (RFC 7518 §6.2.1.2): 43 characters.
func point(into *[coordinate]byte, s string) bool {
	if len(s) != base64.RawURLEncoding.EncodedLen(coordinate) {
		return false
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	return err == nil && copy(into[:], b) == coordinate
}
