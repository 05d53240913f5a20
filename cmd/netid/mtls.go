package main

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"slices"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/protocol/oauth"
	"netid/internal/suite"
)

// mtls is where parties with certificates come (RFC 8705). Without an address
// none of it is offered.
type mtls struct {
	URL     string         // scheme://host[:port]
	Proxies []netip.Prefix // whose Client-Cert header is believed
	Roots   suite.Roots    // of tls_client_auth
}

func (m mtls) certificates() *oauth.Certificates {
	if m.URL == "" {
		return nil
	}
	return &oauth.Certificates{Proxies: m.Proxies, Roots: m.Roots}
}

// offers refuses a way of authentication that the service does not have.
func (m mtls) offers(a identity.PartyAuth) error {
	if m.URL == "" || a == identity.AuthTLS && m.Roots == (suite.Roots{}) {
		return fault.New("mtls.offers", fault.Invalid, "auth_method_not_served")
	}
	return nil
}

// mtlsEntry is the configuration's.
type mtlsEntry struct {
	URL      string   `yaml:"url"`       // https://host[:port], in the metadata as mtls_endpoint_aliases
	Listen   string   `yaml:"listen"`    // HOST:PORT of a listener that asks for a client's certificate; needs tls; or
	Proxies  []string `yaml:"proxies"`   // addresses or networks of the proxies whose Client-Cert header is believed (RFC 9440)
	ClientCA string   `yaml:"client_ca"` // PEM file: who vouches for certificates of tls_client_auth; empty: only self_signed_tls_client_auth
}

func (e mtlsEntry) check(served bool) error {
	if e.URL == "" && (e.Listen != "" || len(e.Proxies) > 0 || e.ClientCA != "") {
		return errors.New("mtls needs a url")
	}
	if e.URL == "" {
		return nil
	}
	u, err := url.Parse(e.URL)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.Path != "" || u.RawQuery != "" || u.User != nil {
		return errors.New("mtls: url must be https://host[:port] with nothing after it")
	}
	if (e.Listen == "") == (len(e.Proxies) == 0) {
		return errors.New("mtls needs either listen or proxies")
	}
	if e.Listen != "" && !served {
		return errors.New("mtls: listen needs tls; behind a proxy, name its address in proxies")
	}
	_, err = prefixes(e.Proxies)
	return err
}

func (e mtlsEntry) open() (m mtls, err error) {
	m.URL = e.URL
	if m.Proxies, err = prefixes(e.Proxies); err != nil || e.ClientCA == "" {
		return m, err
	}
	b, err := os.ReadFile(e.ClientCA)
	if err != nil {
		return m, err
	}
	if m.Roots, err = suite.ParseRoots(b); err != nil {
		return m, fmt.Errorf("%s: %w", e.ClientCA, err)
	}
	return m, nil
}

// prefixes reads addresses and networks. One that takes in everybody is no
// list of proxies.
func prefixes(list []string) (all []netip.Prefix, err error) {
	for _, s := range list {
		p, err := netip.ParsePrefix(s)
		if a, single := netip.ParseAddr(s); single == nil {
			p, err = netip.PrefixFrom(a.Unmap(), a.Unmap().BitLen()), nil
		}
		if err != nil || p.Bits() == 0 {
			return nil, fmt.Errorf("mtls: %q is no address of a proxy", s)
		}
		all = append(all, p.Masked())
	}
	return all, nil
}

// listenMTLS opens the listener that asks for a client's certificate. It asks
// and does not insist: a party shows one, and who vouches for it is looked at
// when it says which party it is.
func (c config) listenMTLS() (net.Listener, error) {
	l, err := net.Listen("tcp", c.MTLS.Listen)
	if err != nil {
		return nil, err
	}
	conf, err := c.TLS.config()
	if err != nil {
		l.Close()
		return nil, err
	}
	conf.ClientAuth = tls.RequestClientCert
	return tls.NewListener(l, conf), nil
}

// forMachines serves what parties call, and no page: a browser that is asked
// for certificates has no business there.
func forMachines(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !slices.Contains([]string{"/token", "/userinfo", "/introspect", "/revoke", "/par", "/scan"}, r.URL.Path) {
			http.NotFound(w, r)
			return
		}
		h.ServeHTTP(w, r)
	})
}
