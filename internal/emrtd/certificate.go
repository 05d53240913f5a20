package emrtd

import (
	"bytes"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/asn1"
	"encoding/hex"
	"errors"
	"math/big"
	"strings"
	"time"
)

// MaxCertificate bounds a certificate, in bytes. With explicit curves and
// several names the largest published ones are below 3 KB.
const MaxCertificate = 8 << 10

// Certificate is one of 9303-12's: a country signing CA, a link, a document or
// master list signer. crypto/x509 is not used: it refuses curves that are given
// by their parameters and knows neither brainpool nor SM2.
type Certificate struct {
	raw, tbs           []byte
	issuer, subject    []byte // DER, compared byte by byte
	serial             *big.Int
	notBefore          time.Time
	notAfter           time.Time
	key                any
	algorithm          asn1.RawValue
	signature          []byte
	subjectID, signID  []byte // key identifiers: its own, its signer's
	constrained, ca    bool   // basicConstraints: there, cA
	usage              asn1.BitString
	extended           []string
	signsFrom, signsTo time.Time // privateKeyUsagePeriod, where there is one
	unknown            bool      // a critical extension that nobody here knows
}

// The bits of keyUsage (RFC 5280 §4.2.1.3).
const (
	usageSign = 0
	usageCert = 5
	usageCRL  = 6
)

// ParseCertificate reads one certificate: version 3, DER, nothing after its end.
func ParseCertificate(der []byte) (*Certificate, error) {
	if len(der) > MaxCertificate {
		return nil, errors.New("a certificate that is too long")
	}
	c := &Certificate{raw: bytes.Clone(der)}
	var body *fields
	var err error
	if c.tbs, body, c.algorithm, c.signature, err = signedBody(c.raw); err != nil {
		return nil, err
	}
	version := body.tagged(0)
	v := version.int()
	c.serial = body.big()
	inner := body.element()
	c.issuer = body.element().FullBytes
	validity := body.sequence()
	validity.scan(&c.notBefore)
	validity.scan(&c.notAfter)
	c.subject = body.element().FullBytes
	spki := body.element().FullBytes
	extensions := body.tagged(3)
	list := extensions.sequence()
	if err := errors.Join(version.end(), validity.end(), body.end(), extensions.end()); err != nil {
		return nil, err
	}
	if v != 2 || !bytes.Equal(inner.FullBytes, c.algorithm.FullBytes) {
		return nil, errors.New("the certificate's version, or its two algorithms")
	}
	if c.key, err = parseKey(spki); err != nil {
		return nil, err
	}
	return c, c.readExtensions(list)
}

// signedBody takes SIGNED{} of certificates and revocation lists apart.
func signedBody(der []byte) (tbs []byte, body *fields, algorithm asn1.RawValue, signature []byte, err error) {
	outer := fields{rest: der}
	f := outer.sequence()
	whole := f.element()
	algorithm, signature = f.element(), f.bits()
	if err = errors.Join(outer.end(), f.end()); err == nil && (whole.Tag != asn1.TagSequence || !whole.IsCompound) {
		err = errDER
	}
	return whole.FullBytes, &fields{rest: whole.Bytes}, algorithm, signature, err
}

// extension is one of a certificate or a revocation list.
func extension(list *fields) (name string, critical bool, value []byte, err error) {
	e := list.sequence()
	name = e.oid()
	if e.next(asn1.ClassUniversal, asn1.TagBoolean) {
		e.scan(&critical)
	}
	value = e.octets()
	return name, critical, value, e.end()
}

const (
	extSubjectKey  = "2.5.29.14"
	extUsage       = "2.5.29.15"
	extUsagePeriod = "2.5.29.16"
	extConstraints = "2.5.29.19"
	extCRLNumber   = "2.5.29.20"
	extSignKey     = "2.5.29.35"
	extExtended    = "2.5.29.37"
)

func (c *Certificate) readExtensions(list *fields) error {
	seen := map[string]bool{}
	for list.more() {
		name, critical, value, err := extension(list)
		if err != nil || seen[name] {
			return errors.Join(err, errDER)
		}
		seen[name] = true
		f := &fields{rest: value}
		switch name {
		case extSubjectKey:
			c.subjectID = f.octets()
		case extSignKey:
			c.signID, f = signKey(f), &fields{}
		case extUsage:
			f.scan(&c.usage)
		case extUsagePeriod:
			err = c.readPeriod(f)
		case extConstraints:
			s := f.sequence()
			if s.next(asn1.ClassUniversal, asn1.TagBoolean) {
				s.scan(&c.ca)
			}
			if s.more() {
				s.int() // pathLenConstraint: 9303 has no intermediates
			}
			c.constrained, err = true, s.end()
		case extExtended:
			s := f.sequence()
			for s.more() {
				c.extended = append(c.extended, s.oid())
			}
			err = s.end()
		default:
			c.unknown = c.unknown || critical
			continue
		}
		if err := errors.Join(err, f.end()); err != nil {
			return err
		}
	}
	return list.end()
}

// signKey takes the key identifier out of AuthorityKeyIdentifier; issuer and
// serial beside it say nothing that the signature does not.
func signKey(f *fields) []byte {
	if s := f.sequence(); s.next(asn1.ClassContextSpecific, 0) {
		return s.take(asn1.ClassContextSpecific, 0, false)
	}
	return nil
}

