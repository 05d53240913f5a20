package suite_test

import (
	"bytes"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"strings"
	"testing"

	"github.com/emmansun/gmsm/sm3"

	"netid/internal/identity"
	"netid/internal/suite"
)

func secret(b byte) identity.Secret {
	return identity.NewSecret(identity.ES256, [32]byte(bytes.Repeat([]byte{b}, 32)))
}

func framed(parts ...string) (b []byte) {
	for _, p := range parts {
		b = append(binary.BigEndian.AppendUint64(b, uint64(len(p))), p...)
	}
	return b
}

func TestDigestTellsListsOfPartsApart(t *testing.T) {
	seen := map[[32]byte]int{}
	for i, parts := range [][][]byte{
		nil, {{}}, {{}, {}}, {[]byte("ab")}, {[]byte("a"), []byte("b")}, {[]byte("a"), []byte("b"), {}}, {{}, []byte("ab")},
		{framed("a", "b")}, {make([]byte, 8)},
	} {
		d := suite.Digest(parts...)
		if j, twice := seen[d]; twice {
			t.Errorf("lists %d and %d have one digest", i, j)
		}
		seen[d] = i
	}
	for _, parts := range [][]string{{"a", "bc"}, {strings.Repeat("a", 255), "b"}, {strings.Repeat("long", 9999)}, {}} { // in the room there is, and beyond
		var list [][]byte
		for _, p := range parts {
			list = append(list, []byte(p))
		}
		if suite.Digest(list...) != sha256.Sum256(framed(parts...)) || suite.DigestIn(identity.SM, list...) != sm3.Sum(framed(parts...)) {
			t.Errorf("not the hash of %d length-prefixed parts", len(parts))
		}
	}
}

// hashOf is the hash of a suite, as an oracle.
func hashOf(s identity.Suite) func() hash.Hash {
	if s == identity.SM {
		return sm3.New
	}
	return sha256.New
}

func TestMACIsHMACOverLabelAndParts(t *testing.T) {
	for _, s := range suites {
		key := secretOf(s, 7)
		h := hmac.New(hashOf(s), key.Bytes())
		h.Write(framed("label", "a", "b"))
		got := suite.MAC(key, "label", []byte("a"), []byte("b"))
		if !bytes.Equal(got[:], h.Sum(nil)) {
			t.Errorf("%s: not HMAC", s)
		}
		for name, another := range map[string][32]byte{
			"key":    suite.MAC(secretOf(s, 8), "label", []byte("a"), []byte("b")),
			"suite":  suite.MAC(secretOf(other(s), 7), "label", []byte("a"), []byte("b")),
			"label":  suite.MAC(key, "lab", []byte("ela"), []byte("b")),
			"parts":  suite.MAC(key, "label", []byte("ab")),
			"no use": suite.MAC(key, "label"),
		} {
			if another == got {
				t.Errorf("%s: another %s gives the same MAC", s, name)
			}
		}
	}
}

// The standard library's HKDF is the oracle; its own tests hold RFC 5869's vectors.
func TestDeriveIsHKDF(t *testing.T) {
	for _, s := range suites {
		key := secretOf(s, 3)
		for _, context := range [][]string{nil, {""}, {"a"}, {"a", "b"}, {"ab"}, {strings.Repeat("long", 99)}} {
			var parts [][]byte
			for _, c := range context {
				parts = append(parts, []byte(c))
			}
			want, err := hkdf.Key(hashOf(s), key.Bytes(), nil, string(framed(append([]string{"label"}, context...)...)), 32)
			if err != nil {
				t.Fatal(err)
			}
			if got := suite.Derive(key, "label", parts...); !bytes.Equal(got.Bytes(), want) || got.Suite() != s {
				t.Errorf("%s, %q: not HKDF", s, context)
			}
		}
	}
}

