package client

import (
	"encoding/json"
	"fmt"
	"sort"
	"strings"
	"time"
)

// A bundle is what a terminal without a network checks codes by: a JWS of netid's, by a
// certificate below a root that the venue pinned, with the keys that sign slips and
// the slips of the day that are good no more.
const (
	BundleType  = "netid-venue-bundle+jwt"
	BundleFresh = 24 * time.Hour // older ones are good with a warning
	BundleLife  = 72 * time.Hour // older ones are none
	FrozenEntry = 8              // bytes of a refused slip's id

	maxBundle   = 32 << 20 // bytes: two million refused slips
	bundleAhead = 5 * time.Minute
)

// Bundle is one that was checked.
type Bundle struct {
	Issuer string
	Issued time.Time
	keys   []slipKey
	frozen []byte // entries of FrozenEntry bytes, rising
}

// Age is how long ago the bundle was made. Every terminal shows it: whoever was
// frozen since then still gets in.
func (b Bundle) Age(now time.Time) time.Duration { return max(0, now.Sub(b.Issued)) }

// Stale reports whether the bundle is old enough for a warning.
func (b Bundle) Stale(now time.Time) bool { return b.Age(now) > BundleFresh }

// over fails with ErrBundleOld for a bundle that is good no more, and ErrBundle for one
// from the future: then this terminal's clock is wrong.
func (b Bundle) over(now time.Time) error {
	switch age := now.Sub(b.Issued); {
	case len(b.keys) == 0:
		return refuseBundle("none")
	case age < -bundleAhead:
		return refuseBundle("it is from the future: look at this terminal's clock")
	case age > BundleLife:
		return fmt.Errorf("%w: %s", ErrBundleOld, age.Round(time.Minute))
	}
	return nil
}

// ReadBundle checks a bundle: signed by a certificate below one of the roots (PEM)
// that names the issuer, in its time, its parts in their one form. Fails with
// ErrBundle, ErrBundleOld, ErrKey or ErrSignature.
func ReadBundle(text string, roots []byte, issuer string, now time.Time) (b Bundle, err error) {
	if len(text) > maxBundle {
		return b, refuseBundle("too long")
	}
	parts := strings.Split(strings.TrimSpace(text), ".")
	if len(parts) != 3 || issuer == "" {
		return b, refuseBundle("not three parts, or no issuer to compare with")
	}
	a := es256()
	if _, err := a.header(parts[0], BundleType); err != nil {
		return b, refuseBundle(err.Error())
	}
	key, _, err := certified(a, parts[0], issuer, roots, now)
	if err != nil {
		return b, err
	}
	signature, err := decode64(parts[2])
	if err != nil {
		return b, refuseBundle("signature")
	}
	if err := a.verify(key, []byte(parts[0]+"."+parts[1]), signature); err != nil {
		return b, err
	}
	claims, err := decodeObject(parts[1])
	if err != nil {
		return b, refuseBundle("payload")
	}
	if b.Issuer, err = claims.text("iss"); err != nil || b.Issuer != issuer {
		return b, refuseBundle("of another issuer")
	}
	if b.Issued, err = claims.date("iat"); err != nil || b.Issued.IsZero() {
		return b, refuseBundle("iat")
	}
	if err := b.read(claims); err != nil {
		return b, err
	}
	return b, b.over(now)
}

// read takes the keys and the refused slips.
func (b *Bundle) read(claims object) (err error) {
	for _, set := range []struct {
		jwks json.RawMessage
		alg  int64
	}{{claims["keys"], coseES256}, {claims["keys_sm"], coseSM2}} {
		if set.jwks == nil {
			continue
		}
		keys, err := slipKeys(set.jwks, set.alg)
		if err != nil {
			return err
		}
		b.keys = append(b.keys, keys...)
	}
	frozen, err := claims.text("frozen")
	if err != nil {
		return refuseBundle("frozen")
	}
	if b.frozen, err = decode64(frozen); err != nil || len(b.frozen) == 0 || len(b.frozen)%FrozenEntry != 0 {
		return refuseBundle("frozen") // never empty: it is filled up
	}
	for i := FrozenEntry; i < len(b.frozen); i += FrozenEntry {
		if string(b.frozen[i-FrozenEntry:i]) > string(b.frozen[i:i+FrozenEntry]) {
			return refuseBundle("frozen: not in order") // a search would miss what stands elsewhere
		}
	}
	return nil
}

// refuses reports whether a slip is good no more.
func (b Bundle) refuses(id [16]byte) bool {
	want, entry := string(id[:FrozenEntry]), func(i int) string { return string(b.frozen[i*FrozenEntry : (i+1)*FrozenEntry]) }
	n := len(b.frozen) / FrozenEntry
	at := sort.Search(n, func(i int) bool { return entry(i) >= want })
	return at < n && entry(at) == want
}

func refuseBundle(what string) error { return fmt.Errorf("%w: %s", ErrBundle, what) }
