package egress

import (
	"context"
	"net"
	"net/http"
	"net/netip"
)

// Rigged is a guard that resolves and dials as a test says, and trusts what the
// client of a test's server trusts.
func Rigged(resolve func(ctx context.Context, host string) ([]netip.Addr, error), dial func(ctx context.Context, network, address string) (net.Conn, error), trusts *http.Client) *Guard {
	g := New(false)
	g.resolve, g.dial = resolve, dial
	if trusts != nil {
		g.http.Transport.(*http.Transport).TLSClientConfig = trusts.Transport.(*http.Transport).TLSClientConfig
	}
	return g
}

// Hurry shortens the limit.
func (g *Guard) Hurry() { g.http.Timeout = limit / 20 }
