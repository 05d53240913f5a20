//lint:file-ignore SA1019 as in forge_test.go

package emrtd_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"testing"

	"github.com/emmansun/gmsm/sm2/sm2ec"
	"github.com/emmansun/gmsm/sm3"

	"netid/internal/emrtd"
	"netid/internal/fault"
)

// elements are those of a sequence, whole.
func elements(t testing.TB, der []byte) (all [][]byte) {
	t.Helper()
	var outer asn1.RawValue
	if _, err := asn1.Unmarshal(der, &outer); err != nil {
		t.Fatal(err)
	}
	for rest := outer.Bytes; len(rest) > 0; {
		var v asn1.RawValue
		next, err := asn1.Unmarshal(rest, &v)
		if err != nil {
			t.Fatal(err)
		}
		all, rest = append(all, v.FullBytes), next
	}
	return all
}

func TestCertificatesThatAreNone(t *testing.T) {
	k := p256()
	key := k.key(t)
	make := func(do func(*x509.Certificate)) []byte {
		c := rootTemplate()
		do(c)
		return mint(t, k, c, nil, k.public(t, key.Public()), key).Raw
	}
	good := make(func(*x509.Certificate) {})
	if c, err := emrtd.ParseCertificate(good); err != nil || c.Country() != "CN" || c.Subject() != "C=CN, CN=Test CSCA" || c.Issuer() != c.Subject() || c.Link() {
		t.Fatalf("%+v %v", c, err)
	}
	parts := elements(t, good)
	tbs := elements(t, parts[0])
	sha384 := ecdsaAlgorithm(t, 3)
	again := func(last ...int) func(*x509.Certificate) {
		return func(c *x509.Certificate) {
			c.ExtraExtensions = []pkix.Extension{{Id: oid(append([]int{2, 5, 29}, last...)...), Value: octets([]byte{1})}}
		}
	}
	for name, der := range map[string][]byte{
		"two algorithms":           seq(parts[0], sha384, parts[2]),
		"version 1":                seq(append([][]byte{seq(append([][]byte{ctx(0, der(t, 0))}, tbs[1:]...)...)}, parts[1:]...)...),
		"an extension twice":       make(again(14)),
		"something after the name": append(good[:len(good):len(good)], 5, 0),
		"something after the key":  seq(append([][]byte{seq(append(append([][]byte{}, tbs...), seq())...)}, parts[1:]...)...),
		"cut":                      good[:len(good)-1],
		"too long":                 append(good[:len(good):len(good)], make4k(3)...),
		"a time of use that is none": make(func(c *x509.Certificate) {
			c.ExtraExtensions = []pkix.Extension{{Id: oid(2, 5, 29, 16), Value: octets(nil)}}
		}),
	} {
		if _, err := emrtd.ParseCertificate(der); err == nil {
			t.Errorf("%s: a certificate", name)
		}
	}
	two := make(func(c *x509.Certificate) { c.Subject.Country = []string{"CN", "UT"} })
	if c, err := emrtd.ParseCertificate(two); err != nil || c.Country() != "" {
		t.Errorf("of two countries: %v %v", c, err)
	}
	escape := make(func(c *x509.Certificate) { c.Subject.CommonName = "\x1b[2Jroot" })
	if c, err := emrtd.ParseCertificate(escape); err != nil || c.Subject() != "C=CN, CN=[2Jroot" {
		t.Errorf("a name that a terminal would obey: %q %v", c.Subject(), err)
	}
}

func make4k(n int) []byte { return make([]byte, n<<12) }

