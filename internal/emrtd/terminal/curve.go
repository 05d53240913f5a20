package terminal

import (
	"crypto/elliptic"
	"io"
	"math/big"

	"netid/internal/fault"
)

// curve is y² = x³ + ax + b over a prime, of cofactor 1. The arithmetic is
// affine and takes a time that depends on its numbers: every secret here is
// drawn for one conversation on a machine that is the citizen's own, and PACE
// needs what crypto/ecdh does not give, a point added to a point.
type curve struct {
	p, a, b, gx, gy, n *big.Int
}

// point nil is the one at infinity.
type point struct{ x, y *big.Int }

// parameters are the standardized domain parameters that are spoken here, by
// their number (9303-11 §9.5.1): P-256, brainpoolP256r1, P-384, brainpoolP384r1.
func parameters(id int) (curve, bool) {
	switch id {
	case 12:
		return nist(elliptic.P256().Params()), true
	case 13: // RFC 5639 §3.4
		return brainpool("A9FB57DBA1EEA9BC3E660A909D838D726E3BF623D52620282013481D1F6E5377", "7D5A0975FC2C3057EEF67530417AFFE7FB8055C126DC5C6CE94A4B44F330B5D9",
			"26DC5C6CE94A4B44F330B5D9BBD77CBF958416295CF7E1CE6BCCDC18FF8C07B6", "8BD2AEB9CB7E57CB2C4B482FFC81B7AFB9DE27E1E3BD23C23A4453BD9ACE3262",
			"547EF835C3DAC4FD97F8461A14611DC9C27745132DED8E545C1D54C72F046997", "A9FB57DBA1EEA9BC3E660A909D838D718C397AA3B561A6F7901E0E82974856A7"), true
	case 15:
		return nist(elliptic.P384().Params()), true
	case 16: // RFC 5639 §3.6
		return brainpool("8CB91E82A3386D280F5D6F7E50E641DF152F7109ED5456B412B1DA197FB71123ACD3A729901D1A71874700133107EC53",
			"7BC382C63D8C150C3C72080ACE05AFA0C2BEA28E4FB22787139165EFBA91F90F8AA5814A503AD4EB04A8C7DD22CE2826",
			"04A8C7DD22CE28268B39B55416F0447C2FB77DE107DCD2A62E880EA53EEB62D57CB4390295DBC9943AB78696FA504C11",
			"1D1C64F068CF45FFA2A63A81B7C13F6B8847A3E77EF14FE3DB7FCAFE0CBD10E8E826E03436D646AAEF87B2E247D4AF1E",
			"8ABE1D7520F9C2A45CB1EB8E95CFD55262B70B29FEEC5864E19C054FF99129280E4646217791811142820341263C5315",
			"8CB91E82A3386D280F5D6F7E50E641DF152F7109ED5456B31F166E6CAC0425A7CF3AB6AF6B7FC3103B883202E9046565"), true
	}
	return curve{}, false
}

func nist(c *elliptic.CurveParams) curve {
	return curve{c.P, new(big.Int).Sub(c.P, big.NewInt(3)), c.B, c.Gx, c.Gy, c.N}
}

func brainpool(hex ...string) curve {
	var v [6]*big.Int
	for i, h := range hex {
		v[i], _ = new(big.Int).SetString(h, 16)
	}
	return curve{v[0], v[1], v[2], v[3], v[4], v[5]}
}

func (c curve) base() *point { return &point{c.gx, c.gy} }

func (c curve) size() int { return (c.p.BitLen() + 7) / 8 }

// key draws a secret scalar: 64 bits more than the order has, so that what is
// left of them is even (FIPS 186-5 A.2.1).
func (c curve) key(random io.Reader) (*big.Int, error) {
	b := make([]byte, (c.n.BitLen()+7)/8+8)
	if _, err := io.ReadFull(random, b); err != nil {
		return nil, fault.Wrap("terminal.key", fault.Internal, "", err)
	}
	d := new(big.Int).SetBytes(b)
	d.Mod(d, new(big.Int).Sub(c.n, big.NewInt(1)))
	return d.Add(d, big.NewInt(1)), nil
}

func (c curve) add(p, q *point) *point {
	switch {
	case p == nil:
		return q
	case q == nil:
		return p
	}
	var up, down *big.Int // the slope
	if p.x.Cmp(q.x) == 0 {
		if p.y.Cmp(q.y) != 0 || p.y.Sign() == 0 {
			return nil
		}
		up = new(big.Int).Mul(p.x, p.x)
		up.Mul(up, big.NewInt(3)).Add(up, c.a)
		down = new(big.Int).Lsh(p.y, 1)
	} else {
		up, down = new(big.Int).Sub(q.y, p.y), new(big.Int).Sub(q.x, p.x)
	}
	down.Mod(down, c.p)
	slope := up.Mul(up, down.ModInverse(down, c.p))
	slope.Mod(slope, c.p)
	x := new(big.Int).Mul(slope, slope)
	x.Sub(x, p.x).Sub(x, q.x).Mod(x, c.p)
	y := new(big.Int).Sub(p.x, x)
	y.Mul(y, slope).Sub(y, p.y).Mod(y, c.p)
	return &point{x, y}
}

func (c curve) times(k *big.Int, p *point) *point {
	var sum *point
	for i := k.BitLen() - 1; i >= 0; i-- {
		sum = c.add(sum, sum)
		if k.Bit(i) == 1 {
			sum = c.add(sum, p)
		}
	}
	return sum
}

// encode is the uncompressed form (TR-03111 §3.2.1).
func (c curve) encode(p *point) []byte {
	n := c.size()
	b := make([]byte, 1+2*n)
	b[0] = 4
	p.x.FillBytes(b[1 : 1+n])
	p.y.FillBytes(b[1+n:])
	return b
}

// decode takes points on the curve alone: any other would tell about the
// secret that it is multiplied with.
func (c curve) decode(b []byte) (*point, error) {
	n := c.size()
	if len(b) != 1+2*n || b[0] != 4 {
		return nil, malformed("a point of %d bytes", len(b))
	}
	p := &point{new(big.Int).SetBytes(b[1 : 1+n]), new(big.Int).SetBytes(b[1+n:])}
	if p.x.Cmp(c.p) >= 0 || p.y.Cmp(c.p) >= 0 {
		return nil, malformed("a coordinate that is no residue")
	}
	right := new(big.Int).Mul(p.x, p.x)
	right.Add(right, c.a).Mul(right, p.x).Add(right, c.b)
	left := new(big.Int).Mul(p.y, p.y)
	if left.Sub(left, right).Mod(left, c.p).Sign() != 0 {
		return nil, malformed("a point beside the curve")
	}
	return p, nil
}

// shared is the x coordinate of what both sides reach.
func (c curve) shared(k *big.Int, theirs *point) ([]byte, error) {
	p := c.times(k, theirs)
	if p == nil {
		return nil, malformed("an agreement on nothing")
	}
	return p.x.FillBytes(make([]byte, c.size())), nil
}
