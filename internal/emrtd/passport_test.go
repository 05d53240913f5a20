package emrtd_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"netid/internal/emrtd"
	"netid/internal/fault"
	"netid/internal/identity"
)

// ICAO's specimen numbers, in a sandbox passport's zone.
func testZone(number, birth, expires string) string {
	l1 := "POCHNSANDBOX<<ERIKA<MARIA"
	l1 += strings.Repeat("<", 44-len(l1))
	n, b, e := number+digit(number), birth+digit(birth), expires+digit(expires)
	personal := strings.Repeat("<", 14) + "<"
	return l1 + n + "CHN" + b + "F" + e + personal + digit(n+b+e+personal)
}

// digit is 9303-3 §4.9 once more, from a table of letters.
func digit(s string) string {
	values := map[rune]int{'<': 0}
	for i, r := range "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ" {
		values[r] = i
	}
	sum := 0
	for i, r := range s {
		switch i % 3 {
		case 0:
			sum += 7 * values[r]
		case 1:
			sum += 3 * values[r]
		default:
			sum += values[r]
		}
	}
	return string(rune('0' + sum%10))
}

func dg1Of(zone string) []byte { return app(1, raw(1, 31, false, []byte(zone))) }

func dg15Of(t testing.TB, key crypto.PublicKey) []byte {
	t.Helper()
	b, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return app(15, b)
}

var challenge = []byte{0xF1, 0x73, 0x58, 0x99, 0x74, 0xBF, 0x40, 0xC6}

// booklet is a passport with its chip's key.
type booklet struct {
	forgery
	dg1, dg15 []byte
	chip      crypto.Signer
}

func newBooklet(t testing.TB, k kind) booklet {
	t.Helper()
	return newBookletOf(t, k, newState(t, rootTemplate(), signerTemplate(), nil, k.key(t)))
}

func newBookletOf(t testing.TB, k kind, s state) booklet {
	t.Helper()
	b := booklet{forgery: forgery{kind: k, state: s}, chip: ecKey(t, elliptic.P256())}
	b.dg1, b.dg15 = dg1Of(testZone("EI9900001", "860504", "310101")), dg15Of(t, b.chip.Public())
	b.object = ldsObject(t, 0, k.hash, map[int][]byte{1: b.dg1, 2: []byte("photo"), 15: b.dg15})
	return b
}

func plainSignature(t testing.TB, key crypto.Signer, challenge []byte) []byte {
	t.Helper()
	h := sha256.Sum256(challenge)
	r, s, err := ecdsa.Sign(rand.Reader, key.(*ecdsa.PrivateKey), h[:])
	if err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 64)
	r.FillBytes(b[:32])
	s.FillBytes(b[32:])
	return b
}

// evidence is what a terminal got from a chip.
type evidence struct {
	emrtd.Files
	Signature []byte
}

func (b booklet) evidence(t testing.TB) evidence {
	t.Helper()
	return evidence{emrtd.Files{SOD: b.sod(t), DG1: b.dg1, DG15: b.dg15}, plainSignature(t, b.chip, challenge)}
}

func read(t testing.TB, root *x509.Certificate, e evidence, now func() time.Time) (emrtd.Zone, error) {
	t.Helper()
	return present(t, desk(root), e, now)
}

func TestGoodPassports(t *testing.T) {
	want := emrtd.Zone{Code: "PO", Issuer: "CHN", Nationality: "CHN", Number: "EI9900001", Name: "SANDBOX ERIKA MARIA", Birth: identity.Date{Year: 1986, Month: 5, Day: 4},
		Expires: identity.Date{Year: 2031, Month: 1, Day: 1}}
	for _, k := range slices.Concat(kinds(), moreKinds()) {
		t.Run(k.name, func(t *testing.T) {
			b := newBookletOf(t, k, newStateOf(t, k))
			if doc, err := read(t, b.state.root, b.evidence(t), clock); err != nil || doc != want {
				t.Fatalf("%+v %v", doc, err)
			}
			b.object = ldsObject(t, 1, k.hash, map[int][]byte{1: b.dg1, 2: nil, 3: nil, 14: nil, 15: b.dg15}, seq(raw(0, 19, false, []byte("0108")), raw(0, 19, false, []byte("040000"))))
			b.id, b.idVersion = raw(2, 0, false, b.state.signer.SubjectKeyId), 3
			other := mint(t, k, signerTemplateNamed(9), b.state.root, k.public(t, b.state.rootKey.Public()), b.state.rootKey)
			b.certs = [][]byte{other.Raw, b.state.signer.Raw}
			b.unsigned = ctx(1, seq(der(t, oid(1, 2, 3)), setOf(octets(nil))))
			b.attributes = [][]byte{contentTypeAttr(t, oid(2, 23, 136, 1, 1, 1)), seq(der(t, oid(1, 2, 840, 113549, 1, 9, 5)), setOf(der(t, testNow))), digestAttr(t, k.hash, b.object)}
			if doc, err := read(t, b.state.root, b.evidence(t), clock); err != nil || doc != want {
				t.Fatalf("LDS version 1, by key identifier, two certificates, a signing time: %+v %v", doc, err)
			}
		})
	}
}

