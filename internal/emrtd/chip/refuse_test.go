package chip_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"net"
	"testing"

	"netid/internal/emrtd/chip"
	"netid/internal/emrtd/terminal"
	"netid/internal/fault"
)

// recorded keeps what a terminal said.
type recorded struct {
	*chip.Chip
	said [][]byte
}

func (r *recorded) Transmit(b []byte) ([]byte, error) {
	r.said = append(r.said, bytes.Clone(b))
	return r.Chip.Transmit(b)
}

// spoiler changes the MAC of the terminal's proof on its way.
type spoiler struct{ *chip.Chip }

func (s spoiler) Transmit(b []byte) ([]byte, error) {
	if b[1] == 0x82 {
		b = bytes.Clone(b)
		b[len(b)-2] ^= 1
	}
	return s.Chip.Transmit(b)
}

func booklet(t *testing.T) *chip.Chip {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return chip.New(chip.Content{Active: key, Files: map[int][]byte{chip.EFDG1: zone("L898902C<3", "6908061", "9406236"), chip.EFSOD: []byte("\x77\x03sod"),
		chip.EFDG15: []byte("\x6F\x03key")}}, rand.Reader)
}

func TestWhatAChipRefuses(t *testing.T) {
	c := &recorded{Chip: booklet(t)}
	key, err := terminal.MRZ("L898902C", "690806", "940623")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := terminal.Read(c, key, []byte("8 bytes!"), rand.Reader); err != nil {
		t.Fatal(err)
	}
	proof, protected := c.said[3], c.said[5]
	spoilt := bytes.Clone(proof)
	spoilt[len(spoilt)-2] ^= 1
	choose, ask := "\x00\xA4\x04\x0C\x07\xA0\x00\x00\x02\x47\x10\x01", "\x00\x84\x00\x00\x08"
	sod := "\x00\xA4\x02\x0C\x02\x01\x1D"
	for name, c := range map[string]struct {
		say  []string
		want string // the last answer
	}{
		"a file before the application":    {[]string{sod}, "\x6A\x82"},
		"a file in the clear":              {[]string{choose, sod, "\x00\xB0\x00\x00\x04"}, "\x69\x82"},
		"an answer in the clear":           {[]string{choose, "\x00\x88\x00\x00\x088 bytes!\x00"}, "\x69\x82"},
		"a proof without a challenge":      {[]string{choose, string(proof)}, "\x69\x85"},
		"a proof for a former challenge":   {[]string{choose, ask, string(proof)}, "\x63\x00"},
		"a proof that was changed":         {[]string{choose, ask, string(spoilt)}, "\x63\x00"},
		"a second try for one challenge":   {[]string{choose, ask, string(proof), string(proof)}, "\x69\x85"},
		"a proof that is short":            {[]string{choose, ask, string(proof[:4]) + "\x27" + string(proof[5:44]) + "\x28"}, "\x67\x00"},
		"a protected command without keys": {[]string{choose, string(protected)}, "\x69\x85"},
		"another application":              {[]string{"\x00\xA4\x04\x0C\x07\xA0\x00\x00\x02\x47\x10\x02"}, "\x6A\x82"},
		"another command":                  {[]string{choose, "\x00\xD6\x00\x00\x01\x00"}, "\x6D\x00"},
		"a command of three bytes":         {[]string{"\x00\xA4\x04"}, "\x67\x00"},
		"a length that is not there":       {[]string{"\x00\xA4\x02\x0C\x05\x01\x1D"}, "\x67\x00"},
	} {
		fresh := booklet(t)
		var got []byte
		for _, s := range c.say {
			got, _ = fresh.Transmit([]byte(s))
		}
		if string(got) != c.want {
			t.Errorf("%s: %X, want %X", name, got, c.want)
		}
	}
	if _, err := terminal.Read(spoiler{booklet(t)}, key, []byte("8 bytes!"), rand.Reader); !fault.Because(err, "chip_key_wrong") {
		t.Errorf("a fresh proof whose MAC was changed: %v", err)
	}
	// One that lies there open is closed when it leaves the field, and by a word in the clear.
	c.Reset()
	if got, _ := c.Chip.Transmit([]byte(sod)); string(got) != "\x6A\x82" {
		t.Errorf("after a reset: %X", got)
	}
}

func TestOnAVirtualReader(t *testing.T) {
	here, there := net.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- booklet(t).Lay(there) }()
	for _, step := range []struct{ say, want string }{
		{"\x00\x01\x01", ""}, {"\x00\x01\x04", "\x00\x13" + string(chip.ATR())}, {"\x00\x07\x00\xA4\x02\x0C\x02\x01\x1D", "\x00\x02\x6A\x82"}, {"\x00\x01\x02", ""}, {"\x00\x00", "\x00\x02\x67\x00"},
	} {
		if _, err := here.Write([]byte(step.say)); err != nil {
			t.Fatal(err)
		}
		got := make([]byte, len(step.want))
		for n := 0; n < len(got); {
			m, err := here.Read(got[n:])
			if err != nil {
				t.Fatal(err)
			}
			n += m
		}
		if string(got) != step.want {
			t.Errorf("%X: %X", step.say, got)
		}
	}
	here.Close()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
