//lint:file-ignore SA1019 crypto/ecdh and the newer functions of crypto/ecdsa know NIST's curves alone

package emrtd_test

import (
	"bytes"
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha1"
	"crypto/sha256"
	"math/big"
	"slices"
	"testing"

	"netid/internal/emrtd"
	"netid/internal/fault"
)

// The chip's half of chip authentication, which shares no code with the
// checker: its own key derivation, CMAC and retail MAC.

func cbc(b cipher.Block, in []byte) []byte {
	out := make([]byte, len(in))
	cipher.NewCBCEncrypter(b, make([]byte, b.BlockSize())).CryptBlocks(out, in)
	return out[len(out)-b.BlockSize():]
}

// retail is ISO/IEC 9797-1 MAC algorithm 3 with DES over whole blocks.
func retail(t testing.TB, key, padded []byte) []byte {
	a, err1 := des.NewCipher(key[:8])
	b, err2 := des.NewCipher(key[8:])
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	m := cbc(a, padded)
	b.Decrypt(m, m)
	a.Encrypt(m, m)
	return m
}

// cmac is SP 800-38B over whole blocks, cut to 8 bytes.
func cmac(t testing.TB, key, whole []byte) []byte {
	b, err := aes.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	k := make([]byte, 16)
	b.Encrypt(k, k)
	top := k[0] >> 7
	for i := range k {
		k[i] <<= 1
		if i < 15 {
			k[i] |= k[i+1] >> 7
		}
	}
	k[15] ^= 0x87 * top
	whole = bytes.Clone(whole)
	for i := range 16 {
		whole[len(whole)-16+i] ^= k[i]
	}
	return cbc(b, whole)[:8]
}

func padTo(size int, b []byte) []byte {
	b = append(bytes.Clone(b), 0x80)
	for len(b)%size != 0 {
		b = append(b, 0)
	}
	return b
}

// TestICAOsRetailMAC is the worked example of secure messaging of 9303-11
// appendix D.4 (SELECT EF.COM), on the chip of these tests.
func TestICAOsRetailMAC(t *testing.T) {
	n := unhex(t, "887022120C06C2270CA4020C800000008709016375432908C044F6")
	if got := retail(t, unhex(t, "F1CB1F1FB5ADF208806B89DC579DC1F8"), padTo(8, n)); !bytes.Equal(got, unhex(t, "BF8B92D635FF24F8")) {
		t.Errorf("%X", got)
	}
}

// TestNISTsCMAC is example 3 of SP 800-38B, of whole blocks.
func TestNISTsCMAC(t *testing.T) {
	if got := cmac(t, unhex(t, "2B7E151628AED2A6ABF7158809CF4F3C"), unhex(t, "6BC1BEE22E409F96E93D7E117393172A")); !bytes.Equal(got, unhex(t, "070A16B46B4D4144")) {
		t.Errorf("%X", got)
	}
}

type caChip struct {
	t      testing.TB
	key    *ecdsa.PrivateKey
	dg14   []byte
	cipher string
	size   int // of a block
	enc    []byte
	mac    []byte
}

// agree takes the terminal's public key; what was before is forgotten.
func (c *caChip) agree(public []byte) {
	size := (c.key.Params().BitSize + 7) / 8
	k := &ecdsa.PublicKey{Curve: c.key.Curve}
	k.X, k.Y = new(big.Int).SetBytes(public[1:1+size]), new(big.Int).SetBytes(public[1+size:])
	x, _ := c.key.ScalarMult(k.X, k.Y, c.key.D.Bytes())
	z := x.FillBytes(make([]byte, size))
	derive := func(n byte) []byte {
		in := append(bytes.Clone(z), 0, 0, 0, n)
		if c.cipher == "2.1" || c.cipher == "2.2" {
			h := sha1.Sum(in)
			return h[:16]
		}
		h := sha256.Sum256(in)
		return h[:map[string]int{"2.3": 24, "2.4": 32}[c.cipher]]
	}
	c.enc, c.mac, c.size = derive(1), derive(2), 16
	if c.cipher == "2.1" {
		c.size = 8
	}
}

func (c *caChip) tag(counter byte, parts ...[]byte) []byte {
	ssc := make([]byte, c.size)
	ssc[c.size-1] = counter
	whole := padTo(c.size, slices.Concat(append([][]byte{ssc}, parts...)...))
	if c.size == 8 {
		return retail(c.t, c.mac, whole)
	}
	return cmac(c.t, c.mac, whole)
}

