package emrtd_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"math/big"
	"testing"

	"netid/internal/emrtd"
	"netid/internal/fault"
)

// icaoM1 and icaoHash are of the worked example of 9303-11 (active
// authentication with RSA 1024 and SHA-1) for the challenge of these tests;
// the example prints no key.
const (
	icaoM1 = "9D2784A67F8E7C659973EA1AEA25D95B6C8F91E5002F369F0FBDCE8A3CEC1991B543F1696546C5524CF23A5303CD6C98599F40B79F377B5F3A1406B3B4D8F967" +
		"84D23AA88DB7E1032A405E69325FA91A6E86F5C71AEA978264C4A207446DAD4E7292E2DCDA3024B47DA8"
	icaoHash = "C063AA1E6D22FBD976AB0FE73D94D2D9C6D88127"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// power is the chip's bare RSA operation on a representative.
func power(key *rsa.PrivateKey, m []byte) []byte {
	return new(big.Int).Exp(new(big.Int).SetBytes(m), key.D, key.N).FillBytes(make([]byte, key.Size()))
}

// representative is 6A, M1 of the size that is left, the hash, the trailer.
func representative(size int, sum func([]byte) []byte, trailer, challenge []byte) []byte {
	length := len(sum(nil))
	m1 := bytes.Repeat([]byte{0x5A}, size-1-length-len(trailer))
	m := append([]byte{0x6A}, m1...)
	return append(append(m, sum(append(bytes.Clone(m1), challenge...))...), trailer...)
}

func sum1(b []byte) []byte   { h := sha1.Sum(b); return h[:] }
func sum224(b []byte) []byte { h := sha256.Sum224(b); return h[:] }
func sum256(b []byte) []byte { h := sha256.Sum256(b); return h[:] }
func sum384(b []byte) []byte { h := sha512.Sum384(b); return h[:] }
func sum512(b []byte) []byte { h := sha512.Sum512(b); return h[:] }

// withChip gives a good booklet this chip.
func withChip(t testing.TB, key crypto.Signer) booklet {
	b := newBooklet(t, kinds()[3])
	b.chip, b.dg15 = key, dg15Of(t, key.Public())
	b.object = ldsObject(t, 0, crypto.SHA256, map[int][]byte{1: b.dg1, 2: []byte("photo"), 15: b.dg15})
	return b
}

func TestChipsThatAnswerWithRSA(t *testing.T) {
	key := rsaKey(t, 1024).(*rsa.PrivateKey)
	b := withChip(t, key)
	e := evidence{Files: emrtd.Files{SOD: b.sod(t), DG1: b.dg1, DG15: b.dg15}}
	icao := append(append(append([]byte{0x6A}, unhex(t, icaoM1)...), unhex(t, icaoHash)...), 0xBC)
	good := representative(128, sum256, []byte{0x34, 0xCC}, challenge)
	change := func(i int, v byte) []byte { m := bytes.Clone(good); m[(i+128)%128] = v; return m }
	negate := func(s []byte) []byte {
		return new(big.Int).Sub(key.N, new(big.Int).SetBytes(s)).FillBytes(make([]byte, 128))
	}
	// Padding that would leave room for garbage: M1 shorter, the frame stretched (ISO/IEC 9796-2 fills with B).
	stretched := append([]byte{0x6B, 0xBB, 0xBB, 0xBA}, good[4:]...)
	hidden := append(append([]byte{0x6A, 1, 2, 3}, sum256(append([]byte{1, 2, 3}, challenge...))...), make([]byte, 128-36)...) // hash at the left
	for name, c := range map[string]struct {
		signature []byte
		ok        bool
	}{
		"ICAO's worked example, SHA-1": {power(key, icao), true},
		"SHA-1":                        {power(key, representative(128, sum1, []byte{0xBC}, challenge)), true},
		"SHA-256":                      {power(key, good), true},
		"SHA-384":                      {power(key, representative(128, sum384, []byte{0x36, 0xCC}, challenge)), true},
		"SHA-512":                      {power(key, representative(128, sum512, []byte{0x35, 0xCC}, challenge)), true},
		"the smaller of s and n-s":     {negate(power(key, good)), true},
		"another challenge":            {power(key, representative(128, sum256, []byte{0x34, 0xCC}, []byte("another!"))), false},
		"no challenge":                 {power(key, representative(128, sum256, []byte{0x34, 0xCC}, nil)), false},
		"full recovery (4A)":           {power(key, change(0, 0x4A)), false},
		"header 6B":                    {power(key, change(0, 0x6B)), false},
		"header 00":                    {power(key, change(0, 0)), false},
		"SHA-224":                      {power(key, representative(128, sum224, []byte{0x38, 0xCC}, challenge)), true},
		"SHA-1 by its number":          {power(key, representative(128, sum1, []byte{0x33, 0xCC}, challenge)), true},
		"SHA-256 named SHA-224":        {power(key, change(-2, 0x38)), false},
		"trailer of RIPEMD":            {power(key, change(-2, 0x31)), false},
		"trailer of nothing":           {power(key, change(-1, 0xCD)), false},
		"hash of SHA-256, named SHA-1": {power(key, change(-1, 0xBC)), false},
		"a byte of M1 changed":         {power(key, change(5, 0)), false},
		"stretched":                    {power(key, stretched), false},
		"hash somewhere else":          {power(key, hidden), false},
		"zeros":                        {make([]byte, 128), false},
		"one":                          {append(make([]byte, 127), 1), false},
		"the modulus":                  {key.N.Bytes(), false},
		"a good one plus the modulus":  {beyond(t, key), false},
		"more than the modulus":        {bytes.Repeat([]byte{0xFF}, 128), false},
		"a byte short":                 {power(key, good)[1:], false},
		"a byte long":                  {append([]byte{0}, power(key, good)...), false},
		"the representative itself":    {good, false},
		"PKCS#1 v1.5":                  {pkcs1(t, key), false},
	} {
		e.Signature = c.signature
		if _, err := read(t, b.state.root, e, clock); c.ok && err != nil || !c.ok && !fault.Because(err, "chip_authentication_failed") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// beyond is n more than a good answer: the same to the arithmetic.
func beyond(t testing.TB, key *rsa.PrivateKey) []byte {
	t.Helper()
	m := representative(128, sum256, []byte{0x34, 0xCC}, challenge)
	for range 4096 { // until one is small enough for the sum to fit
		rand.Read(m[1:94])
		copy(m[94:], sum256(append(bytes.Clone(m[1:94]), challenge...)))
		if s := new(big.Int).Add(new(big.Int).SetBytes(power(key, m)), key.N); s.BitLen() <= 1024 {
			return s.FillBytes(make([]byte, 128))
		}
	}
	t.Skip("a modulus too near to the next power of two")
	return nil
}

func pkcs1(t testing.TB, key *rsa.PrivateKey) []byte {
	h := sha256.Sum256(challenge)
	s, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, h[:])
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestChipsThatAnswerWithECDSA(t *testing.T) {
	key := ecKey(t, elliptic.P256())
	b := withChip(t, key)
	e := evidence{Files: emrtd.Files{SOD: b.sod(t), DG1: b.dg1, DG15: b.dg15}}
	good := plainSignature(t, key, challenge)
	n := elliptic.P256().Params().N
	order := n.FillBytes(make([]byte, 32))
	zero := make([]byte, 32)
	h := sha256.Sum256(challenge)
	asDER, err := key.Sign(nil, h[:], crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	for name, s := range map[string][]byte{
		"another challenge": plainSignature(t, key, []byte("another!")), "another key": plainSignature(t, ecKey(t, elliptic.P256()), challenge),
		"r of 0": append(bytes.Clone(zero), good[32:]...), "s of 0": append(bytes.Clone(good[:32]), zero...), "both 0": make([]byte, 64),
		"r of n": append(bytes.Clone(order), good[32:]...), "s of n": append(bytes.Clone(good[:32]), order...),
		"r and s changed about": append(bytes.Clone(good[32:]), good[:32]...), "DER": asDER, "short": good[:63], "long": append(bytes.Clone(good), 0),
		"ones": bytes.Repeat([]byte{0xFF}, 64),
	} {
		e.Signature = s
		if _, err := read(t, b.state.root, e, clock); !fault.Because(err, "chip_authentication_failed") {
			t.Errorf("%s: %v", name, err)
		}
	}
	e.Signature = good
	if _, err := read(t, b.state.root, e, clock); err != nil {
		t.Error(err)
	}
}

// dg14Of holds these infos.
func dg14Of(infos ...[]byte) []byte { return app(14, setOf(infos...)) }

// activeInfo is ActiveAuthenticationInfo: how the chip signs with ECDSA.
func activeInfo(t testing.TB, version, plain int) []byte {
	return seq(der(t, oid(2, 23, 136, 1, 1, 5)), der(t, version), der(t, oid(0, 4, 0, 127, 0, 7, 1, 1, 4, 1, plain)))
}

// TestChipsOnOtherCurves: the hash is DG14's, or the one of the key's size.
func TestChipsOnOtherCurves(t *testing.T) {
	sign := func(key crypto.Signer, h crypto.Hash) []byte {
		w := h.New()
		w.Write(challenge)
		k := key.(*ecdsa.PrivateKey)
		r, s, err := ecdsa.Sign(rand.Reader, k, w.Sum(nil))
		if err != nil {
			t.Fatal(err)
		}
		size := (k.Params().BitSize + 7) / 8
		return append(r.FillBytes(make([]byte, size)), s.FillBytes(make([]byte, size))...)
	}
	paceInfo := seq(der(t, oid(0, 4, 0, 127, 0, 7, 2, 2, 4, 2, 2)), der(t, 2), der(t, 13))
	brainpool := moreKinds()[0]
	for name, c := range map[string]struct {
		key  crypto.Signer
		spki func(testing.TB, crypto.PublicKey) []byte
		dg14 []byte
		hash crypto.Hash
		want string
	}{
		"P-384":                           {ecKey(t, elliptic.P384()), nil, nil, crypto.SHA384, ""},
		"P-384 with a shorter hash":       {ecKey(t, elliptic.P384()), nil, nil, crypto.SHA256, emrtd.WrongAnswer},
		"P-384 with the one that is said": {ecKey(t, elliptic.P384()), nil, dg14Of(paceInfo, activeInfo(t, 1, 3)), crypto.SHA256, ""},
		"P-384 with another than is said": {ecKey(t, elliptic.P384()), nil, dg14Of(activeInfo(t, 1, 3), paceInfo), crypto.SHA384, emrtd.WrongAnswer},
		"brainpool":                       {brainpool.key(t), brainpool.spki, nil, crypto.SHA256, ""},
		"brainpool with SHA-512":          {brainpool.key(t), brainpool.spki, dg14Of(activeInfo(t, 1, 5)), crypto.SHA512, ""},
		"SHA-1 for ECDSA":                 {brainpool.key(t), brainpool.spki, dg14Of(activeInfo(t, 1, 1)), crypto.SHA1, emrtd.Malformed},
		"said twice":                      {brainpool.key(t), brainpool.spki, dg14Of(activeInfo(t, 1, 3), activeInfo(t, 1, 5)), crypto.SHA256, emrtd.Malformed},
		"a version that is none":          {brainpool.key(t), brainpool.spki, dg14Of(activeInfo(t, 2, 3)), crypto.SHA256, emrtd.Malformed},
		"no set":                          {brainpool.key(t), brainpool.spki, app(14, activeInfo(t, 1, 3)), crypto.SHA256, emrtd.Malformed},
		"no frame":                        {brainpool.key(t), brainpool.spki, setOf(activeInfo(t, 1, 3)), crypto.SHA256, emrtd.Malformed},
	} {
		b := newBooklet(t, kinds()[3])
		k := kind{spki: c.spki}
		b.dg15 = app(15, k.public(t, c.key.Public()))
		files := map[int][]byte{1: b.dg1, 15: b.dg15}
		if c.dg14 != nil {
			files[14] = c.dg14
		}
		b.object = ldsObject(t, 0, crypto.SHA256, files)
		e := evidence{emrtd.Files{SOD: b.sod(t), DG1: b.dg1, DG14: c.dg14, DG15: b.dg15}, sign(c.key, c.hash)}
		if _, err := read(t, b.state.root, e, clock); c.want == "" && err != nil || c.want != "" && !fault.Because(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
		if c.want != "" || c.dg14 == nil {
			continue
		}
		if e.DG14 = dg14Of(activeInfo(t, 1, 4)); !fault.Because(refused(read(t, b.state.root, e, clock)), emrtd.Mismatch) {
			t.Errorf("%s: a DG14 that nobody signed", name)
		}
	}
}

func refused(_ emrtd.Zone, err error) error { return err }

func FuzzDG14(f *testing.F) {
	b := newBooklet(f, kinds()[3])
	d := desk(b.state.root)
	f.Add(dg14Of(activeInfo(f, 1, 3)))
	f.Add(app(14, nil))
	f.Fuzz(func(t *testing.T, dg14 []byte) {
		b := b
		b.object = ldsObject(t, 0, crypto.SHA256, map[int][]byte{1: b.dg1, 14: dg14, 15: b.dg15})
		e := b.evidence(t)
		e.DG14 = dg14
		present(t, d, e, clock) // a reason, or a passport; never a panic
	})
}

func TestChipsThatProveNothing(t *testing.T) {
	b := newBooklet(t, kinds()[3])
	good := b.evidence(t)
	for name, do := range map[string]func(e *evidence){
		"a copy: no DG15, no answer": func(e *evidence) { e.DG15, e.Signature = nil, nil },
		"an answer left out":         func(e *evidence) { e.Signature = nil },
		"a key left out":             func(e *evidence) { e.DG15 = nil },
	} {
		e := good
		do(&e)
		if _, err := read(t, b.state.root, e, clock); !fault.Because(err, emrtd.Downgraded) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for want, files := range map[string]map[int][]byte{
		emrtd.NotAuthentic: {1: b.dg1, 2: nil}, emrtd.Downgraded: {1: b.dg1, 14: []byte("what it can do")},
	} {
		b := b
		b.object = ldsObject(t, 0, crypto.SHA256, files)
		e := evidence{emrtd.Files{SOD: b.sod(t), DG1: b.dg1}, nil}
		if _, err := read(t, b.state.root, e, clock); !fault.Because(err, want) {
			t.Errorf("signed without a key: %v, want %s", err, want)
		}
	}
	for name, key := range map[string]crypto.Signer{"P-384 by 64 bytes": ecKey(t, elliptic.P384()), "RSA of 1032 bits": rsaKey(t, 1032)} {
		b := withChip(t, key)
		e := evidence{emrtd.Files{SOD: b.sod(t), DG1: b.dg1, DG15: b.dg15}, make([]byte, 64)}
		if k, ok := key.(*rsa.PrivateKey); ok {
			e.Signature = power(k, representative(k.Size(), sum256, []byte{0x34, 0xCC}, challenge))
			if _, err := read(t, b.state.root, e, clock); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if _, err := read(t, b.state.root, e, clock); !fault.Because(err, "chip_authentication_failed") {
			t.Errorf("%s: %v", name, err)
		}
	}
	p224 := withChip(t, ecKey(t, elliptic.P224()))
	if _, err := read(t, p224.state.root, p224.evidence(t), clock); !fault.Because(err, "chip_authentication_failed") {
		t.Errorf("P-224: %v", err)
	}
	for name, dg15 := range map[string][]byte{"no key in it": app(15, seq()), "two keys in it": app(15, append(bytes.Clone(b.dg15[2:]), b.dg15[2:]...)), "no frame": b.dg15[2:],
		"bytes": []byte("DG15")} {
		b := withChip(t, b.chip)
		b.dg15 = dg15
		b.object = ldsObject(t, 0, crypto.SHA256, map[int][]byte{1: b.dg1, 15: dg15})
		if _, err := read(t, b.state.root, b.evidence(t), clock); !fault.Because(err, "document_malformed") {
			t.Errorf("DG15 with %s: %v", name, err)
		}
	}
}
