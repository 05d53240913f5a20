// Package holder is a person's wallet as tests need one, with the authority that
// gave it its credentials: it presents as OpenID4VP 1.0 says, or wrongly, as a test
// wants. It reads and writes by code of its own, so that it shares no
// mistake with whoever is tested.
//
// It owns one way to hold and to present, and refuses to know any rule of the
// reader's.
package holder

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"net/url"
	"time"
)

// Authority issues credentials and readers' certificates, below a root of its own.
type Authority struct {
	Issuer string
	Root   *x509.Certificate
	Chain  [][]byte // of its credentials: leaf and what stands between
	root   *ecdsa.PrivateKey
	leaf   *ecdsa.PrivateKey
	at     time.Time
}

// NewAuthority is good for an hour on either side of a time.
func NewAuthority(issuer string, at time.Time) (*Authority, error) {
	a := &Authority{Issuer: issuer, at: at}
	var err error
	if a.root, err = newKey(); err != nil {
		return nil, err
	}
	x := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "root of " + issuer}, NotBefore: at.Add(-time.Hour), NotAfter: at.Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign, SubjectKeyId: []byte("key of " + issuer)}
	der, err := x509.CreateCertificate(rand.Reader, x, x, &a.root.PublicKey, a.root)
	if err != nil {
		return nil, err
	}
	if a.Root, err = x509.ParseCertificate(der); err != nil {
		return nil, err
	}
	a.leaf, a.Chain, err = a.Certify(issuer)
	return a, err
}

// Certify makes a key and its certificate, for an address.
func (a *Authority) Certify(address string) (*ecdsa.PrivateKey, [][]byte, error) {
	key, err := newKey()
	if err != nil {
		return nil, nil, err
	}
	u, err := url.Parse(address)
	if err != nil {
		return nil, nil, err
	}
	x := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: address}, NotBefore: a.at.Add(-time.Hour), NotAfter: a.at.Add(time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, URIs: []*url.URL{u}}
	der, err := x509.CreateCertificate(rand.Reader, x, a.Root, &key.PublicKey, a.root)
	return key, [][]byte{der}, err
}

// Issues makes it issue under another name, below the same root.
func (a *Authority) Issues(issuer string) (err error) {
	a.Issuer = issuer
	a.leaf, a.Chain, err = a.Certify(issuer)
	return err
}

// Roots are what a reader trusts.
func (a *Authority) Roots() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.Root.Raw})
}

// Credential is one in its holder's hands.
type Credential struct {
	Kind        string
	JWT         string
	Key         *ecdsa.PrivateKey
	Names       []string // of what is hidden, in the order of
	Disclosures []string
}

// Hidden is a claim that can be disclosed.
type Hidden struct {
	Name  string
	Value any
}

// Issue makes a credential. edit, where there is one, changes what is open in it last.
func (a *Authority) Issue(kind string, hidden []Hidden, edit func(payload map[string]any)) (Credential, error) {
	key, err := newKey()
	if err != nil {
		return Credential{}, err
	}
	c := Credential{Kind: kind, Key: key}
	var digests []string
	for _, h := range hidden {
		salt := make([]byte, 16)
		if _, err := rand.Read(salt); err != nil {
			return c, err
		}
		text, err := json.Marshal([]any{encode(salt), h.Name, h.Value})
		if err != nil {
			return c, err
		}
		c.Names, c.Disclosures = append(c.Names, h.Name), append(c.Disclosures, encode(text))
		digests = append(digests, hash(encode(text)))
	}
	payload := map[string]any{"iss": a.Issuer, "vct": kind, "iat": a.at.Add(-time.Minute).Unix(), "exp": a.at.Add(30 * time.Minute).Unix(),
		"_sd_alg": "sha-256", "_sd": digests, "cnf": map[string]any{"jwk": PublicJWK(&key.PublicKey)}}
	if digests == nil {
		delete(payload, "_sd")
	}
	if edit != nil {
		edit(payload)
	}
	x5c := make([]string, len(a.Chain))
	for i, der := range a.Chain {
		x5c[i] = base64.StdEncoding.EncodeToString(der)
	}
	c.JWT, err = sign(a.leaf, map[string]any{"alg": "ES256", "typ": "dc+sd-jwt", "x5c": x5c}, payload)
	return c, err
}

// PublicJWK has the fewest members that a key can have.
func PublicJWK(key *ecdsa.PublicKey) map[string]any {
	b, err := key.Bytes()
	if err != nil {
		return nil
	}
	return map[string]any{"kty": "EC", "crv": "P-256", "x": encode(b[1:33]), "y": encode(b[33:])}
}

func newKey() (*ecdsa.PrivateKey, error) { return ecdsa.GenerateKey(elliptic.P256(), rand.Reader) }

func sign(key *ecdsa.PrivateKey, header, payload any) (string, error) {
	h, err := json.Marshal(header)
	if err != nil {
		return "", err
	}
	p, err := json.Marshal(payload)
	if err != nil {
		return "", err
	}
	text := encode(h) + "." + encode(p)
	digest := sha256.Sum256([]byte(text))
	r, s, err := ecdsa.Sign(rand.Reader, key, digest[:])
	if err != nil {
		return "", err
	}
	return text + "." + encode(append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)), nil
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func hash(text string) string {
	d := sha256.Sum256([]byte(text))
	return encode(d[:])
}
