package counter

import (
	"context"
	"encoding/base32"
	"strings"

	"netid/internal/fault"
	"netid/internal/identity"
)

// Grant sets up a counter whose credential has two halves: the one that Offer made, of which
// key is the digest, and Half's. Who proposed it has the one, who approved it the other, and
// the clerk alone both. To do it again does nothing. Refused: "counter_invalid",
// "counters_full".
func (a *Act) Grant(ctx context.Context, id identity.CounterID, key []byte) (Counter, error) {
	const op = "counter.Grant"
	if len(key) != 32 {
		return Counter{}, fault.New(op, fault.Invalid, "counter_invalid")
	}
	c, err := a.install(ctx, id, a.joined(key, a.half(key)))
	return c, fault.At(op, err)
}

// Half is the second half of a counter's credential, while the counter stands under both;
// "" afterwards.
func (a *Act) Half(ctx context.Context, id identity.CounterID, key []byte) (string, error) {
	e, err := a.find(ctx, id)
	if fault.Because(err, "counter_unknown") {
		return "", nil
	}
	half := a.half(key)
	if err != nil || !a.Cover.Equal(e.Key, a.joined(key, half)) {
		return "", fault.At("counter.Half", err)
	}
	return half, nil
}

// half has 80 bits, in four groups that a person can read out. Nothing of it is kept: it
// follows from the first half's digest under a key of the service.
func (a *Act) half(key []byte) string {
	s := base32.StdEncoding.EncodeToString(a.Index.CounterIndex("counter-half", key)[:10])
	return s[:4] + "-" + s[4:8] + "-" + s[8:12] + "-" + s[12:]
}

func (a *Act) joined(key []byte, half string) []byte {
	d := a.Cover.Digest([]byte("netid/counter/halves/v1"), key, []byte(strings.ToUpper(strings.ReplaceAll(half, "-", ""))))
	return d[:]
}

// parts reads a credential as it is typed: its counter, the secret, and where two set the
// counter up the second half, apart by a dot or by blanks.
func parts(credential string) (id identity.CounterID, secret, half string) {
	f := strings.FieldsFunc(credential, func(r rune) bool { return r == '.' || r == ' ' || r == '\t' })
	if len(f) < 2 {
		return "", "", ""
	}
	return identity.CounterID(f[0]), f[1], strings.Join(f[2:], "")
}