// answer obeys READ BINARY if its MAC is right.
func (c *caChip) answer(command, content []byte, counter byte) []byte {
	if len(command) != 19 || !bytes.Equal(command[:8], []byte{0x0C, 0xB0, 0x8E, 0, 13, 0x97, 1, 8}) || command[18] != 0 ||
		!bytes.Equal(command[8:10], []byte{0x8E, 8}) || !bytes.Equal(command[10:18], c.tag(1, padTo(c.size, command[:4]), command[5:8])) {
		return []byte{0x69, 0x88}
	}
	var block cipher.Block
	var err error
	iv := make([]byte, c.size)
	if c.size == 8 {
		block, err = des.NewTripleDESCipher(slices.Concat(c.enc, c.enc[:8]))
	} else {
		block, err = aes.NewCipher(c.enc)
	}
	if err != nil {
		c.t.Fatal(err)
	}
	if c.size == 16 {
		iv[15] = counter
		block.Encrypt(iv, iv)
	}
	data := padTo(c.size, content)
	cipher.NewCBCEncrypter(block, iv).CryptBlocks(data, data)
	do := slices.Concat([]byte{0x87, byte(1 + len(data)), 1}, data)
	status := []byte{0x99, 2, 0x90, 0}
	return slices.Concat(do, status, []byte{0x8E, 8}, c.tag(counter, do, status), []byte{0x90, 0})
}

// caBooklet is a passport whose chip authenticates itself so, and has no key
// of active authentication.
func caBooklet(t testing.TB, key crypto.Signer, spki []byte, name string, arcs ...int) (emrtd.Files, state, *caChip) {
	t.Helper()
	b := newBooklet(t, kinds()[3])
	infos := [][]byte{seq(der(t, oid(0, 4, 0, 127, 0, 7, 2, 2, 1, 2)), spki)}
	if arcs != nil {
		infos = append(infos, seq(der(t, oid(append([]int{0, 4, 0, 127, 0, 7, 2, 2, 3}, arcs...)...)), der(t, 1)))
	}
	dg14 := dg14Of(infos...)
	b.object = ldsObject(t, 0, crypto.SHA256, map[int][]byte{1: b.dg1, 2: nil, 14: dg14})
	k, _ := key.(*ecdsa.PrivateKey)
	return emrtd.Files{SOD: b.sod(t), DG1: b.dg1, DG14: dg14}, b.state, &caChip{t: t, key: k, dg14: dg14, cipher: name}
}

func seedOf(n byte) (s [emrtd.SeedSize]byte) {
	copy(s[:], bytes.Repeat([]byte{n}, len(s)))
	return s
}

func TestChipsThatAuthenticateThemselves(t *testing.T) {
	brainpool := moreKinds()
	for name, c := range map[string]struct {
		kind kind
		name string
		arcs []int
	}{
		"3DES that is not said":      {kinds()[3], "2.1", nil},
		"3DES":                       {kinds()[3], "2.1", []int{2, 1}},
		"AES-128":                    {kinds()[3], "2.2", []int{2, 2}},
		"AES-192 on P-384":           {kinds()[4], "2.3", []int{2, 3}},
		"AES-256 on brainpool":       {brainpool[2], "2.4", []int{2, 4}},
		"AES-128 on explicit curves": {brainpool[3], "2.2", []int{2, 2}},
	} {
		t.Run(name, func(t *testing.T) {
			key := c.kind.key(t)
			files, s, chip := caBooklet(t, key, c.kind.public(t, key.Public()), c.name, c.arcs...)
			a := certificates(t, s.root)
			e, err := a.Begin(files, "CN", seedOf(7), testNow)
			if err != nil || e.Cipher != c.name {
				t.Fatalf("%+v %v", e, err)
			}
			chip.agree(e.Public)
			good := chip.answer(e.Command, chip.dg14[:8], 2)
			if z, err := a.Finish(files, "CN", seedOf(7), good, testNow); err != nil || z.Number != "EI9900001" {
				t.Fatalf("%+v %v", z, err)
			}
			flip := bytes.Clone(good)
			flip[5] ^= 1
			clone := *chip
			clone.key = c.kind.key(t).(*ecdsa.PrivateKey)
			clone.agree(e.Public)
			other, err := a.Begin(files, "CN", seedOf(8), testNow)
			if err != nil || bytes.Equal(other.Public, e.Public) || bytes.Equal(other.Command, e.Command) {
				t.Fatalf("another seed: %v", err)
			}
			for what, r := range map[string]struct {
				seed     byte
				response []byte
				want     string
			}{
				"a copy, which cannot read the command": {7, clone.answer(e.Command, chip.dg14[:8], 2), emrtd.WrongAnswer},
				"another session's response":            {8, good, emrtd.WrongAnswer},
				"a changed response":                    {7, flip, emrtd.WrongAnswer},
				"the counter of another command":        {7, chip.answer(e.Command, chip.dg14[:8], 4), emrtd.WrongAnswer},
				"another file":                          {7, chip.answer(e.Command, files.DG1[:8], 2), emrtd.WrongAnswer},
				"an error":                              {7, []byte{0x69, 0x88}, emrtd.WrongAnswer},
				"a byte short":                          {7, good[1:], emrtd.WrongAnswer},
				"the command itself":                    {7, e.Command, emrtd.WrongAnswer},
				"no response":                           {7, nil, emrtd.Downgraded},
			} {
				if z, err := a.Finish(files, "CN", seedOf(r.seed), r.response, testNow); !fault.Because(err, r.want) || z != (emrtd.Zone{}) {
					t.Errorf("%s: %v", what, err)
				}
			}
		})
	}
}

