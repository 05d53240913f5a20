package suite_test

import (
	"bytes"
	"crypto/hmac"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
)

// Project Wycheproof's sets that apply. Each test is valid and must be taken,
// or invalid and must be refused, or of a parameter that we do not have, and
// then it is counted and said: what is left out is left out by name.

// wycheproof is a file of any of the sets.
type wycheproof struct {
	NumberOfTests int
	TestGroups    []struct {
		KeySize, IvSize, TagSize int // bits
		PublicKey                struct{ Uncompressed string }
		Tests                    []wycheproofTest
	}
}

type wycheproofTest struct {
	TcID                                        int
	Comment                                     string
	Flags                                       []string
	Key, Iv, Aad, Msg, Ct, Tag, Ikm, Salt, Info string
	Okm, Sig, Result                            string
	Size                                        int
}

func readVectors(t *testing.T, name string, into any) {
	t.Helper()
	b, err := os.ReadFile("testdata/vectors/" + name)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, into); err != nil {
		t.Fatal(name, err)
	}
}

// tally counts what ran and what did not apply, and why.
type tally struct {
	ran, valid int
	left       map[string]int
}

func (c *tally) leave(why string, tests int) {
	if c.left == nil {
		c.left = map[string]int{}
	}
	c.left[why] += tests
}

// judged compares a verdict.
func (c *tally) judged(t *testing.T, test wycheproofTest, taken bool) {
	t.Helper()
	c.ran++
	if test.Result == "valid" {
		c.valid++
	}
	if test.Result != "valid" && test.Result != "invalid" || taken != (test.Result == "valid") {
		t.Errorf("%d (%s, %v): %s, taken: %v", test.TcID, test.Comment, test.Flags, test.Result, taken)
	}
}

// done says what was left out and holds the counts: a set that shrinks or a
// filter that grows shows.
func (c *tally) done(t *testing.T, all, ran, valid int) {
	t.Helper()
	left := 0
	for _, why := range slices.Sorted(maps.Keys(c.left)) {
		t.Logf("does not apply: %d, %s", c.left[why], why)
		left += c.left[why]
	}
	t.Logf("ran %d of %d, %d of them valid", c.ran, all, c.valid)
	if c.ran+left != all || c.ran != ran || c.valid != valid {
		t.Errorf("%d ran (%d valid) and %d do not apply, of %d; wanted %d ran and %d valid", c.ran, c.valid, left, all, ran, valid)
	}
}

func TestWycheproofES256(t *testing.T) {
	var file wycheproof
	readVectors(t, "wycheproof_ecdsa_secp256r1_sha256_p1363.json", &file)
	var c tally
	for _, g := range file.TestGroups {
		point := unhex(t, g.PublicKey.Uncompressed)
		enc := base64.RawURLEncoding.EncodeToString
		key := []byte(`{"kty":"EC","crv":"P-256","x":"` + enc(point[1:33]) + `","y":"` + enc(point[33:]) + `"}`)
		for _, test := range g.Tests {
			err := suite.VerifyES256(key, unhex(t, test.Msg), unhex(t, test.Sig))
			if err != nil && !fault.Because(err, "signature_invalid") {
				t.Errorf("%d: %v", test.TcID, err)
			}
			c.judged(t, test, err == nil)
		}
	}
	c.done(t, file.NumberOfTests, 262, 173)
}

// The DER set is of another curve, but DER is DER: what it calls a wrong
// encoding is none for an SM2 signature either, and what it calls a right one
// survives the way there and back, as far as r and s are below SM2's order.
func TestWycheproofDER(t *testing.T) {
	var file wycheproof
	readVectors(t, "wycheproof_ecdsa_secp256r1_sha256.json", &file)
	wrongForm := []string{"BerEncodedSignature", "InvalidEncoding", "InvalidTypesInSignature", "MissingZero", "IntegerOverflow", "RangeCheck", "ModifiedInteger"}
	var c tally
	for _, g := range file.TestGroups {
		for _, test := range g.Tests {
			der := unhex(t, test.Sig)
			sig, err := suite.ReadSM2DER(der)
			form := slices.ContainsFunc(test.Flags, func(f string) bool { return slices.Contains(wrongForm, f) })
			switch {
			case test.Result == "invalid" && !form:
				c.leave("a right encoding of a wrong signature on the other curve: "+strings.Join(test.Flags, ", "), 1)
			case test.Result == "valid" && err != nil && strings.Contains(err.Error(), "1..n-1"):
				c.leave("r or s above SM2's order", 1)
			default:
				if test.Result == "invalid" && err == nil && sameForm(t, sig, der) && otherOrder(test) {
					c.leave("r or s out of the other curve's range, in a right encoding", 1)
					continue
				}
				c.judged(t, test, err == nil && sameForm(t, sig, der))
			}
		}
	}
	c.done(t, file.NumberOfTests, 346, 168)
}