func signerTemplateNamed(serial int64) *x509.Certificate {
	c := signerTemplate()
	c.SerialNumber, c.SubjectKeyId = big.NewInt(serial), []byte{9}
	return c
}

// TestForgedFiles is block K01 to K03 of the attacks: what an EF.SOD must not be.
func TestForgedFiles(t *testing.T) {
	const signature, data = "document_signature_invalid", "document_data_mismatch"
	p256 := kinds()[3]
	lds := oid(2, 23, 136, 1, 1, 1)
	stranger := newState(t, rootTemplate(), signerTemplate(), nil, ecKey(t, elliptic.P256()))
	for _, c := range []struct {
		name string
		want string
		do   func(b *booklet)
	}{
		{"no signed attributes", signature, func(b *booklet) { b.noSigned = true }},
		{"contentType missing", signature, func(b *booklet) { b.attributes = [][]byte{digestAttr(t, p256.hash, b.object)} }},
		{"messageDigest missing", signature, func(b *booklet) { b.attributes = [][]byte{contentTypeAttr(t, lds)} }},
		{"contentType of data", signature, func(b *booklet) {
			b.attributes = [][]byte{contentTypeAttr(t, oid(1, 2, 840, 113549, 1, 7, 1)), digestAttr(t, p256.hash, b.object)}
		}},
		{"encapsulated content of data", signature, func(b *booklet) { b.contentType = oid(1, 2, 840, 113549, 1, 7, 1) }},
		{"messageDigest of something else", signature, func(b *booklet) {
			b.attributes = [][]byte{contentTypeAttr(t, lds), digestAttr(t, p256.hash, []byte("else"))}
		}},
		{"messageDigest twice", signature, func(b *booklet) {
			d := digestAttr(t, p256.hash, b.object)
			b.attributes = [][]byte{contentTypeAttr(t, lds), d, d}
		}},
		{"messageDigest with two values", signature, func(b *booklet) {
			h := sha256.Sum256(b.object)
			b.attributes = [][]byte{contentTypeAttr(t, lds), seq(der(t, oid(1, 2, 840, 113549, 1, 9, 4)), setOf(octets(h[:]), octets(h[:])))}
		}},
		{"content changed after signing", signature, func(b *booklet) {
			b.eContent = ldsObject(t, 0, p256.hash, map[int][]byte{1: []byte("other"), 15: b.dg15})
		}},
		{"two signers", signature, func(b *booklet) { b.infos = func(i []byte) []byte { return append(bytes.Clone(i), i...) } }},
		{"no signer", signature, func(b *booklet) { b.infos = func([]byte) []byte { return nil } }},
		{"signature of zeros", signature, func(b *booklet) { b.signature = func([]byte) []byte { return make([]byte, 70) } }},
		{"r and s of zero", signature, func(b *booklet) { b.signature = func([]byte) []byte { return seq(der(t, 0), der(t, 0)) } }},
		{"plain r||s where DER belongs", signature, func(b *booklet) { b.signature = func(m []byte) []byte { return plainSignature(t, b.state.key, m) } }},
		{"another key of the same name", signature, func(b *booklet) { b.state.key = stranger.key }},
		{"signer's certificate missing", signature, func(b *booklet) { b.certs = [][]byte{b.state.root.Raw} }},
		{"no certificates", signature, func(b *booklet) { b.certs = [][]byte{{}} }},
		{"five certificates", signature, func(b *booklet) { c := b.state.root.Raw; b.certs = [][]byte{b.state.signer.Raw, c, c, c, c} }},
		{"signer's certificate twice", signature, func(b *booklet) { b.certs = [][]byte{b.state.signer.Raw, b.state.signer.Raw} }},
		{"signer by serial with version 3", signature, func(b *booklet) { b.idVersion = 3 }},
		{"SignedData of version 1", signature, func(b *booklet) { b.version = 1 }},
		{"digest not announced", signature, func(b *booklet) { b.digests = der(t, idSHA(crypto.SHA512)) }},
		{"SHA-1 announced beside", signature, func(b *booklet) { b.digests = append(der(t, idSHA(crypto.SHA1)), der(t, idSHA(p256.hash))...) }},
		{"revocation lists inside", signature, func(b *booklet) { b.crls = ctx(1, seq()) }},
		{"something after the signers", signature, func(b *booklet) { b.after = seq() }},
		{"stated algorithm of another hash", signature, func(b *booklet) { b.alg = ecdsaAlgorithm(t, 4) }},
		{"stated algorithm RSA on an EC key", signature, func(b *booklet) { b.alg = rsaAlgorithm(t, 11) }},
		{"stated algorithm with parameters", signature, func(b *booklet) { b.alg = seq(der(t, oid(1, 2, 840, 10045, 4, 3, 2)), der(t, 1)) }},
		{"stated algorithm unknown", signature, func(b *booklet) { b.alg = seq(der(t, oid(1, 2, 3))) }},
		{"an attribute changed after signing", signature, func(b *booklet) {
			b.signature = func(m []byte) []byte { m = bytes.Clone(m); m[len(m)-1] ^= 1; return b.sign(t, m) }
		}},

		{"DG1 changed", data, func(b *booklet) { b.dg1 = dg1Of(testZone("EI9900002", "860504", "310101")) }},
		{"DG1 not signed", data, func(b *booklet) { b.object = ldsObject(t, 0, p256.hash, map[int][]byte{2: b.dg1, 15: b.dg15}) }},
		{"DG15 changed", data, func(b *booklet) {
			b.chip = ecKey(t, elliptic.P256())
			b.dg15 = dg15Of(t, b.chip.Public())
		}},
		{"DG15 not signed", "chip_authentication_failed", func(b *booklet) { b.object = ldsObject(t, 0, p256.hash, map[int][]byte{1: b.dg1, 2: b.dg15}) }},
		{"LDS version 0 with an LDS version", data, func(b *booklet) {
			b.object = ldsObject(t, 0, p256.hash, map[int][]byte{1: b.dg1, 15: b.dg15}, seq(raw(0, 19, false, []byte("0108")), raw(0, 19, false, []byte("040000"))))
		}},
		{"LDS version 1 without", data, func(b *booklet) { b.object = ldsObject(t, 1, p256.hash, map[int][]byte{1: b.dg1, 15: b.dg15}) }},
		{"LDS version 2", data, func(b *booklet) { b.object = ldsObject(t, 2, p256.hash, map[int][]byte{1: b.dg1, 15: b.dg15}) }},
		{"a group 17", data, func(b *booklet) { b.object = ldsObject(t, 0, p256.hash, map[int][]byte{1: b.dg1, 15: b.dg15, 17: nil}) }},
		{"a group 0", data, func(b *booklet) { b.object = ldsObject(t, 0, p256.hash, map[int][]byte{0: nil, 1: b.dg1, 15: b.dg15}) }},
		{"one group only", data, func(b *booklet) { b.object = ldsObject(t, 0, p256.hash, map[int][]byte{1: b.dg1}) }},
		{"SHA-1 of the files", data, func(b *booklet) { b.object = ldsObject(t, 0, crypto.SHA1, map[int][]byte{1: b.dg1, 15: b.dg15}) }},
		{"SHA-224 of the files", data, func(b *booklet) { b.object = ldsObject(t, 0, crypto.SHA224, map[int][]byte{1: b.dg1, 15: b.dg15}) }},
		{"a group twice", data, func(b *booklet) {
			h, key, o := sha256.Sum256(b.dg1), sha256.Sum256(b.dg15), sha256.Sum256([]byte("other"))
			b.object = seq(der(t, 0), der(t, idSHA(p256.hash)), seq(seq(der(t, 1), octets(o[:])), seq(der(t, 1), octets(h[:])), seq(der(t, 15), octets(key[:]))))
		}},
		{"a hash cut short", data, func(b *booklet) {
			h, key := sha256.Sum256(b.dg1), sha256.Sum256(b.dg15)
			b.object = seq(der(t, 0), der(t, idSHA(p256.hash)), seq(seq(der(t, 1), octets(h[:])), seq(der(t, 2), octets(h[:31])), seq(der(t, 15), octets(key[:]))))
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBooklet(t, p256)
			c.do(&b)
			if _, err := read(t, b.state.root, b.evidence(t), clock); !fault.Because(err, c.want) || !fault.Is(err, fault.Invalid) {
				t.Fatalf("%v, want %s", err, c.want)
			}
		})
	}
}

