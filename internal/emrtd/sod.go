package emrtd

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"math/big"

	"netid/internal/fault"
)

// Object identifiers, written out: variables could be changed.
const (
	oidSignedData    = "1.2.840.113549.1.7.2"
	oidLDSObject     = "2.23.136.1.1.1" // 9303-10 §4.6.2: id-icao-mrtd-security-ldsSecurityObject
	oidContentType   = "1.2.840.113549.1.9.3"
	oidMessageDigest = "1.2.840.113549.1.9.4"
)

// maxCertificates bounds what an EF.SOD may carry; one is usual.
const maxCertificates = 4

// sod is an EF.SOD, taken apart and not yet trusted.
type sod struct {
	object       []byte // the LDS security object, DER
	certificates []*x509.Certificate
	signer       signer
}

// signer is the one SignerInfo.
type signer struct {
	issuer     []byte // RawIssuer and serial, or
	serial     *big.Int
	keyID      []byte // the subject key identifier
	digest     crypto.Hash
	attributes []byte // DER of the signed attributes as a SET OF: what is signed
	stated     []byte // messageDigest
	algorithm  asn1.RawValue
	signature  []byte
}

// parseSOD reads 77 { ContentInfo { SignedData } } (9303-10 §4.6.2, RFC 5652 §5)
// as the profile of table 37 says: version 3, the security object inside,
// exactly one signer, with signed attributes that hold one contentType and
// one messageDigest.
func parseSOD(b []byte) (sod, error) {
	var s sod
	body, err := file(b, tagSOD)
	if err != nil {
		return s, unsigned(err)
	}
	outer := fields{rest: body}
	info := outer.sequence()
	if outer.end() != nil || info.oid() != oidSignedData {
		return s, unsigned(errors.Join(outer.err, errors.New("no SignedData")))
	}
	wrapped := info.tagged(0)
	data := wrapped.sequence()
	if err := errors.Join(info.end(), wrapped.end()); err != nil {
		return s, unsigned(err)
	}
	version := data.int()
	digests := data.set()
	if err := s.readContent(data.sequence()); err != nil {
		return s, unsigned(err)
	}
	if err := s.readCertificates(data); err != nil {
		return s, unsigned(err)
	}
	if data.next(asn1.ClassContextSpecific, 1) { // revocation lists in an EF.SOD are none of 9303-10's, and not trusted
		return s, unsigned(errors.New("revocation lists"))
	}
	infos := data.set()
	one := infos.sequence()
	if err := errors.Join(data.end(), infos.end()); err != nil {
		return s, unsigned(err)
	}
	if version != 3 {
		return s, unsigned(errors.New("version"))
	}
	if err := s.signer.read(one); err != nil {
		return s, unsigned(err)
	}
	if !announced(digests, s.signer.digest) {
		return s, unsigned(errors.New("digestAlgorithms"))
	}
	return s, nil
}

// announced reports whether digestAlgorithms names the signer's own, as RFC
// 5652 §5.1 wants, and nothing that is not on the list.
func announced(list *fields, own crypto.Hash) (found bool) {
	for list.more() {
		h, err := digestOf(list.element())
		if err != nil {
			return false
		}
		found = found || h == own
	}
	return found && list.end() == nil
}

func (s *sod) readContent(f *fields) error {
	kind := f.oid()
	explicit := f.tagged(0)
	s.object = explicit.octets()
	if err := errors.Join(f.end(), explicit.end()); err != nil {
		return err
	}
	if kind != oidLDSObject {
		return errors.New("no LDS security object")
	}
	return nil
}

func (s *sod) readCertificates(data *fields) error {
	list := data.tagged(0)
	for list.more() {
		v := list.element()
		if len(s.certificates) == maxCertificates {
			return errors.New("too many certificates")
		}
		c, err := x509.ParseCertificate(v.FullBytes)
		if err != nil {
			return err
		}
		s.certificates = append(s.certificates, c)
	}
	return list.end()
}

// read takes a SignerInfo apart (RFC 5652 §5.3).
func (s *signer) read(f *fields) error {
	version := f.int()
	switch {
	case f.next(asn1.ClassUniversal, asn1.TagSequence):
		id := f.sequence()
		s.issuer = id.element().FullBytes
		s.serial = id.big()
		if err := id.end(); err != nil || version != 1 {
			return errors.Join(err, errors.New("signer identifier"))
		}
	default:
		s.keyID = f.take(asn1.ClassContextSpecific, 0, false)
		if version != 3 || len(s.keyID) == 0 {
			return errors.New("signer identifier")
		}
	}
	var err error
	if s.digest, err = digestOf(f.element()); err != nil {
		return err
	}
	signed := f.element()
	s.algorithm = f.element()
	s.signature = f.octets()
	if f.next(asn1.ClassContextSpecific, 1) {
		f.element() // unsigned attributes: "may be ignored" (9303-10 table 37)
	}
	if err := f.end(); err != nil {
		return err
	}
	if signed.Class != asn1.ClassContextSpecific || signed.Tag != 0 || !signed.IsCompound {
		return errors.New("no signed attributes")
	}
	// RFC 5652 §5.4: the signature is over an EXPLICIT SET OF, not the [0] that travels.
	s.attributes = bytes.Clone(signed.FullBytes)
	s.attributes[0] = asn1.TagSet | 0x20
	return s.readAttributes(&fields{rest: signed.Bytes})
}

// readAttributes checks contentType, keeps messageDigest and lets others be,
// each at most once (RFC 5652 §11).
func (s *signer) readAttributes(f *fields) error {
	seen := map[string]bool{}
	for f.more() {
		a := f.sequence()
		kind := a.oid()
		values := a.set()
		if seen[kind] {
			return errors.New("an attribute twice")
		}
		seen[kind] = true
		switch kind {
		case oidContentType:
			if values.oid() != oidLDSObject {
				return errors.New("contentType")
			}
		case oidMessageDigest:
			s.stated = values.octets()
		default:
			for values.more() {
				values.element()
			}
		}
		if err := errors.Join(a.end(), values.end()); err != nil {
			return err
		}
	}
	if err := f.end(); err != nil {
		return err
	}
	if !seen[oidContentType] || !seen[oidMessageDigest] {
		return errors.New("contentType or messageDigest is missing")
	}
	return nil
}

// check verifies the signature and returns the signer's certificate, not yet
// followed to a root.
func (s sod) check() (*x509.Certificate, error) {
	var found *x509.Certificate
	for _, c := range s.certificates {
		if s.signer.is(c) {
			if found != nil {
				return nil, unsigned(errors.New("two certificates fit the signer"))
			}
			found = c
		}
	}
	if found == nil {
		return nil, unsigned(errors.New("the signer's certificate is missing"))
	}
	if !bytes.Equal(digest(s.signer.digest, s.object), s.signer.stated) {
		return nil, unsigned(errors.New("messageDigest"))
	}
	if err := verifySignature(found.PublicKey, s.signer.algorithm, s.signer.digest, s.signer.attributes, s.signer.signature); err != nil {
		return nil, unsigned(err)
	}
	return found, nil
}

func (s signer) is(c *x509.Certificate) bool {
	if s.serial != nil {
		return bytes.Equal(c.RawIssuer, s.issuer) && c.SerialNumber.Cmp(s.serial) == 0
	}
	return bytes.Equal(c.SubjectKeyId, s.keyID)
}

// unsigned is the one answer to everything that is wrong with an EF.SOD.
func unsigned(err error) error {
	return fault.Wrap("emrtd.SOD", fault.Invalid, Unsigned, err)
}