func otherOrder(test wycheproofTest) bool {
	return slices.Contains(test.Flags, "RangeCheck") || slices.Contains(test.Flags, "ModifiedInteger")
}

func sameForm(t *testing.T, sig, der []byte) bool {
	t.Helper()
	again, err := suite.SM2DER(sig)
	return err == nil && bytes.Equal(again, der)
}

func TestWycheproofAES256GCM(t *testing.T) {
	var file wycheproof
	readVectors(t, "wycheproof_aes_gcm.json", &file)
	var c tally
	for _, g := range file.TestGroups {
		if g.KeySize != 256 {
			c.leave(fmt.Sprintf("key of %d bits, ours have 256", g.KeySize), len(g.Tests))
			continue
		}
		if g.IvSize != 96 || g.TagSize != 128 {
			c.leave("nonce of another length than 96 bits", len(g.Tests))
			continue
		}
		for _, test := range g.Tests {
			key := identity.NewSecret(identity.ES256, [32]byte(unhex(t, test.Key)))
			plain, err := suite.Open(key, unhex(t, test.Iv+test.Ct+test.Tag), unhex(t, test.Aad))
			if err != nil && !fault.Because(err, "sealed_invalid") {
				t.Errorf("%d: %v", test.TcID, err)
			}
			c.judged(t, test, err == nil && bytes.Equal(plain, unhex(t, test.Msg)))
		}
	}
	c.done(t, file.NumberOfTests, 66, 39)
}

func TestWycheproofSM4GCM(t *testing.T) {
	var file wycheproof
	readVectors(t, "wycheproof_sm4_gcm.json", &file)
	var c tally
	for _, g := range file.TestGroups {
		if g.KeySize != 128 || g.IvSize != 96 || g.TagSize != 128 {
			c.leave("nonce of another length than 96 bits", len(g.Tests))
			continue
		}
		for _, test := range g.Tests {
			aead := suite.SM4GCM([16]byte(unhex(t, test.Key)))
			plain, err := aead.Open(nil, unhex(t, test.Iv), unhex(t, test.Ct+test.Tag), unhex(t, test.Aad))
			c.judged(t, test, err == nil && bytes.Equal(plain, unhex(t, test.Msg)))
			if test.Result == "valid" {
				if sealed := aead.Seal(nil, unhex(t, test.Iv), plain, unhex(t, test.Aad)); !bytes.Equal(sealed, unhex(t, test.Ct+test.Tag)) {
					t.Errorf("%d: seals otherwise", test.TcID)
				}
			}
		}
	}
	c.done(t, file.NumberOfTests, 65, 38)
}

func TestWycheproofHMAC(t *testing.T) {
	for s, name := range map[identity.Suite]string{identity.ES256: "wycheproof_hmac_sha256.json", identity.SM: "wycheproof_hmac_sm3.json"} {
		t.Run(s.String(), func(t *testing.T) {
			var file wycheproof
			readVectors(t, name, &file)
			var c tally
			for _, g := range file.TestGroups {
				if g.TagSize != 256 {
					c.leave(fmt.Sprintf("tag cut to %d bits", g.TagSize), len(g.Tests))
					continue
				}
				for _, test := range g.Tests {
					sum := suite.HMAC(s, unhex(t, test.Key), unhex(t, test.Msg))
					c.judged(t, test, hmac.Equal(sum[:], unhex(t, test.Tag)))
				}
			}
			c.done(t, file.NumberOfTests, 87, 33)
		})
	}
}

// Derive takes one block: of a longer output that is its beginning.
func TestWycheproofHKDF(t *testing.T) {
	var file wycheproof
	readVectors(t, "wycheproof_hkdf_sha256.json", &file)
	var c tally
	for _, g := range file.TestGroups {
		for _, test := range g.Tests {
			if test.Result == "invalid" {
				c.leave("more output than HKDF has: Derive's size is fixed", 1)
				continue
			}
			block := suite.HKDF(identity.ES256, unhex(t, test.Salt), unhex(t, test.Ikm), unhex(t, test.Info))
			okm := unhex(t, test.Okm)
			n := min(len(okm), len(block))
			c.judged(t, test, n > 0 && bytes.Equal(block[:n], okm[:n]))
		}
	}
	c.done(t, file.NumberOfTests, 83, 83)
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
