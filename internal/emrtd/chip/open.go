package chip

import (
	"bytes"
	"crypto/cipher"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/asn1"
	"io"
)

// printed is the secret of the machine readable zone, read from the chip's own
// data group 1 (TD3 of 88 characters, TD1 of 90, or a mainland permit of 90 as
// ADR 0036 takes it to be): number, birth and expiry with their check digits.
func (c *Chip) printed() ([]byte, bool) {
	list, _ := objects(c.content.Files[EFDG1])
	if len(list) != 1 {
		return nil, false
	}
	inner, _ := objects(list[0].Bytes)
	if len(inner) != 1 {
		return nil, false
	}
	var in []byte
	switch z := inner[0].Bytes; len(z) {
	case 88:
		in = bytes.Join([][]byte{z[44:54], z[57:64], z[65:72]}, nil)
	case 90:
		in = bytes.Join([][]byte{z[5:15], z[30:37], z[38:45]}, nil)
		if bytes.HasPrefix(z, []byte("CR")) {
			in = bytes.Join([][]byte{z[2:12], z[21:28], z[13:20]}, nil)
		}
	default:
		return nil, false
	}
	h := sha1.Sum(in)
	return h[:], true
}

// ask is GET CHALLENGE.
func (c *Chip) ask(r request) ([]byte, status) {
	if !c.application || c.safe != nil || r.le != 8 {
		return nil, notNow
	}
	c.challenge = make([]byte, 8)
	if _, err := io.ReadFull(c.random, c.challenge); err != nil {
		return nil, notNow
	}
	return append([]byte(nil), c.challenge...), done
}

// basic is EXTERNAL AUTHENTICATE of Basic Access Control (9303-11 §4.3). The
// challenge is spent with it, right or wrong.
func (c *Chip) basic(r request) ([]byte, status) {
	mine := c.challenge
	c.challenge = nil
	secret, ok := c.printed()
	if mine == nil || !ok {
		return nil, notNow
	}
	if len(r.data) != 40 {
		return nil, wrongLength
	}
	enc, mac := TripleDES.key(secret[:16], 1), TripleDES.key(secret[:16], 2)
	if !bytes.Equal(TripleDES.sum(mac, r.data[:32]), r.data[32:]) {
		return nil, failed
	}
	b := make([]byte, 32)
	cipher.NewCBCDecrypter(TripleDES.block(enc), make([]byte, 8)).CryptBlocks(b, r.data[:32])
	theirs, half := b[:8], b[16:]
	if !bytes.Equal(b[8:16], mine) {
		return nil, failed
	}
	own := make([]byte, 16)
	if _, err := io.ReadFull(c.random, own); err != nil {
		return nil, notNow
	}
	answer := bytes.Join([][]byte{mine, theirs, own}, nil)
	cipher.NewCBCEncrypter(TripleDES.block(enc), make([]byte, 8)).CryptBlocks(answer, answer)
	seed := make([]byte, 16)
	subtle.XORBytes(seed, half, own)
	c.safe = newChannel(TripleDES, seed, append(append([]byte(nil), mine[4:]...), theirs[4:]...))
	return append(answer, TripleDES.sum(mac, answer)...), done
}

// attempt is PACE under way (9303-11 §4.4).
type attempt struct {
	PACE
	id     asn1.ObjectIdentifier
	secret []byte // of the printed data that were chosen
	step   int
	nonce  []byte
	base   spot
	own    []byte // the chip's last secret scalar
	theirs []byte // the terminal's last public key
	shared []byte
}

// announced is MANAGE SECURITY ENVIRONMENT, for PACE and for chip authentication.
func (c *Chip) announced(r request) status {
	list, ok := objects(r.data)
	if !ok {
		return badData
	}
	switch {
	case r.p1 == 0xC1 && r.p2 == 0xA4:
		return c.paceAnnounced(list)
	case r.p1 == 0x41 && r.p2 == 0xA4 && c.safe != nil && c.content.Agreement != nil:
		c.agreeing = true
		return done
	case r.p1 == 0x41 && r.p2 == 0xA6 && c.safe != nil && c.content.Agreement != nil:
		public, _ := context(list, 17)
		return c.agree(public)
	}
	return badData
}

