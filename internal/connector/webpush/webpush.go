// Package webpush signals browsers through the push services of their makers:
// RFC 8030, with the service's own key (VAPID, RFC 8292).
//
// It owns which services may be asked and how one is asked. It refuses to know
// whose browser it is, and has no parameter for a content: a signal has no body,
// so there is nothing to encrypt (RFC 8291) and nothing to read.
//
// Invariants: only a host that the operator lists is asked; every signal looks
// like any other but for its address; no address is in an error.
package webpush

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
)

const (
	maxEndpoint = 800       // characters; the longest in use have some 500
	tokenLife   = time.Hour // RFC 8292 §2: a day at most
	ttl         = "600"     // RFC 8030 §5.2, seconds: one for all
	topic       = "netid"   // RFC 8030 §5.4: a newer signal takes the place of one that still waits there
	urgency     = "normal"  // RFC 8030 §5.3
	header      = `{"typ":"JWT","alg":"ES256"}`
)

// Service asks push services.
type Service struct {
	Listed  []string                                                                          // hosts; "*.example" stands for all below example
	Contact string                                                                            // of the operator: mailto: or https: (RFC 8292 §2.1), see Contact
	Signers func() []suite.Signer                                                             // live keys, all ES256: the first makes new subscriptions
	Form    func(endpoint string) error                                                       // refuses what is no public https address
	Post    func(ctx context.Context, endpoint string, h http.Header) (status int, err error) // with no body
	Count   func(host string, took bool)                                                      // hears of each attempt; may be nil
	Now     func() time.Time
}

// Contact makes of what citizens read a contact that a push service takes; "" if it is neither
// an address of mail nor of a page.
func Contact(s string) string {
	switch u, err := url.Parse(s); {
	case err == nil && (u.Scheme == "https" && u.Host != "" || u.Scheme == "mailto" && u.Opaque != ""):
		return s
	case strings.Count(s, "@") == 1 && !strings.ContainsAny(s, " /:<>\"") && s[0] != '@' && s[len(s)-1] != '@':
		return "mailto:" + s
	}
	return ""
}

// Pattern reports whether s can stand on the list: a full host name, or "*." and one.
func Pattern(s string) bool {
	name := strings.TrimPrefix(s, "*.")
	u, err := url.Parse("https://" + name + "/")
	return err == nil && name != "" && u.Host == name && u.Port() == "" && u.User == nil && strings.ToLower(name) == name &&
		!strings.ContainsAny(name, "*%") && !strings.HasSuffix(name, ".") && (name == s || strings.Contains(name, "."))
}

// Hosts are the services that may be asked.
func (s *Service) Hosts() []string { return s.Listed }

// Key is what a browser makes a subscription with: the public point, uncompressed
// and in base64url (RFC 8292 §3.2), and its id.
func (s *Service) Key() (public, id string) {
	k := s.Signers()[0]
	return point(k), k.KeyID()
}

// Check refuses what may not be asked. Invalid "signal_refused".
func (s *Service) Check(to identity.Signal) error {
	const op = "webpush.Check"
	u, err := url.Parse(to.Endpoint)
	switch {
	case err != nil || len(to.Endpoint) > maxEndpoint || s.Form(to.Endpoint) != nil:
		return fault.Newf(op, fault.Invalid, "signal_refused", "its form")
	case !slices.ContainsFunc(s.Listed, func(p string) bool { return matches(p, strings.ToLower(u.Hostname())) }):
		return fault.Newf(op, fault.Invalid, "signal_refused", "its host is not on the list")
	case s.signer(to.Key) == nil:
		return fault.Newf(op, fault.Invalid, "signal_refused", "no key of ours")
	}
	return nil
}

func matches(pattern, host string) bool {
	if below, wild := strings.CutPrefix(pattern, "*"); wild {
		return len(host) > len(below) && strings.HasSuffix(host, below)
	}
	return pattern == host
}

func (s *Service) signer(id string) suite.Signer {
	for _, k := range s.Signers() {
		if k.KeyID() == id {
			return k
		}
	}
	return nil
}

// Carry signals one browser, once. Gone "signal_over": nobody is there, or it may
// not be asked any more. Forbidden "signal_refused": this one will never be taken.
// Unavailable "signal_unavailable": perhaps later.
func (s *Service) Carry(ctx context.Context, to identity.Signal) error {
	const op = "webpush.Carry"
	if err := s.Check(to); err != nil { // the list changed since, or the key is retired
		return fault.Wrap(op, fault.Gone, "signal_over", err)
	}
	u, err := url.Parse(to.Endpoint)
	if err != nil {
		return fault.New(op, fault.Gone, "signal_over") // without the error, which quotes it
	}
	word, err := s.authorization(s.signer(to.Key), u.Scheme+"://"+u.Host)
	if err != nil {
		return fault.At(op, err)
	}
	h := http.Header{"Authorization": {word}, "Ttl": {ttl}, "Urgency": {urgency}, "Topic": {topic}}
	status, err := s.Post(ctx, to.Endpoint, h)
	if s.Count != nil {
		s.Count(u.Hostname(), err == nil && status/100 == 2)
	}
	return fault.At(op, said(status, err))
}

// said is what an answer means (RFC 8030 §5, §7.3, §8.4).
func said(status int, err error) error {
	const op = "webpush.said"
	switch {
	case fault.Is(err, fault.Invalid): // its name stands for an address that is not public
		return fault.Wrap(op, fault.Forbidden, "signal_refused", err)
	case err != nil:
		return fault.Wrap(op, fault.Unavailable, "signal_unavailable", err)
	case status/100 == 2:
		return nil
	case status == http.StatusNotFound, status == http.StatusGone:
		return fault.Newf(op, fault.Gone, "signal_over", "it answers %d", status)
	case status == http.StatusTooManyRequests, status == http.StatusRequestTimeout, status/100 == 5:
		return fault.Newf(op, fault.Unavailable, "signal_unavailable", "it answers %d", status)
	}
	return fault.Newf(op, fault.Forbidden, "signal_refused", "it answers %d", status)
}

// authorization is the vapid scheme of RFC 8292 §3: a JWT for this service alone,
// and the key that checks it.
func (s *Service) authorization(k suite.Signer, origin string) (string, error) {
	claims, err := json.Marshal(struct {
		Aud string `json:"aud"`
		Exp int64  `json:"exp"`
		Sub string `json:"sub,omitempty"`
	}{origin, s.Now().Add(tokenLife).Unix(), s.Contact})
	if err != nil {
		return "", fault.Wrap("webpush.authorization", fault.Internal, "internal", err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	input := encode([]byte(header)) + "." + encode(claims)
	signature, err := k.Sign([]byte(input))
	return "vapid t=" + input + "." + encode(signature) + ", k=" + point(k), fault.At("webpush.authorization", err)
}

// point is the key's public point, uncompressed (SEC 1 §2.3.3), in base64url.
func point(k suite.Signer) string {
	return base64.RawURLEncoding.EncodeToString(append([]byte{4}, suite.ShortDeviceKey(k.PublicJWK(), "")...))
}