// TestPoints: one key has one encoding. The arithmetic of brainpool reduces
// what it is given, so a number above p would pass for another.
func TestPoints(t *testing.T) {
	k := moreKinds()[0]
	curve := func(t testing.TB) []byte { return der(t, oid(1, 3, 36, 3, 3, 2, 8, 1, 1, 7)) }
	at := func(x, y *big.Int) []byte {
		point := append(append([]byte{4}, x.FillBytes(make([]byte, 32))...), y.FillBytes(make([]byte, 32))...)
		return seq(seq(der(t, oid(1, 2, 840, 10045, 2, 1)), curve(t)), der(t, asn1.BitString{Bytes: point, BitLength: 8 * len(point)}))
	}
	key := k.key(t).(*ecdsa.PrivateKey)
	p := key.Params().P
	for new(big.Int).Add(key.X, p).BitLen() > 256 {
		key = k.key(t).(*ecdsa.PrivateKey)
	}
	for name, c := range map[string]struct {
		spki []byte
		ok   bool
	}{
		"as it is":  {at(key.X, key.Y), true},
		"x above p": {at(new(big.Int).Add(key.X, p), key.Y), false},
		"off":       {at(key.X, new(big.Int).Xor(key.Y, big.NewInt(1))), false},
		"nowhere":   {at(new(big.Int), new(big.Int)), false},
		"compressed": {seq(seq(der(t, oid(1, 2, 840, 10045, 2, 1)), curve(t)), der(t, asn1.BitString{Bytes: append([]byte{2 | byte(key.Y.Bit(0))}, key.X.FillBytes(make([]byte, 32))...),
			BitLength: 264})), false},
	} {
		if _, err := emrtd.ParseCertificate(mint(t, k, rootTemplate(), nil, c.spki, key).Raw); c.ok != (err == nil) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestSM2KeepsToItself: SM2's equation and its curve go together, and its
// digest with them.
func TestSM2KeepsToItself(t *testing.T) {
	ec, sm, gm := p256(), moreKinds()[5], moreKinds()[6]
	for name, c := range map[string]struct {
		kind kind
		do   func(*booklet)
	}{
		"SM2's algorithm on P-256":            {ec, func(b *booklet) { b.alg = sm.alg(t) }},
		"ECDSA's algorithm on SM2's curve":    {sm, func(b *booklet) { b.alg = ec.alg(t) }},
		"SHA-256 in a container of GM/T 0010": {ec, func(b *booklet) { b.kind.gm = true }},
		"version 3 in one":                    {gm, func(b *booklet) { b.version = 3 }},
		"version 1 in one of RFC 5652":        {sm, func(b *booklet) { b.version = 1 }},
		"ECDSA on P-256 over SM3": {ec, func(b *booklet) {
			b.kind.hash, b.alg = hashSM3, sm.alg(t)
			b.signature = func(m []byte) []byte {
				h := sm3.Sum(m)
				s, err := b.state.key.Sign(rand.Reader, h[:], crypto.SHA256)
				if err != nil {
					t.Fatal(err)
				}
				return s
			}
		}},
		"SM2 that calls itself ECDSA": {sm, func(b *booklet) {
			b.kind.hash, b.alg = crypto.SHA256, ec.alg(t)
			b.signature = func(m []byte) []byte { return sm.sign(t, b.state.key, m) }
		}},
		"a digest of SHA-256 under a signature over SHA-512": {ec, func(b *booklet) {
			longer := ec
			longer.hash, longer.opts = crypto.SHA512, crypto.SHA512
			b.alg = ecdsaAlgorithm(t, 4)
			b.signature = func(m []byte) []byte { return longer.sign(t, b.state.key, m) }
		}},
		"its algorithm with parameters": {sm, func(b *booklet) { b.alg = seq(der(t, oid(1, 2, 156, 10197, 1, 501)), der(t, 1)) }},
	} {
		b := newBookletOf(t, c.kind, newStateOf(t, c.kind))
		c.do(&b)
		if _, err := read(t, b.state.root, b.evidence(t), clock); !fault.Because(err, emrtd.Unsigned) {
			t.Errorf("%s: %v", name, err)
		}
	}
	b := newBookletOf(t, gm, newStateOf(t, gm))
	b.alg = seq(der(t, oid(1, 2, 156, 10197, 1, 301, 1)), asn1.NullBytes) // as GM/T 0010 names it
	if _, err := read(t, b.state.root, b.evidence(t), clock); err != nil {
		t.Error(err)
	}
	chip := newBooklet(t, ec)
	key := ecKey(t, sm2ec.P256())
	chip.dg15 = app(15, sm.public(t, key.Public()))
	chip.object = ldsObject(t, 0, crypto.SHA256, map[int][]byte{1: chip.dg1, 15: chip.dg15})
	if _, err := read(t, chip.state.root, evidence{emrtd.Files{SOD: chip.sod(t), DG1: chip.dg1, DG15: chip.dg15}, plainSignature(t, key, challenge)}, clock); !fault.Because(err, emrtd.WrongAnswer) {
		t.Errorf("a chip that answers with ECDSA on SM2's curve: %v", err)
	}
}
