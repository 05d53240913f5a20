package suite_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	"netid/internal/fault"
	"netid/internal/suite"
)

// RFC 7515 appendix A.3's key, public part.
const (
	x   = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"
	y   = "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"
	jwk = `{"crv":"P-256","kty":"EC","x":"` + x + `","y":"` + y + `"}`
)

func TestDeviceKeyCanonical(t *testing.T) {
	want := sha256.Sum256([]byte(jwk))
	for name, in := range map[string]string{
		"canonical":   jwk,
		"web crypto":  `{"crv":"P-256","ext":true,"key_ops":["verify"],"kty":"EC","x":"` + x + `","y":"` + y + `"}`,
		"other order": `{ "y":"` + y + `", "x":"` + x + `","kty":"EC","crv":"P-256","alg":"ES256","nested":{"d":"mine"} }` + "\n",
		"escaped":     `{"crv":"P\u002d256","kty":"\u0045C","x":"` + x + `","y":"` + y + `"}`,
	} {
		canonical, thumbprint, err := suite.ParseDeviceKey([]byte(in))
		if err != nil || string(canonical) != jwk || thumbprint != want {
			t.Errorf("%s: %s %v", name, canonical, err)
		}
	}
}

func TestDeviceKeyRefused(t *testing.T) {
	with := func(pairs ...string) string { return `{` + strings.Join(pairs, ",") + `}` }
	kty, crv, mx, my := `"kty":"EC"`, `"crv":"P-256"`, `"x":"`+x+`"`, `"y":"`+y+`"`
	raw, _ := base64.RawURLEncoding.DecodeString(x)
	big := strings.Repeat("/", 42) + "8" // 32 bytes of 0xff, beyond p
	big = strings.ReplaceAll(big, "/", "_")
	zero := strings.Repeat("A", 43)
	for name, in := range map[string]string{
		"empty":            "",
		"not json":         "key",
		"null":             "null",
		"array":            "[" + jwk + "]",
		"two objects":      jwk + jwk,
		"trailing":         jwk + "x",
		"cut":              jwk[:len(jwk)-1],
		"too long":         with(kty, crv, mx, my, `"pad":"`+strings.Repeat("x", 1024)+`"`),
		"private":          with(kty, crv, mx, my, `"d":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"`),
		"private null":     with(kty, crv, mx, my, `"d":null`),
		"symmetric":        with(kty, crv, mx, my, `"k":"AAAA"`),
		"no kty":           with(crv, mx, my),
		"no crv":           with(kty, mx, my),
		"no x":             with(kty, crv, my),
		"no y":             with(kty, crv, mx),
		"kty case":         with(`"KTY":"EC"`, crv, mx, my),
		"kty value":        with(`"kty":"ec"`, crv, mx, my),
		"other kty":        with(`"kty":"OKP"`, crv, mx, my),
		"other curve":      with(kty, `"crv":"P-384"`, mx, my),
		"secp256k1":        with(kty, `"crv":"secp256k1"`, mx, my),
		"kty twice":        with(`"kty":"RSA"`, kty, crv, mx, my),
		"x twice":          with(kty, crv, mx, mx, my),
		"x twice, escaped": with(kty, crv, mx, `"\u0078":"`+x+`"`, my),
		"x a number":       with(kty, crv, `"x":1`, my),
		"x an array":       with(kty, crv, `"x":["`+x+`"]`, my),
		"x padded":         with(kty, crv, `"x":"`+x+`="`, my),
		"x standard":       with(kty, crv, `"x":"`+base64.RawStdEncoding.EncodeToString(append(raw[:31], 0xfb))+`"`, my),
		"x short":          with(kty, crv, `"x":"`+x[:42]+`"`, my),
		"x long":           with(kty, crv, `"x":"`+x+`A"`, my),
		"x 33 bytes":       with(kty, crv, `"x":"`+base64.RawURLEncoding.EncodeToString(append([]byte{0}, raw...))+`"`, my),
		"x line break":     with(kty, crv, `"x":"`+x[:20]+`\n`+x[20:42]+`"`, my),
		"x stray bits":     with(kty, crv, `"x":"`+x[:42]+`V"`, my),
		"off the curve":    with(kty, crv, mx, `"y":"`+x+`"`),
		"x beyond p":       with(kty, crv, `"x":"`+big+`"`, my),
		"y beyond p":       with(kty, crv, mx, `"y":"`+big+`"`),
		"infinity":         with(kty, crv, `"x":"`+zero+`"`, `"y":"`+zero+`"`),
	} {
		if _, _, err := suite.ParseDeviceKey([]byte(in)); !fault.Is(err, fault.Invalid) || !fault.Because(err, "device_key_invalid") {
			t.Errorf("%s: %v", name, err)
		}
		if err := suite.VerifyES256([]byte(in), nil, make([]byte, 64)); !fault.Because(err, "device_key_invalid") {
			t.Errorf("%s: to verify: %v", name, err)
		}
	}
}

func FuzzDeviceKey(f *testing.F) {
	f.Add([]byte(jwk))
	f.Add([]byte(`{"kty":"EC","kty":"EC"}`))
	f.Add([]byte(`{"crv":"P-256","kty":"EC","d":"","x":"` + x + `","y":"` + y + `"}`))
	f.Fuzz(func(t *testing.T, in []byte) {
		canonical, thumbprint, err := suite.ParseDeviceKey(in)
		if err != nil {
			if canonical != nil || thumbprint != ([32]byte{}) || !fault.Because(err, "device_key_invalid") {
				t.Fatalf("refused and gave something: %v", err)
			}
			return
		}
		again, same, err := suite.ParseDeviceKey(canonical)
		if err != nil || string(again) != string(canonical) || same != thumbprint {
			t.Fatalf("the canonical form is not its own: %s", canonical)
		}
		var m map[string]string
		if json.Unmarshal(canonical, &m) != nil || len(m) != 4 {
			t.Fatalf("canonical %s", canonical)
		}
	})
}

func TestShortDeviceKey(t *testing.T) {
	canonical, _, err := suite.ParseDeviceKey([]byte(jwk))
	if err != nil {
		t.Fatal(err)
	}
	const origin = "https://id.example"
	passkey, err := suite.PasskeyOf([]byte(jwk), origin)
	if err != nil || !bytes.Contains(passkey, []byte(`"origin":"https://id.example"`)) {
		t.Fatal(string(passkey), err)
	}
	if _, err := suite.PasskeyOf([]byte("{}"), origin); !fault.Because(err, "device_key_invalid") {
		t.Error(err)
	}
	elsewhere, _ := suite.PasskeyOf([]byte(jwk), "https://other.example")
	for name, c := range map[string]struct {
		key  []byte
		kept int
	}{
		"canonical":     {canonical, 64},
		"a passkey's":   {passkey, 65},
		"of elsewhere":  {elsewhere, len(elsewhere)},
		"not canonical": {append([]byte(" "), canonical...), 1 + len(canonical)},
		"no key":        {[]byte("{}"), 2},
		"none":          {nil, 0},
	} {
		kept := suite.ShortDeviceKey(c.key, origin)
		if back, asks := suite.LongDeviceKey(kept, origin); len(kept) != c.kept || !bytes.Equal(back, c.key) || asks != (c.kept == 65) {
			t.Errorf("%s: %d bytes, back as %s", name, len(kept), back)
		}
	}
}
