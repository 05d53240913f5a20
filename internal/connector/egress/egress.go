// Package egress asks at addresses that others name: it fetches small documents,
// a party's published keys, and hands over forms, a party's notices.
//
// It owns what may be asked at all, so that nobody who names an address can
// make this server ask inside its own network (server-side request forgery). It
// refuses to know what a document says.
//
// Invariant: every connection goes to an address that was itself looked at: what
// was checked is dialled, never resolved again. Only https, only public
// addresses, no redirect, no proxy, no compression; size and time are bounded.
// Loopback is open where it was explicitly opened, which is for a sandbox.
package egress

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"netid/internal/fault"
)

const (
	maxDocument = 64 << 10 // bytes
	limit       = 5 * time.Second
	unsaid      = 24 * time.Hour
)

// Guard fetches. The zero value is not usable; New makes one.
type Guard struct {
	loopback bool
	resolve  func(ctx context.Context, host string) ([]netip.Addr, error)
	dial     func(ctx context.Context, network, address string) (net.Conn, error)
	http     *http.Client
}

// New makes a guard. With loopback, addresses of this machine itself are open,
// over http too.
func New(loopback bool) *Guard {
	g := &Guard{loopback: loopback, dial: (&net.Dialer{}).DialContext}
	g.resolve = func(ctx context.Context, host string) ([]netip.Addr, error) {
		return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	}
	g.http = &http.Client{Timeout: limit, Transport: &http.Transport{DialContext: g.connect, DisableKeepAlives: true, DisableCompression: true,
		MaxResponseHeaderBytes: 16 << 10}, // no Proxy: one would resolve the name anew
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return g
}

var (
	name    = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$`)
	doors   = []string{"", "443", "8443"}
	byWords = []string{"localhost", "127.0.0.1", "::1"}
)

// Check refuses an address by its form: it must be https://name[:443 or
// 8443]/path, the name a full one of letters (so that no number passes for one),
// no user, no fragment, at most 2,048 characters. Reason "address_refused".
func (g *Guard) Check(address string) error {
	bad := fault.Newf("egress.Check", fault.Invalid, "address_refused", "its form")
	u, err := url.Parse(address)
	if err != nil || len(address) > 2048 || u.User != nil || u.Opaque != "" || strings.ContainsAny(address, "#\\") {
		return bad
	}
	if g.loopback && (u.Scheme == "http" || u.Scheme == "https") && slices.Contains(byWords, u.Hostname()) {
		return nil
	}
	if u.Scheme != "https" || !name.MatchString(strings.ToLower(u.Hostname())) || len(u.Hostname()) > 253 || !slices.Contains(doors, u.Port()) || strings.HasSuffix(u.Host, ":") {
		return bad
	}
	return nil
}

// Get fetches a document and says how long its publisher lets it be kept (RFC
// 9111 §5.2.2; a day where they say nothing). Anything but 200 is a failure.
// Reason "address_refused" or "address_unreachable".
func (g *Guard) Get(ctx context.Context, address string) (body []byte, keep time.Duration, err error) {
	const op = "egress.Get"
	if err := g.Check(address); err != nil {
		return nil, 0, fault.At(op, err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, 0, fault.Wrap(op, fault.Invalid, "address_refused", err)
	}
	req.Header.Set("Accept", "application/jwk-set+json, application/json")
	res, err := g.do(op, req)
	if err != nil {
		return nil, 0, err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK || res.Header.Get("Content-Encoding") != "" {
		return nil, 0, fault.Newf(op, fault.Unavailable, "address_unreachable", "status %d, encoding %q", res.StatusCode, res.Header.Get("Content-Encoding"))
	}
	body, err = io.ReadAll(io.LimitReader(res.Body, maxDocument+1))
	if err == nil && len(body) > maxDocument {
		err = errors.New("the document is too large")
	}
	return body, Keep(res.Header.Get("Cache-Control")), fault.Wrap(op, fault.Unavailable, "address_unreachable", err)
}

// do asks, and says of an address that may not be asked that it may not.
func (g *Guard) do(op string, req *http.Request) (*http.Response, error) {
	req.Header.Set("User-Agent", "netid")
	res, err := g.http.Do(req)
	if refused := (*fault.Error)(nil); errors.As(err, &refused) {
		return nil, fault.At(op, refused)
	}
	if told := (*url.Error)(nil); errors.As(err, &told) {
		err = told.Err // without the address: an error goes to a log
	}
	return res, fault.Wrap(op, fault.Unavailable, "address_unreachable", err)
}

// connect resolves the name, looks at all that it stands for, and dials one of
// exactly these. A name that stands for one address that is not public is
// refused whole: whoever mixes them means no good.
func (g *Guard) connect(ctx context.Context, network, address string) (net.Conn, error) {
	const op = "egress.connect"
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	all := []netip.Addr{}
	if ip, err := netip.ParseAddr(host); err == nil {
		all = append(all, ip)
	} else if all, err = g.resolve(ctx, host); err != nil {
		return nil, err
	}
	for _, ip := range all {
		if !Public(ip) && !(g.loopback && ip.Unmap().IsLoopback()) {
			return nil, fault.Newf(op, fault.Invalid, "address_refused", "%s is not public", ip)
		}
	}
	err = errors.New("the name stands for no address")
	for _, ip := range all[:min(len(all), 4)] {
		var c net.Conn
		if c, err = g.dial(ctx, network, netip.AddrPortFrom(ip, uint16(number(port))).String()); err == nil {
			return c, nil
		}
	}
	return nil, err
}

func number(port string) uint64 {
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return 0
	}
	return n
}

// Keep reads Cache-Control: no-store, no-cache and max-age.
func Keep(header string) time.Duration {
	keep := unsaid
	for d := range strings.SplitSeq(header, ",") {
		d = strings.ToLower(strings.TrimSpace(d))
		if d == "no-store" || d == "no-cache" {
			return 0
		}
		if s, ok := strings.CutPrefix(d, "max-age="); ok {
			n, err := strconv.ParseUint(strings.Trim(s, `"`), 10, 31)
			if err != nil {
				return 0 // RFC 9111 §4.2.1: what is invalid is stale
			}
			keep = min(keep, time.Duration(n)*time.Second)
		}
	}
	return keep
}
