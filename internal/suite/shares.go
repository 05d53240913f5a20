package suite

import (
	"netid/internal/fault"
	"netid/internal/identity"
)

// Share is one point of a split secret: byte by byte the value at X of a
// random polynomial over GF(2^8) whose constant term is the secret's byte
// (Shamir, 1979). It prints nothing: some of them together are the secret.
type Share struct {
	X byte // 1..255
	Y identity.Secret
}

// value is a point's: no key of a suite, but as a Secret it prints nothing.
func value(b [32]byte) identity.Secret { return identity.NewSecret(identity.ES256, b) }

// Split makes n shares of which any k rebuild the secret and any k-1 say
// nothing about it. 2 ≤ k ≤ n ≤ 255; else Invalid "shares_invalid".
func Split(secret identity.Secret, k, n int) ([]Share, error) {
	if k < 2 || k > n || n > 255 {
		return nil, fault.Newf("suite.Split", fault.Invalid, "shares_invalid", "any %d of %d shares: it takes at least 2 of them, and no more than there are (255 at most)", k, n)
	}
	shares, values := make([]Share, n), make([][32]byte, n)
	for i := range shares {
		shares[i].X = byte(i + 1)
	}
	for at, constant := range secret.Bytes() {
		higher := Random(k - 1)
		for i := range shares {
			var y byte
			for _, c := range higher { // Horner, from the highest power down
				y = times(y, shares[i].X) ^ c
			}
			values[i][at] = times(y, shares[i].X) ^ constant
		}
	}
	for i := range shares {
		shares[i].Y = value(values[i])
	}
	return shares, nil
}

// Join interpolates at zero. It can't know whether there are enough shares or
// whether they belong together: whoever calls it checks the result. Shares at
// zero, and two at one place, are Invalid "shares_invalid". The secret is given
// as a key of the suite that the caller knows it to be of.
func Join(s identity.Suite, shares []Share) (secret identity.Secret, err error) {
	var joined [32]byte
	seen := map[byte]bool{0: true}
	for _, one := range shares {
		if seen[one.X] {
			return identity.Secret{}, fault.Newf("suite.Join", fault.Invalid, "shares_invalid", "place %d twice, or zero", one.X)
		}
		seen[one.X] = true
	}
	for i, one := range shares {
		weight := byte(1) // of Lagrange: the product of x_j / (x_j - x_i)
		for j, other := range shares {
			if i != j {
				weight = times(weight, times(other.X, inverse(other.X^one.X)))
			}
		}
		for at, y := range one.Y.Bytes() {
			joined[at] ^= times(y, weight)
		}
	}
	return identity.NewSecret(s, joined), nil
}

// times multiplies in GF(2^8) modulo x^8+x^4+x^3+x+1 (FIPS 197 §4.2), in a time
// and with accesses that tell nothing of the factors.
func times(a, b byte) (product byte) {
	for range 8 {
		product ^= a & -(b & 1)
		a = a<<1 ^ 0x1b&-(a>>7)
		b >>= 1
	}
	return product
}

// inverse is a^254, which is 1/a, and zero of zero.
func inverse(a byte) byte {
	power := byte(1)
	for range 254 {
		power = times(power, a)
	}
	return power
}