// readPeriod reads PrivateKeyUsagePeriod: when the signer was used.
func (c *Certificate) readPeriod(f *fields) error {
	s := f.sequence()
	for i, into := range []*time.Time{&c.signsFrom, &c.signsTo} {
		if !s.next(asn1.ClassContextSpecific, i) {
			continue
		}
		t, err := time.Parse("20060102150405Z", string(s.take(asn1.ClassContextSpecific, i, false)))
		if err != nil {
			return err
		}
		*into = t
	}
	return s.end()
}

// Raw is the certificate in DER.
func (c *Certificate) Raw() []byte { return bytes.Clone(c.raw) }

// Fingerprint is the SHA-256 of the certificate, in hexadecimal.
func (c *Certificate) Fingerprint() string { return fingerprint(c.raw) }

func fingerprint(der []byte) string {
	h := sha256.Sum256(der)
	return hex.EncodeToString(h[:])
}

// Subject is its name, to be read by people.
func (c *Certificate) Subject() string { return readable(c.subject) }

// Issuer is its signer's name, to be read by people.
func (c *Certificate) Issuer() string { return readable(c.issuer) }

// Until is the end of its validity.
func (c *Certificate) Until() time.Time { return c.notAfter }

// Country is the C of its subject in upper case, "" when it has none or several.
func (c *Certificate) Country() string { return country(c.subject) }

// Link reports whether another key of the same authority signed it (9303-12 §3).
func (c *Certificate) Link() bool { return !c.signedBy(c) }

func (c *Certificate) valid(at time.Time) bool {
	return !at.Before(c.notBefore) && !at.After(c.notAfter)
}

func (c *Certificate) may(bit int) bool { return c.usage.At(bit) == 1 }

// signedBy checks name, key identifiers where both state one, and the signature.
func (c *Certificate) signedBy(by *Certificate) bool {
	return bytes.Equal(c.issuer, by.subject) && fits(by.subjectID, c.signID) && verifySignature(by.key, c.algorithm, 0, c.tbs, c.signature) == nil
}

func fits(own, stated []byte) bool {
	return len(own) == 0 || len(stated) == 0 || bytes.Equal(own, stated)
}

// strong refuses a key that is too short; curves are held to the list already.
func (c *Certificate) strong() error {
	if key, ok := c.key.(*rsa.PublicKey); ok {
		return strongRSA(key)
	}
	return nil
}

// goodSigner holds a document signer to the profile of 9303-12 table 6:
// no CA, key usage digitalSignature, no extended usage, valid now, from the
// country that the document names.
func (c *Certificate) goodSigner(of string, now time.Time) error {
	switch {
	case c.ca:
		return errors.New("the document signer is no end certificate")
	case !c.may(usageSign) || c.may(usageCert):
		return errors.New("the document signer's key usage")
	case len(c.extended) > 0: // such a key signs master lists, not documents
		return errors.New("the document signer's extended key usage")
	case c.unknown:
		return errors.New("a critical extension that is not understood")
	case !c.valid(now):
		return errors.New("the document signer is not valid now")
	case country(c.issuer) != of || country(c.subject) != of:
		return errors.New("the document signer is another country's")
	}
	return c.strong()
}

// signedAt holds a stated signing time to the certificate's validity and to
// the time in which its key was used.
func (c *Certificate) signedAt(at time.Time) error {
	switch {
	case !c.valid(at), !c.signsFrom.IsZero() && at.Before(c.signsFrom), !c.signsTo.IsZero() && at.After(c.signsTo):
		return errors.New("signed at a time when the signer was not valid")
	}
	return nil
}

// Authority reports whether it may sign certificates, at some time:
// basicConstraints and keyCertSign (9303-12 table 6).
func (c *Certificate) Authority() bool {
	return c.constrained && c.ca && c.may(usageCert) && !c.unknown && c.strong() == nil
}

func (c *Certificate) goodRoot(at time.Time) bool { return c.Authority() && c.valid(at) }

// attributes walks over a distinguished name.
func attributes(name []byte) (all [][2]string) {
	outer := fields{rest: name}
	f := outer.sequence()
	for f.more() {
		set := f.set()
		for set.more() {
			a := set.sequence()
			kind, v := a.oid(), a.element()
			if a.end() != nil {
				return nil
			}
			all = append(all, [2]string{kind, text(v)})
		}
	}
	return all
}

// text is a string of a name, without what a terminal could obey. Of a
// BMPString in Latin letters the zeros go.
func text(v asn1.RawValue) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7F && r < 0xA0 || r == 0xFFFD {
			return -1
		}
		return r
	}, string(v.Bytes))
}

// country is of two letters, in either case (9303-12 §7.1.1.1).
func country(name []byte) string {
	found := ""
	for _, a := range attributes(name) {
		if a[0] != "2.5.4.6" {
			continue
		}
		if found != "" {
			return ""
		}
		found = strings.ToUpper(a[1])
	}
	return found
}

func readable(name []byte) string {
	var parts []string
	for _, a := range attributes(name) {
		kind := map[string]string{"2.5.4.3": "CN", "2.5.4.6": "C", "2.5.4.10": "O", "2.5.4.11": "OU", "2.5.4.5": "serial"}[a[0]]
		if kind == "" {
			kind = a[0]
		}
		parts = append(parts, kind+"="+a[1])
	}
	return strings.Join(parts, ", ")
}
