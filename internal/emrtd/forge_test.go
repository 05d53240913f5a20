package emrtd_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"slices"
	"testing"
	"time"
)

// The workshop where test documents are made and forged. It shares no code
// with the reader.

func oid(n ...int) asn1.ObjectIdentifier { return n }

func idSHA(h crypto.Hash) pkix.AlgorithmIdentifier {
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
		{"rsa-pkcs1-sha256", r2048, func(t testing.TB) []byte { return rsaAlgorithm(t, 11) }, crypto.SHA256, crypto.SHA256},
		{"rsa-plain-oid-sha512", r2048, func(t testing.TB) []byte { return rsaAlgorithm(t, 1) }, crypto.SHA512, crypto.SHA512},
		{"rsa-pss-sha256", r2048, func(t testing.TB) []byte { return pssAlgorithm(t, crypto.SHA256, crypto.SHA256, 32) }, crypto.SHA256,
			&rsa.PSSOptions{SaltLength: 32, Hash: crypto.SHA256}},
		{"ecdsa-p256-sha256", p256, func(t testing.TB) []byte { return ecdsaAlgorithm(t, 2) }, crypto.SHA256, crypto.SHA256},
		{"ecdsa-p384-sha384", func(t testing.TB) crypto.Signer { return ecKey(t, elliptic.P384()) }, func(t testing.TB) []byte { return ecdsaAlgorithm(t, 3) }, crypto.SHA384, crypto.SHA384},
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
			w := h.New()
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
	w := h.New()
	w.Write(object)
	return seq(der(t, oid(1, 2, 840, 113549, 1, 9, 4)), setOf(octets(w.Sum(nil))))
}

func (f forgery) sign(t testing.TB, message []byte) []byte {
	t.Helper()
	w := f.kind.hash.New()
	w.Write(message)
	b, err := f.state.key.Sign(rand.Reader, w.Sum(nil), f.kind.opts)
	if err != nil {
		t.Fatal(err)
	}
	return b
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
	return seq(der(t, oid(1, 2, 840, 113549, 1, 7, 2)), ctx(0, data))
}

func (f forgery) sod(t testing.TB) []byte { return app(23, f.contentInfo(t)) }
