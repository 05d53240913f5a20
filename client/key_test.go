package client_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"math/big"
	"testing"

	"netid/client"
)

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// device is a P-256 key as a citizen's browser or an issuer holds it.
type device struct{ *ecdsa.PrivateKey }

func newDevice(t testing.TB) device {
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return device{k}
}

func (d device) sign(message []byte) []byte {
	digest := sha256.Sum256(message)
	r, s, err := ecdsa.Sign(rand.Reader, d.PrivateKey, digest[:])
	if err != nil {
		panic(err)
	}
	return append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
}

func (d device) members() map[string]any {
	point, _ := d.PublicKey.Bytes()
	return map[string]any{"kty": "EC", "crv": "P-256", "x": b64(point[1:33]), "y": b64(point[33:])}
}

// jwk is the public key with members changed or, when nil, taken away.
func (d device) jwk(change map[string]any) []byte {
	m := d.members()
	for k, v := range change {
		if m[k] = v; v == nil {
			delete(m, k)
		}
	}
	b, _ := json.Marshal(m)
	return b
}

func TestCheckApproval(t *testing.T) {
	d := newDevice(t)
	for _, locale := range []string{"zh-CN", "en"} {
		statement := wine(locale).Bytes()
		signature := d.sign(statement)
		got, err := client.CheckApproval(statement, signature, d.jwk(nil))
		if err != nil || got.Domain != wine(locale).Domain || !got.Items[1].Given {
			t.Fatalf("%+v, %v", got, err)
		}
		for i := range statement {
			spoilt := bytes.Clone(statement)
			spoilt[i] ^= 1
			if _, err := client.CheckApproval(spoilt, signature, d.jwk(nil)); err == nil {
				t.Fatalf("%s: byte %d changed and it passes", locale, i)
			}
			if _, err := client.CheckApproval(append(bytes.Clone(statement[:i]), statement[i+1:]...), signature, d.jwk(nil)); err == nil {
				t.Fatalf("%s: byte %d taken out and it passes", locale, i)
			}
		}
		for i := range signature {
			spoilt := bytes.Clone(signature)
			spoilt[i] ^= 1
			if _, err := client.CheckApproval(statement, spoilt, d.jwk(nil)); !errors.Is(err, client.ErrSignature) {
				t.Fatalf("%s: signature byte %d: %v", locale, i, err)
			}
		}
	}
}

