// Package wallet is a simulator: a provider of wallets and key stores that
// does not exist, and the keys of a wallet that nobody carries. With it HAIP 1.0 is
// tried against a sandbox: the root goes into the sandbox's list of providers
// (`netid sandbox --wallet CLIENT=FILE`), attestations and proofs into requests.
//
// It owns the making of these texts, by other code than the house reads them
// with, and refuses to know any server. Whatever it says names itself a simulator.
package wallet

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
	"fmt"
	"maps"
	"math/big"
	"time"
)

// Key is one of a wallet's.
type Key struct{ *ecdsa.PrivateKey }

// NewKey makes one.
func NewKey() Key {
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(err)
	return Key{k}
}

// JWK is its public half.
func (k Key) JWK() map[string]any {
	point, err := k.PublicKey.Bytes()
	must(err)
	return map[string]any{"kty": "EC", "crv": "P-256", "x": enc(point[1:33]), "y": enc(point[33:])}
}

// Sign makes a compact JWS with the header's members beside alg and typ.
func (k Key) Sign(typ string, header, claims map[string]any) string {
	h := map[string]any{"alg": "ES256", "typ": typ}
	maps.Copy(h, header)
	input := enc(text(h)) + "." + enc(text(claims))
	digest := sha256.Sum256([]byte(input))
	r, s, err := ecdsa.Sign(rand.Reader, k.PrivateKey, digest[:])
	must(err)
	sig := make([]byte, 64)
	r.FillBytes(sig[:32])
	s.FillBytes(sig[32:])
	return input + "." + enc(sig)
}

// Provider vouches for wallets and for keys, with a certificate below its root.
type Provider struct {
	Key   Key
	Chain []string // base64 DER, its own first, the root left out
	root  []byte
	from  time.Time
}

// NewProvider makes one whose certificates are good for a day around now.
func NewProvider(now time.Time) *Provider {
	p := &Provider{Key: NewKey(), from: now}
	top := NewKey()
	root := p.certificate("netid simulator: wallets' root", nil, top, top, func(x *x509.Certificate) {
		x.IsCA, x.BasicConstraintsValid, x.KeyUsage = true, true, x509.KeyUsageCertSign
	})
	leaf := p.certificate("netid simulator: wallets' provider", root, p.Key, top, nil)
	p.root, p.Chain = root.Raw, []string{base64.StdEncoding.EncodeToString(leaf.Raw)}
	return p
}

func (p *Provider) certificate(name string, parent *x509.Certificate, of, by Key, change func(*x509.Certificate)) *x509.Certificate {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	must(err)
	x := &x509.Certificate{SerialNumber: serial, Subject: pkix.Name{CommonName: name}, NotBefore: p.from.Add(-24 * time.Hour), NotAfter: p.from.Add(24 * time.Hour), KeyUsage: x509.KeyUsageDigitalSignature}
	if change != nil {
		change(x)
	}
	if parent == nil {
		parent = x
	}
	der, err := x509.CreateCertificate(rand.Reader, x, parent, &of.PublicKey, by.PrivateKey)
	must(err)
	x, err = x509.ParseCertificate(der)
	must(err)
	return x
}

// Root is what an operator lists, PEM.
func (p *Provider) Root() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: p.root})
}

// RootDER is the same, as a chain would carry it.
func (p *Provider) RootDER() string { return base64.StdEncoding.EncodeToString(p.root) }

// Wallet vouches for an instance (draft -07 §5.1); change puts members in, nil takes one out.
func (p *Provider) Wallet(client string, instance Key, now time.Time, change map[string]any) string {
	return p.Key.Sign("oauth-client-attestation+jwt", map[string]any{"x5c": p.Chain}, with(map[string]any{
		"iss": "https://simulator.invalid", "sub": client, "iat": now.Unix(), "exp": now.Add(time.Hour).Unix(),
		"cnf": map[string]any{"jwk": instance.JWK()}, "wallet_name": "netid simulator"}, change))
}

// Keys vouches for keys (OpenID4VCI 1.0 appendix D.1).
func (p *Provider) Keys(nonce string, now time.Time, change map[string]any, keys ...Key) string {
	all := []any{}
	for _, k := range keys {
		all = append(all, k.JWK())
	}
	return p.Key.Sign("key-attestation+jwt", map[string]any{"x5c": p.Chain}, with(map[string]any{
		"iat": now.Unix(), "exp": now.Add(time.Hour).Unix(), "nonce": nonce, "attested_keys": all,
		"key_storage": []string{"iso_18045_moderate"}, "user_authentication": []string{"iso_18045_moderate"}}, change))
}

// Proof shows an instance's key to a server (draft -07 §5.2).
func (k Key) Proof(client, server, id, challenge string, now time.Time, change map[string]any) string {
	return k.Sign("oauth-client-attestation-pop+jwt", nil, with(map[string]any{
		"iss": client, "aud": server, "jti": id, "iat": now.Unix(), "challenge": challenge}, change))
}

func with(claims, change map[string]any) map[string]any {
	for name, v := range change {
		if claims[name] = v; v == nil {
			delete(claims, name)
		}
	}
	return claims
}

func text(v any) []byte {
	b, err := json.Marshal(v)
	must(err)
	return b
}

func enc(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// must: a simulator in a test that cannot make a key has nothing to go on with.
func must(err error) {
	if err != nil {
		panic(fmt.Sprintf("wallet simulator: %v", err))
	}
}
