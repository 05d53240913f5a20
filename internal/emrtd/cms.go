package emrtd

import (
	"bytes"
	"crypto"
	"encoding/asn1"
	"errors"
	"math/big"
	"time"
)

// Object identifiers, written out: variables could be changed.
const (
	oidSignedData    = "1.2.840.113549.1.7.2"
	oidSignedDataGM  = "1.2.156.10197.6.1.4.2.2" // GM/T 0010: the same structure, version 1, signed with SM2
	oidContentType   = "1.2.840.113549.1.9.3"
	oidMessageDigest = "1.2.840.113549.1.9.4"
	oidSigningTime   = "1.2.840.113549.1.9.5"
)

// signed is a SignedData, taken apart and not yet trusted.
type signed struct {
	content      []byte
	certificates []*Certificate
	signer       signer
}

// signer is the one SignerInfo.
type signer struct {
	issuer     []byte // DER and serial, or
	serial     *big.Int
	keyID      []byte // the subject key identifier
	digest     crypto.Hash
	attributes []byte // DER of the signed attributes as a SET OF: what is signed
	stated     []byte // messageDigest
	at         time.Time
	algorithm  asn1.RawValue
	signature  []byte
}

// parseSigned reads ContentInfo { SignedData } (RFC 5652 §5) as the profiles
// of 9303-10 table 37 and 9303-12 §9 say: version 3, content of this kind
// inside, at most so many certificates, exactly one signer, with signed
// attributes that hold one contentType and one messageDigest.
func parseSigned(der []byte, kind string, most int) (signed, error) {
	var s signed
	outer := fields{rest: der}
	info := outer.sequence()
	name := info.oid()
	wrapped := info.tagged(0)
	data := wrapped.sequence()
	if err := errors.Join(outer.end(), info.end(), wrapped.end()); err != nil {
		return s, err
	}
	want := map[string]int{oidSignedData: 3, oidSignedDataGM: 1}[name]
	if version := data.int(); want == 0 || version != want {
		return s, errors.New("no SignedData of its version")
	}
	digests := data.set()
	if err := s.readContent(data.sequence(), kind); err != nil {
		return s, err
	}
	if err := s.readCertificates(data.tagged(0), most); err != nil {
		return s, err
	}
	if data.next(asn1.ClassContextSpecific, 1) { // none of 9303's, and not trusted: lists are the operator's to bring
		return s, errors.New("revocation lists")
	}
	infos := data.set()
	one := infos.sequence()
	if err := errors.Join(data.end(), infos.end()); err != nil {
		return s, err
	}
	if err := s.signer.read(one, kind); err != nil {
		return s, err
	}
	if name == oidSignedDataGM && s.signer.digest != hashSM3 {
		return s, errAlgorithm
	}
	if !announced(digests, s.signer.digest) {
		return s, errors.New("digestAlgorithms")
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

func (s *signed) readContent(f *fields, want string) error {
	kind := f.oid()
	explicit := f.tagged(0)
	s.content = explicit.octets()
	if err := errors.Join(f.end(), explicit.end()); err != nil {
		return err
	}
	if kind != want {
		return errors.New("another kind of content")
	}
	return nil
}

func (s *signed) readCertificates(list *fields, most int) error {
	for list.more() {
		v := list.element()
		if len(s.certificates) == most {
			return errors.New("too many certificates")
		}
		c, err := ParseCertificate(v.FullBytes)
		if err != nil {
			return err
		}
		s.certificates = append(s.certificates, c)
	}
	return list.end()
}

// read takes a SignerInfo apart (RFC 5652 §5.3).
func (s *signer) read(f *fields, kind string) error {
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
	return s.readAttributes(&fields{rest: signed.Bytes}, kind)
}

// readAttributes checks contentType, keeps messageDigest and signingTime, and
// lets others be, each at most once (RFC 5652 §11).
func (s *signer) readAttributes(f *fields, kind string) error {
	seen := map[string]bool{}
	for f.more() {
		a := f.sequence()
		name := a.oid()
		values := a.set()
		if seen[name] {
			return errors.New("an attribute twice")
		}
		seen[name] = true
		switch name {
		case oidContentType:
			if values.oid() != kind {
				return errors.New("contentType")
			}
		case oidMessageDigest:
			s.stated = values.octets()
		case oidSigningTime:
			values.scan(&s.at)
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
// followed to an anchor.
func (s signed) check() (*Certificate, error) {
	var found *Certificate
	for _, c := range s.certificates {
		if s.signer.is(c) {
			if found != nil {
				return nil, errors.New("two certificates fit the signer")
			}
			found = c
		}
	}
	if found == nil {
		return nil, errors.New("the signer's certificate is missing")
	}
	if !bytes.Equal(digest(s.signer.digest, s.content), s.signer.stated) {
		return nil, errors.New("messageDigest")
	}
	if err := verifySignature(found.key, s.signer.algorithm, s.signer.digest, s.signer.attributes, s.signer.signature); err != nil {
		return nil, err
	}
	if s.signer.at.IsZero() {
		return found, nil
	}
	return found, found.signedAt(s.signer.at)
}

func (s signer) is(c *Certificate) bool {
	if s.serial != nil {
		return bytes.Equal(c.issuer, s.issuer) && c.serial.Cmp(s.serial) == 0
	}
	return bytes.Equal(c.subjectID, s.keyID)
}
