package terminal_test

import (
	"bytes"
	"crypto/rand"
	"testing"

	"netid/internal/emrtd/chip"
	"netid/internal/emrtd/terminal"
)

func FuzzDataObjects(f *testing.F) {
	for _, s := range []string{"\x87\x09\x01\x9F\xF0\xEC\x34\xF9\x92\x26\x51\x99\x02\x90\x00", "\x5F\x01\x04", "\x61\x82\x01\x00", "\x7F\x49\x00", "\x1F\x80", "\x1F\x05\x00", "\x61\x81\x05abcde", "\x61\x82\x00\x85" + string(make([]byte, 0x85)), "\x61\x03ab", ""} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		terminal.ParseAnswer(b)
		for rest := b; len(rest) > 0; {
			tag, value, after, err := terminal.Cut(rest)
			if err != nil {
				return
			}
			if len(value) < 1<<16 && !bytes.Equal(terminal.Object(tag, value), rest[:len(rest)-len(after)]) {
				t.Fatalf("%X has two forms", rest)
			}
			rest = after
		}
	})
}

func FuzzSecurityInfos(f *testing.F) {
	f.Add(chip.Infos([]chip.PACE{{Cipher: chip.AES128, Parameter: 13}}, agreement(f, chip.AES256, 12)))
	f.Fuzz(func(t *testing.T, b []byte) { terminal.ParseInfos(b) })
}

// FuzzRead lets a chip say anything, from any answer on.
func FuzzRead(f *testing.F) {
	in := offers(content(f), agreement(f, chip.AES128, 12)) // without PACE, for the speed of it
	f.Add(uint8(1), []byte("\x31\x00\x90\x00"))
	f.Add(uint8(9), []byte("\x99\x02\x90\x00\x8E\x08\x00\x00\x00\x00\x00\x00\x00\x00\x90\x00"))
	f.Fuzz(func(t *testing.T, n uint8, b []byte) {
		card := &between{Card: chip.New(in, rand.Reader), answer: func(i int, a []byte) []byte {
			if i == int(n) {
				return b
			}
			return a
		}}
		files, err := terminal.Read(card, mrz(t), nonce, rand.Reader)
		if err == nil && (!bytes.Equal(files.SOD, in.Files[chip.EFSOD]) || !bytes.Equal(files.DG1, in.Files[chip.EFDG1]) || !bytes.Equal(files.DG14, in.Files[chip.EFDG14])) {
			t.Fatal("another file was taken")
		}
	})
}

// FuzzCarry lets a chip say anything to an exchange, and a page ask for anything.
func FuzzCarry(f *testing.F) {
	in := offers(content(f), agreement(f, chip.AES128, 12))
	public := append([]byte{4}, make([]byte, 64)...)
	command := append([]byte{0x0C, 0xB0, 0x8E, 0, 13, 0x97, 1, 8, 0x8E, 8}, make([]byte, 9)...)
	f.Add("2.2", []byte(nil), public, command, uint8(8), []byte("\x90\x00"))
	f.Add("2.1", []byte{1}, public, command, uint8(20), bytes.Repeat([]byte{1}, 70))
	f.Fuzz(func(t *testing.T, cipher string, id, public, command []byte, n uint8, b []byte) {
		asked := false
		card := &between{Card: chip.New(in, rand.Reader), answer: func(i int, a []byte) []byte {
			asked = true
			if i == int(n) {
				return b
			}
			return a
		}}
		answer, err := terminal.Carry(card, mrz(t), terminal.Exchange{Cipher: cipher, KeyID: id, Public: public, Command: command}, rand.Reader)
		if err == nil && len(answer) > 64 || err != nil && answer != nil || asked && !bytes.HasPrefix(command, []byte{0x0C, 0xB0, 0x8E, 0, 13, 0x97, 1, 8}) {
			t.Fatalf("%x %v", answer, err)
		}
	})
}