// A change that keeps every word a statement's fails by the signature alone.
func TestCheckApprovalOfAnotherStatement(t *testing.T) {
	d := newDevice(t)
	signature := d.sign(wine("en").Bytes())
	for name, change := range map[string]func(*client.Statement){
		"party":       func(s *client.Statement) { s.Party += "司" },
		"domain":      func(s *client.Statement) { s.Domain = "127.0.0.1:7082" },
		"purpose":     func(s *client.Statement) { s.Purpose = "别的用途" },
		"item":        func(s *client.Statement) { s.Items[1].Given = false },
		"item's kind": func(s *client.Statement) { s.Items[1].Optional = false },
		"fewer items": func(s *client.Statement) { s.Items = s.Items[:1] },
		"mode":        func(s *client.Statement) { s.Mode = "urn:netid:acr:cert" },
		"transaction": func(s *client.Statement) { s.Transaction += "0" },
		"time":        func(s *client.Statement) { s.Time = s.Time.Add(1e9) },
		"locale":      func(s *client.Statement) { s.Locale = "zh-CN" },
		"service":     func(s *client.Statement) { s.Service = "other" },
	} {
		s := wine("en")
		change(&s)
		if len(s.Bytes()) == 0 {
			t.Fatalf("%s: not a statement", name)
		}
		if _, err := client.CheckApproval(s.Bytes(), signature, d.jwk(nil)); !errors.Is(err, client.ErrSignature) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCheckApprovalRefusesKeys(t *testing.T) {
	d := newDevice(t)
	statement := wine("en").Bytes()
	signature := d.sign(statement)
	y, _ := base64.RawURLEncoding.DecodeString(d.members()["y"].(string))
	y[31] ^= 1
	for name, ok := range map[string]map[string]any{
		"as it is":  nil,
		"with more": {"kid": "a", "alg": "ES256", "use": "sig", "ext": true, "key_ops": []string{"verify"}},
	} {
		if _, err := client.CheckApproval(statement, signature, d.jwk(ok)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, jwk := range map[string][]byte{
		"nothing":         nil,
		"null":            []byte("null"),
		"list":            []byte("[]"),
		"two":             append(d.jwk(nil), "{}"...),
		"member twice":    bytes.Replace(d.jwk(nil), []byte("{"), []byte(`{"kty":"EC",`), 1),
		"member in caps":  bytes.Replace(d.jwk(nil), []byte(`"kty"`), []byte(`"KTY"`), 1),
		"private":         d.jwk(map[string]any{"d": "AAAA"}),
		"no kind":         d.jwk(map[string]any{"kty": nil}),
		"RSA":             d.jwk(map[string]any{"kty": "RSA"}),
		"other curve":     d.jwk(map[string]any{"crv": "P-384"}),
		"other algorithm": d.jwk(map[string]any{"alg": "ES384"}),
		"for encryption":  d.jwk(map[string]any{"use": "enc"}),
		"number":          d.jwk(map[string]any{"alg": 1}),
		"off the curve":   d.jwk(map[string]any{"y": b64(y)}),
		"at infinity":     d.jwk(map[string]any{"x": b64(make([]byte, 32)), "y": b64(make([]byte, 32))}),
		"short":           d.jwk(map[string]any{"x": b64(make([]byte, 31))}),
		"long":            d.jwk(map[string]any{"x": b64(make([]byte, 33))}),
		"padded":          d.jwk(map[string]any{"x": d.members()["x"].(string) + "="}),
		"line end":        d.jwk(map[string]any{"x": d.members()["x"].(string) + "\n"}),
		"no y":            d.jwk(map[string]any{"y": nil}),
		"huge":            d.jwk(map[string]any{"z": string(make([]byte, 5000))}),
	} {
		if _, err := client.CheckApproval(statement, signature, jwk); !errors.Is(err, client.ErrKey) {
			t.Errorf("%s: %v", name, err)
		}
	}
	other := newDevice(t)
	if _, err := client.CheckApproval(statement, signature, other.jwk(nil)); !errors.Is(err, client.ErrSignature) {
		t.Errorf("another key: %v", err)
	}
}

// RFC 7518 §3.4 knows one encoding of a signature, and neither r nor s may be
// zero or the order or more.
func TestCheckApprovalRefusesSignatures(t *testing.T) {
	d := newDevice(t)
	statement := wine("en").Bytes()
	good := d.sign(statement)
	order := elliptic.P256().Params().N
	digest := sha256.Sum256(statement)
	der, err := ecdsa.SignASN1(rand.Reader, d.PrivateKey, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	zero := make([]byte, 32)
	s := new(big.Int).SetBytes(good[32:])
	for name, signature := range map[string][]byte{
		"nothing":        nil,
		"zeros":          make([]byte, 64),
		"r zero":         append(bytes.Clone(zero), good[32:]...),
		"s zero":         append(bytes.Clone(good[:32]), zero...),
		"r is the order": append(order.FillBytes(make([]byte, 32)), good[32:]...),
		"s is the order": append(bytes.Clone(good[:32]), order.FillBytes(make([]byte, 32))...),
		"all ones":       bytes.Repeat([]byte{0xff}, 64),
		"swapped":        append(bytes.Clone(good[32:]), good[:32]...),
		"DER":            der,
		"short":          good[:63],
		"long":           append(bytes.Clone(good), 0),
		"s plus one":     append(bytes.Clone(good[:32]), new(big.Int).Add(s, big.NewInt(1)).FillBytes(make([]byte, 32))...),
	} {
		if _, err := client.CheckApproval(statement, signature, d.jwk(nil)); !errors.Is(err, client.ErrSignature) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func BenchmarkCheckApproval(b *testing.B) {
	d := newDevice(b)
	statement := wine("zh-CN").Bytes()
	signature, jwk := d.sign(statement), d.jwk(nil)
	for b.Loop() {
		if _, err := client.CheckApproval(statement, signature, jwk); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkStatementBytes(b *testing.B) {
	s := wine("zh-CN")
	for b.Loop() {
		s.Bytes()
	}
}