func (c *Chip) paceAnnounced(list []asn1.RawValue) status {
	name, _ := context(list, 0)
	from, _ := context(list, 3)
	parameter, chosen := context(list, 4)
	c.pace = nil
	for _, offer := range c.content.PACE {
		id := protocol(4, 2, int(offer.Cipher))
		if b, _ := asn1.Marshal(id); len(b) < 2 || !bytes.Equal(b[2:], name) || chosen && !bytes.Equal(parameter, []byte{byte(offer.Parameter)}) {
			continue
		}
		a := &attempt{PACE: offer, id: id, base: generator(curveOf(offer.Parameter))}
		switch {
		case bytes.Equal(from, []byte{1}):
			a.secret, _ = c.printed()
		case bytes.Equal(from, []byte{2}) && c.content.CAN != "":
			a.secret = []byte(c.content.CAN)
		}
		if a.secret == nil {
			return noData
		}
		c.pace = a
		return done
	}
	return badData
}

// general is GENERAL AUTHENTICATE: PACE's four steps, or chip authentication's one.
func (c *Chip) general(r request) ([]byte, status) {
	outer, ok := objects(r.data)
	if !ok || len(outer) != 1 || outer[0].Class != asn1.ClassApplication || outer[0].Tag != 28 {
		return nil, badData
	}
	list, ok := objects(outer[0].Bytes)
	if !ok {
		return nil, badData
	}
	if c.agreeing {
		public, _ := context(list, 0)
		c.agreeing = false
		return dynamic(nil), c.agree(public)
	}
	a := c.pace
	if a == nil {
		return nil, notNow
	}
	a.step++
	b, s := a.take(c, list)
	if s != done || a.step == 4 {
		c.pace = nil // one step that fails ends the attempt
	}
	return b, s
}

func (a *attempt) take(c *Chip, list []asn1.RawValue) ([]byte, status) {
	switch a.step {
	case 1:
		return a.begin(c.random)
	case 2:
		return a.mapping(c.random, list)
	case 3:
		return a.agreement(c.random, list)
	}
	return a.prove(c, list)
}

func (a *attempt) begin(random io.Reader) ([]byte, status) {
	a.nonce = make([]byte, 16)
	if a.Cipher >= AES192 {
		a.nonce = make([]byte, 32)
	}
	if _, err := io.ReadFull(random, a.nonce); err != nil {
		return nil, notNow
	}
	z := make([]byte, len(a.nonce))
	cipher.NewCBCEncrypter(a.Cipher.block(a.Cipher.key(a.secret, 3)), make([]byte, a.Cipher.size())).CryptBlocks(z, a.nonce)
	return dynamic(primitive(0, z)), done
}

// draw makes a key pair over the base that is in force.
func (a *attempt) draw(random io.Reader) ([]byte, bool) {
	n := (a.base.on.Params().N.BitLen() + 7) / 8
	a.own = make([]byte, n)
	_, err := io.ReadFull(random, a.own)
	return a.base.times(a.own).bytes(), err == nil
}

func (a *attempt) mapping(random io.Reader, list []asn1.RawValue) ([]byte, status) {
	b, _ := context(list, 1)
	theirs, ok := at(a.base.on, b)
	if !ok {
		return nil, badData
	}
	public, ok := a.draw(random)
	if !ok {
		return nil, notNow
	}
	a.base = a.base.times(a.nonce).plus(theirs.times(a.own))
	return dynamic(primitive(2, public)), done
}

func (a *attempt) agreement(random io.Reader, list []asn1.RawValue) ([]byte, status) {
	b, _ := context(list, 3)
	theirs, ok := at(a.base.on, b)
	if !ok {
		return nil, badData
	}
	public, ok := a.draw(random)
	if !ok || bytes.Equal(public, b) {
		return nil, badData
	}
	a.theirs, a.shared = b, theirs.times(a.own).across()
	return dynamic(primitive(4, public)), done
}

func (a *attempt) prove(c *Chip, list []asn1.RawValue) ([]byte, status) {
	mac := a.Cipher.key(a.shared, 2)
	token := func(public []byte) []byte {
		id, _ := asn1.Marshal(a.id)
		return a.Cipher.sum(mac, tlv(asn1.ClassApplication, 73, true, append(id, primitive(6, public)...)))
	}
	if theirs, _ := context(list, 5); !bytes.Equal(theirs, token(a.base.times(a.own).bytes())) {
		return nil, failed
	}
	c.safe = newChannel(a.Cipher, a.shared, make([]byte, a.Cipher.size()))
	return dynamic(primitive(6, token(a.theirs))), done
}
