package identity

import "time"

// RequestCertificate is what the platform certified a party's key with, for its
// requests to wallets. One that is not in the party's record any more counts
// for nothing: statements name those that are.
type RequestCertificate struct {
	Thumbprint string    `json:"x5t#S256"` // RFC 8705 §3.1
	Until      time.Time `json:"until"`
	Chain      [][]byte  `json:"x5c"` // DER, its own first, the root left out
}

// Certified is the party with one certificate more. The newest two stay: the
// one in use, and the one that follows it.
func (p Party) Certified(c RequestCertificate) Party {
	all := []RequestCertificate{c}
	for _, former := range p.Requests {
		if former.Thumbprint != c.Thumbprint && len(all) < 2 {
			all = append(all, former)
		}
	}
	p.Requests = all
	return p
}
