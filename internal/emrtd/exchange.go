package emrtd

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"math/big"
	"slices"
	"time"

	"github.com/emmansun/gmsm/cbcmac"

	"netid/internal/fault"
)

// Chip authentication (9303-11 §6.2) judged by a server that does not trust the
// terminal. What a terminal says of it proves nothing: the terminal holds the
// session keys and can write both sides. So the server makes the ephemeral key,
// and the terminal carries: first the files, then the server's public key to
// the chip, then one protected command that the server wrote, and back the
// chip's protected response. Only who holds the private key to what was signed
// as DG14 can have made its MAC.

// SeedSize is what an exchange is drawn from, in bytes: 64 bits more than the
// longest order, so that the ephemeral key is as good as evenly drawn.
const SeedSize = 72

// Exchange is what the terminal carries to the chip.
type Exchange struct {
	Cipher  string   // the last arcs of id-CA-ECDH: "2.2" is AES-128
	KeyID   *big.Int // nil: the chip has one key
	Public  []byte   // the server's ephemeral key, an uncompressed point
	Command []byte   // READ BINARY of EF.DG14, protected
}

// headRead is how much of EF.DG14 the command reads; its answer is known. With
// its padding it fills 16 bytes under every cipher.
const (
	headRead   = 8
	cryptogram = 16
)

// Begin checks the files (DG1, DG14 and EF.SOD) as Check does, and makes the
// exchange for this chip. The seed is random, the caller's alone, and for one
// exchange; the same seed and files give the same exchange.
func (a *Anchors) Begin(f Files, country string, seed [SeedSize]byte, now time.Time) (Exchange, error) {
	s, e, err := a.begin(f, country, seed, now)
	if err != nil {
		return Exchange{}, err
	}
	e.Command = s.command()
	return e, nil
}

func (a *Anchors) begin(f Files, country string, seed [SeedSize]byte, now time.Time) (session, Exchange, error) {
	const op = "emrtd.Begin"
	l, info, err := a.passive(f, country, now)
	if err != nil {
		return session{}, Exchange{}, err
	}
	switch {
	case l.groups[14] == nil:
		return session{}, Exchange{}, fault.New(op, fault.Invalid, NotAuthentic)
	case len(f.DG14) == 0:
		return session{}, Exchange{}, fault.New(op, fault.Invalid, Downgraded)
	}
	key, cipher, ok := info.way()
	if !ok {
		return session{}, Exchange{}, fault.New(op, fault.Invalid, NotAuthentic)
	}
	c := key.key.curve
	limit := new(big.Int).Sub(c.math.Params().N, big.NewInt(1))
	d := new(big.Int).SetBytes(seed[:])
	d.Mod(d, limit).Add(d, big.NewInt(1)) // 1 to n-1
	public, secret := key.key.agree(d.FillBytes(make([]byte, c.size())))
	s, err := newSession(cipher, secret)
	return s, Exchange{Cipher: cipher, KeyID: key.id, Public: public}, fault.Wrap(op, fault.Invalid, WrongAnswer, err)
}

// way chooses a key and a cipher that DG14 states for it. A key for which it
// states none is version 0.9's: 3DES.
func (s security) way() (chipKey, string, bool) {
	same := func(a, b *big.Int) bool { return a == nil && b == nil || a != nil && b != nil && a.Cmp(b) == 0 }
	for _, cipher := range []string{"2.4", "2.3", "2.2", "2.1"} {
		for _, k := range s.chipKeys {
			stated := slices.ContainsFunc(s.chipInfo, func(i chipInfo) bool { return i.cipher == cipher && same(i.id, k.id) })
			if stated || cipher == "2.1" && len(s.chipInfo) == 0 {
				return k, cipher, true
			}
		}
	}
	return chipKey{}, "", false
}

