//lint:file-ignore SA1019 crypto/ecdh and the newer functions of crypto/ecdsa know NIST's curves alone

package emrtd_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"hash"
	"math/big"
	"slices"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/brainpool"
	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/sm3"
)

// The workshop where test documents are made and forged. It shares no code
// with the reader.

func oid(n ...int) asn1.ObjectIdentifier { return n }

// hashSM3 is no number of crypto.Hash.
const hashSM3 = crypto.Hash(99)

func newHash(h crypto.Hash) hash.Hash {
	if h == hashSM3 {
		return sm3.New()
	}
	return h.New()
}

func idSHA(h crypto.Hash) pkix.AlgorithmIdentifier {
	if h == hashSM3 {
		return pkix.AlgorithmIdentifier{Algorithm: oid(1, 2, 156, 10197, 1, 401), Parameters: asn1.NullRawValue}
	}
	last := map[crypto.Hash]int{crypto.SHA256: 1, crypto.SHA384: 2, crypto.SHA512: 3, crypto.SHA224: 4}[h]
	if h == crypto.SHA1 {
		return pkix.AlgorithmIdentifier{Algorithm: oid(1, 3, 14, 3, 2, 26)}
	}
	return pkix.AlgorithmIdentifier{Algorithm: oid(2, 16, 840, 1, 101, 3, 4, 2, last), Parameters: asn1.NullRawValue}
}

