package egress

import "net/netip"

// Public reports whether an address is somebody's on the internet: of the
// registries of special addresses (RFC 6890, IANA) nothing is, nor what hides an
// IPv4 address inside an IPv6 one.
func Public(ip netip.Addr) bool {
	if !ip.IsValid() || ip.Zone() != "" || ip.Is4In6() {
		return false
	}
	if ip.Is6() && !netip.MustParsePrefix("2000::/3").Contains(ip) { // all that is global unicast today (RFC 4291 §2.4)
		return false
	}
	for _, p := range special {
		if netip.MustParsePrefix(p).Contains(ip) {
			return false
		}
	}
	return true
}

var special = [...]string{
	"0.0.0.0/8", "10.0.0.0/8",
	"100.64.0.0/10",    // shared by carriers (RFC 6598); a cloud's metadata too
	"127.0.0.0/8",      // loopback
	"168.63.129.16/32", // a cloud's metadata
	"169.254.0.0/16",   // link-local; clouds' metadata
	"172.16.0.0/12",
	"192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16",
	"198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
	"224.0.0.0/4",                // multicast
	"240.0.0.0/4",                // reserved, broadcast
	"2001::/23",                  // Teredo and other protocols
	"2001:db8::/32", "3fff::/20", // documentation
	"2002::/16", // 6to4: an IPv4 address inside
}
