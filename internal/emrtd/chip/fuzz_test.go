package chip_test

import (
	"bytes"
	"crypto/rand"
	"testing"

	"netid/internal/emrtd/chip"
)

// FuzzCommands: whatever is said to it, a chip answers with a status, and tells
// no file to who has proven nothing.
func FuzzCommands(f *testing.F) {
	secret := []byte("what nobody may read")
	content := chip.Content{CAN: "123456", PACE: []chip.PACE{{Cipher: chip.AES128, Parameter: 12}}, Agreement: &chip.Agreement{Cipher: chip.AES128, Parameter: 12, Key: []byte{7}},
		Files: map[int][]byte{chip.EFDG1: zone("L898902C<3", "6908061", "9406236"), chip.EFSOD: secret}}
	f.Add([]byte("\x00\xA4\x02\x0C\x02\x01\x1D"), []byte("\x00\xB0\x00\x00\x00"))
	f.Add([]byte("\x00\x84\x00\x00\x08"), []byte("\x0C\xB0\x00\x00\x0D\x97\x01\x04\x8E\x08\xED\x67\x05\x41\x7E\x96\xBA\x55\x00"))
	f.Add([]byte("\x00\x22\xC1\xA4\x0F\x80\x0A\x04\x00\x7F\x00\x07\x02\x02\x04\x02\x02\x83\x01\x02"), []byte("\x10\x86\x00\x00\x02\x7C\x00\x00"))
	f.Fuzz(func(t *testing.T, one, two []byte) {
		c := chip.New(content, rand.Reader)
		for _, b := range [][]byte{[]byte("\x00\xA4\x04\x0C\x07\xA0\x00\x00\x02\x47\x10\x01"), one, two, one} {
			a, err := c.Transmit(b)
			if err != nil || len(a) < 2 || bytes.Contains(a, secret[:8]) {
				t.Fatalf("%X: %X %v", b, a, err)
			}
		}
	})
}