// What is stored under these three can never change its function.
func TestPinned(t *testing.T) {
	for s, want := range map[identity.Suite][3]string{
		identity.ES256: {"6eaffa870b6eb3b65fa5417f4cb5ccfb60d2361d1a52937a421385dde4a28148", "2d45478967b541fad22a0f35a773f04e2541684b723dd1d3dd37201e18dac41e",
			"54ca94d495fe2b52da1c9939af4dc0344f7a52ccf2f1c47fa2075ac0be7c9f50"},
		identity.SM: {"05e707dd12c173e70b1d96bdd7d7a77f5be4bc37268bf30b95a0602af0b62c40", "4c5a9c6bfb0348838e54d06ab3b57b974a2e831ba826220595f7dd2b6f792ce4",
			"43bd222e0942d32d929ec9372e59d3b2d8c286139cfb1c68d294a66f471e7a9b"}, // computed with OpenSSL
	} {
		d, m, k := suite.DigestIn(s, []byte("netid"), []byte("1")), suite.MAC(secretOf(s, 1), "l", []byte("p")), suite.Derive(secretOf(s, 1), "l", []byte("c"))
		if got := [3]string{hex.EncodeToString(d[:]), hex.EncodeToString(m[:]), hex.EncodeToString(k.Bytes())}; got != want {
			t.Errorf("%s: digest, MAC and derived key are %s, pinned %s", s, got, want)
		}
	}
	if suite.Digest([]byte("netid"), []byte("1")) != suite.DigestIn(identity.ES256, []byte("netid"), []byte("1")) {
		t.Error("Digest is not es256's")
	}
}

func TestPKCE(t *testing.T) { // RFC 7636 appendix B
	if got := suite.PKCE("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"); got != "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM" {
		t.Error(got)
	}
}

func TestRandomIsNotConstant(t *testing.T) {
	a, b := suite.Random(16), suite.Random(16)
	if len(a) != 16 || len(b) != 16 || bytes.Equal(a, b) {
		t.Error("Random")
	}
	if k, l := suite.NewSecret(identity.SM), suite.NewSecret(identity.SM); k == l || k.Zero() || k.Suite() != identity.SM {
		t.Error("NewSecret")
	}
	if !suite.Equal([]byte("a"), []byte("a")) || suite.Equal([]byte("a"), []byte("b")) || suite.Equal([]byte("a"), nil) {
		t.Error("Equal")
	}
}

// The short way of HMAC says what the library says, for keys and messages around
// every length at which it chooses.
func TestHMACIsTheLibrarys(t *testing.T) {
	long := suite.Random(512)
	for _, s := range []identity.Suite{identity.ES256, identity.SM} {
		hash := map[identity.Suite]func() hash.Hash{identity.ES256: sha256.New, identity.SM: sm3.New}[s]
		for _, key := range [][]byte{nil, long[:1], long[:32], long[:63], long[:64], long[:65], long[:200]} {
			for n := range len(long) {
				h := hmac.New(hash, key)
				h.Write(long[:n])
				if got := suite.HMAC(s, key, long[:n]); !bytes.Equal(got[:], h.Sum(nil)) {
					t.Fatalf("%v: a key of %d bytes, a message of %d", s, len(key), n)
				}
			}
		}
	}
	// MAC chooses by the length of what it frames.
	key := suite.NewSecret(identity.ES256)
	for n := range len(long) {
		h := hmac.New(sha256.New, key.Bytes())
		framed := binary.BigEndian.AppendUint64(nil, 5)
		framed = binary.BigEndian.AppendUint64(append(framed, "label"...), uint64(n))
		h.Write(append(framed, long[:n]...))
		if got := suite.MAC(key, "label", long[:n]); !bytes.Equal(got[:], h.Sum(nil)) {
			t.Fatalf("MAC of %d bytes", n)
		}
	}
}

// The text alone, as the standards' own samples have it: FIPS 180-4, GB/T 32905 A.1.
func TestHashOf(t *testing.T) {
	for s, want := range map[identity.Suite]string{
		identity.ES256: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
		identity.SM:    "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0",
	} {
		if got := fmt.Sprintf("%x", suite.HashOf(s, []byte("abc"))); got != want {
			t.Errorf("%s: %s", s, got)
		}
	}
}
