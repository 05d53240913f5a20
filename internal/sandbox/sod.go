package sandbox

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
)

// The structures of an EF.SOD (9303-10 §4.6.2, RFC 5652 §5), to be encoded.
type (
	groupHash struct {
		Number int
		Hash   []byte
	}
	securityObject struct {
		Version int
		Hash    pkix.AlgorithmIdentifier
		Groups  []groupHash
	}
	content struct {
		Kind   asn1.ObjectIdentifier
		Octets []byte `asn1:"explicit,tag:0"`
	}
	attribute struct {
		Kind   asn1.ObjectIdentifier
		Values asn1.RawValue
	}
	issuerAndSerial struct {
		Issuer asn1.RawValue
		Serial *big.Int
	}
	signerInfo struct {
		Version    int
		ID         issuerAndSerial
		Digest     pkix.AlgorithmIdentifier
		Attributes asn1.RawValue
		Algorithm  pkix.AlgorithmIdentifier
		Signature  []byte
	}
	signedData struct {
		Version      int
		Digests      []pkix.AlgorithmIdentifier `asn1:"set"`
		Content      content
		Certificates asn1.RawValue
		Signers      []signerInfo `asn1:"set"`
	}
	contentInfo struct {
		Kind asn1.ObjectIdentifier
		Data signedData `asn1:"explicit,tag:0"`
	}
)

// sod signs the hashes of the files that there are, and of a photo: ECDSA on P-256
// with SHA-256.
func (i *issuer) sod(dg1, dg2, dg14, dg15 []byte) ([]byte, error) {
	var groups []groupHash
	for _, f := range []struct {
		group int
		file  []byte
	}{{1, dg1}, {2, dg2}, {14, dg14}, {15, dg15}} {
		if f.file != nil {
			h := sha256.Sum256(f.file)
			groups = append(groups, groupHash{f.group, h[:]})
		}
	}
	sha := pkix.AlgorithmIdentifier{Algorithm: asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}}
	object, err := asn1.Marshal(securityObject{0, sha, groups})
	if err != nil {
		return nil, err
	}
	kind := asn1.ObjectIdentifier{2, 23, 136, 1, 1, 1}
	attributes, err := signedAttributes(kind, object)
	if err != nil {
		return nil, err
	}
	h := sha256.Sum256(attributes)
	signature, err := ecdsa.SignASN1(rand.Reader, i.key, h[:])
	if err != nil {
		return nil, err
	}
	travelling := append([]byte{0xA0}, attributes[1:]...)
	info, err := asn1.Marshal(contentInfo{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}, signedData{
		Version: 3, Digests: []pkix.AlgorithmIdentifier{sha}, Content: content{kind, object},
		Certificates: asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0, IsCompound: true, Bytes: i.signer.Raw},
		Signers: []signerInfo{{1, issuerAndSerial{asn1.RawValue{FullBytes: i.signer.RawIssuer}, i.signer.SerialNumber}, sha,
			asn1.RawValue{FullBytes: travelling},
			pkix.AlgorithmIdentifier{Algorithm: asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2}}, signature}},
	}})
	if err != nil {
		return nil, err
	}
	return framed(23, info)
}

// signedAttributes is the SET OF contentType and messageDigest that is signed.
func signedAttributes(kind asn1.ObjectIdentifier, object []byte) ([]byte, error) {
	h := sha256.Sum256(object)
	oid, err := asn1.Marshal(kind)
	if err != nil {
		return nil, err
	}
	octets, err := asn1.Marshal(h[:])
	if err != nil {
		return nil, err
	}
	set := func(b []byte) asn1.RawValue { return asn1.RawValue{Tag: asn1.TagSet, IsCompound: true, Bytes: b} }
	return asn1.MarshalWithParams([]attribute{
		{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 3}, set(oid)},
		{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 4}, set(octets)},
	}, "set")
}

// framed puts an elementary file's application tag around its content.
func framed(tag int, b []byte) ([]byte, error) {
	return asn1.Marshal(asn1.RawValue{Class: asn1.ClassApplication, Tag: tag, IsCompound: true, Bytes: b})
}

// dg1 and dg15 frame a zone and a key (9303-10 §4.7.1, §4.7.15). Their
// lengths are such that encoding them does not fail.
func dg1(zone string) []byte {
	inner, _ := asn1.Marshal(asn1.RawValue{Class: asn1.ClassApplication, Tag: 31, Bytes: []byte(zone)})
	b, _ := framed(1, inner)
	return b
}

func dg15(public []byte) []byte { b, _ := framed(15, public); return b }
