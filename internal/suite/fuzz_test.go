package suite_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"math/big"
	"testing"

	"github.com/emmansun/gmsm/sm2"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
)

// What reads bytes from outside, under the suite sm; those of es256 are beside
// their tests. GB/T 32918.5's public key:
const sampleJWK = `{"crv":"` + suite.CurveSM2 + `","kty":"EC","x":"CfnfMR5UIaFQ3X0WHkvFxnIXn60YM_wHa7CP81bzUCA","y":"zOpJDOJndaUtxupxjMGqYArtBfvzXghKZjL2By2prRM"}`

// FuzzVerifySM2: no bytes are a signature that nobody made.
func FuzzVerifySM2(f *testing.F) {
	f.Add(make([]byte, 64))
	f.Add(bytes.Repeat([]byte{0xff}, 64))
	f.Add([]byte{0x30, 0x06, 0x02, 0x01, 0x01, 0x02, 0x01, 0x01})
	f.Fuzz(func(t *testing.T, sig []byte) {
		if err := suite.VerifySM2([]byte(sampleJWK), []byte("nobody signed this"), sig); !fault.Because(err, "signature_invalid") {
			t.Errorf("%x: %v", sig, err)
		}
	})
}

// FuzzSM2Key: what is read as a key is a point of the curve, as encoding/json
// and whole numbers see it, and has no private member.
func FuzzSM2Key(f *testing.F) {
	f.Add([]byte(sampleJWK))
	f.Add([]byte(`{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}`))
	f.Add([]byte(sampleJWK[:len(sampleJWK)-1] + `,"d":"AA"}`))
	f.Add([]byte(sampleJWK[:len(sampleJWK)-1] + `,"X":"AA"}`))
	f.Fuzz(func(t *testing.T, jwk []byte) {
		_, err := suite.ReadSM2Key(jwk)
		if err != nil {
			if !fault.Because(err, "device_key_invalid") {
				t.Fatalf("%q: %v", jwk, err)
			}
			return
		}
		var m map[string]any
		if err := json.Unmarshal(jwk, &m); err != nil || len(jwk) > 1<<10 || m["kty"] != "EC" || m["crv"] != suite.CurveSM2 {
			t.Fatalf("taken: %q (%v)", jwk, err)
		}
		if _, private := m["d"]; private {
			t.Fatalf("a private member: %q", jwk)
		}
		x, y := coordinates(t, jwk)
		c := sm2.P256().Params() // y² = x³ - 3x + b
		y2 := new(big.Int).Mul(y, y)
		x3 := new(big.Int).Exp(x, big.NewInt(3), nil)
		x3.Sub(x3, new(big.Int).Mul(x, big.NewInt(3))).Add(x3, c.B)
		if x.Cmp(c.P) >= 0 || y.Cmp(c.P) >= 0 || y2.Sub(y2, x3).Mod(y2, c.P).Sign() != 0 {
			t.Fatalf("off the curve: %q", jwk)
		}
	})
}

// goodSM is a text that was sealed once under the suite sm, as good is under es256.
const goodSM = "12JI6hRl6w6yVqg01Xv2YLgLJGOuvUXeBh407APoZKOsnBsGji9HvNrmy_oJ9f-PIXtetK2Zegi-4h8"

func TestBoxOfSMIsPinned(t *testing.T) {
	var got carried
	if err := suite.NewBox(secretOf(identity.SM, 1), "code").Open(goodSM, &got); err != nil || got != (carried{"x", 7}) {
		t.Errorf("%v %v", got, err)
	}
}

func FuzzBoxOpenSM(f *testing.F) {
	box := suite.NewBox(secretOf(identity.SM, 1), "code")
	f.Add(goodSM)
	f.Add(good)
	f.Add(goodSM + "=")
	f.Add(goodSM[:40] + "\n" + goodSM[40:])
	f.Add("")
	f.Fuzz(func(t *testing.T, s string) {
		var got carried
		if box.Open(s, &got) == nil && s != goodSM {
			t.Errorf("opens %q", s)
		}
	})
}

// FuzzUnwrap: of no suite does anything open but what was wrapped, under its own place.
func FuzzUnwrap(f *testing.F) {
	wrapped := map[identity.Suite][]byte{} // wrapped once: the fuzzing processes must agree
	for _, s := range suites {
		wrapped[s], _ = hex.DecodeString(map[identity.Suite]string{
			identity.ES256: "6070f8f72d0cb55bff49f859093cc7f91661a6c265530a3964e43e395985ab3e67a5a4903d1bb5e20e834ff90421396c5d917ddd373af95877aff90e",
			identity.SM:    "22c1b4fcf8382d62b4b311e7af1caba3676a9f1327f526df98740b04c5bd2589a774854cd3c941a76c9b4c3d3da4ec36b6c45f71fd1979394d86fb4e",
		}[s])
		f.Add(wrapped[s], []byte("place"))
		f.Add(suite.Seal(secretOf(s, 1), make([]byte, 31), nil), []byte{}) // opens, and is no key
	}
	f.Add([]byte{}, []byte{})
	f.Fuzz(func(t *testing.T, sealed, aad []byte) {
		for _, s := range suites {
			key, err := suite.Unwrap(secretOf(s, 1), sealed, aad)
			if own := bytes.Equal(sealed, wrapped[s]) && string(aad) == "place"; (err == nil) != own {
				t.Errorf("%s: %x: %v", s, sealed, err)
			} else if own && (key != secretOf(s, 2) || key.Suite() != s) {
				t.Error("another key")
			}
			if err != nil && !fault.Because(err, "sealed_invalid") {
				t.Error(err)
			}
		}
	})
}
