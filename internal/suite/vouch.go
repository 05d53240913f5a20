package suite

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"net/netip"
	"net/url"
	"time"
	"unicode/utf8"

	"netid/internal/fault"
)

const maxName = 64 // bytes of a part of a name (RFC 5280 appendix A.1, ub-common-name)

// Claim is what a certificate says of its holder, and for how long.
type Claim struct {
	Name         string // common name
	Organization string
	Host         string // a DNS name or an address; empty: none
	URI          string // empty: none
	From, To     time.Time
}

// SelfSigned makes the certificate of a certification authority by its own key.
// Whoever makes it again from the same key and claim gets the same bytes: the
// signature is RFC 6979's and the serial number follows from what is signed. So
// nodes that share a key show one certificate, and nobody keeps any.
func SelfSigned(by Signer, c Claim) (Certificate, error) {
	own, err := ParsePublicKey(by.PublicJWK())
	if err != nil {
		return Certificate{}, fault.At("suite.SelfSigned", err)
	}
	return vouch(nil, by, own, c, true)
}

// Vouch makes the certificate of a key that signs, by the authority's key, as
// repeatably as SelfSigned. Of a key that is not ES256's it makes none.
func (c Certificate) Vouch(by Signer, of PublicKey, says Claim) (Certificate, error) {
	return vouch(c.x, by, of, says, false)
}

// Cross makes the certificate of another authority's key: who trusts the one
// follows to the other (RFC 5280 §3.2).
func (c Certificate) Cross(by Signer, of PublicKey, says Claim) (Certificate, error) {
	return vouch(c.x, by, of, says, true)
}

func vouch(parent *x509.Certificate, by Signer, of PublicKey, c Claim, authority bool) (Certificate, error) {
	const op = "suite.vouch"
	key, ok := by.(es256)
	public, es := of.key.(*ecdsa.PublicKey)
	if !ok || !es || of.alg != AlgES256 {
		return Certificate{}, fault.Newf(op, fault.Invalid, "certificate_key", "a certificate is made for an ES256 key, by one")
	}
	x, err := c.template()
	if err != nil {
		return Certificate{}, err
	}
	x.SubjectKeyId = keyIdentifier(of)
	x.KeyUsage, x.IsCA = x509.KeyUsageDigitalSignature, authority
	if authority {
		x.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
	}
	if parent == nil {
		parent = x
	}
	s := sha256.New()
	for _, part := range []string{by.KeyID(), of.Thumbprint(), c.Name, c.Organization, c.Host, c.URI, x.NotBefore.Format(time.RFC3339), x.NotAfter.Format(time.RFC3339)} {
		io.WriteString(s, part+"\n")
	}
	serial := s.Sum(nil)[:16]
	serial[0] = serial[0]&0x7f | 0x40 // positive and of one length (§4.1.2.2)
	x.SerialNumber = new(big.Int).SetBytes(serial)
	der, err := x509.CreateCertificate(nil, x, parent, public, steady{key.key})
	if err != nil {
		return Certificate{}, fault.Wrap(op, fault.Internal, "internal", err)
	}
	return ParseCertificate(der)
}

func (c Claim) template() (*x509.Certificate, error) {
	x := &x509.Certificate{NotBefore: c.From.UTC().Truncate(time.Second), NotAfter: c.To.UTC().Truncate(time.Second), BasicConstraintsValid: true,
		SignatureAlgorithm: x509.ECDSAWithSHA256, Subject: pkix.Name{CommonName: cut(c.Name)}}
	if c.Organization != "" {
		x.Subject.Organization = []string{cut(c.Organization)}
	}
	if ip, err := netip.ParseAddr(c.Host); err == nil {
		x.IPAddresses = append(x.IPAddresses, ip.AsSlice())
	} else if c.Host != "" {
		x.DNSNames = []string{c.Host}
	}
	if c.URI != "" {
		u, err := url.Parse(c.URI)
		if err != nil {
			return nil, fault.Wrap("suite.vouch", fault.Invalid, "certificate_invalid", err)
		}
		x.URIs = []*url.URL{u}
	}
	return x, nil
}

// cut leaves whole characters of a name that is too long.
func cut(s string) string {
	end := min(len(s), maxName)
	for end < len(s) && end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end]
}

// keyIdentifier is ours to choose (§4.2.1.2): the library's way has changed once.
func keyIdentifier(k PublicKey) []byte {
	id := sha256.Sum256(k.jwk)
	return id[:20]
}

// steady signs the same twice for the same: it asks for no randomness (RFC 6979).
type steady struct{ key *ecdsa.PrivateKey }

func (s steady) Public() crypto.PublicKey { return &s.key.PublicKey }
func (s steady) Sign(_ io.Reader, digest []byte, o crypto.SignerOpts) ([]byte, error) {
	return s.key.Sign(nil, digest, o)
}

// DER is the certificate's own form.
func (c Certificate) DER() []byte { return append([]byte(nil), c.x.Raw...) }

// PEM is the same as text.
func (c Certificate) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.x.Raw})
}

// Term is from when until when it is good, both ends good.
func (c Certificate) Term() (from, to time.Time) { return c.x.NotBefore, c.x.NotAfter }

// ParseRequest reads what somebody asks a certificate with (PKCS #10, PEM or
// DER) and gives the key whose holder signed it. What else it asks for is not
// heard: names are the register's to say. Reason "certificate_request_invalid".
func ParseRequest(text []byte) (PublicKey, error) {
	const op = "suite.ParseRequest"
	bad := func(err error) (PublicKey, error) {
		return PublicKey{}, fault.Wrap(op, fault.Invalid, "certificate_request_invalid", err)
	}
	if len(text) > maxCertificate {
		return bad(badKey("too long"))
	}
	if block, _ := pem.Decode(text); block != nil {
		if block.Type != "CERTIFICATE REQUEST" {
			return bad(badKey("PEM of another kind: " + block.Type))
		}
		text = block.Bytes
	}
	r, err := x509.ParseCertificateRequest(text)
	if err != nil {
		return bad(err)
	}
	if err := r.CheckSignature(); err != nil {
		return bad(err)
	}
	k, ok := Certificate{&x509.Certificate{PublicKey: r.PublicKey}}.Key()
	if !ok || k.alg != AlgES256 {
		return bad(badKey("wallets check ES256: the key must be on P-256"))
	}
	return k, nil
}
