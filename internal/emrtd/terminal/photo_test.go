package terminal_test

import (
	"bytes"
	"crypto/rand"
	"testing"

	"netid/internal/emrtd/chip"
	"netid/internal/emrtd/terminal"
	"netid/internal/fault"
)

// The photo is read when it is asked for by itself, under the same guards, and at no other time.
func TestThePhotoByItself(t *testing.T) {
	pictured := func(c chip.Content) chip.Content {
		c.Files[chip.EFDG2] = framed(0x75, bytes.Repeat([]byte("photo "), 4000))
		return c
	}
	pace := chip.PACE{Cipher: chip.AES256, Parameter: 13}
	for name, c := range map[string]chip.Content{"BAC": pictured(content(t)), "PACE": pictured(offers(content(t), nil, pace)),
		"chip authentication": pictured(offers(content(t), agreement(t, chip.AES256, 13), pace))} {
		got, err := terminal.Photo(chip.New(c, rand.Reader), mrz(t), rand.Reader)
		if err != nil || !bytes.Equal(got, c.Files[chip.EFDG2]) {
			t.Errorf("%s: %d bytes, %v", name, len(got), err)
		}
	}
	plain := pictured(content(t))
	delete(plain.Files, chip.EFDG2)
	if _, err := terminal.Photo(chip.New(plain, rand.Reader), mrz(t), rand.Reader); !fault.Because(err, "chip_malformed") {
		t.Errorf("without a photo: %v", err)
	}
	if f, err := terminal.Read(chip.New(plain, rand.Reader), mrz(t), nonce, rand.Reader); err != nil || f.SOD == nil {
		t.Errorf("what enrolment takes does not need one: %v", err)
	}
	long := content(t)
	long.Files[chip.EFDG2] = framed(0x75, make([]byte, 33<<10))
	if _, err := terminal.Photo(chip.New(long, rand.Reader), mrz(t), rand.Reader); !fault.Because(err, "chip_malformed") {
		t.Errorf("longer than a short offset reaches: %v", err)
	}
	hidden := pictured(offers(content(t), nil, pace))
	hidden.PACE = nil
	if _, err := terminal.Photo(chip.New(hidden, rand.Reader), mrz(t), rand.Reader); !fault.Because(err, "chip_weakened") {
		t.Errorf("PACE hidden: %v", err)
	}
	if _, err := terminal.Photo(chip.New(pictured(content(t)), rand.Reader), terminal.Key{}, rand.Reader); !fault.Is(err, fault.Internal) {
		t.Errorf("no key: %v", err)
	}
}
