package chip

import (
	"bytes"
	"crypto/cipher"
	"encoding/binary"
)

// channel is secure messaging as the chip sees it (9303-11 §9.8).
type channel struct {
	with     Cipher
	enc, mac []byte
	counter  []byte
}

func newChannel(with Cipher, secret, counter []byte) *channel {
	return &channel{with, with.key(secret, 1), with.key(secret, 2), counter}
}

func (c *channel) next() []byte {
	low := c.counter[len(c.counter)-8:]
	binary.BigEndian.PutUint64(low, binary.BigEndian.Uint64(low)+1)
	return append([]byte(nil), c.counter...)
}

func (c *channel) vector() []byte {
	iv := make([]byte, c.with.size())
	if c.with != TripleDES {
		c.with.block(c.enc).Encrypt(iv, c.counter)
	}
	return iv
}

// unwrap checks a protected command and gives the plain one.
func (c *channel) unwrap(r request) (request, bool) {
	list, ok := objects(r.data)
	counted := c.next()
	mac, there := context(list, 14)
	if !ok || !there || len(mac) != 8 {
		return r, false
	}
	n := c.with.size()
	signed := append(counted, pad([]byte{r.cla, r.ins, r.p1, r.p2}, n)...)
	signed = append(signed, r.data[:len(r.data)-10]...)
	if c.with != TripleDES { // the standard pads, and CMAC takes that as whole blocks
		signed = pad(signed, n)
	}
	if !bytes.Equal(c.with.sum(c.mac, signed), mac) {
		return r, false
	}
	plain := request{ins: r.ins, p1: r.p1, p2: r.p2, cla: r.cla &^ 0x0C, ok: true}
	if e, ok := context(list, 7); ok {
		if len(e) < 1+n || e[0] != 1 || (len(e)-1)%n != 0 {
			return r, false
		}
		b := make([]byte, len(e)-1)
		cipher.NewCBCDecrypter(c.with.block(c.enc), c.vector()).CryptBlocks(b, e[1:])
		if plain.data, ok = unpad(b); !ok {
			return r, false
		}
	}
	if le, ok := context(list, 23); ok {
		switch len(le) {
		case 1:
			plain.le = most(int(le[0]), 256)
		case 2:
			plain.le = most(int(le[0])<<8|int(le[1]), 65536)
		default:
			return r, false
		}
	}
	return plain, true
}

// wrap protects an answer.
func (c *channel) wrap(data []byte, s status) []byte {
	counted := c.next()
	var body []byte
	if len(data) > 0 {
		b := pad(data, c.with.size())
		cipher.NewCBCEncrypter(c.with.block(c.enc), c.vector()).CryptBlocks(b, b)
		body = primitive(7, append([]byte{1}, b...))
	}
	body = append(body, primitive(25, s.after(nil))...)
	signed := append(counted, body...)
	if c.with != TripleDES {
		signed = pad(signed, c.with.size())
	}
	return s.after(append(body, primitive(14, c.with.sum(c.mac, signed))...))
}
