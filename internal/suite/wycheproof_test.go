package suite_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"os"
	"testing"

	"netid/internal/fault"
	"netid/internal/suite"
)

func TestWycheproofES256(t *testing.T) {
	b, err := os.ReadFile("testdata/vectors/wycheproof_ecdsa_secp256r1_sha256_p1363.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		NumberOfTests int
		TestGroups    []struct {
			PublicKey struct{ Uncompressed string }
			Tests     []struct {
				TcID             int
				Comment          string
				Msg, Sig, Result string
			}
		}
	}
	if err := json.Unmarshal(b, &file); err != nil {
		t.Fatal(err)
	}
	ran := 0
	for _, g := range file.TestGroups {
		point := unhex(t, g.PublicKey.Uncompressed)
		enc := base64.RawURLEncoding.EncodeToString
		key := []byte(`{"kty":"EC","crv":"P-256","x":"` + enc(point[1:33]) + `","y":"` + enc(point[33:]) + `"}`)
		for _, c := range g.Tests {
			ran++
			err := suite.VerifyES256(key, unhex(t, c.Msg), unhex(t, c.Sig))
			if c.Result == "valid" && err != nil || c.Result == "invalid" && !fault.Because(err, "signature_invalid") || c.Result == "acceptable" {
				t.Errorf("%d (%s): %s, got %v", c.TcID, c.Comment, c.Result, err)
			}
		}
	}
	if ran != file.NumberOfTests || ran < 200 {
		t.Errorf("ran %d of %d", ran, file.NumberOfTests)
	}
}

func unhex(t *testing.T, s string) []byte {
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