func TestExchangesThatAreNone(t *testing.T) {
	key := ecKey(t, elliptic.P256())
	k := kinds()[3]
	files, s, _ := caBooklet(t, key, k.public(t, key.Public()), "2.2", 2, 2)
	a := certificates(t, s.root)
	for name, c := range map[string]struct {
		do   func(*emrtd.Files)
		want string
	}{
		"DG14 left out":   {func(f *emrtd.Files) { f.DG14 = nil }, emrtd.Downgraded},
		"another DG14":    {func(f *emrtd.Files) { f.DG14 = dg14Of(activeInfo(t, 1, 3)) }, emrtd.Mismatch},
		"DG1 changed":     {func(f *emrtd.Files) { f.DG1 = dg1Of(testZone("EI9900002", "860504", "310101")) }, emrtd.Mismatch},
		"another state's": {func(f *emrtd.Files) { f.SOD = newBooklet(t, k).sod(t) }, emrtd.Unsigned},
		"no key of it":    {func(f *emrtd.Files) { *f = emrtd.Files{SOD: newBooklet(t, k).sod(t), DG1: f.DG1} }, emrtd.Unsigned},
	} {
		f := files
		c.do(&f)
		if e, err := a.Begin(f, "CN", seedOf(7), testNow); !fault.Because(err, c.want) || e.Command != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	b := newBooklet(t, k)
	if _, err := certificates(t, b.state.root).Begin(b.evidence(t).Files, "CN", seedOf(7), testNow); !fault.Because(err, emrtd.NotAuthentic) {
		t.Errorf("a chip of active authentication alone: %v", err)
	}
	other := dg14Of(seq(der(t, oid(0, 4, 0, 127, 0, 7, 2, 2, 1, 2)), k.public(t, key.Public())), seq(der(t, oid(0, 4, 0, 127, 0, 7, 2, 2, 3, 2, 2)), der(t, 1), der(t, 5)))
	b.object = ldsObject(t, 0, crypto.SHA256, map[int][]byte{1: b.dg1, 14: other})
	if _, err := certificates(t, b.state.root).Begin(emrtd.Files{SOD: b.sod(t), DG1: b.dg1, DG14: other}, "CN", seedOf(7), testNow); !fault.Because(err, emrtd.NotAuthentic) {
		t.Errorf("a cipher for a key that is not there: %v", err)
	}
	if _, err := a.Check(files, "CN", challenge, nil, testNow); !fault.Because(err, emrtd.Downgraded) {
		t.Errorf("no exchange at all: %v", err)
	}
}

func FuzzResponse(f *testing.F) {
	key := ecKey(f, elliptic.P256())
	files, s, chip := caBooklet(f, key, kinds()[3].public(f, key.Public()), "2.2", 2, 2)
	a := certificates(f, s.root)
	e, err := a.Begin(files, "CN", seedOf(7), testNow)
	if err != nil {
		f.Fatal(err)
	}
	chip.agree(e.Public)
	good := chip.answer(e.Command, chip.dg14[:8], 2)
	f.Add(good)
	f.Add([]byte{0x90, 0})
	f.Fuzz(func(t *testing.T, response []byte) {
		if _, err := a.Finish(files, "CN", seedOf(7), response, testNow); err == nil && !bytes.Equal(response, good) {
			t.Fatalf("another response is good: %x", response)
		}
	})
}
