package oauth

import (
	"encoding/base64"
	"errors"
	"net/http"
	"net/netip"
	"strings"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
	"netid/internal/token/jose"
)

const maxChain = 5 // certificates, a party's own among them

// Certificates finds the certificate that the sender of a request showed to
// hold the key of, in the handshake with this server or with its proxy.
type Certificates struct {
	Proxies []netip.Prefix // whose Client-Cert is believed, and nobody else's
	Roots   suite.Roots    // of tls_client_auth
}

// Of gives the sender's certificate and those that came with it, or none. From
// a proxy the header counts alone (RFC 9440 §2), since the handshake was its own;
// from anybody else the header is not looked at.
func (c *Certificates) Of(r *http.Request) (chain []suite.Certificate, err error) {
	if c == nil {
		return nil, nil
	}
	if c.proxied(r.RemoteAddr) {
		return headerChain(r.Header)
	}
	if r.TLS == nil {
		return nil, nil
	}
	for _, x := range r.TLS.PeerCertificates[:min(len(r.TLS.PeerCertificates), maxChain)] {
		read, err := suite.ParseCertificate(x.Raw)
		if err != nil {
			return nil, err
		}
		chain = append(chain, read)
	}
	return chain, nil
}

func (c *Certificates) proxied(remote string) bool {
	at, err := netip.ParseAddrPort(remote)
	if err != nil {
		return false
	}
	for _, p := range c.Proxies {
		if p.Contains(at.Addr().Unmap()) {
			return true
		}
	}
	return false
}

// headerChain reads Client-Cert and Client-Cert-Chain (RFC 9440 §2.2, §2.3).
func headerChain(h http.Header) ([]suite.Certificate, error) {
	own, way := h.Values("Client-Cert"), h.Values("Client-Cert-Chain")
	if len(own) == 0 && len(way) == 0 {
		return nil, nil
	}
	if len(own) != 1 {
		return nil, malformedCertificate(errors.New("not one Client-Cert"))
	}
	items := []string{own[0]}
	if len(way) > 0 {
		items = append(items, strings.Split(strings.Join(way, ","), ",")...)
	}
	return ParseChain(items)
}

// ParseChain reads Byte Sequences (RFC 8941 §3.3.5, without parameters), each
// a certificate, the sender's own first. Reason "certificate_invalid".
func ParseChain(items []string) (chain []suite.Certificate, err error) {
	if len(items) > maxChain {
		return nil, malformedCertificate(errors.New("too many certificates"))
	}
	for _, item := range items {
		s := strings.Trim(item, " \t")
		if len(s) < 2 || s[0] != ':' || s[len(s)-1] != ':' || strings.ContainsAny(s, "\r\n") {
			return nil, malformedCertificate(errors.New("no Byte Sequence"))
		}
		der, err := base64.StdEncoding.Strict().DecodeString(s[1 : len(s)-1])
		if err != nil {
			return nil, malformedCertificate(err)
		}
		c, err := suite.ParseCertificate(der)
		if err != nil {
			return nil, malformedCertificate(err)
		}
		chain = append(chain, c)
	}
	return chain, nil
}

func malformedCertificate(err error) error {
	return fault.Wrap("oauth.Certificates", fault.Unauthenticated, "certificate_invalid", err)
}

// byCertificate holds the sender's certificate against what the party
// registered: a name in one that a trusted authority issued (RFC 8705 §2.1), or
// a key of its own in one that anybody issued (§2.2).
func (g Gate) byCertificate(r *http.Request, p identity.Party) error {
	chain, err := g.Certificates.Of(r)
	switch {
	case err != nil:
		return err
	case len(chain) == 0:
		return refuse("no certificate")
	case p.Auth == identity.AuthTLS:
		if !bears(chain[0], p.Certificate) {
			return refuse("a certificate of another name")
		}
		return fault.At("oauth.byCertificate", g.Certificates.Roots.Verify(chain[0], chain[1:], g.Now()))
	}
	key, ok := chain[0].Key()
	if !ok {
		return refuse("a certificate with a key of another kind")
	}
	keys, err := g.Keys(r.Context(), p, func(s jose.Set) bool { return s.Has(key.Thumbprint()) })
	if err != nil {
		return err
	}
	if !keys.Has(key.Thumbprint()) {
		return refuse("a certificate with a key that the party has not")
	}
	return nil
}

func bears(c suite.Certificate, n identity.CertificateName) bool {
	if n.Kind == "dn" {
		return n.Name != "" && c.Subject() == n.Name
	}
	return c.Named(n.Kind, n.Name)
}
