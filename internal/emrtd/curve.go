//lint:file-ignore SA1019 crypto/ecdh and the newer functions of crypto/ecdsa know NIST's curves alone

package emrtd

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/asn1"
	"errors"
	"math/big"

	"github.com/ProtonMail/go-crypto/brainpool"
	"github.com/emmansun/gmsm/sm2/sm2ec"
)

// curve is one that a signer or a chip may use. a and b are held here: the
// brainpool package leaves them out, and a curve that is given by its
// parameters is one of ours only if every one of them is the same.
type curve struct {
	oid  string
	math elliptic.Curve
	a, b string // hexadecimal; a of "" is p - 3
}

const oidCurveSM2 = "1.2.156.10197.1.301"

// curves: NIST's P-256 and P-384, brainpool's r1 curves (RFC 5639 §3.4, §3.6,
// §3.7), and SM2's (GB/T 32918.5).
func curves() []curve {
	return []curve{
		{"1.2.840.10045.3.1.7", elliptic.P256(), "", "5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B"},
		{"1.3.132.0.34", elliptic.P384(), "", "B3312FA7E23EE7E4988E056BE3F82D19181D9C6EFE8141120314088F5013875AC656398D8A2ED19D2A85C8EDD3EC2AEF"},
		{"1.3.36.3.3.2.8.1.1.7", brainpool.P256r1(), "7D5A0975FC2C3057EEF67530417AFFE7FB8055C126DC5C6CE94A4B44F330B5D9",
			"26DC5C6CE94A4B44F330B5D9BBD77CBF958416295CF7E1CE6BCCDC18FF8C07B6"},
		{"1.3.36.3.3.2.8.1.1.11", brainpool.P384r1(), "7BC382C63D8C150C3C72080ACE05AFA0C2BEA28E4FB22787139165EFBA91F90F8AA5814A503AD4EB04A8C7DD22CE2826",
			"04A8C7DD22CE28268B39B55416F0447C2FB77DE107DCD2A62E880EA53EEB62D57CB4390295DBC9943AB78696FA504C11"},
		{"1.3.36.3.3.2.8.1.1.13", brainpool.P512r1(), "7830A3318B603B89E2327145AC234CC594CBDD8D3DF91610A83441CAEA9863BC2DED5D5AA8253AA10A2EF1C98B9AC8B57F1117A72BF2C7B9E7C1AC4D77FC94CA",
			"3DF91610A83441CAEA9863BC2DED5D5AA8253AA10A2EF1C98B9AC8B57F1117A72BF2C7B9E7C1AC4D77FC94CADC083E67984050B75EBAE5DD2809BD638016F723"},
		{oidCurveSM2, sm2ec.P256(), "", "28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93"},
	}
}

// ecKey is a point on one of the curves.
type ecKey struct {
	curve  curve
	public *ecdsa.PublicKey
}

func (k ecKey) sm2() bool { return k.curve.oid == oidCurveSM2 }

func (c curve) size() int { return (c.math.Params().BitSize + 7) / 8 }

// parameters reads ECParameters: a name, or everything (X9.62, TR-03111
// §2.3.2; 9303-12 table 5 wants it so). Everything is compared: one that is
// off in a single number is a curve on which the wrong key can sign
// (CVE-2020-0601).
func parameters(der []byte) (curve, error) {
	f := fields{rest: der}
	if f.next(asn1.ClassUniversal, asn1.TagOID) {
		name := f.oid()
		if f.end() == nil {
			for _, c := range curves() {
				if c.oid == name {
					return c, nil
				}
			}
		}
		return curve{}, errAlgorithm
	}
	given, err := explicit(der)
	if err != nil {
		return curve{}, err
	}
	for _, c := range curves() {
		if given.is(c) {
			return c, nil
		}
	}
	return curve{}, errAlgorithm
}

// numbers are a curve's that is given by its parameters.
type numbers struct {
	p, a, b, n, h *big.Int
	base          []byte
}

// explicit reads SpecifiedECDomain: version, field, curve with an optional
// seed, base point, order, and the cofactor, which 9303-12 asks for.
func explicit(der []byte) (numbers, error) {
	outer := fields{rest: der}
	f := outer.sequence()
	version := f.int()
	field := f.sequence()
	kind, p := field.oid(), field.big()
	shape := f.sequence()
	a, b := shape.octets(), shape.octets()
	if shape.next(asn1.ClassUniversal, asn1.TagBitString) {
		shape.element() // how the curve was found: nothing is computed from it
	}
	n := numbers{p: p, a: new(big.Int).SetBytes(a), b: new(big.Int).SetBytes(b), base: f.octets(), n: f.big(), h: f.big()}
	err := errors.Join(outer.end(), f.end(), field.end(), shape.end())
	if err == nil && (version < 1 || version > 3 || kind != "1.2.840.10045.1.1") {
		err = errAlgorithm
	}
	return n, err
}

func (n numbers) is(c curve) bool {
	p := c.math.Params()
	b, _ := new(big.Int).SetString(c.b, 16)
	a := new(big.Int).Sub(p.P, big.NewInt(3))
	if c.a != "" {
		a, _ = new(big.Int).SetString(c.a, 16)
	}
	x, y := p.Gx.FillBytes(make([]byte, c.size())), p.Gy.FillBytes(make([]byte, c.size()))
	whole, short := append(append([]byte{4}, x...), y...), append([]byte{2 | y[len(y)-1]&1}, x...)
	return n.p.Cmp(p.P) == 0 && n.a.Cmp(a) == 0 && n.b.Cmp(b) == 0 && n.n.Cmp(p.N) == 0 && n.h.Cmp(big.NewInt(1)) == 0 &&
		(bytes.Equal(n.base, whole) || bytes.Equal(n.base, short))
}

// point reads an uncompressed point, which must be on the curve and below p in
// both numbers.
func (c curve) point(b []byte) (*ecdsa.PublicKey, error) {
	size := c.size()
	if len(b) != 1+2*size || b[0] != 4 {
		return nil, errors.New("no uncompressed point of its curve")
	}
	x, y := new(big.Int).SetBytes(b[1:1+size]), new(big.Int).SetBytes(b[1+size:])
	p := c.math.Params().P
	if x.Cmp(p) >= 0 || y.Cmp(p) >= 0 || !c.math.IsOnCurve(x, y) {
		return nil, errors.New("the point is not on its curve")
	}
	return &ecdsa.PublicKey{Curve: c.math, X: x, Y: y}, nil
}

// agree is a Diffie-Hellman agreement by an ephemeral scalar: its public point,
// and the number that both sides share (TR-03111 §4.3.1). The scalar is used
// once, so that what the time of brainpool's arithmetic tells of it is no use.
func (k ecKey) agree(scalar []byte) (public, secret []byte) {
	x, y := k.curve.math.ScalarBaseMult(scalar)
	shared, _ := k.curve.math.ScalarMult(k.public.X, k.public.Y, scalar)
	size := k.curve.size()
	public = append(append([]byte{4}, x.FillBytes(make([]byte, size))...), y.FillBytes(make([]byte, size))...)
	return public, shared.FillBytes(make([]byte, size))
}