// TestBytesOfTheFile flips, cuts and lengthens the encoded file itself.
func TestBytesOfTheFile(t *testing.T) {
	b := newBooklet(t, kinds()[3])
	good := b.evidence(t)
	inner := b.contentInfo(t)
	body := inner[4:] // 30 82 nn nn
	for name, sod := range map[string][]byte{
		"trailing byte": append(bytes.Clone(good.SOD), 0), "trailing byte inside": app(23, append(bytes.Clone(inner), 0)), "cut": good.SOD[:len(good.SOD)-1],
		"no frame": inner, "another frame": app(21, inner), "indefinite length": app(23, append(append([]byte{0x30, 0x80}, body...), 0, 0)),
		"a length too long": app(23, append([]byte{0x30, 0x83, 0, inner[2], inner[3]}, body...)), "empty": app(23, nil), "a zero": {0},
	} {
		e := good
		e.SOD = sod
		if _, err := read(t, b.state.root, e, clock); !fault.Because(err, "document_signature_invalid") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for i := range good.SOD {
		e := good
		e.SOD = bytes.Clone(good.SOD)
		e.SOD[i] ^= 1 << (i % 8)
		if _, err := read(t, b.state.root, e, clock); err == nil {
			t.Errorf("the file with bit %d of byte %d flipped is good", i%8, i)
		}
	}
}

func TestPSSParameters(t *testing.T) {
	k := kinds()[2]
	b := newBooklet(t, k)
	for name, c := range map[string]struct {
		alg  []byte
		salt int
		ok   bool
	}{
		"a shorter salt that is stated": {pssAlgorithm(t, crypto.SHA256, crypto.SHA256, 20), 20, true},
		"another salt than stated":      {pssAlgorithm(t, crypto.SHA256, crypto.SHA256, 20), 32, false},
		"a salt of nothing":             {pssAlgorithm(t, crypto.SHA256, crypto.SHA256, 0), 32, false},
		"a salt below nothing":          {pssAlgorithm(t, crypto.SHA256, crypto.SHA256, -1), 32, false},
		"a mask of another hash":        {pssAlgorithm(t, crypto.SHA256, crypto.SHA1, 32), 32, false},
		"a mask of a longer hash":       {pssAlgorithm(t, crypto.SHA256, crypto.SHA512, 32), 32, false},
		"a longer hash":                 {pssAlgorithm(t, crypto.SHA512, crypto.SHA256, 32), 32, false},
		"another mask":                  {seq(der(t, oid(1, 2, 840, 113549, 1, 1, 10)), seq(ctx(0, der(t, idSHA(crypto.SHA256))), ctx(1, seq(der(t, oid(1, 2, 3)), der(t, idSHA(crypto.SHA256)))), ctx(2, der(t, 32)))), 32, false},
		"another hash":                  {pssAlgorithm(t, crypto.SHA512, crypto.SHA512, 32), 32, false},
		"no parameters":                 {seq(der(t, oid(1, 2, 840, 113549, 1, 1, 10))), 32, false},
		"empty parameters (SHA-1)":      {seq(der(t, oid(1, 2, 840, 113549, 1, 1, 10)), seq()), 32, false},
		"trailer 2": {seq(der(t, oid(1, 2, 840, 113549, 1, 1, 10)), seq(ctx(0, der(t, idSHA(crypto.SHA256))),
			ctx(1, seq(der(t, oid(1, 2, 840, 113549, 1, 1, 8)), der(t, idSHA(crypto.SHA256)))), ctx(2, der(t, 32)), ctx(3, der(t, 2)))), 32, false},
		"trailer 1": {seq(der(t, oid(1, 2, 840, 113549, 1, 1, 10)), seq(ctx(0, der(t, idSHA(crypto.SHA256))),
			ctx(1, seq(der(t, oid(1, 2, 840, 113549, 1, 1, 8)), der(t, idSHA(crypto.SHA256)))), ctx(2, der(t, 32)), ctx(3, der(t, 1)))), 32, true},
	} {
		b.alg = c.alg
		b.forgery.kind.opts = &rsa.PSSOptions{SaltLength: c.salt, Hash: crypto.SHA256}
		if _, err := read(t, b.state.root, b.evidence(t), clock); c.ok && err != nil || !c.ok && !fault.Because(err, "document_signature_invalid") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