func der(t testing.TB, v any, params ...string) []byte {
	t.Helper()
	p := ""
	if len(params) > 0 {
		p = params[0]
	}
	b, err := asn1.MarshalWithParams(v, p)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func raw(class, tag int, compound bool, parts ...[]byte) []byte {
	b, err := asn1.Marshal(asn1.RawValue{Class: class, Tag: tag, IsCompound: compound, Bytes: slices.Concat(parts...)})
	if err != nil {
		return nil // no test builds such a thing
	}
	return b
}

func seq(parts ...[]byte) []byte        { return raw(asn1.ClassUniversal, asn1.TagSequence, true, parts...) }
func setOf(parts ...[]byte) []byte      { return raw(asn1.ClassUniversal, asn1.TagSet, true, parts...) }
func octets(b []byte) []byte            { return raw(asn1.ClassUniversal, asn1.TagOctetString, false, b) }
func ctx(n int, parts ...[]byte) []byte { return raw(asn1.ClassContextSpecific, n, true, parts...) }
func app(n int, b []byte) []byte        { return raw(asn1.ClassApplication, n, true, b) }

// kind is one way of signing.
type kind struct {
	name string
	key  func(testing.TB) crypto.Signer
	alg  func(testing.TB) []byte
	hash crypto.Hash
	opts crypto.SignerOpts
	spki func(testing.TB, crypto.PublicKey) []byte // nil: x509's
	gm   bool                                      // a container of GM/T 0010

	certs func(testing.TB) []byte // how certificates say it, where that is not alg
}

func (k kind) sign(t testing.TB, key crypto.Signer, message []byte) []byte {
	t.Helper()
	if k.hash != hashSM3 { // SM2 hashes itself, with its key
		w := newHash(k.hash)
		w.Write(message)
		message = w.Sum(nil)
	}
	b, err := key.Sign(rand.Reader, message, k.opts)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func (k kind) public(t testing.TB, key crypto.PublicKey) []byte {
	t.Helper()
	if k.spki != nil {
		return k.spki(t, key)
	}
	b, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// named and whole give a key's curve by its name, or by all of its numbers.
func named(curve ...int) func(testing.TB, crypto.PublicKey) []byte {
	return func(t testing.TB, key crypto.PublicKey) []byte { return ecPublic(t, key, der(t, oid(curve...))) }
}

func whole(a, b string) func(testing.TB, crypto.PublicKey) []byte {
	return func(t testing.TB, key crypto.PublicKey) []byte {
		return ecPublic(t, key, explicitCurve(t, key.(*ecdsa.PublicKey).Curve.Params(), a, b, func(*curveParts) {}))
	}
}

type curveParts struct {
	p, n, h *big.Int
	a, b, g []byte
}

func explicitCurve(t testing.TB, p *elliptic.CurveParams, a, b string, do func(*curveParts)) []byte {
	t.Helper()
	size := (p.BitSize + 7) / 8
	c := curveParts{p.P, p.N, big.NewInt(1), unhex(t, a), unhex(t, b), append(append([]byte{4}, p.Gx.FillBytes(make([]byte, size))...), p.Gy.FillBytes(make([]byte, size))...)}
	do(&c)
	var h []byte
	if c.h != nil {
		h = der(t, c.h)
	}
	return seq(der(t, 1), seq(der(t, oid(1, 2, 840, 10045, 1, 1)), der(t, c.p)), seq(octets(c.a), octets(c.b)), octets(c.g), der(t, c.n), h)
}

func ecPublic(t testing.TB, key crypto.PublicKey, params []byte) []byte {
	k := key.(*ecdsa.PublicKey)
	size := (k.Curve.Params().BitSize + 7) / 8
	point := append(append([]byte{4}, k.X.FillBytes(make([]byte, size))...), k.Y.FillBytes(make([]byte, size))...)
	return seq(seq(der(t, oid(1, 2, 840, 10045, 2, 1)), params), der(t, asn1.BitString{Bytes: point, BitLength: 8 * len(point)}))
}

// The a and b of RFC 5639, once more.
const (
	a256 = "7D5A0975FC2C3057EEF67530417AFFE7FB8055C126DC5C6CE94A4B44F330B5D9"
	b256 = "26DC5C6CE94A4B44F330B5D9BBD77CBF958416295CF7E1CE6BCCDC18FF8C07B6"
)

func sm2Key(t testing.TB) crypto.Signer {
	t.Helper()
	k, err := sm2.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func rsaKey(t testing.TB, bits int) crypto.Signer {
	t.Helper()
	k, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func ecKey(t testing.TB, c elliptic.Curve) crypto.Signer {
	t.Helper()
	k, err := ecdsa.GenerateKey(c, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func pssAlgorithm(t testing.TB, hash, mgf crypto.Hash, salt int) []byte {
	mgf1 := seq(der(t, oid(1, 2, 840, 113549, 1, 1, 8)), der(t, idSHA(mgf)))
	return seq(der(t, oid(1, 2, 840, 113549, 1, 1, 10)), seq(ctx(0, der(t, idSHA(hash))), ctx(1, mgf1), ctx(2, der(t, salt))))
}

func ecdsaAlgorithm(t testing.TB, last int) []byte {
	return seq(der(t, oid(1, 2, 840, 10045, 4, 3, last)))
}

func rsaAlgorithm(t testing.TB, last int) []byte {
	return seq(der(t, oid(1, 2, 840, 113549, 1, 1, last)), asn1.NullBytes)
}

func kinds() []kind {
	p256 := func(t testing.TB) crypto.Signer { return ecKey(t, elliptic.P256()) }
	r2048 := func(t testing.TB) crypto.Signer { return rsaKey(t, 2048) }
	return []kind{
		{name: "rsa-pkcs1-sha256", key: r2048, alg: func(t testing.TB) []byte { return rsaAlgorithm(t, 11) }, hash: crypto.SHA256, opts: crypto.SHA256},
		{name: "rsa-plain-oid-sha512", key: r2048, alg: func(t testing.TB) []byte { return rsaAlgorithm(t, 1) }, hash: crypto.SHA512, opts: crypto.SHA512,
			certs: func(t testing.TB) []byte { return rsaAlgorithm(t, 13) }},
		{name: "rsa-pss-sha256", key: r2048, alg: func(t testing.TB) []byte { return pssAlgorithm(t, crypto.SHA256, crypto.SHA256, 32) }, hash: crypto.SHA256, opts: &rsa.PSSOptions{SaltLength: 32, Hash: crypto.SHA256}},
		{name: "ecdsa-p256-sha256", key: p256, alg: func(t testing.TB) []byte { return ecdsaAlgorithm(t, 2) }, hash: crypto.SHA256, opts: crypto.SHA256},
		{name: "ecdsa-p384-sha384", key: func(t testing.TB) crypto.Signer { return ecKey(t, elliptic.P384()) }, alg: func(t testing.TB) []byte { return ecdsaAlgorithm(t, 3) }, hash: crypto.SHA384, opts: crypto.SHA384},
	}
}

// moreKinds are those of which crypto/x509 knows nothing.
func moreKinds() []kind {
	on := func(c elliptic.Curve) func(testing.TB) crypto.Signer {
		return func(t testing.TB) crypto.Signer { return ecKey(t, c) }
	}
	by := func(last int) func(testing.TB) []byte {
		return func(t testing.TB) []byte { return ecdsaAlgorithm(t, last) }
	}
	sm := func(last ...int) func(testing.TB) []byte {
		return func(t testing.TB) []byte { return seq(der(t, oid(append([]int{1, 2, 156, 10197, 1}, last...)...))) }
	}
	return []kind{
		{name: "brainpool256", key: on(brainpool.P256r1()), alg: by(2), hash: crypto.SHA256, opts: crypto.SHA256, spki: named(1, 3, 36, 3, 3, 2, 8, 1, 1, 7)},
		{name: "brainpool384", key: on(brainpool.P384r1()), alg: by(3), hash: crypto.SHA384, opts: crypto.SHA384, spki: named(1, 3, 36, 3, 3, 2, 8, 1, 1, 11)},
		{name: "brainpool512", key: on(brainpool.P512r1()), alg: by(4), hash: crypto.SHA512, opts: crypto.SHA512, spki: named(1, 3, 36, 3, 3, 2, 8, 1, 1, 13)},
		{name: "brainpool256-explicit", key: on(brainpool.P256r1()), alg: by(2), hash: crypto.SHA256, opts: crypto.SHA256, spki: whole(a256, b256)},
		{name: "p256-explicit", key: on(elliptic.P256()), alg: by(2), hash: crypto.SHA256, opts: crypto.SHA256,
			spki: whole("FFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFC", "5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B")},
		{name: "sm2", key: sm2Key, alg: sm(501), hash: hashSM3, opts: sm2.DefaultSM2SignerOpts, spki: named(1, 2, 156, 10197, 1, 301)},
		{name: "sm2-gm", key: sm2Key, alg: sm(501), hash: hashSM3, opts: sm2.DefaultSM2SignerOpts, spki: named(1, 2, 156, 10197, 1, 301), gm: true},
	}
}

// state is a passport authority.
type state struct {
	root    *x509.Certificate
	rootKey crypto.Signer
	signer  *x509.Certificate
	key     crypto.Signer
}

var testNow = time.Date(2026, 11, 23, 13, 0, 0, 0, time.UTC)

func clock() time.Time { return testNow }

func rootTemplate() *x509.Certificate {
	return &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{Country: []string{"CN"}, CommonName: "Test CSCA"}, NotBefore: testNow.AddDate(-1, 0, 0),
		NotAfter: testNow.AddDate(10, 0, 0), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign}
}

func signerTemplate() *x509.Certificate {
	return &x509.Certificate{SerialNumber: big.NewInt(7), Subject: pkix.Name{Country: []string{"CN"}, CommonName: "Test DS"}, NotBefore: testNow.AddDate(-1, 0, 0),
		NotAfter: testNow.AddDate(10, 0, 0), KeyUsage: x509.KeyUsageDigitalSignature, SubjectKeyId: []byte{1, 2, 3, 4}}
}

func newState(t testing.TB, root, signer *x509.Certificate, rootKey, key crypto.Signer) state {
	t.Helper()
	if rootKey == nil {
		rootKey = ecKey(t, elliptic.P256())
	}
	s := state{rootKey: rootKey, key: key}
	s.root = certificate(t, root, root, rootKey.Public(), rootKey)
	s.signer = certificate(t, signer, s.root, key.Public(), rootKey)
	return s
}

// newStateOf signs everything in one way, its own certificates among it.
func newStateOf(t testing.TB, k kind) state {
	t.Helper()
	s := state{rootKey: k.key(t), key: k.key(t)}
	s.root = mint(t, k, rootTemplate(), nil, k.public(t, s.rootKey.Public()), s.rootKey)
	s.signer = mint(t, k, signerTemplate(), s.root, k.public(t, s.key.Public()), s.rootKey)
	return s
}

// mint is x509.CreateCertificate for keys of which that knows nothing. Of what
// it returns Raw, the names, serial and identifier are filled in.
func mint(t testing.TB, k kind, c, parent *x509.Certificate, spki []byte, by crypto.Signer) *x509.Certificate {
	t.Helper()
	out := &x509.Certificate{SerialNumber: c.SerialNumber, SubjectKeyId: c.SubjectKeyId, RawSubject: c.RawSubject}
	if out.RawSubject == nil {
		out.RawSubject = der(t, c.Subject.ToRDNSequence())
	}
	var extensions [][]byte
	extend := func(last int, critical bool, value []byte) {
		e := [][]byte{der(t, oid(2, 5, 29, last))}
		if critical {
			e = append(e, der(t, true))
		}
		extensions = append(extensions, seq(append(e, octets(value))...))
	}
	if c.BasicConstraintsValid {
		extend(19, true, seq(der(t, c.IsCA), der(t, 0)))
	}
	if c.KeyUsage != 0 {
		bits := byte(0)
		for i := range 8 {
			if c.KeyUsage>>i&1 == 1 {
				bits |= 0x80 >> i
			}
		}
		extend(15, true, der(t, asn1.BitString{Bytes: []byte{bits}, BitLength: 8 - trailing(bits)}))
	}
	if c.SubjectKeyId == nil {
		h := sha256.Sum256(spki)
		out.SubjectKeyId = h[:20]
	}
	extend(14, false, octets(out.SubjectKeyId))
	if parent == nil {
		parent = out
	}
	out.RawIssuer = parent.RawSubject
	extend(35, false, seq(raw(2, 0, false, parent.SubjectKeyId)))
	for _, id := range c.UnknownExtKeyUsage {
		extend(37, true, seq(der(t, id)))
	}
	for _, e := range c.ExtraExtensions {
		extensions = append(extensions, der(t, e))
	}
	alg := k.alg
	if k.certs != nil {
		alg = k.certs
	}
	tbs := seq(ctx(0, der(t, 2)), der(t, c.SerialNumber), alg(t), out.RawIssuer, seq(der(t, c.NotBefore.UTC()), der(t, c.NotAfter.UTC())), out.RawSubject, spki, ctx(3, seq(extensions...)))
	signature := k.sign(t, by, tbs)
	out.Raw = seq(tbs, alg(t), der(t, asn1.BitString{Bytes: signature, BitLength: 8 * len(signature)}))
	return out
}

func trailing(b byte) (n int) {
	for ; b&1 == 0 && n < 7; n++ {
		b >>= 1
	}
	return n
}

func certificate(t testing.TB, c, parent *x509.Certificate, public crypto.PublicKey, by crypto.Signer) *x509.Certificate {
	t.Helper()
	b, err := x509.CreateCertificate(rand.Reader, c, parent, public, by)
	if err != nil {
		t.Fatal(err)
	}
	out, err := x509.ParseCertificate(b)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// ldsObject signs for files by their numbers.
func ldsObject(t testing.TB, version int, h crypto.Hash, files map[int][]byte, more ...[]byte) []byte {
	var list [][]byte
	for n := range 20 {
		if f, ok := files[n]; ok {
			w := newHash(h)
			w.Write(f)
			list = append(list, seq(der(t, n), octets(w.Sum(nil))))
		}
	}
	return seq(append([][]byte{der(t, version), der(t, idSHA(h)), seq(list...)}, more...)...)
}

// forgery are the parts of an EF.SOD that a test can replace; a nil one is
// made as it should be.
type forgery struct {
	state   state
	kind    kind
	object  []byte
	version int // of SignedData

	digests     []byte                      // content of digestAlgorithms
	eContent    []byte                      // instead of the object, inside
	contentType asn1.ObjectIdentifier       // of the encapsulated content
	certs       [][]byte                    // content of certificates
	attributes  [][]byte                    // of the signer, sorted by the caller
	noSigned    bool                        // leave the signed attributes out
	id          []byte                      // of the signer
	idVersion   int                         // of SignerInfo
	alg         []byte                      // stated signature algorithm
	digestAlg   []byte                      // stated digest algorithm
	signature   func(message []byte) []byte // instead of signing
	infos       func(info []byte) []byte    // content of signerInfos
	after       []byte                      // in SignedData, after signerInfos
	crls        []byte                      // [1] of SignedData
	unsigned    []byte                      // [1] of SignerInfo
}

func contentTypeAttr(t testing.TB, id asn1.ObjectIdentifier) []byte {
	return seq(der(t, oid(1, 2, 840, 113549, 1, 9, 3)), setOf(der(t, id)))
}

func digestAttr(t testing.TB, h crypto.Hash, object []byte) []byte {
	w := newHash(h)
	w.Write(object)
	return seq(der(t, oid(1, 2, 840, 113549, 1, 9, 4)), setOf(octets(w.Sum(nil))))
}

func (f forgery) sign(t testing.TB, message []byte) []byte {
	t.Helper()
	return f.kind.sign(t, f.state.key, message)
}

// contentInfo is the CMS structure, sod the file.
func (f forgery) contentInfo(t testing.TB) []byte {
	t.Helper()
	lds := oid(2, 23, 136, 1, 1, 1)
	if f.contentType == nil {
		f.contentType = lds
	}
	if f.version == 0 {
		f.version = 3
		if f.kind.gm {
			f.version = 1
		}
	}
	if f.digestAlg == nil {
		f.digestAlg = der(t, idSHA(f.kind.hash))
	}
	if f.digests == nil {
		f.digests = f.digestAlg
	}
	if f.certs == nil {
		f.certs = [][]byte{f.state.signer.Raw}
	}
	if f.attributes == nil {
		f.attributes = [][]byte{contentTypeAttr(t, lds), digestAttr(t, f.kind.hash, f.object)}
	}
	if f.id == nil {
		f.id = seq(f.state.signer.RawIssuer, der(t, f.state.signer.SerialNumber))
	}
	if f.idVersion == 0 {
		f.idVersion = 1
	}
	if f.alg == nil {
		f.alg = f.kind.alg(t)
	}
	if f.signature == nil {
		f.signature = func(m []byte) []byte { return f.sign(t, m) }
	}
	if f.eContent == nil {
		f.eContent = f.object
	}
	var info []byte
	if f.noSigned {
		info = seq(der(t, f.idVersion), f.id, f.digestAlg, f.alg, octets(f.signature(f.object)), f.unsigned)
	} else {
		info = seq(der(t, f.idVersion), f.id, f.digestAlg, ctx(0, f.attributes...), f.alg, octets(f.signature(setOf(f.attributes...))), f.unsigned)
	}
	if f.infos != nil {
		info = f.infos(info)
	}
	data := seq(der(t, f.version), setOf(f.digests), seq(der(t, f.contentType), ctx(0, octets(f.eContent))), ctx(0, f.certs...), f.crls, setOf(info), f.after)
	if f.kind.gm {
		return seq(der(t, oid(1, 2, 156, 10197, 6, 1, 4, 2, 2)), ctx(0, data))
	}
	return seq(der(t, oid(1, 2, 840, 113549, 1, 7, 2)), ctx(0, data))
}

func (f forgery) sod(t testing.TB) []byte { return app(23, f.contentInfo(t)) }
