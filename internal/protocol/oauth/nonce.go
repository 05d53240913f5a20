package oauth

import (
	"encoding/base64"
	"encoding/binary"
	"time"

	"netid/internal/identity"
	"netid/internal/suite"
)

// nonceLife: a nonce is good in the window in which it was made and in the next.
const nonceLife = time.Minute

// The places that ask for proofs; a nonce of one is none at the other (RFC 9449 §8, §9).
const (
	asServer   = "server"
	asResource = "resource"
	asWallet   = "wallet" // and of wallets' proofs the challenges, which are made in the same way
)

// Nonces are those of DPoP proofs. They are made under a key of the cluster, so
// that any node knows those of every other, and none is stored.
type Nonces struct {
	Secrets func() []identity.Secret // live versions, newest first
	Label   string                   // the epoch's: what was handed out before a restore is known no more
}

// Make gives the present nonce of a place: the number of the window, and its
// MAC, as base64url.
func (n Nonces) Make(place string, now time.Time) string {
	return n.of(n.Secrets()[0], place, window(now))
}

func window(now time.Time) uint64 { return uint64(now.Unix()) / uint64(nonceLife/time.Second) }

func (n Nonces) of(key identity.Secret, place string, w uint64) string {
	b := binary.BigEndian.AppendUint64(nil, w)
	mac := suite.MAC(key, "netid/dpop-nonce/v1", []byte(n.Label), []byte(place), b)
	return base64.RawURLEncoding.EncodeToString(append(b, mac[:16]...))
}

// Good reports whether a nonce is of this window, of the one before, or of the
// one after, by the clock of a node that is ahead.
func (n Nonces) Good(place, nonce string, now time.Time) bool {
	for _, key := range n.Secrets() {
		for _, w := range []uint64{window(now), window(now) - 1, window(now) + 1} {
			if suite.Equal([]byte(nonce), []byte(n.of(key, place, w))) {
				return true
			}
		}
	}
	return false
}