// Finish checks the chip's response (with its status bytes) to the command of
// the exchange that Begin made of the same files and seed, and reads the zone.
func (a *Anchors) Finish(f Files, country string, seed [SeedSize]byte, response []byte, now time.Time) (Zone, error) {
	const op = "emrtd.Finish"
	s, _, err := a.begin(f, country, seed, now)
	if err != nil {
		return Zone{}, err
	}
	if len(response) == 0 {
		return Zone{}, fault.New(op, fault.Invalid, Downgraded)
	}
	head, err := s.open(response)
	if err == nil && !bytes.Equal(head, f.DG14[:min(headRead, len(f.DG14))]) {
		err = errWrongAnswer
	}
	if err != nil {
		return Zone{}, fault.Wrap(op, fault.Invalid, WrongAnswer, err)
	}
	zone, err := parseDG1(f.DG1)
	if err != nil {
		return Zone{}, err
	}
	return ParseZone(zone, now)
}

// session is secure messaging (9303-11 §9.8) for one command and its response.
type session struct {
	block cipher.Block // under KSenc
	mac   func([]byte) []byte
}

// newSession derives the keys from the shared secret (9303-11 §9.7.1).
func newSession(name string, secret []byte) (s session, err error) {
	derive := func(counter uint32) []byte {
		in := binary.BigEndian.AppendUint32(bytes.Clone(secret), counter)
		if name == "2.1" || name == "2.2" {
			h := sha1.Sum(in)
			return h[:16]
		}
		h := sha256.Sum256(in)
		return h[:map[string]int{"2.3": 24, "2.4": 32}[name]]
	}
	enc, mac := derive(1), derive(2)
	if name == "2.1" {
		s.block, err = des.NewTripleDESCipher(slices.Concat(enc, enc[:8]))
		m := cbcmac.NewANSIRetailMAC(des.NewCipher, mac[:8], mac[8:], 8)
		s.mac = m.MAC
		return s, err
	}
	inner, err := aes.NewCipher(mac)
	if err != nil {
		return s, err
	}
	s.mac = func(b []byte) []byte { return cbcmac.NewCMAC(inner, 8).MAC(s.pad(b)) }
	s.block, err = aes.NewCipher(enc)
	return s, err
}

// pad is ISO/IEC 9797-1 method 2. The retail MAC pads by itself.
func (s session) pad(b []byte) []byte {
	size := s.block.BlockSize()
	out := append(bytes.Clone(b), 0x80)
	return append(out, make([]byte, (size-len(out)%size)%size)...)
}

// counter is the send sequence counter, which begins at 0 after chip authentication.
func (s session) counter(n byte) []byte {
	c := make([]byte, s.block.BlockSize())
	c[len(c)-1] = n
	return c
}

// command is READ BINARY of the first bytes of EF.DG14 by its short identifier.
func (s session) command() []byte {
	header := []byte{0x0C, 0xB0, 0x80 | tagDG14, 0}
	expected := []byte{0x97, 1, headRead}
	mac := s.mac(slices.Concat(s.counter(1), s.pad(header), expected))
	body := slices.Concat(expected, []byte{0x8E, 8}, mac)
	return slices.Concat(header, []byte{byte(len(body))}, body, []byte{0})
}

// open takes 87 { 01 cryptogram } 99 { 9000 } 8E { MAC } 9000 apart, the one
// form that a response to this command has.
func (s session) open(response []byte) ([]byte, error) {
	size := s.block.BlockSize()
	const n = 3 + cryptogram
	if len(response) != n+4+10+2 {
		return nil, errors.New("the response's length")
	}
	data, status, mac, trailer := response[:n], response[n:n+4], response[n+4:n+14], response[n+14:]
	if !bytes.Equal(data[:3], []byte{0x87, 1 + cryptogram, 1}) || !bytes.Equal(status, []byte{0x99, 2, 0x90, 0}) ||
		!bytes.Equal(mac[:2], []byte{0x8E, 8}) || !bytes.Equal(trailer, []byte{0x90, 0}) {
		return nil, errors.New("the response's frame")
	}
	if subtle.ConstantTimeCompare(mac[2:], s.mac(slices.Concat(s.counter(2), data, status))) != 1 {
		return nil, errWrongAnswer
	}
	iv := make([]byte, size)
	if size == aes.BlockSize {
		s.block.Encrypt(iv, s.counter(2))
	}
	plain := make([]byte, cryptogram)
	cipher.NewCBCDecrypter(s.block, iv).CryptBlocks(plain, data[3:])
	if !bytes.Equal(plain, s.pad(plain[:headRead])) {
		return nil, errors.New("the response's padding")
	}
	return plain[:headRead], nil
}
