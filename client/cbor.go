package client

import "encoding/binary"

// The kinds of CBOR (RFC 8949 §3.1) that slips are made of.
const (
	cborUint  = 0
	cborNint  = 1
	cborBytes = 2
	cborText  = 3
	cborArray = 4
	cborMap   = 5
)

// cbor reads deterministic CBOR (RFC 8949 §4.2.1) from front to back, item by
// item as its caller expects them. What is longer than need be, of unknown
// length or cut off is refused, and then everything behind it. It asks for no memory:
// what it gives are parts of what it reads.
type cbor struct {
	in  []byte
	bad bool
}

// head reads the head of an item of one kind.
func (c *cbor) head(kind byte) (n uint64) {
	if c.bad || len(c.in) == 0 || c.in[0]>>5 != kind {
		c.bad = true
		return 0
	}
	info := c.in[0] & 31
	c.in = c.in[1:]
	if info < 24 {
		return uint64(info)
	}
	size := 1 << (info - 24)
	if info > 27 || len(c.in) < size {
		c.bad = true
		return 0
	}
	for _, b := range c.in[:size] {
		n = n<<8 | uint64(b)
	}
	c.in = c.in[size:]
	c.bad = n < 24 || size > 1 && n>>(4*size) == 0 // it had fitted into half as many bytes
	return n
}

// exactly reads a head that says n.
func (c *cbor) exactly(kind byte, n uint64) { c.bad = c.head(kind) != n || c.bad }

// bytes reads a string of at most so many bytes.
func (c *cbor) bytes(kind byte, most int) []byte {
	n := c.head(kind)
	if c.bad || n > uint64(most) || n > uint64(len(c.in)) {
		c.bad = true
		return nil
	}
	b := c.in[:n:n]
	c.in = c.in[n:]
	return b
}

// number reads a whole number of 32 bits and a sign.
func (c *cbor) number() int64 {
	kind := byte(cborUint)
	if len(c.in) > 0 && c.in[0]>>5 == cborNint {
		kind = cborNint
	}
	n := c.head(kind)
	if n > 1<<32 {
		c.bad = true
	}
	if kind == cborNint {
		return -1 - int64(n)
	}
	return int64(n)
}

// whole reports whether everything was as expected, and nothing is left.
func (c *cbor) whole() bool { return !c.bad && len(c.in) == 0 }

// appendHead writes the head of an item.
func appendHead(b []byte, kind byte, n uint64) []byte {
	switch kind <<= 5; {
	case n < 24:
		return append(b, kind|byte(n))
	case n < 1<<8:
		return append(b, kind|24, byte(n))
	case n < 1<<16:
		return binary.BigEndian.AppendUint16(append(b, kind|25), uint16(n))
	case n < 1<<32:
		return binary.BigEndian.AppendUint32(append(b, kind|26), uint32(n))
	}
	return binary.BigEndian.AppendUint64(append(b, kind|27), n)
}

func appendString(b []byte, kind byte, s []byte) []byte {
	return append(appendHead(b, kind, uint64(len(s))), s...)
}
